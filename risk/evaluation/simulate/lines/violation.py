"""Violations: tickets on the road, camera evidence entered and handled at windows, impounds, releases, cancellations, education."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import DAY
from risk.evaluation.simulate.demand import DAY_PROFILE, ROAD_PROFILE, moments, office_count, office_moments, shares
from risk.evaluation.simulate.lines.accident import ROADS
from risk.evaluation.simulate.rows import Draft, Rows, wish
from risk.evaluation.simulate.world import World

SHARES = {"camera": 0.46, "entry": 0.25, "onsite": 0.225, "education": 0.03, "impound": 0.018, "release": 0.012, "cancel": 0.005}
# code: (share, fine in yuan, points)
CODES = {
    "10391": (30, 150, 0),
    "10393": (18, 100, 0),
    "1116": (16, 100, 1),
    "1117": (14, 100, 1),
    "13522": (10, 150, 3),
    "1625": (12, 200, 6),
}
MINOR_CODES = {"10391": 60, "10393": 40}
POSTS = {
    "onsite": "VIO-A",
    "camera": "VIO-D",
    "entry": "VIO-C",
    "cancel": "VIO-E",
    "impound": "VIO-A",
    "release": "VIO-A",
    "education": "VIO-H",
}
FINED = ("onsite", "camera")
WARNED, GENERAL_PROCEDURE, VOIDED = 0.08, 0.1, 0.003
ENTRY_UNITS = {plan.ORDER: 30.0} | dict.fromkeys(plan.BRIGADES, 8.0)
CARRIED = ["person_id_no", "plate_no", "plate_type", "vin", "vehicle_type", "phone", "violation_code", "place"]


def honest(world: World, n: int) -> list[Rows]:
    rng = world.rng("violation")
    count = {action: round(n * share) for action, share in SHARES.items()}
    parts = []
    for action, places in [("camera", plan.VIOLATION_WINDOWS), ("entry", ENTRY_UNITS)]:
        count[action] = office_count(world, count[action])
        units = shares(rng, count[action], places)
        parts.append(build(world, rng, wish(count[action], accepted=office_moments(world, rng, units), action=action, unit_code=units)))
    busy = dict(zip(plan.ROAD_SQUADS, np.exp(world.effects(np.array(plan.ROAD_SQUADS), 0.4, "busy")), strict=True))
    for action, profile in [("onsite", ROAD_PROFILE), ("education", DAY_PROFILE), ("impound", ROAD_PROFILE)]:
        units = shares(rng, count[action], busy)
        parts.append(
            build(world, rng, wish(count[action], accepted=moments(world, rng, count[action], profile), action=action, unit_code=units))
        )
    parts.append(build(world, rng, _releases(world, rng, parts[-1].frame, count["release"])))
    parts.append(build(world, rng, _cancellations(world, rng, parts[1].frame, count["cancel"])))
    return parts


def _releases(world: World, rng: np.random.Generator, impounds: pd.DataFrame, n: int) -> pd.DataFrame:
    """Releases of impounded vehicles, some days later, by someone other than who impounded."""
    chosen = impounds.iloc[np.sort(rng.permutation(len(impounds))[:n])]
    accepted = (chosen["accepted"].to_numpy() // DAY + rng.integers(1, 13, len(chosen))) * DAY + rng.integers(
        9 * 3600, 17 * 3600, len(chosen)
    )
    wished = chosen[[*CARRIED, "unit_code"]].assign(
        accepted=accepted, action="release", related=chosen["row"], impounder=chosen["handler_no"]
    )
    return wished[wished["accepted"] < world.stop].reset_index(drop=True)


def _cancellations(world: World, rng: np.random.Generator, entries: pd.DataFrame, n: int) -> pd.DataFrame:
    """Cancellations of entered violations found wrong, by the legal section."""
    chosen = entries.iloc[np.sort(rng.permutation(len(entries))[:n])]
    accepted = world.clock.later(
        chosen["accepted"].to_numpy() + rng.integers(4, 30, len(chosen)) * DAY, rng.integers(0, 7 * 3600, len(chosen))
    )
    wished = chosen[CARRIED].assign(accepted=accepted, action="cancel", unit_code=plan.LEGAL, related=chosen["row"])
    return wished[wished["accepted"] < world.stop].reset_index(drop=True)


def _facts(draft: Draft) -> None:
    """The offence, where and when it was recorded, and the fine and points it carries."""
    rng, n, action = draft.rng, draft.n, draft["action"]
    usual = shares(rng, n, {code: parts[0] for code, parts in CODES.items()})
    code = draft.fill("violation_code", np.where(action == "education", shares(rng, n, MINOR_CODES), usual))
    draft.fill("place", rng.choice(ROADS, n))
    device = identities.numbered("D4307", rng.integers(1, 260, n), 4)
    draft.fill("device_no", device, np.isin(action, ("camera", "entry")))
    days = np.select([action == "camera", action == "entry"], [rng.gamma(2.0, 22, n) + 12, rng.uniform(0.2, 8.5, n)], 0.0)
    draft.fill("evidence", draft["accepted"] - np.round(days * DAY))
    warned = (action == "onsite") & np.isin(code, list(MINOR_CODES)) & (rng.random(n) < 2 * WARNED)
    outcomes = {"education": "educated", "cancel": "approved", "release": "approved", "impound": "approved", "entry": "approved"}
    result = draft.fill("result", np.where(warned, "warned", pd.Series(action).map(outcomes).fillna("penalised").to_numpy().astype(str)))
    fine, points = (pd.Series(code).map({key: parts[i] for key, parts in CODES.items()}).to_numpy(dtype=float) for i in (1, 2))
    decided = np.isin(action, FINED)
    draft.fill("amount", np.where(result == "warned", 0.0, fine), decided)
    draft.fill("points", np.where(result == "warned", 0.0, points), decided)


def build(world: World, rng: np.random.Generator, wished: pd.DataFrame) -> Rows:
    draft = Draft(world, rng, wished, "violation", office=False)
    n, action, units = draft.n, draft["action"], draft["unit_code"]
    draft.office |= np.isin(action, ("camera", "entry", "cancel"))
    if "office" in wished:
        draft.office = wished["office"].to_numpy(dtype=bool)
    camera = action == "camera"
    vehicles = world.vehicles(rng, n, outsiders=0.15, twice=0.3 if camera.all() else 0.0)
    for name in vehicles.columns:
        if name != "use":
            draft.fill(name, vehicles[name].to_numpy().astype(str))
    _facts(draft)
    post = draft.fill("post_code", pd.Series(action).map(POSTS).to_numpy().astype(str))
    impounder = draft.fill("impounder", "")
    handler = draft.fill("handler_no", world.pick_by_post(rng, units, post, other_than=(impounder,)))
    draft.fill("terminal", world.terminals(handler))
    onsite = action == "onsite"
    voided = onsite & (rng.random(n) < VOIDED)
    draft.fill("status", np.where(voided, "cancelled", "finished"))
    void = draft["status"] == "cancelled"
    approved = np.isin(action, ("cancel", "release", "impound")) | void | (onsite & (rng.random(n) < GENERAL_PROCEDURE))
    approver = draft.fill("approver_no", world.pick(rng, units, "VIO-J", officers=True, other_than=(handler, impounder)), approved)
    _walk(draft, handler, approver, void)
    return draft.rows()


def _walk(draft: Draft, handler: np.ndarray, approver: np.ndarray, void: np.ndarray) -> None:
    world, rng, n, units, action = draft.world, draft.rng, draft.n, draft["unit_code"], draft["action"]
    onsite, camera, entry = (action == name for name in ("onsite", "camera", "entry"))
    paid_first = draft.fill("paid_first", 0.0).astype(float) > 0
    owed = (draft["amount"] > 0) & (onsite | camera)
    draft.step("accept", handler, "", 0)
    decided = draft.step(
        "decide", handler, "", draft.minutes(4, 0.4, 1), where=onsite | camera | (action == "education"), result=draft["result"]
    )
    draft.step("pay", handler, "VIO-F", draft.minutes(3, 0.5, 1), where=owed & (camera | paid_first))
    reviewer = world.pick(rng, units, "VIO-C", officers=True, other_than=(handler,))
    draft.step("review", reviewer, "VIO-C", draft.minutes(150, 0.6, 15), where=entry, result="pass")
    draft.step("pay", handler, "VIO-F", draft.minutes(30, 0.6, 5), where=action == "release")
    approving = (approver != "") & ~void
    draft.step("approve", approver, "VIO-J", draft.minutes(18, 0.5, 3), where=approving, result="approved")
    draft.step("release", handler, "VIO-G", draft.minutes(15, 0.5, 3), where=action == "release")
    draft.step("cancel", approver, "VIO-J", np.where(paid_first, draft.minutes(2000, 0.5, 600), draft.minutes(6, 0.4, 2)), where=void)
    draft.finish(np.where(onsite & ~void & ~approving, decided, draft.now))
    late = draft.minutes(np.where(rng.random(n) < 0.6, 4, 4000), 0.6, 1)
    draft.step("pay", handler, "VIO-F", late, where=onsite & owed & ~void & ~paid_first & (rng.random(n) < 0.9))
