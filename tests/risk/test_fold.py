"""The fold of hits into an alert: pure and independent of order."""

from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from risk.alerts.fold import fold
from risk.alerts.models import Hit

D = date(2026, 3, 1)


def hit(day: int, level: str, evidence: list[int], observed: float = 1.0) -> Hit:
    return Hit(
        rule_version_id=1,
        line="violation",
        day=D + timedelta(days=day),
        level=level,
        observed=observed,
        threshold=1.0,
        numbers={"count": observed},
        evidence=evidence,
    )


hits = st.lists(
    st.tuples(st.integers(0, 29), st.sampled_from(["blue", "yellow", "orange", "red"]), st.lists(st.integers(1, 50), max_size=6)),
    min_size=1,
    max_size=10,
    unique_by=lambda found: found[0],
)


def test_the_strongest_hit_speaks_and_of_equals_the_latest():
    folded = fold([hit(1, "orange", [1], 5), hit(3, "orange", [2], 6), hit(9, "blue", [3], 1)])
    assert (folded.level, folded.observed, folded.first_day, folded.last_day) == ("orange", 6, D + timedelta(days=1), D + timedelta(days=9))


def test_evidence_is_the_union_over_the_hits():
    assert fold([hit(1, "blue", [1, 2]), hit(2, "blue", [2, 3])]).evidence == {1, 2, 3}


@given(hits, st.randoms(use_true_random=False))
def test_the_order_of_the_hits_does_not_matter(found: list, random: Random):
    one = [hit(*each) for each in found]
    other = list(one)
    random.shuffle(other)
    assert fold(one) == fold(other)
