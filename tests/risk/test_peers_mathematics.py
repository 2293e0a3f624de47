"""The mathematics behind the peer comparisons, against values known from elsewhere."""

import math

import numpy as np
import pytest

from risk.detectors.parts.discovery import digits, false_discovery, median_above, spread_of_others, varying_binomial_tail
from risk.detectors.parts.special import beta_share, binomial_tail, log_gamma, negative_binomial_tail, t_density, t_tails
from risk.detectors.parts.suspects import rounded


def test_log_gamma_is_that_of_the_standard_library():
    values = [0.1, 0.5, 1.0, 2.5, 10.0, 170.0, 4000.0]
    assert log_gamma(np.array(values)) == pytest.approx([math.lgamma(value) for value in values], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("t", "df", "tail"), [(6.314, 1, 0.05), (2.228, 10, 0.025), (3.169, 10, 0.005), (2.576, 1e6, 0.005)])
def test_tails_of_student_are_those_of_the_tables(t, df, tail):
    assert t_tails(np.array([t]), np.array([float(df)]))[0][0] == pytest.approx(tail, rel=2e-3)
    assert t_tails(np.array([t]), np.array([float(df)]))[1][0] == pytest.approx(1 - tail, rel=1e-3)


def test_the_density_of_student_with_one_degree_is_cauchy():
    assert t_density(np.array([0.0, 1.0]), np.array([1.0, 1.0])) == pytest.approx([1 / math.pi, 1 / (2 * math.pi)])


@pytest.mark.parametrize(("k", "n", "p"), [(0, 10, 0.3), (3, 10, 0.2), (30, 500, 0.03), (10, 10, 0.9), (199, 200, 0.97)])
def test_binomial_tails_are_the_sum_of_their_terms(k, n, p):
    terms = sum(math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1))
    assert binomial_tail(np.array(k), np.array(n), np.array(p)) == pytest.approx(terms, rel=1e-10)


@pytest.mark.parametrize(("k", "mean", "dispersion"), [(12, 4.0, 0.2), (1, 0.5, 2.0), (40, 30.0, 0.05)])
def test_negative_binomial_tails_are_the_sum_of_their_terms(k, mean, dispersion):
    size = 1 / dispersion
    p = mean / (mean + size)

    def term(j):
        return math.exp(math.lgamma(j + size) - math.lgamma(size) - math.lgamma(j + 1) + size * math.log(1 - p) + j * math.log(p))

    assert negative_binomial_tail(np.array(k), np.array(mean), np.array(dispersion)) == pytest.approx(
        1 - sum(map(term, range(k))), rel=1e-8
    )


def test_the_incomplete_beta_function_at_its_ends_and_by_symmetry():
    a, b, x = np.array([2.0, 0.5, 30.0]), np.array([3.0, 4.0, 80.0]), np.array([0.3, 0.01, 0.27])
    assert beta_share(a, b, x) + beta_share(b, a, 1 - x) == pytest.approx(1.0)
    assert beta_share(a, b, 0.0).tolist() == [0, 0, 0] and beta_share(a, b, 1.0).tolist() == [1, 1, 1]


def test_a_median_is_above_a_bound_where_counting_says_so():
    rng = np.random.default_rng(3)
    for size in [*range(1, 8)] * 200:
        values, bound = rng.integers(0, 4, size) / 4, rng.integers(0, 9) / 8
        assert median_above(values, bound) == (np.median(values) > bound), (values, bound)


def test_the_spread_of_others_is_that_of_a_calculation_without_the_subject():
    rng = np.random.default_rng(5)
    effect, variance = rng.normal(0, 1, 9), rng.uniform(0.1, 0.5, 9)
    found = spread_of_others(effect, variance, np.zeros(9, dtype=int))
    weight = 1 / (variance + _between(effect, variance, 1 / variance))
    for one in range(9):
        others = np.arange(9) != one
        assert found.between[one] == pytest.approx(_between(effect[others], variance[others], weight[others]))
        assert found.mean[one] == pytest.approx(np.average(effect[others], weights=weight[others]))
        assert found.freedom[one] == pytest.approx(weight[others].sum() ** 2 / (weight[others] ** 2).sum() - 1)


def _between(effect, variance, weight):
    """The moment estimate with any weights (DerSimonian and Kacker 2007, equation 6)."""
    mean = np.average(effect, weights=weight)
    expected = (weight * variance).sum() - (weight**2 * variance).sum() / weight.sum()
    return max(0.0, ((weight * (effect - mean) ** 2).sum() - expected) / (weight.sum() - (weight**2).sum() / weight.sum()))


def test_a_tail_without_spread_is_binomial_and_with_spread_is_heavier():
    count, total, share, freedom = np.array([30.0]), np.array([500.0]), np.array([0.03]), np.array([20.0])
    plain = varying_binomial_tail(count, total, share, np.array([0.0]), freedom, low=False)
    assert plain == pytest.approx(binomial_tail(count, total, share), rel=1e-6)
    assert varying_binomial_tail(count, total, share, np.array([0.2]), freedom, low=False) > 50 * plain
    low = varying_binomial_tail(count, total, share, np.array([0.0]), freedom, low=True)
    assert low + plain == pytest.approx(1 + binomial_tail(count, total, share) - binomial_tail(count + 1, total, share))


def test_false_discovery_limits_are_those_of_benjamini_and_hochberg():
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert false_discovery(p) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert false_discovery(p, tests=8) == pytest.approx([0.04, 0.08, 0.08, 0.04])
    assert false_discovery(np.zeros(0)).tolist() == []


def test_stored_numbers_have_six_digits():
    assert [digits(value) for value in (1 / 3, 123456.789, 1.23456789e-9)] == [0.333333, 123457.0, 1.23457e-9]


def test_many_are_rounded_as_one_is():
    rng = np.random.default_rng(7)
    values = np.concatenate(
        [rng.normal(0, 50, 5000), np.arange(-400, 400) / 200, rng.integers(0, 10**6, 2000) / 1000 + 0.0005, [1e12 / 3, 0.0]]
    )
    assert list(map(repr, rounded(values))) == [repr(round(value, 2)) for value in values.tolist()]
