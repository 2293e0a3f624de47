"""A detachment's business over a time: the five lines, the misconduct asked for, and what only looks like it."""

from datetime import date

import pandas as pd

from risk.evaluation.simulate import records
from risk.evaluation.simulate import rows as rowing
from risk.evaluation.simulate.changing import changed, in_order_of_arrival, redelivered
from risk.evaluation.simulate.lines import accident, exam, inspection, registration, violation
from risk.evaluation.simulate.moves import Move, moved, moves, postings
from risk.evaluation.simulate.roster import Detachment
from risk.evaluation.simulate.scenarios import LOOKALIKE, Deed, stage
from risk.evaluation.simulate.tables import LABELS, SHIFTS, Output
from risk.evaluation.simulate.world import World

LINES = {registration: 0.20, exam: 0.15, inspection: 0.14, accident: 0.05, violation: 0.46}


def history(
    detachment: Detachment,
    *,
    first_day: date,
    last_day: date,
    transactions: int,
    seed: int = 1,
    scenarios: tuple[str, ...] | None = None,
    effect: float = 1.0,
) -> Output:
    """About `transactions` rows accepted from `first_day` to `last_day` (both included), with the named scenarios (None: all).

    `effect`: how strong the misconduct is, 1 the standard; a fifth of it is one candidate in ten where half of them pay.
    Raises ValueError for an unknown scenario or a last day before the first.
    """
    if last_day < first_day:
        raise ValueError(f"the last day {last_day} is before the first day {first_day}")
    world = World(detachment, first_day, last_day, transactions, seed)
    honest = rowing.join([part for line, share in LINES.items() for part in line.honest(world, round(transactions * share))])
    deeds = stage(world, honest.frame, scenarios, effect=effect)
    made = moves(world, {code for deed in deeds for kind, code in deed.subjects if kind == "staff"})
    return _told(world, _joined(honest, deeds, made), deeds, made, effect)


def _joined(honest: rowing.Rows, deeds: list[Deed], made: list[Move]) -> rowing.Rows:
    """Honest rows as the deeds left them, with what the deeds added and everybody where the moves put them."""
    left = changed(honest, [change for deed in deeds for change in deed.changes], {row for deed in deeds for row in deed.dropped})
    return moved(rowing.join([left] + [part for deed in deeds for part in deed.parts]), made)


def _told(world: World, joined: rowing.Rows, deeds: list[Deed], made: list[Move], effect: float) -> Output:
    table, steps, serials = rowing.tables(joined, world.stop)
    first, again = redelivered(world, table, [change for deed in deeds for change in deed.again], serials)
    return Output(
        transactions=in_order_of_arrival(world, first),
        steps=steps,
        shifts=declared(world),
        labels=labels(deeds, serials, effect),
        redelivered=again,
        postings=postings(world, made, [posting for deed in deeds for posting in deed.postings]),
        complaints=records.complaints(world, joined.frame, serials, [made for deed in deeds for made in deed.complaints]),
        violations_of_discipline=records.cases(world),
        impounds=records.impounds(world, joined.frame, serials, {row for deed in deeds for row in deed.held}),
    )


def declared(world: World) -> pd.DataFrame:
    """The shifts declared beyond the working calendar, in contract columns."""
    rows = [
        (unit, day.isoformat(), *hours.split("-"))
        for unit, days in world.shifts.items()
        for day, hours in sorted(days.items())
        if world.first_day <= day
    ]
    return pd.DataFrame(rows, columns=SHIFTS)


def labels(deeds: list[Deed], serials: pd.Series, effect: float = 1.0) -> pd.DataFrame:
    """Who did what in which rows: one row per subject of each instance; rows not accepted by the end are left out.

    An instance is a running number, and after a point the way it was done where the scenario knows several. Honest look-alikes have no size
    of effect.
    """
    rows = []
    for number, deed in enumerate(deeds, start=1):
        name = f"{number:03d}.{deed.variant}" if deed.variant else f"{number:03d}"
        known = ";".join([*sorted(serials.reindex(deed.rows).dropna()), *deed.records])
        size = "" if deed.scenario.startswith(LOOKALIKE) else f"{effect:g}"
        rows += [(name, deed.scenario, kind, code, known, size) for kind, code in deed.subjects if known]
    return pd.DataFrame(rows, columns=LABELS)
