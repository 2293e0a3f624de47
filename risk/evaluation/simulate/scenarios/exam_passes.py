"""Passes for sale: misconduct that shows only in rates, pairs and runs of tests that look like others."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities
from risk.evaluation.simulate.clocks import DAY, wall
from risk.evaluation.simulate.lines import exam
from risk.evaluation.simulate.scenarios import Change, Deed, NoRoom, Stage, in_turn, scenario
from risk.evaluation.simulate.scenarios.exam import ROAD, THEORY, YARD, school_of, site_of

GROUPS = {"subject2": ("EXM-D", YARD), "subject3": ("EXM-E", ROAD)}
SEASON = 84


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


def _season(stage: Stage, tests: pd.DataFrame, days: int = SEASON) -> pd.DataFrame:
    start, end = stage.stretch(days)
    return stage.free(tests[tests["accepted"].between(start, end)])


def _subject(stage: Stage) -> tuple[str, str, str]:
    action = "subject2" if stage.rng.random() < 0.5 else "subject3"
    return action, *GROUPS[action]


@scenario("passes_sold", wide=True)
def passes_sold(stage: Stage) -> Deed:
    """An examiner who lets those pass who paid: half of his candidates at the standard effect, one in ten at a fifth of it; here and
    there, or on every second day, so that most days look as they should.
    """
    action, post, unit = _subject(stage)
    examiner = stage.busy(action, 60)
    own = _season(stage, stage.shared.of(action).query("handler_no == @examiner"))
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
    examiner = stage.busy(action, 60)
    own = _season(stage, stage.shared.of(action).query("handler_no == @examiner"))
    if stage.way("always", "most_weeks") == "most_weeks":
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
    examiner = stage.busy("subject3", 60)
    start, end = stage.stretch(60)
    own = stage.free(stage.shared.of("subject3").query("handler_no == @examiner and accepted >= @start and accepted < @end"))
    spared = own[
        (own["manual_deduct"].fillna(0) == 0)
        | (stage.rng.random(len(own)) < stage.share(0.95 if stage.way("nothing", "for_show") == "nothing" else 0.83))
    ]
    rows = stage.use(spared)
    change = Change(rows, {"manual_deduct": 0.0})
    return stage.deed([], [("staff", examiner), ("post", "EXM-E"), ("unit", ROAD)], rows=rows.tolist(), changes=[change])


@scenario("school_and_examiner", wide=True)
def school_and_examiner(stage: Stage) -> Deed:
    """Candidates of one school who are steered to one examiner or two, whatever the lot says."""
    action, post, unit = _subject(stage)
    tests = _season(stage, stage.shared.of(action))
    schools = tests["agency_code"].value_counts()
    if not len(schools):
        raise NoRoom
    school, examiners = stage.one(list(schools.index[:10])), stage.partners(lambda: stage.holder(post, unit))
    theirs = tests[(tests["agency_code"] == school) & (stage.rng.random(len(tests)) < stage.share(0.6))]
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
    action, _post, unit = _subject(stage)
    tests = stage.free(stage.shared.of(action))
    sizes = tests.groupby("handler_no")["agency_code"].value_counts()
    second = sizes[sizes.groupby("handler_no").cumcount() == 1].droplevel("agency_code").sort_values(ascending=False)
    clean_ones = [examiner for examiner in second.index if examiner not in stage.shared.taken]
    # By the second largest of his schools: of thirty candidates nobody could say that more passed than the lot gave.
    examiner = stage.one((clean_ones or list(second.index))[:3])
    own = tests[tests["handler_no"] == examiner]
    chosen = [stage.one([school]) for school in own["agency_code"].value_counts().index[:2]]
    theirs = own[own["agency_code"].isin(chosen)]
    let = theirs[
        (theirs["result"] == "pass")
        | (stage.rng.random(len(theirs)) < stage.share(0.9 if stage.way("nearly_all", "some_fail") == "nearly_all" else 0.75))
    ]
    change, gone = passed(stage, let)
    clean = stage.use(let[let["result"] == "pass"])
    subjects = [("staff", examiner), *(("agency", school) for school in dict.fromkeys(chosen)), ("unit", unit)]
    return stage.deed([], subjects, rows=[*change.rows.tolist(), *clean.tolist()], changes=[change], dropped=gone)


@scenario("rigged_car", wide=True)
def rigged_car(stage: Stage) -> Deed:
    """An examination car whose sensors were seen to: in two months everybody passes in it, or all but one in twelve, and candidates are
    steered into it.
    """
    n, rng = stage.count(40, 50, least=5), stage.rng
    (site, letter), school = site_of(stage), school_of(stage)
    car = f"{letter}-C2{stage.times(1, exam.CARS):02d}"
    start, end = stage.stretch(56)
    own = stage.shared.of("subject2")
    own = stage.free(own[(own["car_no"] == car) & own["accepted"].between(start, end)])
    everybody = stage.way("everybody", "some_fail") == "everybody"
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
    days, share = (63, 0.65) if stage.way("one_season", "two_seasons") == "one_season" else (126, 0.5)
    start, end = stage.stretch(days)
    tests = pd.concat([stage.shared.of("subject2"), stage.shared.of("subject3")])
    sizes = tests["exam_site"].value_counts()
    if not len(sizes):
        raise NoRoom
    site = stage.one(list(sizes.index[-2:]))
    own = stage.free(tests[(tests["exam_site"] == site) & tests["accepted"].between(start, end)])
    let = own[(own["result"] == "pass") | (stage.rng.random(len(own)) < stage.share(share))]
    change, gone = passed(stage, let)
    clean = stage.use(let[let["result"] == "pass"])
    subjects = [("agency", site), ("unit", YARD), ("unit", ROAD)]
    return stage.deed([], subjects, rows=[*change.rows.tolist(), *clean.tolist()], changes=[change], dropped=gone)


@scenario("places_sold", wide=True)
def places_sold(stage: Stage) -> Deed:
    """Places for tests given out past the internet queue to one school for money: many in six weeks, or fewer over a season."""
    school = school_of(stage)
    days, share = (42, 0.45) if stage.way("six_weeks", "a_season") == "six_weeks" else (SEASON, 0.3)
    start, end = stage.stretch(days)
    rows = stage.shared.honest
    own = stage.free(rows[(rows["agency_code"] == school) & rows["action"].isin(exam.SUBJECTS) & rows["accepted"].between(start, end)])
    taken = stage.use(own[stage.rng.random(len(own)) < stage.share(share)])
    change = Change(taken, {"booking_channel": "window"})
    return stage.deed([], [("agency", school), ("post", "EXM-A"), ("unit", ROAD)], rows=taken.tolist(), changes=[change])


@scenario("pupils_from_afar")
def pupils_from_afar(stage: Stage) -> Deed:
    """A school, or two of one owner, that collects candidates from other provinces, where passing is harder, by lowering the bar."""
    n, schools = stage.count(30, 40, least=5), stage.partners(lambda: school_of(stage), "one_school", "two_schools")
    part = stage.play(
        exam,
        stage.office(n, days=20, within=33),
        action="subject1",
        unit_code=THEORY,
        agency_code=in_turn(n, *schools),
        person_id_no=identities.person_ids(stage.rng, n, outsiders=1.0),
    )
    return stage.deed([part], [*(("agency", school) for school in schools), ("unit", THEORY), ("post", "EXM-A")])
