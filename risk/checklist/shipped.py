"""The shipped checklist: a CSV file read strictly; a slip in it is an error naming the item, never an item that is not there."""

import csv
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ledger.lines import lines
from ledger.roster.prohibitions import Prohibition
from risk.checklist.models import ChecklistItem

FILE = Path(__file__).parent / "default.csv"
COMMON = "common"
MAY_BE_EMPTY = frozenset({"manifestation", "prohibition", "basis", "rules"})


class ChecklistError(Exception):
    """A shipped item that cannot be used; the message names it and its column."""


@dataclass(frozen=True)
class Entry:
    """One item as shipped, its fields named as those of ChecklistItem."""

    no: str
    line: str
    post: str
    step: str
    risk_point: str
    level: str
    manifestation: str
    control: str
    owner: str
    supervision_level: str
    cadence: str
    prohibition: str
    basis: str
    rules: tuple[str, ...]


ALLOWED = {
    "line": lambda: {*lines(), COMMON},
    "level": lambda: set(ChecklistItem.Level.values),
    "supervision_level": lambda: set(ChecklistItem.Supervision.values),
    "cadence": lambda: set(ChecklistItem.Cadence.values),
    "prohibition": lambda: {"", *Prohibition.values},
}


def read(file: Path = FILE) -> list[Entry]:
    """Every shipped item in the file's order. Raises ChecklistError."""
    with file.open(encoding="utf-8", newline="") as stream:
        table = csv.DictReader(stream)
        if set(table.fieldnames or ()) != set(Entry.__dataclass_fields__):
            raise ChecklistError(f"{file.name}: its columns are {table.fieldnames}, they must be {list(Entry.__dataclass_fields__)}")
        entries = [_entry(file.name, row) for row in table]
    numbers = [entry.no for entry in entries]
    for number in numbers:
        if numbers.count(number) > 1:
            raise ChecklistError(f"{file.name}: {number} stands in it twice")
    return entries


def digest(entries: list[Entry]) -> str:
    """SHA-256 of all that the items say, in their order."""
    return hashlib.sha256(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _entry(name: str, row: dict[str, str | None]) -> Entry:
    place = f"{name}: {row.get('no') or 'an item without number'}"
    values: dict[str, str] = {}
    for column in Entry.__dataclass_fields__:
        value = (row[column] or "").strip()
        if not value and column not in MAY_BE_EMPTY:
            raise ChecklistError(f"{place}: {column} is empty")
        if column in ALLOWED and value not in ALLOWED[column]():
            raise ChecklistError(f"{place}: {column} cannot be {value!r}")
        values[column] = value
    return Entry(**{**values, "rules": tuple(code for code in values["rules"].split(";") if code)})  # type: ignore[arg-type]
