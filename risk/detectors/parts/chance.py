"""What chance alone would do: exact tails, in logarithms so that small ones do not vanish."""

import functools
import math

import numpy as np

from risk.detectors.parts.sorting import ranges

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


def log_choose(of: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Natural logarithms of the numbers of ways to choose so many of `of`."""
    logs = log_factorials(1 << int(np.max(of, initial=0)).bit_length())
    return np.asarray(logs[of] - logs[chosen] - logs[of - chosen])


@functools.lru_cache(maxsize=8)
def log_factorials(below: int) -> np.ndarray:
    """Natural logarithms of 0!, 1!, … so many of them."""
    return np.array([math.lgamma(k + 1) for k in range(below)])


def log_product_tails(log_products: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Natural logarithms of P(the product of so many uniform numbers ≤ t): t · Σ (−ln t)^i / i!, i < factors (Fisher). Given is ln t."""
    if not len(factors):
        return np.zeros(0)
    far = np.log(np.maximum(-log_products, 1e-12))
    i, which = ranges(np.zeros(len(factors), dtype=np.int64), factors)
    terms = i * far[which] - log_factorials(1 << int(factors.max()).bit_length())[i]
    top = np.maximum.reduceat(terms, np.cumsum(factors) - factors)
    total = np.bincount(which, weights=np.exp(terms - top[which]), minlength=len(factors))
    return np.asarray(np.minimum(log_products + top + np.log(total), 0.0))
