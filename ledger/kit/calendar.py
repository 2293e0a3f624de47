"""The working calendar: Chinese holidays and make-up days as published, an administrator's overrides above them.

Past the last published year, weekdays stand in.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

import chinese_calendar

from ledger.kit.days import SHANGHAI, day_start, event_day
from ledger.kit.models import DayOverride

Windows = Sequence[tuple[int, int]]


def is_published(day: date) -> bool:
    """Whether the State Council's arrangement for the year of `day` is known; where not, weekdays are a guess."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def published_working_day(day: date) -> bool:
    """Working by the published arrangement, or Monday to Friday where none is published."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def is_working_day(day: date) -> bool:
    override = DayOverride.objects.filter(day=day).values_list("working", flat=True).first()
    return published_working_day(day) if override is None else override


def working_days(first: date, last: date) -> set[date]:
    """The working days from first to last, both included, with one query."""
    overrides = dict(DayOverride.objects.filter(day__range=(first, last)).values_list("day", "working"))
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day for day in span if overrides.get(day, published_working_day(day))}


def working_deadline(start: datetime, minutes: int, hours: Windows, *, is_working: Callable[[date], bool] = is_working_day) -> datetime:
    """The moment at which `minutes` of opening time have passed since `start` (aware).

    `hours` are the day's windows in minutes since midnight. Raises ValueError when there are no hours to wait for.
    """
    if not any(end > begin for begin, end in hours):
        raise ValueError("a deadline in working time needs opening hours")
    left, day = minutes, event_day(start)
    local = start.astimezone(SHANGHAI)
    now = (datetime.combine(day, time(local.hour, local.minute)) - datetime.combine(day, time.min)).seconds // 60
    while True:
        if is_working(day):
            for begin, end in sorted(hours):
                begin = max(begin, now)
                if end - begin >= left and end > begin:
                    return day_start(day) + timedelta(minutes=begin + left)
                left -= max(0, end - begin)
        day, now = day + timedelta(days=1), 0
