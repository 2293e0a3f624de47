"""Until when an alert wants its first check."""

from datetime import datetime, timedelta

from ledger.kit.calendar import working_deadline
from risk.alerts.models import Term

OFFICE_HOURS = ((8 * 60 + 30, 12 * 60), (13 * 60 + 30, 17 * 60 + 30))
DEFAULTS = {"red": (120, False), "orange": (240, False), "yellow": (480, True), "blue": (480, True)}


def due_at(level: str, start: datetime) -> datetime:
    """The end of the first-check term of a level begun at `start`; working-time terms run in office hours of working days only."""
    minutes, working = _term(level)
    return _after(start, minutes, working)


def half_term_at(level: str, start: datetime) -> datetime:
    """When half of that term has run."""
    minutes, working = _term(level)
    return _after(start, minutes // 2, working)


def _term(level: str) -> tuple[int, bool]:
    """Minutes, and whether they run in working time."""
    term = Term.objects.filter(level=level).first()
    return (term.minutes, term.working_time) if term else DEFAULTS[level]


def _after(start: datetime, minutes: int, working: bool) -> datetime:
    return working_deadline(start, minutes, OFFICE_HOURS) if working else start + timedelta(minutes=minutes)
