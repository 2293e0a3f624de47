"""What the stage does for the checklist; see stage.py, which has set Django up."""

from dataclasses import asdict

from ledger.roster.models import Role, Unit, User
from risk.backtest.runs.working import run_backtests
from risk.checklist.contents import contents_of
from risk.checklist.models import ChecklistVersion
from risk.checklist.revisions import services
from tests.builders import make_staff, make_user


def keepers() -> None:
    """Two checklist admins of the detachment."""
    detachment = Unit.objects.get(code="D1")
    for username, name, staff_no in (("keeper", "文某", "060901"), ("second-keeper", "武某", "060902")):
        make_user(Role.CHECKLIST_ADMIN, detachment, username=username, name=name, staff=make_staff(detachment, staff_no=staff_no))


def checklist_draft() -> None:
    """And a draft of the next version with one item changed."""
    keepers()
    entry = contents_of(ChecklistVersion.objects.get()).by_no()["REG-A1"]
    given = {**asdict(entry), "rules": ";".join(entry.rules), "control": "退办须系统留因；叫号与受理号绑定"}
    services.set_item(given=given, reason="", actor=User.objects.get(username="keeper"), no=entry.no, seen=services.mark_of(entry))


def backtests() -> None:
    """As the worker does it: every backtest that waits."""
    assert run_backtests() == 1


ACTS = {"keepers": keepers, "checklist_draft": checklist_draft, "backtests": backtests}
