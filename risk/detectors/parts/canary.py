"""Made-up rows that satisfy a rule's conditions: what a canary shows its detector to prove that the rule can still hit."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import Needs, Spec
from risk.detectors.parts.predicates import Predicate
from risk.detectors.parts.references import KEY_COLUMNS, PERSON_COLUMNS, STEP_FIELDS, moment_of, split

MONDAY = pd.Timestamp("2026-03-02 10:00")
FLAGS = ("marked", "respelled", "altered", "shadow")
NUMBERS = ("amount", "points")
WHOLE = ("version", "person_birth_year")
SOMEBODY = 7001
EPOCH = pd.Timestamp("1970-01-01")
Row = dict[str, Any]


class Canary:
    """Rows as what references say of them (`{"step.pay.at": …, "handler.kind": …}`); `frames` makes every needed frame of them.

    A row begins as the rule's subject and scope want it, on a Monday morning on which every unit is open. `twice`: steps done again.
    """

    def __init__(self, spec: Spec, needs: Needs) -> None:
        self.spec, self.needs, self.at = spec, needs, MONDAY
        self.rows: list[Row] = []
        self.twice: list[tuple[Row, str]] = []

    def row(self, all_of: Iterable[Predicate] = (), any_of: Iterable[Predicate] = (), **values: Any) -> Row:
        """A further row that satisfies the conditions; `values` for plain columns. The caller may set more references in it."""
        row: Row = {
            "accepted_at": self.at + pd.Timedelta(seconds=len(self.rows)),
            "line": self.spec.lines[0] if self.spec.lines else "",
            "unit": "U1",
            self.spec.subject_column: self._example(self.spec.subject_column),
        }
        row |= {name: allowed[0] for name, allowed in self.spec.scope.items()} | values
        for predicate in (*all_of, *list(any_of)[:1]):
            self._satisfy(row, predicate)
        self.rows.append(row)
        return row

    def _example(self, name: str, number: int = 1) -> Any:
        if name.endswith("_at") or name.endswith(".at"):
            return self.at + pd.Timedelta(minutes=number)
        if name.rpartition(".")[2] == "day":
            return (self.at - EPOCH).days + number - 1
        if name in KEY_COLUMNS or name in NUMBERS or name in WHOLE:
            return SOMEBODY + number
        return True if name in FLAGS else f"X{number}"

    def set(self, row: Row, name: str, number: int) -> None:
        """Give a column the example value of that number: equal for equal numbers, different for different ones."""
        row[name] = self._example(name, number)

    def _satisfy(self, row: Row, predicate: Predicate) -> None:
        name, value = predicate.column, predicate.value
        match predicate.op:
            case "eq" | "le" | "ge" | "starts":
                row[name] = value
            case "in":
                row[name] = value[0]
            case "ne" | "not_in":
                row[name] = _unlike(value if isinstance(value, tuple) else (value,))
            case "lt" | "gt":
                row[name] = value + (1 if predicate.op == "gt" else -1)
            case "empty":
                row.pop(name, None)
            case "not_empty":
                row.setdefault(name, self._example(name))
            case "same_as":
                row[name] = row[value] = row.get(value, row.get(name, self._example(name)))
            case _:
                row.setdefault(value, self._example(value))
                row[name] = _unlike((row[value],))

    def frames(self, *, now: pd.Timestamp | None = None) -> dict[str, pd.DataFrame]:
        """Every frame of `needs`, with the needed columns."""
        numbers = range(1, len(self.rows) + 1)
        for number, row in zip(numbers, self.rows, strict=True):
            row |= {"id": number, "tie": number} | _moments(row)
            for name in [name for name in row if split(name)[0] in ("staff", "postings", "agencies", "units")]:
                row.setdefault(split(name)[1], "X1")
        related = [
            {"tie": 1000 + number} | {split(name)[1]: value for name, value in row.items() if split(name)[0] == "related"}
            for number, row in zip(numbers, self.rows, strict=True)
        ]
        for row, target in zip(self.rows, related, strict=True):
            if len(target) > 1:
                row["related"] = target["tie"]
        made = {
            self.spec.frame: self.rows,
            "related": related,
            "steps": self._steps(),
            "staff": self._roster("staff", PERSON_COLUMNS, "staff"),
            "agencies": self._roster("agencies", ("agency",), "agency"),
            "units": self._roster("units", ("unit",), "unit"),
            "postings": self._postings(),
            "openings": self._openings(),
            "now": [{"at": now or self.at}],
        }
        return {name: _frame(made.get(name, []), columns, own=name == self.spec.frame) for name, columns in self.needs.items()}

    def _steps(self) -> list[Row]:
        steps: dict[tuple[int, str], Row] = {}
        for row in self.rows:
            for name, value in row.items():
                kind, step, field = split(name)
                if kind == "steps" and (field != "present" or value == "yes"):
                    seq = sum(key[0] == row["id"] for key in steps) + 1
                    told = steps.setdefault((row["id"], step), {"id": row["id"], "seq": seq, "step": step, "at": row["accepted_at"]})
                    told |= {field: value} if field in STEP_FIELDS and field != "present" else {}
        again = [{**steps[row["id"], step], "seq": 99} for row, step in self.twice]
        return [*steps.values(), *again]

    def _roster(self, kind: str, columns: tuple[str, ...], key: str) -> list[Row]:
        told: dict[Any, Row] = {}
        for row in self.rows:
            for name, value in row.items():
                if split(name)[0] == kind:
                    code = row[split(name)[1]]
                    told.setdefault(code, {key: code, "unit": row["unit"]})[split(name)[2]] = value
            if kind == "staff":
                for column in columns:
                    if column in row:
                        told.setdefault(row[column], {key: row[column], "unit": row["unit"]})
        return list(told.values())

    def _postings(self) -> list[Row]:
        told = []
        for row in self.rows:
            day = (row["accepted_at"] - EPOCH).days
            for name, value in list(row.items()):
                kind, column, fact = split(name)
                if kind == "postings":
                    if fact == "in_post":
                        row.setdefault("post", "X1")
                    held = (value == "yes") != (fact == "left")
                    post = row.get("post", "X1") if held else "X2"
                    start, end = (day - 9, day + 9) if held else (day - 99, day - 90)
                    told.append({"staff": row[column], "post": post, "start": start, "end": end})
        return told

    def _openings(self) -> list[Row]:
        first = (self.at - EPOCH).days
        places = sorted({(row["unit"], row["line"]) for row in self.rows})
        return [
            {"unit": unit, "line": line, "day": day, "start": 510, "end": 1050}
            for unit, line in places
            for day in range(first - 14, first + 60)
            if (day + 3) % 7 < 5
        ]


def _moments(row: Row) -> Row:
    """The moments between which lie the minutes that a row tells; the first is the acceptance where nothing else says."""
    made: Row = {}
    for name in [name for name in row if split(name)[0] == "minutes"]:
        start, end = (moment_of(one) for one in split(name)[1:])
        made[start] = row.get(start, row["accepted_at"])
        made[end] = made[start] + pd.Timedelta(minutes=row[name])
    return made


def rows_for(spec: Spec, *, share: bool) -> int:
    """How many rows a canary needs for the mildest level: so many matched ones, or so many in all for a share."""
    mildest = min(spec.thresholds.values())
    return max(spec.min_n, math.ceil(100 / max(mildest, 1.0))) if share else max(spec.min_n, math.ceil(mildest))


def needed_of(spec: Spec, rows: int) -> int:
    """How many of `rows` must match so that their percentage just reaches the mildest level."""
    return math.ceil(min(spec.thresholds.values()) * rows / 100 - 1e-9)


def _unlike(values: tuple[Any, ...]) -> Any:
    if isinstance(values[0], bool):
        return not values[0]
    return max(values) + 1 if isinstance(values[0], int | float) else "X0"


def _frame(rows: list[Row], columns: Iterable[str], *, own: bool) -> pd.DataFrame:
    """Rows under the types a detector expects; what a row does not say is unknown."""
    made: Mapping[str, Any] = {name: _column([row.get(name) for row in rows], name) for name in columns}
    frame = pd.DataFrame(made)
    if own and "day" in frame:
        frame["day"] = np.array([(row["accepted_at"] - EPOCH).days for row in rows], dtype=np.int32)
    return frame


def _column(values: list[Any], name: str) -> Any:
    known = [value for value in values if value is not None]
    if name in KEY_COLUMNS or name in WHOLE or name in ("seq", "day", "start", "end"):
        return np.array([value or 0 for value in values], dtype=np.int64)
    if name in FLAGS:
        return np.array([bool(value) for value in values], dtype=bool)
    if name == "at" or name.endswith("_at") or any(isinstance(value, pd.Timestamp) for value in known):
        return np.array(["NaT" if value is None else value for value in values], dtype="datetime64[us]")
    if name in NUMBERS or known and all(isinstance(value, int | float) for value in known):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return pd.Categorical(["" if value is None else str(value) for value in values], categories=sorted({"", *map(str, known)}))
