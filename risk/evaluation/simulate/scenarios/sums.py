"""A little of everything: several small wrongs of one person, company or office, each so small that it would be let go by itself."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities
from risk.evaluation.simulate.clocks import DAY, text, wall
from risk.evaluation.simulate.lines import inspection, registration
from risk.evaluation.simulate.rows import Rows
from risk.evaluation.simulate.scenarios import Deed, NoRoom, Stage, scenario
from risk.evaluation.simulate.scenarios.inspection import CENTRE, ORDINARY, VEHICLE, station_of
from risk.evaluation.simulate.scenarios.offices import SEEN, WINDOWS, of_office
from risk.evaluation.simulate.scenarios.registration import CARS, window
from risk.evaluation.simulate.scenarios.registration_papers import KEY_FIELDS

# every dose lies within so many days, or over so many where somebody is careful
WITHIN, OVER = 24, 38
AFAR = 0.32
Dose = Callable[["_Month"], list[Rows]]


class _Month:
    """The stretch of days in which one wrongdoer does a little of everything."""

    def __init__(self, stage: Stage, who: str, unit: str) -> None:
        self.stage, self.who, self.unit = stage, who, unit
        self.within = WITHIN if stage.way("weeks", "over_a_month") == "weeks" else OVER
        days = stage.days(open_days=True)
        if len(days) < self.within:
            raise NoRoom
        first = days[int(stage.rng.integers(max(1, len(days) - self.within)))]
        self.days = [day for day in days if 0 <= (day - first).days < self.within]
        self.first, self.last = wall(self.days[0]), wall(self.days[-1]) + DAY

    def moments(self, n: int, *, evening: bool = False) -> np.ndarray:
        chosen = self.stage.some(self.days, n, within=self.within)
        return self.stage.moments(chosen, n, 19.9, 22) if evening else self.stage.within_office(chosen, n)

    def file(self, accepted: np.ndarray, **columns: object) -> Rows:
        """Registration files that the clerk handles."""
        fixed = {"unit_code": self.unit, "handler_no": self.who, "status": "finished"}
        return self.stage.play(registration, accepted, **(fixed | columns))

    def later(self, accepted: np.ndarray) -> np.ndarray:
        rng = self.stage.rng
        return self.stage.world.clock.later(accepted + rng.integers(1, 4, len(accepted)) * DAY, rng.integers(600, 3 * 3600, len(accepted)))


def _nights(month: _Month) -> list[Rows]:
    return [month.file(month.moments(month.stage.count(2, 2, least=1), evening=True), action="transfer", office=False)]


def _fields(month: _Month) -> list[Rows]:
    n = month.stage.count(2, 2)
    return [month.file(month.moments(n), action="correction", field=month.stage.rng.choice(np.array(KEY_FIELDS), n))]


def _next_door(month: _Month) -> list[Rows]:
    return [month.file(month.moments(month.stage.count(3, 4)), action="correction", field="phone")]


def _lost_title(month: _Month) -> list[Rows]:
    car = month.stage.world.vehicles(month.stage.rng, 1, only=CARS).to_dict("series")
    first = month.moments(1)
    agents = identities.person_ids(month.stage.rng, 2)
    replaced = month.file(first, agency="", action="plate", agent_id_no=agents[:1], **car)
    return [replaced, month.file(month.later(first), agency="", action="mortgage", agent_id_no=agents[1:], **car)]


def _own_lock(month: _Month) -> list[Rows]:
    car = month.stage.world.vehicles(month.stage.rng, 1, only=CARS).to_dict("series")
    first = month.moments(1)
    locked = month.file(first, agency="", action="change", lock_op="lock", **car)
    opened = month.file(month.later(first), agency="", action="change", lock_op="unlock", related=locked.frame["row"].to_numpy(), **car)
    return [locked, opened]


CLERK: tuple[Dose, ...] = (_nights, _fields, _next_door, _lost_title, _own_lock)


@scenario("clerk_little_by_little", office=True)
def clerk_little_by_little(stage: Stage) -> Deed:
    """A clerk who obliges: an evening file, a field corrected, another's desk, a title lost and mortgaged; three to five such things."""
    unit = window(stage)
    month = _Month(stage, stage.holder("REG-A", unit), unit)
    chosen = stage.rng.permutation(len(CLERK))[: stage.times(3, len(CLERK))]
    parts = [part for place in chosen for part in CLERK[place](month)]
    return stage.deed(parts, [("staff", month.who), ("unit", unit)])


def _quick_retests(month: _Month) -> list[Rows]:
    stage, rng = month.stage, month.stage.rng
    n = stage.count(2, 3)
    first = stage.moments(stage.some(month.days, n, within=month.within), n, 8.6, 10.6)
    common = {"action": "periodic", "unit_code": CENTRE, "agency_code": month.who, "line_no": f"{month.unit}-L1"} | ORDINARY
    failed = stage.play(inspection, first, result="fail", **common)
    again = failed.frame["finished"].to_numpy() + rng.integers(6 * 60, 17 * 60, n)
    same = {name: failed.frame[name].to_numpy() for name in VEHICLE if name not in ORDINARY}
    return [failed, stage.play(inspection, again, result="pass", related=failed.frame["row"].to_numpy(), hurry=0.5, **common, **same)]


def _tested(month: _Month, n: int, **columns: object) -> list[Rows]:
    made = {"action": "periodic", "unit_code": CENTRE, "agency_code": month.who, "result": "pass"}
    return [month.stage.play(inspection, month.moments(n), **(made | columns))]


def _archived_late(month: _Month) -> list[Rows]:
    return _tested(month, 1, archive_seconds=month.stage.rng.uniform(5.3, 6.4, 1) * 8 * 3600)


def _from_afar(month: _Month) -> list[Rows]:
    stage = month.stage
    usual = len(of_office(stage, (month.first, month.last), ("periodic",), "agency_code", month.who))
    n = max(3, round(usual * stage.share(AFAR)))
    cars = stage.world.vehicles(stage.rng, n, outsiders=1.0).to_dict("series")
    return _tested(month, n, **cars)


def _hurried(month: _Month) -> list[Rows]:
    n = month.stage.count(2, 3)
    return _tested(month, n, hurry=month.stage.rng.uniform(0.12, 0.2, n))


@scenario("station_little_by_little", office=True)
def station_little_by_little(stage: Stage) -> Deed:
    """A station that is a little too quick, a little too late, a little too popular with strangers, and repairs figures now and then."""
    station, prefix = station_of(stage)
    month = _Month(stage, station, prefix)
    parts = [part for dose in (_quick_retests, _archived_late, _from_afar, _hurried) for part in dose(month)]
    return stage.deed(parts, [("agency", station), ("unit", CENTRE)])


def _complaint(month: _Month) -> dict[str, str]:
    """A complaint about the office answered in the fourth week, when three are allowed."""
    received = int(month.moments(1)[0])
    answered = int(month.stage.world.clock.later(np.array([received]), np.array([16.4 * 8 * 3600]))[0])
    known = answered < month.stage.world.stop
    moments = text(np.array([received, answered]))
    told = {"complaint_no": f"TSY{month.stage.rng.integers(10**8):08d}", "received_at": str(moments[0]), "channel": "12345"}
    told |= {"unit_code": month.unit, "category": "7", "rectified_at": str(moments[1]) if known else ""}
    return {name: "" for name in ("staff_no", "serial_no", "content", "revisited_at", "revisit_result")} | told


@scenario("office_little_by_little", office=True)
def office_little_by_little(stage: Stage) -> Deed:
    """A window that slackens: some files archived a week late, some vehicles glanced at, a complaint answered too late."""
    unit = stage.one(WINDOWS)
    month = _Month(stage, "", unit)
    own = of_office(stage, (month.first, month.last), SEEN, "unit_code", unit)
    own = own[own["status"] == "finished"]
    order = stage.rng.permutation(len(own))
    n = max(2, round(len(own) * stage.share(0.15)))
    late, glanced = own.iloc[order[:n]], own.iloc[order[n : 2 * n]]
    parts = [
        _again(stage, late, archived_late=1.0),
        _again(stage, glanced, examine_minutes=stage.rng.uniform(1.0, 2.6, len(glanced))),
    ]
    dropped = [*stage.use(late).tolist(), *stage.use(glanced).tolist()]
    return stage.deed(parts, [("unit", unit)], dropped=dropped, complaints=[_complaint(month)])


def _again(stage: Stage, rows: pd.DataFrame, **how: object) -> Rows:
    same = {name: rows[name].to_numpy() for name in (*registration.CARRIED, "handler_no", "approver_no")}
    return stage.play(registration, rows["accepted"].to_numpy(), status="finished", **same, **how)
