"""Rows tied to one another by a value they share: what came before under the same key, and hits by the number of such ties in a window.

A tie counts in a window of W days only when every row it rests on lies in it, so that a hit stays a function of those W days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.parts.predicates import known
from risk.detectors.parts.references import column, places_of
from risk.detectors.parts.sorting import numbered, ordered, recurring
from risk.detectors.parts.windows import coded

Frames = Mapping[str, pd.DataFrame]
NONE = -1
MILLION = 1_000_000
_DENSE = 50_000_000


@dataclass(frozen=True)
class Ties:
    """What was found, one entry each: the row whose subject it is held against, the row it is tied to (−1: none), the event day on which
    it is complete, and the earliest event day of the rows it rests on."""

    row: np.ndarray
    partner: np.ndarray
    day: np.ndarray
    since: np.ndarray

    def kept(self, keep: np.ndarray) -> "Ties":
        return Ties(self.row[keep], self.partner[keep], self.day[keep], self.since[keep])


def backward(rows: pd.DataFrame, row: np.ndarray, partner: np.ndarray) -> Ties:
    """Ties of rows to earlier ones."""
    day = rows["day"].to_numpy().astype(np.int64)
    return Ties(row, partner, day[row], np.minimum(day[row], np.where(partner < 0, day[row], day[partner])))


def unanswered(rows: pd.DataFrame, row: np.ndarray, days: int) -> Ties:
    """Rows to which nothing came in the `days` before: that is known only where all those days lie in the window."""
    day = rows["day"].to_numpy().astype(np.int64)[row]
    return Ties(row, np.full(len(row), NONE, dtype=np.int64), day, day - days)


def keyed(frames: Frames, rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """One number per row for the values of the columns together, −1 where one of them is unknown."""
    key: np.ndarray | None = None
    for name in names:
        values = column(frames, rows, name)
        if isinstance(values.dtype, pd.CategoricalDtype):
            codes = coded(values)[0]
        else:
            codes = np.where(known(values), pd.factorize(values.to_numpy())[0], NONE).astype(np.int64)
        key = codes if key is None else within(key, codes)
    return np.zeros(len(rows), dtype=np.int64) if key is None else key


def shared(frames: Frames, rows: pd.DataFrame, names: Sequence[str], least: int = 2) -> np.ndarray:
    """Where the values of the columns together may come at least `least` times: no other row can be tied to so many. Cheaper than keys."""
    return recurring(least, *(_as_numbers(column(frames, rows, name)) for name in names))


def _as_numbers(values: pd.Series) -> np.ndarray:
    """Whole numbers that are equal where the values are."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy()
    array = values.to_numpy()
    return (array + 0.0).view(np.int64) if array.dtype.kind == "f" else array.astype(np.int64)


def within(key: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One number per pair of numbers, −1 where one of them is."""
    pair = pd.factorize(key * (other.max(initial=0) + 2) + other)[0].astype(np.int64)
    return np.where((key < 0) | (other < 0), NONE, pair)


def joint(*columns: pd.Series) -> list[np.ndarray]:
    """Numbers for the values of columns that may name the same things, equal where they are; −1 where unknown."""
    if all(isinstance(values.dtype, pd.CategoricalDtype) for values in columns):
        names = columns[0].cat.categories
        for values in columns[1:]:
            names = names.union(values.cat.categories)
        numbers = [np.where(values.cat.categories == "", NONE, names.get_indexer(values.cat.categories)) for values in columns]
        return [np.append(number, NONE)[values.cat.codes.to_numpy()] for values, number in zip(columns, numbers, strict=True)]
    whole = np.concatenate([values.to_numpy() for values in columns])
    every = numbered(whole)[1] if whole.dtype.kind == "i" else np.unique(whole, return_inverse=True)[1]
    codes = np.split(every, np.cumsum([len(values) for values in columns])[:-1])
    return [np.where(known(values), found, NONE).astype(np.int64) for values, found in zip(columns, codes, strict=True)]


@dataclass(frozen=True)
class Side:
    """Rows on one side of a tie: their numbers in the frame, key (−1 unknown), moment and tie-breaker."""

    row: np.ndarray
    key: np.ndarray
    at: np.ndarray
    tie: np.ndarray

    def kept(self, keep: np.ndarray) -> "Side":
        return Side(self.row[keep], self.key[keep], self.at[keep], self.tie[keep])

    def reversed(self) -> "Side":
        """The same rows with time running backwards."""
        return Side(self.row, self.key, -self.at, ~self.tie)


def side(rows: pd.DataFrame, member: np.ndarray, key: np.ndarray) -> Side:
    """The member rows whose key is known."""
    chosen = np.flatnonzero(member & (key >= 0))
    at = rows["accepted_at"].to_numpy().astype("datetime64[us]").astype(np.int64)
    return Side(chosen, key[chosen], at[chosen], rows["tie"].to_numpy()[chosen])


def latest_before(these: Side, others: Side) -> np.ndarray:
    """For each of these the number of the last other row before it under the same key, −1 where there is none; never the row itself."""
    everything = np.full(len(these.row), NONE, dtype=np.int64)
    if not len(these.row) or not len(others.row):
        return everything
    # Only keys that come on both sides are worth sorting.
    width = max(these.key.max(), others.key.max()) + 1
    shared = (np.bincount(these.key, minlength=width) > 0) & (np.bincount(others.key, minlength=width) > 0)
    asked = shared[these.key]
    these, others = these.kept(asked), others.kept(shared[others.key])
    n = len(these.row)
    key, at, tie = (np.concatenate([getattr(these, name), getattr(others, name)]) for name in ("key", "at", "tie"))
    is_other = np.arange(len(key)) >= n
    order = ordered(key, at, tie, is_other)
    last = np.maximum.accumulate(np.where(is_other[order], np.arange(len(order)), NONE))
    found = order[np.maximum(last, 0)]
    good = (last >= 0) & (key[found] == key[order])
    answer = np.full(len(key), NONE, dtype=np.int64)
    if n:
        answer[order] = np.where(good, others.row[np.maximum(found - n, 0)], NONE)
    everything[asked] = answer[:n]
    return everything


def follows(rows: pd.DataFrame, row: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where the row (−1: none) comes after the other one (−1: none, after which everything comes)."""
    at = np.append(rows["accepted_at"].to_numpy().astype("datetime64[us]").astype(np.int64), 0)
    tie = np.append(rows["tie"].to_numpy(), 0)
    after = (at[row] > at[other]) | ((at[row] == at[other]) & (tie[row] > tie[other]))
    return (row >= 0) & ((other < 0) | after)


def in_order(rows: pd.DataFrame, chosen: np.ndarray, key: np.ndarray) -> np.ndarray:
    """The chosen row numbers by key (one per row), then time, then tie: never by arrival."""
    at = rows["accepted_at"].to_numpy()[chosen].astype("datetime64[us]").astype(np.int64)
    return np.asarray(chosen[ordered(key[chosen], at, rows["tie"].to_numpy()[chosen])])


def last_different(rows: pd.DataFrame, member: np.ndarray, key: np.ndarray, value: np.ndarray, *, at: str = "accepted_at") -> np.ndarray:
    """For every member row the last member row before it under the same key that has another value; −1 where there is none."""
    chosen = np.flatnonzero(member & (key >= 0) & (value >= 0))
    # Most keys come once: what has nothing to differ from is not worth sorting.
    chosen = chosen[np.bincount(key[chosen], minlength=1)[key[chosen]] > 1]
    answer = np.full(len(rows), NONE, dtype=np.int64)
    if not len(chosen):
        return answer
    order = in_order(rows, chosen, key)
    changed = np.ones(len(order), dtype=bool)
    changed[1:] = (key[order][1:] != key[order][:-1]) | (value[order][1:] != value[order][:-1])
    # The row before the run of equal values in which a row stands.
    before_run = np.maximum.accumulate(np.where(changed, np.arange(len(order)), 0)) - 1
    found = order[np.maximum(before_run, 0)]
    answer[order] = np.where((before_run >= 0) & (key[found] == key[order]), found, NONE)
    return answer


def day_groups(rows: pd.DataFrame, member: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """One number above 0 per subject and event day for the member rows whose subject is known; 0 for the others."""
    group = np.zeros(len(rows), dtype=np.int64)
    chosen = np.flatnonzero(member & (subject >= 0))
    if len(chosen):
        day = rows["day"].to_numpy()[chosen]
        start, span = int(day.min()), int(day.max() - day.min()) + 1
        group[chosen] = numbered(subject[chosen] * span + (day - start))[1] + 1
    return group


def day_shares(rows: pd.DataFrame, subject_column: str, member: np.ndarray) -> np.ndarray:
    """For every row the percentage of its subject's rows of its day that are members; 0 where the subject is unknown."""
    subject = coded(rows[subject_column])[0]
    group = day_groups(rows, np.ones(len(rows), dtype=bool), subject)
    every, some = np.bincount(group, minlength=1), np.bincount(group, weights=member, minlength=1)
    share = 100.0 * some / np.maximum(every, 1)
    share[0] = 0.0
    return share[group]


def differ(frames: Frames, rows: pd.DataFrame, row: np.ndarray, other: np.ndarray, columns: Sequence[str]) -> np.ndarray:
    """Where every one of the columns is known in both rows and not the same."""
    unlike = np.ones(len(row), dtype=bool)
    for name in columns:
        values = keyed(frames, rows, (name,))
        unlike &= (values[row] >= 0) & (values[other] >= 0) & (values[row] != values[other])
    return unlike


def first_of_day(rows: pd.DataFrame, these: Side, others: Side) -> np.ndarray:
    """For each of these the first other row of the same day and key (it may be the very row), −1 where there is none."""
    if not len(these.row) or not len(others.row):
        return np.full(len(these.row), NONE, dtype=np.int64)
    day = rows["day"].to_numpy().astype(np.int64)
    start, span = int(day.min()), int(day.max() - day.min()) + 1
    asked, number = numbered(these.key * span + day[these.row] - start)
    of_day = others.key * span + day[others.row] - start
    if span * (int(max(these.key.max(), others.key.max())) + 1) <= _DENSE:
        table = np.full(span * (int(max(these.key.max(), others.key.max())) + 1), NONE, dtype=np.int32)
        table[asked] = np.arange(len(asked))
        place = table[of_day]
    else:
        place = places_of(asked, of_day)
    first = np.full(len(asked), NONE, dtype=np.int64)
    near = np.flatnonzero(place >= 0)
    for values in (others.at, others.tie):
        least = np.full(len(asked), np.iinfo(np.int64).max)
        np.minimum.at(least, place[near], values[near])
        near = near[values[near] == least[place[near]]]
    first[place[near]] = others.row[near]
    return first[number]


def met_on_day(rows: pd.DataFrame, these: np.ndarray, key: np.ndarray, others: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """For each of these rows, whose key is known, whether there is another row of the same day and key: `others` says which rows may be
    (yes or no) and by which key."""
    if not len(these):
        return np.zeros(0, dtype=bool)
    day = rows["day"].to_numpy().astype(np.int64)
    start, span = int(day.min()), int(day.max() - day.min()) + 1
    keys, number = numbered(key[these])
    rank = np.full(int(max(one.max() for one in (key, *(other for _, other in others)))) + 2, NONE)
    rank[keys] = np.arange(len(keys))
    asked = number * span + day[these] - start
    there = np.zeros(len(keys) * span if len(keys) * span <= _DENSE else 0, dtype=bool)
    met = np.zeros(len(these), dtype=bool)
    for member, other in others:
        place = rank[other]
        near = np.flatnonzero((place >= 0) & member)
        of_day = place[near] * span + day[near] - start
        if len(there):
            there[of_day] = True
        else:
            met |= np.isin(asked, of_day)
    return there[asked] if len(there) else met


def holding(group: np.ndarray, start: np.ndarray, end: np.ndarray, at_group: np.ndarray, at_day: np.ndarray) -> np.ndarray:
    """How many of the day intervals [start, end] of each asked group hold the asked day (an end before its start holds none)."""
    width = np.int64(2**22)
    starts, ends = np.sort(group * width + start), np.sort(group * width + end)
    asked = at_group * width + at_day
    begun = np.searchsorted(starts, asked, side="right") - np.searchsorted(starts, at_group * width, side="left")
    over = np.searchsorted(ends, asked, side="left") - np.searchsorted(ends, at_group * width, side="left")
    return np.asarray(begun - over)


def different(group: np.ndarray, value: np.ndarray, day: np.ndarray, window: int) -> np.ndarray:
    """For every row how many different values its group has in the `window` days up to it; rows come by group and day.

    Every occurrence stands for its value from its day until the next one or until it falls out of the window.
    """
    places = ordered(group, value, day)
    of_group, of_value, of_day = group[places], value[places], day[places]
    end = of_day + window - 1
    again = (of_group[1:] == of_group[:-1]) & (of_value[1:] == of_value[:-1])
    end[:-1] = np.where(again, np.minimum(end[:-1], of_day[1:] - 1), end[:-1])
    return holding(of_group, of_day, end, group, day)
