"""How each subject treats cases, against what the facts and circumstances of those cases make one expect."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from risk.detectors.parts.discovery import LEAST_FREEDOM, Spread, spread_of_others, varying_binomial_tail
from risk.detectors.parts.expectation import expected_means, expected_shares
from risk.detectors.parts.grid import Window, totals
from risk.detectors.parts.peers import LEAST_COMPANY, departure
from risk.detectors.parts.sorting import numbered
from risk.detectors.parts.special import t_tails

LOG_UNIT = 10_000
_LEAST_NOISE = 0.01**2
_BAND, _WORTH_A_TAIL = 3.09, 1.5
Total = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Treatment:
    """Subjects with rows in the last week. `observed` and `expected` are shares, or means of logarithms; the band is on the same scale.

    `count` matched rows (0 for values) of `total` that could be compared.
    """

    subject: np.ndarray
    tested: np.ndarray
    total: np.ndarray
    count: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    high: np.ndarray
    low: np.ndarray
    peers: np.ndarray


def treatment(window: Window, *, value: bool, own_effect: bool, min_n: int, min_peers: int) -> Treatment:
    """Keys of the window: facts, subject, judged (1 or 0), then further circumstances. Sums: rows, and matched or value and square.

    With `own_effect` the subject's general habit is part of the expectation, and only the judged rows are compared with it.
    """
    codes, (n, first, second), _ = totals(
        window.keys, [window.sums["rows"], window.sums["value" if value else "matched"], window.sums.get("square", window.sums["rows"])]
    )
    facts, subject, judged, *further = codes
    factors = [numbered(one)[1] for one in (facts, judged, *further, *([subject] if own_effect else []))]
    kept = (judged == 1) & _in_company(facts, subject, n)
    people, place = numbered(subject)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(place[kept], weights=values[kept], minlength=len(people))

    parts = _of_values(factors, n, first, second, total, min_n) if value else _of_shares(factors, n, first, total, min_n)
    fresh = np.isin(people, window.keys[1][window.age == 0])
    parts["tested"] &= fresh & (parts["peers"] >= min_peers)
    for side in ("high", "low"):
        parts[side] = np.where(parts["tested"], parts[side], 1.0)
    return Treatment(subject=people[fresh], **{name: values[fresh] for name, values in parts.items()})


def _in_company(facts: np.ndarray, subject: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Cells with facts of which others have had enough cases too."""
    (_, _), (own,), pair = totals([facts, subject], [n])
    (_,), (whole,), fact = totals([facts], [n])
    return whole[fact] - own[pair] >= LEAST_COMPANY


def _spread(effect: np.ndarray, sampling: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(variance between subjects with that of their mean, freedom, mean) where known."""
    variance, freedom, mean = np.zeros(len(effect)), np.zeros(len(effect)), np.zeros(len(effect))
    if known.any():
        found: Spread = spread_of_others(effect[known], sampling[known], np.zeros(int(known.sum()), dtype=np.int64))
        variance[known], freedom[known], mean[known] = found.between * (1 + found.share), found.freedom, found.mean
    return variance, freedom, mean


def _of_shares(factors: Sequence[np.ndarray], n: np.ndarray, o: np.ndarray, total: Total, min_n: int) -> dict[str, np.ndarray]:
    rate = expected_shares(factors, n, o)
    rows, count, expected, information = total(n), total(o), total(n * rate), total(n * rate * (1 - rate))
    known = (rows >= min_n) & (information > 0)
    share = np.where(rows > 0, expected / np.maximum(rows, 1), 0.5)
    sampling = 1 / np.maximum(information, 1e-12)
    effect = departure(count, expected, rows, share)
    variance, freedom, _ = _spread(effect, sampling, known)
    tested = known & (freedom >= LEAST_FREEDOM)
    away = effect / np.sqrt(sampling + variance)
    tails = {"high": np.ones(len(rows)), "low": np.ones(len(rows))}
    for name, side in (("high", away), ("low", -away)):
        worth = tested & (side > _WORTH_A_TAIL)
        if worth.any():
            tails[name][worth] = varying_binomial_tail(
                count[worth], rows[worth], share[worth], variance[worth], freedom[worth], low=name == "low"
            )
    half = _BAND * np.sqrt((sampling + variance) * share * (1 - share))
    middle = 2 * np.arcsin(np.sqrt(share))
    lower, upper = (np.sin(np.clip(middle + side * half, 0, np.pi) / 2) ** 2 for side in (-1, 1))
    observed = np.where(rows > 0, count / np.maximum(rows, 1), 0.0)
    parts = {"total": rows, "count": count, "observed": observed, "expected": share, "lower": lower, "upper": upper}
    return parts | tails | {"tested": tested, "peers": np.where(known, known.sum() - 1, known.sum())}


def _of_values(
    factors: Sequence[np.ndarray], n: np.ndarray, value: np.ndarray, square: np.ndarray, total: Total, min_n: int
) -> dict[str, np.ndarray]:
    value, square = value / LOG_UNIT, square / LOG_UNIT**2
    mean = expected_means(factors, n, value)
    noise = max(_LEAST_NOISE, float((square - 2 * mean * value + n * mean**2).sum() / max(n.sum() - 1, 1)))
    rows, seen, expected = total(n), total(value), total(n * mean)
    known = rows >= min_n
    some = np.maximum(rows, 1)
    effect, sampling = (seen - expected) / some, noise / some
    variance, freedom, _ = _spread(effect, sampling, known)
    tested = known & (freedom >= LEAST_FREEDOM)
    away = effect / np.sqrt(sampling + variance)
    degrees = np.maximum(freedom, LEAST_FREEDOM)
    half = _BAND * np.sqrt(sampling + variance)
    parts = {"total": rows, "count": np.zeros(len(rows)), "observed": seen / some, "expected": expected / some}
    parts |= {"lower": expected / some - half, "upper": expected / some + half}
    parts |= dict(zip(("high", "low"), t_tails(away, degrees), strict=True))
    return parts | {"tested": tested, "peers": np.where(known, known.sum() - 1, known.sum())}
