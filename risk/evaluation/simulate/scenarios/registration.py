"""Misconduct at the counters of vehicle registration: out of hours, without the second pair of eyes, without the vehicle, for an agent."""

import numpy as np

from risk.evaluation.simulate import companies, identities, plan
from risk.evaluation.simulate.lines import registration
from risk.evaluation.simulate.scenarios import Deed, Stage, in_turn, scenario

CITY_WINDOWS = [code for code in plan.REGISTRATION_WINDOWS if code.startswith("430700")]
CARS, MOTORCYCLES, ELECTRIC = ("02",), ("07",), ("52",)
SIGNED = ("transfer", "change", "plate")


def window(stage: Stage) -> str:
    """A city window, where there are people enough to keep parts apart."""
    return CITY_WINDOWS[stage.times(0, len(CITY_WINDOWS) - 1)]


def elsewhere(stage: Stage, unit: str) -> str:
    """Another city window."""
    others = [code for code in CITY_WINDOWS if code != unit]
    return others[stage.times(0, len(others) - 1)]


@scenario("night_registration")
def night_registration(stage: Stage) -> Deed:
    """Registrations carried through in the evening or on a Sunday, the window closed and no shift declared, all at once or scattered."""
    unit, n = window(stage), stage.count(8, 13)
    if stage.vary("evenings", "sunday", "scattered") == "sunday":
        accepted = stage.moments(stage.some([day for day in stage.days(open_days=False) if day.weekday() == 6], 2, within=25), n, 9.5, 16)
    else:
        scattered = stage.variant == "scattered"
        accepted = stage.moments(stage.some(stage.days(open_days=True), 8 if scattered else 3, within=28 if scattered else 14), n, 20, 22.2)
    handler, approver = stage.holder("REG-A", unit), stage.holder("REG-C", unit)
    part = stage.play(
        registration, accepted, action="transfer", unit_code=unit, office=False, handler_no=handler, approver_no=approver, status="finished"
    )
    return stage.deed([part], [("staff", handler), ("staff", approver), ("unit", unit), ("post", "REG-A"), ("post", "REG-C")])


@scenario("self_approval")
def self_approval(stage: Stage) -> Deed:
    """An officer of a well-manned window who approves what he handled himself; once a week at most where he is careful."""
    unit, n = window(stage), stage.count(5, 9)
    days, within = {"plain": (6, 20), "spread": (30, 60)}[stage.vary("plain", "spread")]
    officer = stage.holder("REG-A", unit)
    part = stage.play(
        registration,
        stage.office(n, days=days, within=within),
        action=stage.rng.choice(np.array(SIGNED), n),
        unit_code=unit,
        handler_no=officer,
        approver_no=officer,
        status="finished",
    )
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "REG-A")])


@scenario("mutual_approval")
def mutual_approval(stage: Stage) -> Deed:
    """The one who examined the vehicle approves it: two of three signatures in one hand; every few days, or once a week at most."""
    unit, n = window(stage), stage.count(5, 8)
    officer = stage.holder("REG-C", unit)
    part = stage.play(
        registration,
        stage.office(n, **stage.pace(8, 30, seldom=(n, 75))),
        action=stage.rng.choice(np.array(["new", "transfer"]), n),
        unit_code=unit,
        examiner_no=officer,
        approver_no=officer,
        status="finished",
    )
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "REG-C")])


@scenario("auxiliary_approval")
def auxiliary_approval(stage: Stage) -> Deed:
    """An auxiliary, or two in turn, who approve and sign the approving step with an officer's rights."""
    unit, n = window(stage), stage.count(5, 9)
    who = stage.holders("REG-A", unit, 2 if stage.vary("one", "in_turn") == "in_turn" else 1, "auxiliary")
    handlers = [no for no in stage.world.holders("REG-A", unit) if no not in who]
    part = stage.play(
        registration,
        stage.office(n, days=6, within=25),
        action="transfer",
        unit_code=unit,
        handler_no=stage.rng.choice(handlers, n),
        approver_no=stage.rng.choice(who, n),
        status="finished",
    )
    staff = stage.world.detachment.staff.set_index("staff_no")
    subjects = [("staff", no) for no in (*who, *(staff.at[no, "responsible_no"] for no in who))]
    return stage.deed([part], [*subjects, ("unit", unit)])


def _unseen(stage: Stage, **how: float) -> Deed:
    unit, n = window(stage), stage.count(5, 9)
    handler, examiner, approver = stage.holder("REG-A", unit, "auxiliary"), stage.holder("REG-B", unit), stage.holder("REG-C", unit)
    pace = stage.pace(6, 24, seldom=(n, 70))
    part = stage.play(
        registration,
        stage.moments(stage.some(stage.days(open_days=True), pace["days"], within=pace["within"]), n, 8.6, 11),
        action="new",
        unit_code=unit,
        handler_no=handler,
        examiner_no=examiner,
        approver_no=approver,
        status="finished",
        **how,
    )
    people = [("staff", no) for no in (examiner, approver, handler)]
    return stage.deed([part], [*people, ("unit", unit), ("post", "REG-B")])


@scenario("examined_late")
def examined_late(stage: Stage) -> Deed:
    """New vehicles given their plates hours before anybody looked at them."""
    return _unseen(stage, examined_late=1.0)


@scenario("never_examined")
def never_examined(stage: Stage) -> Deed:
    """New vehicles given plates without any examination on record."""
    return _unseen(stage, unexamined=1.0)


@scenario("unregistered_agent")
def unregistered_agent(stage: Stage) -> Deed:
    """A tout of no agency who files for dozens of owners, mostly with one clerk; or relatives of his in turn, all with his telephone."""
    unit, n = window(stage), stage.count(30, 38, least=4)
    rng, world = stage.rng, stage.world
    relatives = stage.vary("alone", "slowly", "relatives") == "relatives"
    days, within = (36, 60) if stage.variant == "slowly" else (18, 27)
    agents, handler = identities.person_ids(rng, 3 if relatives else 1), stage.holder("REG-A", unit, "auxiliary")
    accepted = stage.office(n, days=days, within=within)
    part = stage.play(
        registration,
        accepted,
        agency="",
        action=rng.choice(np.array(["transfer", "plate", "transfer", "new"]), n),
        unit_code=unit,
        handler_no=np.where(rng.random(n) < 0.8, handler, world.pick(rng, np.full(n, unit), "REG-A", at=accepted)),
        agent_id_no=rng.choice(agents, n),
        status="finished",
        **(world.vehicles(rng, n, only=CARS).drop(columns="phone").to_dict("series") | {"phone": identities.phones(rng, 1)[0]}),
    )
    return stage.deed([part], [*(("agent", str(agent)) for agent in agents), ("staff", handler), ("unit", unit)])


@scenario("motorcycle_bulk")
def motorcycle_bulk(stage: Stage) -> Deed:
    """Motorcycles registered in bulk for one agent of one dealer, most owners from elsewhere; in two days, or a few every day."""
    unit, n = window(stage), stage.count(31, 40, least=5)
    days = 2 if stage.vary("at_once", "a_few_a_day") == "at_once" else 15
    rng, world = stage.rng, stage.world
    dealer = stage.one(list(world.agencies("dealer")[len(companies.CAR_DEALERS) :]))
    agent, handler, examiner = str(world.clerks[dealer][0]), stage.holder("REG-A", unit, "auxiliary"), stage.holder("REG-B", unit)
    part = stage.play(
        registration,
        stage.office(n, days=days, within=24),
        action="new",
        unit_code=unit,
        handler_no=handler,
        examiner_no=examiner,
        agency_code=dealer,
        agent_id_no=agent,
        status="finished",
        **world.vehicles(rng, n, only=MOTORCYCLES, outsiders=0.7).to_dict("series"),
    )
    return stage.deed([part], [("agent", agent), ("agency", dealer), ("staff", handler), ("staff", examiner), ("unit", unit)])


@scenario("paper_cars")
def paper_cars(stage: Stage) -> Deed:
    """New-energy cars that exist on paper: one dealer or two, one batch, each examined in two minutes, for the subsidy."""
    unit, n = window(stage), stage.count(24, 32, least=4)
    rng, world = stage.rng, stage.world
    dealers = stage.partners(lambda: stage.one(list(world.agencies("dealer")[: len(companies.CAR_DEALERS)])), "one_dealer", "two_dealers")
    handler, examiner = stage.holder("REG-A", unit), stage.holder("REG-B", unit)
    part = stage.play(
        registration,
        stage.office(n, days=3, within=12),
        action="new",
        unit_code=unit,
        handler_no=handler,
        examiner_no=examiner,
        agency_code=in_turn(n, *dealers),
        examine_minutes=rng.uniform(0.7, 2.5, n),
        status="finished",
        **world.vehicles(rng, n, only=ELECTRIC).to_dict("series"),
    )
    return stage.deed([part], [*(("agency", code) for code in dealers), ("staff", examiner), ("staff", handler), ("unit", unit)])
