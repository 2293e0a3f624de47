"""Misconduct in single acts of violation work: on the road, at the window, in the pound, with blood and cash."""

from typing import Any

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import DAY, wall
from risk.evaluation.simulate.lines import violation
from risk.evaluation.simulate.scenarios import Deed, NoRoom, Stage, in_turn, scenario

POINTED = np.array(["1625", "1116", "1117", "13522"])


def squad(stage: Stage) -> str:
    return stage.one(list(plan.ROAD_SQUADS))


def violation_window(stage: Stage) -> str:
    return stage.one(list(plan.VIOLATION_WINDOWS))


@scenario("burst_ticketing")
def burst_ticketing(stage: Stage) -> Deed:
    """More tickets in ten minutes than one officer can write: once, or in three bursts that are just too many."""
    unit, rng = squad(stage), stage.rng
    thrice = stage.vary("once", "three_times") == "three_times"
    days = stage.some(stage.days(open_days=True), 3 if thrice else 1, within=21)
    officer = stage.holder("VIO-A", unit)
    each = stage.count(9, 12, least=2) if thrice else stage.count(14, 20, least=3)
    starts = [wall(day) + int(rng.uniform(8, 20) * 3600) for day in days]
    accepted = np.sort(np.concatenate([start + rng.integers(0, 520, each) for start in starts]))
    part = stage.play(violation, accepted, action="onsite", unit_code=unit, handler_no=officer, status="finished", violation_code="10391")
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "VIO-A")])


@scenario("repeat_education")
def repeat_education(stage: Stage) -> Deed:
    """One person let off as a first offender again and again, by one officer or by two who know each other."""
    n, unit = stage.count(5, 7, least=2), squad(stage)
    officers = stage.holders("VIO-H", unit, 2 if stage.vary("one", "in_turn") == "in_turn" else 1)
    person = str(identities.person_ids(stage.rng, 1)[0])
    accepted = stage.road(n, days=n, within=150, hours=(9, 17))
    part = stage.play(
        violation, accepted, action="education", unit_code=unit, handler_no=stage.rng.choice(officers, n), person_id_no=person
    )
    return stage.deed([part], [*(("staff", no) for no in officers), ("person", person), ("unit", unit), ("post", "VIO-H")])


@scenario("paid_then_cancelled")
def paid_then_cancelled(stage: Stage) -> Deed:
    """Tickets that were paid, and cancelled days later; within weeks, or now and then."""
    n, unit = stage.count(5, 9), squad(stage)
    days = [day for day in stage.days(open_days=True) if wall(day) < stage.world.stop - 8 * DAY]
    pace = stage.pace(5, 25, seldom=(n, 80))
    accepted = stage.moments(stage.some(days, pace["days"], within=pace["within"]), n, 8, 20)
    officer = stage.holder("VIO-A", unit)
    part = stage.play(
        violation,
        accepted,
        action="onsite",
        unit_code=unit,
        handler_no=officer,
        status="cancelled",
        paid_first=1.0,
        result="penalised",
        violation_code=stage.rng.choice(POINTED, n),
    )
    approvers = [("staff", no) for no in part.frame["approver_no"].unique()]
    return stage.deed([part], [("staff", officer), *approvers, ("unit", unit), ("post", "VIO-A")])


@scenario("zero_fine")
def zero_fine(stage: Stage) -> Deed:
    """Offences that carry a fine and points, closed as penalised with nothing to pay, by one officer or by two in turn."""
    n, unit, rng = stage.count(5, 9), violation_window(stage), stage.rng
    officers = stage.partners(lambda: stage.holder("VIO-D", unit))
    part = stage.play(
        violation,
        stage.office(n, days=5, within=25),
        action="camera",
        unit_code=unit,
        handler_no=in_turn(n, *officers),
        violation_code=rng.choice(POINTED, n),
        result="penalised",
        amount=0.0,
    )
    return stage.deed([part], [*(("staff", number) for number in officers), ("unit", unit), ("post", "VIO-D")])


@scenario("night_window")
def night_window(stage: Stage) -> Deed:
    """Violations settled at a window after it has closed, for people who came by the back door."""
    n, unit = stage.count(8, 12), violation_window(stage)
    days = stage.some(stage.days(open_days=True), 8 if stage.vary("in_a_week", "over_a_month") == "over_a_month" else 3, within=28)
    officer = stage.holder("VIO-D", unit)
    part = stage.play(violation, stage.moments(days, n, 19, 22), action="camera", unit_code=unit, handler_no=officer, office=False)
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "VIO-D")])


@scenario("charge_downgraded")
def charge_downgraded(stage: Stage) -> Deed:
    """A ticket with points written anew, for the same car at the same moment, under a code without points: within the hour, or days
    later.
    """
    n, unit, rng = stage.count(3, 5), squad(stage), stage.rng
    officer = stage.holder("VIO-A", unit)
    accepted = stage.road(n, days=n, within=60)
    common = {"action": "onsite", "unit_code": unit, "handler_no": officer, "evidence": accepted.astype(float), "result": "penalised"}
    first = stage.play(violation, accepted, violation_code=rng.choice(POINTED, n), status="cancelled", **common)
    same = {
        name: first.frame[name].to_numpy() for name in ("person_id_no", "plate_no", "plate_type", "vin", "vehicle_type", "phone", "place")
    }
    again = stage.play(
        violation,
        accepted + rng.integers(*((600, 7200) if stage.way("at_once", "days_later") == "at_once" else (DAY, 4 * DAY)), n),
        violation_code="10391",
        status="finished",
        **common,
        **same,
    )
    return stage.deed([first, again], [("staff", officer), ("unit", unit), ("post", "VIO-A")])


@scenario("impounder_releases")
def impounder_releases(stage: Stage) -> Deed:
    """Vehicles let go by the officer who impounded them, without a second person."""
    n, unit, rng = stage.count(3, 5), squad(stage), stage.rng
    officer = stage.holder("VIO-A", unit)
    accepted = stage.road(n, hours=(9, 20), **stage.pace(n, 80, seldom=(n, 150)))
    taken = stage.play(violation, accepted, action="impound", unit_code=unit, handler_no=officer)
    same = {name: taken.frame[name].to_numpy() for name in violation.CARRIED}
    later = accepted + rng.integers(1, 6, n) * DAY
    let = stage.play(violation, later, action="release", unit_code=unit, handler_no=officer, related=taken.frame["row"].to_numpy(), **same)
    rows = let.frame["row"].astype(int).tolist()
    return Deed(stage.name, [taken, let], rows, [("staff", officer), ("unit", unit), ("post", "VIO-G")], stage.variant)


@scenario("released_unpaid")
def released_unpaid(stage: Stage) -> Deed:
    """Vehicles released before anybody paid or approved, for a favour, by one officer or by two in turn."""
    n, unit = stage.count(3, 6), squad(stage)
    officers = stage.partners(lambda: stage.holder("VIO-A", unit))
    accepted = stage.road(n, days=n, within=80, hours=(9, 20))
    taken = stage.play(violation, accepted, action="impound", unit_code=unit)
    same = {name: taken.frame[name].to_numpy() for name in violation.CARRIED}
    let = stage.play(
        violation,
        accepted + stage.rng.integers(1, 5, n) * DAY,
        action="release",
        unit_code=unit,
        handler_no=in_turn(n, *officers),
        unpaid=1.0,
        related=taken.frame["row"].to_numpy(),
        impounder=taken.frame["handler_no"].to_numpy(),
        **same,
    )
    subjects = [*(("staff", number) for number in officers), ("unit", unit)]
    return Deed(stage.name, [taken, let], let.frame["row"].astype(int).tolist(), subjects, stage.variant)


@scenario("self_approved_impound")
def self_approved_impound(stage: Stage) -> Deed:
    """Vehicles impounded by a squad leader on his own approval."""
    n, unit = stage.count(3, 6), squad(stage)
    leader = stage.holder("VIO-J", unit)
    accepted = stage.road(n, **stage.pace(n, 60, seldom=(n, 140)))
    part = stage.play(violation, accepted, action="impound", unit_code=unit, handler_no=leader, approver_no=leader)
    return stage.deed([part], [("staff", leader), ("unit", unit), ("post", "VIO-A")])


@scenario("own_cancellation")
def own_cancellation(stage: Stage) -> Deed:
    """Violations cancelled by the one who had entered them: after days, or when weeks have gone by."""
    world, rng, n = stage.world, stage.rng, stage.count(4, 7)
    officer = stage.holder("VIO-C", plan.ORDER)
    soon = stage.way("after_days", "after_weeks") == "after_days"
    early = [day for day in stage.days(open_days=True) if wall(day) < world.stop - 60 * DAY]
    first = stage.office(n, days=6, within=40) if soon else stage.within_office(stage.some(early, 6, within=40), n)
    entered = stage.play(violation, first, action="entry", unit_code=plan.ORDER, handler_no=officer)
    later = world.clock.later(first + rng.integers(*((3, 15) if soon else (20, 45)), n) * DAY, rng.integers(600, 4 * 3600, n))
    same = {name: entered.frame[name].to_numpy() for name in violation.CARRIED}
    part = stage.play(
        violation,
        later,
        action="cancel",
        unit_code=plan.ORDER,
        handler_no=officer,
        related=entered.frame["row"].to_numpy(),
        cancel_reason="plate_error",
        **same,
    )
    return Deed(
        stage.name, [entered, part], part.frame["row"].astype(int).tolist(), [("staff", officer), ("unit", plan.ORDER)], stage.variant
    )


def _drunk(stage: Stage, days_left: int, **how: Any) -> Deed:
    n, unit = stage.count(2, 4), squad(stage)
    officer = stage.holder("VIO-B", unit)
    latest = stage.world.stop - days_left * DAY
    if latest <= wall(stage.world.first_day):
        raise NoRoom
    begin = max(wall(stage.world.first_day), latest - int(stage.rng.integers(40, 120)) * DAY)
    accepted = np.sort(stage.rng.integers(begin, max(begin + DAY, min(latest, begin + 40 * DAY)), n)) // DAY * DAY + 22 * 3600
    part = stage.play(violation, accepted, action="onsite", unit_code=unit, handler_no=officer, violation_code="6033", **how)
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "VIO-B")])


@scenario("blood_sent_late")
def blood_sent_late(stage: Stage) -> Deed:
    """Blood of drunk drivers kept in a drawer for days, or over a night and a day, until it shows less."""
    return _drunk(
        stage, 20, sent_after_hours=stage.rng.uniform(*((50, 110) if stage.way("for_days", "a_day_over") == "for_days" else (28, 46)))
    )


@scenario("drunk_not_charged")
def drunk_not_charged(stage: Stage) -> Deed:
    """Drunk drivers against whom no criminal case is opened for weeks, or for the one in which witnesses forget."""
    return _drunk(
        stage, 35, filed_after_days=stage.rng.uniform(*((9, 25) if stage.way("for_weeks", "for_a_week") == "for_weeks" else (5.5, 8.5)))
    )


@scenario("cash_kept")
def cash_kept(stage: Stage) -> Deed:
    """Fines taken in cash and handed to the bank days or a week later, after they had been lent out."""
    n, unit = stage.count(4, 8), squad(stage)
    officer = stage.holder("VIO-A", unit)
    accepted = stage.road(n, days=8, within=40)
    part = stage.play(
        violation,
        accepted,
        action="onsite",
        unit_code=unit,
        handler_no=officer,
        status="finished",
        result="penalised",
        violation_code=stage.rng.choice(POINTED, n),
        in_cash=1.0,
        remitted_after_days=stage.rng.uniform(*((5.5, 12) if stage.way("a_week", "some_days") == "a_week" else (3.3, 5)), n),
    )
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "VIO-A")])


@scenario("entered_late")
def entered_late(stage: Stage) -> Deed:
    """Camera evidence of some cars entered days or weeks late, when nothing can be decided any more; the rest is entered in time."""
    n, unit = stage.count(14, 20, least=2), stage.one(list(plan.BRIGADES))
    officer = stage.one(stage.world.holders("VIO-C", unit))
    accepted = stage.office(n, days=12, within=28)
    late = accepted - stage.rng.uniform(*((13, 40) if stage.way("by_weeks", "by_days") == "by_weeks" else (11, 14)), n) * DAY
    part = stage.play(violation, accepted, action="entry", unit_code=unit, handler_no=officer, evidence=late)
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "VIO-C")])


@scenario("pound_overdue")
def pound_overdue(stage: Stage) -> Deed:
    """Vehicles of one squad, or of two that share a pound, that stand in the pound weeks past their term, at a daily fee."""
    rows = stage.shared.of("impound")
    rows = stage.free(rows[rows["accepted"] < stage.world.stop - 75 * DAY])
    units = rows["unit_code"].value_counts()
    if not len(units):
        raise NoRoom
    squads = stage.partners(lambda: stage.one(list(units.index[:10])), "one_squad", "two_squads")
    total = stage.count(3, 5)
    own = [rows[rows["unit_code"] == unit].iloc[: -(-total // len(squads))] for unit in squads]
    held = stage.use(pd.concat(own)).tolist()
    return stage.deed([], [*(("unit", unit) for unit in squads), ("post", "VIO-G")], rows=held, held=held)
