"""How long an order leaves its unit, as shipped (默认方案·待本单位核定): to sign, to report first, to answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.kit.calendar import Windows, working_deadline
from ledger.roster.hours import ordinary_windows
from ledger.roster.models import Unit
from risk.rules.models import Level


@dataclass(frozen=True)
class Length:
    """Of a term: hours by the clock, or working days of the unit."""

    hours: int = 0
    working_days: int = 0


@dataclass(frozen=True)
class Lengths:
    sign: Length
    response: Length
    first_report: Length | None = None


@dataclass(frozen=True)
class Terms:
    """The ends of the terms of an order; `first_due_at` None where no first report is asked for."""

    sign_due_at: datetime
    first_due_at: datetime | None
    due_at: datetime


_MILD = Lengths(sign=Length(working_days=1), response=Length(working_days=5))
LENGTHS: dict[str, Lengths] = {
    Level.BLUE: _MILD,
    Level.YELLOW: _MILD,
    Level.ORANGE: Lengths(sign=Length(hours=4), response=Length(working_days=3)),
    Level.RED: Lengths(sign=Length(hours=2), response=Length(working_days=5), first_report=Length(hours=24)),
}
OBJECTION = Length(working_days=3)
# What is sent back leaves at least so long.
AFTER_RETURN = Length(working_days=1)
SOON, SOON_PART = timedelta(hours=24), 4


def usual_terms(*, level: str, unit: Unit, start: datetime) -> Terms:
    """The terms of an order of that level to that unit, issued at `start`."""
    lengths = LENGTHS[level]
    first = lengths.first_report
    return Terms(
        sign_due_at=end_of(lengths.sign, unit, start),
        first_due_at=end_of(first, unit, start) if first else None,
        due_at=end_of(lengths.response, unit, start),
    )


def end_of(length: Length, unit: Unit, start: datetime) -> datetime:
    """Hours run by the clock; a working day is as much opening time as the unit has in a day, on working days."""
    if length.working_days:
        hours = office_windows(unit)
        return working_deadline(start, length.working_days * sum(end - begin for begin, end in hours), hours)
    return start + timedelta(hours=length.hours)


def office_windows(unit: Unit) -> Windows:
    """The unit's own hours, else office hours: who patrols round the clock writes reports in the daytime."""
    return ordinary_windows(kind="", hours=unit.hours, line="")


def soon_at(start: datetime, due: datetime) -> datetime:
    """From when on a term is 临期: in its last quarter, and at most a day before its end."""
    return due - min(SOON, (due - start) / SOON_PART)
