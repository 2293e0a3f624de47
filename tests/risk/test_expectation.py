"""The additive expectation: fitted together, it is what fitting cell by cell with all effects summed anew gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.detectors.parts.expectation import PRIOR_ROWS, ROUNDS, expected_means, expected_shares


def drawn(seed: int, cells: int, levels: tuple[int, ...]) -> tuple[list[np.ndarray], np.ndarray, np.random.Generator]:
    """Factors numbered densely, rows of each cell, and what else is to be drawn."""
    rng = np.random.default_rng(seed)
    factors = [np.unique(rng.integers(0, size, cells), return_inverse=True)[1] for size in levels]
    return factors, rng.integers(1, 60, cells).astype(float), rng


def shares_anew(factors, n, o):
    logistic = lambda odds: 1 / (1 + np.exp(-np.clip(odds, -30, 30)))  # noqa: E731
    whole = (o.sum() + 0.5) / (n.sum() + 1.0)
    base = np.log(whole / (1 - whole))
    effects = [np.zeros(codes.max() + 1) for codes in factors]
    every = lambda: base + sum(effect[codes] for codes, effect in zip(factors, effects, strict=True))  # noqa: E731
    for _ in range(ROUNDS):
        for codes, effect in zip(factors, effects, strict=True):
            share = logistic(every())
            surplus = np.bincount(codes, weights=o - n * share) - PRIOR_ROWS * effect
            effect += np.clip(surplus / (np.bincount(codes, weights=n * share * (1 - share)) + PRIOR_ROWS), -2, 2)
        share = logistic(every())
        base += np.clip((o.sum() - (n * share).sum()) / max((n * share * (1 - share)).sum(), 1e-9), -2, 2)
    return logistic(every())


def means_anew(factors, n, total):
    base = total.sum() / n.sum()
    effects = [np.zeros(codes.max() + 1) for codes in factors]
    every = lambda: base + sum(effect[codes] for codes, effect in zip(factors, effects, strict=True))  # noqa: E731
    for _ in range(ROUNDS):
        for codes, effect in zip(factors, effects, strict=True):
            left = np.bincount(codes, weights=total - n * (every() - effect[codes]))
            effect[:] = left / (np.bincount(codes, weights=n) + PRIOR_ROWS)
        base += (total - n * every()).sum() / n.sum()
    return every()


SEEDS, CELLS = st.integers(0, 2**32 - 1), st.integers(1, 80)
LEVELS = st.sampled_from([(3,), (4, 1), (2, 5, 30), (12, 9, 40, 2)])


@settings(max_examples=60, deadline=None)
@given(SEEDS, CELLS, LEVELS, st.sampled_from([0.0, 0.02, 0.5, 1.0]))
def test_shares_are_those_of_effects_summed_anew(seed, cells, levels, share):
    factors, n, rng = drawn(seed, cells, levels)
    o = rng.binomial(n.astype(int), np.clip(share * rng.gamma(2, 0.5, cells), 0, 1)).astype(float)
    assert expected_shares(factors, n, o) == pytest.approx(shares_anew(factors, n, o), rel=1e-9, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(SEEDS, CELLS, LEVELS)
def test_means_are_those_of_effects_summed_anew(seed, cells, levels):
    factors, n, rng = drawn(seed, cells, levels)
    total = n * rng.normal(5, 1, cells)
    assert expected_means(factors, n, total) == pytest.approx(means_anew(factors, n, total), rel=1e-9)


def test_nothing_is_expected_where_nothing_is():
    empty = [np.zeros(0, dtype=np.int64)]
    assert expected_shares(empty, np.zeros(0), np.zeros(0)).tolist() == expected_means(empty, np.zeros(0), np.zeros(0)).tolist() == []
