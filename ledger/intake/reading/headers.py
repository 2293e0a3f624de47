"""Which column of a table is which: English or Chinese names, in any order."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from django.utils.translation import gettext as _

from ledger.intake.reading.escaping import RETURNED
from ledger.intake.reading.kinds import Column, Kind
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.values import Code, Text, amount, count, points, seq
from ledger.kit.errors import Unreadable
from ledger.lines import lines

# What the quarantine adds to a downloaded row. No data when the corrected file comes back; the last must be empty then.
QUARANTINE_COLUMNS = (
    RETURNED,
    "quarantine_line",
    "quarantine_column",
    "quarantine_value",
    "quarantine_reason",
    "quarantine_rest",
)
NUMBER, REST = QUARANTINE_COLUMNS[0], QUARANTINE_COLUMNS[-1]
ATTRIBUTE_LENGTH = 1000
NUMERIC = (amount, points, seq, count)
ATTRIBUTE_NAME_LENGTH = 60
LONGEST_NAME = 4 * ATTRIBUTE_NAME_LENGTH  # NFKC makes one character of up to four


@dataclass(frozen=True)
class Placed:
    """A column at its place in the table. `attribute`: one the kind does not know, kept in attrs."""

    index: int
    received: str
    column: Column
    attribute: bool = False

    @property
    def stated(self) -> str:
        return f"attrs.{self.column.name}" if self.attribute else self.column.name

    @property
    def numeric(self) -> bool:
        """Whether a JSON number may stand in it; a number in a place of codes or text has lost its leading zeros or its digits."""
        return self.column.name in _numeric_attributes() if self.attribute else self.column.read in NUMERIC


@dataclass(frozen=True)
class Header:
    """The columns of one table, placed; `ignored` are the received names nothing is done with."""

    kind: Kind
    received: tuple[str, ...]
    placed: tuple[Placed, ...]
    ignored: tuple[str, ...]

    @property
    def identifying(self) -> frozenset[int]:
        """The places of columns that identify somebody or something: only text is trusted in them."""
        return frozenset(place.index for place in self.placed if isinstance(place.column.read, Code) or _is_secret(place))

    @property
    def missing(self) -> tuple[str, ...]:
        there = {place.stated for place in self.placed}
        return tuple(name for name in self.kind.required if name not in there)

    @property
    def repeated(self) -> tuple[str, ...]:
        times = Counter(place.stated for place in self.placed)
        return tuple(sorted(name for name, count in times.items() if count > 1))


def match_header(kind: Kind, received: Sequence[str]) -> Header:
    """Place the received column names; nothing is refused here."""
    placed, ignored = [], []
    for index, name in enumerate(received):
        meaning = _meaning(kind, name.strip()) if len(name) <= LONGEST_NAME else UNKNOWN
        if meaning.column:
            placed.append(Placed(index, name, meaning.column, meaning.attribute))
        elif not meaning.ours:
            ignored.append(name or f"#{index + 1}")
    return Header(kind, tuple(received), tuple(placed), tuple(ignored))


def readable_header(kind: Kind, received: Sequence[str], *, name: str) -> Header:
    """The same for a file, which must have every required column, and none twice. Raises Unreadable saying which."""
    header = match_header(kind, received)
    if header.repeated:
        message = _("%(name)s names a column more than once: %(columns)s. Keep one of each.")
        raise Unreadable(message % {"name": name, "columns": _spoken(kind, header.repeated)})
    if header.missing:
        message = _("%(name)s lacks the column %(columns)s, which every file of %(kind)s needs. Its header reads: %(header)s")
        named = {"columns": _spoken(kind, header.missing), "kind": f"{kind.code} {kind.chinese}"}
        raise Unreadable(message % {"name": name, "header": ", ".join(received)[:200], **named})
    return header


def added_place(received: Sequence[str], column: str) -> int | None:
    """Where a table holds a column that the quarantine added, if it does."""
    return next((index for index, name in enumerate(received) if _folded(name) == column), None)


def is_added(name: str) -> bool:
    """Whether a received column is one that the quarantine added."""
    return _folded(name) in QUARANTINE_COLUMNS


def received_name(kind: Kind, received: Sequence[str], column: str) -> str:
    """What the table calls a column of the kind; the column's own name where it is not there."""
    return next((place.received for place in match_header(kind, received).placed if place.column.name == column), column)


@dataclass(frozen=True)
class _Meaning:
    """What a received name means: a column, an attribute, a column of the quarantine's own, or nothing."""

    column: Column | None = None
    attribute: bool = False
    ours: bool = False


UNKNOWN = _Meaning()


@lru_cache(maxsize=8192)  # a call may bring hundreds of thousands of names: most are the same ones again
def _meaning(kind: Kind, name: str) -> _Meaning:
    folded = _folded(name)
    if folded == REST:
        return _Meaning(Column(REST, (), _rest))
    if folded in QUARANTINE_COLUMNS:
        return _Meaning(ours=True)
    if column := _known(kind).get(folded):
        return _Meaning(column)
    if kind.extra_columns and folded and len(folded) <= ATTRIBUTE_NAME_LENGTH:
        return _Meaning(Column(_attribute_name(name), (), Text(ATTRIBUTE_LENGTH)), attribute=True)
    return UNKNOWN


@cache
def _known(kind: Kind) -> dict[str, Column]:
    return {_folded(name): column for column in kind.columns for name in (column.name, *column.chinese)}


@cache
def _numeric_attributes() -> frozenset[str]:
    return frozenset(name for line in lines().values() for name, attribute in line.attributes.items() if attribute.kind == "number")


def _rest(value: str) -> str:
    """What belonged to no column is no data: as long as it stands there, its row was not corrected."""
    raise Fault("rest_left")


def _is_secret(place: Placed) -> bool:
    given = (line.attributes.get(place.column.name) for line in lines().values())
    return place.attribute and any(attribute is not None and attribute.kind in ("digest", "personal") for attribute in given)


def _spoken(kind: Kind, names: Iterable[str]) -> str:
    chinese = {column.name: column.chinese[0] for column in kind.columns}
    return ", ".join(f"{name} {chinese[name]}" if name in chinese else name for name in names)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().rstrip("*").strip().lower()


@cache
def _attribute_aliases() -> dict[str, str]:
    declared = [(name, attribute) for line in lines().values() for name, attribute in line.attributes.items()]
    return {alias: name for name, attribute in declared for alias in (name, attribute.column) if alias}


def _attribute_name(received: str) -> str:
    name = unicodedata.normalize("NFKC", received).strip().removeprefix("attrs.")
    return _attribute_aliases().get(name, _attribute_aliases().get(name.lower(), name))
