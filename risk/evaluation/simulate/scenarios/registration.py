"""Misconduct in vehicle registration."""

import numpy as np

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.lines import registration
from risk.evaluation.simulate.rows import wish
from risk.evaluation.simulate.scenarios import Deed, Stage, deed, scenario

CITY_WINDOWS = [code for code in plan.REGISTRATION_WINDOWS if code.startswith("430700")]
CARS, MOTORCYCLES = ("02",), ("07",)


def _window(stage: Stage) -> str:
    return CITY_WINDOWS[stage.times(0, len(CITY_WINDOWS) - 1)]


@scenario("night_registration")
def night_registration(stage: Stage) -> Deed | None:
    """Registrations carried through on a few evenings, the window closed and no shift declared."""
    unit, n = _window(stage), stage.times(9, 14)
    days = stage.some(stage.days(open_days=True), 3, within=14)
    if not days:
        return None
    handler, approver = stage.holder("REG-A", unit), stage.holder("REG-C", unit)
    accepted = stage.moments(days, n, 20.0, 22.2)
    wished = wish(
        n, accepted=accepted, action="transfer", unit_code=unit, office=False, handler_no=handler, approver_no=approver, status="finished"
    )
    part = registration.build(stage.world, stage.rng, wished)
    return deed(
        "night_registration", [part], [("staff", handler), ("staff", approver), ("unit", unit), ("post", "REG-A"), ("post", "REG-C")]
    )


@scenario("self_approval")
def self_approval(stage: Stage) -> Deed | None:
    """An officer of a well-manned window who approves what he handled himself."""
    unit, n = _window(stage), stage.times(6, 10)
    days = stage.some(stage.days(open_days=True), 6, within=20)
    if not days:
        return None
    officer = stage.holder("REG-A", unit)
    actions = stage.rng.choice(np.array(["transfer", "change", "plate"]), n)
    accepted = stage.within_office(days, n)
    wished = wish(n, accepted=accepted, action=actions, unit_code=unit, handler_no=officer, approver_no=officer, status="finished")
    part = registration.build(stage.world, stage.rng, wished)
    return deed("self_approval", [part], [("staff", officer), ("unit", unit), ("post", "REG-A")])


@scenario("auxiliary_approval")
def auxiliary_approval(stage: Stage) -> Deed | None:
    """An auxiliary who approves, and signs the approving step, with an officer's rights."""
    unit, n = _window(stage), stage.times(5, 9)
    days = stage.some(stage.days(open_days=True), 5, within=20)
    if not days:
        return None
    auxiliary = stage.holder("REG-A", unit, "auxiliary")
    handlers = [no for no in stage.world.holders("REG-A", unit) if no != auxiliary]
    wished = wish(
        n,
        accepted=stage.within_office(days, n),
        action="transfer",
        unit_code=unit,
        handler_no=stage.rng.choice(handlers, n),
        approver_no=auxiliary,
        status="finished",
    )
    part = registration.build(stage.world, stage.rng, wished)
    staff = stage.world.detachment.staff.set_index("staff_no")
    return deed("auxiliary_approval", [part], [("staff", auxiliary), ("staff", staff.at[auxiliary, "responsible_no"]), ("unit", unit)])


@scenario("examined_late")
def examined_late(stage: Stage) -> Deed | None:
    """New vehicles given their plates hours before anybody looked at them."""
    unit, n = _window(stage), stage.times(6, 10)
    days = stage.some(stage.days(open_days=True), 5, within=20)
    if not days:
        return None
    handler, examiner, approver = stage.holder("REG-A", unit, "auxiliary"), stage.holder("REG-B", unit), stage.holder("REG-C", unit)
    accepted = stage.moments(days, n, 8.6, 11.0)
    wished = wish(
        n,
        accepted=accepted,
        action="new",
        unit_code=unit,
        handler_no=handler,
        examiner_no=examiner,
        approver_no=approver,
        status="finished",
        examined_late=1.0,
    )
    part = registration.build(stage.world, stage.rng, wished)
    staff = [("staff", no) for no in (examiner, approver, handler)]
    return deed("examined_late", [part], [*staff, ("unit", unit), ("post", "REG-B")])


@scenario("unregistered_agent")
def unregistered_agent(stage: Stage) -> Deed | None:
    """An agent of no agency who files for dozens of owners within a month, mostly with one clerk."""
    unit, n = _window(stage), stage.times(31, 36)
    days = stage.some(stage.days(open_days=True), 18, within=27)
    if len(days) < 3:
        return None
    rng, world = stage.rng, stage.world
    agent, handler = str(identities.person_ids(rng, 1)[0]), stage.holder("REG-A", unit, "auxiliary")
    wished = wish(
        n, accepted=stage.within_office(days, n), action=rng.choice(np.array(["transfer", "plate", "transfer", "new"]), n), unit_code=unit
    )
    wished = wished.assign(
        handler_no=np.where(rng.random(n) < 0.8, handler, world.pick(rng, np.full(n, unit), "REG-A")), agent_id_no=agent, status="finished"
    )
    for name, values in world.vehicles(rng, n, only=CARS).items():
        wished[name] = values
    wished["phone"] = identities.phones(rng, 1)[0]
    part = registration.build(world, rng, wished)
    part.frame["agency_code"] = ""
    return deed("unregistered_agent", [part], [("agent", agent), ("staff", handler), ("unit", unit)])


@scenario("motorcycle_bulk")
def motorcycle_bulk(stage: Stage) -> Deed | None:
    """Motorcycles registered in bulk for one agent of one dealer on a few days, most owners from elsewhere."""
    unit, n = _window(stage), stage.times(31, 36)
    days = stage.some(stage.days(open_days=True), 2, within=20)
    if not days:
        return None
    rng, world = stage.rng, stage.world
    dealer = stage.one(list(world.agencies("dealer")[len(plan.CAR_DEALERS) :]))
    agent, handler, examiner = str(world.clerks[dealer][0]), stage.holder("REG-A", unit, "auxiliary"), stage.holder("REG-B", unit)
    wished = wish(n, accepted=stage.within_office(days, n), action="new", unit_code=unit, handler_no=handler, examiner_no=examiner)
    wished = wished.assign(agency_code=dealer, agent_id_no=agent, status="finished")
    for name, values in world.vehicles(rng, n, only=MOTORCYCLES, outsiders=0.7).items():
        wished[name] = values
    part = registration.build(world, rng, wished)
    return deed("motorcycle_bulk", [part], [("agent", agent), ("agency", dealer), ("staff", handler), ("staff", examiner), ("unit", unit)])
