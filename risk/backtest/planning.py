"""How a sweep is cut so that it fits the memory it may take: rules that share their rows together, a long history into stretches.

A hit of a day is a function of the rows of its window. A stretch of days therefore needs the rows of its days and of the window before
them, and the hits of stretches side by side are those of all their days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from ledger.columns import encode
from ledger.columns.models import ColumnFile
from ledger.kit.days import from_ordinal, ordinal
from risk.backtest.looking import shares, wanted
from risk.detectors.base import Spec
from risk.frames import TRANSACTIONS

MEGABYTE = 2**20
# Of a process that holds no rows yet: Python, Django, pandas, the roster.
IDLE_BYTES = 210 * MEGABYTE
# A column is held up to three times while it is made of what was read: as read, joined, as a frame.
COPIES = 3.0
# What a detector makes of every row it is shown: orders, keys and sums.
WORKING_BYTES = 80
MOST_STRETCHES = 64


@dataclass(frozen=True)
class Task:
    """Rules that look at the same rows, and a stretch of event days to judge. `bytes`: about what holding it takes at most."""

    specs: tuple[Spec, ...]
    first_day: date
    last_day: date
    bytes: int

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(spec.rule_code for spec in self.specs)


@dataclass(frozen=True)
class Density:
    """Rows of the columnar copy by frame, line and month (as 2026-03)."""

    rows: dict[tuple[str, str, str], int]

    @classmethod
    def now(cls) -> "Density":
        listed = ColumnFile.objects.values_list("frame", "line", "month").annotate(rows=Sum("rows"))
        return cls({(frame, line, month): rows for frame, line, month, rows in listed})

    def of(self, frame: str, lines: Sequence[str], first_day: date, last_day: date) -> int:
        """About how many rows the days have; a month begun counts by its days."""
        return round(
            sum(
                rows * _part(month, first_day, last_day)
                for (kind, line, month), rows in self.rows.items()
                if kind == frame and (not lines or line in lines)
            )
        )


def plan(specs: Iterable[Spec], first_day: date, last_day: date, *, memory: int, processes: int) -> list[Task]:
    """The tasks that judge these days under every rule, biggest first. `memory` (bytes): of `processes` at once and the one that waits."""
    room = max((memory - IDLE_BYTES) // processes - IDLE_BYTES, 0)
    groups: dict[tuple[object, ...], list[Spec]] = {}
    for spec in specs:
        groups.setdefault(shares(spec), []).append(spec)
    density = Density.now()
    tasks = [task for group in groups.values() for task in _cut(group, first_day, last_day, density, room)]
    return sorted(tasks, key=lambda task: (-task.bytes * len(task.specs), task.codes, task.first_day))


def _cut(specs: Sequence[Spec], first_day: date, last_day: date, density: Density, room: int) -> list[Task]:
    """The group as one task; else its rules in two halves by their windows; else the days in ever more stretches.

    Halves come first: rules of short windows can then be cut where those of long ones, whose windows would be read again with every
    stretch, need but a few columns of all days.
    """
    whole = _task(specs, first_day, last_day, density)
    if whole.bytes <= room:
        return [whole]
    ordered = sorted(specs, key=lambda spec: (spec.window_days, spec.rule_code))
    if ordered[0].window_days != ordered[-1].window_days and ordered[-1].window_days > (last_day - first_day).days // 4:
        long = [spec for spec in ordered if spec.window_days > (last_day - first_day).days // 4]
        short = ordered[: len(ordered) - len(long)]
        if short:
            return [*_cut(short, first_day, last_day, density, room), *_cut(long, first_day, last_day, density, room)]
    window, tasks = ordered[-1].window_days, [whole]
    for parts in range(2, MOST_STRETCHES + 1):
        if (last_day - first_day).days < parts or 2 * window * parts > 3 * (last_day - first_day).days:
            break
        tasks = [_task(ordered, *days, density) for days in stretches(first_day, last_day, parts)]
        if all(task.bytes <= room for task in tasks):
            return tasks
    if len(ordered) == 1:
        return tasks
    middle = len(ordered) // 2
    return [*_cut(ordered[:middle], first_day, last_day, density, room), *_cut(ordered[middle:], first_day, last_day, density, room)]


def stretches(first_day: date, last_day: date, parts: int) -> list[tuple[date, date]]:
    """The days in `parts` stretches side by side, of equal length but for a day."""
    first, days = ordinal(first_day), (last_day - first_day).days + 1
    bounds = [first + days * part // parts for part in range(parts + 1)]
    return [(from_ordinal(a), from_ordinal(b - 1)) for a, b in zip(bounds, bounds[1:], strict=False) if b > a]


def _task(specs: Sequence[Spec], first_day: date, last_day: date, density: Density) -> Task:
    """With about the bytes that its frames take while they are read and looked at. Records beside the transactions are few."""
    spec, begins = specs[0], first_day - timedelta(days=max(one.window_days for one in specs) - 1)
    held = 0.0
    if spec.frame == TRANSACTIONS:
        needs = wanted(specs)
        for frame in ("transactions", "steps"):
            if frame in needs:
                rows = density.of(frame, spec.lines, begins, last_day)
                held += rows * (COPIES * sum(map(_width, needs[frame])) + WORKING_BYTES)
    return Task(tuple(specs), first_day, last_day, round(held))


def _width(column: str) -> int:
    """Bytes of one value in memory: text is a number of four bytes."""
    if column in encode.TEXT or column in encode.PREFIXES or column in ("step", "staff", "day", "seq"):
        return 4
    if column.startswith("attr."):
        return 4 if encode.attribute_kinds().get(column.removeprefix("attr."), "text") == "text" else 8
    return 8


def _part(month: str, first_day: date, last_day: date) -> float:
    """Which part of a month's days lie within the range."""
    begins = date.fromisoformat(f"{month}-01")
    ends = (begins + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    shared = (min(ends, last_day) - max(begins, first_day)).days + 1
    return max(shared, 0) / ((ends - begins).days + 1)
