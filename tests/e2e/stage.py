"""What happens behind the browser's back in a journey: `python -m tests.e2e.stage cast|fill|import FILE|work`, on the instance of VAR_DIR.

A process of its own, like the worker: the browser's pages are served by another one.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

django.setup()

from ledger.intake.deliveries import take_queued  # noqa: E402
from ledger.intake.services import import_paths  # noqa: E402
from ledger.intake.trials import try_pending  # noqa: E402
from ledger.roster.models import Role, Unit  # noqa: E402
from risk.alerts.models import Alert  # noqa: E402
from risk.alerts.sequencer import sequence_events  # noqa: E402
from risk.scoring.services import score_pending  # noqa: E402
from tests.builders import (  # noqa: E402
    grant_role,
    make_alert,
    make_post,
    make_posting,
    make_rule,
    make_staff,
    make_transaction,
    make_unit,
    make_user,
)

REGISTRAR = "072618"


def cast() -> None:
    """Two supervisors, a third who is the registrar that will be caught, and one person for every other role."""
    detachment = make_unit("交警支队", code="D1", kind="detachment")
    make_unit("大监管中心", code="C1", kind="supervision_centre", parent=detachment)
    window = make_unit("车管所登记窗口", code="W1", kind="window", parent=detachment)
    make_user(Role.SUPERVISOR, detachment, username="first", name="张某")
    make_user(Role.SUPERVISOR, detachment, username="second", name="钱某")
    registrar = make_staff(window, staff_no=REGISTRAR, name="梁某")
    make_posting(registrar, make_post("P1", name="登记岗"), window)
    grant_role(make_user(None, window, username="recused", name="梁某", staff=registrar), Role.SUPERVISOR, detachment)
    for role in (Role.LEADER, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN):
        make_user(role, detachment, username=role)


def fill() -> None:
    """Forty alerts of all levels, so that a list has something to scroll; one with a chart and evidence."""
    window = Unit.objects.get(code="W1")
    version, now = make_rule("DJ-014"), datetime.now(UTC)
    rows = [
        make_transaction(window, handler_no="070011", accepted_at=now - timedelta(days=day, hours=1), steps=[("accept", 0), ("review", 13)])
        for day in (0, 1, 2, 3, 5)
    ]
    make_alert(
        window, version=version, subject_code=make_staff(window, staff_no="080100", name="赵某").staff_no, level="yellow", evidence=rows
    )
    for number in range(39):
        staff = make_staff(window, staff_no=f"0802{number:02d}")
        level = ("orange", "yellow", "blue")[number % 3]
        due = now + timedelta(hours=number - 6)
        make_alert(window, version=version, subject_code=staff.staff_no, level=level, raised_at=now - timedelta(hours=number), due_at=due)
    make_alert(window, version=version, subject_code="080300", status=Alert.Status.DISMISSED)
    sequence_events()


def bring(file: str) -> None:
    """As the worker does it: take the file, score what it marked, give the events their place in the stream."""
    counts = import_paths(paths=[Path(file)], kind="transactions")
    assert all(one.rejected == 0 for one in counts), counts
    score_pending()
    sequence_events()


def work() -> None:
    """As the worker does it: try what was asked for, take what is queued, score what that marked."""
    try_pending()
    take_queued()
    score_pending()
    sequence_events()


if __name__ == "__main__":
    {"cast": cast, "fill": fill, "import": bring, "work": work}[sys.argv[1]](*sys.argv[2:])
