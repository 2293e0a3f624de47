"""Who does the work: the holders of a post at a unit, by their own pace, busier one week than the next, away now and then."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

from risk.evaluation.simulate import plan
from risk.evaluation.simulate.clocks import DAY, wall

NO_STAFF = ""
PACE, WEEKLY, LEAVE, ON_LEAVE = 0.35, 0.4, 0.04, 0.03
WEEK = 7 * DAY
TRIES = 4
Holders = Callable[..., list[str]]


def effects(seed: int, codes: np.ndarray, spread: float, what: str) -> np.ndarray:
    """A lasting personal or local effect per code, normal with standard deviation `spread`: the same wherever the code appears."""
    values, position = np.unique(np.asarray(codes), return_inverse=True)
    drawn = [_effect(seed, f"{what}{value}") for value in values]
    return spread * np.array(drawn)[position] if len(values) else np.zeros(0)


@lru_cache(maxsize=1 << 16)
def _effect(seed: int, what: str) -> float:
    return float(np.random.default_rng([seed, zlib.crc32(what.encode())]).normal())


@dataclass(frozen=True)
class Crew:
    """People of one post per unit, laid end to end: those of unit i are `people[first[i] : first[i] + count[i]]`.

    `load` is the cumulated pace of the people in week after week, zero first: `load[week * len(people) + place]`.
    """

    people: np.ndarray
    first: np.ndarray
    count: np.ndarray
    load: np.ndarray


class Crews:
    """Draws people for rows; crews are made when first asked for."""

    def __init__(self, holders: Holders, unit_codes: pd.Index, seed: int, first_day: date, last_day: date) -> None:
        self.holders, self.unit_codes, self.seed = holders, unit_codes, seed
        self.start, self.weeks = wall(first_day), (last_day - first_day).days // 7 + 1
        self.made: dict[tuple[str, bool], Crew] = {}
        self.weekly: dict[str, np.ndarray] = {}

    def _weekly(self, people: np.ndarray) -> np.ndarray:
        """How much each person works in each week (rows: weeks), relative to their pace: an overdispersed week, or leave."""
        for person in people:
            if person not in self.weekly:
                rng = np.random.default_rng([self.seed, zlib.crc32(f"weeks{person}".encode())])
                busy = np.exp(rng.normal(0, WEEKLY, self.weeks))
                self.weekly[person] = np.where(rng.random(self.weeks) < LEAVE, ON_LEAVE * busy, busy)
        return np.array([self.weekly[person] for person in people]).T.reshape(self.weeks, len(people))

    def _crew(self, post: str, officers: bool) -> Crew:
        if (post, officers) not in self.made:
            teams = [self.holders(post, unit, officers=officers) for unit in self.unit_codes]
            people = np.array([no for team in teams for no in team])
            count = np.array([len(team) for team in teams])
            pace = np.exp(effects(self.seed, people, PACE, "pace")) * self._weekly(people)
            self.made[post, officers] = Crew(people, np.cumsum(count) - count, count, np.concatenate([[0], np.cumsum(pace.ravel())]))
        return self.made[post, officers]

    def pick(
        self,
        rng: np.random.Generator,
        units: np.ndarray,
        post: str,
        *,
        at: np.ndarray | None = None,
        officers: bool = False,
        other_than: tuple[np.ndarray, ...] = (),
    ) -> np.ndarray:
        """One holder of `post` per unit code, by pace and by the week of `at` (wall seconds); never, row by row, one of the people in
        `other_than` while the unit, or one above it, has another."""
        crew = self._crew(post, officers)
        place = self.unit_codes.get_indexer(units)
        first, count = crew.first[place], crew.count[place]
        week = np.zeros(len(units), dtype=np.int64) if at is None else np.clip((np.asarray(at) - self.start) // WEEK, 0, self.weeks - 1)
        offset = week.astype(np.int64) * len(crew.people)
        low, high = crew.load[offset + first], crew.load[offset + first + count]
        chosen = np.searchsorted(crew.load, low + rng.random(len(units)) * (high - low), "right") - 1 - offset
        chosen = np.clip(chosen, first, first + count - 1)
        for _ in range(TRIES if other_than else 0):
            chosen = np.where(_clashes(crew.people[chosen], other_than), first + (chosen - first + 1) % count, chosen)
        picked = crew.people[chosen]
        alone = _clashes(picked, other_than)
        if alone.any() and (above := _above(units[alone])) is not None:
            others = tuple(other[alone] for other in other_than)
            when = None if at is None else np.asarray(at)[alone]
            picked[alone] = self.pick(rng, above, post, at=when, officers=officers, other_than=others)
        return picked

    def by_post(
        self, rng: np.random.Generator, units: np.ndarray, posts: np.ndarray, *, at: np.ndarray, other_than: tuple[np.ndarray, ...] = ()
    ) -> np.ndarray:
        """One person per row holding the row's own post: an officer, unless the post is clerical."""
        chosen = np.full(len(units), NO_STAFF, dtype="U16")
        for post in np.unique(posts):
            rows = posts == post
            others = tuple(other[rows] for other in other_than)
            chosen[rows] = self.pick(rng, units[rows], post, at=at[rows], officers=post not in plan.CLERICAL, other_than=others)
        return chosen


def _clashes(people: np.ndarray, other_than: tuple[np.ndarray, ...]) -> np.ndarray:
    clash = np.zeros(len(people), dtype=bool)
    for others in other_than:
        clash |= people == others
    return clash


def _above(units: np.ndarray) -> np.ndarray | None:
    """The unit above each, the unit itself at the top; None where nothing is above any of them."""
    above = np.array([plan.PARENTS[unit] or unit for unit in units])
    return None if (above == units).all() else above
