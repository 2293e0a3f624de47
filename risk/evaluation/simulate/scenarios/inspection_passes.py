"""Stations and reviewers gone wrong as a whole: rates too good, strangers in number, pairs that find each other."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities
from risk.evaluation.simulate.lines import inspection
from risk.evaluation.simulate.scenarios import Change, Deed, Stage, in_turn, scenario
from risk.evaluation.simulate.scenarios.exam_passes import followers
from risk.evaluation.simulate.scenarios.inspection import CENTRE
from risk.evaluation.simulate.standard import LEVEL_OF_PAIRS

SEASON = 63
# how far honest stations are apart in passing, in log odds
STATIONS_APART = 0.25
# the share of failures let through by those who leave some for show
FOR_SHOW = 0.83


def _let_pass(stage: Stage, own: pd.DataFrame, share: float) -> tuple[list[int], Change, list[int]]:
    """All the passes of these tests and this share of the failures, let through: their rows, the change, the retests that fall away."""
    let = own[(own["result"] == "pass") | (stage.rng.random(len(own)) < stage.share(share))]
    rows = stage.use(let)
    turned = let.loc[let["result"] == "fail", "row"].to_numpy(dtype=np.int64)
    gone = followers(stage, turned)
    return [row for row in rows.tolist() if row not in set(gone)], Change(turned, {"result": "pass"}), gone


def _share(stage: Stage) -> float:
    """The share of failures let through: nearly all, or the careful way, which fails some for show."""
    return 0.95 if stage.way("nobody_fails", "some_fail") == "nobody_fails" else FOR_SHOW


def _all_pass_at(stage: Stage, column: str, half: int | None = None) -> tuple[str, pd.DataFrame]:
    """One of `column`, and the tests of a season or longer, in which it would be plain that nearly all pass, though some fail for show."""
    tests, failing = stage.shared.of("periodic"), 1 - inspection.PASS
    return stage.plain(tests, column, SEASON, failing, failing * (1 - FOR_SHOW), spread=STATIONS_APART, half=half)


@scenario("station_passes_all", wide=True)
def station_passes_all(stage: Stage) -> Deed:
    """A station that fails nobody any more: the word goes round that it is the place to go. The careful fail some for show."""
    # In the second half: in the first another has always done so, and three of fifteen stations gone wrong at once excuse each other.
    station, own = _all_pass_at(stage, "agency_code", half=1)
    rows, change, gone = _let_pass(stage, own, _share(stage))
    return stage.deed([], [("agency", station), ("unit", CENTRE)], rows=rows, changes=[change], dropped=gone)


@scenario("line_passes_all", wide=True)
def line_passes_all(stage: Stage) -> Deed:
    """One line of a station whose software knows no failures, or a few for show; the other line is as it should be."""
    line, own = _all_pass_at(stage, "line_no")
    rows, change, gone = _let_pass(stage, own, _share(stage))
    station = str(own["agency_code"].iloc[0])
    return stage.deed([], [("terminal", line), ("agency", station), ("unit", CENTRE)], rows=rows, changes=[change], dropped=gone)


@scenario("vehicles_from_afar")
def vehicles_from_afar(stage: Stage) -> Deed:
    """A station, or two of one owner, that passes vehicles of other cities in number which never came to it."""
    cases, tests = stage.times(30, 40), stage.shared.of("periodic")
    parts = 1 if stage.way("one_station", "two_stations") == "one_station" else 2
    stations, times = stage.lasting(tests, "agency_code", identities.from_afar(tests["plate_no"]), cases, 33, parts=parts)
    n = max(5, round(cases * times * stage.effect))
    part = stage.play(
        inspection,
        stage.office(n, days=round(20 * times), within=round(33 * times)),
        action="periodic",
        unit_code=CENTRE,
        agency_code=in_turn(n, *stations),
        result="pass",
        **stage.world.vehicles(stage.rng, n, outsiders=1.0).to_dict("series"),
    )
    return stage.deed([part], [*(("agency", station) for station in stations), ("unit", CENTRE)])


@scenario("reviewer_and_station", wide=True)
def reviewer_and_station(stage: Stage) -> Deed:
    """A reviewer, or two by turns, who pick the files of one station out of the common queue, and send none of them back."""
    online, reviewers = stage.shared.of("online"), stage.partners(lambda: stage.holder("INS-C", CENTRE))
    usual = round(float(online["handler_no"].isin(reviewers).mean()), 2) if len(online) else 0.1
    station, theirs = stage.plain(online, "agency_code", SEASON, usual, usual + (1 - usual) * 0.7, level=LEVEL_OF_PAIRS)
    theirs = theirs[stage.rng.random(len(theirs)) < stage.share(0.7)]
    taken = stage.use(theirs)
    chosen = in_turn(len(taken), *reviewers)
    change = Change(taken, {"handler_no": chosen, "terminal": stage.world.terminals(chosen), "result": "pass"})
    people = [("staff", number) for number in reviewers]
    subjects = [*people, ("agency", station), ("unit", CENTRE), ("post", "INS-C")]
    return stage.deed([], subjects, rows=taken.tolist(), changes=[change])
