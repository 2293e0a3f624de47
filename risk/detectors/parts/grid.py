"""Weeks and grid days: rows collapsed to counts per key and week, and the window that ends on each grid day.

Peers are compared on Sundays, over whole weeks: a hit at grid day g is a function of the rows with event day in (g − W, g], W a multiple
of 7. Keys are ordered by what they name, not by how they came, and a window holds only what occurs in it: a figure is the same to the
last digit whatever else was loaded and in whatever order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import GRID_DAYS, GRID_OFFSET, Frames, Spec
from risk.detectors.parts.params import ParamError
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.sorting import distinct, numbered, ordered, starts
from risk.detectors.parts.windows import coded

HOUR_US = 3_600_000_000
SHIFT = "shift"
_DENSE = 30_000_000
_WIDEST = 2**62


@dataclass(frozen=True)
class Keys:
    """A number per row (0 … size − 1) for what some columns say, and what each number means."""

    codes: np.ndarray
    size: int
    names: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=object))


@dataclass(frozen=True)
class Window:
    """One window, one entry of every array per key and week (or per key): the parts of the key, how many weeks ago, and the sums."""

    day: int
    keys: tuple[np.ndarray, ...]
    age: np.ndarray
    sums: Mapping[str, np.ndarray]


def totals(codes: Sequence[np.ndarray], sums: Sequence[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """The different combinations of `codes` in order, the sums over each, and which combination every entry is."""
    if not len(codes[0]):
        return [np.zeros(0, dtype=np.int64) for _ in codes], [np.zeros(0) for _ in sums], np.zeros(0, dtype=np.int64)
    whole = codes[0].astype(np.int64)
    for one in codes[1:]:
        width = int(one.max()) + 1
        if int(whole.max()) > _WIDEST // width:
            whole = numbered(whole)[1]
        whole = whole * width + one
    # What windows yield is in the order of its keys already: then nothing needs sorting, nor adding up where every key comes once.
    if (whole[1:] >= whole[:-1]).all():
        new = starts(whole)
        if new.all():
            return list(codes), [one.astype(np.float64, copy=False) for one in sums], np.arange(len(whole))
        place, first = np.cumsum(new) - 1, np.flatnonzero(new)
    else:
        different, place = numbered(whole)
        first = np.empty(len(different), dtype=np.int64)
        first[place] = np.arange(len(place))
    return [one[first] for one in codes], [np.bincount(place, weights=one, minlength=len(first)) for one in sums], place


def whole_weeks(spec: Spec) -> None:
    """Refuse a window that is not of whole weeks. ParamError."""
    if spec.window_days % GRID_DAYS:
        raise ParamError("peers are compared over whole weeks: window_days must be a multiple of %(days)d", days=GRID_DAYS)


def grid_day_of(day: np.ndarray) -> np.ndarray:
    """The grid day on which each day's week ends: itself on a Sunday."""
    return day + (GRID_OFFSET - day) % GRID_DAYS


def week_ends(day: np.ndarray) -> np.ndarray:
    """The grid day of many rows: reckoned once for every day there is."""
    first = int(day.min())
    return np.asarray(grid_day_of(np.arange(first, int(day.max()) + 1))[day - first])


def keys_of(values: pd.Series) -> Keys:
    """Numbers in the order of the values; 0 where unknown."""
    codes, names = coded(values)
    order = np.argsort(names.astype(str), kind="stable") if names.dtype == object else np.arange(len(names))
    rank = np.empty(len(names) + 1, dtype=np.int64)
    rank[order] = np.arange(1, len(names) + 1)
    rank[-1] = 0
    return Keys(rank[codes], len(names) + 1, np.concatenate([np.array([None], dtype=object), names[order].astype(object)]))


def joined(parts: Sequence[Keys], rows: int) -> Keys:
    """One number for several; the single number 0 for none."""
    codes, size = np.zeros(rows, dtype=np.int64), 1
    for part in parts:
        codes, size = codes * part.size + part.codes, size * part.size
        if size > _WIDEST // 2**31:
            values, codes = numbered(codes)
            size = max(1, len(values))
    return Keys(codes, size)


def class_columns(names: Sequence[str]) -> dict[str, set[str]]:
    """Frames and columns that the class names read; raises ParamError for a name that means nothing."""
    found = wanted([name for name in names if name != SHIFT])
    if SHIFT in names:
        found.setdefault("transactions", set()).add("accepted_at")
    return found


def classes(frames: Frames, rows: pd.DataFrame, names: Sequence[str]) -> Keys:
    """The class of every row by some columns; `shift` is the quarter of the day (0–8, 8–12, 12–18, 18–24) in which it was accepted."""
    return joined([_shift(rows) if name == SHIFT else keys_of(column(frames, rows, name)) for name in names], len(rows))


def _shift(rows: pd.DataFrame) -> Keys:
    hour = rows["accepted_at"].to_numpy().astype("datetime64[us]").astype(np.int64) // HOUR_US % 24
    return Keys(np.searchsorted(np.array([8, 12, 18]), hour, side="right"), 4)


def windows(rows: pd.DataFrame, spec: Spec, keys: Sequence[Keys], sums: Mapping[str, np.ndarray]) -> Iterator[Window]:
    """The windows ending on every grid day whose week has rows, in order. `sums` holds whole numbers per row; `rows` counts the rows."""
    if not len(rows):
        return
    week = week_ends(rows["day"].to_numpy())
    cell, week_of_cell, parts = _cells(keys, week)
    counted = _counted(cell, len(week_of_cell), sums)
    for day in distinct(week_of_cell):
        here = np.flatnonzero((week_of_cell > day - spec.window_days) & (week_of_cell <= day))
        yield Window(
            int(day),
            tuple(part[here] for part in parts),
            (day - week_of_cell[here]) // GRID_DAYS,
            {name: values[here] for name, values in counted.items()},
        )


def merged_windows(rows: pd.DataFrame, spec: Spec, keys: Sequence[Keys], sums: Mapping[str, np.ndarray]) -> Iterator[Window]:
    """The same windows with one entry per key, whose age is that of its latest week.

    Sums run on from window to window: what comes is added, what has fallen out taken off. They are whole, so nothing is left of either.
    """
    if not len(rows):
        return
    cell, week_of_cell, parts = _cells(keys, week_ends(rows["day"].to_numpy()))
    counted = _counted(cell, len(week_of_cell), sums)
    new = np.logical_or.reduce([starts(part) for part in parts])
    key, parts = np.cumsum(new) - 1, [part[new] for part in parts]
    order = ordered(week_of_cell)
    first = np.flatnonzero(starts(week_of_cell[order]))
    days = week_of_cell[order][first].tolist()
    coming = [np.split(one[order], first[1:]) for one in (key, *counted.values())]
    weeks = dict(zip(days, zip(*coming, strict=True), strict=True))
    running = {name: np.zeros(len(parts[0])) for name in counted}
    latest, gone = np.zeros(len(parts[0]), dtype=np.int64), iter(days)
    oldest = next(gone)
    for day in days:
        while oldest <= day - spec.window_days:
            keys_gone, *sums_gone = weeks.pop(oldest)
            for total, values in zip(running.values(), sums_gone, strict=True):
                total[keys_gone] -= values
            oldest = next(gone)
        keys_come, *sums_come = weeks[day]
        for total, values in zip(running.values(), sums_come, strict=True):
            total[keys_come] += values
        latest[keys_come] = day
        here = np.flatnonzero(running["rows"] > 0)
        yield Window(
            day,
            tuple(part.take(here) for part in parts),
            (day - latest.take(here)) // GRID_DAYS,
            {name: total.take(here) for name, total in running.items()},
        )


def _counted(cell: np.ndarray, cells: int, sums: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The number of rows of every cell, and the sums over them."""
    cell = cell.astype(np.int64, copy=False)
    rows = np.bincount(cell, minlength=cells).astype(np.float64)
    return {"rows": rows, **{name: np.bincount(cell, weights=values, minlength=cells) for name, values in sums.items()}}


def _cells(keys: Sequence[Keys], week: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """(cell of every row, week of every cell, the key parts of every cell); cells are ordered by key, then by week."""
    first = int(week.min())
    turn = Keys((week - first) // GRID_DAYS, int(week.max() - first) // GRID_DAYS + 1)
    codes, size, steps = np.zeros(len(week), dtype=np.int64), 1, []
    for key in (*keys, turn):
        if size > _WIDEST // key.size:
            values, codes = numbered(codes)
            steps.append((values, 0))
            size = len(values)
        steps.append((np.zeros(0, dtype=np.int64), key.size))
        codes, size = codes * key.size + key.codes, size * key.size
    if size <= _DENSE:
        there = np.zeros(size, dtype=bool)
        there[codes] = True
        cells, cell = np.flatnonzero(there), np.take(np.cumsum(there, dtype=np.int32) - 1, codes)
    else:
        cells, cell = numbered(codes)
    parts = []
    for values, width in reversed(steps):
        if width:
            parts.append(cells % width)
            cells = cells // width
        else:
            cells = values[cells]
    return cell, parts[0] * GRID_DAYS + first, parts[:0:-1]


def homes(window: Window, lately: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(subjects in order, the group in which each has most rows lately; of equals the first)."""
    group, subject, rows = window.keys[0], window.keys[1], window.sums["rows"]
    if not lately.all():
        group, subject, rows = group[lately], subject[lately], rows[lately]
    (who, where), (rows,), _ = totals([subject, group], [rows])
    order = ordered(who, -rows.astype(np.int64), where)
    first = starts(who[order])
    return who[order][first], where[order][first]


def label(name: Any) -> str:
    """A counterpart as it is told: its code, or for one known only by its hash a short mark that is the same everywhere."""
    if isinstance(name, int | np.integer):
        return f"#{int(name) & 0xFFFFFF:06x}"
    return "" if name is None else str(name)
