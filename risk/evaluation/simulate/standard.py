"""The standard effect: a deed that one who knew what honest people do could tell from chance.

A share of somebody's business shows only as far as there is business enough. At effect 1 a deed that lives in a share is therefore played
upon a subject, and for as long, that the exact test of the deed against what is usual has the power POWER at the level LEVEL. What is usual
is known to the test; how far honest subjects are apart it has to learn from as many peers as there are. The level fits the number that is
compared: some hundred subjects of some sixty comparisons, each looked at anew some ten times in a half year, would give six false alarms in
180,000 transactions at one in ten thousand; who meets whom is compared pair by pair, a hundred times as many. Nothing here knows of rules
or thresholds: what a platform finds of it is the platform's affair. Smaller effects are fractions of the deed upon the same subject for the
same time, and may be past finding.
"""

from functools import lru_cache

import numpy as np

LEVEL, LEVEL_OF_PAIRS, POWER = 1e-4, 1e-6, 0.95
MOST = 1 << 13
# far enough out for what one in a million of Student's t with four degrees is
_NODES = np.sinh(np.linspace(-5.5, 5.5, 181))


def power(n: int, usual: float, done: float, *, spread: float = 0.0, peers: int = 0, level: float = LEVEL) -> float:
    """The chance that `n` cases of a deed with the rate `done` (0 … 1) give it away: that their number of matching cases is further to its
    side than one honest subject in 1/`level` would come.

    Honest subjects have rates around `usual`, in log odds with the standard deviation `spread` as so many `peers` tell it (Student's t;
    0: normal, the spread is known). Exact, by binomial distributions; 0 where `n` is 0 or the rates are equal.
    """
    if n <= 0 or usual == done:
        return 0.0
    if spread:
        odds = np.log(np.clip(usual, 1e-9, 1 - 1e-9) / np.clip(1 - usual, 1e-9, 1 - 1e-9)) + spread * _NODES
        honest = _weights(max(2, peers - 1) if peers else 0) @ _binomial(n, 1 / (1 + np.exp(-odds)))
    else:
        honest = _binomial(n, np.array([usual]))[0]
    wrong = _binomial(n, np.array([done]))[0]
    if done > usual:
        honest, wrong = honest[::-1], wrong[::-1]
    return float(min(1.0, wrong[np.cumsum(honest) <= level].sum()))


@lru_cache(maxsize=1 << 12)
def fewest(usual: float, done: float, *, spread: float = 0.0, peers: int = 0, level: float = LEVEL) -> int:
    """The number of cases from which the deed has the power POWER at this level; MOST where so many are not enough.

    Power goes up and down by a little from one number to the next: it is a number from which some of the next have it, too.
    """

    def plain(n: int) -> bool:
        return all(power(n + more, usual, done, spread=spread, peers=peers, level=level) >= POWER for more in (0, 3, 8))

    low, high = 0, 1
    while high < MOST and not plain(high):
        low, high = high, 2 * high
    while high < MOST and high - low > max(1, low // 64):
        middle = (low + high) // 2
        low, high = (low, middle) if plain(middle) else (middle, high)
    return min(high, MOST)


@lru_cache(maxsize=64)
def _weights(freedom: int) -> np.ndarray:
    """The weights of the nodes in Student's t, normal where there are no degrees of freedom."""
    density = (1 + _NODES**2 / freedom) ** (-(freedom + 1) / 2) if freedom else np.exp(-(_NODES**2) / 2)
    weights = density * np.gradient(_NODES)
    return np.asarray(weights / weights.sum())


@lru_cache(maxsize=1 << 8)
def _ways(n: int) -> np.ndarray:
    """Logarithms of the numbers of ways to choose 0 … n of n."""
    steps = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    return np.asarray(steps[n] - steps - steps[::-1])


def _binomial(n: int, rates: np.ndarray) -> np.ndarray:
    """A row for each rate: the probabilities of 0 … n of n."""
    k, rates = np.arange(n + 1), np.clip(rates, 1e-12, 1 - 1e-12)[:, None]
    return np.asarray(np.exp(_ways(n) + k * np.log(rates) + (n - k) * np.log1p(-rates)))
