"""Misconduct in how often: tickets voided, cars warned, fines cut, firms called, always by the same."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate.lines import violation
from risk.evaluation.simulate.rows import NOTHING
from risk.evaluation.simulate.scenarios import Change, Deed, Stage, scenario
from risk.evaluation.simulate.standard import LEVEL_OF_PAIRS, fewest

SEASON = 91


def _finished(stage: Stage, action: str) -> pd.DataFrame:
    rows = stage.shared.of(action)
    return rows[(rows["status"] == "finished") & ~rows["violation_code"].isin(list(violation.DRINK_CODES))]


def _of_busy(stage: Stage, action: str, least: int, days: int = SEASON, *, beside: bool = False) -> tuple[str, str, pd.DataFrame]:
    """An officer who has so many untouched rows of an action in a stretch of days, his unit, and these rows.

    With `beside` the colleagues of his unit have as many together: where he does most of it anyway, there is nobody to set him apart from.

    Counted where the misconduct is to be: a share of a handful is no more than chance, and nobody could find it.
    """
    start, end = stage.stretch(days)
    rows = _finished(stage, action)
    rows = stage.free(rows[rows["accepted"].between(start, end)])
    if beside:
        everybody = rows.groupby("unit_code")["row"].transform("size")
        accompanied = rows[2 * rows.groupby("handler_no")["row"].transform("size") <= everybody]
        rows = accompanied if len(accompanied) else rows
    officer = stage.busiest(rows, least)
    own = rows[rows["handler_no"] == officer]
    return officer, str(own["unit_code"].iloc[0]), own


@scenario("tickets_voided", wide=True)
def tickets_voided(stage: Stage) -> Deed:
    """An officer who writes a ticket and voids it when somebody calls: one in six for six weeks or more, or one in eight over a season."""
    days, share = (42, 0.17) if stage.way("six_weeks", "a_season") == "six_weeks" else (84, 0.125)
    officer, own = stage.plain(_finished(stage, "onsite"), "handler_no", days, violation.VOIDED, share, spread=0.4)
    unit = str(own["unit_code"].iloc[0])
    bad = own.iloc[np.sort(stage.rng.permutation(len(own))[: max(1, round(len(own) * stage.share(share)))])]
    same = {name: bad[name].to_numpy() for name in (*violation.CARRIED, "unit_code", "handler_no")}
    dropped = stage.use(bad).tolist()
    part = stage.play(violation, bad["accepted"].to_numpy(), action="onsite", status="cancelled", result="penalised", **same)
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "VIO-A")], dropped=dropped)


@scenario("fines_cut", wide=True)
def fines_cut(stage: Stage) -> Deed:
    """Fines of half and less, or by a third so that they stay within the frame of the law, for whoever comes with a certain agent or
    greets by name, at one window officer's desk.
    """
    officer, unit, own = _of_busy(stage, "camera", 200)
    own = own[own["amount"].astype(float) > 0]
    cut = own[stage.rng.random(len(own)) < stage.share(0.45)]
    rows = stage.use(cut)
    part = (0.2, 0.5) if stage.way("by_half", "by_a_third") == "by_half" else (0.55, 0.75)
    amount = np.maximum(20, np.round(cut["amount"].to_numpy(dtype=float) * stage.rng.uniform(*part, len(cut)) / 10) * 10)
    change = Change(rows, {"amount": amount})
    return stage.deed([], [("staff", officer), ("unit", unit), ("post", "VIO-D")], rows=rows.tolist(), changes=[change])


@scenario("warned_instead", wide=True)
def warned_instead(stage: Stage) -> Deed:
    """An officer who warns where his colleagues fine, because he knows everybody; or every second one."""
    officer, unit, own = _of_busy(stage, "onsite", 80)
    minor = own[own["violation_code"].isin(list(violation.MINOR_CODES)) & (own["result"] == "penalised")]
    rows = stage.use(
        minor[stage.rng.random(len(minor)) < stage.share(0.7 if stage.way("nearly_all", "every_other") == "nearly_all" else 0.5)]
    )
    change = Change(rows, {"result": "warned", "amount": 0.0, "points": 0.0})
    return stage.deed([], [("staff", officer), ("unit", unit), ("post", "VIO-A")], rows=rows.tolist(), changes=[change])


@scenario("firm_always_called", wide=True)
def firm_always_called(stage: Stage) -> Deed:
    """An officer who calls one recovery firm whenever a vehicle is impounded, for a share of the fee; the careful call others now and
    then.
    """
    officer, unit, own = _of_busy(stage, "impound", 25, 182, beside=True)
    share = 0.9 if stage.way("always", "mostly") == "always" else 0.75
    around = stage.shared.of("impound").query("unit_code == @unit and handler_no != @officer")["agency_code"]
    firms = list(stage.world.agencies("recovery"))
    usual = {firm: round(max(0.5, float((around == firm).sum())) / max(1, len(around)), 2) for firm in firms}
    plain = [firm for firm in firms if fewest(usual[firm], usual[firm] + (1 - usual[firm]) * share, level=LEVEL_OF_PAIRS) <= len(own)]
    firm = stage.one(plain or [min(firms, key=lambda firm: usual[firm])])
    rows = stage.use(own[stage.rng.random(len(own)) < stage.share(share)])
    return stage.deed(
        [], [("staff", officer), ("agency", firm), ("unit", unit)], rows=rows.tolist(), changes=[Change(rows, {"agency_code": firm})]
    )


@scenario("education_unproven")
def education_unproven(stage: Stage) -> Deed:
    """Violations struck off as education that nobody gave: no photograph, no pledge, nothing."""
    officer, unit, _own = _of_busy(stage, "education", 20)
    n = stage.count(18, 24, least=3)
    part = stage.play(
        violation,
        stage.road(n, hours=(9, 17), **stage.pace(20, 33, seldom=(n, 60))),
        action="education",
        unit_code=unit,
        handler_no=officer,
        evidence_kind=NOTHING,
    )
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "VIO-H")])
