"""Driver examinations, licences and study: accept → exam → review; accept → approve → issue."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate import rows as rowing
from risk.evaluation.simulate.clocks import DAY
from risk.evaluation.simulate.demand import office_count, office_moments, shares
from risk.evaluation.simulate.rows import Draft, Rows, wish
from risk.evaluation.simulate.world import World

SUBJECTS = ("subject1", "subject2", "subject3", "subject4")
FIRST_TESTS = {"subject1": 20, "subject2": 19, "subject3": 18, "subject4": 14}
LICENCES = {"licence_new": 34, "licence_renew": 46, "licence_upgrade": 8, "study": 10, "exam_cancel": 2}
SHARE_OF_TESTS, SHARE_OF_RETESTS = 0.76, 0.17
PASS = {"subject1": 0.88, "subject2": 0.68, "subject3": 0.72, "subject4": 0.93}
MINUTES = {"subject1": (21, 8), "subject2": (14, 7), "subject3": (13, 9), "subject4": (18, 8)}
POSTS = {"subject1": "EXM-C", "subject2": "EXM-D", "subject3": "EXM-E", "subject4": "EXM-C"}
LICENCE_POSTS = {"licence_new": "EXM-H", "licence_renew": "EXM-H", "licence_upgrade": "EXM-H", "study": "EXM-J", "exam_cancel": "EXM-A"}
CLASSES = {"C1": 62, "C2": 25, "D": 8, "B2": 4, "A2": 1}
RETEST_SHARE, RETEST_FIRST_DAY, RETEST_LAST_DAY = 0.85, 11, 35
# after passing subject 1: how many of the later tests are by people known from it, and how many days later at the earliest
KNOWN_SHARE, KNOWN_AFTER = 0.8, 24
HOME_SITE = 0.7
EXAMINER_SPREAD = 0.12
SEATS, CARS = 24, 10
DEDUCTED, BY_INTERNET = 0.42, 0.965
MODES = {"screen": 96, "voice": 4}


def honest(world: World, n: int) -> list[Rows]:
    rng, n = world.rng("exam"), office_count(world, n)
    first = round(n * SHARE_OF_TESTS / (1 + SHARE_OF_RETESTS))
    action = shares(rng, first, FIRST_TESTS)
    units = pd.Series(action).map(plan.EXAM_GROUPS).to_numpy().astype(str)
    wished = wish(first, accepted=office_moments(world, rng, units), action=action, unit_code=units)
    theory = build(world, rng, wished[action == "subject1"].reset_index(drop=True))
    parts = [theory, build(world, rng, _known(rng, theory.frame, wished[action != "subject1"].reset_index(drop=True)))]
    parts = [rowing.join(parts)]
    for _ in range(2):
        parts.append(build(world, rng, _retests(world, rng, parts[-1].frame)))
    rest = max(0, n - sum(len(part.frame) for part in parts))
    action = shares(rng, rest, LICENCES)
    units = np.where(action == "exam_cancel", plan.EXAM_CENTRE, shares(rng, rest, plan.LICENCE_WINDOWS))
    parts.append(build_licences(world, rng, wish(rest, accepted=office_moments(world, rng, units), action=action, unit_code=units)))
    return parts


def _known(rng: np.random.Generator, theory: pd.DataFrame, wished: pd.DataFrame) -> pd.DataFrame:
    """Later tests, most of them by people who passed subject 1 weeks before, with the school and the class they had then."""
    passed = theory[theory["result"] == "pass"].sort_values("accepted")
    before = np.searchsorted(passed["accepted"].to_numpy(), wished["accepted"].to_numpy() - KNOWN_AFTER * DAY)
    known = (before > 0) & (rng.random(len(wished)) < KNOWN_SHARE)
    source = passed.iloc[(rng.random(len(wished)) * np.maximum(before, 1)).astype(int) if len(passed) else []]
    for name in ("person_id_no", "phone", "agency_code", "licence_class"):
        wished[name] = np.where(known, source[name].to_numpy(), "") if len(passed) else ""
    return wished


def _retests(world: World, rng: np.random.Generator, tests: pd.DataFrame) -> pd.DataFrame:
    """The next attempt of those who failed, eleven days later or more."""
    failed = tests[(tests["result"] == "fail") & (rng.random(len(tests)) < RETEST_SHARE)]
    waited = rng.integers(RETEST_FIRST_DAY, RETEST_LAST_DAY, len(failed))
    accepted = world.clock.later(failed["accepted"].to_numpy() + waited * DAY, rng.integers(600, 6 * 3600, len(failed)))
    again = failed.assign(accepted=accepted, related=failed["row"], attempt=failed["attempt"] + 1)
    kept = ["accepted", "action", "unit_code", "related", "attempt", "person_id_no", "agency_code", "licence_class", "exam_site", "phone"]
    return again.loc[again["accepted"] < world.stop, kept].reset_index(drop=True)


def _places(draft: Draft) -> None:
    """Site, room and seat, or site and car; a seat or car carries its site's number."""
    world, rng, n = draft.world, draft.rng, draft.n
    sites = world.agencies("exam_site")
    weight = np.array([5, 4, 3, 2, 2]) * np.exp(world.effects(sites, 0.25, "busy site"))
    anywhere = rng.choice(sites, n, p=weight / weight.sum())
    schools = pd.Index(world.agencies("driving_school"))
    homes = np.random.default_rng([world.seed, 29]).choice(sites, len(schools), p=weight / weight.sum())
    own = homes[np.maximum(schools.get_indexer(draft["agency_code"]), 0)]
    site = draft.fill("exam_site", np.where(rng.random(n) < HOME_SITE, own, anywhere))
    number = pd.Index(sites).get_indexer(site) + 1
    theory = np.isin(draft["action"], ("subject1", "subject4"))
    letter = np.char.add("K", number.astype(str))
    room = draft.fill("room", np.char.add(np.char.add(letter, "-"), rng.choice(np.array(["R1", "R2"]), n)), theory)
    draft.fill("seat", np.char.add(np.char.add(room, "-"), identities.numbered("", rng.integers(1, SEATS + 1, n), 2)), theory)
    kind = np.where(draft["action"] == "subject2", "-C2", "-C3")
    draft.fill("car_no", np.char.add(np.char.add(letter, kind), identities.numbered("", rng.integers(1, CARS + 1, n), 2)), ~theory)


def _marks(draft: Draft, handler: np.ndarray) -> np.ndarray:
    """Pass or fail by subject, site, school and examiner, and a score that agrees with it."""
    world, rng, n = draft.world, draft.rng, draft.n
    base = pd.Series(draft["action"]).map(PASS).to_numpy(dtype=float)
    logit = (
        np.log(base / (1 - base))
        + world.effects(draft["agency_code"], 0.25, "school")
        + world.effects(handler, EXAMINER_SPREAD, "examiner")
    )
    logit += world.effects(draft["exam_site"], 0.12, "site")
    result = draft.fill("result", np.where(rng.random(n) < 1 / (1 + np.exp(-logit)), "pass", "fail"))
    needed = np.where(draft["action"] == "subject2", 80, 90)
    passed = needed + np.round((100 - needed) * rng.beta(2, 1.5, n))
    draft.fill("score", np.where(result == "pass", passed, np.maximum(0, needed - np.ceil(rng.gamma(1.6, 12, n)))))
    return result


def _way(draft: Draft) -> None:
    """How the place was booked, how the result was entered, and in which form the test was held."""
    world, rng, n = draft.world, draft.rng, draft.n
    online = 1 / (1 + np.exp(-(np.log(BY_INTERNET / (1 - BY_INTERNET)) + world.effects(draft["agency_code"], 0.35, "booking"))))
    draft.fill("booking_channel", np.where(rng.random(n) < online, "internet", "window"))
    draft.fill("entry_mode", "auto")
    draft.fill("exam_mode", shares(rng, n, MODES), np.isin(draft["action"], ("subject1", "subject4")))


def _by_hand(draft: Draft, handler: np.ndarray) -> None:
    """Points the examiner in the car takes off by hand; some see more than others."""
    world, rng, n = draft.world, draft.rng, draft.n
    seen = 1 / (1 + np.exp(-(np.log(DEDUCTED / (1 - DEDUCTED)) + world.effects(handler, 0.25, "by hand"))))
    draft.fill(
        "manual_deduct",
        np.where(rng.random(n) < seen, rng.choice(np.array([5.0, 10.0, 10.0, 20.0]), n), 0.0),
        draft["action"] == "subject3",
    )


def _start_in_time(draft: Draft, taken: np.ndarray) -> None:
    """Begins a test that would run into lunch or past closing early enough to end before."""
    crosses = draft.office & (draft.later(taken) != draft.now + taken)
    draft.columns["accepted"] = draft.now = np.where(crosses, draft.now - taken - 60, draft.now)


def build(world: World, rng: np.random.Generator, wished: pd.DataFrame) -> Rows:
    """Tests of subjects 1 to 4."""
    draft = Draft(world, rng, wished, "exam", office=True)
    n, action, _units = draft.n, draft["action"], draft["unit_code"]
    people = identities.person_ids(rng, n, outsiders=0.12)
    person = draft.fill("person_id_no", people)
    draft.fill("phone", identities.phones(rng, n))
    draft.fill("agency_code", rng.choice(world.agencies("driving_school"), n, p=world.weights("driving_school")))
    draft.fill("licence_class", shares(rng, n, CLASSES))
    draft.fill("attempt", 1.0)
    _way(draft)
    local = np.char.startswith(person.astype("U18"), "4307") | np.char.startswith(person.astype("U18"), "4324")
    draft.fill("out_of_town", np.where(local, "0", "1"))
    _places(draft)
    post = pd.Series(action).map(POSTS).to_numpy().astype(str)
    draft.fill("post_code", post)
    handler = draft.fill("handler_no", draft.people_by_post())
    result = _marks(draft, handler)
    _by_hand(draft, handler)
    draft.fill("judged_by", np.where((action == "subject3") & (rng.random(n) < 0.35), "manual", "computer"))
    terminal = draft.fill("terminal", np.where(draft["seat"] == "", draft["car_no"], draft["seat"]))
    supervisor = draft.fill("approver_no", draft.people("EXM-F", other_than=(handler,)))
    median, least = (pd.Series(action).map({name: pair[i] for name, pair in MINUTES.items()}).to_numpy(dtype=float) for i in (0, 1))
    usual = np.maximum(draft.minutes(median, 0.28), 60 * least)
    taken = draft.fill("taken", np.where(result == "fail", np.maximum(usual * 0.75, 60 * least), usual))
    _start_in_time(draft, taken.astype(np.int64))
    draft.step("accept", draft.people("EXM-A"), "EXM-A", 0, terminal=terminal)
    end = draft.step("exam", handler, post, taken, result=result, terminal=terminal)
    draft.step("review", supervisor, "EXM-F", draft.minutes(35, 0.6, 5))
    draft.finish(end)
    return draft.rows()


def build_licences(world: World, rng: np.random.Generator, wished: pd.DataFrame) -> Rows:
    """Licences, study after twelve points, and cancelled bookings."""
    draft = Draft(world, rng, wished, "exam", office=True)
    n, action, _units = draft.n, draft["action"], draft["unit_code"]
    draft.fill("person_id_no", identities.person_ids(rng, n))
    draft.fill("phone", identities.phones(rng, n))
    draft.fill("licence_class", shares(rng, n, CLASSES))
    first = np.isin(action, ("licence_new", "exam_cancel"))
    draft.fill("agency_code", rng.choice(world.agencies("driving_school"), n, p=world.weights("driving_school")), first)
    draft.fill("post_code", pd.Series(action).map(LICENCE_POSTS).to_numpy().astype(str))
    handler = draft.fill("handler_no", draft.people_by_post())
    draft.fill("terminal", world.terminals(handler))
    approved = np.char.startswith(action.astype("U16"), "licence")
    approver = draft.fill("approver_no", draft.people("EXM-H", officers=True, other_than=(handler,)), approved)
    draft.step("accept", handler, "EXM-H", 0)
    draft.step("approve", approver, "EXM-H", draft.minutes(18, 0.5, 4), where=approved, result="approved")
    draft.step("issue", draft.people("REG-D", other_than=(approver,)), "REG-D", draft.minutes(12, 0.5, 3), where=approved)
    draft.step("study", handler, "EXM-J", draft.minutes(600, 0.4, 240), where=action == "study", result="pass")
    draft.step("cancel", handler, "EXM-A", draft.minutes(6, 0.5, 1), where=action == "exam_cancel")
    draft.fill("result", np.select([approved, action == "study"], ["approved", "pass"], "approved"))
    draft.finish(draft.now)
    return draft.rows()
