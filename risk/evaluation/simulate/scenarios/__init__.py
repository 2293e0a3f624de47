"""Misconduct, and honest business that only looks like it: one function each, found by name.

A scenario takes a Stage and returns the Deed, or raises NoRoom where the simulated time has no room for it (no weekend in three days, say).
To add one: write the function in the file of its line, under `@scenario("name")`.
"""

import importlib
from collections.abc import Callable

import numpy as np
import pandas as pd

from risk.evaluation.simulate.scenarios.stage import Change, Deed, NoRoom, Shared, Stage, deed, in_turn
from risk.evaluation.simulate.world import World

LOOKALIKE = "lookalike:"
ROWS_PER_ROUND = 120_000
MOST_WRONG = 0.0165
# whole offices and sums come after all others, out of a share of their own: a small history has no office whose silence would tell
MOST_OF_OFFICES, ROWS_FOR_OFFICES = 0.02, 40_000
# from so many rows on every kind is played once, whatever share that makes, if need be after some tries
ROWS_FOR_ALL, TRIES = 120_000, 8
MODULES = (
    "registration",
    "registration_papers",
    "registration_ties",
    "exam",
    "exam_passes",
    "inspection",
    "inspection_passes",
    "accident",
    "violation",
    "violation_favours",
    "violation_rates",
    "common",
    "offices",
    "offices_road",
    "sums",
    "lookalikes",
    "lookalike_days",
    "lookalike_offices",
)

Scenario = Callable[[Stage], Deed]
SCENARIOS: dict[str, Scenario] = {}
WIDE: set[str] = set()
OFFICES: set[str] = set()


def scenario(name: str, *, wide: bool = False, office: bool = False) -> Callable[[Scenario], Scenario]:
    """Registers a scenario under its name. Raises ValueError when the name is taken.

    `wide`: it takes much of somebody's business; `office`: a whole office is in it, or it is a sum of small things.
    """

    def register(function: Scenario) -> Scenario:
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are named {name}")
        SCENARIOS[name] = function
        WIDE.update([name] if wide else [])
        OFFICES.update([name] if office else [])
        return function

    return register


def registered() -> dict[str, Scenario]:
    """Every scenario by name, misconduct first."""
    for module in MODULES:
        importlib.import_module(f"{__name__}.{module}")
    return dict(sorted(SCENARIOS.items(), key=lambda item: item[0].startswith(LOOKALIKE)))


def stage(world: World, honest: pd.DataFrame, names: tuple[str, ...] | None, *, effect: float = 1.0) -> list[Deed]:
    """Plays the named scenarios, one round of them for every 120,000 transactions and at least one.

    None: all of them, the wide ones last, in an order of the seed's own, as long as the rows that are misconduct stay below 1.65 % of all:
    a small history has some kinds only. Then whole offices and sums, each once, in a history of 40,000 transactions or more, below another
    2 %. In a history of 120,000 or more every kind is played once, whatever share that is. Look-alikes are played last, each once. Raises
    ValueError for an unknown name.
    """
    known = registered()
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise ValueError(f"unknown scenario {', '.join(unknown)}; known are {', '.join(known)}")
    wrong = [name for name in known if not name.startswith(LOOKALIKE) and (names is None or name in names)]
    alike = [name for name in known if name.startswith(LOOKALIKE) and (names is None or name in names)]
    single, offices = [name for name in wrong if name not in OFFICES], [name for name in wrong if name in OFFICES]
    shared, deeds = Shared(honest), []
    rounds = range(max(1, round(world.transactions / ROWS_PER_ROUND)))
    turns = [(name, turn) for turn in rounds for name in _order(world.rng(f"order{turn}"), single)]
    free = names is not None or world.transactions >= ROWS_FOR_ALL
    deeds += _within(world, shared, turns, effect, np.inf if names is not None else MOST_WRONG * world.transactions, all_once=free)
    if names is not None or world.transactions >= ROWS_FOR_OFFICES:
        turns = [(name, 0) for name in _order(world.rng("order of offices"), offices)]
        deeds += _within(world, shared, turns, effect, MOST_OF_OFFICES * world.transactions, all_once=free)
    for name in alike:
        if played := _play(known[name], Stage(world, world.rng(f"{name}#0"), shared, name=name)):
            deeds.append(played)
    return deeds


def _within(world: World, shared: Shared, turns: list[tuple[str, int]], effect: float, allowed: float, *, all_once: bool) -> list[Deed]:
    """Plays scenarios in turn, leaving out what would take the rows that are misconduct over `allowed`, but, with `all_once`, for the first
    round."""
    deeds, spent = [], 0
    for name, turn in turns:
        free = all_once and not turn
        tries = TRIES if free else 1 if spent < allowed else 0
        streams = (f"{name}#{turn}" + (f" again {again}" if again else "") for again in range(tries))
        on = (Stage(world, world.rng(stream), shared, name=name, effect=effect, turn=turn) for stream in streams)
        played = next(filter(None, (_play(SCENARIOS[name], tried) for tried in on)), None)
        if played and (free or spent + len(played.rows) <= allowed):
            deeds.append(played)
            spent += len(played.rows)
    return deeds


def _order(rng: np.random.Generator, names: list[str]) -> list[str]:
    shuffled = [names[place] for place in rng.permutation(len(names))]
    return sorted(shuffled, key=lambda name: name in WIDE)


def _play(function: Scenario, on: Stage) -> Deed | None:
    """The deed; None where there is no room for it, or all of it would come after the end of the time."""
    try:
        played = function(on)
    except NoRoom:
        return None
    late = {row for part in played.parts for row in part.frame.loc[part.frame["accepted"] >= on.world.stop, "row"]}
    return played if played.records or any(row not in late for row in played.rows) else None


__all__ = ["Change", "Deed", "NoRoom", "Shared", "Stage", "deed", "in_turn", "registered", "scenario", "stage"]
