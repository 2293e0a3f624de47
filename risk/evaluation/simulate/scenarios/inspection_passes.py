"""Stations and reviewers gone wrong as a whole: rates too good, strangers in number, pairs that find each other."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate.lines import inspection
from risk.evaluation.simulate.scenarios import Change, Deed, NoRoom, Stage, in_turn, scenario
from risk.evaluation.simulate.scenarios.exam_passes import followers
from risk.evaluation.simulate.scenarios.inspection import CENTRE, station_of, stations_of

SEASON = 63


def _let_pass(stage: Stage, own: pd.DataFrame, share: float) -> tuple[list[int], Change, list[int]]:
    """All the passes of these tests and this share of the failures, let through: their rows, the change, the retests that fall away."""
    let = own[(own["result"] == "pass") | (stage.rng.random(len(own)) < stage.share(share))]
    rows = stage.use(let)
    turned = let.loc[let["result"] == "fail", "row"].to_numpy(dtype=np.int64)
    gone = followers(stage, turned)
    return [row for row in rows.tolist() if row not in set(gone)], Change(turned, {"result": "pass"}), gone


def _share(stage: Stage) -> float:
    """The share of failures let through: nearly all, or the careful way, which fails some for show."""
    return 0.95 if stage.way("nobody_fails", "some_fail") == "nobody_fails" else 0.83


def _tests(stage: Stage) -> pd.DataFrame:
    start, end = stage.stretch(SEASON)
    tests = stage.shared.of("periodic")
    return stage.free(tests[tests["accepted"].between(start, end)])


@scenario("station_passes_all", wide=True)
def station_passes_all(stage: Stage) -> Deed:
    """A station that fails nobody any more: the word goes round that it is the place to go. The careful fail some for show."""
    tests = _tests(stage)
    sizes = tests["agency_code"].value_counts()
    if not len(sizes):
        raise NoRoom
    station = stage.one(list(sizes.index[:10]))
    rows, change, gone = _let_pass(stage, tests[tests["agency_code"] == station], _share(stage))
    return stage.deed([], [("agency", station), ("unit", CENTRE)], rows=rows, changes=[change], dropped=gone)


@scenario("line_passes_all", wide=True)
def line_passes_all(stage: Stage) -> Deed:
    """One line of a station whose software knows no failures, or a few for show; the other line is as it should be."""
    tests = _tests(stage)
    sizes = tests["line_no"].value_counts()
    if not len(sizes):
        raise NoRoom
    line = stage.one(list(sizes.index[:14]))
    own = tests[tests["line_no"] == line]
    rows, change, gone = _let_pass(stage, own, _share(stage))
    station = str(own["agency_code"].iloc[0])
    return stage.deed([], [("terminal", line), ("agency", station), ("unit", CENTRE)], rows=rows, changes=[change], dropped=gone)


@scenario("vehicles_from_afar")
def vehicles_from_afar(stage: Stage) -> Deed:
    """A station, or two of one owner, that passes vehicles of other cities in number which never came to it."""
    n, stations = stage.count(30, 40, least=5), stations_of(stage)
    part = stage.play(
        inspection,
        stage.office(n, days=20, within=33),
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
    start, end = stage.stretch(SEASON)
    online = stage.shared.of("online")
    rows = stage.free(online[online["accepted"].between(start, end)])
    station, _ = station_of(stage)
    reviewers = stage.partners(lambda: stage.holder("INS-C", CENTRE))
    theirs = rows[(rows["agency_code"] == station) & (stage.rng.random(len(rows)) < stage.share(0.7))]
    taken = stage.use(theirs)
    chosen = in_turn(len(taken), *reviewers)
    change = Change(taken, {"handler_no": chosen, "terminal": stage.world.terminals(chosen), "result": "pass"})
    people = [("staff", number) for number in reviewers]
    subjects = [*people, ("agency", station), ("unit", CENTRE), ("post", "INS-C")]
    return stage.deed([], subjects, rows=taken.tolist(), changes=[change])
