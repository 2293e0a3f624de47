"""Frames for detector tests, from the few values a test is about; everything else is unknown."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import Spec
from risk.detectors.parts.params import build
from risk.detectors.registry import detectors

TEXT = (
    "line", "action", "status", "unit", "post", "handler", "approver", "terminal", "agency", "plate_type", "vehicle_type", "result",
    "source", "attr.inspector", "attr.car_no", "attr.use", "attr.line_no", "person_region",
)  # fmt: skip
KEYS = ("agent", "person", "plate", "vin", "related", "attr.photo_hash", "attr.phone")
EPOCH = np.datetime64("1970-01-01", "us")


def day(text: str) -> int:
    """Ordinal of a date like 2026-03-02."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def category(values: Sequence[Any]) -> pd.Categorical:
    return pd.Categorical(["" if value is None else value for value in values], categories=sorted({value or "" for value in values} | {""}))


def transactions(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Rows with `at` (text, accepted time) and whatever else matters; ids count from 1 unless given."""
    made: dict[str, Any] = {"id": np.array([row.get("id", number) for number, row in enumerate(rows, start=1)], dtype=np.int64)}
    made["tie"] = np.array([row.get("tie", row.get("id", number)) for number, row in enumerate(rows, start=1)], dtype=np.int64)
    made["accepted_at"] = np.array([row["at"] for row in rows], dtype="datetime64[us]")
    made["finished_at"] = np.array([row.get("finished", "NaT") for row in rows], dtype="datetime64[us]")
    made["arrived_at"] = np.array([row.get("arrived", row["at"]) for row in rows], dtype="datetime64[us]")
    made["day"] = (made["accepted_at"].astype("datetime64[D]").astype(np.int64)).astype(np.int32)
    defaults = {"line": "registration", "unit": "W1", "handler": "P1"}
    for name in TEXT:
        made[name] = category([row.get(name, defaults.get(name, "")) for row in rows])
    for name in KEYS:
        made[name] = np.array([row.get(name, 0) for row in rows], dtype=np.int64)
    for name in ("amount", "points"):
        made[name] = np.array([row.get(name, np.nan) for row in rows], dtype=np.float64)
    for name in ("marked", "respelled", "altered"):
        made[name] = np.array([row.get(name, False) for row in rows], dtype=bool)
    return pd.DataFrame(made)


def steps(*rows: tuple[int, int, str, str, str]) -> pd.DataFrame:
    """Rows of (transaction id, seq, step, staff, time)."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return pd.DataFrame(
        {
            "id": np.array(columns[0], dtype=np.int64),
            "seq": np.array(columns[1], dtype=np.int32),
            "step": category(columns[2]),
            "staff": category(columns[3]),
            "at": np.array(columns[4], dtype="datetime64[us]"),
        }
    )


def staff(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Rows of (number, kind, unit)."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * 3
    return pd.DataFrame({name: category(values) for name, values in zip(("staff", "kind", "unit"), columns, strict=True)})


def postings(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Rows of (number, post, first day, last day or "")."""
    ends = [day(row[3]) if row[3] else 2**31 - 1 for row in rows]
    return pd.DataFrame(
        {
            "staff": category([row[0] for row in rows]),
            "post": category([row[1] for row in rows]),
            "start": np.array([day(row[2]) for row in rows], dtype=np.int32),
            "end": np.array(ends, dtype=np.int32),
        }
    )


def openings(
    first: str, last: str, *, units: Sequence[str] = ("W1",), line: str = "registration", closed: Sequence[str] = ()
) -> pd.DataFrame:
    """08:30–12:00 and 13:30–17:30 from Monday to Friday, but on the days `closed`."""
    off = {day(text) for text in closed}
    rows = [
        (unit, line, number, start, end)
        for unit in units
        for number in range(day(first), day(last) + 1)
        if (number + 3) % 7 < 5 and number not in off
        for start, end in ((510, 720), (810, 1050))
    ]
    unit, lines, days, start, end = zip(*rows, strict=True)
    numbers = {"day": np.array(days, dtype=np.int32), "start": np.array(start, dtype=np.int16), "end": np.array(end, dtype=np.int16)}
    return pd.DataFrame({"unit": category(unit), "line": category(lines)} | numbers)


def spec(detector: str, params: Mapping[str, Any], **parts: Any) -> Spec:
    """A rule about handlers with one threshold of 1 in a window of one day, unless told otherwise."""
    fields: dict[str, Any] = {"rule_code": "T-01", "detector": detector, "subject_kind": "staff", "subject_column": "handler", "lines": ()}
    fields |= {"scope": {}, "window_days": 1, "min_n": 1, "op": ">=", "thresholds": {"blue": 1.0}}
    made = Spec(**(fields | parts), params=build(detectors()[detector].Params, params))
    detectors()[detector].check(made)
    return made


def find(rule: Spec, **frames: pd.DataFrame) -> pd.DataFrame:
    """The rule's hits, seeing only the columns it asked for, as in the running system."""
    detector = detectors()[rule.detector]
    given = {name: frames[name][list(columns)] for name, columns in detector.needs(rule).items()}
    return detector.find(given, rule)


def told(hits: pd.DataFrame) -> list[tuple[Any, str, str, float, list[int]]]:
    """Hits as (subject, date, level, observed, evidence), in order."""
    rows = [
        (hit.subject, str(np.datetime64(int(hit.day), "D")), hit.level, float(hit.observed), hit.evidence.tolist())
        for hit in hits.itertuples(index=False)
    ]
    return sorted(rows, key=str)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
