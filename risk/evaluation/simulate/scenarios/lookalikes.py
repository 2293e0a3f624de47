"""Honest business that looks like misconduct to a careless rule: much of one kind, one person for everything, luck."""

from typing import Any

import numpy as np
import pandas as pd

from risk.evaluation.simulate import companies, identities, plan
from risk.evaluation.simulate.clocks import DAY, day_of, wall
from risk.evaluation.simulate.lines import exam, inspection, registration
from risk.evaluation.simulate.scenarios import Change, Deed, NoRoom, Stage, scenario

HANDLING_COLUMNS = ("handler_no", "approver_no")
LARGEST_FLEET, ROWS_PER_LORRY = 200, 500
LUCKY_CANDIDATES = 30


def honest(stage: Stage, rows: pd.DataFrame, subjects: list[tuple[str, str]], **more: Any) -> Deed:
    """Honest rows that are there already, marked. Raises NoRoom where there are none."""
    rows = stage.free(rows)
    if not len(rows):
        raise NoRoom
    people = [("staff", no) for column in HANDLING_COLUMNS for no in sorted(set(rows[column].fillna("")) - {""})]
    return Deed(stage.name, [], rows["row"].astype(int).tolist(), list(dict.fromkeys(subjects + people)), **more)


@scenario("lookalike:saturday_shift")
def saturday_shift(stage: Stage) -> Deed:
    """Windows open on declared Saturdays: everything accepted there on those days."""
    unit = stage.one(plan.SATURDAY_WINDOWS)
    rows = stage.shared.honest[stage.shared.honest["unit_code"] == unit]
    saturdays = stage.world.shifts[unit]
    on_shift = (rows["accepted"] // DAY).map(lambda day: day_of(day * DAY) in saturdays).astype(bool)
    return honest(stage, rows[on_shift], [("unit", unit)])


@scenario("lookalike:one_officer_window")
def one_officer_window(stage: Stage) -> Deed:
    """The county window where one officer does every step and another office rechecks within 48 hours."""
    unit = plan.ONE_OFFICER_WINDOW
    return honest(stage, stage.shared.honest[stage.shared.honest["unit_code"] == unit], [("unit", unit)])


@scenario("lookalike:dealer_bulk_day")
def dealer_bulk_day(stage: Stage) -> Deed:
    """A car dealer's lawful delivery day: dozens of new cars for as many local owners, each examined and approved as always."""
    world, rng, n = stage.world, stage.rng, stage.times(24, 36)
    dealer, unit = stage.one(list(world.agencies("dealer")[: len(companies.CAR_DEALERS)])), next(iter(plan.REGISTRATION_WINDOWS))
    agent = str(world.clerks[dealer][1])
    part = stage.play(
        registration,
        stage.office(n, days=1, within=1),
        action="new",
        unit_code=unit,
        agency_code=dealer,
        agent_id_no=agent,
        status="finished",
        **world.vehicles(rng, n, only=("02", "52"), outsiders=0.03).to_dict("series"),
    )
    return stage.deed([part], [("agency", dealer), ("agent", agent), ("unit", unit)])


@scenario("lookalike:fleet_operator")
def fleet_operator(stage: Stage) -> Deed:
    """A haulage company whose one clerk brings its lorries, up to 200, to inspection and renews their papers: many vehicles, one owner."""
    world, rng = stage.world, stage.rng
    size = int(np.clip(world.transactions // ROWS_PER_LORRY, 30, LARGEST_FLEET))
    papers, tests = size // 3, size - size // 3
    owner, agent, phone = identities.company_codes(rng, 1)[0], identities.person_ids(rng, 1)[0], identities.phones(rng, 1)[0]
    lorries = world.vehicles(rng, size, only=("01",), outsiders=0.0).assign(person_id_no=owner, phone=phone, agent_id_no=agent)
    unit = next(iter(plan.REGISTRATION_WINDOWS))
    at_window = stage.play(
        registration,
        stage.office(papers, days=40, within=80),
        agency="",
        action=rng.choice(np.array(["plate", "change"]), papers),
        unit_code=unit,
        status="finished",
        **lorries.iloc[:papers].to_dict("series"),
    )
    tested = lorries.iloc[papers:].reset_index(drop=True).to_dict("series")
    at_station = stage.play(
        inspection, stage.office(tests, days=60, within=100), action="periodic", unit_code=plan.INSPECTION_CENTRE, **tested
    )
    return stage.deed([at_window, at_station], [("agent", str(agent)), ("person", str(owner))])


@scenario("lookalike:lucky_examiner")
def lucky_examiner(stage: Stage) -> Deed:
    """An examiner in his first weeks, with thirty candidates and luck: nearly all of them pass."""
    waiting = [entry for entry in stage.world.detachment.reserve if entry[1] in ("EXM-D", "EXM-E") and entry[0] not in stage.shared.taken]
    if not waiting:
        raise NoRoom
    newcomer, post, unit = waiting[stage.times(0, len(waiting) - 1)]
    stage.shared.taken.add(newcomer)
    accepted = stage.office(LUCKY_CANDIDATES, days=8, within=14)
    started = day_of(int(accepted.min()))
    part = stage.play(
        exam,
        accepted,
        action="subject2" if post == "EXM-D" else "subject3",
        unit_code=unit,
        handler_no=newcomer,
        result=np.where(stage.rng.random(LUCKY_CANDIDATES) < 0.94, "pass", "fail"),
    )
    return stage.deed([part], [("staff", newcomer)], postings=[(newcomer, post, unit, started.isoformat(), "")])


@scenario("lookalike:repaired_retest")
def repaired_retest(stage: Stage) -> Deed:
    """A station with a workshop next door: lamps and tyres seen to within the hour, then tested again and passed."""
    tests = stage.shared.of("periodic")
    again = tests[tests["related"] >= 0]
    if not len(again):
        raise NoRoom
    station = stage.one(list(again["agency_code"].value_counts().index[:5]))
    return honest(stage, again[again["agency_code"] == station], [("agency", station)])


@scenario("lookalike:village_helper")
def village_helper(stage: Stage) -> Deed:
    """A village clerk who files for elderly neighbours a few times a week in the sowing season."""
    unit, n = "430721900000", stage.times(9, 12)
    agent = str(identities.person_ids(stage.rng, 1)[0])
    part = stage.play(
        registration,
        stage.office(n, days=8, within=28),
        agency="",
        action="plate",
        unit_code=unit,
        agent_id_no=agent,
        status="finished",
    )
    return stage.deed([part], [("agent", agent), ("unit", unit)])


@scenario("lookalike:back_from_leave")
def back_from_leave(stage: Stage) -> Deed:
    """A clerk away for a month while the others did the work, who comes back and does what lay on the desk."""
    world, rng = stage.world, stage.rng
    unit = next(iter(plan.REGISTRATION_WINDOWS))
    team = [no for no in world.holders("REG-A", unit) if world.kinds[no] == "auxiliary"]
    clerk = stage.one(team)
    start, end = stage.stretch(58)
    rows = stage.free(stage.shared.honest[(stage.shared.honest["handler_no"] == clerk) & (stage.shared.honest["post_code"] == "REG-A")])
    away = rows[rows["accepted"].between(start, start + 28 * DAY)]
    others = [no for no in team if no != clerk]
    stood_in = rng.choice(others, len(away)) if len(away) else np.array([], dtype=str)
    changes = [Change(stage.use(away), {"handler_no": stood_in, "terminal": world.terminals(stood_in)})] if len(away) else []
    afterwards = rows[rows["accepted"].between(start + 28 * DAY, end)]
    n = max(8, len(afterwards) // 2)
    days = [day for day in stage.days(open_days=True) if start + 28 * DAY <= wall(day) < start + 42 * DAY]
    accepted = stage.within_office(stage.some(days, 10, within=14), n)
    actions = rng.choice(np.array(["transfer", "plate", "new"]), n)
    part = stage.play(registration, accepted, action=actions, unit_code=unit, handler_no=clerk)
    return stage.deed([part], [("staff", clerk)], rows=afterwards["row"].astype(int).tolist(), changes=changes)
