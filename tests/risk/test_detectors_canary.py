"""A canary is a made-up set of rows in which a rule must hit: a rule that can no longer hit anything is noticed."""

import pytest

from risk.detectors.base import LEVELS, Detector, Spec
from risk.detectors.registry import detectors
from risk.rules.shipped import read
from tests.risk.detector_rows import find, spec

SHIPPED = [entry for entry in read() if type(detectors()[entry.detector]).canary is not Detector.canary]


def the_canary_reaches_the_mildest_level(rule: Spec) -> None:
    detector = detectors()[rule.detector]
    frames = detector.canary(rule)
    assert frames is not None
    assert {name: set(frame.columns) for name, frame in frames.items()} == {
        name: set(columns) for name, columns in detector.needs(rule).items()
    }
    assert set(find(rule, **frames)["level"]) == {next(level for level in LEVELS if level in rule.thresholds)}


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry.code)
def test_every_shipped_rule_reaches_its_mildest_level_in_its_canary(entry):
    the_canary_reaches_the_mildest_level(entry.spec())


PASSED, FAILED = ([{"column": "result", "op": "eq", "value": value}] for value in ("pass", "fail"))
MADE_UP = {
    "deadline count": spec("deadline", {"start": "accepted_at", "end": "archive", "limit": 5, "unit": "workday"}, thresholds={"red": 2}),
    "deadline share": spec(
        "deadline",
        {"start": "step.survey.at", "end": "finished_at", "limit": 5, "metric": "share", "open_rows": False},
        min_n=30,
        thresholds={"blue": 2, "red": 5},
    ),
    "deadline value": spec(
        "deadline",
        {"start": "accepted_at", "end": "archive", "unit": "workday", "metric": "value"},
        thresholds={"blue": 7, "red": 8},
    ),
    "distinct": spec(
        "distinct",
        {"column": "person", "by": ["attr.phone"], "also_share": {"all": [{"column": "agency", "op": "empty"}], "percent": 50}},
        min_n=6,
        thresholds={"blue": 3, "red": 5},
    ),
    "duplicate": spec("duplicate", {"columns": ["attr.photo_hash", "amount"]}, thresholds={"orange": 2, "red": 3}),
    "duplicate group": spec("duplicate", {"columns": ["attr.line_no"], "apart": "plate", "metric": "group"}, thresholds={"blue": 3}),
    "sequence": spec(
        "sequence",
        {
            "key": ["plate", "person"],
            "first": FAILED,
            "all": PASSED,
            "within": 30,
            "unit": "minute",
            "differs": ["agent"],
            "start": "finished_at",
        },
        window_days=30,
        thresholds={"yellow": 2, "red": 3},
    ),
    "sequence share": spec(
        "sequence",
        {"key": ["plate"], "first": FAILED, "all": PASSED, "at_least": 2, "metric": "share"},
        window_days=30,
        min_n=20,
        thresholds={"blue": 20, "red": 50},
    ),
    "sequence absent": spec(
        "sequence",
        {"key": ["plate"], "first": FAILED, "all": PASSED, "within": 9, "absent": True, "metric": "share"},
        window_days=30,
        min_n=10,
        thresholds={"blue": 20, "red": 50},
    ),
    "sequence steps": spec("sequence", {"steps": ["pay", "issue"], "tolerance": 10, "faults": ["reversed"]}, thresholds={"blue": 2}),
    "sequence missing": spec(
        "sequence", {"steps": ["pay", "issue"], "faults": ["missing"], "metric": "share"}, thresholds={"blue": 5, "red": 9}
    ),
    "sequence repeated": spec("sequence", {"steps": ["pay", "issue"], "faults": ["repeated"]}),
    "linkage": spec(
        "linkage",
        {"key": ["vin"], "other": FAILED, "all": PASSED, "differs": ["unit"], "start": "finished_at", "at_least": 0},
        window_days=30,
        thresholds={"yellow": 2, "red": 3},
    ),
    "linkage after": spec(
        "linkage",
        {"key": ["plate"], "other": FAILED, "all": PASSED, "relation": "after", "within": 9, "metric": "share"},
        window_days=30,
        min_n=20,
        thresholds={"blue": 20, "red": 50},
    ),
    "linkage absent": spec(
        "linkage", {"key": ["plate"], "other": FAILED, "all": PASSED, "within": 9, "absent": True}, window_days=30, thresholds={"blue": 2}
    ),
    "linkage same day": spec(
        "linkage",
        {
            "key": ["handler.responsible"],
            "other_keys": [["handler"]],
            "other": PASSED,
            "relation": "same_day",
            "absent": True,
            "metric": "share",
        },
        window_days=2,
        min_n=10,
        thresholds={"blue": 20, "red": 50},
    ),
    "hold": spec(
        "hold", {"who": [["agency", "agency"]], "grace_hours": 24, "metric": "share"}, window_days=30, min_n=9, thresholds={"blue": 20}
    ),
    "hold of a step": spec("hold", {"who": [["staff", "step.approve.staff"]], "at": "approve"}, thresholds={"blue": 2}),
    "impossible": spec("impossible", {"place": ["attr.line_no"], "minutes": 5}, window_days=7, thresholds={"yellow": 3, "red": 9}),
    "impossible overload": spec(
        "impossible",
        {"test": "overload", "minutes": 10, "all": [{"column": "action", "op": "eq", "value": "subject3"}]},
        thresholds={"blue": 9, "red": 12},
    ),
    "revision": spec("revision", {"all": PASSED}, thresholds={"yellow": 2, "red": 3}),
    "revision late": spec("revision", {"test": "late", "hours": 24}, thresholds={"blue": 2}),
    "revision late share": spec("revision", {"test": "late", "hours": 24, "metric": "share"}, min_n=100, thresholds={"blue": 1, "red": 5}),
    "streak": spec("streak", {"all": PASSED, "rate": 0.4}, thresholds={"orange": 20, "red": 30}),
    "deadline hours": spec(
        "deadline",
        {"due": "due_at", "end": "released_at", "unit": "hour", "all": [{"column": "reason", "op": "ne", "value": "court"}]},
        frame="impounds",
        subject_kind="unit",
        subject_column="unit",
        thresholds={"blue": 2, "red": 4},
    ),
}


@pytest.mark.parametrize("name", MADE_UP)
def test_canaries_of_rules_made_up(name):
    the_canary_reaches_the_mildest_level(MADE_UP[name])
