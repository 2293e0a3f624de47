"""Honest offices that look as if all of them were in it: another kind of case, no past yet, or more business than ever."""

import numpy as np

from risk.evaluation.simulate import companies, plan
from risk.evaluation.simulate.clocks import DAY, wall
from risk.evaluation.simulate.lines import registration, violation
from risk.evaluation.simulate.scenarios import Change, Deed, NoRoom, Stage, scenario
from risk.evaluation.simulate.scenarios.lookalikes import honest
from risk.evaluation.simulate.scenarios.offices import SPELL, of_office
from risk.evaluation.simulate.scenarios.offices_road import SQUADS

COUNTY_WINDOWS = [code for code, size in plan.VIOLATION_WINDOWS.items() if size == min(plan.VIOLATION_WINDOWS.values())]
GROWING_WINDOW = "430700030400"


@scenario("lookalike:parking_district")
def parking_district(stage: Stage) -> Deed:
    """A squad among markets and schools, whose violations are of the small kind: it warns more often, case by case no more than others."""
    unit, world = stage.one(SQUADS), stage.world
    own = of_office(stage, (wall(world.first_day), world.stop), ("onsite",), "unit_code", unit)
    own = own[(own["status"] == "finished") & ~own["violation_code"].isin(list(violation.DRINK_CODES))]
    other = own[~own["violation_code"].isin(list(violation.MINOR_CODES)) & (stage.rng.random(len(own)) < 0.85)]
    if not len(other):
        raise NoRoom
    n = len(other)
    code = stage.rng.choice(np.array(list(violation.MINOR_CODES)), n)
    warned = stage.rng.random(n) < 2 * violation.WARNED
    fine = np.array([violation.CODES[one][1] for one in code], dtype=float)
    change = {
        "violation_code": code,
        "points": 0.0,
        "result": np.where(warned, "warned", "penalised"),
        "amount": np.where(warned, 0.0, fine),
    }
    return honest(stage, own, [("unit", unit)], changes=[Change(other["row"].to_numpy(dtype=np.int64), change)])


@scenario("lookalike:new_office")
def new_office(stage: Stage) -> Deed:
    """A county window that opened when the history was half over: before that day there was none, and afterwards it is busy at once."""
    camera, first = stage.shared.of("camera"), wall(stage.world.first_day)
    # One at which nobody does wrong with what was there before: half of a wrong would be left.
    spoilt = camera.loc[camera["row"].isin(stage.shared.used), "unit_code"].value_counts()
    unit = min(COUNTY_WINDOWS, key=lambda code: (spoilt.get(code, 0), code in stage.shared.taken))
    stage.shared.taken.add(unit)
    opened = first + int(stage.rng.uniform(0.4, 0.5) * (stage.world.last_day - stage.world.first_day).days) * DAY
    before = of_office(stage, (first, opened), ("camera",), "unit_code", unit)
    after = of_office(stage, (opened, stage.world.stop), ("camera",), "unit_code", unit)
    return honest(stage, after, [("unit", unit)], dropped=stage.use(before).tolist())


@scenario("lookalike:new_dealer")
def new_dealer(stage: Stage) -> Deed:
    """A window in whose district a large dealer has opened: a third more business, nearly all of it new cars through one company."""
    start, end = stage.stretch(SPELL)
    usual = of_office(stage, (start, end), ("new", "transfer", "change", "plate"), "unit_code", GROWING_WINDOW)
    n, dealer = max(4, len(usual) // 3), stage.one(list(stage.world.agencies("dealer")[: len(companies.CAR_DEALERS)]))
    days = [day for day in stage.days(open_days=True) if start <= wall(day) < end]
    cars = stage.world.vehicles(stage.rng, n, only=("02", "52")).to_dict("series")
    accepted = stage.within_office(days, n)
    part = stage.play(registration, accepted, action="new", unit_code=GROWING_WINDOW, agency_code=dealer, **cars)
    return stage.deed([part], [("unit", GROWING_WINDOW), ("agency", dealer)])
