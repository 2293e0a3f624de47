"""Equal cases, unequal treatment: examples to check by hand, honest habits, planted favours, and what is no favour."""

import numpy as np
import pandas as pd
import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import find, spec
from tests.risk.populations import FIRST_MONDAY, codes, frame, penalties, texts

WAIVED = [{"column": "result", "op": "eq", "value": "pass"}]
OF_A000 = [{"column": "agency", "op": "eq", "value": "A000"}]
SUNDAY = FIRST_MONDAY + 6


def rule(thresholds=None, *, min_n=40, window=91, op=">=", **params):
    made = {"facts": ["attr.code"], "all": WAIVED} | params
    return spec("consistency", made, window_days=window, min_n=min_n, op=op, thresholds=thresholds or {"blue": 15, "red": 45})


def cases(shares: list[tuple[int, int, int]], amounts: list[float] | None = None) -> pd.DataFrame:
    """Per handler and code (waived, all); amounts per entry."""
    rows = [(who, code, place < waived, number) for number, (who, code, waived, total) in enumerate(shares) for place in range(total)]
    who, code, waived, number = (np.array(one) for one in zip(*rows, strict=True))
    made = frame(
        np.full(len(who), FIRST_MONDAY),
        handler=codes("H", who),
        unit=codes("W", 0 * who),
        result=texts(np.where(waived, "pass", "fail")),
        amount=np.array(amounts or [100.0] * len(shares))[number],
    )
    return made.assign(**{"attr.code": codes("c", code)})


def test_one_who_waives_what_others_fine_is_told():
    hits = find(rule(), transactions=cases([(0, 1, 60, 100), *[(who, 1, 20, 100) for who in range(1, 9)]]))
    assert hits[["subject", "day", "level"]].values.tolist() == [["H000", SUNDAY, "blue"]]
    told = hits["numbers"].iloc[0]
    # 220 of 900 are waived altogether, so 24 % are expected of anybody.
    assert (told["count"], told["total"], told["percent"], told["peers"], told["scale"]) == (60, 100, 60.0, 8, "%")
    assert told["expected"] == pytest.approx(100 * 220 / 900, abs=0.5) and told["difference"] == pytest.approx(35.6, abs=0.5)
    assert told["lower"] < told["expected"] < told["upper"] < 60 and told["median"] == pytest.approx(20, abs=0.5)
    assert len(hits["evidence"].iloc[0]) == 60, "the waived ones"


def test_cases_that_are_milder_are_allowed_for():
    """H000 has only cases of the code that everybody waives; so have the others when they meet it."""
    shares = [(0, 2, 80, 100), *[(who, code, 80 if code == 2 else 5, 100) for who in range(1, 9) for code in (1, 2)]]
    assert not len(find(rule(), transactions=cases(shares)))


def test_fines_half_as_high_are_told_as_a_factor():
    rows = cases([(who, 1, 0, 50) for who in range(9)], amounts=[5_000.0, *[10_000.0] * 8])
    hits = find(rule({"blue": 1.5, "red": 3}, all=[], value="amount", measure="ratio", side="low"), transactions=rows)
    told = hits["numbers"].iloc[0]
    assert hits["subject"].tolist() == ["H000"] and told["mean"] == pytest.approx(5_000, rel=1e-3) and told["scale"] == "amount"
    # The mean of the logarithms over all: 10,000 · (1/2)^(1/9).
    assert told["expected"] == pytest.approx(10_000 * 0.5 ** (1 / 9), rel=0.01)
    assert hits["observed"].iloc[0] == pytest.approx(1 / told["ratio"], rel=1e-4)
    assert not len(find(rule({"blue": 1.5}, all=[], value="amount", measure="ratio", side="high"), transactions=rows))


def small(**params):
    return rule({"blue": 5, "red": 45}, all=[], value="amount", below=0.6, side="high", also=["unit"], **params)


def test_some_fines_far_below_the_usual_are_told_by_their_number():
    """H000 fines as others do, but a third of his cases at 40 instead of 100; 70 is not yet far below."""
    shares = [(0, 1, 0, 40), (0, 1, 0, 20), *[(who, 1, 0, 60) for who in range(1, 9)]]
    hits = find(small(), transactions=cases(shares, amounts=[100.0, 40.0, *[70.0 if who == 8 else 100.0 for who in range(1, 9)]]))
    assert hits["subject"].tolist() == ["H000"]
    told = hits["numbers"].iloc[0]
    assert (told["count"], told["total"], told["scale"]) == (20, 60, "%") and told["percent"] == pytest.approx(100 / 3, rel=1e-4)
    assert len(hits["evidence"].iloc[0]) == 20, "the small ones"


def test_one_of_two_at_a_window_is_told_and_the_other_is_not():
    """The mean of such a window is shared by both; how many fines are far too small is not."""
    shares = [(who, 1, 0, 60) for who in range(12) for _ in range(2)]
    rows = cases(shares, amounts=[40.0 if place == 0 else 100.0 for place in range(24)])
    rows["unit"] = codes("W", rows["handler"].cat.codes.to_numpy() // 2)
    assert find(small(), transactions=rows)["subject"].tolist() == ["H000"]
    mean = rule({"blue": 1.4}, all=[], value="amount", measure="ratio", side="low", also=["unit"])
    assert not len(find(mean, transactions=rows))


def test_facts_that_nobody_else_has_met_say_nothing():
    shares = [(0, 7, 60, 60), *[(who, 1, 20, 100) for who in range(1, 9)]]
    hits = find(rule(), transactions=cases(shares))
    assert not len(hits) and hits.attrs["answers"].set_index("subject").loc["H000", "answer"] == "insufficient"


def test_honest_habits_stay_quiet():
    """960 judgements at 1 %: offices and people have ways of their own, codes are very different."""
    rows = [penalties(seed) for seed in range(6)]
    named = [len(find(rule({"blue": 1}, also=["unit"]), transactions=one)) for one in rows]
    named += [len(find(rule({"blue": 1.0}, all=[], value="amount", measure="ratio"), transactions=one)) for one in rows]
    named += [len(find(rule({"blue": 1}, only=OF_A000, min_n=20), transactions=one)) for one in rows]
    assert sum(named) <= 7


def test_planted_favours_are_found():
    for seed in range(4):
        assert "H000" in set(find(rule({"blue": 5}, also=["unit"]), transactions=penalties(seed, lenient=2.0))["subject"])
        cheap = rule({"blue": 1.3}, all=[], value="amount", measure="ratio", side="low")
        assert "H000" in set(find(cheap, transactions=penalties(seed, cheap=0.6))["subject"])
    to_some = [find(rule({"blue": 5}, only=OF_A000, min_n=20), transactions=penalties(seed, rows=8000, local=3.5)) for seed in range(4)]
    assert sum("H000" in set(hits["subject"]) for hits in to_some) >= 3


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        ({"all": []}, {}, "either all"),
        ({"value": "amount"}, {}, "either all"),
        ({"all": [], "value": "amount"}, {}, "an amount is measured as a ratio"),
        ({"below": 0.5}, {}, "below is a part of the median of value"),
        ({"all": [], "value": "amount", "below": 1.0}, {}, "below is a part of the median of value"),
        ({"facts": ["handler"]}, {}, "no fact of its own cases"),
        ({}, {"op": "<=", "thresholds": {"blue": 5}}, "op is >="),
        ({}, {"window": 90}, "multiple of 7"),
    ],
)
def test_senseless_rules_are_refused(params, parts, message):
    with pytest.raises(ParamError, match=message):
        rule(**parts, **params)
