"""Vehicle registration at the windows: accept → examine → review → approve → pay → issue → archive."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import companies, identities, plan
from risk.evaluation.simulate.clocks import DAY
from risk.evaluation.simulate.demand import office_count, office_moments, shares
from risk.evaluation.simulate.rows import Draft, Rows, wish
from risk.evaluation.simulate.world import World

ACTIONS = {"new": 27, "transfer": 24, "change": 7, "mortgage": 12, "cancel": 8, "plate": 21.6, "correction": 0.4}
EXAMINED = ("new", "transfer", "change")
FEES = {"new": 125.0, "transfer": 70.0, "plate": 110.0}
RETURNED, AGAIN_SHARE = 0.03, 0.75
FIELDS = {"phone": 48, "address": 34, "colour": 14, "use": 1, "engine_no": 1, "vin": 1, "first_date": 1}
SCRAP_YEARS, SCRAPPED_TYPES = 15, ("01", "15", "51")
# length, width, height in mm and mass in kg of a trailer, and how far measurements of two of one make differ
MEASURES = {"length": (13_000, 45), "width": (2_550, 9), "height": (1_560, 22), "curb_mass": (6_900, 140)}
CARRIED = [
    "action",
    "unit_code",
    "agency_code",
    "agent_id_no",
    "person_id_no",
    "plate_no",
    "plate_type",
    "vin",
    "vehicle_type",
    "use",
    "phone",
]
LATE_ARCHIVE = 0.001
CLERK_MONTHLY_MOTORCYCLES = 7
HELPER_SHARE, HELPER_MONTHLY = 0.024, 2
ONE_OFFICER_LAST_HOUR = 15 * 3600
DOCUMENTS = {"invoice_no": ("new", "transfer"), "certificate_no": ("new",), "recycle_cert_no": ("cancel",)}


def honest(world: World, n: int) -> list[Rows]:
    rng, n = world.rng("registration"), office_count(world, n)
    units = shares(rng, n, plan.REGISTRATION_WINDOWS)
    accepted = office_moments(world, rng, units)
    # The officer who is alone has each file checked elsewhere within 48 hours, so files are not taken late in the day.
    late = (units == plan.ONE_OFFICER_WINDOW) & (accepted % DAY > ONE_OFFICER_LAST_HOUR)
    accepted = np.where(late, accepted // DAY * DAY + rng.integers(9 * 3600, 11 * 3600, n), accepted)
    first = build(world, rng, wish(n, accepted=accepted, action=shares(rng, n, ACTIONS), unit_code=units))
    return [first, build(world, rng, _again(world, rng, first.frame))]


def _again(world: World, rng: np.random.Generator, filed: pd.DataFrame) -> pd.DataFrame:
    """What was returned comes back completed, one to eight days later; a little of it is returned once more."""
    back = filed[(filed["status"] == "returned") & (rng.random(len(filed)) < AGAIN_SHARE) & (filed["unit_code"] != plan.ONE_OFFICER_WINDOW)]
    accepted = world.clock.later(back["accepted"].to_numpy() + rng.integers(1, 8, len(back)) * DAY, rng.integers(0, 5 * 3600, len(back)))
    return back[CARRIED].assign(accepted=accepted)[accepted < world.stop].reset_index(drop=True)


def _channel(draft: Draft) -> None:
    """Through which agency or agent each row came: dealers file new vehicles, stations and relatives the rest."""
    world, rng, n = draft.world, draft.rng, draft.n
    new, motorcycle = draft["action"] == "new", draft["plate_type"] == "07"
    dealers, sizes = world.agencies("dealer"), world.weights("dealer")
    cars, motorcycles = dealers[: len(companies.CAR_DEALERS)], dealers[len(companies.CAR_DEALERS) :]
    size = sizes[: len(cars)] / sizes[: len(cars)].sum()
    expected = max(1, int((new & motorcycle).sum()))
    share = min(0.45, CLERK_MONTHLY_MOTORCYCLES * 3 * len(motorcycles) * world.months / expected)
    chance = rng.random(n)
    through = np.full(n, "", dtype="U18")
    through = np.where(new & ~motorcycle & (chance < 0.55), rng.choice(cars, n, p=size), through)
    through = np.where(new & motorcycle & (chance < share), rng.choice(motorcycles, n), through)
    through = np.where(~new & (chance < 0.14), world.through(rng, "service_station", draft["unit_code"]), through)
    through = np.where(~new & (chance > 0.96), world.through(rng, "intermediary", draft["unit_code"]), through)
    draft.fill("agency_code", through)
    alone = (draft["agency_code"] == "") & (rng.random(n) < 0.12)
    # Some helpers (a village clerk, a fleet's errand man) come a few times a month; most file once, for a relative.
    helpers = identities.person_ids(rng, max(1, round(n * HELPER_SHARE / (HELPER_MONTHLY * world.months))))
    relatives = np.where(rng.random(n) < 0.7, identities.person_ids(rng, n), rng.choice(helpers, n))
    agents = np.where(alone, relatives, world.agents_of(rng, draft["agency_code"]))
    draft.fill("agent_id_no", agents)


def _papers(draft: Draft) -> None:
    for name, actions in DOCUMENTS.items():
        numbers = identities.numbered("", draft.rng.integers(0, 10**12, draft.n), 12)
        draft.fill(name, numbers, np.isin(draft["action"], actions))
    draft.fill("field", shares(draft.rng, draft.n, FIELDS), draft["action"] == "correction")
    truck = (draft["action"] == "new") & np.isin(draft["plate_type"], SCRAPPED_TYPES)
    draft.fill("scrap", draft["accepted"] + SCRAP_YEARS * 365.25 * DAY, truck)
    measured(draft, draft["action"] == "new")
    fees = pd.Series(draft["action"]).map(FEES).to_numpy(dtype=float)
    draft.fill("amount", np.where(draft["plate_type"] == "07", fees - 55, fees))


def measured(draft: Draft, where: np.ndarray) -> None:
    """Dimensions and mass of trailers as measured: those of two trailers of one make differ a little."""
    trailer = where & (draft["plate_type"] == "15")
    for name, (usual, spread) in MEASURES.items():
        draft.fill(name, np.round(draft.rng.normal(usual, spread, draft.n)), trailer)


def build(world: World, rng: np.random.Generator, wished: pd.DataFrame) -> Rows:
    draft = Draft(world, rng, wished, "registration", office=True)
    vehicles = world.vehicles(rng, draft.n)
    for name in vehicles.columns:
        draft.fill(name, vehicles[name].to_numpy().astype(str))
    _channel(draft)
    _papers(draft)
    units, action = draft["unit_code"], draft["action"]
    draft.fill("post_code", np.where(action == "correction", "REG-E", "REG-A"))
    clerk = np.where(action == "correction", draft.people("REG-E"), draft.people("REG-A"))
    handler = draft.fill("handler_no", clerk)
    draft.fill("terminal", world.terminals(handler))
    # The officer who is alone at a window does every step; a recheck elsewhere takes the place of a second person.
    others = np.where(units == plan.ONE_OFFICER_WINDOW, "", handler)
    approver = draft.fill("approver_no", draft.people("REG-C", officers=True, other_than=(others,)))
    others_too = np.where(units == plan.ONE_OFFICER_WINDOW, "", approver)
    reviewer = draft.fill("reviewer_no", draft.people("REG-C", officers=True, other_than=(others, others_too)))
    examiner = draft.fill("examiner_no", draft.people("REG-B", officers=True, other_than=(others, others_too)))
    strictness = 1 / (1 + np.exp(-(np.log(RETURNED / (1 - RETURNED)) + world.effects(reviewer, 0.3, "returns"))))
    draft.fill("status", np.where(rng.random(draft.n) < strictness, "returned", "finished"))
    _walk(draft, handler, examiner, reviewer, approver)
    return draft.rows()


def _walk(draft: Draft, handler: np.ndarray, examiner: np.ndarray, reviewer: np.ndarray, approver: np.ndarray) -> None:
    world, rng, units = draft.world, draft.rng, draft["unit_code"]
    granted, correction = draft["status"] != "returned", draft["action"] == "correction"
    late_examination = draft.fill("examined_late", 0.0).astype(float) > 0
    unexamined = draft.fill("unexamined", 0.0).astype(float) > 0
    looked = draft.fill("examine_minutes", draft.minutes(24, 0.55, 7) / 60).astype(float)
    examined = np.isin(draft["action"], EXAMINED) & ~unexamined
    outcome = np.where(granted, "approved", "rejected")
    draft.step("accept", handler, "REG-A", 0)
    draft.step("examine", examiner, "REG-B", 60 * looked, where=examined & ~late_examination, result="pass")
    reviewed = draft.step("review", reviewer, "REG-C", draft.minutes(16, 0.5, 4), result=np.where(granted, "pass", "returned"))
    draft.step("approve", approver, "REG-C", draft.minutes(9, 0.5, 3), where=granted, result="approved")
    draft.step("pay", handler, "REG-A", draft.minutes(5, 0.5, 1), where=granted & (draft["amount"] > 0))
    plates = draft.people("REG-D", other_than=(approver,))
    issued = draft.step("issue", plates, "REG-D", draft.minutes(12, 0.5, 3), where=granted & ~correction)
    draft.step("examine", examiner, "REG-B", draft.minutes(180, 0.4, 60), where=examined & late_examination, result="pass")
    draft.finish(np.where(~granted, reviewed, np.where(correction, draft.now, issued)))
    draft.fill("result", outcome)
    checker = world.pick(rng, np.full(draft.n, plan.SATURDAY_WINDOWS[0]), "REG-C", officers=True, other_than=(approver,))
    draft.step("recheck", checker, "REG-C", draft.minutes(25, 0.3, 10), where=granted & (units == plan.ONE_OFFICER_WINDOW), result="pass")
    usual = draft.same_day(draft.minutes(120, 0.5))
    late = draft.minutes(2400, 0.2)
    archivist = draft.people("REG-E", other_than=(examiner, approver))
    lying = draft.fill("archived_late", (rng.random(draft.n) < LATE_ARCHIVE).astype(float)).astype(float) > 0
    draft.step("archive", archivist, "REG-E", np.where(lying, late, usual), where=granted)
