"""Misconduct with papers and records of vehicles: false certificates, revived wrecks, altered entries, citizens sent away."""

import numpy as np

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import DAY
from risk.evaluation.simulate.lines import registration
from risk.evaluation.simulate.scenarios import Deed, NoRoom, Stage, scenario
from risk.evaluation.simulate.scenarios.registration import CARS, window

KEY_FIELDS = ("use", "scrap_date", "first_date", "engine_no")


@scenario("key_fields_altered")
def key_fields_altered(stage: Stage) -> Deed:
    """An archivist who changes use, first registration or scrapping date of vehicles for money."""
    unit, n = window(stage), stage.count(4, 7)
    archivist = stage.one(stage.world.holders("REG-E", unit))
    days, within = {"plain": (4, 25), "monthly": (8, 90)}[stage.vary("plain", "monthly")]
    part = stage.play(
        registration,
        stage.office(n, days=days, within=within),
        action="correction",
        unit_code=unit,
        handler_no=archivist,
        field=stage.rng.choice(np.array(KEY_FIELDS), n),
        status="finished",
    )
    return stage.deed([part], [("staff", archivist), ("unit", unit), ("post", "REG-E")])


@scenario("revived_vehicle")
def revived_vehicle(stage: Stage) -> Deed:
    """Vehicles deregistered as scrap that come back: transferred or given new papers weeks later."""
    world, n = stage.world, stage.count(2, 4)
    gone = stage.free(stage.shared.of("cancel"))
    gone = gone[(gone["line"] == "registration") & (gone["status"] == "finished") & (gone["accepted"] < world.stop - 40 * DAY)]
    gone = gone.iloc[stage.rng.permutation(len(gone))[:n]]
    n, unit = len(gone), window(stage)
    if not n:
        raise NoRoom
    handler, approver = stage.holder("REG-A", unit), stage.holder("REG-C", unit)
    later = world.clock.later(gone["accepted"].to_numpy() + stage.rng.integers(9, 35, n) * DAY, stage.rng.integers(600, 4 * 3600, n))
    told = gone["row"].to_numpy() if stage.vary("linked", "unlinked") == "linked" else np.full(n, -1)
    same = {name: gone[name].to_numpy() for name in ("plate_no", "plate_type", "vin", "vehicle_type", "use", "person_id_no")}
    part = stage.play(
        registration,
        later,
        agency="",
        action=stage.rng.choice(np.array(["transfer", "plate"]), n),
        unit_code=unit,
        handler_no=handler,
        approver_no=approver,
        related=told,
        status="finished",
        **same,
    )
    return stage.deed([part], [("staff", handler), ("staff", approver), ("unit", unit)])


def _one_paper(stage: Stage, action: str, column: str) -> Deed:
    """Several vehicles through one clerk on one and the same paper."""
    unit, n = window(stage), stage.count(3, 5, least=2)
    handler, approver = stage.holder("REG-A", unit), stage.holder("REG-C", unit)
    paper = identities.numbered("", stage.rng.integers(0, 10**12, 1), 12)[0]
    part = stage.play(
        registration,
        stage.office(n, days=5, within=60),
        action=action,
        unit_code=unit,
        handler_no=handler,
        approver_no=approver,
        status="finished",
        **{column: paper},
    )
    return stage.deed([part], [("staff", handler), ("staff", approver), ("unit", unit), ("post", "REG-A")])


@scenario("scrap_certificate_reused")
def scrap_certificate_reused(stage: Stage) -> Deed:
    """One certificate of recycling under several deregistrations: cars sold on that should have been crushed."""
    return _one_paper(stage, "cancel", "recycle_cert_no")


@scenario("conformity_certificate_reused")
def conformity_certificate_reused(stage: Stage) -> Deed:
    """One certificate of conformity under several first registrations."""
    return _one_paper(stage, "new", "certificate_no")


@scenario("cloned_vehicle")
def cloned_vehicle(stage: Stage) -> Deed:
    """One identification number under two or three plates."""
    unit, n = window(stage), stage.times(2, 3)
    handler, examiner = stage.holder("REG-A", unit), stage.holder("REG-B", unit)
    part = stage.play(
        registration,
        stage.office(n, days=3, within=90),
        action="new",
        unit_code=unit,
        handler_no=handler,
        examiner_no=examiner,
        status="finished",
        vin=identities.vins(stage.rng, 1)[0],
        plate_type="02",
    )
    return stage.deed([part], [("staff", handler), ("staff", examiner), ("unit", unit)])


@scenario("lost_title_mortgaged")
def lost_title_mortgaged(stage: Stage) -> Deed:
    """Papers reported lost and replaced, and the vehicle mortgaged days later through another agent: one car, two loans."""
    world, rng, n, unit = stage.world, stage.rng, stage.count(3, 5), window(stage)
    handler = stage.holder("REG-A", unit)
    cars = world.vehicles(rng, n, only=CARS).to_dict("series")
    first = stage.office(n, days=6, within=28)
    replaced = stage.play(
        registration, first, agency="", action="plate", unit_code=unit, agent_id_no=identities.person_ids(rng, n), status="finished", **cars
    )
    later = world.clock.later(first + rng.integers(1, 6, n) * DAY, rng.integers(600, 3 * 3600, n))
    mortgaged = stage.play(
        registration,
        later,
        agency="",
        action="mortgage",
        unit_code=unit,
        handler_no=handler,
        agent_id_no=identities.person_ids(rng, n),
        status="finished",
        **cars,
    )
    return stage.deed([replaced, mortgaged], [("staff", handler), ("unit", unit)])


@scenario("citizen_sent_away")
def citizen_sent_away(stage: Stage) -> Deed:
    """One citizen's file returned again and again, until an agent is hired who files it at once."""
    unit, n = window(stage), stage.count(5, 6, least=3)
    reviewer, rng = stage.holder("REG-C", unit), stage.rng
    car = stage.world.vehicles(rng, 1, only=CARS).iloc[0].to_dict()
    part = stage.play(
        registration,
        stage.office(n, days=n, within=26),
        agency="",
        action="transfer",
        unit_code=unit,
        reviewer_no=reviewer,
        agent_id_no="-",
        status="returned",
        **car,
    )
    part.frame["agent_id_no"] = ""
    return stage.deed([part], [("person", car["person_id_no"]), ("staff", reviewer), ("post", "REG-A"), ("unit", unit)])


@scenario("trailer_measures_copied")
def trailer_measures_copied(stage: Stage) -> Deed:
    """Flatbed trailers registered on the measurements of one that was measured."""
    unit, n, rng = window(stage), stage.count(4, 7, least=2), stage.rng
    handler, examiner = stage.holder("REG-A", unit), stage.holder("REG-B", unit)
    copied = {name: float(np.round(rng.normal(usual, spread))) for name, (usual, spread) in registration.MEASURES.items()}
    part = stage.play(
        registration,
        stage.office(n, days=5, within=40),
        action="new",
        unit_code=unit,
        handler_no=handler,
        examiner_no=examiner,
        status="finished",
        **stage.world.vehicles(rng, n, only=("15",)).to_dict("series"),
        **copied,
    )
    return stage.deed([part], [("staff", handler), ("staff", examiner), ("unit", unit)])


@scenario("own_unlock")
def own_unlock(stage: Stage) -> Deed:
    """An officer of the suspicious vehicles desk who lifts locks he set himself."""
    world, rng, n = stage.world, stage.rng, stage.count(2, 4)
    officer = stage.holder("REG-F", plan.VEHICLE_OFFICE)
    cars = world.vehicles(rng, n, only=CARS).to_dict("series")
    common = {"action": "change", "unit_code": plan.VEHICLE_OFFICE, "post_code": "REG-F", "handler_no": officer, "status": "finished"}
    first = stage.office(n, days=6, within=50)
    locked = stage.play(registration, first, agency="", lock_op="lock", **common, **cars)
    later = world.clock.later(first + rng.integers(2, 12, n) * DAY, rng.integers(600, 3 * 3600, n))
    opened = stage.play(registration, later, agency="", lock_op="unlock", related=locked.frame["row"].to_numpy(), **common, **cars)
    return stage.deed([locked, opened], [("staff", officer), ("unit", plan.VEHICLE_OFFICE), ("post", "REG-F")])
