"""Misconduct in single vehicle inspections: not looked at, not there, not fit, out of hours."""

import numpy as np

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import DAY, wall
from risk.evaluation.simulate.lines import inspection, registration
from risk.evaluation.simulate.scenarios import Deed, NoRoom, Stage, in_turn, scenario

CENTRE = plan.INSPECTION_CENTRE
VEHICLE = ("plate_no", "plate_type", "vin", "vehicle_type", "use", "person_id_no", "phone")
ORDINARY = {"plate_type": "02", "vehicle_type": "K33"}


def station_of(stage: Stage) -> tuple[str, str]:
    """A test station and the prefix of its lines and inspectors."""
    stations = list(stage.world.agencies("test_station"))
    station = stage.one(stations)
    return station, f"J{stations.index(station) + 1:02d}"


def stations_of(stage: Stage) -> list[str]:
    """A test station, or two of one owner."""
    return stage.partners(lambda: station_of(stage)[0], "one_station", "two_stations")


@scenario("weekend_inspection")
def weekend_inspection(stage: Stage) -> Deed:
    """Tests of one station reviewed and passed on closed days, no shift declared."""
    n = stage.count(8, 14)
    days = stage.some(stage.days(open_days=False), 2 if stage.vary("one_weekend", "three_weekends") == "one_weekend" else 3, within=28)
    reviewer, (station, _) = stage.holder("INS-C", CENTRE), station_of(stage)
    accepted = stage.moments(days, n, 9.0, 16.0)
    part = stage.play(
        inspection, accepted, action="periodic", unit_code=CENTRE, office=False, handler_no=reviewer, agency_code=station, result="pass"
    )
    return stage.deed([part], [("staff", reviewer), ("agency", station), ("unit", CENTRE), ("post", "INS-C")])


@scenario("inspector_overload")
def inspector_overload(stage: Stage) -> Deed:
    """One inspector who signs for more vehicles in an hour than hands can look at; on one morning, or on three with fewer."""
    spread = stage.vary("one_hour", "three_mornings") == "three_mornings"
    (station, prefix), rng = station_of(stage), stage.rng
    inspector, line = f"{prefix}-{stage.times(1, 4):02d}", f"{prefix}-L{stage.times(1, 2)}"
    days = stage.some(stage.days(open_days=True), 3 if spread else 1, within=12)
    each = stage.count(14, 17, least=3) if spread else stage.count(20, 25, least=3)
    starts = [wall(day) + int((8.8 + 1.5 * rng.random()) * 3600) for day in days]
    accepted = np.sort(np.concatenate([start + rng.integers(0, 52 * 60, each) for start in starts]))
    part = stage.play(
        inspection,
        accepted,
        action="periodic",
        unit_code=CENTRE,
        agency_code=station,
        inspector=inspector,
        line_no=line,
        result="pass",
        **ORDINARY,
    )
    return stage.deed([part], [("staff", inspector), ("agency", station), ("terminal", line), ("unit", CENTRE)])


@scenario("two_lines_at_once")
def two_lines_at_once(stage: Stage) -> Deed:
    """An inspector whose account works on two lines at a time: pairs of vehicles minutes apart, one of them without him; in a week, or
    now and then.
    """
    pairs, rng = stage.count(6, 9, least=2), stage.rng
    station, prefix = station_of(stage)
    inspector = f"{prefix}-{stage.times(1, 4):02d}"
    first = stage.office(pairs, **stage.pace(4, 6, seldom=(pairs, 21)))
    accepted = np.concatenate([first, first + rng.integers(10, 100, pairs)])
    lines = np.repeat([f"{prefix}-L1", f"{prefix}-L2"], pairs)
    part = stage.play(
        inspection, accepted, action="periodic", unit_code=CENTRE, agency_code=station, inspector=inspector, line_no=lines, **ORDINARY
    )
    return stage.deed([part], [("staff", inspector), ("agency", station), ("unit", CENTRE)])


@scenario("seconds_review", wide=True)
def seconds_review(stage: Stage) -> Deed:
    """A reviewer who passes what comes online in seconds each, most of it of one station, for a week or a month."""
    weeks = 1 if stage.vary("one_week", "a_month") == "one_week" else 4
    rng, (station, _) = stage.rng, station_of(stage)
    n = stage.count(101, 106, least=12)
    reviewer = stage.holder("INS-C", CENTRE)
    others = rng.choice(stage.world.agencies("test_station"), n)
    part = stage.play(
        inspection,
        stage.office(n, days=5 * weeks, within=7 * weeks - 1),
        action="online",
        unit_code=CENTRE,
        handler_no=reviewer,
        result="pass",
        agency_code=np.where(rng.random(n) < 0.6, station, others),
        review_seconds=rng.uniform(3, 16, n),
    )
    return stage.deed([part], [("staff", reviewer), ("agency", station), ("unit", CENTRE), ("post", "INS-C")])


@scenario("hurried_tests")
def hurried_tests(stage: Stage) -> Deed:
    """A station where tests that should take half an hour are over in five minutes; all at once, or among others for weeks."""
    n, (station, _) = stage.count(24, 32, least=4), station_of(stage)
    part = stage.play(
        inspection,
        stage.office(n, **stage.pace(8, 12, seldom=(n, 45))),
        action="periodic",
        unit_code=CENTRE,
        agency_code=station,
        hurry=stage.rng.uniform(0.1, 0.22, n),
        result="pass",
    )
    return stage.deed([part], [("agency", station), ("unit", CENTRE)])


@scenario("retest_without_repair")
def retest_without_repair(stage: Stage) -> Deed:
    """Vehicles that failed and pass on the same line, or the one beside it, a quarter of an hour later: the figures were repaired, not
    the brakes.
    """
    n, rng = stage.count(6, 10, least=2), stage.rng
    station, prefix = station_of(stage)
    number = stage.times(1, 2)
    line, beside = f"{prefix}-L{number}", f"{prefix}-L{3 - number}"
    first = stage.moments(stage.some(stage.days(open_days=True), 8, within=28), n, 8.6, 10.6)
    common = {"action": "periodic", "unit_code": CENTRE, "agency_code": station, "line_no": line} | ORDINARY
    failed = stage.play(inspection, first, result="fail", **common)
    again = line if stage.way("same_line", "other_line") == "same_line" else beside
    later = failed.frame["finished"].to_numpy() + rng.integers(4 * 60, 17 * 60, n)
    same = {name: failed.frame[name].to_numpy() for name in VEHICLE if name not in ORDINARY}
    part = stage.play(
        inspection, later, result="pass", related=failed.frame["row"].to_numpy(), hurry=0.2, **(common | {"line_no": again}), **same
    )
    return stage.deed([failed, part], [("agency", station), ("terminal", line), ("terminal", again), ("unit", CENTRE)])


def _copied(stage: Stage, column: str) -> Deed:
    copies = 1 if stage.way("one_original", "two_originals") == "one_original" else 2
    n, (station, _) = stage.count(4, 8, least=2), station_of(stage)
    part = stage.play(
        inspection,
        stage.office(n, days=6, within=50),
        action="periodic",
        unit_code=CENTRE,
        agency_code=station,
        result="pass",
        **{column: in_turn(n, *identities.digests(stage.rng, copies))},
    )
    return stage.deed([part], [("agency", station), ("unit", CENTRE)])


@scenario("brake_curves_copied")
def brake_curves_copied(stage: Stage) -> Deed:
    """One measured brake curve under several vehicles."""
    return _copied(stage, "brake_curve")


@scenario("photographs_reused")
def photographs_reused(stage: Stage) -> Deed:
    """One photograph of a vehicle on the line under several vehicles that never came."""
    return _copied(stage, "photo_hash")


def _soon_free(stage: Stage) -> set[int]:
    """Impounded vehicles that were released within five days."""
    free = stage.shared.of("release")
    free = free[free["line"] == "violation"].set_index("related")["accepted"]
    taken = stage.shared.of("impound").set_index("row")["accepted"].reindex(free.index)
    return set(free.index[(free - taken) < 5 * DAY])


def _passed_all_the_same(stage: Stage, action: str, line: str, wait: tuple[int, int], least: int) -> Deed:
    """Vehicles of honest rows that pass at one station, or two, days after what should have kept them away."""
    world, rng = stage.world, stage.rng
    rows = stage.shared.of(action)
    rows = stage.free(rows[(rows["line"] == line) & (rows["status"] == "finished") & (rows["accepted"] < world.stop - (wait[1] + 4) * DAY)])
    if action == "impound":
        rows = rows[~rows["row"].isin(_soon_free(stage))]
    chosen = rows.iloc[rng.permutation(len(rows))[: stage.count(3, 5, least)]]
    n = len(chosen)
    if not n:
        raise NoRoom
    stations = stations_of(stage)
    later = world.clock.later(chosen["accepted"].to_numpy() + rng.integers(*wait, n) * DAY, rng.integers(600, 4 * 3600, n))
    same = {name: chosen[name].to_numpy() for name in VEHICLE if name in chosen and name != "use"}
    part = stage.play(inspection, later, action="periodic", unit_code=CENTRE, agency_code=in_turn(n, *stations), result="pass", **same)
    stage.use(chosen)
    return stage.deed([part], [*(("agency", station) for station in stations), ("unit", CENTRE)])


@scenario("cancelled_vehicle_passed")
def cancelled_vehicle_passed(stage: Stage) -> Deed:
    """Vehicles deregistered weeks ago that pass the periodic test."""
    return _passed_all_the_same(stage, "cancel", "registration", (5, 40), 2)


@scenario("impounded_vehicle_passed")
def impounded_vehicle_passed(stage: Stage) -> Deed:
    """Vehicles that stand in the pound and pass the test at a station miles away."""
    return _passed_all_the_same(stage, "impound", "violation", (1, 3), 2)


@scenario("past_scrapping_passed")
def past_scrapping_passed(stage: Stage) -> Deed:
    """Lorries whose date of scrapping is over, registered as on file, and passed, at one station or two."""
    world, rng, n = stage.world, stage.rng, stage.count(2, 4)
    stations = stations_of(stage)
    lorries = world.vehicles(rng, n, only=("01",)).to_dict("series")
    first = stage.office(n, days=6, within=60)
    gone = first + rng.integers(2, 20, n) * DAY
    unit = next(iter(plan.REGISTRATION_WINDOWS))
    filed = stage.play(
        registration, first, agency="", action="change", unit_code=unit, status="finished", scrap=gone.astype(float), **lorries
    )
    later = world.clock.later(gone + rng.integers(3, 25, n) * DAY, rng.integers(600, 4 * 3600, n))
    part = stage.play(inspection, later, action="periodic", unit_code=CENTRE, agency_code=in_turn(n, *stations), result="pass", **lorries)
    subjects = [*(("agency", station) for station in stations), ("unit", CENTRE)]
    return Deed(stage.name, [filed, part], part.frame["row"].astype(int).tolist(), subjects, stage.variant)


@scenario("trailers_in_bulk")
def trailers_in_bulk(stage: Stage) -> Deed:
    """Flatbed trailers passed on one line one after the other, more in an hour than can be driven over it; on one morning, or on two
    with fewer.
    """
    mornings = 1 if stage.way("one_morning", "two_mornings") == "one_morning" else 2
    each = stage.count(10, 14, least=3) if mornings == 1 else stage.count(8, 10, least=2)
    n, (station, prefix) = mornings * each, station_of(stage)
    line = f"{prefix}-L{stage.times(1, 2)}"
    days = stage.some(stage.days(open_days=True), mornings, within=1 if mornings == 1 else 10)
    starts = np.repeat([wall(day) + int((8.8 + stage.rng.random()) * 3600) for day in days], -(-n // len(days)))[:n]
    part = stage.play(
        inspection,
        np.sort(starts + stage.rng.integers(0, 55 * 60, n)),
        action="periodic",
        unit_code=CENTRE,
        agency_code=station,
        line_no=line,
        hurry=0.4,
        result="pass",
        **stage.world.vehicles(stage.rng, n, only=("15",)).to_dict("series"),
    )
    return stage.deed([part], [("terminal", line), ("agency", station), ("unit", CENTRE)])


@scenario("archived_weeks_late")
def archived_weeks_late(stage: Stage) -> Deed:
    """Labels given out at once, and the reports that justify them put together a week or weeks later."""
    n, (station, _) = stage.count(5, 8, least=2), station_of(stage)
    accepted = stage.office(n, days=6, within=20)
    by_weeks = stage.way("weeks_later", "a_week_later") == "weeks_later"
    part = stage.play(
        inspection,
        accepted,
        action="periodic",
        unit_code=CENTRE,
        agency_code=station,
        archive_seconds=stage.rng.uniform(*((9, 16) if by_weeks else (6, 9)), n) * 8 * 3600,
        result="pass",
    )
    return stage.deed([part], [("agency", station), ("unit", CENTRE)])
