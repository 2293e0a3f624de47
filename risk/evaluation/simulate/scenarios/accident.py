"""Misconduct in accident work."""

from typing import Any

import numpy as np

from risk.evaluation.simulate import plan
from risk.evaluation.simulate.clocks import DAY, wall
from risk.evaluation.simulate.demand import daytime
from risk.evaluation.simulate.lines import accident
from risk.evaluation.simulate.scenarios import Change, Deed, NoRoom, Stage, scenario

CARRIED = ("person_id_no", "plate_no", "plate_type", "vin", "vehicle_type", "phone", "severity", "parties", "place")


def _squad(stage: Stage) -> str:
    return stage.one(list(plan.ACCIDENT_SQUADS))


def _left_lying(stage: Stage, n: int, days: int, **how: Any) -> tuple[list, str, str]:
    """Determinations of one officer, accepted early enough to be over `days` days later."""
    world, unit = stage.world, _squad(stage)
    latest = world.stop - days * DAY
    if latest <= wall(world.first_day):
        raise NoRoom
    officer = stage.holder("ACC-C", unit)
    begin = max(wall(world.first_day), latest - int(stage.rng.integers(45, 120)) * DAY)
    accepted = np.sort(stage.rng.integers(begin, max(begin + DAY, min(latest, begin + 45 * DAY)), n))
    return [stage.play(accident, accepted, action="determination", unit_code=unit, handler_no=officer, **how)], unit, officer


def _late(stage: Stage, weeks: tuple[float, float], days: tuple[float, float]) -> tuple[float, float]:
    """How late, in days: by weeks, or by the few days somebody takes who knows the term."""
    return weeks if stage.way("by_weeks", "by_days") == "by_weeks" else days


@scenario("overdue_determination")
def overdue_determination(stage: Stage) -> Deed:
    """Determinations one officer left lying for days or weeks past the term, none of them waiting for an expert's report."""
    n = stage.count(4, 6, least=2)
    parts, unit, officer = _left_lying(
        stage, n, 27, severity="property", entrusted=0.0, determined_after_days=stage.rng.uniform(*_late(stage, (13, 25), (10.6, 13.5)), n)
    )
    return stage.deed(parts, [("staff", officer), ("unit", unit), ("post", "ACC-C")])


@scenario("late_service")
def late_service(stage: Stage) -> Deed:
    """Determinations handed over days or a week too late, so that the days for asking a review run out."""
    n = stage.count(4, 6, least=2)
    parts, unit, officer = _left_lying(
        stage, n, 24, severity="property", entrusted=0.0, served_after_days=stage.rng.uniform(*_late(stage, (7, 13), (4.2, 6.5)), n)
    )
    return stage.deed(parts, [("staff", officer), ("unit", unit), ("post", "ACC-D")])


@scenario("late_referral")
def late_referral(stage: Stage) -> Deed:
    """Blood and vehicles sent to the expert days or a week too late, when they prove nothing any more."""
    n = stage.count(3, 5, least=2)
    parts, unit, officer = _left_lying(
        stage, n, 34, severity="injury", entrusted=1.0, entrusted_after_days=stage.rng.uniform(*_late(stage, (6, 11), (4, 6)), n)
    )
    return stage.deed(parts, [("staff", officer), ("unit", unit), ("post", "ACC-C")])


@scenario("slow_opinion")
def slow_opinion(stage: Stage) -> Deed:
    """Expert opinions that take a month or two, until the parties settle for less."""
    n = stage.count(3, 4, least=2)
    parts, unit, officer = _left_lying(
        stage, n, 70, severity="injury", entrusted=1.0, appraised_after_days=stage.rng.uniform(*_late(stage, (38, 58), (23, 34)), n)
    )
    return stage.deed(parts, [("staff", officer), ("unit", unit), ("post", "ACC-C")])


@scenario("grave_case_made_simple")
def grave_case_made_simple(stage: Stage) -> Deed:
    """Deaths and grave injuries, or only such injuries as heal, closed by the summary procedure."""
    n = stage.count(2, 4)
    parts, unit, officer = _left_lying(
        stage,
        n,
        20,
        severity=stage.rng.choice(
            np.array(["serious", "serious", "fatal" if stage.way("deaths_too", "injuries_only") == "deaths_too" else "serious"]), n
        ),
        procedure="summary",
        entrusted=0.0,
    )
    return stage.deed(parts, [("staff", officer), ("unit", unit), ("post", "ACC-C")])


@scenario("liability_altered")
def liability_altered(stage: Stage) -> Deed:
    """Approved determinations sent again with another liability, much milder or by one step, after a word from somebody."""
    made = stage.shared.of("determination")
    made = stage.free(made[(made["finished"] < stage.world.stop) & (made["result"].isin(["full", "main"]))])
    officers = made["handler_no"].value_counts()
    if not len(officers):
        raise NoRoom
    officer = stage.one(list(officers.index[:12]))
    own = made[made["handler_no"] == officer].iloc[: stage.count(2, 3)]
    rows = stage.use(own)
    unit = str(own["unit_code"].iloc[0])
    milder = "equal"
    if stage.way("much", "one_step") == "one_step":
        milder = own["result"].map({"full": "main", "main": "equal"}).to_numpy()
    people = [("staff", officer), ("unit", unit), ("post", "ACC-C")]
    return stage.deed([], people, rows=rows.tolist(), again=[Change(rows, {"result": milder})])


@scenario("own_determination_reviewed")
def own_determination_reviewed(stage: Stage) -> Deed:
    """The officer who made the determination decides the complaint against it: at once, or weeks later."""
    world, rng = stage.world, stage.rng
    made = stage.shared.of("determination")
    made = made[made["finished"] < world.stop - 30 * DAY]
    officers = made["handler_no"].value_counts()
    if not len(officers):
        raise NoRoom
    officer = stage.one(list(officers.index[:12]))
    own = made[made["handler_no"] == officer].iloc[: stage.count(2, 3)]
    accepted = world.clock.later(
        own["finished"].to_numpy() + (3 if stage.way("at_once", "weeks_later") == "at_once" else 22) * DAY,
        rng.integers(600, 4 * 3600, len(own)),
    )
    part = stage.play(
        accident,
        accepted,
        action="review",
        unit_code=plan.ACCIDENTS,
        handler_no=officer,
        related=own["row"].to_numpy(),
        **{name: own[name].to_numpy() for name in CARRIED},
    )
    return stage.deed([part], [("staff", officer), ("unit", plan.ACCIDENTS), ("post", "ACC-G")])


@scenario("determined_and_approved")
def determined_and_approved(stage: Stage) -> Deed:
    """A squad leader who determines liability and approves it himself."""
    n, unit = stage.count(4, 6), _squad(stage)
    leader = stage.holder("ACC-H", unit)
    accepted = stage.road(n, **stage.pace(n, 40, seldom=(n, 120)))
    part = stage.play(accident, accepted, action="determination", unit_code=unit, handler_no=leader, approver_no=leader)
    return stage.deed([part], [("staff", leader), ("unit", unit), ("post", "ACC-C"), ("post", "ACC-H")])


@scenario("vehicle_kept_back")
def vehicle_kept_back(stage: Stage) -> Deed:
    """Vehicles of accidents held for a week and more after their owners were told to fetch them, while the parking fee grows."""
    n, unit, world = stage.count(3, 5, least=2), _squad(stage), stage.world
    keeper = stage.holder("ACC-E", unit, "auxiliary")
    latest = world.stop - 40 * DAY
    if latest <= wall(world.first_day):
        raise NoRoom
    accepted = daytime(stage.rng, np.sort(stage.rng.integers(max(wall(world.first_day), latest - 60 * DAY), latest, n)))
    part = stage.play(
        accident,
        accepted,
        action="release",
        unit_code=unit,
        handler_no=keeper,
        fetched_after_days=stage.rng.uniform(*_late(stage, (16, 34), (11, 16)), n),
    )
    return stage.deed([part], [("staff", keeper), ("unit", unit), ("post", "ACC-E")])


@scenario("recurring_party")
def recurring_party(stage: Stage) -> Deed:
    """One driver in accident after accident, reported to the same clerk: for the insurance. With one car, or with another each time."""
    world, rng, n, unit = stage.world, stage.rng, stage.count(6, 8, least=3), _squad(stage)
    clerk = stage.holder("ACC-A", unit, "auxiliary")
    accepted = np.sort(rng.integers(wall(world.first_day), world.stop - 3600, n))
    cars = world.vehicles(rng, n, only=("02",), outsiders=0.0).drop(columns="use")
    one_car = stage.vary("one_car", "other_cars") == "one_car"
    cars = cars.iloc[[0] * n].reset_index(drop=True) if one_car else cars.assign(person_id_no=cars["person_id_no"].iloc[0])
    part = stage.play(
        accident, accepted, action="report", unit_code=unit, handler_no=clerk, severity="property", parties=2.0, **cars.to_dict("series")
    )
    people = [("person", cars["person_id_no"].iloc[0]), *(("vehicle", plate) for plate in cars["plate_no"].unique())]
    return stage.deed([part], [("staff", clerk), *people, ("unit", unit)])


@scenario("auxiliary_survey")
def auxiliary_survey(stage: Stage) -> Deed:
    """An auxiliary who surveys accident scenes as the handler, which only officers may."""
    n, unit = stage.count(4, 8), _squad(stage)
    auxiliary = stage.holder("ACC-E", unit, "auxiliary")
    part = stage.play(accident, stage.road(n, **stage.pace(6, 25, seldom=(n, 90))), action="survey", unit_code=unit, handler_no=auxiliary)
    responsible = stage.world.detachment.staff.set_index("staff_no").at[auxiliary, "responsible_no"]
    return stage.deed([part], [("staff", auxiliary), ("staff", responsible), ("unit", unit)])
