"""A hit is a function of its subject's rows in the window: a neighbourhood gives the hits of everything, in any order (decision 6)."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from risk.detectors.registry import detectors
from tests.risk.detector_rows import day, find, openings, spec, staff, steps, transactions
from tests.risk.test_accumulation import MILD as ACCUMULATION
from tests.risk.test_oversight_detector import RULES as OVERSIGHT_RULES
from tests.risk.test_peers_locality import RULES as PEER_RULES

WINDOW = 4
FIRST = day("2028-02-20")  # a leap year: the days go over 29 February
PEOPLE = staff(("P1", "officer", "W1"), ("P2", "auxiliary", "W1"), ("P3", "officer", "W1"))
PEOPLE["responsible"] = PEOPLE["staff"].map({"P1": "", "P2": "P1", "P3": "P2"}).astype("category")
HOLDS = pd.DataFrame(
    {"subject_kind": ["agency", "staff"], "subject_code": ["A1", "P2"], "start": [FIRST + 1, FIRST + 5], "end": [FIRST + 3, FIRST + 6]}
)
OFFICE = openings("2028-01-01", "2028-06-30")
NOW = pd.DataFrame({"at": np.array(["2028-02-25 12:00"], dtype="datetime64[us]")})
PASSED, FAILED = ([{"column": "result", "op": "eq", "value": value}] for value in ("pass", "fail"))
NO_AGENCY = [{"column": "agency", "op": "empty"}]
RULES = {
    "condition count": spec("condition", {"all": NO_AGENCY}, window_days=WINDOW, thresholds={"blue": 2, "red": 4}),
    "condition share": spec(
        "condition", {"all": NO_AGENCY, "metric": "share"}, window_days=WINDOW, min_n=3, thresholds={"blue": 40, "red": 75}
    ),
    "condition low share": spec(
        "condition", {"all": NO_AGENCY, "metric": "share"}, window_days=WINDOW, min_n=3, op="<=", thresholds={"blue": 40}
    ),
    "condition value": spec("condition", {"all": NO_AGENCY, "metric": "value", "value_column": "amount"}, thresholds={"blue": 3, "red": 8}),
    "condition distinct": spec(
        "condition", {"all": NO_AGENCY, "also_distinct": {"column": "person", "min": 2}}, window_days=WINDOW, thresholds={"blue": 2}
    ),
    "off_hours": spec("off_hours", {"batch_rows": 3}, window_days=WINDOW, thresholds={"blue": 1, "red": 3}),
    "duration count": spec(
        "duration",
        {"start": "accepted_at", "end": "finished_at", "test": "under", "limit": 9, "batch_rows": 3},
        window_days=WINDOW,
        thresholds={"blue": 2},
    ),
    "duration share": spec(
        "duration",
        {"start": "accepted_at", "end": "review", "limit": 9, "metric": "share"},
        window_days=WINDOW,
        min_n=2,
        thresholds={"blue": 30, "red": 60},
    ),
    "duration value": spec(
        "duration",
        {"start": "accepted_at", "end": "finished_at", "test": "under", "metric": "value"},
        op="<=",
        thresholds={"blue": 20, "red": 5},
    ),
    "duration workdays": spec(
        "duration", {"start": "accepted_at", "end": "finished_at", "unit": "workday", "metric": "value"}, thresholds={"blue": 1}
    ),
    "deadline": spec(
        "deadline", {"start": "accepted_at", "end": "finished_at", "limit": 2}, window_days=WINDOW, thresholds={"blue": 1, "red": 3}
    ),
    "deadline share": spec(
        "deadline",
        {"start": "accepted_at", "end": "finished_at", "limit": 4, "unit": "hour", "metric": "share"},
        window_days=WINDOW,
        min_n=2,
        thresholds={"blue": 30, "red": 60},
    ),
    "deadline workdays": spec(
        "deadline", {"start": "accepted_at", "end": "finished_at", "metric": "value", "unit": "workday"}, thresholds={"blue": 1, "red": 3}
    ),
    "distinct": spec("distinct", {"column": "person"}, window_days=WINDOW, thresholds={"blue": 2, "red": 3}),
    "distinct across": spec(
        "distinct",
        {"column": "person", "by": ["plate"], "across": True, "also_share": {"all": NO_AGENCY, "percent": 30}},
        window_days=WINDOW,
        thresholds={"blue": 2, "red": 3},
    ),
    "duplicate": spec(
        "duplicate", {"columns": ["attr.photo_hash"], "apart": "plate"}, window_days=WINDOW, thresholds={"blue": 1, "red": 3}
    ),
    "duplicate within": spec(
        "duplicate",
        {
            "columns": ["attr.photo_hash", "agency"],
            "apart": "plate",
            "across": False,
            "all": [{"column": "result", "op": "eq", "value": "pass"}],
        },
        window_days=WINDOW,
    ),
    "duplicate group": spec(
        "duplicate",
        {"columns": ["attr.photo_hash"], "apart": "plate", "metric": "group"},
        window_days=WINDOW,
        thresholds={"blue": 2, "red": 3},
    ),
    "sequence": spec(
        "sequence",
        {"key": ["plate"], "first": FAILED, "all": PASSED, "differs": ["person"], "unless": [{"column": "attr.line_no", "op": "empty"}]},
        window_days=WINDOW,
        thresholds={"blue": 1, "red": 2},
    ),
    "sequence share": spec(
        "sequence",
        {
            "key": ["plate", "person"],
            "first": FAILED,
            "all": PASSED,
            "at_least": 1,
            "unit": "hour",
            "start": "finished_at",
            "metric": "share",
        },
        window_days=WINDOW,
        min_n=2,
        thresholds={"blue": 20, "red": 60},
    ),
    "sequence absent": spec(
        "sequence",
        {"key": ["plate"], "first": FAILED, "all": PASSED, "within": 2, "absent": True},
        window_days=WINDOW,
        thresholds={"blue": 1},
    ),
    "sequence steps": spec("sequence", {"steps": ["review", "issue"]}, window_days=WINDOW, thresholds={"blue": 1, "red": 3}),
    "linkage before": spec(
        "linkage",
        {"key": ["plate"], "other": FAILED, "all": PASSED, "unless": [{"column": "attr.line_no", "op": "empty"}], "within": 2},
        scope={"handler": ("P1", "P2")},
        window_days=WINDOW,
        thresholds={"blue": 1, "red": 2},
    ),
    "linkage after": spec(
        "linkage",
        {"key": ["plate", "person"], "other": FAILED, "relation": "after", "unless": PASSED, "metric": "share", "end": "finished_at"},
        window_days=WINDOW,
        min_n=2,
        thresholds={"blue": 20, "red": 40},
    ),
    "linkage absent": spec(
        "linkage",
        {"key": ["plate"], "other": FAILED, "all": PASSED, "within": 1, "absent": True},
        window_days=WINDOW,
        thresholds={"blue": 1},
    ),
    "linkage same day": spec(
        "linkage", {"key": ["plate"], "other_keys": [["person"], ["plate"]], "other": FAILED, "relation": "same_day"}, window_days=WINDOW
    ),
    "linkage same day absent": spec(
        "linkage", {"key": ["handler.responsible"], "other_keys": [["handler"]], "other": PASSED, "relation": "same_day", "absent": True}
    ),
    "hold": spec("hold", {"who": [["agency", "agency"], ["staff", "handler"]]}, window_days=WINDOW, thresholds={"blue": 1, "red": 3}),
    "impossible": spec(
        "impossible",
        {"place": ["attr.line_no"], "minutes": 30, "chance": 0.9, "batch_rows": 4},
        window_days=WINDOW,
        thresholds={"blue": 1, "red": 3},
    ),
    "impossible overload": spec("impossible", {"test": "overload", "minutes": 100}, thresholds={"blue": 5, "red": 9}),
    "revision altered": spec("revision", {"all": PASSED, "metric": "share"}, window_days=WINDOW, min_n=2, thresholds={"blue": 40}),
    "revision late": spec("revision", {"test": "late", "hours": 24}, window_days=WINDOW, thresholds={"blue": 1, "red": 3}),
    "streak": spec(
        "streak",
        {
            "all": PASSED,
            "among": [{"column": "result", "op": "not_empty"}],
            "rate": 0.5,
            "chance": 0.5,
            "rate_by": {"column": "agency", "rates": {"A1": 0.7}},
        },
        window_days=WINDOW,
        thresholds={"blue": 2, "red": 4},
    ),
    "streak of a whole window": spec(
        "streak", {"all": PASSED, "rate": 0.5, "chance": 1.0, "whole_window": True}, window_days=WINDOW, min_n=2, thresholds={"blue": 2}
    ),
    "same_person": spec(
        "same_person",
        {"pairs": [["handler", "step.review.staff"]], "officer_only": ["handler"], "small_unit_below": 2},
        window_days=WINDOW,
        thresholds={"blue": 1, "red": 3},
    ),
    "frequency days": spec(
        "frequency",
        {"weight_by": {"column": "agency", "weights": {"A1": 1.3}}, "also_share": {"all": NO_AGENCY, "percent": 30}},
        window_days=WINDOW,
        thresholds={"blue": 2.3, "red": 4.6},
    ),
    "frequency minutes": spec(
        "frequency",
        {
            "minutes": 600,
            "weight_by": {"column": "agency", "weights": {"A1": 0.7}},
            "also_distinct": {"column": "person", "min": 2},
            "batch_rows": 4,
        },
        window_days=2,
        thresholds={"blue": 1.7, "red": 2.4},
    ),
    "frequency minutes within a day": spec("frequency", {"minutes": 600}, thresholds={"blue": 2, "red": 4}),
}
# A key joined from the roster is no column of the rows: which rows it links cannot be told from them alone.
LINKED = [name for name, rule in RULES.items() if (links := detectors()[rule.detector].links(rule)) and "handler.responsible" not in links]
PROVEN_ELSEWHERE = [*PEER_RULES.values(), *OVERSIGHT_RULES.values(), ACCUMULATION]
ROW = st.fixed_dictionaries(
    {
        "minute": st.sampled_from((0, 1, 480, 500, 540, 541, 1200, 1439)),
        "day": st.integers(0, 8),
        "handler": st.sampled_from(("P1", "P1", "P2", "")),
        "agency": st.sampled_from(("", "A1")),
        "person": st.integers(0, 3),
        "amount": st.sampled_from((1.0, 5.0, 9.0, np.nan)),
        "plate": st.integers(0, 3),
        "attr.photo_hash": st.integers(0, 6),
        "result": st.sampled_from(("pass", "pass", "fail", "")),
        "attr.line_no": st.sampled_from(("L1", "L2", "")),
        "altered": st.booleans(),
        "late": st.sampled_from((0, 2, 30)),
        "took": st.sampled_from((None, 0, 5, 15, 3000)),
        "reviewer": st.sampled_from(("P1", "P2", "P3")),
    }
)


def frames(drawn: list[dict], ids: list[int]) -> dict[str, pd.DataFrame]:
    base = np.datetime64(FIRST, "D").astype("datetime64[m]")
    at = [base + np.timedelta64(row["day"] * 1440 + row["minute"], "m") for row in drawn]
    ends = ["NaT" if row["took"] is None else moment + np.timedelta64(row["took"], "m") for row, moment in zip(drawn, at, strict=True)]
    kept = ("handler", "agency", "person", "amount", "plate", "attr.photo_hash", "result", "attr.line_no", "altered")
    rows = [
        {"id": key, "tie": tie, "at": moment, "finished": end, "arrived": moment + np.timedelta64(row["late"], "h")}
        | {name: row[name] for name in kept}
        for tie, (key, row, moment, end) in enumerate(zip(ids, drawn, at, ends, strict=True))
    ]
    trail = [
        (key, 1, "review", row["reviewer"], str(moment + np.timedelta64(row["minute"] % 13, "m")))
        for key, row, moment in zip(ids, drawn, at, strict=True)
    ]
    trail += [
        (key, 2, "issue", "P1", str(moment + np.timedelta64(6, "m")))
        for key, row, moment in zip(ids, drawn, at, strict=True)
        if row["late"]
    ]
    return {"transactions": transactions(*rows), "steps": steps(*trail), "staff": PEOPLE, "openings": OFFICE, "now": NOW, "holds": HOLDS}


def comparable(hits: pd.DataFrame, names: dict[int, int]) -> list[tuple]:
    """Hits with rows named by their place in the draw, so that other ids compare equal."""
    return sorted(
        (
            hit.subject,
            int(hit.day),
            hit.level,
            hit.observed,
            hit.threshold,
            str(hit.numbers),
            tuple(sorted(names[key] for key in hit.evidence)),
        )
        for hit in hits.itertuples(index=False)
    )


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(ROW, min_size=1, max_size=60), first=st.integers(0, 8), length=st.integers(0, 5), shuffle=st.randoms())
def test_a_neighbourhood_in_any_order_and_under_other_ids_gives_the_hits_of_everything(name, drawn, first, length, shuffle):
    rule = RULES[name]
    ids = list(range(1, len(drawn) + 1))
    everything = find(rule, **frames(drawn, ids))
    in_range = everything[(everything["day"] >= FIRST + first) & (everything["day"] <= FIRST + first + length)]
    expected = comparable(in_range, {key: key - 1 for key in ids})

    other = [key * 7 + 3 for key in ids]
    shuffle.shuffle(other)
    whole = frames(drawn, other)
    rows = whole["transactions"]
    near = rows[(rows["day"] > FIRST + first - rule.window_days) & (rows["day"] <= FIRST + first + length)]
    near = near.sample(frac=1, random_state=shuffle.randint(0, 999)).reset_index(drop=True)
    trail = whole["steps"][whole["steps"]["id"].isin(near["id"])].sample(frac=1, random_state=1).reset_index(drop=True)
    hits = find(rule, **(whole | {"transactions": near, "steps": trail}))
    hits = hits[(hits["day"] >= FIRST + first) & (hits["day"] <= FIRST + first + length)]
    assert comparable(hits, {key: place for place, key in enumerate(other)}) == expected


@pytest.mark.parametrize("name", LINKED)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(ROW, min_size=1, max_size=60), who=st.sampled_from(("P1", "P2")), day=st.integers(0, 8))
def test_a_subject_and_the_rows_linked_with_its_own_are_neighbourhood_enough(name, drawn, who, day):
    rule = RULES[name]
    ids = list(range(1, len(drawn) + 1))
    whole = frames(drawn, ids)
    everything = find(rule, **whole)
    rows = whole["transactions"]
    near = rows[(rows["day"] > FIRST + day - rule.window_days) & (rows["day"] <= FIRST + day)]
    own = near["handler"] == who
    columns = [column for column in detectors()[rule.detector].links(rule) if column in near]
    values = {value for column in columns for value in near[column][own]}
    linked = np.logical_or.reduce([near[column].isin(values) for column in columns])
    hits = find(rule, **(whole | {"transactions": near[own | linked].reset_index(drop=True)}))
    names = {key: key for key in ids}
    assert comparable(hits[(hits["subject"] == who) & (hits["day"] == FIRST + day)], names) == comparable(
        everything[(everything["subject"] == who) & (everything["day"] == FIRST + day)], names
    )


def test_every_detector_is_among_the_rules_proven_here():
    assert {rule.detector for rule in (*RULES.values(), *PROVEN_ELSEWHERE)} == set(detectors())
