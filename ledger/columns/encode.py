"""The one encoder from journal rows to frames, used for writing Parquet and for reading straight from the database.

Text becomes a category ("" unknown), identity numbers and plates a keyed hash (0 unknown) with region and year of birth beside them,
moments naive Shanghai wall time, amounts fen. Rows come as tuples in the order of TRANSACTION_FIELDS or STEP_FIELDS.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from django.core.exceptions import ImproperlyConfigured

from ledger.columns.hashing import SEPARATOR, keys64
from ledger.journal.fold import SPELLING
from ledger.kit.days import SHANGHAI
from ledger.lines import lines

TRANSACTION_FIELDS = (
    "id", "source", "serial_no", "line", "action", "status", "unit_code", "post_code", "handler_no", "approver_no", "terminal",
    "agency_code", "agent_id_no", "person_id_no", "plate_no", "plate_type", "vin", "vehicle_type", "accepted_at", "finished_at",
    "arrived_at", "result", "amount", "points", "related_serial", "attrs", "marks", "version",
)  # fmt: skip
STEP_FIELDS = ("transaction_id", "seq", "step", "post_code", "staff_no", "at", "result", "terminal")
TEXT = {
    "line": "line", "action": "action", "status": "status", "unit": "unit_code", "post": "post_code", "handler": "handler_no",
    "approver": "approver_no", "terminal": "terminal", "agency": "agency_code", "plate_type": "plate_type",
    "vehicle_type": "vehicle_type", "result": "result", "source": "source",
}  # fmt: skip
HASHED = {"agent": "agent_id_no", "person": "person_id_no", "plate": "plate_no", "vin": "vin"}
MOMENTS = ("accepted_at", "finished_at", "arrived_at")
PREFIXES = {"agent_region": ("agent_id_no", 4), "person_region": ("person_id_no", 4), "plate_region": ("plate_no", 2)}
CORE = (
    "id", "version", "tie", "day", *TEXT, *HASHED, *PREFIXES, "person_birth_year", *MOMENTS, "amount", "points", "related",
    "marked", "respelled", "altered",
)  # fmt: skip
STEP_COLUMNS = ("id", "day", "line", "seq", "step", "post", "staff", "result", "terminal", "at")
DAY_US = 86_400_000_000
HASHED_KINDS = ("digest", "personal")
WORDS = pd.StringDtype("pyarrow", na_value=np.nan)


@cache
def attribute_kinds() -> dict[str, str]:
    """Kind of every attribute that any line declares. Raises ImproperlyConfigured when two lines declare one name differently."""
    kinds: dict[str, str] = {}
    for line in lines().values():
        for name, attribute in line.attributes.items():
            if kinds.setdefault(name, attribute.kind) != attribute.kind:
                raise ImproperlyConfigured(
                    f"Attribute {name} is {kinds[name]} in one line and {attribute.kind} in {line.code}; give one of them another name."
                )
    return kinds


def is_hashed(column: str) -> bool:
    """Whether a frame column holds key64 hashes instead of codes."""
    return column in HASHED or attribute_kinds().get(column.removeprefix("attr."), "text") in HASHED_KINDS and column.startswith("attr.")


def file_columns(line: str) -> tuple[str, ...]:
    """The columns written for a line: the core, its declared attributes, and `extra` for the undeclared ones."""
    declared = lines()[line].attributes if line in lines() else ()
    return (*CORE, *(f"attr.{name}" for name in declared), "extra")


def encode_transactions(rows: Sequence[tuple[Any, ...]], *, columns: Iterable[str], altered: Collection[int] = ()) -> pd.DataFrame:
    """Journal rows as a frame with `columns` (core columns, "attr.<name>", "extra"). `altered`: ids that an alteration changed."""
    given: dict[str, Sequence[Any]] = dict.fromkeys(TRANSACTION_FIELDS, ())
    if rows:
        given = dict(zip(TRANSACTION_FIELDS, zip(*rows, strict=True), strict=True))
    attributes: list[dict[str, Any]] | None = None
    made: dict[str, Any] = {}
    for column in dict.fromkeys(columns):
        if column.startswith("attr.") or column == "extra":
            if attributes is None:
                attributes = [_json(value) for value in given["attrs"]]
            made[column] = _extra(attributes, given["line"]) if column == "extra" else attribute(attributes, column.removeprefix("attr."))
        else:
            made[column] = _core(column, given, altered)
    return pd.DataFrame(made, index=pd.RangeIndex(len(rows)))


def encode_steps(rows: Sequence[tuple[Any, ...]], transactions: pd.DataFrame) -> pd.DataFrame:
    """Step rows as a frame with STEP_COLUMNS; `transactions` holds id, day and line of the transactions they belong to."""
    given = dict(zip(STEP_FIELDS, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(STEP_FIELDS, ())
    ids = np.array(given["transaction_id"], dtype=np.int64)
    of = transactions.sort_values("id")
    places = np.searchsorted(of["id"].to_numpy(), ids)
    made = {
        "id": ids,
        "day": of["day"].to_numpy()[places] if len(of) else np.zeros(0, dtype=np.int32),
        "line": of["line"].array.take(places),
        "seq": np.array(given["seq"], dtype=np.int32),
        "step": category(given["step"]),
        "post": category(given["post_code"]),
        "staff": category(given["staff_no"]),
        "result": category(given["result"]),
        "terminal": category(given["terminal"]),
        "at": moments(given["at"]),
    }
    return pd.DataFrame(made)[list(STEP_COLUMNS)]


def _core(column: str, given: dict[str, Sequence[Any]], altered: Collection[int]) -> Any:
    if column in TEXT:
        return category(given[TEXT[column]])
    if column in HASHED:
        return keys64(given[HASHED[column]])
    if column in PREFIXES:
        field, length = PREFIXES[column]
        return category([text[:length] for text in given[field]])
    if column in MOMENTS:
        return moments(given[column])
    return _SINGLE[column](given, altered)


def _wall_day(given: dict[str, Sequence[Any]], _: Collection[int]) -> np.ndarray:
    return (moments(given["accepted_at"]).astype(np.int64) // DAY_US).astype(np.int32)


def _ties(serial: str) -> Callable[[dict[str, Sequence[Any]], Collection[int]], np.ndarray]:
    def make(given: dict[str, Sequence[Any]], _: Collection[int]) -> np.ndarray:
        return keys64(
            [f"{source}{SEPARATOR}{number}" if number else "" for source, number in zip(given["source"], given[serial], strict=True)]
        )

    return make


def _birth_year(given: dict[str, Sequence[Any]], _: Collection[int]) -> np.ndarray:
    return np.array(
        [int(text[6:10]) if len(text) == 18 and text[6:10].isdecimal() else 0 for text in given["person_id_no"]], dtype=np.int16
    )


_SINGLE: dict[str, Callable[[dict[str, Sequence[Any]], Collection[int]], np.ndarray]] = {
    "id": lambda given, _: np.array(given["id"], dtype=np.int64),
    "version": lambda given, _: np.array(given["version"], dtype=np.int32),
    "tie": _ties("serial_no"),
    "related": _ties("related_serial"),
    "day": _wall_day,
    "person_birth_year": _birth_year,
    "amount": lambda given, _: np.array(given["amount"], dtype=np.float64),
    "points": lambda given, _: np.array(given["points"], dtype=np.float64),
    "marked": lambda given, _: np.array([bool(value) and value != "[]" for value in given["marks"]], dtype=bool),
    "respelled": lambda given, _: np.array([SPELLING in str(value) for value in given["marks"]], dtype=bool),
    "altered": lambda given, altered: np.array([key in altered for key in given["id"]], dtype=bool),
}


def category(values: Iterable[str]) -> pd.Categorical:
    """Text as a category; a missing value is ""."""
    codes, words = pd.factorize(np.array(["" if value is None else value for value in values], dtype=object))
    names = pa.array(words, type=pa.large_string())
    order = pc.array_sort_indices(names)
    rank = np.empty(len(names), dtype=np.min_scalar_type(-len(names) - 1))
    rank[order.to_numpy()] = np.arange(len(names))
    ordered = pd.Index(pd.arrays.ArrowStringArray(names.take(order), dtype=WORDS))
    return pd.Categorical.from_codes(rank[codes], categories=ordered, validate=False)


def moments(values: Iterable[Any]) -> np.ndarray:
    """Moments (aware, or UTC text as SQLite keeps it) as naive Shanghai wall time, datetime64[us]."""
    known = list(values)
    if not known:
        return np.zeros(0, dtype="datetime64[us]")
    format_ = "ISO8601" if any(isinstance(value, str) for value in known) else None
    parsed = pd.to_datetime(pd.Series(known, dtype=object), utc=True, format=format_)
    return np.asarray(parsed.dt.tz_convert(SHANGHAI).dt.tz_localize(None).to_numpy().astype("datetime64[us]"))


def attribute(attributes: Sequence[dict[str, Any]], name: str) -> Any:
    """One attribute of every row, typed as the lines declare it; undeclared ones are text."""
    values = ["" if (value := row.get(name)) is None else str(value) for row in attributes]
    kind = attribute_kinds().get(name, "text")
    if kind == "number":
        return pd.to_numeric(pd.Series(values, dtype=object).replace({"": None}), errors="coerce").to_numpy(dtype=np.float64)
    if kind == "time":
        return _written_moments(values)
    return keys64(values) if kind in HASHED_KINDS else category(values)


def _written_moments(values: Sequence[str]) -> np.ndarray:
    """Times written as text: with an offset as they say, without one on the Shanghai clock; unreadable is unknown."""
    stated = [value if not value or value.endswith("Z") or "+" in value[10:] or "-" in value[10:] else f"{value}+08:00" for value in values]
    parsed = pd.to_datetime(pd.Series(stated, dtype=object).replace({"": None}), utc=True, format="ISO8601", errors="coerce")
    return np.asarray(parsed.dt.tz_convert(SHANGHAI).dt.tz_localize(None).to_numpy().astype("datetime64[us]"))


def _extra(attributes: Sequence[dict[str, Any]], of_lines: Sequence[str]) -> Any:
    """What a line does not declare, as JSON text, "" where there is none."""
    declared = {code: frozenset(line.attributes) for code, line in lines().items()}
    nothing: frozenset[str] = frozenset()
    texts = []
    for row, line in zip(attributes, of_lines, strict=True):
        rest = {name: value for name, value in row.items() if name not in declared.get(line, nothing)}
        texts.append(json.dumps(rest, ensure_ascii=False, sort_keys=True) if rest else "")
    return pd.array(texts, dtype="str")


def _json(value: Any) -> dict[str, Any]:
    if not value or value == "{}":
        return {}
    return json.loads(value) if isinstance(value, str) else value
