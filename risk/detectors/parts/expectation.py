"""The additive expectation: what action, site, person and counterpart each add, and therefore what is left to a pair or to one person.

Effects are drawn towards nothing (ridge), so that few rows claim little. They are found by turns: one factor after the other, each by one
Newton step for all its levels, a fixed number of rounds; the result is a function of the cells alone. Cells that no factor tells apart are
fitted as one, and odds are multiplied by what a step adds instead of being made anew of all effects.
"""

from collections.abc import Callable, Sequence

import numpy as np

from risk.detectors.parts.grid import totals
from risk.detectors.parts.sorting import starts

ROUNDS = 25
PRIOR_ROWS = 4.0
_LONGEST_STEP = 2.0


def expected_shares(factors: Sequence[np.ndarray], n: np.ndarray, o: np.ndarray, *, prior: float = PRIOR_ROWS) -> np.ndarray:
    """The expected share of matched rows (0 … 1) in cells with `n` rows, `o` of them matched, from additive effects on the log odds.

    Each factor numbers the levels of the cells, densely from 0. `prior` is the ridge: the inverse variance of an effect.
    """
    factors, (n, o), place = totals(factors, [n, o])
    whole = (o.sum() + 0.5) / (n.sum() + 1.0)
    odds = np.full(len(n), whole / (1 - whole))
    effects = [np.zeros(int(codes.max(initial=-1)) + 1) for codes in factors]
    by_level = [_summing(codes) for codes in factors]
    matched = [summed(o) for summed in by_level]
    # Room used again and again: making it anew costs more than what is reckoned in it.
    expected, information, times = np.empty(len(n)), np.empty(len(n)), np.empty(len(n))
    for _ in range(ROUNDS):
        for codes, summed, found, effect in zip(factors, by_level, matched, effects, strict=True):
            _expect(n, odds, expected, information)
            surplus = found - summed(expected) - prior * effect
            step = _step(surplus, summed(information) + prior)
            effect += step
            odds *= np.take(np.exp(step), codes, out=times, mode="clip")
        _expect(n, odds, expected, information)
        odds *= np.exp(_step(o.sum() - expected.sum(), np.maximum(information.sum(), 1e-9)))
    return np.asarray(odds / (1 + odds))[place]


def _summing(codes: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """How values are summed by level. Levels that stand side by side, as those of the first factor do, are summed stretch by stretch: many
    times as fast, for every addition to a sum has to wait for the one before."""
    if len(codes) and (codes[1:] >= codes[:-1]).all():
        begins = np.flatnonzero(starts(codes))
        return lambda values: np.add.reduceat(values, begins)
    return lambda values: np.bincount(codes, weights=values, minlength=1)


def _expect(n: np.ndarray, odds: np.ndarray, expected: np.ndarray, information: np.ndarray) -> None:
    """Fill in the matched rows expected of every cell, n·r, and the information n·r·(1 − r)."""
    np.add(odds, 1.0, out=information)
    np.divide(1.0, information, out=information)
    np.multiply(n, odds, out=expected)
    expected *= information
    information *= expected


def _step(surplus: np.ndarray, information: np.ndarray) -> np.ndarray:
    return np.clip(surplus / information, -_LONGEST_STEP, _LONGEST_STEP)


def expected_means(factors: Sequence[np.ndarray], n: np.ndarray, total: np.ndarray, *, prior: float = PRIOR_ROWS) -> np.ndarray:
    """The expected mean in cells with `n` values summing to `total`, from additive effects. `prior`: rows an effect must outweigh."""
    factors, (n, total), place = totals(factors, [n, total])
    mean = np.full(len(n), total.sum() / max(n.sum(), 1.0))
    effects = [np.zeros(int(codes.max(initial=-1)) + 1) for codes in factors]
    by_level = [_summing(codes) for codes in factors]
    rows, sums = [summed(n) for summed in by_level], [summed(total) for summed in by_level]
    for _ in range(ROUNDS):
        for codes, summed, of_level, found, effect in zip(factors, by_level, rows, sums, effects, strict=True):
            left = found - summed(n * mean) + of_level * effect
            step = left / (of_level + prior) - effect
            effect += step
            mean += step[codes]
        mean += (total - n * mean).sum() / max(n.sum(), 1.0)
    return mean[place]
