"""When a unit is open for work of a line: its own hours or the default of its kind, on working days, and shifts declared beyond."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from ledger.kit import calendar
from ledger.kit.days import days_between
from ledger.roster.models import Shift, Unit

DAY = 1440
OFFICE_HOURS = ((510, 720), (810, 1050))
ROUND_THE_CLOCK = ((0, DAY),)
ROUND_THE_CLOCK_KINDS = frozenset({Unit.Kind.DETACHMENT.value, Unit.Kind.BRIGADE.value, Unit.Kind.SQUAD.value})
ROUND_THE_CLOCK_LINES = frozenset({"accident", "violation"})
Windows = tuple[tuple[int, int], ...]
_WINDOW = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


class Opening(NamedTuple):
    """A stretch of one day in which a unit is open for a line; minutes since Shanghai midnight, 0–1440."""

    unit_code: str
    line: str
    day: date
    start: int
    end: int


@dataclass(frozen=True)
class UnitHours:
    """What of a unit decides its openings; `above` are the codes of the units it stands under, itself included."""

    code: str
    kind: str
    hours: str
    above: frozenset[str]


def parse_hours(text: str) -> Windows:
    """Windows in minutes of a day, from text like 08:30-12:00,13:00-17:30; ValueError where it is none.

    A window that ends at or before its start runs into the next day (its end is then past 1440); 00:00-24:00 is round the clock.
    """
    windows = []
    for part in text.split(","):
        match = _WINDOW.fullmatch(part.strip())
        if not match:
            raise ValueError(f"not opening hours: {part!r}")
        hour, minute, end_hour, end_minute = (int(group) for group in match.groups())
        start, end = hour * 60 + minute, end_hour * 60 + end_minute
        if minute > 59 or end_minute > 59 or start >= DAY or end > DAY:
            raise ValueError(f"not a time of day: {part!r}")
        windows.append((start, end if end > start else end + DAY))
    return tuple(sorted(windows))


def ordinary_windows(*, kind: str, hours: str, line: str) -> Windows:
    """The windows of a day for a unit of that kind and line; ROUND_THE_CLOCK holds on every day, all others on working days."""
    if hours:
        return parse_hours(hours)
    return ROUND_THE_CLOCK if kind in ROUND_THE_CLOCK_KINDS and line in ROUND_THE_CLOCK_LINES else OFFICE_HOURS


def shift_windows(shifts: Iterable[tuple[str, date, time, time]]) -> dict[str, dict[date, list[tuple[int, int]]]]:
    """Declared shifts as windows by unit and day; one that ends at or before its start runs into the next day."""
    found: dict[str, dict[date, list[tuple[int, int]]]] = {}
    for unit_code, day, start, end in shifts:
        begin, finish = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        found.setdefault(unit_code, {}).setdefault(day, []).append((begin, finish if finish > begin else finish + DAY))
    return found


def find_openings(
    *,
    units: Sequence[UnitHours],
    lines: Sequence[str],
    days: Sequence[date],
    working: Set[date],
    shifts: Mapping[str, Mapping[date, Sequence[tuple[int, int]]]],
) -> list[Opening]:
    """Openings on consecutive `days`; `working` and `shifts` must also cover the day before the first, whose night runs into it."""
    found: list[Opening] = []
    for unit in units:
        ordinary = {line: ordinary_windows(kind=unit.kind, hours=unit.hours, line=line) for line in lines}
        declared = [shifts[code] for code in unit.above if code in shifts]
        for day in days:
            before = day - timedelta(days=1)
            extra = [window for shift in declared for window in shift.get(day, ())]
            night = [(start - DAY, end - DAY) for shift in declared for start, end in shift.get(before, ())]
            for line, windows in ordinary.items():
                if windows == ROUND_THE_CLOCK:
                    found.append(Opening(unit.code, line, day, 0, DAY))
                    continue
                open_now = [*(windows if day in working else ()), *extra, *night]
                if before in working:
                    open_now += [(start - DAY, end - DAY) for start, end in windows if end > DAY]
                found += [Opening(unit.code, line, day, start, end) for start, end in merged(tuple(open_now))]
    return found


@lru_cache(maxsize=4096)
def merged(windows: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The part of the windows that lies in the day, with overlapping and touching ones joined. Most days are like others before."""
    result: list[tuple[int, int]] = []
    for start, end in sorted((max(start, 0), min(end, DAY)) for start, end in windows if end > 0 and start < DAY):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def openings(*, unit_codes: Iterable[str], lines: Iterable[str], first_day: date, last_day: date) -> list[Opening]:
    """When each unit is open for each line, from first_day to last_day, both included. A day without a row is a day it is closed."""
    by_path = {unit.path: unit for unit in Unit.objects.all()}
    wanted = set(unit_codes)
    units = [
        UnitHours(unit.code, unit.kind, unit.hours, frozenset(by_path[path].code for path in _paths_above(unit.path)))
        for unit in by_path.values()
        if unit.code in wanted
    ]
    before = first_day - timedelta(days=1)
    declared = Shift.objects.filter(date__range=(before, last_day)).values_list("unit_code", "date", "start", "end")
    return find_openings(
        units=units,
        lines=tuple(lines),
        days=days_between(first_day, last_day),
        working=calendar.working_days(before, last_day),
        shifts=shift_windows(declared),
    )


def _paths_above(path: str) -> list[str]:
    return [path[:end] for end in range(Unit.steplen, len(path) + 1, Unit.steplen)]


__all__ = ["Opening", "UnitHours", "find_openings", "openings", "ordinary_windows", "parse_hours", "shift_windows"]
