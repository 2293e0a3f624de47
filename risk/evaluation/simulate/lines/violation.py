"""Violations: tickets on the road, camera evidence entered and handled at windows, impounds, releases, cancellations, education."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import DAY
from risk.evaluation.simulate.demand import DAY_PROFILE, ROAD_PROFILE, moments, office_count, office_moments, shares
from risk.evaluation.simulate.lines.accident import ROADS
from risk.evaluation.simulate.rows import NOTHING, Draft, Rows, wish
from risk.evaluation.simulate.world import RECOVERY, World

SHARES = {"camera": 0.46, "entry": 0.25, "onsite": 0.225, "education": 0.03, "impound": 0.015, "release": 0.0145, "cancel": 0.0055}
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
# drink driving: (share of tickets on the road, fine in yuan, points); who is drunk is transferred to the criminal court without a fine
DRINKING, DRUNK = "1712", "6033"
DRINK_CODES = {DRINKING: (0.006, 1000, 12), DRUNK: (0.004, 0, 12)}
CASH_SHARE = 0.02
# fines that leave a margin: from the least to the most in yuan
MARGINS = {"10393": (50, 200), "13522": (50, 200)}
REASONS = {"rescue": 18, "signal_fault": 30, "plate_error": 32, "duplicate": 20}
UNPROVEN = 0.02
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
    squads = np.array(list(plan.ROAD_SQUADS))
    busy = dict(zip(squads, np.array(list(plan.ROAD_SQUADS.values())) * np.exp(world.effects(squads, 0.35, "busy")), strict=True))
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
    drink = shares(rng, n, {code: parts[0] for code, parts in DRINK_CODES.items()})
    usual = np.where((action == "onsite") & (rng.random(n) < sum(parts[0] for parts in DRINK_CODES.values())), drink, usual)
    code = draft.fill("violation_code", np.where(action == "education", shares(rng, n, MINOR_CODES), usual))
    draft.fill("place", rng.choice(ROADS, n))
    draft.fill("cancel_reason", shares(rng, n, REASONS), action == "cancel")
    device = identities.numbered("D4307", rng.integers(1, 260, n), 4)
    draft.fill("device_no", device, np.isin(action, ("camera", "entry")))
    days = np.select([action == "camera", action == "entry"], [rng.gamma(2.0, 22, n) + 12, rng.uniform(0.2, 8.5, n)], 0.0)
    draft.fill("evidence", draft["accepted"] - np.round(days * DAY))
    warned = (action == "onsite") & np.isin(code, list(MINOR_CODES)) & (rng.random(n) < 2 * WARNED)
    outcomes = {"education": "educated", "cancel": "approved", "release": "approved", "impound": "approved", "entry": "approved"}
    result = draft.fill("result", np.where(warned, "warned", pd.Series(action).map(outcomes).fillna("penalised").to_numpy().astype(str)))
    drunk = (code == DRUNK) & (action == "onsite")
    result = draft.columns["result"] = np.where(drunk, "transferred", result)
    rates = CODES | DRINK_CODES
    fine, points = (pd.Series(code).map({key: parts[i] for key, parts in rates.items()}).to_numpy(dtype=float) for i in (1, 2))
    decided = np.isin(action, FINED) & ~drunk
    draft.fill("amount", np.where(result == "warned", 0.0, fine), decided)
    draft.fill("points", np.where(result == "warned", 0.0, points), decided)


def _margin(draft: Draft, handler: np.ndarray) -> None:
    """Fines that leave a margin differ by case, a little by officer and by unit."""
    world, rng = draft.world, draft.rng
    usual = np.exp(
        rng.normal(0, 0.1, draft.n) + world.effects(handler, 0.03, "severity") + world.effects(draft["unit_code"], 0.04, "severity")
    )
    amount = draft["amount"].astype(float)
    for code, (least, most) in MARGINS.items():
        free = (draft["violation_code"] == code) & (amount > 0) & np.isin(draft["action"], FINED) & ~draft.wished("amount")
        amount = np.where(free, np.clip(np.round(amount * usual / 10) * 10, least, most), amount)
    draft.columns["amount"] = amount


def _drink(draft: Draft) -> tuple[np.ndarray, np.ndarray]:
    """Whether a breath or a blood test was taken; milligrams of alcohol in 100 ml of blood where the code says so."""
    tested, drunk = (np.isin(draft["violation_code"], codes) & (draft["action"] == "onsite") for codes in ([DRINKING, DRUNK], [DRUNK]))
    draft.fill("bac", np.round(np.where(drunk, draft.rng.gamma(3, 18, draft.n) + 81, draft.rng.uniform(21, 78, draft.n))), tested)
    return tested, drunk


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
    draft.fill("post_code", pd.Series(action).map(POSTS).to_numpy().astype(str))
    impounder = draft.fill("impounder", "")
    handler = draft.fill("handler_no", draft.people_by_post(other_than=(impounder,)))
    draft.fill("terminal", world.terminals(handler))
    draft.fill("agency_code", world.through(rng, RECOVERY, units), action == "impound")
    proven = rng.random(n) >= UNPROVEN * np.exp(world.effects(handler, 0.4, "unproven"))
    draft.fill("evidence_kind", np.where(proven, "photo", NOTHING), action == "education")
    _margin(draft, handler)
    tested, drunk = _drink(draft)
    onsite = action == "onsite"
    voided = onsite & ~tested & (rng.random(n) < VOIDED * np.exp(world.effects(handler, 0.4, "voids")))
    draft.fill("status", np.where(voided, "cancelled", "finished"))
    void = draft["status"] == "cancelled"
    approved = np.isin(action, ("cancel", "release", "impound")) | void | tested | (onsite & (rng.random(n) < GENERAL_PROCEDURE))
    approver = draft.fill("approver_no", draft.people("VIO-J", officers=True, other_than=(handler, impounder)), approved)
    _walk(draft, handler, approver, void)
    _blood(draft, handler, approver, tested, drunk)
    return draft.rows()


def _walk(draft: Draft, handler: np.ndarray, approver: np.ndarray, void: np.ndarray) -> None:
    _rng, _n, action = draft.rng, draft.n, draft["action"]
    onsite, camera, entry = (action == name for name in ("onsite", "camera", "entry"))
    paid_first = draft.fill("paid_first", 0.0).astype(float) > 0
    unpaid = draft.fill("unpaid", 0.0).astype(float) > 0
    owed = (draft["amount"] > 0) & (onsite | camera)
    draft.step("accept", handler, "", 0)
    decided = draft.step(
        "decide", handler, "", draft.minutes(4, 0.4, 1), where=onsite | camera | (action == "education"), result=draft["result"]
    )
    draft.step("pay", handler, "VIO-F", draft.minutes(3, 0.5, 1), where=owed & (camera | paid_first))
    reviewer = draft.people("VIO-C", officers=True, other_than=(handler,))
    draft.step("review", reviewer, "VIO-C", draft.minutes(150, 0.6, 15), where=entry, result="pass")
    draft.step("pay", handler, "VIO-F", draft.minutes(30, 0.6, 5), where=(action == "release") & ~unpaid)
    approving = (approver != "") & ~void
    draft.step("approve", approver, "VIO-J", draft.minutes(18, 0.5, 3), where=approving & ~unpaid, result="approved")
    draft.step("release", handler, "VIO-G", draft.minutes(15, 0.5, 3), where=action == "release")
    draft.step("cancel", approver, "VIO-J", np.where(paid_first, draft.minutes(2000, 0.5, 600), draft.minutes(6, 0.4, 2)), where=void)
    draft.finish(np.where(onsite & ~void & ~approving, decided, draft.now))
    _collect(draft, handler, onsite & owed & ~void & ~paid_first)


def _collect(draft: Draft, handler: np.ndarray, owed: np.ndarray) -> None:
    """Fines of the road: some in cash, handed to the bank within two days; most paid by phone at once or within days."""
    rng, n = draft.rng, draft.n
    cash = draft.fill("in_cash", (rng.random(n) < CASH_SHARE).astype(float)).astype(float) > 0
    draft.step("cash", handler, "VIO-A", draft.minutes(3, 0.4, 1), where=owed & cash)
    days = draft.fill("remitted_after_days", rng.uniform(0.2, 1.9, n)).astype(float)
    draft.step("remit", handler, "VIO-F", days * DAY, where=owed & cash)
    late = draft.minutes(np.where(rng.random(n) < 0.6, 4, 4000), 0.6, 1)
    draft.step("pay", handler, "VIO-F", late, where=owed & ~cash & (rng.random(n) < 0.9))


def _blood(draft: Draft, handler: np.ndarray, approver: np.ndarray, tested: np.ndarray, drunk: np.ndarray) -> None:
    """Blood is taken, sent within the day and examined; who was drunk becomes a criminal case within two days."""
    rng, n = draft.rng, draft.n
    draft.now = np.where(tested, draft["accepted"] + rng.integers(1800, 5400, n), draft.now)
    draft.step("blood", handler, "VIO-B", 0, where=tested)
    hours = draft.fill("sent_after_hours", rng.uniform(1.5, 20, n)).astype(float)
    draft.step("blood_sent", handler, "VIO-B", hours * 3600, where=tested)
    draft.step("appraise", approver, "VIO-B", rng.uniform(1, 4, n) * DAY, where=tested)
    filed = draft.fill("filed_after_days", rng.uniform(0.3, 2.2, n)).astype(float)
    draft.step("criminal_case", approver, "VIO-B", filed * DAY, where=drunk)
