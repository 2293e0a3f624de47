"""Misconduct in the handling of violations."""

import numpy as np

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import wall
from risk.evaluation.simulate.lines import violation
from risk.evaluation.simulate.rows import wish
from risk.evaluation.simulate.scenarios import Deed, Stage, deed, scenario

POINTED = np.array(["1625", "1116", "1117", "13522"])


@scenario("burst_ticketing")
def burst_ticketing(stage: Stage) -> Deed | None:
    """More tickets in ten minutes than one officer can write, in one go."""
    unit, days = stage.one(plan.ROAD_SQUADS), stage.some(stage.days(open_days=True), 1, within=1)
    if not days:
        return None
    officer, rng = stage.holder("VIO-A", unit), stage.rng
    accepted = wall(days[0]) + int(rng.uniform(8, 20) * 3600) + np.sort(rng.integers(0, 520, stage.times(14, 20)))
    wished = wish(
        len(accepted), accepted=accepted, action="onsite", unit_code=unit, handler_no=officer, status="finished", violation_code="10391"
    )
    part = violation.build(stage.world, rng, wished)
    return deed("burst_ticketing", [part], [("staff", officer), ("unit", unit), ("post", "VIO-A")])


@scenario("repeat_education")
def repeat_education(stage: Stage) -> Deed | None:
    """One person let off as a first offender again and again by one officer."""
    n, unit = stage.times(5, 7), stage.one(plan.ROAD_SQUADS)
    days = stage.days(open_days=True)
    if not days:
        return None
    officer, rng = stage.holder("VIO-H", unit), stage.rng
    person = str(identities.person_ids(rng, 1)[0])
    wished = wish(n, accepted=stage.moments(days, n, 9, 17), action="education", unit_code=unit, handler_no=officer, person_id_no=person)
    part = violation.build(stage.world, rng, wished)
    return deed("repeat_education", [part], [("staff", officer), ("person", person), ("unit", unit), ("post", "VIO-H")])


@scenario("paid_then_cancelled")
def paid_then_cancelled(stage: Stage) -> Deed | None:
    """Tickets that were paid, and cancelled days later."""
    n, unit = stage.times(6, 10), stage.one(plan.ROAD_SQUADS)
    days = [day for day in stage.days(open_days=True) if wall(day) < stage.world.stop - 8 * 86_400]
    days = stage.some(days, 5, within=25)
    if not days:
        return None
    officer = stage.holder("VIO-A", unit)
    wished = wish(
        n,
        accepted=stage.moments(days, n, 8, 20),
        action="onsite",
        unit_code=unit,
        handler_no=officer,
        status="cancelled",
        paid_first=1.0,
        result="penalised",
    )
    part = violation.build(stage.world, stage.rng, wished)
    approvers = [("staff", no) for no in part.frame["approver_no"].unique()]
    return deed("paid_then_cancelled", [part], [("staff", officer), *approvers, ("unit", unit), ("post", "VIO-A")])


@scenario("zero_fine")
def zero_fine(stage: Stage) -> Deed | None:
    """Offences that carry a fine and points, closed as penalised with nothing to pay."""
    n, unit = stage.times(6, 9), stage.one(list(plan.VIOLATION_WINDOWS))
    days = stage.some(stage.days(open_days=True), 5, within=25)
    if not days:
        return None
    officer, rng = stage.holder("VIO-D", unit), stage.rng
    wished = wish(
        n, accepted=stage.within_office(days, n), action="camera", unit_code=unit, handler_no=officer, violation_code=rng.choice(POINTED, n)
    )
    part = violation.build(stage.world, rng, wished.assign(result="penalised", amount=0.0))
    return deed("zero_fine", [part], [("staff", officer), ("unit", unit), ("post", "VIO-D")])
