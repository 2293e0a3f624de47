"""The verdict of a watch, purely."""

from hypothesis import given
from hypothesis import strategies as st

from oversight.aftercare.rates import Measured, Rate, verdict_of

NOBODY = Rate(0, 0)


def week(hits: int, amount: int = 50, *, others: Rate = NOBODY, peers: int = 0) -> Measured:
    return Measured(Rate(hits, amount), others, peers)


def verdict(before: Measured, *weeks: Measured, window: int = 7) -> str:
    return str(verdict_of(before, weeks, window_days=window))


def test_half_the_rate_before_is_better_and_more_is_not():
    before = week(8, 200)
    assert verdict(before, week(1), week(1)) == "better"
    assert verdict(before, week(1), week(2)) == "unchanged"


def test_too_little_is_an_answer():
    before = week(8, 200)
    assert verdict(before) == "too_little"
    assert verdict(before, week(0, 9)) == "too_little"
    assert verdict(before, week(0), week(0), window=15) == "too_little"
    assert verdict(week(0, 200), week(0)) == "too_little"


def test_a_fall_that_peers_had_too_is_not_the_subjects():
    before = week(8, 200, others=Rate(40, 1000), peers=5)
    assert verdict(before, week(1, 50, others=Rate(10, 250), peers=5)) == "better"
    assert verdict(before, week(1, 50, others=Rate(5, 250), peers=5)) == "unchanged"
    assert verdict(before, week(1, 50, others=Rate(5, 250), peers=4)) == "better"


def test_silence_of_the_rule_for_everybody_says_nothing_of_one():
    before = week(8, 200, others=Rate(40, 1000), peers=9)
    assert verdict(before, week(0, 50, others=Rate(0, 250), peers=9)) == "too_little"


spans = st.tuples(st.integers(0, 30), st.integers(0, 400), st.integers(0, 60), st.integers(0, 12))


def span(told: tuple[int, int, int, int]) -> Measured:
    hits, amount, others, peers = told
    return Measured(Rate(hits, amount), Rate(others, 500), peers)


@given(spans, st.lists(spans, max_size=4), st.integers(1, 28))
def test_nothing_is_better_that_is_above_half_of_before(before: tuple, weeks: list[tuple], window: int):
    first, later = span(before), [span(one) for one in weeks]
    if verdict(first, *later, window=window) == "better":
        own = sum((one.own for one in later), Rate(0, 0))
        assert own.amount >= 10
        assert 2 * own.hits * first.own.amount <= first.own.hits * own.amount
