"""Honest business that looks like misconduct to a careless rule."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import DAY, day_of
from risk.evaluation.simulate.lines import inspection, registration
from risk.evaluation.simulate.rows import wish
from risk.evaluation.simulate.scenarios import LOOKALIKE, Deed, Stage, deed, scenario

HANDLING_COLUMNS = ("handler_no", "approver_no")


def _honest(stage: Stage, name: str, rows: pd.DataFrame, subjects: list[tuple[str, str]]) -> Deed | None:
    """Rows that are there already, marked; None where there are none."""
    people = [("staff", no) for column in HANDLING_COLUMNS for no in sorted(set(rows[column].fillna("")) - {""})]
    people = list(dict.fromkeys(people))
    return Deed(LOOKALIKE + name, [], rows["row"].astype(int).tolist(), subjects + people) if len(rows) else None


@scenario("lookalike:saturday_shift")
def saturday_shift(stage: Stage) -> Deed | None:
    """Windows open on declared Saturdays: everything accepted or finished there on those days."""
    unit = stage.one(plan.SATURDAY_WINDOWS)
    rows = stage.honest[stage.honest["unit_code"] == unit]
    saturdays = stage.world.shifts[unit]
    on_shift = (rows["accepted"] // DAY).map(lambda day: day_of(day * DAY) in saturdays).astype(bool)
    return _honest(stage, "saturday_shift", rows[on_shift], [("unit", unit)])


@scenario("lookalike:one_officer_window")
def one_officer_window(stage: Stage) -> Deed | None:
    """The county window where one officer does every step and another office rechecks within 48 hours."""
    unit = plan.ONE_OFFICER_WINDOW
    return _honest(stage, "one_officer_window", stage.honest[stage.honest["unit_code"] == unit], [("unit", unit)])


@scenario("lookalike:dealer_bulk_day")
def dealer_bulk_day(stage: Stage) -> Deed | None:
    """A car dealer's lawful delivery day: dozens of new cars for as many local owners, each examined and approved as always."""
    world, rng, n = stage.world, stage.rng, stage.times(24, 36)
    days = stage.some(stage.days(open_days=True), 1, within=1)
    if not days:
        return None
    dealer, unit = stage.one(list(world.agencies("dealer")[: len(plan.CAR_DEALERS)])), next(iter(plan.REGISTRATION_WINDOWS))
    agent = str(world.clerks[dealer][1])
    wished = wish(
        n, accepted=stage.within_office(days, n), action="new", unit_code=unit, agency_code=dealer, agent_id_no=agent, status="finished"
    )
    for name, values in world.vehicles(rng, n, only=("02", "52"), outsiders=0.03).items():
        wished[name] = values
    part = registration.build(world, rng, wished)
    return deed(f"{LOOKALIKE}dealer_bulk_day", [part], [("agency", dealer), ("agent", agent), ("unit", unit)])


@scenario("lookalike:fleet_operator")
def fleet_operator(stage: Stage) -> Deed | None:
    """A haulage company whose one clerk brings its trucks in turn to inspection and renews their papers: many vehicles, one owner."""
    world, rng = stage.world, stage.rng
    papers, tests = stage.times(14, 20), stage.times(24, 34)
    days = stage.some(stage.days(open_days=True), 15, within=30)
    if not days:
        return None
    owner, agent, phone = identities.company_codes(rng, 1)[0], identities.person_ids(rng, 1)[0], identities.phones(rng, 1)[0]
    fleet = world.vehicles(rng, papers + tests, only=("01",), outsiders=0.0)
    fleet = fleet.assign(person_id_no=owner, phone=phone, agent_id_no=agent, accepted=stage.within_office(days, papers + tests))
    unit = next(iter(plan.REGISTRATION_WINDOWS))
    at_window = fleet.iloc[:papers].assign(action=rng.choice(np.array(["plate", "change"]), papers), unit_code=unit, status="finished")
    at_station = fleet.iloc[papers:].reset_index(drop=True).assign(action="periodic", unit_code=plan.INSPECTION_CENTRE)
    parts = [registration.build(world, rng, at_window), inspection.build(world, rng, at_station)]
    parts[0].frame["agency_code"] = ""
    return deed(f"{LOOKALIKE}fleet_operator", parts, [("agent", str(agent)), ("person", str(owner))])
