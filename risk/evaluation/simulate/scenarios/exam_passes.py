"""Passes for sale: misconduct that shows only in rates, pairs and runs of tests that look like others."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities
from risk.evaluation.simulate.clocks import DAY, wall
from risk.evaluation.simulate.lines import exam
from risk.evaluation.simulate.scenarios import Change, Deed, Stage, in_turn, scenario
from risk.evaluation.simulate.scenarios.exam import ROAD, THEORY, YARD, school_of
from risk.evaluation.simulate.standard import LEVEL_OF_PAIRS, fewest

GROUPS = {"subject2": ("EXM-D", YARD), "subject3": ("EXM-E", ROAD)}
SEASON = 84
# how far honest examiners, sites and cars are apart in passing, in log odds
SPREAD = 0.12


def followers(stage: Stage, rows: np.ndarray) -> list[int]:
    """The retests of these tests, and theirs: they never took place once the first was passed."""
    tests, found, last = stage.shared.honest[["row", "related"]], [], set(rows.tolist())
    while last:
        last = set(tests.loc[tests["related"].isin(last), "row"].tolist())
        found += sorted(last)
    return found


def passed(stage: Stage, tests: pd.DataFrame) -> tuple[Change, list[int]]:
    """Failed tests turned into passes, and the retests that fall away."""
    failed = tests[tests["result"] == "fail"]
    rows = stage.use(failed)
    needed = np.where(failed["action"] == "subject2", 80, 90)
    score = needed + stage.rng.integers(0, 8, len(failed)).astype(float)
    gone = followers(stage, rows)
    stage.shared.used |= set(gone)
    return Change(rows, {"result": "pass", "score": score}), gone


def turned(stage: Stage, tests: pd.DataFrame) -> tuple[list[Change], list[int]]:
    """As `passed`; nothing to change where nobody failed."""
    if not (tests["result"] == "fail").any():
        return [], []
    change, gone = passed(stage, tests)
    return [change], gone


def _subject(stage: Stage) -> tuple[str, str, str]:
    action = "subject2" if stage.rng.random() < 0.5 else "subject3"
    return action, *GROUPS[action]


def _passing(stage: Stage, tests: pd.DataFrame, column: str, share: float, days: int = SEASON) -> tuple[str, pd.DataFrame]:
    """One of `column`, and the tests of a season or longer, in which it would be plain that such a share of the failures is let through."""
    usual = round(float((tests["result"] == "pass").mean()), 2) if len(tests) else 0.7
    return stage.plain(tests, column, days, usual, 1 - (1 - usual) * (1 - share), spread=SPREAD)


@scenario("passes_sold", wide=True)
def passes_sold(stage: Stage) -> Deed:
    """An examiner who lets those pass who paid: half of his candidates at the standard effect, one in ten at a fifth of it; here and
    there, or on every second day, so that most days look as they should.
    """
    action, post, unit = _subject(stage)
    examiner, own = _passing(stage, stage.shared.of(action), "handler_no", 0.5)
    if stage.way("by_the_head", "by_the_day") == "by_the_head":
        paid = own[stage.rng.random(len(own)) < stage.share(0.5)]
    else:
        day = own["accepted"].to_numpy() // DAY
        days = stage.rng.permutation(np.unique(day))
        paid = own[np.isin(day, days[: max(1, round(len(days) * stage.share(0.5)))])]
    changes, gone = turned(stage, paid)
    clean = stage.use(paid[paid["result"] == "pass"])
    return stage.deed(
        [],
        [("staff", examiner), ("post", post), ("unit", unit)],
        rows=[*(int(row) for change in changes for row in change.rows), *clean.tolist()],
        changes=changes,
        dropped=gone,
    )


@scenario("lenient_examiner", wide=True)
def lenient_examiner(stage: Stage) -> Deed:
    """An examiner who closes both eyes for everybody over a season: whoever comes to him passes, nearly always; or in three weeks of
    four.
    """
    action, post, unit = _subject(stage)
    most_weeks = stage.way("always", "most_weeks") == "most_weeks"
    examiner, own = _passing(stage, stage.shared.of(action), "handler_no", 0.75 * 0.75 if most_weeks else 0.75)
    if most_weeks:
        own = own[own["accepted"].to_numpy() // (7 * DAY) % 4 != 0]
    let = own[(own["result"] == "pass") | (stage.rng.random(len(own)) < stage.share(0.75))]
    change, gone = passed(stage, let)
    clean = stage.use(let[let["result"] == "pass"])
    return stage.deed(
        [],
        [("staff", examiner), ("post", post), ("unit", unit)],
        rows=[*change.rows.tolist(), *clean.tolist()],
        changes=[change],
        dropped=gone,
    )


@scenario("blind_on_the_road", wide=True)
def blind_on_the_road(stage: Stage) -> Deed:
    """An examiner on the road who takes off no points by hand: what only he can see is not seen, or once for show."""
    share = 0.95 if stage.way("nothing", "for_show") == "nothing" else 0.83
    tests, usual = stage.shared.of("subject3"), exam.DEDUCTED
    examiner, own = stage.plain(tests, "handler_no", 60, usual, usual * (1 - share), spread=0.25)
    spared = own[(own["manual_deduct"].fillna(0) == 0) | (stage.rng.random(len(own)) < stage.share(share))]
    rows = stage.use(spared)
    change = Change(rows, {"manual_deduct": 0.0})
    return stage.deed([], [("staff", examiner), ("post", "EXM-E"), ("unit", ROAD)], rows=rows.tolist(), changes=[change])


@scenario("school_and_examiner", wide=True)
def school_and_examiner(stage: Stage) -> Deed:
    """Candidates of one school who are steered to one examiner or two, whatever the lot says."""
    action, post, unit = _subject(stage)
    tests, examiners = stage.shared.of(action), stage.partners(lambda: stage.holder(post, unit))
    usual = round(float(tests["handler_no"].isin(examiners).mean()), 2) if len(tests) else 0.1
    school, theirs = stage.plain(tests, "agency_code", SEASON, usual, usual + (1 - usual) * 0.6, level=LEVEL_OF_PAIRS)
    theirs = theirs[stage.rng.random(len(theirs)) < stage.share(0.6)]
    rows = stage.use(theirs)
    change = Change(rows, {"handler_no": in_turn(len(rows), *examiners)})
    easy, gone = turned(stage, theirs[stage.rng.random(len(theirs)) < 0.6])
    gone_set = set(gone)
    kept = [row for row in rows.tolist() if row not in gone_set]
    people = [("staff", number) for number in examiners]
    subjects = [*people, ("agency", school), ("unit", unit), ("post", post)]
    return stage.deed([], subjects, rows=kept, changes=[change, *easy], dropped=gone)


@scenario("passes_by_pair", wide=True)
def passes_by_pair(stage: Stage) -> Deed:
    """Candidates of two schools pass with one examiner and not so with others: no more of them than the lot gives him. The careful fail
    some.
    """
    tests = stage.free(pd.concat([stage.shared.of(action) for action in GROUPS]))
    sizes = tests.groupby("handler_no")["agency_code"].value_counts()
    sizes = sizes[sizes.groupby("handler_no").cumcount() < 2]
    both, second = (sizes.groupby("handler_no").agg(how).sort_values(ascending=False) for how in ("sum", "min"))
    share = 0.9 if stage.way("nearly_all", "some_fail") == "nearly_all" else 0.75
    usual = round(float((tests["result"] == "pass").mean()), 2) if len(tests) else 0.7
    # By the second largest of his schools: of thirty candidates nobody could say that more passed than the lot gave.
    plain = both[both >= fewest(usual, 1 - (1 - usual) * (1 - share), level=LEVEL_OF_PAIRS)].index
    examiner = stage.one([examiner for examiner in second.index[:5] if examiner in plain] or list(second.index[:1]))
    own = tests[tests["handler_no"] == examiner]
    chosen = [stage.one([school]) for school in own["agency_code"].value_counts().index[:2]]
    theirs = own[own["agency_code"].isin(chosen)]
    let = theirs[(theirs["result"] == "pass") | (stage.rng.random(len(theirs)) < stage.share(share))]
    change, gone = passed(stage, let)
    clean = stage.use(let[let["result"] == "pass"])
    subjects = [("staff", examiner), *(("agency", school) for school in dict.fromkeys(chosen)), ("unit", str(own["unit_code"].iloc[0]))]
    return stage.deed([], subjects, rows=[*change.rows.tolist(), *clean.tolist()], changes=[change], dropped=gone)


@scenario("rigged_car", wide=True)
def rigged_car(stage: Stage) -> Deed:
    """An examination car whose sensors were seen to: in two months or more everybody passes in it, or all but one in twelve, and
    candidates are steered into it.
    """
    n, rng = stage.count(40, 50, least=5), stage.rng
    everybody, school = stage.way("everybody", "some_fail") == "everybody", school_of(stage)
    car, own = _passing(stage, stage.shared.of("subject2"), "car_no", 1.0 if everybody else 0.75, 56)
    site, start, end = str(own["exam_site"].iloc[0]), int(own["accepted"].min()), int(own["accepted"].max()) + 1
    changes, gone = turned(stage, own if everybody else own[(own["result"] == "pass") | (np.arange(len(own)) % 12 > 0)])
    gone_set = set(gone)
    days = [day for day in stage.days(open_days=True) if start <= wall(day) < end]
    part = stage.play(
        exam,
        stage.within_office(stage.some(days, 30, within=56), n),
        action="subject2",
        unit_code=YARD,
        agency_code=np.where(rng.random(n) < 0.7, school, rng.choice(stage.world.agencies("driving_school"), n)),
        exam_site=site,
        car_no=car,
        result="pass" if everybody else np.where(np.arange(n) % 12 > 0, "pass", "fail"),
    )
    kept = [row for row in own["row"].astype(int) if row not in gone_set]
    return stage.deed(
        [part], [("terminal", car), ("agency", site), ("agency", school), ("unit", YARD)], rows=kept, changes=changes, dropped=gone
    )


@scenario("lenient_site", wide=True)
def lenient_site(stage: Stage) -> Deed:
    """A small private examination site that passes more than it should, with whichever examiner, to draw the schools: in one season, or
    less so over two.
    """
    days, share = (63, 0.65) if stage.way("one_season", "two_seasons") == "one_season" else (91, 0.5)
    tests = pd.concat([stage.shared.of("subject2"), stage.shared.of("subject3")])
    sizes = tests["exam_site"].value_counts()
    # In one half of the time, the other being another's: two of five sites gone wrong at once would leave none to compare them with.
    half = stage.shared.halves["sites"] = stage.times(0, 1)
    usual = round(float((tests["result"] == "pass").mean()), 2) if len(tests) else 0.7
    small = tests[tests["exam_site"].isin(sizes.index[-2:])]
    site, own = stage.plain(small, "exam_site", days, usual, 1 - (1 - usual) * (1 - share), spread=SPREAD, half=half)
    let = own[(own["result"] == "pass") | (stage.rng.random(len(own)) < stage.share(share))]
    change, gone = passed(stage, let)
    clean = stage.use(let[let["result"] == "pass"])
    subjects = [("agency", site), ("unit", YARD), ("unit", ROAD)]
    return stage.deed([], subjects, rows=[*change.rows.tolist(), *clean.tolist()], changes=[change], dropped=gone)


@scenario("places_sold", wide=True)
def places_sold(stage: Stage) -> Deed:
    """Places for tests given out past the internet queue to one school for money: many in six weeks, or fewer over a season."""
    days, share = (42, 0.45) if stage.way("six_weeks", "a_season") == "six_weeks" else (SEASON, 0.3)
    tests, usual = pd.concat([stage.shared.of(action) for action in exam.SUBJECTS]), 1 - exam.BY_INTERNET
    school, own = stage.plain(tests, "agency_code", days, usual, usual + (1 - usual) * share, spread=0.35)
    taken = stage.use(own[stage.rng.random(len(own)) < stage.share(share)])
    change = Change(taken, {"booking_channel": "window"})
    return stage.deed([], [("agency", school), ("post", "EXM-A"), ("unit", ROAD)], rows=taken.tolist(), changes=[change])


@scenario("pupils_from_afar")
def pupils_from_afar(stage: Stage) -> Deed:
    """A school, or two of one owner, that collects candidates from other provinces, where passing is harder, by lowering the bar."""
    cases, tests = stage.times(30, 40), stage.shared.of("subject1")
    parts = 1 if stage.way("one_school", "two_schools") == "one_school" else 2
    schools, times = stage.lasting(tests, "agency_code", identities.strangers(tests["person_id_no"]), cases, 33, parts=parts)
    n = max(5, round(cases * times * stage.effect))
    part = stage.play(
        exam,
        stage.office(n, days=round(20 * times), within=round(33 * times)),
        action="subject1",
        unit_code=THEORY,
        agency_code=in_turn(n, *schools),
        person_id_no=identities.person_ids(stage.rng, n, outsiders=1.0),
    )
    return stage.deed([part], [*(("agency", school) for school in schools), ("unit", THEORY), ("post", "EXM-A")])
