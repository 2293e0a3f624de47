"""Misconduct for somebody's sake: points for sale, cars that are always forgiven, a window everybody comes to from afar."""

import numpy as np

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.lines import violation
from risk.evaluation.simulate.scenarios import Deed, Stage, in_turn, scenario
from risk.evaluation.simulate.scenarios.violation import POINTED, violation_window


@scenario("points_for_sale")
def points_for_sale(stage: Stage) -> Deed:
    """One driving licence that takes the points of a dozen cars at one window, within a week or over months; or two licences by turns."""
    n, unit, rng = stage.count(9, 14, least=3), violation_window(stage), stage.rng
    how = stage.vary("in_a_week", "over_months", "two_licences")
    officer = stage.holder("VIO-D", unit)
    people = identities.person_ids(rng, 2 if how == "two_licences" else 1, outsiders=0.5)
    part = stage.play(
        violation,
        stage.office(n, days=4 if how == "in_a_week" else n, within=6 if how == "in_a_week" else 120),
        action="camera",
        unit_code=unit,
        handler_no=officer,
        violation_code=rng.choice(POINTED, n),
        person_id_no=rng.choice(people, n),
        **stage.world.vehicles(rng, n, only=("02",), outsiders=0.4).drop(columns=["person_id_no", "use"]).to_dict("series"),
    )
    return stage.deed([part], [("staff", officer), *(("person", str(no)) for no in people), ("unit", unit), ("post", "VIO-D")])


@scenario("licences_from_afar")
def licences_from_afar(stage: Stage) -> Deed:
    """A window officer, or two by turns, who settle violations on licences from other provinces, brought in bundles by a dealer in
    points.
    """
    rng, cases = stage.rng, stage.times(34, 44)
    rows = stage.shared.of("camera")
    rows = rows[rows["violation_code"].isin(POINTED) & ~identities.from_afar(rows["plate_no"])]
    parts = 1 if stage.way("alone", "by_turns") == "alone" else 2
    unit = str(rows["unit_code"].iloc[stage.times(0, len(rows) - 1)]) if len(rows) else violation_window(stage)
    rows = rows[rows["unit_code"] == unit]
    officers, times = stage.lasting(rows, "handler_no", identities.strangers(rows["person_id_no"]), cases, 33, parts=parts)
    n = max(6, round(cases * times * stage.effect))
    part = stage.play(
        violation,
        stage.office(n, days=round(12 * times), within=round(33 * times)),
        action="camera",
        unit_code=unit,
        handler_no=in_turn(n, *officers),
        violation_code=rng.choice(POINTED, n),
        person_id_no=identities.person_ids(rng, n, outsiders=1.0),
    )
    return stage.deed([part], [*(("staff", number) for number in officers), ("unit", unit), ("post", "VIO-D")])


@scenario("car_always_forgiven")
def car_always_forgiven(stage: Stage) -> Deed:
    """One car whose violations are cancelled again and again, under a reason that changes, by one officer or by two."""
    n, rng = stage.count(5, 8, least=2), stage.rng
    officers = stage.partners(lambda: stage.holder("VIO-E", plan.LEGAL))
    car = stage.world.vehicles(rng, 1, only=("02",)).drop(columns="use").iloc[0].to_dict()
    accepted = stage.office(n, days=n, within=80)
    part = stage.play(violation, accepted, action="cancel", unit_code=plan.LEGAL, handler_no=in_turn(n, *officers), **car)
    people = [("vehicle", car["plate_no"]), ("person", car["person_id_no"])]
    return stage.deed([part], [*(("staff", number) for number in officers), *people, ("unit", plan.LEGAL), ("post", "VIO-E")])


@scenario("cancellations_surge")
def cancellations_surge(stage: Stage) -> Deed:
    """An officer of the maintenance desk who suddenly cancels by the dozen under the word rescue, in one month or in two."""
    n, rng = stage.count(24, 32, least=4), stage.rng
    officer = stage.holder("VIO-E", plan.LEGAL)
    start = stage.days(open_days=True)
    late = start[len(start) // 2 :]
    pace = stage.pace(16, 26, seldom=(24, 52))
    accepted = stage.within_office(stage.some(late, pace["days"], within=pace["within"]), n)
    part = stage.play(
        violation,
        accepted,
        action="cancel",
        unit_code=plan.LEGAL,
        handler_no=officer,
        cancel_reason=np.where(rng.random(n) < 0.8, "rescue", "plate_error"),
    )
    return stage.deed([part], [("staff", officer), ("unit", plan.LEGAL), ("post", "VIO-E")])
