"""When a term of a case ends: hours run around the clock, working days in the opening hours of the unit that has it."""

from datetime import date, datetime, timedelta

from ledger.kit.calendar import working_days, working_deadline
from ledger.kit.days import event_day
from ledger.roster.hours import OFFICE_HOURS, Windows, merged, parse_hours
from ledger.roster.models import Unit
from oversight.cases.policy.models import Measure
from oversight.cases.policy.reading import Span

# Working days are looked up this far ahead; beyond (no holiday is so long) every day counts as one.
_AHEAD = timedelta(days=30)


def windows_of(unit: Unit) -> Windows:
    """The hours in which a unit answers its papers: its own, else office hours, also where its patrols work around the clock."""
    return merged(parse_hours(unit.hours)) if unit.hours else OFFICE_HOURS


# What is sent back leaves at least so long.
AFTER_RETURN = Span(1, Measure.DAYS)


class Terms:
    """Ends of terms that begin at one moment; the calendar is read once for all of them."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self._last = event_day(start)
        self._working: set[date] = set()

    def end(self, span: Span, unit: Unit) -> datetime:
        """So many working days are so many times the opening hours of the unit: begun at ten, one day ends at ten of the next."""
        if span.measure == Measure.HOURS:
            return self.start + timedelta(hours=span.amount)
        self._read(event_day(self.start) + _AHEAD + timedelta(days=3 * span.amount))
        windows = windows_of(unit)
        minutes = span.amount * sum(end - begin for begin, end in windows)
        return working_deadline(self.start, minutes, windows, is_working=lambda day: day in self._working or day > self._last)

    def _read(self, last: date) -> None:
        if last > self._last or not self._working:
            self._working, self._last = working_days(event_day(self.start), last), last
