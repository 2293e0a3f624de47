"""What a row says of itself, taken or not: which record it is, of which unit and person, and the digest by which it is known again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from hashlib import sha256
from typing import Any

from ledger.intake.reading.headers import Placed, is_added, match_header
from ledger.intake.reading.kinds import KINDS, UNIT, Kind
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.validation import Checked
from ledger.journal.canonical import canonical_json
from ledger.journal.fold import Record, StepRecord

STAFF_COLUMNS = ("handler_no", "staff_no")


@dataclass(frozen=True, slots=True)
class Told:
    """What could be read of a row that was not taken; empty where it could not. `unit_code` may be on no roster."""

    identity: str = ""
    unit_code: str = ""
    staff_no: str = ""


def told_by(kind: Kind, header: Sequence[str], cells: Sequence[str]) -> Told:
    """Which record of the kind the received cells are about, and whom they name."""
    known = {place.stated: place for place in placed(kind.code, tuple(header)) if place.index < len(cells)}

    def read(name: str) -> str:
        return _read(known[name], cells) if name in known else ""

    parts = [read(name) for name in kind.identity]
    units = [column.name for column in kind.columns if column.refers == UNIT] or (["code"] if kind.code == "units" else [])
    staff = [name for name in STAFF_COLUMNS if name in known]
    return Told(
        identity="/".join(parts) if all(parts) else "",
        unit_code=read(units[0]) if units else "",
        staff_no=read(staff[0]) if staff else "",
    )


def identity_of(kind: Kind, row: Checked) -> str:
    """The same identity of a row that passed the checks."""
    if isinstance(row, Record):
        return row.serial_no
    if isinstance(row, StepRecord):
        return f"{row.serial_no}/{row.seq}"
    return "/".join(_as_text(row.values[name]) for name in kind.identity)


def fingerprint(kind: str, content: Mapping[str, str]) -> str:
    """SHA-256, in hex, of the kind and of what a row says, whatever its columns are called, in whatever order, beside empty ones."""
    received = tuple(content)
    names = {place.received: place.stated for place in placed(kind, received)}
    said = {names.get(name, name): cell for name, cell in content.items() if cell.strip()}
    return sha256(canonical_json([kind, said]).encode()).hexdigest()


def own_columns(header: Sequence[str]) -> list[int]:
    """The places of the columns that are the sender's, without those the quarantine added."""
    return list(_own_columns(tuple(header)))


@lru_cache(maxsize=256)
def placed(kind: str, header: tuple[str, ...]) -> tuple[Placed, ...]:
    return match_header(KINDS[kind], header).placed


@lru_cache(maxsize=256)
def _own_columns(header: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(index for index, name in enumerate(header) if not is_added(name))


def _read(place: Placed, cells: Sequence[str]) -> str:
    raw = cells[place.index].strip()
    try:
        return _as_text(place.column.read(raw)) if raw else ""
    except Fault:
        return ""


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)
