"""Small bursts of misconduct that end at a given moment, for the live trickle; each must raise an alert of a live rule by itself."""

from collections.abc import Callable

import numpy as np

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.lines import accident, exam, inspection, registration, violation
from risk.evaluation.simulate.rows import wish
from risk.evaluation.simulate.scenarios import Deed, Stage, deed

Burst = Callable[[Stage, int], Deed]
OPEN_LONG_ENOUGH = 2 * 3600
CITY_WINDOWS = [code for code in plan.REGISTRATION_WINDOWS if code.startswith("430700")]


def _before(stage: Stage, moment: int, n: int, least: int, most: int) -> np.ndarray:
    """`n` sorted wall seconds, `least` to `most` seconds before the moment."""
    return np.sort(moment - stage.rng.integers(least, most, n))


def burst_ticketing(stage: Stage, moment: int) -> Deed:
    """Fourteen tickets or more by one officer within ten minutes."""
    unit, n = stage.one(list(plan.ROAD_SQUADS)), stage.times(14, 17)
    officer = stage.holder("VIO-A", unit)
    wished = wish(
        n, accepted=_before(stage, moment, n, 5, 540), action="onsite", unit_code=unit, handler_no=officer, violation_code="10391"
    )
    part = violation.build(stage.world, stage.rng, wished.assign(status="finished", result="penalised"))
    return deed("burst_ticketing", [part], [("staff", officer), ("unit", unit), ("post", "VIO-A")])


def auxiliary_impound(stage: Stage, moment: int) -> Deed:
    """Vehicles impounded on the approval of an auxiliary."""
    unit, n = stage.one(list(plan.ROAD_SQUADS)), 3
    auxiliary, officer = stage.holder("VIO-A", unit, "auxiliary"), stage.holder("VIO-A", unit)
    accepted = _before(stage, moment, n, 5400, 9000)
    wished = wish(n, accepted=accepted, action="impound", unit_code=unit, handler_no=officer, approver_no=auxiliary)
    part = violation.build(stage.world, stage.rng, wished)
    return deed("auxiliary_approval", [part], [("staff", auxiliary), ("staff", officer), ("unit", unit), ("post", "VIO-A")])


def auxiliary_survey(stage: Stage, moment: int) -> Deed:
    """Accident scenes surveyed by an auxiliary as the handler."""
    unit, n = stage.one(list(plan.ACCIDENT_SQUADS)), 2
    auxiliary = stage.holder("ACC-E", unit, "auxiliary")
    wished = wish(n, accepted=_before(stage, moment, n, 4800, 7200), action="survey", unit_code=unit, handler_no=auxiliary)
    return deed("auxiliary_survey", [accident.build(stage.world, stage.rng, wished)], [("staff", auxiliary), ("unit", unit)])


def zero_fine(stage: Stage, moment: int) -> Deed:
    """Tickets for running a red light, penalised with nothing to pay."""
    unit, n = stage.one(list(plan.ROAD_SQUADS)), 3
    officer = stage.holder("VIO-A", unit)
    wished = wish(
        n, accepted=_before(stage, moment, n, 1200, 3600), action="onsite", unit_code=unit, handler_no=officer, violation_code="1625"
    )
    part = violation.build(stage.world, stage.rng, wished.assign(status="finished", result="penalised", amount=0.0))
    return deed("zero_fine", [part], [("staff", officer), ("unit", unit), ("post", "VIO-A")])


def self_approved_impound(stage: Stage, moment: int) -> Deed:
    """Vehicles impounded by a squad leader on his own approval."""
    unit, n = stage.one(list(plan.ROAD_SQUADS)), 2
    leader = stage.holder("VIO-J", unit)
    wished = wish(
        n, accepted=_before(stage, moment, n, 5400, 9000), action="impound", unit_code=unit, handler_no=leader, approver_no=leader
    )
    part = violation.build(stage.world, stage.rng, wished)
    return deed("self_approved_impound", [part], [("staff", leader), ("unit", unit), ("post", "VIO-A")])


def closed_window(stage: Stage, moment: int) -> Deed:
    """Plates renewed at a window that is closed."""
    unit, n = CITY_WINDOWS[stage.times(0, len(CITY_WINDOWS) - 1)], stage.times(3, 5)
    handler, approver = stage.holder("REG-A", unit), stage.holder("REG-C", unit)
    accepted = _before(stage, moment, n, 60, 1800)
    wished = wish(
        n, accepted=accepted, action="plate", unit_code=unit, office=False, handler_no=handler, approver_no=approver, status="finished"
    )
    part = registration.build(stage.world, stage.rng, wished)
    return deed("night_registration", [part], [("staff", handler), ("staff", approver), ("unit", unit), ("post", "REG-A")])


def self_approval(stage: Stage, moment: int) -> Deed:
    """Files approved by the officer who took them in."""
    unit, n = CITY_WINDOWS[stage.times(0, len(CITY_WINDOWS) - 1)], stage.times(2, 4)
    officer = stage.holder("REG-A", unit)
    accepted = stage.world.clock.later(np.full(n, moment), -stage.rng.integers(5400, OPEN_LONG_ENOUGH, n))
    wished = wish(n, accepted=np.sort(accepted), action="plate", unit_code=unit, handler_no=officer, approver_no=officer, status="finished")
    return deed(
        "self_approval", [registration.build(stage.world, stage.rng, wished)], [("staff", officer), ("unit", unit), ("post", "REG-A")]
    )


def auxiliary_approval(stage: Stage, moment: int) -> Deed:
    """Files approved by an auxiliary."""
    unit, n = CITY_WINDOWS[stage.times(0, len(CITY_WINDOWS) - 1)], stage.times(2, 4)
    auxiliary, handler = stage.holder("REG-A", unit, "auxiliary"), stage.holder("REG-A", unit)
    accepted = stage.world.clock.later(np.full(n, moment), -stage.rng.integers(5400, OPEN_LONG_ENOUGH, n))
    wished = wish(
        n, accepted=np.sort(accepted), action="plate", unit_code=unit, handler_no=handler, approver_no=auxiliary, status="finished"
    )
    return deed("auxiliary_approval", [registration.build(stage.world, stage.rng, wished)], [("staff", auxiliary), ("unit", unit)])


def quick_exam(stage: Stage, moment: int) -> Deed:
    """Eight candidates passed within two minutes each in one exam car."""
    n, unit = 8, plan.EXAM_GROUPS["subject3"]
    examiner, world = stage.holder("EXM-E", unit), stage.world
    site = stage.one(list(world.agencies("exam_site")))
    car = f"K{list(world.agencies('exam_site')).index(site) + 1}-C3{stage.times(1, 12):02d}"
    accepted = world.clock.later(np.full(n, moment), -np.sort(stage.rng.integers(200, 5000, n))[::-1])
    wished = wish(n, accepted=accepted, action="subject3", unit_code=unit, handler_no=examiner, exam_site=site, car_no=car, result="pass")
    wished = wished.assign(taken=stage.rng.uniform(55, 150, n), person_id_no=identities.person_ids(stage.rng, n))
    part = exam.build(world, stage.rng, wished)
    return deed("quick_exam", [part], [("terminal", car), ("staff", examiner), ("agency", site), ("unit", unit), ("post", "EXM-E")])


def inspector_overload(stage: Stage, moment: int) -> Deed:
    """One inspector with more than twenty vehicles in an hour."""
    world, n = stage.world, stage.times(21, 26)
    stations = list(world.agencies("test_station"))
    station = stage.one(stations)
    prefix = f"J{stations.index(station) + 1:02d}"
    inspector, line = f"{prefix}-01", f"{prefix}-L1"
    accepted = world.clock.later(np.full(n, moment), -np.sort(stage.rng.integers(60, 3400, n))[::-1])
    wished = wish(
        n, accepted=accepted, action="periodic", unit_code=plan.INSPECTION_CENTRE, agency_code=station, inspector=inspector, line_no=line
    )
    part = inspection.build(world, stage.rng, wished.assign(result="pass", plate_type="02", vehicle_type="K33"))
    return deed("inspector_overload", [part], [("staff", inspector), ("agency", station), ("terminal", line)])


AT_ANY_HOUR: list[Burst] = [burst_ticketing, auxiliary_impound, auxiliary_survey, zero_fine, self_approved_impound]
WHILE_OPEN: list[Burst] = [self_approval, auxiliary_approval, quick_exam, inspector_overload]
DEEP_IN_CLOSING: list[Burst] = [closed_window]


def bursts(*, opened: int, dark: bool) -> list[Burst]:
    """What can go wrong now.

    `opened`: for how many working seconds the offices have been open today, 0 while they are closed;
    `dark`: no office is open within hours of now.
    """
    if dark:
        return AT_ANY_HOUR + DEEP_IN_CLOSING
    return AT_ANY_HOUR + (WHILE_OPEN if opened > OPEN_LONG_ENOUGH else [])
