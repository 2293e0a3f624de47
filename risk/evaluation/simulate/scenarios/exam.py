"""Misconduct in single driver examinations: too quick, out of hours, keyed by hand, too early, by those who may not."""

import numpy as np

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import DAY
from risk.evaluation.simulate.lines import exam
from risk.evaluation.simulate.scenarios import Deed, NoRoom, Stage, in_turn, scenario

ROAD, YARD, THEORY = plan.EXAM_GROUPS["subject3"], plan.EXAM_GROUPS["subject2"], plan.EXAM_GROUPS["subject1"]


def site_of(stage: Stage) -> tuple[str, str]:
    """An examination site and the letters of its rooms and cars."""
    sites = list(stage.world.agencies("exam_site"))
    site = stage.one(sites)
    return site, f"K{sites.index(site) + 1}"


def school_of(stage: Stage) -> str:
    return stage.one(list(stage.world.agencies("driving_school")))


@scenario("quick_exam")
def quick_exam(stage: Stage) -> Deed:
    """Candidates of one school passed within two minutes in an examination car by one examiner; in one car, or in three by turns."""
    n, rng = stage.count(8, 13, least=2), stage.rng
    examiner, school, (site, letter) = stage.holder("EXM-E", ROAD), school_of(stage), site_of(stage)
    cars = np.array([f"{letter}-C3{number:02d}" for number in rng.permutation(np.arange(1, exam.CARS + 1))])
    cars = cars[: 3 if stage.vary("one_car", "three_cars") == "three_cars" else 1]
    part = stage.play(
        exam,
        stage.office(n, days=3, within=6),
        action="subject3",
        unit_code=ROAD,
        handler_no=examiner,
        agency_code=school,
        exam_site=site,
        car_no=rng.choice(cars, n),
        result="pass",
        taken=rng.uniform(55, 150, n),
        person_id_no=identities.person_ids(rng, n, outsiders=0.2),
    )
    places = [("terminal", str(car)) for car in cars]
    return stage.deed([part], [*places, ("staff", examiner), ("agency", school), ("agency", site), ("unit", ROAD), ("post", "EXM-E")])


@scenario("remote_answers")
def remote_answers(stage: Stage) -> Deed:
    """Theory tests answered by somebody at the far end of a wire: all questions right within three minutes, at one seat or two."""
    n, rng = stage.count(7, 11, least=2), stage.rng
    examiner, school, (site, letter) = stage.holder("EXM-C", THEORY), school_of(stage), site_of(stage)
    room = f"{letter}-R{stage.times(1, 2)}"
    seats = stage.partners(lambda: f"{room}-{stage.times(1, exam.SEATS):02d}", "one_seat", "two_seats")
    part = stage.play(
        exam,
        stage.office(n, days=4, within=7),
        action="subject1",
        unit_code=THEORY,
        handler_no=examiner,
        agency_code=school,
        exam_site=site,
        room=room,
        seat=in_turn(n, *seats),
        result="pass",
        taken=rng.uniform(80, 200, n),
        score=rng.integers(97, 101, n).astype(float),
    )
    return stage.deed(
        [part], [*(("terminal", seat) for seat in seats), ("staff", examiner), ("agency", school), ("agency", site), ("unit", THEORY)]
    )


@scenario("weekend_exam")
def weekend_exam(stage: Stage) -> Deed:
    """Tests held on closed days without a declared shift, everybody passing."""
    n = stage.count(8, 12)
    days = stage.some(stage.days(open_days=False), 2 if stage.vary("one_weekend", "three_weekends") == "one_weekend" else 3, within=28)
    examiner, school = stage.holder("EXM-D", YARD), school_of(stage)
    accepted = stage.moments(days, n, 9.0, 15.0)
    part = stage.play(
        exam, accepted, action="subject2", unit_code=YARD, office=False, handler_no=examiner, agency_code=school, result="pass"
    )
    return stage.deed([part], [("staff", examiner), ("agency", school), ("unit", YARD), ("post", "EXM-D")])


@scenario("keyed_results")
def keyed_results(stage: Stage) -> Deed:
    """Passes entered by hand under the pretext of a broken line, on days when the line was in order."""
    n = stage.count(5, 8)
    examiner, school = stage.holder("EXM-D", YARD), school_of(stage)
    part = stage.play(
        exam,
        stage.office(n, **stage.pace(6, 28, seldom=(n, 90))),
        action="subject2",
        unit_code=YARD,
        handler_no=examiner,
        agency_code=school,
        entry_mode="manual",
        result="pass",
    )
    return stage.deed([part], [("staff", examiner), ("agency", school), ("unit", YARD), ("post", "EXM-D")])


@scenario("booked_too_early")
def booked_too_early(stage: Stage) -> Deed:
    """Road tests days after the theory, before the hours of practice can have been driven: long before, or by a few days."""
    world, rng, n = stage.world, stage.rng, stage.count(4, 7)
    school, people = school_of(stage), identities.person_ids(rng, n)
    first = stage.office(n, days=8, within=30)
    theory = stage.play(exam, first, action="subject1", unit_code=THEORY, agency_code=school, person_id_no=people, result="pass")
    later = world.clock.later(
        first + rng.integers(*((4, 15) if stage.way("long_before", "by_days") == "long_before" else (14, 19)), n) * DAY,
        rng.integers(600, 4 * 3600, n),
    )
    road = stage.play(exam, later, action="subject3", unit_code=ROAD, agency_code=school, person_id_no=people)
    return stage.deed([theory, road], [("unit", ROAD), ("agency", school), ("post", "EXM-A")])


@scenario("attempts_over_limit")
def attempts_over_limit(stage: Stage) -> Deed:
    """Candidates let into a sixth and seventh attempt, which must begin anew; of one school or two."""
    n = stage.count(3, 5)
    unit, action = (YARD, "subject2") if stage.rng.random() < 0.5 else (ROAD, "subject3")
    schools = stage.partners(lambda: school_of(stage), "one_school", "two_schools")
    part = stage.play(
        exam,
        stage.office(n, days=5, within=28),
        action=action,
        unit_code=unit,
        agency_code=in_turn(n, *schools),
        attempt=stage.rng.integers(6, 8, n).astype(float),
    )
    return stage.deed([part], [("unit", unit), *(("agency", school) for school in schools), ("post", "EXM-A")])


@scenario("quick_second_chance")
def quick_second_chance(stage: Stage) -> Deed:
    """Failed candidates of one school who sit again after days or a week and pass, where others wait for ten days."""
    world, rng = stage.world, stage.rng
    failed = stage.shared.of("subject2")
    parents = set(stage.shared.honest["related"].to_numpy())
    failed = stage.free(failed[(failed["result"] == "fail") & ~failed["row"].isin(parents) & (failed["accepted"] < world.stop - 9 * DAY)])
    schools = failed["agency_code"].value_counts()
    if not len(schools):
        raise NoRoom
    school = stage.one(list(schools.index[:8]))
    chosen = failed[failed["agency_code"] == school].iloc[: stage.count(4, 7)]
    n = len(chosen)
    examiner = stage.holder("EXM-D", YARD)
    later = world.clock.later(
        chosen["accepted"].to_numpy()
        + rng.integers(*((2, 6) if stage.way("after_days", "after_a_week") == "after_days" else (6, 9)), n) * DAY,
        rng.integers(600, 4 * 3600, n),
    )
    part = stage.play(
        exam,
        later,
        action="subject2",
        unit_code=YARD,
        handler_no=examiner,
        related=chosen["row"].to_numpy(),
        attempt=chosen["attempt"].to_numpy() + 1,
        result="pass",
        **{name: chosen[name].to_numpy() for name in ("person_id_no", "agency_code", "licence_class", "exam_site", "phone")},
    )
    stage.use(chosen)
    return stage.deed([part], [("unit", YARD), ("agency", school), ("staff", examiner), ("post", "EXM-A")])


@scenario("auxiliary_examiner")
def auxiliary_examiner(stage: Stage) -> Deed:
    """An auxiliary who sits in as the examiner on the road, in place of an officer who stays away."""
    n = stage.count(5, 9)
    auxiliary = stage.holder("EXM-A", ROAD, "auxiliary")
    part = stage.play(exam, stage.office(n, **stage.pace(4, 20, seldom=(n, 75))), action="subject3", unit_code=ROAD, handler_no=auxiliary)
    responsible = stage.world.detachment.staff.set_index("staff_no").at[auxiliary, "responsible_no"]
    return stage.deed([part], [("staff", auxiliary), ("staff", responsible), ("unit", ROAD), ("post", "EXM-E")])


@scenario("own_supervisor")
def own_supervisor(stage: Stage) -> Deed:
    """An examiner who signs as the supervisor of his own tests."""
    n = stage.count(5, 9)
    examiner = stage.holder("EXM-D", YARD)
    part = stage.play(
        exam,
        stage.office(n, **stage.pace(5, 25, seldom=(n, 75))),
        action="subject2",
        unit_code=YARD,
        handler_no=examiner,
        approver_no=examiner,
    )
    return stage.deed([part], [("staff", examiner), ("unit", YARD), ("post", "EXM-D")])


@scenario("study_by_proxy")
def study_by_proxy(stage: Stage) -> Deed:
    """Full-point study sat by one man with one telephone, or two, for a dozen drivers, on one machine."""
    n, unit = stage.count(9, 15, least=3), plan.LICENCE_WINDOW
    clerk = stage.holder("EXM-J", unit, "auxiliary")
    terminal = str(stage.world.terminals(np.array([clerk]))[0])
    one = stage.way("one_telephone", "two_telephones") == "one_telephone"
    accepted = stage.office(n, days=9, within=28)
    wished = {
        "action": "study",
        "unit_code": unit,
        "handler_no": clerk,
        "phone": in_turn(n, *identities.phones(stage.rng, 1 if one else 2)),
        "terminal": terminal,
    }
    part = exam.build_licences(stage.world, stage.rng, exam.wish(n, accepted=accepted, **wished))
    return stage.deed([part], [("terminal", terminal), ("staff", clerk), ("unit", unit), ("post", "EXM-J")])


@scenario("auxiliary_licence")
def auxiliary_licence(stage: Stage) -> Deed:
    """Licences renewed on the approval of an auxiliary."""
    n, unit = stage.count(4, 8), plan.LICENCE_WINDOW
    auxiliary = stage.holder("EXM-J", unit, "auxiliary")
    accepted = stage.office(n, **stage.pace(5, 25, seldom=(n, 75)))
    wished = exam.wish(n, accepted=accepted, action="licence_renew", unit_code=unit, approver_no=auxiliary)
    part = exam.build_licences(stage.world, stage.rng, wished)
    return stage.deed([part], [("staff", auxiliary), ("unit", unit), ("post", "EXM-H")])
