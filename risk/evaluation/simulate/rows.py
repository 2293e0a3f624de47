"""Transactions under construction, with the trail of steps that belongs to them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from risk.evaluation.simulate.clocks import OfficeClock, text
from risk.evaluation.simulate.tables import ATTRIBUTES, STEPS, TRANSACTIONS
from risk.evaluation.simulate.world import World

NEVER = np.int64(2**62)
NUMBERS = {"score", "attempt", "points", "parties", "mileage", "manual_deduct", "length", "width", "height", "curb_mass", "bac"}
# attributes that are times, and under which name their wall seconds are kept
TIMES = {"evidence_at": "evidence", "scrap_date": "scrap", "valid_until": "valid"}
NOTHING = "-"


@dataclass
class Rows:
    """Rows of one line, times in wall seconds.

    `frame` has `accepted`, `finished` (NEVER: not finished), `row` (identity), `related` (a row or -1), wall seconds of the attributes in
    TIMES, `evidence_kind` (NOTHING: none) and contract columns.
    `steps` has `row`, `at`, `order` and the step columns without `serial_no` and `seq`.
    """

    frame: pd.DataFrame
    steps: list[pd.DataFrame] = field(default_factory=list)


def wish(n: int, **columns: object) -> pd.DataFrame:
    """What is fixed about `n` rows before a line fills in the rest; must hold `accepted`, `action` and `unit_code`."""
    return pd.DataFrame(columns, index=pd.RangeIndex(n))


class Draft:
    """Fills the columns of wished rows in turn, keeping what was wished, and walks each row through its steps.

    Office rows move on working time of their unit, rows around the clock (`office` false in the wish) on wall time.
    """

    def __init__(self, world: World, rng: np.random.Generator, wished: pd.DataFrame, line: str, *, office: bool) -> None:
        self.world, self.rng, self.n = world, rng, len(wished)
        self.columns: dict[str, np.ndarray] = {name: wished[name].to_numpy() for name in wished.columns}
        self.fixed = {name: column.copy() for name, column in self.columns.items()}
        self.columns["line"] = np.full(self.n, line)
        self.office = self.columns.pop("office", np.full(self.n, office)).astype(bool)
        self.now = self.columns["accepted"].astype(np.int64)
        self.columns["row"] = world.allot(self.n)
        self.steps: list[dict[str, np.ndarray]] = []

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def wished(self, name: str) -> np.ndarray:
        """Which rows came with a value of their own in column `name`."""
        if name not in self.fixed:
            return np.zeros(self.n, dtype=bool)
        held = pd.Series(self.fixed[name])
        return (held.notna() & (held != "")).to_numpy()

    def fill(self, name: str, values: np.ndarray | str | float, where: np.ndarray | None = None) -> np.ndarray:
        """Sets column `name` where it was not wished (and where `where`); returns the column."""
        values = np.broadcast_to(np.asarray(values), (self.n,))
        empty = np.full(self.n, "") if values.dtype.kind == "U" else np.full(self.n, np.nan)
        if where is not None:
            values = np.where(where, values, empty)
        if name in self.columns:
            values = self._unless_held(self.columns[name], values)
        self.columns[name] = np.asarray(values)
        return self.columns[name]

    @staticmethod
    def _unless_held(column: np.ndarray, values: np.ndarray) -> np.ndarray:
        """What the column holds, and `values` where it holds nothing."""
        if column.dtype.kind == values.dtype.kind == "U":
            return np.where(column == "", values, column)
        held = pd.Series(column)
        return np.where(held.isna() | (held == ""), values, held.fillna("").astype(str) if values.dtype.kind == "U" else held)

    def step(
        self,
        name: str,
        staff: np.ndarray,
        post: np.ndarray | str,
        pause: np.ndarray | int,
        *,
        where: np.ndarray | None = None,
        result: np.ndarray | str = "",
        terminal: np.ndarray | str = "",
    ) -> np.ndarray:
        """Adds the step `pause` seconds after the one before, for the rows `where`; returns its wall seconds (of all rows)."""
        at = self.later(pause)
        where = np.ones(self.n, dtype=bool) if where is None else where
        self.now = np.where(where, at, self.now)
        full = {
            "row": self.columns["row"],
            "order": np.full(self.n, len(self.steps)),
            "step": np.full(self.n, name),
            "post_code": np.broadcast_to(post, (self.n,)),
        }
        full |= {
            "staff_no": np.asarray(staff),
            "at": at,
            "result": np.broadcast_to(result, (self.n,)),
            "terminal": np.broadcast_to(terminal, (self.n,)),
        }
        self.steps.append({key: np.asarray(column)[where] for key, column in full.items()})
        return at

    def _clocks(self) -> Iterator[tuple[OfficeClock, np.ndarray]]:
        """Every office clock that matters here, with the rows that go by it."""
        plain = self.office.copy()
        for unit in self.world.shifts:
            own = self.office & (self.columns["unit_code"] == unit)
            plain &= ~own
            if own.any():
                yield self.world.clock_of(unit), own
        if plain.any():
            yield self.world.clock, plain

    def later(self, pause: np.ndarray | int) -> np.ndarray:
        """Wall seconds of the moment `pause` after each row's last step."""
        pause = np.broadcast_to(np.asarray(pause, dtype=np.float64), (self.n,)).astype(np.int64)
        at = self.now + pause
        for clock, own in self._clocks():
            at[own] = clock.later(self.now[own], pause[own])
        return at

    def same_day(self, pause: np.ndarray) -> np.ndarray:
        """The pauses, shortened so that office rows stay within the day of their last step where it has any opening left."""
        pause = pause.copy()
        for clock, own in self._clocks():
            left = clock.left(self.now[own])
            pause[own] = np.where(left > 0, np.minimum(pause[own], left), pause[own])
        return pause

    def people(self, post: str, *, officers: bool = False, other_than: tuple[np.ndarray, ...] = ()) -> np.ndarray:
        """One holder of the post at each row's unit, as the week of its acceptance has them."""
        return self.world.pick(self.rng, self["unit_code"], post, at=self.columns["accepted"], officers=officers, other_than=other_than)

    def people_by_post(self, *, other_than: tuple[np.ndarray, ...] = ()) -> np.ndarray:
        """One holder of each row's own post (`post_code`)."""
        return self.world.crews.by_post(self.rng, self["unit_code"], self["post_code"], at=self.columns["accepted"], other_than=other_than)

    def minutes(self, median: float | np.ndarray, spread: float = 0.5, least: float | np.ndarray = 0.0) -> np.ndarray:
        """Log-normal pauses in seconds with a median in minutes, never under `least` minutes."""
        return np.maximum(60 * np.asarray(median) * np.exp(self.rng.normal(0, spread, self.n)), 60 * np.asarray(least))

    def finish(self, at: np.ndarray) -> None:
        """Sets when each row is finished and its status, where not wished."""
        self.columns["finished"] = np.asarray(at, dtype=np.int64)
        self.fill("status", "finished")

    def rows(self) -> Rows:
        self.columns.setdefault("related", np.full(self.n, -1))
        together = {key: np.concatenate([step[key] for step in self.steps]) for key in self.steps[0]} if self.steps else {}
        return Rows(pd.DataFrame(self.columns), [pd.DataFrame(together)] if together else [])


def join(parts: list[Rows]) -> Rows:
    """Rows of several drafts as one."""
    return Rows(pd.concat([part.frame for part in parts], ignore_index=True), [step for part in parts for step in part.steps])


def _cut(rows: Rows, stop: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is known at `stop`: rows accepted by then, steps taken by then; a row not finished yet is accepted."""
    frame = rows.frame[rows.frame["accepted"] < stop].copy()
    steps = pd.concat(rows.steps, ignore_index=True)
    steps = steps[(steps["at"] < stop) & steps["row"].isin(frame["row"])]
    unfinished = frame["finished"] >= stop
    frame.loc[unfinished, ["status", "result"]] = ["accepted", ""]
    frame.loc[unfinished, "finished"] = NEVER
    return frame, steps


def _plain(column: pd.Series) -> pd.Series:
    """A column as text, empty where nothing is known."""
    return column.astype("str").where(column.notna(), "")


def tables(rows: Rows, stop: int, serials: pd.Series | None = None, *, mark: str = "") -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Transactions and steps in contract columns and the serial number by row identity.

    Serial numbers are line letter, date and the running number of the line's day, or `serials` by row identity when given.
    """
    frame, steps = _cut(rows, stop)
    frame = frame.sort_values(["accepted", "row"], kind="stable").reset_index(drop=True)
    days = frame["accepted"] // 86_400
    if serials is None:
        running = frame.groupby(["line", days]).cumcount() + 1
        letter = frame["line"].str[0].str.upper()
        date_text = pd.Series(text(frame["accepted"].to_numpy())).str[:10].str.replace("-", "")
        serials = pd.Series((letter + date_text + mark + running.astype(str).str.zfill(6)).to_numpy(), index=frame["row"])
    known = frame["finished"].to_numpy() < NEVER
    frame["serial_no"] = frame["row"].map(serials)
    frame["related_serial"] = frame["related"].map(serials).fillna("")
    frame["accepted_at"] = text(frame["accepted"].to_numpy())
    frame["finished_at"] = text(np.where(known, frame["finished"], 0), known)
    for name, held in TIMES.items():
        moment = frame[held] if held in frame else pd.Series(np.nan, index=frame.index)
        frame[name] = text(moment.fillna(0).to_numpy(), moment.notna().to_numpy())
    frame["evidence"] = frame["evidence_kind"].replace(NOTHING, "") if "evidence_kind" in frame else ""
    for name in NUMBERS & set(frame.columns):
        frame[name] = frame[name].astype("Int64")
    if "amount" in frame:
        frame["amount"] = frame["amount"].map("{:.2f}".format, na_action="ignore")
    nothing = pd.Series("", index=frame.index, dtype="str")
    transactions = pd.DataFrame({name: _plain(frame[name]) if name in frame else nothing for name in TRANSACTIONS + ATTRIBUTES})
    steps = steps.sort_values(["row", "at", "order"], kind="stable")
    steps["seq"] = steps.groupby("row").cumcount() + 1
    steps["serial_no"] = steps["row"].map(serials)
    steps["at"] = text(steps["at"].to_numpy())
    steps = steps.sort_values(["serial_no", "seq"], kind="stable").reset_index(drop=True)
    return transactions, steps[STEPS], serials
