"""How a source usually delivers, and where it does not. Pure: days, counts and deliveries in, verdicts out.

The usual is the median of the days of the same class (working or rest) in the 8 weeks before a day, give or take three times their spread:
the median distance from it, and at the least what chance alone makes of so many rows. With fewer than two weeks there is no usual.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil, floor, sqrt
from statistics import median

from ledger.kit.days import days_between

SHOWN_DAYS, BEFORE_DAYS, LEAST_HISTORY, LEAST_OF_CLASS = 28, 56, 14, 4
RECENT_DAYS = 7
SPREADS, NORMAL_MAD = 3, 1.4826  # for a normal spread, 1.4826 median distances are one standard deviation
LEAST_INTERVALS, USUAL_SHARE = 3, 0.9


class Verdict(StrEnum):
    """What a day is, against its usual. Open: rows of it may still come. Unknown: too little history to say."""

    USUAL = "usual"
    BELOW = "below"
    ABOVE = "above"
    GAP = "gap"
    OPEN = "open"
    UNKNOWN = "unknown"


class State(StrEnum):
    """What a source is, in one word; of several the first that holds."""

    LATE = "late"
    GAP = "gap"
    UNUSUAL = "unusual"
    UNKNOWN = "unknown"
    NORMAL = "normal"


@dataclass(frozen=True)
class Usual:
    """Rows a day usually has; `low` and `high` are still usual."""

    median: float
    low: int
    high: int


@dataclass(frozen=True)
class Day:
    """One event day of a source: its rows and what is to be thought of them."""

    day: date
    working: bool
    rows: int
    usual: Usual | None
    verdict: Verdict


@dataclass(frozen=True)
class Rhythm:
    """How long a source has been silent, against how long it usually is, both in days that count for it.

    `rest_days`: rest days count too, because it delivers on them. `usual` is None with too little history to say.
    """

    elapsed: int
    usual: int | None
    rest_days: bool

    @property
    def late(self) -> bool:
        return self.usual is not None and self.elapsed > self.usual


@dataclass(frozen=True)
class Reconciled:
    """A manifest against what is there: `found` records of the `expected`."""

    number: str
    line: str
    first_day: date
    last_day: date
    expected: int
    found: int

    @property
    def difference(self) -> int:
        """Records there beyond those stated; negative: missing."""
        return self.found - self.expected


def usual_of(counts: Sequence[int]) -> Usual | None:
    """The usual of days with these counts; None for too few."""
    if len(counts) < LEAST_OF_CLASS:
        return None
    middle = median(counts)
    distance = median(abs(number - middle) for number in counts)
    spread = max(NORMAL_MAD * distance, sqrt(max(middle, 1)))
    return Usual(middle, max(0, ceil(middle - SPREADS * spread)), floor(middle + SPREADS * spread))


def judged_days(counts: Mapping[date, int], *, working: Set[date], complete_to: date | None, today: date) -> list[Day]:
    """The SHOWN_DAYS up to today, oldest first. `counts` and `working` reach BEFORE_DAYS further back; no count is none.

    `complete_to` is the last day whose rows must all have come: a delivery came after it was over. None: no day is.
    """
    begun = min((day for day, rows in counts.items() if rows), default=today)
    past = [(counts.get(day, 0), day in working) for day in days_between(begun, complete_to)] if complete_to else []
    found = []
    for day in days_between(today - timedelta(days=SHOWN_DAYS - 1), today):
        rows, works, place = counts.get(day, 0), day in working, max(0, (day - begun).days)
        before = past[max(0, place - BEFORE_DAYS) : place]
        usual = usual_of([number for number, worked in before if worked == works]) if len(before) >= LEAST_HISTORY else None
        over = complete_to is not None and day <= complete_to
        found.append(Day(day, works, rows, usual, _verdict(rows, usual, over=over)))
    return found


def _verdict(rows: int, usual: Usual | None, *, over: bool) -> Verdict:
    if not over:
        return Verdict.OPEN
    if usual is None:
        return Verdict.UNKNOWN
    if rows < usual.low:
        return Verdict.BELOW if rows else Verdict.GAP
    return Verdict.ABOVE if rows > usual.high else Verdict.USUAL


def rhythm_of(delivery_days: Collection[date], *, working: Set[date], today: date) -> Rhythm:
    """The rhythm of the days on which something was delivered (at least one). `working` reaches back to the first of them.

    Usual is the interval that nine of ten do not exceed. A source that rests on rest days is not late on one.
    """
    days = sorted(delivery_days)
    span = days_between(days[0], today)
    resting = [day for day in span[1:] if day not in working]
    rest_days = sum(day in delivery_days for day in resting) * 2 >= len(resting)
    counting = [day for day in span if rest_days or day in working]

    def interval(first: date, last: date) -> int:
        return sum(first < day <= last for day in counting)

    intervals = sorted(interval(first, last) for first, last in zip(days, days[1:], strict=False))
    enough = len(intervals) >= LEAST_INTERVALS and (today - days[0]).days >= LEAST_HISTORY
    usual = max(1, intervals[ceil(USUAL_SHARE * len(intervals)) - 1]) if enough else None
    return Rhythm(interval(days[-1], today), usual, rest_days)


def state_of(
    days: Sequence[Day], rhythm: Rhythm | None, manifests: Sequence[Reconciled], *, line_days: Iterable[Sequence[Day]] = ()
) -> State:
    """One word for a source: late before gaps (of a single line too; a manifest that is short is one) before unusual numbers lately."""
    if rhythm is not None and rhythm.late:
        return State.LATE
    verdicts = {day.verdict for day in days}
    if Verdict.GAP in verdicts.union(*({day.verdict for day in one} for one in line_days)) or any(one.difference < 0 for one in manifests):
        return State.GAP
    if {day.verdict for day in days[-RECENT_DAYS - 1 :]} & {Verdict.BELOW, Verdict.ABOVE} or any(one.difference > 0 for one in manifests):
        return State.UNUSUAL
    judged = verdicts & {Verdict.USUAL, Verdict.BELOW, Verdict.ABOVE} or (rhythm is not None and rhythm.usual is not None)
    return State.NORMAL if judged else State.UNKNOWN
