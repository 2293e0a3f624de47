"""What happens behind the browser's back in a journey: `python -m tests.e2e.stage ACT [FILE]`, on the instance of VAR_DIR.

A process of its own, like the worker: the browser's pages are served by another one.
"""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import F  # noqa: E402

from ledger.intake.deliveries import take_queued  # noqa: E402
from ledger.intake.models import Quarantined  # noqa: E402
from ledger.intake.refused.discards import ask_discard  # noqa: E402
from ledger.intake.services import import_paths, take_records  # noqa: E402
from ledger.intake.trials import try_pending  # noqa: E402
from ledger.kit.days import today  # noqa: E402
from ledger.roster.models import Role, Unit, User  # noqa: E402
from risk.alerts.models import Alert  # noqa: E402
from risk.alerts.sequencer import sequence_events  # noqa: E402
from risk.coverage.models import Coverage  # noqa: E402
from risk.scoring.services import score_pending  # noqa: E402
from tests.builders import (  # noqa: E402
    grant_role,
    make_agency,
    make_alert,
    make_post,
    make_posting,
    make_rule,
    make_staff,
    make_transaction,
    make_unit,
    make_user,
)
from tests.deliveries import HISTORY, last_days, make_counts, make_deliveries  # noqa: E402
from tests.e2e import (  # noqa: E402
    breakers_stage,
    case_stage,
    checklist_stage,
    cycle_stage,
    duty_stage,
    evaluations_stage,
    ledger_stage,
    measures_stage,
    orders_stage,
    rectify_stage,
    wall_stage,
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
    for role in (Role.LEADER, Role.DISCIPLINE, Role.CHECKLIST_ADMIN, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN):
        make_user(role, detachment, username=role)


def fill() -> None:
    """Forty alerts of all levels, so that a list has something to scroll; one with a chart and evidence."""
    window = Unit.objects.get(code="W1")
    version, now = make_rule("DJ-014"), datetime.now(UTC)
    rows = [
        make_transaction(
            window,
            serial_no=f"F{day}",
            handler_no="070011",
            accepted_at=now - timedelta(days=day, hours=1),
            steps=[("accept", 0), ("review", 13)],
        )
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
    few, sunday = {"080100": 3, "070011": 25}, date(2026, 3, 8)
    Coverage.objects.create(
        rule_version=version, day=sunday, rows=900, tested=7, insufficient=len(few), unjudged=few, scored_at=now, counted_at=now
    )
    sequence_events()


def arrive() -> None:
    """A hundred more, some of them of one matter, one by one graver than what is there."""
    window, version = Unit.objects.get(code="W1"), make_rule("DJ-016")
    for number in range(100):
        code = make_staff(window, staff_no=f"0804{number:02d}").staff_no if number % 4 else "080400"
        level = ("red", "orange", "yellow", "blue")[number % 4]
        make_alert(window, version=version, subject_code=code, bucket=number, level=level)
    sequence_events()


def compare() -> None:
    """An alert that compares with peers through a counterpart, one whose clock runs, and one drawn as columns."""
    window = Unit.objects.get(code="W1")
    agency = make_agency(window, name="众诚代办点")
    told = {"count": 38, "total": 214, "percent": 17.757, "expected": 17.8508, "expected_percent": 8.34148, "lift": 2.12876, "median": 8.33}
    told |= {"lower": 3.77079, "upper": 14.4524, "peers": 12, "p": 0.000171771, "q": 0.00206126, "value": 17.757, "scale": "%"}
    told |= {"counterpart": agency.code, "peer_values": [5.1, 6.4, 7.2, 7.9, 8.1, 8.3, 8.36, 8.4, 9.0, 9.9, 10.8, 12.2]}
    ratio = {
        "unit": "ratio",
        "window_days": 91,
        "thresholds": {"blue": 2, "yellow": 2.5, "orange": 3.5},
        "params": {"counterpart": "agency"},
    }
    near = make_rule("REG-71", number=2, detector="concentration", title_zh="经办×代办机构集中", **ratio)
    make_alert(window, version=near, subject_code=REGISTRAR, level="blue", numbers=told, observed=2.12876, threshold=2.0)
    clock = {"unit": "day", "window_days": 1, "thresholds": {"yellow": 15, "orange": 60}, "params": {"due": "due_at", "end": "released_at"}}
    clock["params"] |= {"metric": "value"}
    term = make_rule("VIO-17", number=2, subject_kind="unit", detector="deadline", title_zh="扣车分阶段超期", **clock)
    make_alert(window, version=term, subject_code="W1", level="yellow", observed=42.0, threshold=15.0)
    make_alert(
        window,
        version=make_rule("DJ-015"),
        subject_code="080100",
        level="orange",
        evidence=[make_transaction(window, accepted_at=datetime.now(UTC) - timedelta(days=day, hours=1)) for day in (0, 2, 3)],
    )
    sequence_events()


def sources() -> None:
    """Five sources of which one is as usual: the others are late, lack days, send too much, or are too young to say."""
    make_counts("six-in-one", "violation", working=1240, resting=610)
    make_counts("six-in-one", "registration", working=430, resting=0)
    make_deliveries("six-in-one", last_days(HISTORY), received=1670, rejected=4, actor="six-in-one")
    make_counts("exam-centre", "exam", working=320, resting=140, changes={3: 0, 4: 0})
    make_deliveries("exam-centre", last_days(HISTORY), received=310, actor="exam-centre")
    make_counts("inspection", "inspection", working=880, resting=420, changes={0: 0, 1: 0, 2: 0, 3: 0})
    make_deliveries("inspection", last_days(HISTORY, 3), received=870, rejected=61, actor="张某")
    make_counts("accident", "accident", working=96, resting=90, changes={2: 12, 5: 260})
    make_deliveries("accident", last_days(HISTORY), received=95, actor="accident")
    make_counts("plate-makers", "registration", working=60, resting=0, days=8)
    make_deliveries("plate-makers", last_days(8), received=60, actor="plate-makers")
    day, span = today() - timedelta(days=6), {"kind": "manifests", "source": "exam-centre"}
    told = {"line": "exam", "first_day": str(day), "last_day": str(day)}
    take_records(records=[{**told, "manifest_no": "KS-1124", "expected": "326"}], **span)
    week = {"first_day": str(day - timedelta(days=7)), "last_day": str(day)}
    take_records(records=[{**week, "manifest_no": "KS-W47", "expected": "2000"}], **span)
    respelled = [{"code": "Ｗ１", "name": "车管所登记窗口", "kind": "window"}, {"code": "W1", "name": "车管所登记窗口", "kind": "window"}]
    take_records(kind="units", records=respelled, source="personnel", actor="钱某")


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


def work() -> None:
    """As the worker does it: try what was asked for, take what is queued, score what that marked."""
    try_pending()
    take_queued()
    score_pending()
    sequence_events()


if __name__ == "__main__":
    acts = {
        "arrive": arrive,
        "cast": cast,
        "compare": compare,
        "fill": fill,
        "refuse": refuse,
        "sources": sources,
        "import": bring,
        "work": work,
    }
    staged = (
        breakers_stage,
        case_stage,
        checklist_stage,
        cycle_stage,
        duty_stage,
        evaluations_stage,
        ledger_stage,
        measures_stage,
        orders_stage,
        rectify_stage,
        wall_stage,
    )
    for stage in staged:
        acts |= stage.ACTS
    acts[sys.argv[1]](*sys.argv[2:])
