"""What a scenario plays on: the world, its own chance, the honest rows, and how strong the misconduct is to be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from risk.evaluation.simulate.clocks import DAY, days_between, is_workday, wall
from risk.evaluation.simulate.rows import Rows, wish
from risk.evaluation.simulate.standard import LEVEL, fewest
from risk.evaluation.simulate.world import World

# who has fewer rows of a kind does not tell how far honest people are apart in it
A_PEER = 20
Subjects = list[tuple[str, str]]


class Pace(TypedDict):
    """On how many days, of a stretch of how many."""

    days: int
    within: int


class NoRoom(Exception):
    """The simulated time or place has no room for the scenario: no weekend in three days, no such rows."""


@dataclass(frozen=True)
class Change:
    """Honest rows that were not so honest: `columns` replace what they hold (one value each, or one per row).

    A changed `handler_no` takes the handler's steps with it.
    """

    rows: np.ndarray
    columns: dict[str, Any]


@dataclass(frozen=True)
class Deed:
    """One instance: the rows it added, the identities of the rows that are it, and the subjects any of which counts as found.

    `changes` and `dropped` are done to honest rows. `again`: rows delivered a second time with other values. `postings` are added or end
    (number, post, unit, start, end); `complaints` are added, `records` are the names of evidence that is no transaction; vehicles of
    `held` rows are not released in time.
    """

    scenario: str
    parts: list[Rows]
    rows: list[int]
    subjects: Subjects
    variant: str = ""
    changes: list[Change] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    again: list[Change] = field(default_factory=list)
    postings: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    complaints: list[dict[str, str]] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    @property
    def records(self) -> list[str]:
        return [f"complaint:{complaint['complaint_no']}" for complaint in self.complaints]


def deed(scenario: str, parts: list[Rows], subjects: Subjects, **more: Any) -> Deed:
    """A deed of which every added row is part; empty subject codes are dropped."""
    rows = [int(row) for part in parts for row in part.frame["row"]]
    return Deed(
        scenario, parts, rows + list(more.pop("rows", [])), list(dict.fromkeys((kind, code) for kind, code in subjects if code)), **more
    )


@dataclass
class Shared:
    """What the scenarios of one history share: honest rows by action, people and companies and rows already taken.

    `halves`: of what there are few (sites), which half of the time, 0 or 1, is one scenario's, so that another takes the other.
    """

    honest: pd.DataFrame
    taken: set[str] = field(default_factory=set)
    used: set[int] = field(default_factory=set)
    halves: dict[str, int] = field(default_factory=dict)
    by_action: dict[str, pd.DataFrame] = field(default_factory=dict)

    def of(self, action: str) -> pd.DataFrame:
        if not self.by_action:
            self.by_action = {name: rows for name, rows in self.honest.groupby("action", sort=False)} if len(self.honest) else {}
        return self.by_action.get(action, self.honest.iloc[:0])


class Stage:
    """Where a scenario plays. `effect`: how strong it is, 1 the standard; counts and shares grow and shrink with it."""

    def __init__(
        self, world: World, rng: np.random.Generator, shared: Shared, *, name: str = "", effect: float = 1.0, turn: int = 0
    ) -> None:
        self.world, self.rng, self.shared, self.name, self.effect, self.turn = world, rng, shared, name, effect, turn
        self.variant = ""

    def deed(self, parts: list[Rows], subjects: Subjects, **more: Any) -> Deed:
        return deed(self.name, parts, subjects, variant=self.variant, **more)

    def vary(self, *variants: str) -> str:
        """One way of doing it, told in the labels."""
        self.variant = variants[int(self.rng.integers(len(variants)))]
        return self.variant

    def way(self, *ways: str) -> str:
        """One way of doing it, the bold one first, told in the labels: another in every round.

        Drawn apart from all else, so that the bold are to the row what they would be if nobody were careful.
        """
        first = int(self.world.rng(f"way of {self.name}").integers(1 << 16))
        self.variant = ways[(first + self.turn) % len(ways)]
        return self.variant

    def pace(self, days: int, within: int, *, seldom: tuple[int, int]) -> Pace:
        """`days` and `within` for `office` and `road`: as the bold do it, or the `seldom` of those who know that a month is looked at."""
        days, within = (days, within) if self.way("in_a_row", "now_and_then") == "in_a_row" else seldom
        return {"days": days, "within": within}

    def partners(self, draw: Callable[[], str], bold: str = "alone", careful: str = "by_turns") -> list[str]:
        """Who does it: one, or two who share it so that neither stands out."""
        who = [draw()]
        if self.way(bold, careful) == careful:
            who.append(draw())
        return list(dict.fromkeys(who))

    def count(self, low: int, high: int, least: int = 1) -> int:
        """How many, at this effect."""
        return max(least, round(self.times(low, high) * self.effect))

    def share(self, standard: float) -> float:
        """A share of cases, at this effect; never above 95 in 100."""
        return min(0.95, standard * self.effect)

    def times(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def one(self, choices: Sequence[str]) -> str:
        """One of the choices, not taken by another scenario while any is free. Raises NoRoom where there is none."""
        if not len(choices):
            raise NoRoom
        free = [choice for choice in choices if choice not in self.shared.taken] or list(choices)
        chosen = str(free[int(self.rng.integers(len(free)))])
        self.shared.taken.add(chosen)
        return chosen

    def holder(self, post: str, unit: str, kind: str = "officer") -> str:
        """One holder of a post at a unit, of that kind of staff."""
        return self.one([no for no in self.world.holders(post, unit) if self.world.kinds[no] == kind])

    def holders(self, post: str, unit: str, n: int, kind: str = "officer") -> np.ndarray:
        """Up to `n` different holders."""
        return np.unique([self.holder(post, unit, kind) for _ in range(n)])

    def busy(self, action: str, least: int, column: str = "handler_no", *, others: Sequence[str] = ()) -> str:
        """One who has at least so many honest rows of an action (of `column`), else the busiest. Raises NoRoom where nobody has any."""
        return self.busiest(self.shared.of(action), least, column, others=others)

    def busiest(self, rows: pd.DataFrame, least: int, column: str = "handler_no", *, others: Sequence[str] = ()) -> str:
        """One of those who have at least so many of the rows, else the one who has most. Raises NoRoom where there are none."""
        counts = rows[column].value_counts()
        counts = counts[(counts.index != "") & ~counts.index.isin(list(others))]
        enough = counts[counts >= least].index
        return self.one(list(enough) if len(enough) else list(counts.index[:1]))

    def days(self, *, open_days: bool) -> list[date]:
        """Working days, or the days on which no office is open, of the simulated time."""
        days = days_between(self.world.first_day, self.world.last_day)
        shifts = {day for declared in self.world.shifts.values() for day in declared}
        return [day for day in days if is_workday(day) is open_days and (open_days or day not in shifts)]

    def some(self, days: list[date], n: int, *, within: int) -> list[date]:
        """At most `n` of the days, drawn from a stretch of `within` days. Raises NoRoom where there are none."""
        if not days:
            raise NoRoom
        start = days[int(self.rng.integers(max(1, len(days) - min(within, len(days)) // 2)))]
        near = [day for day in days if 0 <= (day - start).days < within]
        return [near[i] for i in np.sort(self.rng.permutation(len(near))[:n])]

    def moments(self, days: list[date], n: int, start_hour: float, end_hour: float) -> np.ndarray:
        """`n` sorted wall seconds on the days, between two hours."""
        day = self.rng.choice([wall(day) for day in days], n)
        return np.sort(day + self.rng.integers(int(start_hour * 3600), int(end_hour * 3600), n))

    def within_office(self, days: list[date], n: int) -> np.ndarray:
        """`n` sorted wall seconds on working days, in the morning or early afternoon."""
        moments = self.moments(days, n, 8.6, 11.2)
        return np.sort(np.where(self.rng.random(n) < 0.5, moments, moments + 5 * 3600))

    def office(self, n: int, *, days: int, within: int) -> np.ndarray:
        """`n` wall seconds in opening hours of up to `days` working days of a stretch of `within` days."""
        return self.within_office(self.some(self.days(open_days=True), days, within=within), n)

    def road(self, n: int, *, days: int, within: int, hours: tuple[float, float] = (7, 21)) -> np.ndarray:
        """`n` wall seconds of up to `days` days, whatever day it is."""
        every = days_between(self.world.first_day, self.world.last_day)
        return self.moments(self.some(every, days, within=within), n, *hours)

    def play(self, line: ModuleType, accepted: np.ndarray, **columns: Any) -> Rows:
        """Rows of a line at these moments with these columns fixed; `agency` "" leaves the column empty.

        Where only the kind of plate is fixed, vehicles of that kind are drawn.
        """
        agency = columns.pop("agency", None)
        if "plate_type" in columns and "plate_no" not in columns:
            cars = self.world.vehicles(self.rng, len(accepted), only=(columns["plate_type"],))
            columns = cars.to_dict("series") | columns
        part: Rows = line.build(self.world, self.rng, wish(len(accepted), accepted=np.asarray(accepted), **columns))
        if agency is not None:
            part.frame["agency_code"] = agency
        return part

    def stretch(self, days: int, half: int | None = None) -> tuple[int, int]:
        """Wall seconds of the beginning and the end of a stretch of days, anywhere in the simulated time, or in a half of it (0, 1); all of
        that where it is shorter."""
        begin, length = wall(self.world.first_day), self.world.days
        if half is not None:
            begin, length = begin + half * (length // 2) * DAY, max(1, length // 2)
        start = begin + int(self.rng.integers(max(1, length - days + 1))) * DAY
        return start, min(start + days * DAY, begin + length * DAY, self.world.stop)

    def plain(
        self,
        rows: pd.DataFrame,
        column: str,
        days: int,
        usual: float,
        done: float,
        *,
        spread: float = 0.0,
        half: int | None = None,
        level: float = LEVEL,
    ) -> tuple[str, pd.DataFrame]:
        """One of `column` upon whom a deed of the standard effect is plain (`standard`), and its untouched rows over a long enough stretch.

        `rows`: all business of the kind; `usual`, `done`: the share of it at stake, 0 … 1, as it is with others and as the standard deed
        makes it. The stretch is of so many days, or half as long again, and so on, until there is one whom no other scenario has taken;
        where even the whole time (the whole `half`) has none, one who was taken, or the one who has most. Raises NoRoom where nobody has
        any.
        """
        rows, whole = self.free(rows[rows[column] != ""]), self.world.days
        total = rows[column].value_counts()
        needed = fewest(usual, done, spread=spread, peers=int((total >= A_PEER).sum()) if spread else 0, level=level)
        worth_waiting = any(code not in self.shared.taken for code in total[total >= needed].index)
        while True:
            start, end = self.stretch(days, half)
            own = rows[rows["accepted"].between(start, end - 1)]
            counts = own[column].value_counts()
            enough = list(counts[counts >= needed].index)
            if days >= whole or (enough and not worth_waiting) or any(code not in self.shared.taken for code in enough):
                chosen = self.one(enough or list(counts.index[:1]))
                return chosen, own[own[column] == chosen]
            days = min(whole, days + days // 2)

    def lasting(
        self, rows: pd.DataFrame, column: str, matched: np.ndarray, cases: int, days: int, *, parts: int = 1
    ) -> tuple[list[str], float]:
        """`parts` of `column` among whose business added cases of the standard deed are plain, and for how many times as long it takes.

        `rows`: all business of the kind; `matched`: which of it is like the cases. So many cases are added in so many days, in equal parts.
        Where too few would show them in the whole time, those who come nearest. Raises NoRoom where nobody has any business.
        """
        counts, usual = rows[column].value_counts().drop("", errors="ignore"), float(np.mean(matched)) if len(rows) else 0.0
        times: dict[str, float] = {}
        for code, n in counts.items():
            business, added = n * days / self.world.days, cases / parts
            needed = fewest(round(usual, 3), round((business * usual + added) / (business + added), 3))
            times[str(code)] = max(1.0, needed / (business + added))
        if not times:
            raise NoRoom
        longest = self.world.days / days
        able = [code for code, time in times.items() if time <= longest]
        if len(able) < parts:
            able = sorted(times, key=lambda code: times[code])[:parts]
        chosen: list[str] = []
        for _ in range(min(parts, len(able))):
            chosen.append(self.one([code for code in able if code not in chosen]))
        return chosen, max(1.0, min(longest, max(times[code] for code in chosen)))

    def free(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Those of honest rows that no other scenario has changed."""
        return rows[~rows["row"].isin(self.shared.used)]

    def use(self, rows: pd.DataFrame) -> np.ndarray:
        """Takes honest rows for this scenario; their identities. Raises NoRoom where there are none."""
        if not len(rows):
            raise NoRoom
        identities = rows["row"].to_numpy(dtype=np.int64)
        self.shared.used |= set(identities.tolist())
        return identities


def in_turn(n: int, *of: str) -> np.ndarray:
    """`n` of these, one after the other, again and again."""
    return np.array(of)[np.arange(n) % len(of)]


__all__ = ["DAY", "Change", "Deed", "NoRoom", "Shared", "Stage", "deed", "in_turn"]
