"""Every detector that is fed: in whatever parts and order rows arrive, late or again, the hits that stand are those of one sweep."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from risk.alerts.models import Alert, AlertEvidence, Hit
from risk.detectors.registry import detectors
from risk.rules.queries import spec_of
from risk.rules.reach import reach_of
from risk.scoring.closing import close_days
from risk.scoring.marks import mark_everything
from risk.scoring.services import score_pending
from tests import builders
from tests.risk.arrivals import START, WEEKS, arrivals, candidates, offices
from tests.risk.test_scoring import live_hits, open_alerts

pytestmark = [pytest.mark.django_db, pytest.mark.services]
SEEDS = range(2)
PASSED = {"column": "result", "op": "eq", "value": "pass"}
FAILED = {"column": "result", "op": "eq", "value": "fail"}
LATE = {"column": "attr.late", "op": "eq", "value": "1"}
POSTED = (("in_post", "no"), ("left", "yes"))
# One rule for each detector and for each thing the roster says, mild enough for what arrives; those that compare look at whole weeks.
RULES: dict[str, dict[str, Any]] = {
    "condition": {"window_days": 7, "params": {"all": [FAILED]}, "thresholds": {"blue": 4, "red": 7}},
    "off_hours": {"window_days": 14, "params": {"at": "finished_at"}, "thresholds": {"blue": 1, "red": 4}},
    "duration": {
        "window_days": 7,
        "params": {"start": "accepted_at", "end": "finished_at", "unit": "minute", "test": "under", "limit": 5},
        "thresholds": {"blue": 1, "red": 3},
    },
    "same_person": {"window_days": 7, "params": {"pairs": [["handler", "approver"]]}, "thresholds": {"blue": 1, "red": 3}},
    "frequency": {"window_days": 1, "params": {"minutes": 60}, "thresholds": {"blue": 2, "red": 4}},
    "distinct": {"window_days": 7, "params": {"column": "person"}, "thresholds": {"blue": 5, "red": 8}},
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
    "hold": {
        "window_days": 14,
        "params": {"who": [["agency", "agency"]], "at": "finished_at"},
        "thresholds": {"blue": 1, "red": 4},
    },
    # What the roster says, of handlers, of people who only approve, of the size of an office; and days on which it is open.
    "posted": {
        "detector": "condition",
        "window_days": 7,
        "params": {"any": [{"column": f"handler.{fact}", "op": "eq", "value": value} for fact, value in POSTED]},
        "thresholds": {"blue": 1, "red": 4},
    },
    "approved": {
        "detector": "condition",
        "window_days": 7,
        "params": {"all": [{"column": "approver.kind", "op": "eq", "value": "auxiliary"}]},
        "thresholds": {"blue": 1, "red": 4},
    },
    "small": {
        "detector": "same_person",
        "window_days": 28,
        "params": {"pairs": [["handler", "approver"]], "small_unit_below": 6},
        "thresholds": {"blue": 1, "red": 3},
    },
    "workdays": {
        "detector": "duration",
        "window_days": 7,
        "params": {"start": "accepted_at", "end": "finished_at", "unit": "workday", "test": "over", "limit": 2},
        "thresholds": {"blue": 1, "red": 4},
    },
    "schools": {
        "detector": "condition",
        "window_days": 7,
        "params": {"all": [{"column": "agency.kind", "op": "eq", "value": "driving_school"}]},
        "thresholds": {"blue": 4, "red": 6},
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
# Its rows are acts on the platform: see test_actions.
ELSEWHERE = {"oversight"}


def code_of(detector: str) -> str:
    return f"T-{detector.upper()}"


@pytest.fixture(autouse=True)
def detachment() -> None:
    offices()
    for name, fields in RULES.items():
        told = {"detector": name} | {field: value for field, value in fields.items() if field != "frame"}
        version = builders.make_rule(code_of(name), line="exam", merge_days=14, effective_from=START.date() - timedelta(days=400), **told)
        rule = type(version.rule).objects.filter(pk=version.rule_id)
        rule.update(reach=reach_of(spec_of(version)), frame=fields.get("frame", "transactions"))


def standing() -> tuple[list[Any], ...]:
    """The hits with every number they tell, the alerts, and the rows behind these (hits behind sums are told by what they say)."""
    numbers = Hit.objects.filter(live=True).values_list("rule__code", "subject_code", "day", "numbers")
    standing = AlertEvidence.objects.exclude(alert__status=Alert.Status.WITHDRAWN).exclude(alert__rule__code=code_of("accumulation"))
    behind = standing.values_list("alert__rule__code", "alert__subject_code", "alert__bucket", "row_id")
    return sorted(map(named, live_hits()), key=str), sorted(numbers, key=str), open_alerts(), sorted(behind)


def named(hit: tuple[Any, ...]) -> tuple[Any, ...]:
    """The hit, with hits that are its evidence by what they say: their ids are others when they are found anew."""
    if hit[0] != code_of("accumulation"):
        return hit
    return (*hit[:-1], sorted(Hit.objects.filter(pk__in=hit[-1]).values_list("rule__code", "day", "level")))


def score(as_of: datetime) -> int:
    close_days(as_of=as_of, again=True)
    return score_pending(as_of=as_of).hits


def test_no_detector_is_left_out():
    assert {fields.get("detector", name) for name, fields in RULES.items()} | ELSEWHERE == set(detectors())


@pytest.mark.parametrize("seed", SEEDS)
def test_in_whatever_parts_and_order_rows_arrive_what_stands_is_what_one_sweep_finds(seed: int) -> None:
    chance = random.Random(f"{connection.vendor} {seed}")  # other histories on each database
    rows = candidates(chance)
    clock, end = START + timedelta(days=7), START + timedelta(weeks=WEEKS + 5)
    for part in arrivals(rows, chance):
        part()
        clock += timedelta(hours=chance.randrange(60))
        if chance.random() < 0.2:
            close_days(as_of=clock)
            score_pending(as_of=clock)
    score(max(clock, end))
    found = standing()
    assert {code for code, *_rest in found[0]} == set(map(code_of, RULES))
    for model in (AlertEvidence, Hit):
        model.objects.all().delete()
    Alert.objects.update(status=Alert.Status.WITHDRAWN)
    mark_everything()
    score(max(clock, end))
    assert standing() == found
