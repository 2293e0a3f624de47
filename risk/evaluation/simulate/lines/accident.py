"""Accidents: report → survey → determination → mediation, release, review; each row points at the one it follows."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import plan
from risk.evaluation.simulate.clocks import DAY
from risk.evaluation.simulate.demand import CRASH_PROFILE, daytime, moments, shares
from risk.evaluation.simulate.rows import Draft, Rows, wish
from risk.evaluation.simulate.world import RECOVERY, World

FOLLOW = {"survey": 0.66, "determination": 0.68, "mediation": 0.45, "release": 0.5, "review": 0.06}
ROWS_PER_REPORT = 1 + 0.66 * (1 + 0.68 * (1 + 0.45 + 0.5 + 0.06))
SEVERITY = {"property": 79, "injury": 17, "serious": 3, "fatal": 1}
GRAVE = ("serious", "fatal")
ENTRUSTED = 0.3
LIABILITY = {"full": 46, "main": 24, "equal": 14, "minor": 10, "none": 6}
POSTS = {"report": "ACC-A", "survey": "ACC-B", "determination": "ACC-C", "mediation": "ACC-F", "release": "ACC-E", "review": "ACC-G"}
DETERMINED_BY_DAY = 6.8
CARRIED = [
    "person_id_no",
    "plate_no",
    "plate_type",
    "vin",
    "vehicle_type",
    "phone",
    "severity",
    "parties",
    "place",
    "procedure",
    "agency_code",
]
ROADS = np.array(["人民路", "武陵大道", "环城东路", "洞庭大道", "国道319线", "国道207线", "省道306线", "工业大道", "滨湖路", "桥南路"])


def honest(world: World, n: int) -> list[Rows]:
    rng = world.rng("accident")
    reports = round(n / ROWS_PER_REPORT)
    squads = np.array(list(plan.ACCIDENT_SQUADS))
    work = np.array(list(plan.ACCIDENT_SQUADS.values())) * np.exp(world.effects(squads, 0.25, "busy"))
    units = shares(rng, reports, dict(zip(squads, work, strict=True)))
    first = build(world, rng, wish(reports, accepted=moments(world, rng, reports, CRASH_PROFILE), action="report", unit_code=units))
    survey = _follow(world, rng, first, "survey", rng.integers(8 * 60, 50 * 60, reports))
    determination = _follow(world, rng, survey, "determination", rng.integers(1, 40, len(survey.frame)) * 60)
    known = determination.frame["finished"].to_numpy() - determination.frame["accepted"].to_numpy()
    later = [
        _follow(world, rng, determination, action, known + rng.integers(1, 9, len(known)) * DAY)
        for action in ("mediation", "release", "review")
    ]
    return [first, survey, determination, *later]


def _follow(world: World, rng: np.random.Generator, before: Rows, action: str, pause: np.ndarray) -> Rows:
    """The next business of a part of the accidents, `pause` seconds after the earlier row was accepted."""
    chosen = rng.random(len(before.frame)) < FOLLOW[action]
    source = before.frame[chosen].reset_index(drop=True)
    accepted = source["accepted"].to_numpy() + pause[chosen]
    if action not in ("survey", "determination"):
        accepted = daytime(rng, accepted + DAY)
    units = np.full(len(source), plan.ACCIDENTS) if action == "review" else source["unit_code"].to_numpy()
    if action == "review":
        accepted = world.clock.later(accepted, np.zeros(len(source)))
    wished = source[CARRIED].assign(accepted=accepted, action=action, unit_code=units, related=source["row"], evidence=source["evidence"])
    return build(world, rng, wished[wished["accepted"] < world.stop].reset_index(drop=True))


def build(world: World, rng: np.random.Generator, wished: pd.DataFrame) -> Rows:
    draft = Draft(world, rng, wished, "accident", office=False)
    n, action, units = draft.n, draft["action"], draft["unit_code"]
    vehicles = world.vehicles(rng, n, outsiders=0.1, twice=0.03)
    for name in vehicles.columns:
        if name != "use":
            draft.fill(name, vehicles[name].to_numpy().astype(str))
    draft.fill("severity", shares(rng, n, SEVERITY))
    draft.fill("parties", np.clip(rng.poisson(0.9, n) + 1, 1, 5).astype(float))
    draft.fill("place", rng.choice(ROADS, n))
    draft.fill("evidence", draft["accepted"].astype(float))
    simple = np.isin(draft["severity"], ("property", "injury")) & (rng.random(n) < np.where(draft["severity"] == "property", 0.8, 0.15))
    draft.fill("procedure", np.where(simple, "summary", "general"))
    draft.fill("agency_code", world.through(rng, RECOVERY, units), np.isin(action, ("survey", "release")))
    draft.fill("post_code", pd.Series(action).map(POSTS).to_numpy().astype(str))
    handler = draft.fill("handler_no", draft.people_by_post())
    draft.fill("terminal", world.terminals(handler))
    decided = np.isin(action, ("determination", "release"))
    approver = draft.fill("approver_no", draft.people("ACC-H", officers=True, other_than=(handler,)), decided)
    _walk(draft, handler, approver)
    return draft.rows()


def _walk(draft: Draft, handler: np.ndarray, approver: np.ndarray) -> None:
    rng, n, action = draft.rng, draft.n, draft["action"]
    survey, determination, mediation = (action == name for name in ("survey", "determination", "mediation"))
    liability = shares(rng, n, LIABILITY)
    upheld = np.where(rng.random(n) < 0.9, "approved", "rejected")
    agreed = np.where(rng.random(n) < 0.8, "approved", "rejected")
    result = draft.fill("result", np.select([determination, action == "review", mediation], [liability, upheld, agreed], "approved"))
    draft.step("accept", handler, "ACC-A", 0)
    second = draft.people("ACC-B", officers=True, other_than=(handler,))
    looked = np.where(survey, draft.minutes(28, 0.4, 8), 0)
    draft.step("survey", np.where(survey, handler, second), "ACC-B", looked, where=survey | determination)
    _determine(draft, handler)
    draft.step("approve", approver, "ACC-H", draft.minutes(60, 0.4, 15), where=(approver != ""), result="approved")
    draft.step("mediate", handler, "ACC-F", draft.minutes(90, 0.4, 30), where=mediation)
    _give_back(draft, handler)
    _review(draft, handler)
    draft.finish(np.where(action == "report", draft.now + draft.minutes(6, 0.4, 2).astype(np.int64), draft.now))
    _after(draft, determination, result)


def _determine(draft: Draft, handler: np.ndarray) -> None:
    """Expert opinions where injuries call for one, then the determination: five days after the opinion, ten after the survey."""
    rng, n = draft.rng, draft.n
    determination, grave = draft["action"] == "determination", np.isin(draft["severity"], GRAVE)
    asked = determination & ((draft["severity"] != "property") & (rng.random(n) < np.where(grave, 0.9, ENTRUSTED)))
    asked = draft.fill("entrusted", asked.astype(float)).astype(float) > 0
    start = draft.now.copy()
    days = draft.fill("entrusted_after_days", rng.uniform(0.3, 2.6, n)).astype(float)
    draft.step("entrust", handler, "ACC-C", days * DAY, where=asked)
    took = draft.fill("appraised_after_days", np.clip(9 * np.exp(rng.normal(0, 0.3, n)), 4, 18)).astype(float)
    draft.step("appraise", handler, "ACC-C", took * DAY, where=asked)
    collegial = determination & (draft["severity"] == "fatal")
    days = np.clip(3.6 * np.exp(rng.normal(0, 0.45, n)), 1, np.where(asked, 4.0, DETERMINED_BY_DAY))
    days = draft.fill("determined_after_days", days).astype(float)
    from_then = np.where(asked, draft.now, start)
    written = daytime(rng, from_then + (days * DAY).astype(np.int64))
    draft.step("collegial", handler, "ACC-C", np.maximum(1800, written - draft.now - 3600), where=collegial)
    draft.step("determine", handler, "ACC-C", np.maximum(3600, written - draft.now), where=determination)


def _give_back(draft: Draft, handler: np.ndarray) -> None:
    """Whoever may fetch the vehicle is told, and comes within days."""
    release = draft["action"] == "release"
    draft.step("notify", handler, "ACC-E", draft.minutes(20, 0.4, 5), where=release)
    fetched = draft.fill("fetched_after_days", np.clip(1.6 * np.exp(draft.rng.normal(0, 0.6, draft.n)), 0.1, 6)).astype(float)
    day = daytime(draft.rng, draft.now + (fetched * DAY).astype(np.int64))
    draft.step("release", handler, "ACC-E", np.maximum(900, day - draft.now), where=release)


def _review(draft: Draft, handler: np.ndarray) -> None:
    decided = draft.world.clock.later(draft.now, np.asarray(draft.minutes(12 * 480, 0.4, 5 * 480), dtype=np.int64))
    review = draft["action"] == "review"
    draft.step("review", handler, "ACC-G", np.where(review, decided - draft.now, 0), where=review)


def _after(draft: Draft, determination: np.ndarray, result: np.ndarray) -> None:
    """The determination is served within two days; who caused a death is referred for prosecution."""
    rng, n = draft.rng, draft.n
    days = draft.fill("served_after_days", rng.integers(1, 3, n).astype(float)).astype(float)
    served = daytime(rng, draft.now + (days * DAY).astype(np.int64))
    draft.step("serve", draft.people("ACC-D"), "ACC-D", served - draft.now, where=determination)
    crime = determination & (draft["severity"] == "fatal") & np.isin(result, ("full", "main"))
    draft.step("criminal_case", draft["handler_no"], "ACC-H", draft.minutes(600, 0.5, 60), where=crime)
