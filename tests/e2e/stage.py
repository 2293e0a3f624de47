"""What happens behind the browser's back in a journey: `python -m tests.e2e.stage cast|fill|refuse|import FILE`, on VAR_DIR.

A process of its own, like the worker: the browser's pages are served by another one.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import F  # noqa: E402

from ledger.intake.discards import ask_discard  # noqa: E402
from ledger.intake.models import Quarantined  # noqa: E402
from ledger.intake.services import import_paths  # noqa: E402
from ledger.roster.models import Role, Unit, User  # noqa: E402
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
    for role in (Role.LEADER, Role.DISCIPLINE, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN):
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


def refuse() -> None:
    """Files with rows refused for many reasons some days ago: open, corrected, sent again, waiting, and in a request to discard."""
    header = "流水号,业务条线,业务类型,办理单位,经办人,当事人证件号,号牌号码,受理时间,金额,记分,联系电话"

    def lines(bad: dict[int, tuple[int, str]], prefix: str, count: int) -> str:
        rows = []
        for number in range(count):
            cells = [f"{prefix}{number:04d}", "violation", "onsite", "W1", "080101", "430702198001010012", "湘JF0018"]
            cells += ["2026-03-02 09:00", "200.50", "3", "13900001234"]
            if number in bad:
                place, value = bad[number]
                cells[place] = value
            rows.append(",".join(cells))
        return "\n".join([header, *rows]) + "\n"

    def send(name: str, text: str, kind: str = "transactions", source: str = "综合应用平台") -> None:
        path = Path(settings.VAR_DIR) / name
        path.write_text(text, encoding="utf-8")
        import_paths(paths=[path], kind=kind, source=source)

    many = {number: (9, "13") for number in range(0, 80, 2)} | {number: (7, "2026.3.2 9:00") for number in range(1, 40, 3)}
    many |= {41: (3, "W9"), 43: (3, "车管所"), 45: (5, "4.30702E+17"), 47: (8, "1,200"), 49: (0, "4.3E+11"), 51: (1, "parking")}
    send("一大队三月.csv", lines(many, "Y", 90))
    send("二大队三月.csv", lines({3: (7, "昨天"), 5: (9, "99"), 7: (9, "99")}, "E", 20), source="vms")
    Quarantined.objects.update(first_seen_at=F("first_seen_at") - timedelta(days=9))
    send("二大队四月.csv", lines({1: (8, "三百")}, "E", 4) + "E9,violation\n", source="vms")
    send("二大队更正.csv", lines({}, "E", 6).replace(",200.50,3,", ",300,3,"), source="vms")
    send("环节.csv", "流水号,序号,环节,时间\nZ1,1,accept,2026-03-02 09:00\nZ1,x,accept,2026-03-02 09:00\n", kind="steps")
    asked = Quarantined.objects.filter(state="rejected", reason="unknown_unit")
    ask_discard(rows=asked, reason="来源系统的测试单位，非真实业务，经与一大队核实", actor=User.objects.get(username="first"))


def bring(file: str, source: str = "manual") -> None:
    """As the worker does it: take the file, score what it marked, give the events their place in the stream."""
    counts = import_paths(paths=[Path(file)], kind="transactions", source=source)
    assert all(one.rejected == 0 for one in counts), counts
    score_pending()
    sequence_events()


if __name__ == "__main__":
    {"cast": cast, "fill": fill, "refuse": refuse, "import": bring}[sys.argv[1]](*sys.argv[2:])
