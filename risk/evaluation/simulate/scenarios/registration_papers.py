"""Misconduct with papers and records of vehicles: false certificates, revived wrecks, altered entries, citizens sent away."""

import numpy as np

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import DAY, wall
from risk.evaluation.simulate.lines import registration
from risk.evaluation.simulate.scenarios import Deed, NoRoom, Stage, in_turn, scenario
from risk.evaluation.simulate.scenarios.registration import CARS, elsewhere, window

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
    """Several vehicles through one clerk on one and the same paper, or at two windows that do not see each other's files."""
    unit, n = window(stage), stage.count(3, 5, least=2)
    desks = [(unit, stage.holder("REG-A", unit), stage.holder("REG-C", unit))]
    paper = identities.numbered("", stage.rng.integers(0, 10**12, 1), 12)[0]
    if stage.way("one_window", "two_windows") == "two_windows":
        other = elsewhere(stage, unit)
        desks.append((other, stage.holder("REG-A", other), stage.holder("REG-C", other)))
    units, handlers, approvers = zip(*desks, strict=True)
    part = stage.play(
        registration,
        stage.office(n, days=5, within=60),
        action=action,
        unit_code=in_turn(n, *units),
        handler_no=in_turn(n, *handlers),
        approver_no=in_turn(n, *approvers),
        status="finished",
        **{column: paper},
    )
    people = [("staff", number) for number in (*handlers, *approvers)]
    return stage.deed([part], [*people, *(("unit", code) for code in units), ("post", "REG-A")])


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
    """One identification number under two or three plates, given at one window or at two."""
    unit, n = window(stage), stage.times(2, 3)
    handler, examiner = stage.holder("REG-A", unit), stage.holder("REG-B", unit)
    desks = [(unit, handler, examiner)]
    if stage.way("one_window", "two_windows") == "two_windows":
        other = elsewhere(stage, unit)
        desks.append((other, stage.holder("REG-A", other), stage.holder("REG-B", other)))
    units, handlers, examiners = zip(*desks, strict=True)
    part = stage.play(
        registration,
        stage.office(n, days=3, within=90),
        action="new",
        unit_code=in_turn(n, *units),
        handler_no=in_turn(n, *handlers),
        examiner_no=in_turn(n, *examiners),
        status="finished",
        vin=identities.vins(stage.rng, 1)[0],
        plate_type="02",
    )
    people = [("staff", number) for number in (*handlers, *examiners)]
    return stage.deed([part], [*people, *(("unit", code) for code in units)])


@scenario("lost_title_mortgaged")
def lost_title_mortgaged(stage: Stage) -> Deed:
    """Papers reported lost and replaced, and the vehicle mortgaged days later through another agent: one car, two loans; at one window,
    or at another.
    """
    world, rng, n, unit = stage.world, stage.rng, stage.count(3, 5), window(stage)
    handler = stage.holder("REG-A", unit)
    cars = world.vehicles(rng, n, only=CARS).to_dict("series")
    first = stage.office(n, days=6, within=28)
    replaced = stage.play(
        registration, first, agency="", action="plate", unit_code=unit, agent_id_no=identities.person_ids(rng, n), status="finished", **cars
    )
    lender = unit
    if stage.way("one_window", "other_window") == "other_window":
        lender = elsewhere(stage, unit)
        handler = stage.holder("REG-A", lender)
    later = world.clock.later(first + rng.integers(1, 6, n) * DAY, rng.integers(600, 3 * 3600, n))
    mortgaged = stage.play(
        registration,
        later,
        agency="",
        action="mortgage",
        unit_code=lender,
        handler_no=handler,
        agent_id_no=identities.person_ids(rng, n),
        status="finished",
        **cars,
    )
    return stage.deed([replaced, mortgaged], [("staff", handler), ("unit", unit), ("unit", lender)])


@scenario("citizen_sent_away")
def citizen_sent_away(stage: Stage) -> Deed:
    """One citizen's file returned again and again, by one reviewer or by two, until an agent is hired who files it at once."""
    unit, n = window(stage), stage.count(5, 6, least=3)
    reviewers, rng = stage.partners(lambda: stage.holder("REG-C", unit)), stage.rng
    car = stage.world.vehicles(rng, 1, only=CARS).iloc[0].to_dict()
    part = stage.play(
        registration,
        stage.office(n, days=n, within=26),
        agency="",
        action="transfer",
        unit_code=unit,
        reviewer_no=in_turn(n, *reviewers),
        agent_id_no="-",
        status="returned",
        **car,
    )
    part.frame["agent_id_no"] = ""
    people = [("person", car["person_id_no"]), *(("staff", number) for number in reviewers)]
    return stage.deed([part], [*people, ("post", "REG-A"), ("unit", unit)])


@scenario("trailer_measures_copied")
def trailer_measures_copied(stage: Stage) -> Deed:
    """Flatbed trailers registered on the measurements of one that was measured; by one examiner, or by two in turn."""
    unit, n, rng = window(stage), stage.count(4, 7, least=2), stage.rng
    handler, examiners = stage.holder("REG-A", unit), stage.partners(lambda: stage.holder("REG-B", unit))
    copied = {name: float(np.round(rng.normal(usual, spread))) for name, (usual, spread) in registration.MEASURES.items()}
    part = stage.play(
        registration,
        stage.office(n, days=5, within=40),
        action="new",
        unit_code=unit,
        handler_no=handler,
        examiner_no=in_turn(n, *examiners),
        status="finished",
        **stage.world.vehicles(rng, n, only=("15",)).to_dict("series"),
        **copied,
    )
    return stage.deed([part], [("staff", handler), *(("staff", number) for number in examiners), ("unit", unit)])


@scenario("own_unlock")
def own_unlock(stage: Stage) -> Deed:
    """An officer of the suspicious vehicles desk who lifts locks he set himself, within days, or when nobody remembers who set them."""
    world, rng, n = stage.world, stage.rng, stage.count(2, 4)
    officer = stage.holder("REG-F", plan.VEHICLE_OFFICE)
    cars = world.vehicles(rng, n, only=CARS).to_dict("series")
    common = {"action": "change", "unit_code": plan.VEHICLE_OFFICE, "post_code": "REG-F", "handler_no": officer, "status": "finished"}
    soon = stage.way("within_days", "weeks_later") == "within_days"
    early = [day for day in stage.days(open_days=True) if wall(day) < world.stop - 60 * DAY]
    first = stage.office(n, days=6, within=50) if soon else stage.within_office(stage.some(early, 6, within=50), n)
    locked = stage.play(registration, first, agency="", lock_op="lock", **common, **cars)
    later = world.clock.later(first + rng.integers(*((2, 12) if soon else (20, 45)), n) * DAY, rng.integers(600, 3 * 3600, n))
    opened = stage.play(registration, later, agency="", lock_op="unlock", related=locked.frame["row"].to_numpy(), **common, **cars)
    return stage.deed([locked, opened], [("staff", officer), ("unit", plan.VEHICLE_OFFICE), ("post", "REG-F")])
