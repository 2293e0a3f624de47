"""Tails of chance against values worked out another way."""

import itertools
import math

import numpy as np
import pytest

from risk.detectors.parts.chance import poisson_tail, run_bound


@pytest.mark.parametrize(
    ("count", "mean", "tail"),
    [(0, 3.0, 1.0), (1, 0.0, 0.0), (1, 2.0, 1 - math.exp(-2)), (3, 2.0, 1 - 5 * math.exp(-2)), (2, 5.0, 1 - 6 * math.exp(-5))],
)
def test_the_tail_of_a_poisson_number(count, mean, tail):
    assert poisson_tail(count, mean) == pytest.approx(tail, rel=1e-12)


def test_a_tail_far_out_does_not_vanish():
    assert poisson_tail(40, 2.0) == pytest.approx(math.exp(40 * math.log(2) - 2 - math.lgamma(41)) * (1 + 2 / 41 + 4 / 41 / 42), rel=1e-4)


@pytest.mark.parametrize(("rows", "length", "chance"), [(6, 3, 0.7), (8, 5, 0.9), (10, 4, 0.5), (5, 5, 0.8)])
def test_no_run_is_likelier_than_its_bound(rows, length, chance):
    exact = 0.0
    for trials in itertools.product((True, False), repeat=rows):
        longest = max((sum(1 for _ in group) for success, group in itertools.groupby(trials) if success), default=0)
        if longest >= length:
            exact += math.prod(chance if success else 1 - chance for success in trials)
    bound = math.exp(run_bound(*(np.array(value) for value in (length, rows, length * math.log(chance), 1 - chance))))
    assert exact <= bound + 1e-12
    assert bound <= exact * 2.5
