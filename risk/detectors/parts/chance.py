"""What chance alone would do: exact tails, in logarithms so that small ones do not vanish."""

import math

import numpy as np

MOST_TERMS = 10_000


def poisson_tail(count: int, mean: float) -> float:
    """P(X ≥ count) of a Poisson number with this mean: the sum of its terms from `count` on."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count <= mean:
        return 1.0 - sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total, k = 0.0, count
    while term > total * 1e-15 and k < count + MOST_TERMS:
        total += term
        k += 1
        term *= mean / k
    return min(1.0, total)


def run_bound(length: np.ndarray, rows: np.ndarray, log_run: np.ndarray, miss: np.ndarray) -> np.ndarray:
    """Natural logarithm of a bound on the probability that `rows` trials hold a run of `length` successes somewhere.

    A run either opens the series, or begins after a failure (probability `miss`): at most 1 + (rows − length)·miss starts, each with
    probability exp(`log_run`).
    """
    return np.asarray(log_run + np.log1p(np.maximum(rows - length, 0) * miss))
