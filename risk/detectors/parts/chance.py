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


def log_choose(of: int, chosen: np.ndarray) -> np.ndarray:
    """Natural logarithm of the number of ways to choose so many of `of`."""
    every = math.lgamma(of + 1)
    return np.array([every - math.lgamma(k + 1) - math.lgamma(of - k + 1) for k in chosen.tolist()])


def log_product_tail(log_product: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Natural logarithm of P(the product of so many uniform numbers ≤ t = exp(log_product)): t · Σ (−ln t)^i / i!, i < factors (Fisher)."""
    found = []
    for log_t, k in zip(log_product.tolist(), factors.tolist(), strict=True):
        far = max(-log_t, 1e-12)
        terms = [i * math.log(far) - math.lgamma(i + 1) for i in range(k)]
        top = max(terms)
        found.append(log_t + top + math.log(sum(math.exp(term - top) for term in terms)))
    return np.minimum(np.array(found), 0.0)
