"""Whole offices gone wrong, on the road and after it: squads, windows and the section that cancels, each of one mind."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import plan
from risk.evaluation.simulate.clocks import DAY
from risk.evaluation.simulate.lines import violation
from risk.evaluation.simulate.scenarios import Change, Deed, NoRoom, Stage, scenario
from risk.evaluation.simulate.scenarios.offices import FROM_A_DATE, MONTH, of_office, spell, team

LARGE_WINDOW = 10
SQUADS = [code for code, work in plan.ROAD_SQUADS.items() if work >= 1]
WINDOWS = [code for code, size in plan.VIOLATION_WINDOWS.items() if size < LARGE_WINDOW]
LARGE_SQUADS = [code for code, work in plan.ACCIDENT_SQUADS.items() if work > 1]
SIX_WEEKS = 42


@scenario("squad_settles_summarily", office=True)
def squad_settles_summarily(stage: Stage) -> Deed:
    """An accident squad that closes accidents with injured by the summary procedure, one officer like the other, to be rid of them."""
    unit = stage.one(LARGE_SQUADS)
    own = of_office(stage, spell(stage, days=4 * MONTH), ("determination",), "unit_code", unit)
    hurt = own[own["severity"] == "injury"]
    closed = hurt[(hurt["procedure"] == "summary") | (stage.rng.random(len(hurt)) < stage.share(0.7))]
    rows = stage.use(closed)
    earlier = [row for row in closed["related"].tolist() if row >= 0]
    change = Change(np.array([*rows.tolist(), *earlier], dtype=np.int64), {"procedure": "summary"})
    return stage.deed([], team(stage, "ACC-C", unit), rows=rows.tolist(), changes=[change])


@scenario("squad_warns_all", office=True)
def squad_warns_all(stage: Stage) -> Deed:
    """A squad that warns wherever the law leaves it the choice, all of it: in a small place everybody is somebody's cousin."""
    unit = stage.one(SQUADS)
    own = of_office(stage, spell(stage), ("onsite",), "unit_code", unit)
    minor = own[own["violation_code"].isin(list(violation.MINOR_CODES)) & (own["status"] == "finished")]
    already = minor[minor["result"] == "warned"]
    spared = minor[(minor["result"] == "penalised") & (stage.rng.random(len(minor)) < stage.share(0.7))]
    rows = stage.use(pd.concat([spared, already])).tolist()
    change = Change(spared["row"].to_numpy(dtype=np.int64), {"result": "warned", "amount": 0.0, "points": 0.0})
    return stage.deed([], team(stage, "VIO-A", unit), rows=rows, changes=[change])


@scenario("window_cuts_fines", office=True)
def window_cuts_fines(stage: Stage) -> Deed:
    """A window where fines are cut for whoever knows to ask, at every desk."""
    unit = stage.one(WINDOWS)
    own = of_office(stage, spell(stage), ("camera",), "unit_code", unit)
    own = own[own["amount"].astype(float) > 0]
    cut = own[stage.rng.random(len(own)) < stage.share(0.45)]
    rows = stage.use(cut)
    amount = np.maximum(20, np.round(cut["amount"].to_numpy(dtype=float) * stage.rng.uniform(0.2, 0.5, len(cut)) / 10) * 10)
    return stage.deed([], team(stage, "VIO-D", unit), rows=rows.tolist(), changes=[Change(rows, {"amount": amount})])


@scenario("section_cancels", office=True)
def section_cancels(stage: Stage) -> Deed:
    """The legal section, all desks of it, cancels twice as many violations as before, or nearly so for longer, under the reasons it has
    always used.
    """
    days, more = (SIX_WEEKS, 1.0) if stage.way("six_weeks", "nine_weeks") == "six_weeks" else (9 * 7, 0.85)
    way = stage.variant
    start, end = spell(stage, FROM_A_DATE, days=days)
    stage.variant = way
    usual = of_office(stage, (start, end), ("cancel",), "unit_code", plan.LEGAL)
    entered = stage.shared.of("entry")
    entered = stage.free(entered[entered["accepted"].between(start - 25 * DAY, end - 5 * DAY)])
    entered = entered[~entered["row"].isin(usual["related"])]
    chosen = entered.iloc[np.sort(stage.rng.permutation(len(entered))[: round(len(usual) * more * stage.effect)])]
    if not len(chosen):
        raise NoRoom
    delay = np.maximum(chosen["accepted"].to_numpy() + stage.rng.integers(4, 30, len(chosen)) * DAY, start)
    accepted = stage.world.clock.later(delay, stage.rng.integers(0, 7 * 3600, len(chosen)))
    same = {name: chosen[name].to_numpy() for name in violation.CARRIED}
    part = stage.play(violation, accepted, action="cancel", unit_code=plan.LEGAL, related=chosen["row"].to_numpy(), **same)
    return stage.deed([part], team(stage, "VIO-E", plan.LEGAL))
