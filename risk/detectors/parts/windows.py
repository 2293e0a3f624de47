"""Windows: from matched rows to hits of subjects on days, by sorting, searching and cumulative sums.

A hit of a subject on day d looks at its rows with event day in (d−W, d] and at nothing else: it is the same whatever else was loaded.
Sums are of whole numbers (weights in thousandths): floating cumulative sums would depend on the rows before the window.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import Spec
from risk.detectors.parts import sorting
from risk.detectors.parts.found import Distinct, Found, Slices, hits, level_of, no_hits

WEIGHT_UNIT = 1000
MINUTE = 60_000
DAY = 1440 * MINUTE


@dataclass(frozen=True)
class Company:
    """At least `percent` of the rows that count must satisfy `member`."""

    member: np.ndarray
    percent: float


def scoped(frame: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """The rows a rule may see: of its lines, inside its scope, on a fresh index."""
    return kept_rows(frame, in_scope(frame, spec))


def kept_rows(rows: pd.DataFrame, keep: np.ndarray) -> pd.DataFrame:
    """Those of the rows, on a fresh index; nothing is copied where all are kept."""
    return (rows if keep.all() else rows[keep]).reset_index(drop=True)


def in_scope(frame: pd.DataFrame, spec: Spec) -> np.ndarray:
    """Which rows a rule may see."""
    wanted: dict[str, tuple[Any, ...]] = dict(spec.scope)
    if spec.lines:
        wanted["line"] = spec.lines
    return allowed(frame, wanted)


def allowed(frame: pd.DataFrame, wanted: Mapping[str, tuple[Any, ...]]) -> np.ndarray:
    """Rows whose every named column has one of the values allowed it."""
    keep = np.ones(len(frame), dtype=bool)
    for name, values_allowed in wanted.items():
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            keep &= np.append(np.isin(np.asarray(values.cat.categories, dtype=object), list(values_allowed)), False)[
                values.cat.codes.to_numpy()
            ]
        else:
            keep &= np.isin(values.to_numpy(), list(values_allowed))
    return keep


def coded(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """(code per row, value of each code); −1 where unknown."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        names = np.asarray(values.cat.categories, dtype=object)
        return np.append(np.where(names == "", -1, np.arange(len(names))), -1)[values.cat.codes.to_numpy()], names
    array = values.to_numpy()
    names, codes = sorting.numbered(array) if array.dtype.kind == "i" else np.unique(array, return_inverse=True)
    unknown = np.append(pd.isna(names) | (names == 0), True) if names.dtype.kind != "M" else np.append(pd.isna(names), True)
    return np.where(unknown[codes], -1, codes), names


def marked(codes: np.ndarray, size: int) -> np.ndarray:
    """Of every code below `size`, and at the end of −1: whether it is among `codes`."""
    answer = np.zeros(size + 1, dtype=bool)
    answer[codes] = True
    return answer


def batch_stamped(rows: pd.DataFrame, subject_column: str, moment: pd.Series, least: int) -> np.ndarray:
    """Rows whose exact moment recurs at least `least` times for their subject: a migration's or an upload's stamp, not a time of work."""
    if not len(rows) or least <= 0:
        return np.zeros(len(rows), dtype=bool)
    codes, _ = coded(rows[subject_column])
    stamps = moment.to_numpy().astype("datetime64[us]").astype(np.int64)
    near = np.flatnonzero(sorting.recurring(least, codes, stamps))
    order = near[sorting.ordered(codes[near], stamps[near])]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (codes[order][1:] != codes[order][:-1]) | (stamps[order][1:] != stamps[order][:-1])
    runs = np.cumsum(new) - 1
    answer = np.zeros(len(rows), dtype=bool)
    answer[order] = np.bincount(runs)[runs] >= least if len(order) else False
    return answer


def day_windows(
    rows: pd.DataFrame,
    spec: Spec,
    matched: np.ndarray,
    *,
    share: bool = False,
    weights: np.ndarray | None = None,
    distinct: Distinct | None = None,
    company: Company | None = None,
) -> pd.DataFrame:
    """Hits by the number (or the percentage) of matched rows in W days.

    A day is judged when it has a matched row itself (op <=: any row). A percentage needs `min_n` rows in the window, a number `min_n`
    matched rows. Evidence is the matched rows of the window; for op <= all rows of it, since what is wrong is what is missing.
    """
    subject, names = coded(rows[spec.subject_column])
    matched, lacking = matched & (subject >= 0), spec.op == "<="
    if not (subject >= 0 if lacking else matched).any():
        return no_hits()
    at = _Axis(subject, rows["day"].to_numpy(), spec.window_days)
    counted = _Counted(at, matched)
    every = _Counted(at, subject >= 0) if lacking else None
    days = sorting.distinct((every or counted).keys)
    low, high = counted.between(days - spec.window_days, days)
    observed = (high - low).astype(np.float64) if weights is None else counted.sums(weights, low, high)
    if not share:
        reached = (high - low >= spec.min_n) & (level_of(observed, spec) >= 0)
        days, low, high, observed = days[reached], low[reached], high[reached], observed[reached]
    if every is None:
        # Of subjects that are not judged, and these are most, nothing need be put in order.
        every = _Counted(at, marked(days // at.span, len(names))[subject])
    total_low, total_high = every.between(days - spec.window_days, days)
    count, total = high - low, total_high - total_low
    enough = np.ones(len(days), dtype=bool)
    if share:
        observed, enough = 100.0 * count / total, total >= spec.min_n
    numbers = {"count": count, "total": total}
    behind, first, last = (every, total_low, total_high) if lacking else (counted, low, high)
    found = Found(days // at.span, days % at.span + at.start, observed, Slices(behind.rows, first, last), numbers)
    if company is not None:
        part = counted.sums(company.member.astype(np.int64) * WEIGHT_UNIT, low, high)
        found.numbers["percent"] = 100.0 * part / np.maximum(count, 1)
        enough &= found.numbers["percent"] >= company.percent
    return hits(found.kept(enough), spec, rows, names, distinct)


def minute_windows(
    rows: pd.DataFrame,
    spec: Spec,
    matched: np.ndarray,
    minutes: int,
    *,
    weights: np.ndarray | None = None,
    distinct: Distinct | None = None,
) -> pd.DataFrame:
    """Hits by the number of matched rows in the `minutes` up to and including each row; the day's hit is its fullest such window.

    Windows reach back over midnight as far as W days allow. Evidence is the rows of every window of the day that reaches a threshold.
    """
    subject, names = coded(rows[spec.subject_column])
    chosen = np.flatnonzero(matched & (subject >= 0))
    if not len(chosen):
        return no_hits()
    # Milliseconds, and subjects ranked densely: a rank times the span of time stays inside 63 bits for ten million subjects.
    moment = rows["accepted_at"].to_numpy().astype("datetime64[ms]").astype(np.int64)
    chosen = chosen[sorting.ordered(subject[chosen], moment[chosen], rows["tie"].to_numpy()[chosen])]
    who, at, day = subject[chosen], moment[chosen], rows["day"].to_numpy().astype(np.int64)[chosen]
    earliest = np.maximum(at - minutes * MINUTE, (day - spec.window_days + 1) * DAY - 1)
    base = at.min() - minutes * MINUTE
    rank = sorting.numbered(who)[1]
    span = at.max() - base + 2
    low = np.searchsorted(rank * span + at - base, rank * span + np.maximum(earliest - base, 0), side="right")
    high = np.searchsorted(rank * span + at - base, rank * span + at - base, side="right")
    if weights is None:
        observed = (high - low).astype(np.float64)
    else:
        sums = np.concatenate([[0], np.cumsum(weights[chosen])])
        observed = (sums[high] - sums[low]) / WEIGHT_UNIT
    enough = (high - low >= spec.min_n) & (level_of(observed, spec) >= 0)
    if distinct is not None:
        for place in np.flatnonzero(enough):
            values = distinct.codes[chosen[low[place] : high[place]]]
            enough[place] = len(np.unique(values[values >= 0])) >= distinct.least
    good = np.flatnonzero(enough)
    if not len(good):
        return no_hits()
    return _fullest_of_day(rows, spec, names, distinct, chosen, good, low, high, observed, day)


def _fullest_of_day(
    rows: pd.DataFrame,
    spec: Spec,
    names: np.ndarray,
    distinct: Distinct | None,
    chosen: np.ndarray,
    good: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    observed: np.ndarray,
    day: np.ndarray,
) -> pd.DataFrame:
    """One hit per subject and day from the windows `good`: the fullest gives the number, all of them the evidence."""
    who = coded(rows[spec.subject_column])[0][chosen]
    sign = -1 if spec.op == "<=" else 1
    order = good[np.lexsort((-sign * observed[good], day[good], who[good]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (who[order][1:] != who[order][:-1]) | (day[order][1:] != day[order][:-1])
    best = order[first]
    groups = np.split(order, np.flatnonzero(first)[1:])

    def evidence(hit: int) -> np.ndarray:
        spans = [chosen[low[window] : high[window]] for window in groups[hit]]
        return np.unique(np.concatenate(spans))

    count = high[best] - low[best]
    found = Found(who[best], day[best], observed[best], evidence, {"count": count, "total": count})
    if distinct is not None:
        best_values = [distinct.codes[chosen[low[window] : high[window]]] for window in best]
        found.numbers["distinct"] = np.array([len(np.unique(values[values >= 0])) for values in best_values])
    return hits(found, spec, rows, names)


def day_values(rows: pd.DataFrame, spec: Spec, matched: np.ndarray, values: np.ndarray) -> pd.DataFrame:
    """Hits by the greatest (op <=: smallest) value of a day's matched rows, `min_n` at least. Evidence: the rows that reach a threshold."""
    subject, names = coded(rows[spec.subject_column])
    chosen = np.flatnonzero(matched & (subject >= 0) & ~np.isnan(values))
    if not len(chosen):
        return no_hits()
    sign = -1.0 if spec.op == "<=" else 1.0
    day = rows["day"].to_numpy().astype(np.int64)
    order = chosen[np.lexsort((-sign * values[chosen], day[chosen], subject[chosen]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (subject[order][1:] != subject[order][:-1]) | (day[order][1:] != day[order][:-1])
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(order))
    reached = np.concatenate([[0], np.cumsum(level_of(values[order], spec) >= 0)])
    count = reached[ends] - reached[starts]
    best = order[starts]
    found = Found(
        subject[best],
        day[best],
        values[best],
        lambda hit: order[starts[hit] : starts[hit] + count[hit]],
        {"count": count, "total": ends - starts},
    )
    return hits(found.kept(ends - starts >= spec.min_n), spec, rows, names)


class _Axis:
    """One number per subject and day; those of two subjects lie further apart than a window."""

    def __init__(self, subject: np.ndarray, day: np.ndarray, window: int) -> None:
        self.start = int(day.min())
        self.span = int(day.max()) - self.start + 1 + window
        self._subject, self._day = subject, day

    def of(self, chosen: np.ndarray) -> np.ndarray:
        return np.asarray(self._subject[chosen] * self.span + self._day[chosen].astype(np.int64) - self.start)


class _Counted:
    """Rows that count, ordered by subject and day, so that a window is a slice."""

    def __init__(self, at: _Axis, member: np.ndarray) -> None:
        chosen = np.flatnonzero(member)
        keys = at.of(chosen)
        order = sorting.ordered(keys)
        self.rows, self.keys = chosen[order], keys[order]

    def between(self, after: np.ndarray, until: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Slices of the rows with key in (after, until]."""
        return np.searchsorted(self.keys, after, side="right"), np.searchsorted(self.keys, until, side="right")

    def sums(self, weights: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        totals = np.concatenate([[0], np.cumsum(weights[self.rows].astype(np.int64))])
        return np.asarray((totals[high] - totals[low]) / WEIGHT_UNIT)
