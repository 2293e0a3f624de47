"""Misconduct in vehicle inspection."""

import numpy as np

from risk.evaluation.simulate import plan
from risk.evaluation.simulate.clocks import wall
from risk.evaluation.simulate.lines import inspection
from risk.evaluation.simulate.rows import wish
from risk.evaluation.simulate.scenarios import Deed, Stage, deed, scenario

CENTRE = plan.INSPECTION_CENTRE
WEEKLY_REVIEWS = 101


def _station(stage: Stage) -> tuple[str, str]:
    """A test station and the prefix of its lines and inspectors."""
    stations = list(stage.world.agencies("test_station"))
    station = stage.one(stations)
    return station, f"J{stations.index(station) + 1:02d}"


@scenario("weekend_inspection")
def weekend_inspection(stage: Stage) -> Deed | None:
    """Tests of one station reviewed and passed on closed days, no shift declared."""
    n = stage.times(8, 14)
    days = stage.some(stage.days(open_days=False), 2, within=9)
    if not days:
        return None
    reviewer, (station, _) = stage.holder("INS-C", CENTRE), _station(stage)
    accepted = stage.moments(days, n, 9.0, 16.0)
    wished = wish(
        n, accepted=accepted, action="periodic", unit_code=CENTRE, office=False, handler_no=reviewer, agency_code=station, result="pass"
    )
    part = inspection.build(stage.world, stage.rng, wished)
    return deed("weekend_inspection", [part], [("staff", reviewer), ("agency", station), ("unit", CENTRE), ("post", "INS-C")])


@scenario("inspector_overload")
def inspector_overload(stage: Stage) -> Deed | None:
    """One inspector on one line with more vehicles in an hour than hands allow, every one passed."""
    n, days = stage.times(20, 25), stage.some(stage.days(open_days=True), 1, within=1)
    if not days:
        return None
    station, prefix = _station(stage)
    inspector, line = f"{prefix}-{stage.times(1, 4):02d}", f"{prefix}-L{stage.times(1, 2)}"
    start = wall(days[0]) + int((9.2 + stage.rng.random()) * 3600)
    accepted = np.sort(start + stage.rng.integers(0, 52 * 60, n))
    wished = wish(
        n, accepted=accepted, action="periodic", unit_code=CENTRE, agency_code=station, inspector=inspector, line_no=line, result="pass"
    )
    part = inspection.build(stage.world, stage.rng, wished.assign(plate_type="02", vehicle_type="K33"))
    return deed("inspector_overload", [part], [("staff", inspector), ("agency", station), ("terminal", line), ("unit", CENTRE)])


@scenario("seconds_review")
def seconds_review(stage: Stage) -> Deed | None:
    """A reviewer who passes a week of online reviews in seconds each, most of them of one station."""
    n, days = WEEKLY_REVIEWS + stage.times(0, 4), stage.some(stage.days(open_days=True), 4, within=6)
    if not days:
        return None
    rng, (station, _) = stage.rng, _station(stage)
    reviewer = stage.holder("INS-C", CENTRE)
    others = rng.choice(stage.world.agencies("test_station"), n)
    wished = wish(n, accepted=stage.within_office(days, n), action="online", unit_code=CENTRE, handler_no=reviewer, result="pass")
    wished = wished.assign(agency_code=np.where(rng.random(n) < 0.6, station, others), review_seconds=rng.uniform(3, 16, n))
    part = inspection.build(stage.world, rng, wished)
    return deed("seconds_review", [part], [("staff", reviewer), ("agency", station), ("unit", CENTRE), ("post", "INS-C")])
