"""Honest days that look like misconduct: before a holiday, in a van, at the switch of a system, at midnight, on the 29th of February."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from risk.evaluation.simulate import plan
from risk.evaluation.simulate.clocks import DAY, days_between, is_workday, wall
from risk.evaluation.simulate.demand import rush
from risk.evaluation.simulate.lines import registration, violation
from risk.evaluation.simulate.rows import Rows
from risk.evaluation.simulate.scenarios import Deed, NoRoom, Stage, scenario
from risk.evaluation.simulate.scenarios.lookalikes import honest

VAN_WINDOW, VAN_HOURS = "430722900000", "09:00-16:00"
LARGEST_MIGRATION, ROWS_PER_MIGRATED = 2_000, 120
# the nights on which clocks change in Europe and America, and on which nothing changes here
FOREIGN_CLOCKS = ((3, 8), (3, 29), (10, 25), (11, 1))


def _on(rows: pd.DataFrame, days: list[date]) -> pd.DataFrame:
    return rows[(rows["accepted"] // DAY).isin([wall(day) // DAY for day in days])]


@scenario("lookalike:holiday_rush")
def holiday_rush(stage: Stage) -> Deed:
    """The last working days before a long holiday, when everybody wants his papers: half as much again at the largest window."""
    unit = next(iter(plan.REGISTRATION_WINDOWS))
    days = [day for day in stage.days(open_days=True) if rush(day) > 1.3]
    if not days:
        raise NoRoom
    rows = _on(stage.shared.honest[stage.shared.honest["unit_code"] == unit], days)
    n = max(4, len(rows) // 2)
    actions = stage.rng.choice(np.array(["transfer", "plate", "new"]), n)
    part = stage.play(registration, stage.within_office(days, n), action=actions, unit_code=unit)
    marked = honest(stage, rows, [("unit", unit)])
    return Deed(stage.name, [part], [*marked.rows, *part.frame["row"].astype(int)], marked.subjects)


@scenario("lookalike:mobile_van")
def mobile_van(stage: Stage) -> Deed:
    """A service van in a village on a declared Sunday: two dozen files in a day, far from any office."""
    sundays = [day for day in stage.days(open_days=False) if day.weekday() == 6]
    day = stage.some(sundays, 1, within=1)[0]
    stage.world.shifts[VAN_WINDOW] = stage.world.shifts.get(VAN_WINDOW, {}) | {day: VAN_HOURS}
    accepted = stage.moments([day], stage.times(20, 28), 9.1, 14.5)
    part = stage.play(registration, accepted, agency="", action="plate", unit_code=VAN_WINDOW, office=False, status="finished")
    return stage.deed([part], [("unit", VAN_WINDOW)])


def _at_once(part: Rows, moment: int) -> Rows:
    """All that a system carries over bears the second of the switch."""
    part.frame["accepted"] = part.frame["finished"] = moment
    for steps in part.steps:
        steps["at"] = moment
    return part


@scenario("lookalike:migration_day")
def migration_day(stage: Stage) -> Deed:
    """The night an old system was switched off: records by the thousand carried over in one second, under the operator's account."""
    n = int(np.clip(stage.world.transactions // ROWS_PER_MIGRATED, 60, LARGEST_MIGRATION))
    sundays = [day for day in stage.days(open_days=False) if day.weekday() == 6]
    moment = wall(stage.some(sundays, 1, within=1)[0]) + 2 * 3600
    operator = stage.one(stage.world.holders("VIO-C", plan.ORDER))
    part = stage.play(violation, np.full(n, moment), action="entry", unit_code=plan.ORDER, handler_no=operator, office=False)
    part.frame["evidence"] = moment - stage.rng.uniform(0.2, 8.5, n) * DAY
    part = _at_once(part, moment)
    return stage.deed([part], [("staff", operator), ("unit", plan.ORDER)])


@scenario("lookalike:midnight")
def midnight(stage: Stage) -> Deed:
    """A checkpoint over midnight: some tickets bear the last minutes of a day and some the first of the next."""
    unit, n = stage.one(list(plan.ROAD_SQUADS)), stage.times(10, 14)
    every = days_between(stage.world.first_day, stage.world.last_day - timedelta(days=1))
    nights = stage.some(every, 3, within=30)
    around = np.sort(stage.rng.choice([wall(night) + DAY for night in nights], n) + stage.rng.integers(-3600, 3600, n))
    part = stage.play(violation, around, action="onsite", unit_code=unit)
    return stage.deed([part], [("unit", unit)])


@scenario("lookalike:foreign_clock_change")
def foreign_clock_change(stage: Stage) -> Deed:
    """Nights on which other countries move their clocks: business between one and four goes on as always."""
    days = [day for day in days_between(stage.world.first_day, stage.world.last_day) if (day.month, day.day) in FOREIGN_CLOCKS]
    rows = _on(stage.shared.honest, days)
    return honest(stage, rows[(rows["accepted"] % DAY).between(3600, 4 * 3600)], [])


@scenario("lookalike:leap_day")
def leap_day(stage: Stage) -> Deed:
    """The 29th of February, where the time holds one."""
    days = [day for day in days_between(stage.world.first_day, stage.world.last_day) if (day.month, day.day) == (2, 29)]
    return honest(stage, _on(stage.shared.honest, days), [])


@scenario("lookalike:make_up_day")
def make_up_day(stage: Stage) -> Deed:
    """Saturdays and Sundays that are working days, to make up for a holiday."""
    days = [day for day in days_between(stage.world.first_day, stage.world.last_day) if day.weekday() >= 5 and is_workday(day)]
    unit = plan.INSPECTION_CENTRE
    return honest(stage, _on(stage.shared.honest[stage.shared.honest["unit_code"] == unit], days), [("unit", unit)])
