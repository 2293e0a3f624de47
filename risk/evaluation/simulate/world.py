"""What every line draws from while a time is simulated: who can act where, opening times, vehicles with their owners, and chance."""

import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from risk.evaluation.simulate import companies, identities, plan
from risk.evaluation.simulate.clocks import DAY, SATURDAY_HOURS, OfficeClock, days_between, is_workday, wall
from risk.evaluation.simulate.crews import Crews, effects
from risk.evaluation.simulate.roster import Detachment

OVERRUN_DAYS = 60
HOME_PULL = 7.0
RECOVERY = "recovery"
EXTRA_SATURDAYS = 6
# plate type, vehicle type, use, share
VEHICLES = [
    ("02", "K33", "A", 0.56),
    ("52", "K33", "A", 0.13),
    ("02", "K31", "A", 0.06),
    ("07", "M21", "A", 0.11),
    ("01", "H11", "B", 0.05),
    ("02", "H31", "B", 0.05),
    ("15", "B11", "B", 0.02),
    ("51", "K21", "B", 0.02),
]


@dataclass(eq=False)
class World:
    """A detachment over [first_day, last_day]; `stop` is the wall second up to which anything is known;
    `salt` sets one draw of the same detachment apart from another."""

    detachment: Detachment
    first_day: date
    last_day: date
    transactions: int
    seed: int
    stop: int = 0
    salt: int = 0
    rows: int = 0
    shifts: dict[str, dict[date, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stop = self.stop or wall(self.last_day) + DAY
        self.shifts = self.shifts or {unit: self._saturdays(unit) for unit in plan.SATURDAY_WINDOWS}
        self.shifts |= {plan.EXAM_GROUPS["subject2"]: self._some_saturdays(plan.EXAM_GROUPS["subject2"])}

    def rng(self, name: str) -> np.random.Generator:
        """The stream of chance of one part; parts do not disturb each other."""
        return np.random.default_rng([self.seed, self.salt, zlib.crc32(name.encode())])

    def allot(self, n: int) -> np.ndarray:
        """`n` fresh row identities."""
        self.rows += n
        return np.arange(self.rows - n, self.rows)

    def _saturdays(self, unit: str) -> dict[date, str]:
        """Declared Saturday mornings of a window: every other week."""
        turn = zlib.crc32(unit.encode()) % 2
        closed = (day for day in days_between(self.first_day, self.last_day) if day.weekday() == 5 and not is_workday(day))
        return {day: SATURDAY_HOURS for day in closed if day.isocalendar().week % 2 == turn and is_workday(day - timedelta(days=1))}

    def _some_saturdays(self, unit: str) -> dict[date, str]:
        """Declared Saturdays now and then, when too many wait for a test."""
        all_of = list(self._saturdays(unit))
        return {day: SATURDAY_HOURS for day in all_of[:: max(1, len(all_of) // EXTRA_SATURDAYS)]}

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @cached_property
    def months(self) -> float:
        return max(1, self.days) / 30

    @cached_property
    def unit_codes(self) -> pd.Index:
        return pd.Index(self.detachment.units["code"])

    @cached_property
    def clock(self) -> OfficeClock:
        """Ordinary office hours from 60 days before the first day to 60 days after the last."""
        margin = timedelta(days=OVERRUN_DAYS)
        return OfficeClock.of(self.first_day - margin, self.last_day + margin)

    @cached_property
    def shift_clocks(self) -> dict[str, OfficeClock]:
        margin = timedelta(days=OVERRUN_DAYS)
        return {unit: OfficeClock.of(self.first_day - margin, self.last_day + margin, shifts=days) for unit, days in self.shifts.items()}

    def clock_of(self, unit: str) -> OfficeClock:
        return self.shift_clocks.get(unit, self.clock)

    @cached_property
    def _companies(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Codes of each kind, and the unit that supervises each."""
        table = self.detachment.agencies
        kinds = np.where(table["name"].isin(companies.RECOVERY), RECOVERY, table["kind"])
        codes, homes = (table[name].to_numpy(dtype=object).astype(str) for name in ("code", "unit_code"))
        return {kind: (codes[kinds == kind], homes[kinds == kind]) for kind in np.unique(kinds)}

    def agencies(self, kind: str) -> np.ndarray:
        """Codes of one kind, without the firms that tow: those are `recovery`."""
        return self._companies[kind][0]

    def weights(self, kind: str, spread: float = 0.5) -> np.ndarray:
        """The share of the business of its kind that each company has: log-normal, the same wherever it is asked."""
        share = np.exp(self.effects(self.agencies(kind), spread, "volume"))
        return share / share.sum()

    def through(self, rng: np.random.Generator, kind: str, units: np.ndarray) -> np.ndarray:
        """One company of a kind per row: by its size, and rather one of the row's own unit or of a unit above it."""
        codes, home = self._companies[kind]
        answer, size = np.full(len(units), "", dtype="U18"), self.weights(kind)
        for unit in np.unique(units):
            rows = np.flatnonzero(units == unit)
            near = np.where((home == unit) | (home == plan.PARENTS[unit]), HOME_PULL, 1.0) * size
            answer[rows] = rng.choice(codes, len(rows), p=near / near.sum())
        return answer

    @cached_property
    def clerks(self) -> dict[str, np.ndarray]:
        """The three people through whom each agency files, by agency code: identity numbers."""
        codes = self.detachment.agencies["code"].tolist()
        numbers = identities.person_ids(np.random.default_rng([self.seed, 23]), 3 * len(codes), outsiders=0.0).reshape(-1, 3)
        return dict(zip(codes, numbers, strict=True))

    def agents_of(self, rng: np.random.Generator, agencies: np.ndarray) -> np.ndarray:
        """One clerk of each row's agency; empty where the row has none."""
        codes = pd.Index(self.clerks)
        numbers = np.vstack([*self.clerks.values(), np.array(["", "", ""])])
        return numbers[codes.get_indexer(agencies), rng.integers(0, 3, len(agencies))]

    @cached_property
    def _terminals(self) -> pd.Series:
        staff = self.detachment.staff
        place = pd.Series(self.unit_codes.get_indexer(staff["unit_code"]), index=staff["staff_no"])
        seat = staff.groupby("unit_code").cumcount().to_numpy() + 11
        return "10.43." + place.astype(str) + "." + pd.Series(seat, index=place.index).astype(str)

    def terminals(self, staff: np.ndarray) -> np.ndarray:
        """The terminal at each person's own desk."""
        return self._terminals.reindex(staff).fillna("").to_numpy().astype(str)

    def effects(self, codes: np.ndarray, spread: float, what: str) -> np.ndarray:
        """A lasting personal or local effect per code, normal with standard deviation `spread`: the same wherever the code appears."""
        return effects(self.seed, codes, spread, what)

    @property
    def kinds(self) -> dict[str, str]:
        return self.detachment.kinds

    def holders(self, post: str, unit: str, *, officers: bool = False) -> list[str]:
        """Holders of a post at a unit; where there are none those at the units above, else those anywhere."""
        manning, place = self.detachment.manning[officers], unit
        while place and (post, place) not in manning:
            place = plan.PARENTS.get(place, "")
        return manning.get((post, place), [])

    @cached_property
    def crews(self) -> Crews:
        return Crews(self.holders, self.unit_codes, self.seed, self.first_day, self.last_day)

    def pick(
        self,
        rng: np.random.Generator,
        units: np.ndarray,
        post: str,
        *,
        at: np.ndarray | None = None,
        officers: bool = False,
        other_than: tuple[np.ndarray, ...] = (),
    ) -> np.ndarray:
        """One holder of `post` per unit code, see `Crews.pick`."""
        return self.crews.pick(rng, units, post, at=at, officers=officers, other_than=other_than)

    def vehicles(
        self, rng: np.random.Generator, n: int, *, only: tuple[str, ...] = (), outsiders: float = 0.05, twice: float = 0.0
    ) -> pd.DataFrame:
        """`n` vehicles with their owners: plate_no, plate_type, vin, vehicle_type, use, person_id_no, phone.

        About the share `twice` of the rows repeats the vehicle of one other row.
        """
        kinds = [kind for kind in VEHICLES if not only or kind[0] in only]
        share = np.array([kind[3] for kind in kinds])
        which = rng.choice(len(kinds), n, p=share / share.sum())
        plate_type, vehicle_type, use = (np.array([kind[i] for kind in kinds])[which] for i in range(3))
        fleet = pd.DataFrame(
            {
                "plate_no": identities.plates(rng, plate_type, outsiders=outsiders),
                "plate_type": plate_type,
                "vin": identities.vins(rng, n),
                "vehicle_type": vehicle_type,
                "use": use,
                "person_id_no": identities.person_ids(rng, n, outsiders=outsiders),
                "phone": identities.phones(rng, n),
            }
        )
        half = n // 2
        again = np.flatnonzero(rng.random(half) < twice)
        source = np.arange(n)
        source[half + again] = rng.permutation(half)[: len(again)]
        return fleet.iloc[source].reset_index(drop=True)
