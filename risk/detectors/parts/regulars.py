"""Offices window by window: who works there, who comes regularly, and each worker's part of the work that could have come to them.

A worker is somebody in an office, a guest a counterpart that comes there. Both are numbered in the order of their codes, office by office,
so that every choice among equals is the same whatever else was loaded. What happened is put in the order of its weeks once: a window is a
stretch of it, and all that is asked of a window is sums of whole numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from risk.detectors.base import GRID_DAYS, GRID_OFFSET
from risk.detectors.parts.grid import Keys, week_ends
from risk.detectors.parts.sorting import distinct, numbered


@dataclass(frozen=True)
class Offices:
    """The offices of a window by dense numbers, the `office` and `person` (code) of every worker.

    Of an office its `code`, the number of its `first` worker, of its `people`, and whether these are enough to say something (`judged`).
    """

    office: np.ndarray
    person: np.ndarray
    code: np.ndarray
    first: np.ndarray
    people: np.ndarray
    judged: np.ndarray

    @classmethod
    def of(cls, home: np.ndarray, person: np.ndarray, min_colleagues: int) -> "Offices":
        code, office = numbered(home)
        people = np.bincount(office, minlength=len(code))
        return cls(office, person, code, np.cumsum(people) - people, people, people > min_colleagues)


@dataclass(frozen=True)
class Stratum:
    """Work shared out by week, or by kind: each worker's part of their office's, and the visits of each guest (both by stratum)."""

    part: np.ndarray
    came: np.ndarray

    @classmethod
    def of(cls, work: np.ndarray, came: np.ndarray, offices: Offices) -> "Stratum":
        whole = np.array([np.bincount(offices.office, weights=one, minlength=len(offices.code)) for one in work])
        return cls(work / np.maximum(whole, 1.0)[:, offices.office], came)

    def part_of(self, guest: np.ndarray, worker: np.ndarray) -> np.ndarray:
        """One stratum after the other: those in which a guest never came add nothing, not even to the last digit."""
        total, visits = np.zeros(len(guest)), np.zeros(len(guest))
        for part, came in zip(self.part, self.came, strict=True):
            here = came[guest]
            total += here * part[worker]
            visits += here
        return np.asarray(total / np.maximum(visits, 1.0))


@dataclass(frozen=True)
class Regulars:
    """The guests of the judged offices who come regularly: their office, counterpart (code) and visits; the visits of each to each worker
    (`guest`, `worker`, `met`, in this order); how many are regular in every office."""

    office: np.ndarray
    counterpart: np.ndarray
    visits: np.ndarray
    guest: np.ndarray
    worker: np.ndarray
    met: np.ndarray
    many: np.ndarray
    strata: tuple[Stratum, ...]

    def visits_to(self, guest: np.ndarray, worker: np.ndarray) -> np.ndarray:
        """Visits of each guest to the worker beside it, 0 where they never met."""
        width = int(max(self.worker.max(initial=0), worker.max(initial=0))) + 1
        keys, wanted = self.guest * width + self.worker, guest * width + worker
        spot = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[spot] == wanted, self.met[spot], 0.0)

    def fair(self, guest: np.ndarray, worker: np.ndarray) -> np.ndarray:
        """The worker's part of the work (0 … 1) that could have come to them: in the weeks in which the guest came, or of the kinds it
        brought, whichever is more."""
        parts = [stratum.part_of(guest, worker) for stratum in self.strata]
        return np.maximum(parts[0], parts[1])


@dataclass(frozen=True)
class OfficeWindow:
    """One window: everybody (by code) with business in its last week, whether they can be judged, their visits; offices and regulars."""

    day: int
    lately: np.ndarray
    judged: np.ndarray
    visits: np.ndarray
    offices: Offices
    regulars: Regulars


@dataclass(frozen=True)
class _Events:
    """What happened, in the order of its weeks: the week, whose it is, its kind, and how often."""

    week: np.ndarray
    who: np.ndarray
    kind: np.ndarray
    times: np.ndarray

    @classmethod
    def counted(cls, week: np.ndarray, who: Keys, kind: Keys) -> "_Events":
        keys, place = numbered((week * who.size + who.codes) * kind.size + kind.codes)
        rest, kinds = np.divmod(keys, kind.size)
        return cls(*np.divmod(rest, who.size), kinds, np.bincount(place, minlength=len(keys)).astype(np.float64))

    def within(self, after: int, until: int) -> "_Events":
        low, high = np.searchsorted(self.week, [after, until], side="right")
        return _Events(*(getattr(self, one.name)[low:high] for one in fields(self)))

    def by_stratum(self, first: int, last: int, who: Keys, kinds: int) -> tuple[np.ndarray, np.ndarray]:
        """Two tables of sums, by weeks ago and by kind, of those of `who` (the number of everybody, −1 for those not asked for)."""
        mine = who.codes[self.who]
        there = np.flatnonzero(mine >= 0)
        mine, times = mine[there], self.times[there]
        ago, kind = last - self.week[there], self.kind[there]
        weeks = last - first + 1
        return table(ago, mine, times, (weeks, who.size)), table(kind, mine, times, (kinds, who.size))


def table(a: np.ndarray, b: np.ndarray, values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Sums by the numbers a and b."""
    return np.bincount(a * shape[1] + b, weights=values, minlength=shape[0] * shape[1]).reshape(shape)


@dataclass(frozen=True)
class _Books:
    """All that happened: `work` of workers, `came` by pair of guest and worker, and visits to each person (`seen`).

    Of a worker `home` and `person`, of a guest its office (`at`) and `counterpart`, of a pair its `guest` and `worker`.
    """

    work: _Events
    came: _Events
    seen: _Events
    kinds: int
    home: np.ndarray
    person: np.ndarray
    at: np.ndarray
    counterpart: np.ndarray
    guest: np.ndarray
    worker: np.ndarray

    @classmethod
    def of(cls, week: np.ndarray, office: Keys, subject: Keys, side: Keys, kind: Keys, visits: np.ndarray) -> "_Books":
        kinds, kind_of = numbered(kind.codes)
        homes, worker = numbered(office.codes * subject.size + subject.codes)
        visit = np.flatnonzero(visits)
        alike = Keys(np.zeros(len(visit), dtype=np.int64), 1)
        seen = _Events.counted(week[visit], Keys(subject.codes[visit], subject.size), alike)
        visit = visit[side.codes[visit] > 0]
        guests, guest = numbered(office.codes[visit] * side.size + side.codes[visit])
        pairs, pair = numbered(guest * len(homes) + worker[visit])
        return cls(
            _Events.counted(week, Keys(worker, len(homes)), Keys(kind_of, len(kinds))),
            _Events.counted(week[visit], Keys(pair, len(pairs)), Keys(kind_of[visit], len(kinds))),
            seen,
            len(kinds),
            *np.divmod(homes, subject.size),
            *np.divmod(guests, side.size),
            *np.divmod(pairs, max(1, len(homes))),
        )

    def window(self, first: int, last: int, min_visits: int, min_colleagues: int) -> OfficeWindow:
        work, came, seen = (one.within(first - 1, last) for one in (self.work, self.came, self.seen))
        there = np.bincount(work.who, minlength=len(self.home)) > 0
        offices = Offices.of(self.home[there], self.person[there], min_colleagues)
        met = np.bincount(came.who, weights=came.times, minlength=len(self.guest))
        visits = np.bincount(self.guest, weights=met, minlength=len(self.at))
        regular = (visits >= min_visits) & np.isin(self.at, offices.code[offices.judged])
        worker, guest = _rank(there), _rank(regular)
        pairs = np.flatnonzero((met > 0) & regular[self.guest])
        of_pair = Keys(guest.codes[self.guest], guest.size)
        shared, brought = work.by_stratum(first, last, worker, self.kinds), came.by_stratum(first, last, of_pair, self.kinds)
        place = np.searchsorted(offices.code, self.at[regular])
        regulars = Regulars(
            office=place,
            counterpart=self.counterpart[regular],
            visits=visits[regular],
            guest=of_pair.codes[pairs],
            worker=worker.codes[self.worker[pairs]],
            met=met[pairs],
            many=np.bincount(place, minlength=len(offices.code)),
            strata=tuple(Stratum.of(*both, offices) for both in zip(shared, brought, strict=True)),
        )
        lately = distinct(self.person[work.within(last - 1, last).who])
        judged = np.isin(lately, offices.person[offices.judged[offices.office]])
        told = np.bincount(seen.who, weights=seen.times, minlength=int(lately.max(initial=0)) + 1)[lately]
        return OfficeWindow(last * GRID_DAYS + GRID_OFFSET, lately, judged, told, offices, regulars)


def office_windows(
    day: np.ndarray,
    keys: tuple[Keys, Keys, Keys, Keys],
    visits: np.ndarray,
    *,
    window_days: int,
    min_visits: int,
    min_colleagues: int,
) -> Iterator[OfficeWindow]:
    """The windows that end on every grid day whose week has rows, in order.

    Per row its event day, its office, subject, counterpart (0 for those who come too seldom anywhere) and kind, and 1 where it is a visit.
    """
    if not len(day):
        return
    week = week_ends(day) // GRID_DAYS
    books = _Books.of(week, *keys, visits)
    for last in distinct(books.work.week).tolist():
        yield books.window(last - window_days // GRID_DAYS + 1, last, min_visits, min_colleagues)


def _rank(there: np.ndarray) -> Keys:
    """Numbers for those there, in their order; −1 for the others."""
    return Keys(np.where(there, np.cumsum(there) - 1, -1), int(there.sum()))
