"""A hit is a function of its subject's rows in the window: a neighbourhood gives the hits of everything, in any order (decision 6)."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from risk.detectors.registry import detectors
from tests.risk.detector_rows import day, find, openings, spec, staff, steps, transactions
from tests.risk.test_oversight_detector import RULES as OVERSIGHT_RULES
from tests.risk.test_peers_locality import RULES as PEER_RULES

WINDOW = 4
FIRST = day("2028-02-20")  # a leap year: the days go over 29 February
PEOPLE = staff(("P1", "officer", "W1"), ("P2", "auxiliary", "W1"), ("P3", "officer", "W1"))
OFFICE = openings("2028-01-01", "2028-06-30")
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
PROVEN_ELSEWHERE = [*PEER_RULES.values(), *OVERSIGHT_RULES.values()]
ROW = st.fixed_dictionaries(
    {
        "minute": st.sampled_from((0, 1, 480, 500, 540, 541, 1200, 1439)),
        "day": st.integers(0, 8),
        "handler": st.sampled_from(("P1", "P1", "P2", "")),
        "agency": st.sampled_from(("", "A1")),
        "person": st.integers(0, 3),
        "amount": st.sampled_from((1.0, 5.0, 9.0, np.nan)),
        "took": st.sampled_from((None, 0, 5, 15, 3000)),
        "reviewer": st.sampled_from(("P1", "P2", "P3")),
    }
)


def frames(drawn: list[dict], ids: list[int]) -> dict[str, pd.DataFrame]:
    base = np.datetime64(FIRST, "D").astype("datetime64[m]")
    at = [base + np.timedelta64(row["day"] * 1440 + row["minute"], "m") for row in drawn]
    ends = ["NaT" if row["took"] is None else moment + np.timedelta64(row["took"], "m") for row, moment in zip(drawn, at, strict=True)]
    kept = ("handler", "agency", "person", "amount")
    rows = [
        {"id": key, "tie": tie, "at": moment, "finished": end} | {name: row[name] for name in kept}
        for tie, (key, row, moment, end) in enumerate(zip(ids, drawn, at, ends, strict=True))
    ]
    trail = [
        (key, 1, "review", row["reviewer"], str(moment + np.timedelta64(row["minute"] % 13, "m")))
        for key, row, moment in zip(ids, drawn, at, strict=True)
    ]
    return {"transactions": transactions(*rows), "steps": steps(*trail), "staff": PEOPLE, "openings": OFFICE}


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


def test_every_detector_is_among_the_rules_proven_here():
    assert {rule.detector for rule in (*RULES.values(), *PROVEN_ELSEWHERE)} == set(detectors())
