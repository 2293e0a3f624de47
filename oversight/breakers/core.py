"""The arithmetic of breakers, without a database: points of warnings over a window, and where a breaker goes next.

Only warnings the centre has issued count; one that proved true weighs more, and of several in one matter only the heaviest counts, so that
one wrong told many times is one wrong. A warning that proved unfounded is not among them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LEVELS = ("blue", "yellow", "orange", "red")


@dataclass(frozen=True)
class Warned:
    """One issued warning: when it was issued, in which matter, how grave, whether it has proved true."""

    at: datetime
    matter: int
    level: str
    confirmed: bool = False


@dataclass(frozen=True)
class Terms:
    """What a policy says. Points are abstract; days and hours are of the clock.

    `clear_at` ≤ `probation_trip_at` ≤ `trip_at` (hysteresis): a breaker trips at the highest, in probation at the middle one, and closes
    only while the points since its lifting are below the lowest. `cooldown_hours`: so long it stays open at least.
    """

    weights: tuple[float, float, float, float]  # blue, yellow, orange, red
    confirmed_factor: float
    window_days: int
    trip_at: float
    probation_trip_at: float
    clear_at: float
    cooldown_hours: int
    probation_days: int
    expire_days: int
    review_days: int
    effects: tuple[str, ...]

    def weight(self, warned: Warned) -> float:
        return self.weights[LEVELS.index(warned.level)] * (self.confirmed_factor if warned.confirmed else 1.0)

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.window_days)


class Status(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class Standing:
    """Where a breaker stands. `since`: what was issued up to then is answered for (by the last lifting) and counts no more."""

    status: str = Status.CLOSED
    since: datetime | None = None
    expires_at: datetime | None = None
    probation_until: datetime | None = None


class Step(StrEnum):
    """What a breaker does by itself."""

    TRIP = "trip"
    EXPIRE = "expire"
    CLOSE = "close"


def counting(warnings: Iterable[Warned], terms: Terms, at: datetime, since: datetime | None = None) -> list[Warned]:
    """The warnings that count at a moment: in (at − window, at] and after `since`, the heaviest of each matter, in the order of time."""
    begin = at - terms.window if since is None else max(at - terms.window, since)
    heaviest: dict[int, Warned] = {}
    for one in warnings:
        if begin < one.at <= at:
            known = heaviest.get(one.matter)
            if known is None or (terms.weight(one), known.at) > (terms.weight(known), one.at):
                heaviest[one.matter] = one
    return sorted(heaviest.values(), key=lambda one: (one.at, one.matter))


def points(warnings: Iterable[Warned], terms: Terms, at: datetime, since: datetime | None = None) -> float:
    return sum(terms.weight(one) for one in counting(warnings, terms, at, since))


def threshold(terms: Terms, status: str) -> float:
    """The points at which a breaker trips from where it stands."""
    return terms.probation_trip_at if status == Status.HALF_OPEN else terms.trip_at


def next_step(standing: Standing, warnings: Sequence[Warned], terms: Terms, at: datetime) -> Step | None:
    """What happens by itself at this moment, if anything.

    Open: only expiry. Half open: trips again at the lower threshold, else closes when the term is over and points are below `clear_at`;
    above it the probation goes on until they are. Closed: trips at the threshold.
    """
    if standing.status == Status.OPEN:
        return Step.EXPIRE if standing.expires_at is not None and at >= standing.expires_at else None
    now = points(warnings, terms, at, standing.since)
    if now >= threshold(terms, standing.status):
        return Step.TRIP
    over = standing.probation_until is not None and at >= standing.probation_until
    return Step.CLOSE if standing.status == Status.HALF_OPEN and over and now < terms.clear_at else None


@dataclass(frozen=True)
class Played:
    """A trip of a simulation: from when until when the holds would have stood, and the points it tripped at."""

    start: datetime
    end: datetime
    points: float


def play(warnings: Sequence[Warned], terms: Terms, first: datetime, last: datetime) -> list[Played]:
    """The trips that terms would have made between two moments, every one standing until it expires: nobody lifts in a simulation.

    Points rise at warnings alone, so only their moments, and the ends of terms, are looked at. Warnings before `first` count in the window.
    """
    moments = sorted(one.at for one in warnings if first <= one.at <= last)
    standing, trips, place, at = Standing(), list[Played](), 0, first
    while True:
        step = next_step(standing, warnings, terms, at)
        if step == Step.TRIP:
            ends = at + timedelta(days=terms.expire_days)
            trips.append(Played(at, min(ends, last), points(warnings, terms, at, standing.since)))
            standing = Standing(Status.OPEN, expires_at=ends)
        elif step == Step.EXPIRE:
            standing = Standing(Status.HALF_OPEN, since=at, probation_until=at + timedelta(days=terms.probation_days))
        elif step == Step.CLOSE:
            standing = Standing(since=standing.since)
        while place < len(moments) and moments[place] <= at:
            place += 1
        due = [end for end in (standing.expires_at, standing.probation_until, *moments[place : place + 1]) if end is not None and end > at]
        if standing.status == Status.HALF_OPEN and not due:
            due = _falling(warnings, terms, at)
        if not due or min(due) > last:
            return trips
        at = min(due)


def _falling(warnings: Sequence[Warned], terms: Terms, at: datetime) -> list[datetime]:
    """When the next warning leaves the window, for a probation that goes on until points are below the lowest threshold."""
    return [one.at + terms.window for one in warnings if one.at <= at < one.at + terms.window]
