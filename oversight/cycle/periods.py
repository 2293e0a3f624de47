"""Months, quarters and years of the cycle: which days they have, when a round opens, when it is due. Pure, but for the working calendar."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.kit.calendar import working_days
from ledger.kit.days import day_start
from ledger.roster.hours import OFFICE_HOURS
from oversight.cycle.models import Period

MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
Calendar = Callable[[date, date], set[date]]


@dataclass(frozen=True)
class Span:
    """One period: its first and last day, both included."""

    period: Period
    first_day: date
    last_day: date

    @property
    def last_month(self) -> date:
        """The first day of its last month."""
        return self.last_day.replace(day=1)


def span_of(period: Period, day: date) -> Span:
    """The month, quarter or year in which a day lies."""
    length = MONTHS[period]
    first = day.replace(month=(day.month - 1) // length * length + 1, day=1)
    return Span(period, first, _months_on(first, length) - timedelta(days=1))


def span_before(span: Span) -> Span:
    return span_of(span.period, span.first_day - timedelta(days=1))


def _months_on(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def opening_day(span: Span, calendar: Calendar = working_days) -> date:
    """The first working day of the period's last month, for a month its first one: a quarter is gone over when it is nearly done."""
    return min(calendar(span.last_month, span.last_day), default=span.last_month)


def due_moment(span: Span, before_end: int, calendar: Calendar = working_days) -> datetime:
    """The end of office hours on the day after which `before_end` working days of the period are left; at the latest its first one."""
    days = sorted(calendar(span.last_month, span.last_day)) or [span.last_day]
    day = days[max(len(days) - 1 - before_end, 0)]
    return day_start(day) + timedelta(minutes=max(end for _begin, end in OFFICE_HOURS))
