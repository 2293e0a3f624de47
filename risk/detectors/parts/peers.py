"""Rates against fair peers: standardised for the mixture of cases, judged against the spread between honest subjects.

One comparison has subjects in groups. The rate expected of a subject is that of the others of its group, class by class, each class drawn a
little towards the group's whole (PSEUDO_ROWS); classes in which the others have fewer than LEAST_COMPANY rows are not compared.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from risk.detectors.parts.discovery import LEAST_FREEDOM, spread_of_others, varying_binomial_tail
from risk.detectors.parts.sorting import numbered

PSEUDO_ROWS = 5.0
LEAST_COMPANY = 10
_WORTH_A_TAIL = 1.5


@dataclass(frozen=True)
class Comparison:
    """Per subject: rows and matched rows that could be compared, the rate expected of it, its peers, and the tail of each side.

    `tested`: enough rows and peers. `ordinary`: says what is ordinary. `variance` is that of its log odds besides its own sampling.
    """

    total: np.ndarray
    count: np.ndarray
    expected: np.ndarray
    standardised: np.ndarray
    peers: np.ndarray
    tested: np.ndarray
    ordinary: np.ndarray
    variance: np.ndarray
    freedom: np.ndarray
    high: np.ndarray
    low: np.ndarray


def compare(
    subject: np.ndarray,
    klass: np.ndarray,
    n: np.ndarray,
    o: np.ndarray,
    group: np.ndarray,
    *,
    min_n: int,
    min_peers: int,
    candidates: np.ndarray,
    counted: np.ndarray | None = None,
) -> Comparison:
    """Compare subjects (0 … S−1) within their `group` (one per subject) by cells of subject and class with `n` rows, `o` of them matched.

    Only `candidates` (per subject) are tested, the others are but company; only those `counted` (default all) say what is ordinary.
    """
    subjects = len(group)
    total, count, expected, information, reference, usual = _expected(subject, klass, n, o, group, subjects)
    share = np.where(total > 0, expected / np.maximum(total, 1), 0.5)
    qualified = (total >= min_n) & (information > 0)
    ordinary = qualified if counted is None else qualified & counted
    members = np.bincount(group[ordinary], minlength=int(group.max(initial=-1)) + 1)
    peers = members[group] - ordinary
    effect = departure(count, expected, total, share)
    variance, freedom = np.zeros(subjects), np.zeros(subjects)
    sampling = np.where(qualified, 1 / np.maximum(information, 1e-12) + reference, 1.0)
    if qualified.any():
        dense = numbered(group[qualified])[1]
        spread = spread_of_others(effect[qualified], sampling[qualified], dense, ordinary[qualified])
        variance[qualified], freedom[qualified] = spread.between * (1 + spread.share), spread.freedom
    tested = qualified & candidates & (peers >= min_peers) & (freedom >= LEAST_FREEDOM)
    far = effect / np.sqrt(sampling + variance)
    variance = variance + reference
    high, low = np.ones(subjects), np.ones(subjects)
    for tail, side, is_low in ((high, far, False), (low, -far, True)):
        worth = tested & (side > _WORTH_A_TAIL)
        if worth.any():
            tail[worth] = varying_binomial_tail(count[worth], total[worth], share[worth], variance[worth], freedom[worth], low=is_low)
    standardised = _standardised(count, usual, total, group)
    return Comparison(total, count, share, standardised, peers, tested, ordinary, variance, freedom, high, low)


def _expected(
    subject: np.ndarray, klass: np.ndarray, n: np.ndarray, o: np.ndarray, group: np.ndarray, subjects: int
) -> tuple[np.ndarray, ...]:
    """Per subject: comparable rows, matched ones, those expected from the others, information n·r(1−r), variance of the expectation's log
    odds, and those expected from everybody, itself included."""
    stratum = numbered(group[subject] * (int(klass.max(initial=0)) + 1) + klass)[1]
    all_n, all_o = (np.bincount(stratum, weights=one)[stratum] for one in (n, o))
    others_n, others_o = all_n - n, all_o - o
    n_own, o_own = np.bincount(subject, weights=n, minlength=subjects), np.bincount(subject, weights=o, minlength=subjects)
    n_group, o_group = np.bincount(group, weights=n_own), np.bincount(group, weights=o_own)
    base = (o_group[group] - o_own + 0.5) / (n_group[group] - n_own + 1.0)
    rate = (others_o + PSEUDO_ROWS * base[subject]) / (others_n + PSEUDO_ROWS)
    kept = others_n >= LEAST_COMPANY
    n, o = np.where(kept, n, 0.0), np.where(kept, o, 0.0)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(subject, weights=values, minlength=subjects)

    spread = rate * (1 - rate)
    information = total(n * spread)
    reference = total(n**2 * spread / np.maximum(others_n, 1)) / np.maximum(information, 1e-12) ** 2
    reference = np.where(information > 0, reference, 0.0)
    return total(n), total(o), total(n * rate), information, reference, total(n * all_o / np.maximum(all_n, 1))


def departure(count: np.ndarray, expected: np.ndarray, total: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Departure in log odds, on the scale that stabilises the variance of a share (arcsine, Anscombe)."""

    def angle(values: np.ndarray) -> np.ndarray:
        return 2 * np.arcsin(np.sqrt((values + 0.375) / (total + 0.75)))

    return (angle(count) - angle(expected)) / np.sqrt(np.maximum(share * (1 - share), 1e-12))


def _standardised(count: np.ndarray, usual: np.ndarray, total: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Each subject's rate, 0 … 1, as if it had its group's mixture of cases: the group's rate times observed ÷ usual, of the rarer outcome.

    Where there is one class only this is the plain rate.
    """
    rate = (np.bincount(group, weights=count) / np.maximum(np.bincount(group, weights=total), 1))[group]
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(usual > 0, rate * count / usual, 0.0)
        down = np.where(total > usual, 1 - (1 - rate) * (total - count) / (total - usual), 1.0)
    return np.clip(np.where(rate <= 0.5, up, down), 0.0, 1.0)


def limits(comparison: Comparison, one: int) -> tuple[float, float]:
    """The shares (0 … 1) within which 99.8 % of ordinary subjects of that size would lie: the band of a funnel chart.

    On the arcsine scale, with the quantile of Student's t by its expansion in the normal one.
    """
    total, share = comparison.total[one], comparison.expected[one]
    z, df = NormalDist().inv_cdf(0.999), comparison.freedom[one]
    t = z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
    odds = share * (1 - share)
    half = t * np.sqrt((1 / (total * odds) + comparison.variance[one]) * odds)
    middle = 2 * np.arcsin(np.sqrt(share))
    low, high = (np.sin(np.clip(middle + side * half, 0, np.pi) / 2) ** 2 for side in (-1, 1))
    return float(low), float(high)
