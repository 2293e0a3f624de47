"""Misconduct in accident work."""

import numpy as np

from risk.evaluation.simulate import plan
from risk.evaluation.simulate.clocks import DAY, wall
from risk.evaluation.simulate.lines import accident
from risk.evaluation.simulate.rows import wish
from risk.evaluation.simulate.scenarios import Deed, Stage, deed, scenario


@scenario("overdue_determination")
def overdue_determination(stage: Stage) -> Deed | None:
    """Determinations one officer left lying for weeks, none of them waiting for an expert's report."""
    world, rng, n = stage.world, stage.rng, stage.times(4, 6)
    unit = stage.one(plan.ACCIDENT_SQUADS)
    latest = world.stop - 27 * DAY
    if latest <= wall(world.first_day):
        return None
    officer = stage.holder("ACC-C", unit)
    accepted = np.sort(rng.integers(max(wall(world.first_day), latest - 45 * DAY), latest, n))
    wished = wish(
        n, accepted=accepted, action="determination", unit_code=unit, handler_no=officer, determined_after_days=rng.uniform(13, 25, n)
    )
    part = accident.build(world, rng, wished)
    return deed("overdue_determination", [part], [("staff", officer), ("unit", unit), ("post", "ACC-C")])


@scenario("recurring_party")
def recurring_party(stage: Stage) -> Deed | None:
    """One driver and car in accident after accident, reported to the same clerk."""
    world, rng, n = stage.world, stage.rng, stage.times(6, 8)
    unit = stage.one(plan.ACCIDENT_SQUADS)
    clerk = stage.holder("ACC-A", unit, "auxiliary")
    accepted = np.sort(rng.integers(wall(world.first_day), world.stop - 3600, n))
    wished = wish(n, accepted=accepted, action="report", unit_code=unit, handler_no=clerk, severity="property", parties=2.0)
    car = world.vehicles(rng, 1, only=("02",), outsiders=0.0).iloc[0]
    wished = wished.assign(**car.drop("use").to_dict())
    part = accident.build(world, rng, wished)
    return deed(
        "recurring_party", [part], [("staff", clerk), ("person", car["person_id_no"]), ("vehicle", car["plate_no"]), ("unit", unit)]
    )


@scenario("auxiliary_survey")
def auxiliary_survey(stage: Stage) -> Deed | None:
    """An auxiliary who surveys accident scenes as the handler, which only officers may."""
    world, rng, n = stage.world, stage.rng, stage.times(5, 8)
    unit = stage.one(plan.ACCIDENT_SQUADS)
    days = stage.some(stage.days(open_days=True), 6, within=25)
    if not days:
        return None
    auxiliary = stage.holder("ACC-E", unit, "auxiliary")
    wished = wish(n, accepted=stage.moments(days, n, 7, 21), action="survey", unit_code=unit, handler_no=auxiliary)
    part = accident.build(world, rng, wished)
    responsible = world.detachment.staff.set_index("staff_no").at[auxiliary, "responsible_no"]
    return deed("auxiliary_survey", [part], [("staff", auxiliary), ("staff", responsible), ("unit", unit)])
