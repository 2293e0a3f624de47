"""Departures from the own past: examples to check by hand, what moves everybody, honest wobble, planted changes."""

import numpy as np
import pandas as pd
import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import find, spec
from tests.risk.populations import FIRST_MONDAY, codes, frame, posts, texts

PASSED = [{"column": "result", "op": "eq", "value": "pass"}]
SUNDAY = FIRST_MONDAY + 7 * 16 - 1


def rule(thresholds=None, *, min_n=40, window=112, op=">=", **params):
    made = {"all": PASSED, "peers": ["unit"], **params}
    return spec("drift", made, window_days=window, min_n=min_n, op=op, thresholds=thresholds or {"blue": 1.5, "red": 6})


def weekly(counts: np.ndarray, rows: int | None = None) -> pd.DataFrame:
    """counts[handler, week] passes, of `rows` each week (None: nothing but passes)."""
    made = [
        (who, FIRST_MONDAY + 7 * week, place < count)
        for (who, week), count in np.ndenumerate(counts)
        for place in range(count if rows is None else rows)
    ]
    who, day, passed = (np.array(one) for one in zip(*made, strict=True))
    return frame(day, handler=codes("H", who), unit=codes("W", 0 * who), result=texts(np.where(passed, "pass", "fail")))


def tripled(times: int = 3) -> np.ndarray:
    counts = np.full((8, 16), 5)
    counts[0, 12:] *= times
    return counts


def test_a_share_that_tripled_is_told_against_its_past():
    hits = find(rule(), transactions=weekly(tripled(), rows=50))
    hits = hits[hits["day"] == SUNDAY]
    assert hits[["subject", "level", "observed"]].values.tolist() == [["H000", "blue", pytest.approx(3.0, rel=0.05)]]
    told = hits["numbers"].iloc[0]
    assert (told["count"], told["total"], told["past"], told["percent"], told["peers"]) == (60, 200, 10.0, 30.0, 7)
    assert told["expected"] == pytest.approx(20, rel=0.05) and told["weeks"] == 4 and told["cusum"] > 4
    assert told["lower"] < 1 < told["upper"] < 3 and told["peer_values"] == [pytest.approx(1.0)] * 7, (
        "H000 is far from all others, and no part of what is ordinary for them"
    )
    assert len(hits["evidence"].iloc[0]) == 60, "what matched lately"


def test_a_number_that_tripled_is_told_against_its_past():
    hits = find(rule(metric="volume", measure="count", thresholds={"blue": 50}), transactions=weekly(tripled()))
    hits = hits[hits["day"] == SUNDAY]
    assert hits[["subject", "observed"]].values.tolist() == [["H000", 60.0]]
    told = hits["numbers"].iloc[0]
    assert (told["total"], told["past"]) == (120, 20.0) and told["expected"] == pytest.approx(20, rel=0.06)


def test_what_rises_for_everybody_is_no_drift():
    """A flood of business, and a new practice that all follow: only a departure from them counts."""
    counts = np.full((8, 16), 5)
    counts[:, 12:] = 15
    assert not len(find(rule(), transactions=weekly(counts, rows=50)))
    assert not len(find(rule(metric="volume"), transactions=weekly(counts)))


def test_a_feed_that_dries_up_is_a_fall():
    counts = np.full((8, 16), 20)
    counts[0, 15] = 2
    low = rule({"blue": 0.6, "red": 0.2}, metric="volume", op="<=", recent_days=7)
    hits = find(low, transactions=weekly(counts))
    assert hits[["subject", "day", "level"]].values.tolist() == [["H000", SUNDAY, "red"]]


def test_a_feed_that_fell_silent_altogether_is_told_by_its_last_rows():
    counts = np.full((8, 16), 20)
    counts[0, 15] = 0
    low = rule({"blue": 0.6, "red": 0.2}, metric="volume", op="<=", recent_days=7)
    rows = weekly(counts)
    (hit,) = find(low, transactions=rows).query("day == @SUNDAY").to_dict("records")
    evidence = rows.set_index("id").loc[hit["evidence"]]
    assert hit["subject"] == "H000" and set(evidence["handler"]) == {"H000"}
    assert set(evidence["day"]) == {rows.query("handler == 'H000'")["day"].max()}


def test_without_a_past_or_without_peers_nothing_is_said():
    newcomer = np.full((8, 16), 5)
    newcomer[0, :12] = 0
    hits = find(
        rule(),
        transactions=weekly(np.where(np.arange(8)[:, None] == 0, newcomer, 5), rows=50).query("not (handler == 'H000' and day < 20590)"),
    )
    last = hits.attrs["answers"].query("day == @SUNDAY").set_index("subject")["answer"]
    assert not len(hits) and last["H000"] == "insufficient" and last["H001"] == "tested"
    few = find(rule(), transactions=weekly(tripled()[:3], rows=50))
    assert not len(few) and set(few.attrs["answers"]["answer"]) == {"insufficient"}


def test_honest_wobble_stays_quiet():
    """1,920 judgements of each rule; in the last weeks everybody's numbers are higher than ever."""
    rows = [posts(seed) for seed in range(6)]
    assert sum(len(find(rule(), transactions=one)) for one in rows) <= 2
    assert sum(len(find(rule(all=[], metric="volume", min_n=100), transactions=one)) for one in rows) <= 4


def test_planted_changes_are_found():
    assert sum("H000" in set(find(rule(), transactions=posts(seed, jump=1.6))["subject"]) for seed in range(5)) >= 4
    volume = rule(all=[], metric="volume", min_n=100)
    assert sum("H000" in set(find(volume, transactions=posts(seed, surge=2.5))["subject"]) for seed in range(5)) >= 4


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        ({"recent_days": 30}, {}, "a multiple of 7"),
        ({"recent_days": 63}, {}, "at most half of window_days"),
        ({"all": []}, {}, "a rate needs at least one condition"),
        ({"metric": "volume", "measure": "difference"}, {}, "belongs to the metric rate"),
        ({"measure": "difference"}, {"op": "<=", "thresholds": {"blue": 5}}, "falls are measured"),
        ({"min_peers": 1}, {}, "min_peers at least 3"),
        ({}, {"window": 100}, "multiple of 7"),
    ],
)
def test_senseless_rules_are_refused(params, parts, message):
    with pytest.raises(ParamError, match=message):
        rule(**parts, **params)
