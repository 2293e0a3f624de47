"""Closed groups: one to check by hand, what is none, and honest dealings."""

import numpy as np
import pandas as pd
import pytest

from risk.detectors.network import components
from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import find, spec
from tests.risk.populations import FIRST_MONDAY, codes, dealings, frame

LAST = FIRST_MONDAY + 90


def rule(thresholds=None, *, min_n=40, window=91, op=">=", **params):
    made = {"through": ["agent", "agency"], "within": ["unit"], **params}
    kind = params.pop("kind", "handler")
    made.pop("kind", None)
    about = {"subject_kind": "agent" if kind == "agent" else "staff", "subject_column": kind}
    return spec("network", made, window_days=window, min_n=min_n, op=op, thresholds=thresholds or {"blue": 20, "red": 400}, **about)


def meetings(visits: np.ndarray) -> pd.DataFrame:
    """Handler i meets agent j on visits[i, j] days, the last ones; the agent's agency is its number halved."""
    days = [(i, j, LAST - back) for (i, j), count in np.ndenumerate(visits) for back in range(count)]
    who, whom, day = (np.array(one) for one in zip(*days, strict=True))
    rows = frame(day, handler=codes("H", who), agency=codes("A", whom // 2), unit=codes("W", 0 * who))
    return rows.assign(agent=whom.astype(np.int64) + 501)


def closed(size: int = 50) -> np.ndarray:
    visits = np.full((14, 40), 5)
    visits[:2, 4:8] = size
    return visits


def test_two_handlers_bound_to_four_agents_of_two_agencies_are_a_group():
    hits = find(rule(), transactions=meetings(closed()))
    hits = hits[hits["day"] == LAST]
    assert sorted(hits["subject"]) == ["H000", "H001"]
    told = hits["numbers"].iloc[0]
    # Agents bind it more than agencies: 2 × 4 pairs of 50 days, of 400 + 12 × 4 × 5 visits of these agents.
    assert (told["size"], told["handlers"], told["counterparts"]) == (8, 2, 6)
    assert (told["count"], told["total"], told["closed"]) == (400, 640, 62.5)
    assert told["excess"] == pytest.approx(400 - told["expected"], rel=1e-4) and told["lift"] > 2 and told["q"] < 0.01
    assert len(hits["evidence"].iloc[0]) == 200, "what this handler did for the group"


def test_the_agents_of_a_group_can_be_its_subjects():
    hits = find(rule(kind="agent"), transactions=meetings(closed()))
    assert sorted(hits["subject"][hits["day"] == LAST]) == [505, 506, 507, 508]


def test_a_pair_alone_an_open_group_and_a_large_one_are_none():
    pair = np.full((14, 40), 5)
    pair[0, 4] = 50
    assert not len(find(rule(through=["agent"]), transactions=meetings(pair))), "that is a concentration"
    assert not len(find(rule(min_closed=90.0), transactions=meetings(closed())))
    assert not len(find(rule(max_size=7), transactions=meetings(closed())))


def test_few_colleagues_are_an_answer():
    hits = find(rule(), transactions=meetings(closed()[:2]))
    assert not len(hits) and set(hits.attrs["answers"]["answer"]) == {"insufficient"}


def test_honest_dealings_make_no_group():
    found = [
        find(rule({"blue": 5}, through=["agency"], window=63), transactions=dealings(seed, handlers=12, affinity=0.3)) for seed in range(6)
    ]
    assert sum(map(len, found)) == 0


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        ({"through": []}, {}, "through needs at least one"),
        ({"through": ["handler"]}, {}, "other than the handler"),
        ({"handler": "approver"}, {}, "the subject is the handler or one of through"),
        ({"max_size": 3}, {}, "below the least size"),
        ({}, {"op": "<=", "thresholds": {"blue": 5}}, "never too little"),
        ({}, {"window": 90}, "multiple of 7"),
    ],
)
def test_senseless_rules_are_refused(params, parts, message):
    with pytest.raises(ParamError, match=message):
        rule(**parts, **params)


def test_components_join_what_any_path_joins():
    left, right = np.array([0, 2, 4, 1]), np.array([5, 5, 6, 6])
    assert components(left, right, 8).tolist() == [0, 1, 0, 3, 1, 0, 1, 7]
