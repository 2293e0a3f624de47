"""Misconduct in driver examinations."""

import numpy as np

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.lines import exam
from risk.evaluation.simulate.rows import wish
from risk.evaluation.simulate.scenarios import Deed, Stage, deed, scenario


@scenario("quick_exam")
def quick_exam(stage: Stage) -> Deed | None:
    """Candidates of one school passed within two minutes in one exam car by one examiner, in one week."""
    n, unit = stage.times(8, 12), plan.EXAM_GROUPS["subject3"]
    days = stage.some(stage.days(open_days=True), 3, within=6)
    if not days:
        return None
    rng, world = stage.rng, stage.world
    examiner = stage.holder("EXM-E", unit)
    school, site = stage.one(list(world.agencies("driving_school"))), stage.one(list(world.agencies("exam_site")))
    car = f"K{list(world.agencies('exam_site')).index(site) + 1}-C3{stage.times(1, 12):02d}"
    wished = wish(
        n, accepted=stage.within_office(days, n), action="subject3", unit_code=unit, handler_no=examiner, agency_code=school, exam_site=site
    )
    wished = wished.assign(
        car_no=car, result="pass", taken=rng.uniform(55, 150, n), person_id_no=identities.person_ids(rng, n, outsiders=0.2)
    )
    part = exam.build(world, rng, wished)
    subjects = [("terminal", car), ("staff", examiner), ("agency", school), ("agency", site), ("unit", unit), ("post", "EXM-E")]
    return deed("quick_exam", [part], subjects)


@scenario("weekend_exam")
def weekend_exam(stage: Stage) -> Deed | None:
    """Tests held on a closed day without a declared shift, everybody passing."""
    n, unit = stage.times(8, 12), plan.EXAM_GROUPS["subject2"]
    days = stage.some(stage.days(open_days=False), 2, within=9)
    if not days:
        return None
    rng, world = stage.rng, stage.world
    examiner, school = stage.holder("EXM-D", unit), stage.one(list(world.agencies("driving_school")))
    accepted = np.sort(stage.moments(days, n, 9.0, 15.0))
    wished = wish(
        n, accepted=accepted, action="subject2", unit_code=unit, office=False, handler_no=examiner, agency_code=school, result="pass"
    )
    part = exam.build(world, rng, wished)
    return deed("weekend_exam", [part], [("staff", examiner), ("agency", school), ("unit", unit), ("post", "EXM-D")])
