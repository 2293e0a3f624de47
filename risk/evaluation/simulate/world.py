"""What every line draws from while a time is simulated: who can act where, opening times, vehicles with their owners, and chance."""

import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities, plan
from risk.evaluation.simulate.clocks import DAY, SATURDAY_HOURS, OfficeClock, days_between, is_workday, wall
from risk.evaluation.simulate.roster import Detachment

NO_STAFF = ""
OVERRUN_DAYS = 60
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


@dataclass(frozen=True)
class Crew:
    """People of one post per unit, laid end to end: those of unit i are `people[first[i] : first[i] + count[i]]`.

    `load` is the cumulated pace of the people, zero first.
    """

    people: np.ndarray
    first: np.ndarray
    count: np.ndarray
    load: np.ndarray


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
    crews: dict[tuple[str, bool], Crew] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stop = self.stop or wall(self.last_day) + DAY
        self.shifts = self.shifts or {unit: self._saturdays(unit) for unit in plan.SATURDAY_WINDOWS}

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

    @cached_property
    def months(self) -> float:
        return max(1, (self.last_day - self.first_day).days + 1) / 30

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

    def agencies(self, kind: str) -> np.ndarray:
        agencies = self.detachment.agencies
        return agencies.loc[agencies["kind"] == kind, "code"].to_numpy(dtype=object).astype(str)

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
        values, position = np.unique(np.asarray(codes), return_inverse=True)
        drawn = [np.random.default_rng([self.seed, zlib.crc32(f"{what}{value}".encode())]).normal() for value in values]
        return spread * np.array(drawn)[position] if len(values) else np.zeros(0)

    @property
    def kinds(self) -> dict[str, str]:
        return self.detachment.kinds

    def holders(self, post: str, unit: str, *, officers: bool = False) -> list[str]:
        """Holders of a post at a unit; where there are none those at the units above, else those anywhere."""
        manning, place = self.detachment.manning[officers], unit
        while place and (post, place) not in manning:
            place = plan.PARENTS.get(place, "")
        return manning.get((post, place), [])

    def _crew(self, post: str, officers: bool) -> Crew:
        if (post, officers) not in self.crews:
            teams = [self.holders(post, unit, officers=officers) for unit in self.unit_codes]
            people = np.array([no for team in teams for no in team])
            count = np.array([len(team) for team in teams])
            pace = np.exp(self.effects(people, 0.35, "pace"))
            self.crews[post, officers] = Crew(people, np.cumsum(count) - count, count, np.concatenate([[0], np.cumsum(pace)]))
        return self.crews[post, officers]

    def pick(
        self, rng: np.random.Generator, units: np.ndarray, post: str, *, officers: bool = False, other_than: tuple[np.ndarray, ...] = ()
    ) -> np.ndarray:
        """One holder of `post` per unit code, by personal pace; never, row by row, one of the people in `other_than`
        while the unit, or one above it, has another."""
        crew = self._crew(post, officers)
        place = self.unit_codes.get_indexer(units)
        first, count = crew.first[place], crew.count[place]
        low, high = crew.load[first], crew.load[first + count]
        chosen = np.searchsorted(crew.load, low + rng.random(len(units)) * (high - low), "right") - 1
        chosen = np.clip(chosen, first, first + count - 1)
        for _ in range(4 if other_than else 0):
            chosen = np.where(self._clashes(crew.people[chosen], other_than), first + (chosen - first + 1) % count, chosen)
        picked = crew.people[chosen]
        alone = self._clashes(picked, other_than)
        if alone.any() and (above := self._above(units[alone])) is not None:
            picked[alone] = self.pick(rng, above, post, officers=officers, other_than=tuple(others[alone] for others in other_than))
        return picked

    @staticmethod
    def _clashes(people: np.ndarray, other_than: tuple[np.ndarray, ...]) -> np.ndarray:
        clash = np.zeros(len(people), dtype=bool)
        for others in other_than:
            clash |= people == others
        return clash

    def _above(self, units: np.ndarray) -> np.ndarray | None:
        """The unit above each, the unit itself at the top; None where nothing is above any of them."""
        above = np.array([plan.PARENTS[unit] or unit for unit in units])
        return None if (above == units).all() else above

    def pick_by_post(
        self, rng: np.random.Generator, units: np.ndarray, posts: np.ndarray, *, other_than: tuple[np.ndarray, ...] = ()
    ) -> np.ndarray:
        """One person per row holding the row's own post: an officer, unless the post is clerical."""
        chosen = np.full(len(units), NO_STAFF, dtype="U16")
        for post in np.unique(posts):
            rows = posts == post
            officers = post not in plan.CLERICAL
            chosen[rows] = self.pick(rng, units[rows], post, officers=officers, other_than=tuple(others[rows] for others in other_than))
        return chosen

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
