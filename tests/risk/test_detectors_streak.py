"""Runs of equal results: how long, how far back, and only where chance does not make them."""

import math

import numpy as np
import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import find, spec, told, transactions

PASSED = {"all": [{"column": "result", "op": "eq", "value": "pass"}], "among": [{"column": "result", "op": "not_empty"}]}
ANY = PASSED | {"rate": 0.5, "chance": 1.0}


def candidates(results: str, *, day: int = 2, seat: str = "C1") -> list[dict]:
    """One candidate a minute: p passed, f failed, - unknown."""
    words = {"p": "pass", "f": "fail", "-": ""}
    return [
        {"at": f"2026-03-{day:02d} {9 + n // 60:02d}:{n % 60:02d}", "result": words[letter], "attr.car_no": seat}
        for n, letter in enumerate(results)
    ]


def seat_rule(params: dict, **parts: object):
    return spec("streak", params, subject_kind="terminal", subject_column="attr.car_no", **parts)


def test_the_longest_run_of_the_day_counts_and_what_is_unknown_neither_breaks_nor_feeds_it():
    rows = transactions(*candidates("ppf-pp-pppfp"), *candidates("pppppp", seat="C2"))
    hits = find(seat_rule(ANY, thresholds={"blue": 5, "red": 6}), transactions=rows)
    assert told(hits) == [
        ("C1", "2026-03-02", "blue", 5.0, [5, 6, 8, 9, 10]),
        ("C2", "2026-03-02", "red", 6.0, [13, 14, 15, 16, 17, 18]),
    ]
    assert hits["numbers"].iloc[0]["total"] == 10


def test_a_run_goes_on_over_days_but_reaches_back_no_further_than_the_window():
    rows = transactions(*candidates("fpp"), *candidates("ppp", day=3), *candidates("p", day=4))
    assert [hit[3] for hit in told(find(seat_rule(ANY, window_days=2), transactions=rows))] == [2.0, 5.0, 4.0]
    assert [hit[3] for hit in told(find(seat_rule(ANY, window_days=3), transactions=rows))] == [2.0, 5.0, 6.0]


def test_twenty_in_a_row_say_nothing_where_nearly_everybody_passes():
    rows = transactions(*candidates("p" * 20), *candidates("p" * 20, seat="C2"))
    easy, hard = (seat_rule(PASSED | {"rate": rate}, thresholds={"orange": 20}) for rate in (0.93, 0.45))
    assert find(easy, transactions=rows).empty
    hits = find(hard, transactions=rows)
    assert [hit[:4] for hit in told(hits)] == [(seat, "2026-03-02", "orange", 20.0) for seat in ("C1", "C2")]
    assert hits["numbers"].iloc[0]["log10_chance"] == pytest.approx(20 * math.log10(0.45))


def test_usual_rates_by_class_and_many_starts_make_a_run_likelier():
    rates = {"column": "action", "rates": {"subject1": 0.9}}
    rows = [row | {"action": "subject1" if n < 10 else "subject2"} for n, row in enumerate(candidates("p" * 20))]
    hits = find(
        seat_rule(PASSED | {"rate": 0.5, "rate_by": rates, "chance": 0.01}, thresholds={"blue": 20}), transactions=transactions(*rows)
    )
    assert hits["numbers"].iloc[0]["log10_chance"] == pytest.approx(10 * math.log10(0.45))
    many = transactions(*candidates("pf" * 40 + "p" * 8))
    alone = transactions(*candidates("p" * 8))
    rule = seat_rule(PASSED | {"rate": 0.5, "chance": 0.01}, thresholds={"blue": 8})
    assert len(find(rule, transactions=alone)) == 1 and find(rule, transactions=many).empty


def test_a_whole_window_at_a_hundred_percent():
    whole = ANY | {"whole_window": True}
    rows = transactions(*candidates("ppp"), *candidates("pppp", day=3))
    assert [hit[3] for hit in told(find(seat_rule(whole, window_days=2, min_n=5), transactions=rows))] == [7.0]
    broken = transactions(*candidates("fpp"), *candidates("pppp", day=3))
    assert find(seat_rule(whole, window_days=2, min_n=5), transactions=broken).empty


def test_honest_seats_are_quiet():
    rng = np.random.default_rng(3)
    made = []
    for seat in range(40):
        made += candidates("".join("p" if passed else "f" for passed in rng.random(300) < 0.7), seat=f"C{seat}")
    rule = seat_rule(PASSED | {"rate": 0.7}, thresholds={"blue": 20}, window_days=30)
    assert find(rule, transactions=transactions(*made)).empty
    assert not find(seat_rule(PASSED | {"rate": 0.7, "chance": 1.0}, thresholds={"blue": 12}), transactions=transactions(*made)).empty


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (ANY | {"all": []}, "all is needed"),
        (ANY | {"rate": 1.0}, "rate lies between"),
        (ANY | {"chance": 0.0}, "chance above 0"),
        (ANY | {"rate_by": {"column": "action", "rates": {"subject1": 1.5}}}, "rates lie between"),
    ],
)
def test_runs_that_make_no_sense_are_refused(params, message):
    with pytest.raises(ParamError, match=message):
        spec("streak", params)
