"""The few special functions the peer comparisons need, on arrays: log gamma, incomplete beta, and the tails built on it."""

import numpy as np

_LANCZOS = (
    0.99999999999980993,
    676.5203681218851,
    -1259.1392167224028,
    771.32342877765313,
    -176.61502916214059,
    12.507343278686905,
    -0.13857109526572012,
    9.9843695780195716e-6,
    1.5056327351493116e-7,
)
_TINY = 1e-300
_PRECISION = 1e-12
_MOST_TERMS = 500
_CROWDED = 0.8


def log_gamma(x: np.ndarray) -> np.ndarray:
    """Natural logarithm of the gamma function for x > 0 (Lanczos, about 14 digits)."""
    x = np.asarray(x, dtype=float)
    small = x < 0.5
    y = np.where(small, 1.0 - x, x) - 1.0
    series = _LANCZOS[0] + sum(c / (y + k) for k, c in enumerate(_LANCZOS[1:], start=1))
    t = y + 7.5
    answer = 0.5 * np.log(2 * np.pi) + (y + 0.5) * np.log(t) - t + np.log(series)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(small, np.log(np.pi / np.abs(np.sin(np.pi * x))) - answer, answer)


def beta_share(a: np.ndarray, b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The regularised incomplete beta function I_x(a, b) for a, b > 0 and 0 ≤ x ≤ 1 (continued fraction, modified Lentz)."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    scale = log_gamma(a + b) - log_gamma(a) - log_gamma(b)
    a, b, x, scale = np.broadcast_arrays(a, b, np.asarray(x, dtype=float), scale)
    turned = x > (a + 1) / (a + b + 2)
    a, b, x = np.where(turned, b, a), np.where(turned, a, b), np.where(turned, 1 - x, x)
    inside = (x > 0) & (x < 1)
    safe = np.where(inside, x, 0.5)
    front = np.exp(scale + a * np.log(safe) + b * np.log1p(-safe)) / a
    answer = np.where(inside, front * _fraction(a, b, safe), np.where(x <= 0, 0.0, 1.0))
    return np.clip(np.where(turned, 1 - answer, answer), 0.0, 1.0)


def _fraction(a: np.ndarray, b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Every fraction is reckoned until it stands, whatever the others still do; those that stand are soon left out."""
    shape = x.shape
    a, b, x = (np.ravel(one).astype(float) for one in (a, b, x))
    answer, still = np.ones(len(x)), np.ones(len(x), dtype=bool)
    place: np.ndarray = np.arange(len(x))
    c: np.ndarray = np.ones(len(x))
    d: np.ndarray = 1 / _away(1 - (a + b) * x / (a + 1))
    value: np.ndarray = d.copy()
    for m in range(1, _MOST_TERMS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + numerator * d)
            c = _away(1 + numerator / c)
            change = d * c
            value *= change
        answer[place[still]] = value[still]
        still &= np.abs(change - 1) >= _PRECISION
        left = int(still.sum())
        if not left:
            break
        if left < _CROWDED * len(still):
            a, b, x, c, d, value = (one[still] for one in (a, b, x, c, d, value))
            place = place[still]
            still = np.ones(left, dtype=bool)
    return answer.reshape(shape)


def _away(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) < _TINY, _TINY, values)


def t_tails(t: np.ndarray, df: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P(T ≥ t) and P(T ≤ t) of Student's t with `df` degrees of freedom."""
    t, df = np.asarray(t, dtype=float), np.asarray(df, dtype=float)
    beyond = 0.5 * beta_share(df / 2, np.full_like(df, 0.5), df / (df + t * t))
    return np.where(t >= 0, beyond, 1 - beyond), np.where(t <= 0, beyond, 1 - beyond)


def t_density(t: np.ndarray, df: np.ndarray) -> np.ndarray:
    df = np.asarray(df, dtype=float)
    log = log_gamma((df + 1) / 2) - log_gamma(df / 2) - 0.5 * np.log(df * np.pi) - (df + 1) / 2 * np.log1p(t * t / df)
    return np.exp(log)


def binomial_tail(successes: np.ndarray, trials: np.ndarray, p: np.ndarray) -> np.ndarray:
    """P(X ≥ successes) of `trials` with probability p each; 1 where successes ≤ 0."""
    successes, trials = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(trials, dtype=float))
    inner = (successes > 0) & (successes <= trials)
    share = beta_share(np.where(inner, successes, 1.0), np.where(inner, trials - successes + 1, 1.0), p)
    return np.where(inner, share, np.where(successes <= 0, 1.0, 0.0))


def negative_binomial_tail(count: np.ndarray, mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """P(X ≥ count) of a negative binomial with that mean and variance mean + dispersion · mean²; dispersion > 0."""
    count, mean, dispersion = (np.asarray(one, dtype=float) for one in np.broadcast_arrays(count, mean, dispersion))
    size = 1 / dispersion
    share = beta_share(np.maximum(count, 1.0), size, mean / (mean + size))
    return np.where(count <= 0, 1.0, share)
