"""A detachment's business over a time: the five lines, the misconduct asked for, and what only looks like it."""

from datetime import date

import pandas as pd

from risk.evaluation.simulate import rows as rowing
from risk.evaluation.simulate.lines import accident, exam, inspection, registration, violation
from risk.evaluation.simulate.roster import Detachment
from risk.evaluation.simulate.scenarios import Deed, stage
from risk.evaluation.simulate.tables import LABELS, SHIFTS, Output
from risk.evaluation.simulate.world import World

LINES = {registration: 0.20, exam: 0.15, inspection: 0.14, accident: 0.05, violation: 0.46}


def history(
    detachment: Detachment, *, first_day: date, last_day: date, transactions: int, seed: int = 1, scenarios: tuple[str, ...] | None = None
) -> Output:
    """About `transactions` rows accepted from `first_day` to `last_day` (both included), with the named scenarios (None: all).

    Raises ValueError for an unknown scenario or a last day before the first.
    """
    if last_day < first_day:
        raise ValueError(f"the last day {last_day} is before the first day {first_day}")
    world = World(detachment, first_day, last_day, transactions, seed)
    honest = rowing.join([part for line, share in LINES.items() for part in line.honest(world, round(transactions * share))])
    deeds = stage(world, honest.frame, scenarios)
    joined = rowing.join([honest] + [part for deed in deeds for part in deed.parts])
    table, steps, serials = rowing.tables(joined, world.stop)
    return Output(table, steps, declared(world), labels(deeds, serials))


def declared(world: World) -> pd.DataFrame:
    """The shifts declared beyond the working calendar, in contract columns."""
    rows = [
        (unit, day.isoformat(), *hours.split("-"))
        for unit, days in world.shifts.items()
        for day, hours in sorted(days.items())
        if world.first_day <= day
    ]
    return pd.DataFrame(rows, columns=SHIFTS)


def labels(deeds: list[Deed], serials: pd.Series) -> pd.DataFrame:
    """Who did what in which rows: one row per subject of each instance; rows not accepted by the end are left out."""
    rows = []
    for number, deed in enumerate(deeds, start=1):
        known = ";".join(sorted(serials.reindex(deed.rows).dropna()))
        rows += [(f"{number:03d}", deed.scenario, kind, code, known) for kind, code in deed.subjects if known]
    return pd.DataFrame(rows, columns=LABELS)
