"""Peers: the hits of a grid day are a function of all rows of its window, whatever else is loaded, in any order and under other ids."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.detectors.base import PEER, grid_days
from risk.detectors.registry import detectors
from tests.risk.detector_rows import find, spec
from tests.risk.populations import FIRST_MONDAY, frame

WEEKS = 6
PASSED = [{"column": "result", "op": "eq", "value": "pass"}]
RULES = {
    "rates": spec(
        "rate_outlier",
        {"all": PASSED, "peers": ["unit"], "case_mix": ["action", "shift"], "min_peers": 2, "q": 0.2},
        window_days=14,
        min_n=5,
        thresholds={"blue": 0, "red": 90},
    ),
    "rates on both sides": spec(
        "rate_outlier",
        {"all": PASSED, "peers": ["line"], "measure": "difference", "side": "both", "q": 0.2},
        window_days=7,
        min_n=3,
        thresholds={"blue": 1},
    ),
    "rates against the past": spec(
        "rate_outlier",
        {"all": PASSED, "peers": ["unit"], "min_peers": 9, "recent_days": 7, "own_past": True, "q": 0.2},
        window_days=35,
        min_n=5,
        thresholds={"blue": 0},
    ),
    "visits of a pair": spec(
        "concentration",
        {"counterpart": "agency", "within": ["unit"], "min_count": 3, "q": 0.2},
        window_days=21,
        min_n=5,
        thresholds={"blue": 1, "red": 4},
    ),
    "agents by hash": spec(
        "concentration",
        {"counterpart": "agent", "within": ["line", "action"], "measure": "share", "count_days": False, "q": 0.2},
        window_days=14,
        min_n=5,
        thresholds={"blue": 1},
    ),
    "passes of a pair": spec(
        "concentration",
        {"counterpart": "attr.code", "within": ["unit"], "outcome": PASSED, "min_lift": 1.0, "measure": "difference", "q": 0.2},
        window_days=28,
        min_n=5,
        thresholds={"blue": 0},
    ),
    "a rate that drifts": spec(
        "drift",
        {"all": PASSED, "peers": ["line"], "case_mix": ["action"], "recent_days": 7, "min_expected": 0.5, "min_peers": 3, "q": 0.2},
        window_days=21,
        min_n=3,
        thresholds={"blue": 1},
    ),
    "a volume that falls": spec(
        "drift",
        {"metric": "volume", "peers": ["line"], "recent_days": 7, "run": 0.0, "min_ratio": 1.1, "q": 0.2},
        window_days=28,
        min_n=5,
        op="<=",
        thresholds={"blue": 0.95},
    ),
    "unequal shares": spec(
        "consistency",
        {"all": PASSED, "facts": ["attr.code"], "also": ["agency"], "min_peers": 3, "q": 0.2},
        window_days=21,
        min_n=5,
        thresholds={"blue": 1, "red": 40},
    ),
    "unequal amounts": spec(
        "consistency",
        {"value": "amount", "measure": "ratio", "facts": ["attr.code", "action"], "min_peers": 3, "q": 0.2},
        window_days=14,
        min_n=5,
        thresholds={"blue": 1.1},
    ),
    "small amounts": spec(
        "consistency",
        {"value": "amount", "below": 0.8, "side": "high", "facts": ["attr.code"], "also": ["unit"], "min_peers": 3, "q": 0.2},
        window_days=21,
        min_n=5,
        thresholds={"blue": 1},
    ),
    "unequal to some": spec(
        "consistency",
        {
            "all": PASSED,
            "facts": ["attr.code"],
            "only": [{"column": "agency", "op": "in", "value": ["A0", "A1"]}],
            "min_peers": 3,
            "q": 0.2,
        },
        window_days=28,
        min_n=3,
        thresholds={"blue": 1},
    ),
    "steered": spec(
        "steered",
        {"counterpart": "agency", "within": ["line"], "alike": ["action"], "min_visits": 3, "min_share": 20.0, "chance": 0.2},
        window_days=28,
        thresholds={"blue": 0.5, "red": 40},
    ),
    "closed groups": spec(
        "network",
        {
            "through": ["agency", "agent"],
            "within": ["line"],
            "min_lift": 1.0,
            "min_count": 2,
            "min_handlers": 1,
            "min_closed": 0.0,
            "q": 0.2,
        },
        window_days=21,
        min_n=5,
        thresholds={"blue": 0.5, "red": 40},
    ),
}


def drawn(seed: int) -> pd.DataFrame:
    """Six weeks of an office or two in which each handler and agency has ways of its own, so that something is found."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(300, 700))
    who, agency, kind = rng.integers(0, 10, n), rng.integers(0, 6, n), rng.integers(0, 3, n)
    day = FIRST_MONDAY + rng.integers(0, 7 * WEEKS, n)
    late = (day >= FIRST_MONDAY + 28) & ((who == 3) & (rng.random(n) < 0.7))
    who = np.where(late, 4, who)
    strange = (who == 0) & (rng.random(n) < 0.8)
    agency = np.where(strange, 0, agency)
    odds = rng.normal(0, 0.3, 10)[who] + rng.normal(0, 0.5, 3)[kind] + 2.5 * strange + 2.5 * ((who == 1) & (kind == 2)) - 0.5
    odds += np.where((who == 2) & (day >= FIRST_MONDAY + 35), 3, 0)
    passed = rng.random(n) < 1 / (1 + np.exp(-odds))
    made = frame(day, handler=[f"H{x}" for x in who], agency=[f"A{x}" for x in agency], action=[f"k{x}" for x in kind])
    made = made.assign(result=np.where(passed, "pass", "fail"), unit=[f"W{x % 2}" for x in who], agent=agency + 11)
    made["attr.code"] = [f"c{x}" for x in kind]
    made["amount"] = np.round(np.exp(rng.normal(4 + 0.8 * strange, 0.3)), 2)
    return made


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Text as categories, as frames have it: those that occur and no others."""
    texts = [name for name in rows if rows[name].dtype.kind not in "iufMb"]
    return rows.assign(**{name: pd.Categorical(rows[name].astype(str)) for name in texts}).reset_index(drop=True)


def comparable(hits: pd.DataFrame, names: dict[int, int]) -> list[tuple]:
    return sorted(
        (
            str(hit.subject),
            int(hit.day),
            hit.level,
            hit.observed,
            hit.threshold,
            repr(hit.numbers),
            tuple(sorted(names[k] for k in hit.evidence)),
        )
        for hit in hits.itertuples(index=False)
    )


def said(hits: pd.DataFrame, first: int, length: int) -> list[tuple]:
    """The answers of the days in range: subject, day, tested or insufficient, rows."""
    answers = hits.attrs["answers"]
    return sorted(map(tuple, answers[answers["day"].between(first, first + length)].astype(str).to_numpy().tolist()))


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), first=st.integers(0, 7 * WEEKS), length=st.integers(6, 20))
def test_the_windows_of_the_grid_days_give_the_hits_of_everything(name, seed, first, length):
    rule = RULES[name]
    rows = drawn(seed)
    first += FIRST_MONDAY
    everything = find(rule, transactions=typed(rows))
    assert set(everything["day"]) <= set(grid_days(FIRST_MONDAY, FIRST_MONDAY + 7 * WEEKS))
    expected = comparable(everything[everything["day"].between(first, first + length)], {k: k for k in rows["id"]})

    near = rows[rows["day"].between(first - rule.window_days + 1, first + length)].sample(frac=1, random_state=seed % 2**32)
    names = {int(key) * 7 + 3: int(key) for key in near["id"]}
    hits = find(rule, transactions=typed(near.assign(id=near["id"] * 7 + 3)))
    assert comparable(hits[hits["day"].between(first, first + length)], names) == expected
    assert said(hits, first, length) == said(everything, first, length), "and what could be said of whom"


@pytest.mark.parametrize("name", RULES)
def test_the_populations_above_do_make_each_rule_hit(name):
    assert sum(len(find(RULES[name], transactions=typed(drawn(seed)))) for seed in range(10)) >= 3


def test_every_detector_that_compares_with_peers_is_proven_here():
    assert {rule.detector for rule in RULES.values()} == {code for code, one in detectors().items() if one.reach == PEER}
