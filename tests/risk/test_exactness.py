"""Every detector that is fed: in whatever parts and order rows arrive, late or again, the hits that stand are those of one sweep."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from ledger.kit.days import SHANGHAI
from ledger.roster.models import Agency
from risk.alerts.models import Alert, AlertEvidence, Hit
from risk.detectors.registry import detectors
from risk.rules.queries import spec_of
from risk.rules.reach import reach_of
from risk.scoring.closing import close_days
from risk.scoring.marks import mark_everything
from risk.scoring.services import score_pending
from tests import builders
from tests.risk.test_scoring import live_hits, open_alerts, take

pytestmark = [pytest.mark.django_db, pytest.mark.services]
START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)  # a Monday
WEEKS, A_WEEK = 8, 12
ALONE = 12
HANDLERS = [f"P{number:02}" for number in range(12)]
PASSED = {"column": "result", "op": "eq", "value": "pass"}
FAILED = {"column": "result", "op": "eq", "value": "fail"}
LATE = {"column": "attr.late", "op": "eq", "value": "1"}
# One rule for each detector, mild enough for the population below; the window of those that compare is of whole weeks.
RULES: dict[str, dict[str, Any]] = {
    "condition": {"window_days": 7, "params": {"all": [FAILED]}, "thresholds": {"blue": 6, "red": 9}},
    "off_hours": {"window_days": 14, "thresholds": {"blue": 1, "red": 4}},
    "duration": {
        "window_days": 7,
        "params": {"start": "accepted_at", "end": "finished_at", "unit": "minute", "test": "under", "limit": 5},
        "thresholds": {"blue": 1, "red": 3},
    },
    "same_person": {"window_days": 7, "params": {"pairs": [["handler", "approver"]]}, "thresholds": {"blue": 1, "red": 3}},
    "frequency": {"window_days": 1, "params": {"minutes": 60}, "thresholds": {"blue": 2, "red": 4}},
    "distinct": {"window_days": 7, "params": {"column": "person"}, "thresholds": {"blue": 10, "red": 13}},
    "concentration": {
        "window_days": 28,
        "params": {"counterpart": "agency", "within": ["action"], "min_count": 5},
        "thresholds": {"blue": 2, "red": 5},
        "min_n": 10,
        "unit": "ratio",
    },
    "rate_outlier": {
        "window_days": 28,
        "params": {"all": [PASSED], "peers": ["line"], "min_peers": 3, "q": 0.2},
        "thresholds": {"blue": 60, "red": 90},
        "min_n": 10,
    },
    "streak": {
        "window_days": 28,
        "params": {"all": [PASSED], "rate": 0.5, "chance": 0.05},
        "thresholds": {"blue": 8, "red": 20},
    },
    "sequence": {
        "window_days": 3,
        "params": {"key": ["person"], "first": [FAILED], "all": [PASSED], "within": 2, "unit": "day"},
        "thresholds": {"blue": 1, "red": 3},
    },
    "drift": {
        "window_days": 56,
        "params": {"all": [LATE], "recent_days": 14, "min_peers": 3, "min_expected": 0.5, "run": 0.5, "q": 0.2},
        "thresholds": {"blue": 1.5, "red": 8},
        "min_n": 5,
        "unit": "ratio",
    },
    "consistency": {
        "window_days": 56,
        "params": {"facts": ["action"], "value": "amount", "measure": "ratio", "min_peers": 3, "q": 0.2},
        "thresholds": {"blue": 1.5, "red": 4},
        "min_n": 8,
        "unit": "ratio",
    },
    "impossible": {
        "window_days": 1,
        "params": {"test": "overload", "minutes": 90, "day_hours": 4},
        "thresholds": {"blue": 1, "red": 4},
    },
    "duplicate": {"window_days": 14, "params": {"columns": ["attr.photo"], "apart": "person"}, "thresholds": {"blue": 1, "red": 3}},
    "revision": {"window_days": 14, "params": {}, "thresholds": {"blue": 1, "red": 3}},
    "network": {
        "window_days": 56,
        "params": {"through": ["agent"], "within": ["action"], "min_count": 4, "q": 0.2},
        "thresholds": {"blue": 2, "red": 200},
        "min_n": 10,
    },
    "steered": {
        "window_days": 56,
        "params": {"counterpart": "agent", "within": ["line"], "min_visits": 4, "min_share": 40, "chance": 0.2},
        "thresholds": {"blue": 0.5, "red": 200},
        "unit": "visit",
    },
    "deadline": {
        "window_days": 1,
        "params": {"start": "accepted_at", "end": "finished_at", "metric": "value", "unit": "day"},
        "thresholds": {"blue": 3, "red": 30},
        "unit": "day",
    },
    "linkage": {
        "window_days": 14,
        "params": {"key": ["plate"], "other": [FAILED], "all": [PASSED], "relation": "before", "within": 10, "unit": "day"},
        "thresholds": {"blue": 1, "red": 4},
    },
    "accumulation": {
        "frame": "hits",
        "subject_column": "subject",
        "window_days": 21,
        "params": {"half_life": 7, "weights": [1, 1, 1, 1]},
        "thresholds": {"red": 3},
        "unit": "score",
    },
}
# Their rows are holds, and acts on the platform: see test_hold_rules and test_actions.
ELSEWHERE = {"hold", "oversight"}


def code_of(detector: str) -> str:
    return f"T-{detector.upper()}"


@pytest.fixture(autouse=True)
def detachment() -> None:
    root = builders.make_unit(code="ROOT", kind="detachment")
    squads = [builders.make_unit(code=code, kind="squad", parent=root) for code in ("U1", "U2")]
    for number, handler in enumerate(HANDLERS):
        builders.make_staff(squads[number % 2], staff_no=handler)
    Agency.objects.bulk_create(Agency(code=f"A{number}", name=f"A{number}", kind="school", unit_code="ROOT") for number in range(8))
    for detector, fields in RULES.items():
        told = {name: value for name, value in fields.items() if name != "frame"}
        version = builders.make_rule(
            code_of(detector), line="exam", merge_days=14, effective_from=START.date() - timedelta(days=400), detector=detector, **told
        )
        rule = type(version.rule).objects.filter(pk=version.rule_id)
        rule.update(reach=reach_of(spec_of(version)), frame=fields.get("frame", "transactions"))


def candidates(chance: random.Random) -> list[dict[str, str]]:
    """Eight weeks of examinations. P00 passes all and sees school A0, P01 fines double, P02 is late of late, P03 and P04 share agents."""
    rows = []
    for number in range(WEEKS * A_WEEK * len(HANDLERS)):
        handler = HANDLERS[number % len(HANDLERS)]
        week = number // (A_WEEK * len(HANDLERS))
        day = chance.choice((0, 1, 2, 3, 4, 4, 5))
        at = START + timedelta(weeks=week, days=day, minutes=chance.randrange(0, 480))
        passed = chance.random() < (1.0 if handler == "P00" else 0.5)
        late = chance.random() < (0.6 if handler == "P02" and week >= WEEKS - 2 else 0.08)
        closed = handler in ("P03", "P04")
        row = {
            "serial_no": f"E{number:05}",
            "line": "exam",
            "action": chance.choice(("subject1", "subject2")),
            "unit_code": "U1" if number % 2 == 0 else "U2",
            "handler_no": handler,
            "approver_no": handler if chance.random() < 0.05 else chance.choice(HANDLERS),
            "agency_code": "A0" if handler == "P00" and chance.random() < 0.8 else f"A{chance.randrange(1, 8)}",
            "agent_id_no": f"43070219800101{chance.randrange(2) if closed else chance.randrange(2, 14):02}12",
            "person_id_no": f"43070219900101{chance.randrange(90):04}",
            "plate_no": f"湘J{chance.randrange(200):05}",
            "plate_type": "02",
            "accepted_at": f"{at:%Y-%m-%d %H:%M:%S}",
            "finished_at": f"{at + timedelta(minutes=chance.choice((3, 20, 30, 40, 50, 60))):%Y-%m-%d %H:%M:%S}",
            "status": "finished",
            "result": "pass" if passed else "fail",
            "amount": f"{(200 if handler == 'P01' else 100) + chance.randrange(20)}.00",
            "attrs.late": "1" if late else "0",
            "attrs.photo": f"h{chance.randrange(900)}",
        }
        if chance.random() < 0.01:
            row |= {"finished_at": "", "status": "accepted", "result": ""}
        rows.append(row)
    return rows


def deliveries(rows: list[dict[str, str]], chance: random.Random) -> list[list[dict[str, str]]]:
    """The rows about in the order of their time, some late, some again, some altered, in parts of any size; the last ones one by one."""
    told = [(row["accepted_at"] if chance.random() < 0.85 else f"2026-0{chance.randrange(3, 6)}", chance.random(), row) for row in rows]
    told += [(f"2026-0{chance.randrange(3, 6)}", chance.random(), row) for row in chance.sample(rows, 60)]
    for row in chance.sample(rows, 40):
        other = chance.choice(({"result": "fail", "amount": "150.00"}, {"handler_no": chance.choice(HANDLERS)}))
        told.append((f"2026-0{chance.randrange(5, 7)}", chance.random(), row | other))
    ordered = [row for *_when, row in sorted(told, key=lambda one: one[:2])]
    parts, alone = [], ordered[-ALONE:]
    while (done := sum(map(len, parts))) < len(ordered) - ALONE:
        parts.append(ordered[done : min(done + chance.choice((5, 40, 120)), len(ordered) - ALONE)])
    return parts + [[row] for row in alone]


def standing() -> tuple[list[Any], ...]:
    """The hits with every number they tell, the alerts, and the rows behind these."""
    numbers = Hit.objects.filter(live=True).values_list("rule__code", "subject_code", "day", "numbers")
    behind = AlertEvidence.objects.exclude(alert__status=Alert.Status.WITHDRAWN).values_list("alert__rule__code", "alert__bucket", "row_id")
    return list(map(named, live_hits())), sorted(numbers, key=str), open_alerts(), sorted(behind)


def named(hit: tuple[Any, ...]) -> tuple[Any, ...]:
    """The hit, with hits that are its evidence by what they say: their ids are others when they are found anew."""
    if hit[0] != code_of("accumulation"):
        return hit
    return (*hit[:-1], sorted(Hit.objects.filter(pk__in=hit[-1]).values_list("rule__code", "day", "level")))


def score(as_of: datetime) -> int:
    close_days(as_of=as_of, again=True)
    return score_pending(as_of=as_of).hits


def test_no_detector_is_left_out():
    assert set(RULES) | ELSEWHERE == set(detectors())


def test_in_whatever_parts_and_order_rows_arrive_what_stands_is_what_one_sweep_finds() -> None:
    chance = random.Random(connection.vendor)  # another history on each database
    rows = candidates(chance)
    clock, end = START + timedelta(days=7), START + timedelta(weeks=WEEKS + 5)
    for part in deliveries(rows, chance):
        take(part)
        clock += timedelta(hours=chance.randrange(200))
        if len(part) == 1 or chance.random() < 0.3:
            close_days(as_of=clock)
            score_pending(as_of=clock)
    score(max(clock, end))
    found = standing()
    assert {code for code, *_rest in found[0]} == set(map(code_of, RULES))
    mark_everything()
    assert score(max(clock, end)) == 0
    assert standing() == found
    Hit.objects.all().delete()
    mark_everything()
    score(max(clock, end))
    assert standing()[:2] == found[:2]
