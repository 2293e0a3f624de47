"""A counterpart too near: examples to check by hand, honest dealings, planted pairs, and look-alikes."""

import numpy as np
import pandas as pd
import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import find, spec
from tests.risk.populations import FIRST_MONDAY, codes, dealings, frame

PASSED = [{"column": "result", "op": "eq", "value": "pass"}]
LAST = FIRST_MONDAY + 62


def rule(thresholds=None, *, min_n=40, window=63, op=">=", **params):
    made = {"counterpart": "agency", "within": ["unit"], **params}
    return spec("concentration", made, window_days=window, min_n=min_n, op=op, thresholds=thresholds or {"blue": 2, "red": 5})


def meetings(visits: np.ndarray, *, rows_per_visit: int = 1, more: np.ndarray | None = None) -> pd.DataFrame:
    """Handler i meets agency j on visits[i, j] days, the last of the nine weeks, with so many rows each; `more` rows of the last day."""
    days = [(i, j, LAST - back) for (i, j), count in np.ndenumerate(visits) for back in range(count) for _ in range(rows_per_visit)]
    days += [(i, j, LAST) for (i, j), count in np.ndenumerate(more if more is not None else 0 * visits) for _ in range(count)]
    who, whom, day = (np.array(one) for one in zip(*days, strict=True))
    return frame(day, handler=codes("H", who), agency=codes("A", whom), unit=codes("W", 0 * who))


def test_a_pair_is_told_with_what_its_colleagues_would_make_of_it():
    visits = np.full((6, 10), 12)
    visits[0, 3] = 60
    hits = find(rule(), transactions=meetings(visits))
    hits = hits[hits["day"] == LAST]
    assert hits["subject"].tolist() == ["H000"] and hits["level"].tolist() == ["blue"]
    told = hits["numbers"].iloc[0]
    # A tenth of the 168 visits of H000 would be with A003 if it dealt like the others.
    assert told["counterpart"] == "A003" and (told["count"], told["total"], told["peers"]) == (60, 168, 5)
    assert told["expected"] == pytest.approx(16.8, rel=0.01) and told["lift"] == pytest.approx(60 / 16.8, rel=0.01)
    assert told["percent"] == pytest.approx(35.7143) and told["median"] == 10.0 and told["peer_values"] == [10.0] * 5
    assert told["lower"] < 10 < told["upper"] < 35.7 and told["q"] < 0.01
    assert len(hits["evidence"].iloc[0]) == 60, "the rows of the pair"


def test_a_fleet_that_one_clerk_serves_on_one_day_is_one_visit():
    visits, fleet = np.full((6, 10), 12), np.zeros((6, 10), dtype=int)
    fleet[0, 3] = 200
    assert not len(find(rule(), transactions=meetings(visits, more=fleet)))
    assert len(find(rule(count_days=False), transactions=meetings(visits, more=fleet)))


def test_a_rare_counterpart_that_only_the_busiest_clerk_met_is_luck():
    """H000 does half of the work; that all eight visits of one agency were with him happens to one agency in 256, and there are forty."""
    visits = np.full((4, 40), 4)
    visits[0] = 12
    visits[:, 3] = [8, 0, 0, 0]
    assert not len(find(rule(), transactions=meetings(visits)))


def test_nothing_is_said_of_a_window_with_one_officer_or_of_few_visits():
    alone = find(rule(), transactions=meetings(np.array([[60, 20, 20]])))
    assert not len(alone) and set(alone.attrs["answers"]["answer"]) == {"insufficient"}
    visits = np.full((6, 10), 12)
    visits[0] = [0, 0, 0, 9, 0, 0, 0, 0, 0, 0]
    few = find(rule(), transactions=meetings(visits))
    assert "H000" not in set(few["subject"])
    assert few.attrs["answers"].set_index("subject").loc["H000", "answer"].eq("insufficient").all()


def test_an_agent_known_by_a_hash_is_told_by_a_short_mark():
    visits = np.full((6, 10), 12)
    visits[0, 3] = 60
    rows = meetings(visits)
    rows["agent"] = rows["agency"].cat.codes.to_numpy().astype(np.int64) * 2**40 + 0xABCDEF
    hits = find(rule(counterpart="agent"), transactions=rows)
    assert hits["numbers"].iloc[-1]["counterpart"] == "#abcdef"


@pytest.mark.parametrize("affinity", [0.0, 0.3])
def test_honest_dealings_stay_quiet(affinity):
    outcome = {"outcome": PASSED, "measure": "difference", "min_lift": 1.0}
    rows = [dealings(seed, affinity=affinity) for seed in range(6)]
    # 486 judgements: nine handlers on nine grid days, six times over; the limit is 1 %.
    assert sum(len(find(rule(), transactions=one)) for one in rows) <= 4
    assert sum(len(find(rule({"blue": 1}, **outcome), transactions=one)) for one in rows) <= 1


def test_a_planted_pair_is_found():
    found = [find(rule(), transactions=dealings(seed, drawn_to=0.7)) for seed in range(6)]
    assert all(set(hits["subject"]) == {"H000"} and hits["numbers"].iloc[-1]["counterpart"] == "A003" for hits in found)


def test_passes_that_only_one_pair_explains_are_found_where_plain_rates_of_the_pair_would_not_tell():
    outcome = {"outcome": PASSED, "measure": "difference", "min_lift": 1.0, "min_count": 20}
    found = [find(rule({"blue": 5}, **outcome), transactions=dealings(seed, rows=12000, drawn_to=0.3, favour=2.5)) for seed in range(4)]
    assert sum("H000" in set(hits["subject"]) for hits in found) >= 3
    told = next(hits for hits in found if len(hits))["numbers"].iloc[-1]
    assert told["counterpart"] == "A003" and told["percent"] > told["upper"] > told["expected_percent"]


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        ({"counterpart": "colour.of"}, {}, "no such column"),
        ({"counterpart": "handler"}, {}, "another column than the subject's"),
        ({"measure": "difference"}, {}, "difference belongs to outcomes"),
        ({"min_lift": 0.5}, {}, "min_lift is at least 1"),
        ({}, {"op": "<=", "thresholds": {"blue": 2}}, "never too low"),
        ({}, {"window": 60}, "multiple of 7"),
    ],
)
def test_senseless_rules_are_refused(params, parts, message):
    with pytest.raises(ParamError, match=message):
        rule(**parts, **params)
