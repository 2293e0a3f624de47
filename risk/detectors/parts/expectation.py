"""The additive expectation: what action, site, person and counterpart each add, and therefore what is left to a pair or to one person.

Effects are drawn towards nothing (ridge), so that few rows claim little. They are found by turns: one factor after the other, each by one
Newton step for all its levels, a fixed number of rounds; the result is a function of the cells alone.
"""

from collections.abc import Sequence

import numpy as np

ROUNDS = 25
PRIOR_ROWS = 4.0


def expected_shares(factors: Sequence[np.ndarray], n: np.ndarray, o: np.ndarray, *, prior: float = PRIOR_ROWS) -> np.ndarray:
    """The expected share of matched rows (0 … 1) in cells with `n` rows, `o` of them matched, from additive effects on the log odds.

    Each factor numbers the levels of the cells, densely from 0. `prior` is the ridge: the inverse variance of an effect.
    """
    whole = (o.sum() + 0.5) / (n.sum() + 1.0)
    base = np.full(len(n), np.log(whole / (1 - whole)))
    effects = [np.zeros(int(codes.max(initial=-1)) + 1) for codes in factors]
    for _ in range(ROUNDS):
        for codes, effect in zip(factors, effects, strict=True):
            share = _logistic(base + sum(e[c] for c, e in zip(factors, effects, strict=True)))
            surplus = np.bincount(codes, weights=o - n * share, minlength=len(effect)) - prior * effect
            effect += np.clip(surplus / (np.bincount(codes, weights=n * share * (1 - share), minlength=len(effect)) + prior), -2, 2)
        share = _logistic(base + sum(e[c] for c, e in zip(factors, effects, strict=True)))
        base = base + np.clip((o.sum() - (n * share).sum()) / max((n * share * (1 - share)).sum(), 1e-9), -2, 2)
    return _logistic(base + sum(e[c] for c, e in zip(factors, effects, strict=True)))


def expected_means(factors: Sequence[np.ndarray], n: np.ndarray, total: np.ndarray, *, prior: float = PRIOR_ROWS) -> np.ndarray:
    """The expected mean in cells with `n` values summing to `total`, from additive effects. `prior`: rows an effect must outweigh."""
    base = total.sum() / max(n.sum(), 1.0)
    effects = [np.zeros(int(codes.max(initial=-1)) + 1) for codes in factors]
    for _ in range(ROUNDS):
        for codes, effect in zip(factors, effects, strict=True):
            rest = base + sum(e[c] for c, e in zip(factors, effects, strict=True)) - effect[codes]
            left = np.bincount(codes, weights=total - n * rest, minlength=len(effect))
            effect[:] = left / (np.bincount(codes, weights=n, minlength=len(effect)) + prior)
        base += (total - n * (base + sum(e[c] for c, e in zip(factors, effects, strict=True)))).sum() / max(n.sum(), 1.0)
    return base + np.asarray(sum(e[c] for c, e in zip(factors, effects, strict=True)), dtype=float)


def _logistic(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
