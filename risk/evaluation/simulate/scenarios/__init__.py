"""Misconduct, and honest business that only looks like it: one function each, found by name.

A scenario takes a Stage and returns the Deed, or None where the simulated time has no room for it (no weekend in three days, say).
To add one: write the function in the file of its line, under `@scenario("name")`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from risk.evaluation.simulate.clocks import DAY, days_between, is_workday, wall
from risk.evaluation.simulate.rows import Rows
from risk.evaluation.simulate.world import World

LOOKALIKE = "lookalike:"
ROWS_PER_INSTANCE = 45_000
MODULES = ("registration", "exam", "inspection", "accident", "violation", "lookalikes")


@dataclass(frozen=True)
class Deed:
    """One instance: the rows it added, the identities of the rows that are it, and the subjects any of which counts as found."""

    scenario: str
    parts: list[Rows]
    rows: list[int]
    subjects: list[tuple[str, str]]


class Stage:
    """Where a scenario plays: the world, its own chance, the honest rows, and who has a part in another scenario already."""

    def __init__(self, world: World, rng: np.random.Generator, honest: pd.DataFrame, taken: set[str]) -> None:
        self.world, self.rng, self.honest, self.taken = world, rng, honest, taken

    def one(self, choices: list[str]) -> str:
        """One of the choices, not taken by another scenario while any is free."""
        free = [choice for choice in choices if choice not in self.taken] or choices
        chosen = str(free[int(self.rng.integers(len(free)))])
        self.taken.add(chosen)
        return chosen

    def holder(self, post: str, unit: str, kind: str = "officer") -> str:
        """One holder of a post at a unit, of that kind of staff."""
        return self.one([no for no in self.world.holders(post, unit) if self.world.kinds[no] == kind])

    def days(self, *, open_days: bool) -> list[date]:
        """Working days, or the days on which no office is open, of the simulated time."""
        days = days_between(self.world.first_day, self.world.last_day)
        shifts = {day for declared in self.world.shifts.values() for day in declared}
        return [day for day in days if is_workday(day) is open_days and (open_days or day not in shifts)]

    def some(self, days: list[date], n: int, *, within: int) -> list[date]:
        """At most `n` of the days, drawn from a stretch of `within` days."""
        if not days:
            return []
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

    def times(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))


def deed(scenario: str, parts: list[Rows], subjects: list[tuple[str, str]]) -> Deed:
    """A deed of which every added row is part; empty subject codes are dropped."""
    rows = [int(row) for part in parts for row in part.frame["row"]]
    return Deed(scenario, parts, rows, list(dict.fromkeys((kind, code) for kind, code in subjects if code)))


Scenario = Callable[[Stage], Deed | None]
SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    """Registers a scenario under its name. Raises ValueError when the name is taken."""

    def register(function: Scenario) -> Scenario:
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are named {name}")
        SCENARIOS[name] = function
        return function

    return register


def registered() -> dict[str, Scenario]:
    """Every scenario by name, misconduct first."""
    for module in MODULES:
        importlib.import_module(f"{__name__}.{module}")
    return dict(sorted(SCENARIOS.items(), key=lambda item: item[0].startswith(LOOKALIKE)))


def stage(world: World, honest: pd.DataFrame, names: tuple[str, ...] | None) -> list[Deed]:
    """Plays the named scenarios (None: all), each once per 45,000 transactions and at least once. Raises ValueError for an unknown name."""
    known = registered()
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise ValueError(f"unknown scenario {', '.join(unknown)}; known are {', '.join(known)}")
    taken: set[str] = set()
    deeds = []
    for name, function in known.items():
        if names is not None and name not in names:
            continue
        for instance in range(max(1, world.transactions // ROWS_PER_INSTANCE)):
            played = function(Stage(world, world.rng(f"{name}#{instance}"), honest, taken))
            deeds += [played] if played else []
    return deeds


__all__ = ["DAY", "Deed", "Stage", "deed", "registered", "scenario", "stage"]
