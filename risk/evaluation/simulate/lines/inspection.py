"""Vehicle inspection: tests at stations, their online review, stickers, first and modification examinations."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import companies, identities, plan
from risk.evaluation.simulate.clocks import DAY
from risk.evaluation.simulate.demand import office_count, office_moments, open_days, shares
from risk.evaluation.simulate.lines.registration import measured
from risk.evaluation.simulate.rows import Draft, Rows, wish
from risk.evaluation.simulate.world import World

ACTIONS = {"initial": 16, "periodic": 44, "online": 24, "exempt": 12, "modification": 2}
PASS = 0.88
RETEST_SHARE = 0.8
QUICK_REPAIR = 0.12
INSPECTOR_DAILY, LINES_PER_STATION = 7, 2
LARGE = ("01", "15", "51")
POSTS = {"initial": "REG-B", "periodic": "INS-C", "online": "INS-C", "exempt": "INS-D", "modification": "INS-F"}


def honest(world: World, n: int) -> list[Rows]:
    rng, n = world.rng("inspection"), office_count(world, n)
    action = shares(rng, round(n / 1.04), ACTIONS)
    units = np.where(action == "initial", shares(rng, len(action), plan.REGISTRATION_WINDOWS), plan.INSPECTION_CENTRE)
    wished = wish(len(action), accepted=office_moments(world, rng, units), action=action, unit_code=units)
    parts = [build(world, rng, wished)]
    again = _retests(world, rng, parts[0].frame)
    return [*parts, build(world, rng, again)]


def inspectors_per_station(world: World) -> int:
    """How many inspectors a station needs for its share of the tests, so that nobody is overloaded."""
    daily = world.transactions * 0.14 * 0.46 / max(1, open_days(world)) / len(companies.TEST_STATIONS)
    return max(4, int(np.ceil(2 * daily / INSPECTOR_DAILY)))


def _retests(world: World, rng: np.random.Generator, tests: pd.DataFrame) -> pd.DataFrame:
    """Vehicles that failed, back after a repair of ninety working minutes or more, at the same station."""
    failed = tests[(tests["action"] == "periodic") & (tests["result"] == "fail") & (rng.random(len(tests)) < RETEST_SHARE)]
    # A lamp is set or a tyre changed within the hour; most repairs take longer.
    minor = rng.random(len(failed)) < QUICK_REPAIR
    repair = np.where(minor, rng.uniform(38, 85, len(failed)) * 60, np.maximum(90 * 60, 60 * 300 * np.exp(rng.normal(0, 0.8, len(failed)))))
    repair = repair.astype(np.int64)
    again = failed.assign(accepted=world.clock.later(failed["finished"].to_numpy(), repair), related=failed["row"])
    kept = [
        "accepted",
        "action",
        "unit_code",
        "related",
        "agency_code",
        "person_id_no",
        "plate_no",
        "plate_type",
        "vin",
        "vehicle_type",
        "use",
        "phone",
        "trailer",
    ]
    return again.loc[again["accepted"] < world.stop, kept].reset_index(drop=True)


def _stations(draft: Draft) -> None:
    """Station, line and inspector of the tests; station only of what is reviewed online."""
    world, rng, n = draft.world, draft.rng, draft.n
    periodic = draft["action"] == "periodic"
    stations = world.agencies("test_station")
    station = draft.fill(
        "agency_code", rng.choice(stations, n, p=world.weights("test_station", 0.35)), periodic | (draft["action"] == "online")
    )
    number = identities.numbered("J", pd.Index(stations).get_indexer(station) + 1, 2)
    line = identities.numbered("-L", rng.integers(1, LINES_PER_STATION + 1, n), 1)
    draft.fill("line_no", np.char.add(number, line), periodic)
    person = identities.numbered("-", rng.integers(1, inspectors_per_station(world) + 1, n), 2)
    draft.fill("inspector", np.char.add(number, person), periodic)
    draft.fill("brake_curve", identities.digests(rng, n), periodic)
    draft.fill("photo_hash", identities.digests(rng, n), draft["action"] != "exempt")
    measured(draft, np.isin(draft["action"], ("initial", "periodic")))
    months = np.where(np.isin(draft["plate_type"], LARGE), 12, np.where(rng.random(n) < 0.5, 12, 24))
    draft.fill("valid", draft["accepted"] + months * 30.4 * DAY, np.isin(draft["action"], ("periodic", "exempt")))
    draft.fill("mileage", np.round(rng.gamma(2.2, 38_000, n)), periodic)


def _people(draft: Draft) -> tuple[np.ndarray, np.ndarray]:
    action = draft["action"]
    draft.fill("post_code", pd.Series(action).map(POSTS).to_numpy().astype(str))
    handler = draft.fill("handler_no", draft.people_by_post())
    draft.fill("terminal", draft.world.terminals(handler))
    approver = draft.people("INS-C", officers=True, other_than=(handler,))
    return handler, draft.fill("approver_no", approver, np.isin(action, ("exempt", "modification")))


def build(world: World, rng: np.random.Generator, wished: pd.DataFrame) -> Rows:
    draft = Draft(world, rng, wished, "inspection", office=True)
    n, action = draft.n, draft["action"]
    vehicles = world.vehicles(rng, n, outsiders=0.06)
    for name in vehicles.columns:
        draft.fill(name, vehicles[name].to_numpy().astype(str))
    draft.columns["plate_no"] = np.where(action == "initial", "", draft["plate_no"])
    draft.fill("trailer", np.where(draft["plate_type"] == "15", "1", "0"))
    _stations(draft)
    handler, approver = _people(draft)
    logit = np.log(PASS / (1 - PASS)) + world.effects(draft["agency_code"], 0.25, "station") + np.where(action == "periodic", 0, 1.5)
    passed = rng.random(n) < 1 / (1 + np.exp(-logit))
    result = draft.fill("result", np.where(passed, "pass", np.where(action == "online", "rejected", "fail")))
    _walk(draft, handler, approver, result)
    return draft.rows()


def _walk(draft: Draft, handler: np.ndarray, approver: np.ndarray, result: np.ndarray) -> None:
    action = draft["action"]
    periodic, online, given = action == "periodic", action == "online", result == "pass"
    inspector, line, at_window = draft["inspector"], draft["line_no"], ~np.isin(action, ("periodic", "online"))
    size = np.where(np.isin(draft["plate_type"], LARGE), 1.8, 1.0)
    draft.step("accept", np.where(periodic, inspector, handler), "", 0, terminal=np.where(periodic, line, ""))
    hurry = draft.fill("hurry", 1.0).astype(float)
    draft.step("appearance", inspector, "", hurry * draft.minutes(11 * size, 0.3, 6 * size), where=periodic, result="pass", terminal=line)
    tested = draft.step(
        "test", inspector, "", hurry * draft.minutes(14 * size, 0.3, 7 * size), where=periodic, result=result, terminal=line
    )
    draft.step("examine", handler, "REG-B", draft.minutes(16, 0.4, 6), where=at_window & (action != "exempt"), result=result)
    pause = np.where(online, np.maximum(42, draft.minutes(2.6, 0.5)), draft.minutes(14, 0.5, 3))
    pause = draft.fill("review_seconds", pause).astype(float)
    reviewed = draft.step("review", handler, "INS-C", pause, where=periodic & given | online, result=result)
    draft.step("approve", approver, "INS-C", draft.minutes(14, 0.5, 3), where=(approver != "") & given, result="approved")
    issuer = draft.people("INS-D", other_than=(handler, approver))
    draft.step("issue", issuer, "INS-D", draft.minutes(9, 0.5, 2), where=given & (periodic | (action == "exempt")))
    draft.finish(np.where(online, reviewed, np.where(periodic & ~given, tested, draft.now)))
    kept = draft.fill("archive_seconds", np.minimum(draft.minutes(200, 0.5, 30), 8 * 3600)).astype(float)
    draft.step("archive", issuer, "INS-D", kept, where=given & ~online & (action != "initial"))
