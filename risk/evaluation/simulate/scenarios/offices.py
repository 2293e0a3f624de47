"""Whole offices gone wrong, at windows, sites and stations: everybody there does it, so no colleague gives it away.

Some did it long before the history began and have no honest past to depart from: only other offices of their kind can show it. Some begin
on a day: their own past shows it.
"""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import plan
from risk.evaluation.simulate.clocks import wall
from risk.evaluation.simulate.lines import inspection, registration
from risk.evaluation.simulate.scenarios import Change, Deed, NoRoom, Stage, scenario
from risk.evaluation.simulate.scenarios.exam_passes import followers, passed
from risk.evaluation.simulate.scenarios.inspection_passes import STATIONS_APART
from risk.evaluation.simulate.scenarios.stage import DAY
from risk.evaluation.simulate.standard import fewest

LONG_SINCE, FROM_A_DATE = "long_since", "from_a_date"
LONG, SPELL, MONTH = 91, 63, 30
FEWEST, FEW = 4, 3
LARGE_WINDOW = 15
WINDOWS = [code for code, size in plan.REGISTRATION_WINDOWS.items() if size < LARGE_WINDOW and code != plan.ONE_OFFICER_WINDOW]
SEEN = ("new", "transfer")
REVIEWED = (*SEEN, "change")
GROUPS = {"subject2": "EXM-D", "subject3": "EXM-E"}
CENTRE = plan.INSPECTION_CENTRE


def spell(stage: Stage, *ways: str, days: int = SPELL) -> tuple[int, int]:
    """Wall seconds of beginning and end: from the first day, until somebody else took over; or from a day on, with a past before."""
    first, length = wall(stage.world.first_day), (stage.world.last_day - stage.world.first_day).days + 1
    if stage.vary(*(ways or (LONG_SINCE, FROM_A_DATE))) == LONG_SINCE:
        return first, min(first + max(LONG, days) * DAY, stage.world.stop)
    start = first + int(stage.rng.uniform(0.45, 0.6) * length) * DAY
    return start, min(start + days * DAY, stage.world.stop)


def of_office(stage: Stage, span: tuple[int, int], actions: tuple[str, ...], column: str, code: str) -> pd.DataFrame:
    """Untouched honest rows of some actions, of one office, in the spell. Raises NoRoom where there are next to none."""
    rows = pd.concat([stage.shared.of(action) for action in actions])
    own = stage.free(rows[(rows[column] == code) & (rows["accepted"] >= span[0]) & (rows["accepted"] < span[1])])
    if len(own) < FEWEST:
        raise NoRoom
    return own


def team(stage: Stage, post: str, unit: str) -> list[tuple[str, str]]:
    """Everybody who holds the post at the office, and the office."""
    return [("unit", unit), ("post", post), *(("staff", number) for number in stage.world.holders(post, unit))]


def _played_again(stage: Stage, rows: pd.DataFrame, **how: object) -> Deed:
    """Files of a window that went another way than the honest ones, which they replace."""
    same = {name: rows[name].to_numpy() for name in (*registration.CARRIED, "handler_no", "approver_no")}
    part = stage.play(registration, rows["accepted"].to_numpy(), status="finished", **same, **how)
    return Deed(stage.name, [part], part.frame["row"].astype(int).tolist(), [], dropped=stage.use(rows).tolist())


@scenario("window_returns_nothing", office=True)
def window_returns_nothing(stage: Stage) -> Deed:
    """A window where nobody sends a file back any more: what its reviewers should have returned is approved with the rest."""
    unit, span = stage.one(WINDOWS), spell(stage)
    own = of_office(stage, span, REVIEWED, "unit_code", unit)
    bad = own[(own["status"] == "returned") & (stage.rng.random(len(own)) < stage.share(0.95))]
    approved = stage.use(own[own["status"] != "returned"]).tolist()
    subjects = team(stage, "REG-C", unit)
    if not len(bad):
        return stage.deed([], subjects, rows=approved)
    instead = _played_again(stage, bad)
    return stage.deed(instead.parts, subjects, rows=approved, dropped=instead.dropped)


@scenario("window_looks_at_nothing", office=True)
def window_looks_at_nothing(stage: Stage) -> Deed:
    """A window whose examiners all sign without walking out to the vehicle: more than half of the examinations take two minutes,
    or nearly half where they are careful."""
    unit = stage.one(WINDOWS)
    own = of_office(stage, spell(stage, FROM_A_DATE, days=MONTH), SEEN, "unit_code", unit)
    share = 0.6 if stage.way("most", "nearly_half") == "most" else 0.45
    own = own[(own["status"] == "finished") & (stage.rng.random(len(own)) < stage.share(share))]
    if not len(own):
        raise NoRoom
    instead = _played_again(stage, own, examine_minutes=stage.rng.uniform(0.7, 2.5, len(own)))
    return stage.deed(instead.parts, team(stage, "REG-B", unit), dropped=instead.dropped)


def _all_pass(stage: Stage, own: pd.DataFrame, share: float, subjects: list[tuple[str, str]]) -> Deed:
    """All the passes of these tests, and this share of the failures let through."""
    let = own[(own["result"] == "pass") | (stage.rng.random(len(own)) < stage.share(share))]
    change, gone = passed(stage, let)
    clean = stage.use(let[let["result"] == "pass"])
    return stage.deed([], subjects, rows=[*change.rows.tolist(), *clean.tolist()], changes=[change], dropped=gone)


@scenario("group_lenient_together", office=True)
def group_lenient_together(stage: Stage) -> Deed:
    """All examiners of one subject, who agree over dinner to let candidates through from a day on: no examiner is above the others. The
    careful let through half.
    """
    action = "subject2" if stage.rng.random() < 0.5 else "subject3"
    unit = plan.EXAM_GROUPS[action]
    own = of_office(stage, spell(stage, FROM_A_DATE, days=MONTH), (action,), "unit_code", unit)
    return _all_pass(stage, own, 0.6 if stage.way("most", "half") == "most" else 0.5, team(stage, GROUPS[action], unit))


@scenario("site_lenient_together", office=True)
def site_lenient_together(stage: Stage) -> Deed:
    """An examination site where whoever examines is lenient: for longer than anybody has looked, or since the owner paid for it."""
    tests = pd.concat([stage.shared.of(action) for action in GROUPS])
    sizes = tests["exam_site"].value_counts()
    if not len(sizes):
        raise NoRoom
    site = stage.one(list(sizes.index[-3:]))
    ways = {0: (FROM_A_DATE,), 1: (LONG_SINCE,)}.get(stage.shared.halves.get("sites", -1), ())
    own = of_office(stage, spell(stage, *ways), tuple(GROUPS), "exam_site", site)
    return _all_pass(stage, own, 0.65, [("agency", site), *(("unit", plan.EXAM_GROUPS[action]) for action in GROUPS)])


def _let_pass(stage: Stage, own: pd.DataFrame, share: float, subjects: list[tuple[str, str]]) -> Deed:
    let = own[(own["result"] == "pass") | (stage.rng.random(len(own)) < stage.share(share))]
    rows = stage.use(let)
    turned = let.loc[let["result"] != "pass", "row"].to_numpy(dtype=np.int64)
    gone = followers(stage, turned)
    kept = [row for row in rows.tolist() if row not in set(gone)]
    return stage.deed([], subjects, rows=kept, changes=[Change(turned, {"result": "pass"})], dropped=gone)


@scenario("station_always_lenient", office=True)
def station_always_lenient(stage: Stage) -> Deed:
    """A station on both of whose lines nearly everybody has always passed, some for show: it has no other past."""
    way = stage.way("nobody_fails", "some_fail")
    share = 0.9 if way == "nobody_fails" else 0.8
    needed = fewest(
        1 - inspection.PASS, (1 - inspection.PASS) * (1 - share), spread=STATIONS_APART, peers=len(stage.world.agencies("test_station"))
    )
    tests, span = stage.shared.of("periodic"), spell(stage, LONG_SINCE)
    stage.variant = way
    first = stage.free(tests[tests["accepted"] < span[1]])["agency_code"].value_counts()
    station = stage.one(list(first[first >= needed].index) or list(first.index[:FEW]))
    own = of_office(stage, span, ("periodic",), "agency_code", station)
    return _let_pass(stage, own, share, [("agency", station), ("unit", CENTRE)])


@scenario("centre_rejects_nothing", office=True)
def centre_rejects_nothing(stage: Stage) -> Deed:
    """The reviewers of the inspection centre, told from above to be friendly, who reject nothing any more, whichever station sent it."""
    own = of_office(stage, spell(stage, FROM_A_DATE, days=MONTH), ("online",), "unit_code", CENTRE)
    return _let_pass(stage, own, 0.95 if stage.way("nothing", "for_show") == "nothing" else 0.85, team(stage, "INS-C", CENTRE))
