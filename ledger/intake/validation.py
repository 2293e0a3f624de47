"""One row of text cells into what the journal or the roster takes, or the Fault that rejects it. The same for files and records."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger.intake import values
from ledger.intake.headers import REST, Header, Placed, added_place
from ledger.intake.kinds import STAFF, UNIT
from ledger.intake.reasons import Fault
from ledger.journal.canonical import moment_text
from ledger.journal.fold import SPELLING, Record, StepRecord
from ledger.journal.models import Transaction
from ledger.kit.days import event_day
from ledger.lines import lines
from ledger.roster import queries as roster

CLOCK_TOLERANCE = timedelta(hours=1)
REMEMBERED = 20_000
Mark = dict[str, str]
_Read = tuple[Any, tuple[Mark, ...]]


@dataclass(frozen=True)
class Rosters:
    """The codes rows may refer to, as they stood when the delivery began."""

    units: frozenset[str]
    staff: frozenset[str]

    @classmethod
    def load(cls) -> "Rosters":
        return cls(frozenset(roster.unit_codes()), frozenset(roster.staff_numbers()))


@dataclass(slots=True)
class RosterRow:
    """A row of a roster kind: what it states, by column name; stated columns that are absent from `values` are stated empty."""

    values: dict[str, Any]
    stated: frozenset[str]
    received: Mapping[str, str] = field(default_factory=dict)


Checked = Record | StepRecord | RosterRow
Finisher = Callable[[dict[str, Any], list[tuple[Placed, str]], list[Mark]], Checked]


class Checker:
    """Checks the rows of one table (or of records with the same keys)."""

    def __init__(self, header: Header, rosters: Rosters, *, now: datetime) -> None:
        self.header, self.rosters = header, rosters
        self._plan: list[tuple[Placed, dict[str, _Read]]] = [(place, {}) for place in header.placed]
        self._stated = frozenset(place.stated for place in header.placed)
        self._received = {place.column.name: place.received for place in header.placed if not place.attribute}
        self._required = header.kind.required
        self._width = len(header.received)
        self._rest = added_place(header.received, REST)
        self._future = moment_text(now + CLOCK_TOLERANCE)[:19]
        self._tomorrow = (event_day(now) + timedelta(days=1)).isoformat()
        finishers: dict[str, Finisher] = {"transactions": self._transaction, "steps": self._step}
        self._finish = finishers.get(header.kind.code, self._record if header.kind.key else self._roster_row)

    def check(self, cells: Sequence[str]) -> Checked:
        """Raises Fault with the received name of the column and the value."""
        if len(cells) != self._width:
            raise Fault("too_few_cells" if len(cells) < self._width else "too_many_cells", found=len(cells), expected=self._width)
        if self._rest is not None and cells[self._rest].strip():
            raise Fault("rest_left", column=REST)
        content: dict[str, Any] = {}
        attrs: list[tuple[Placed, str]] = []
        marks: list[Mark] = []
        for place, memory in self._plan:
            raw = cells[place.index]
            if not raw:
                continue
            read = memory.get(raw)
            if read is None:
                if len(memory) >= REMEMBERED:
                    memory.clear()
                read = memory[raw] = self._read(place, raw)
            value, remarks = read
            if value is None:
                continue
            if place.attribute:
                attrs.append((place, value))
                continue
            content[place.column.name] = value
            if remarks:
                marks.extend(remarks)
        for name in self._required:
            if name not in content:
                raise Fault("missing_value", column=self._received[name])
        return self._finish(content, attrs, marks)

    def _read(self, place: Placed, raw: str) -> _Read:
        trimmed = raw.strip()
        if not trimmed:
            return None, ()
        column = place.column
        try:
            value = column.read(trimmed)
            if column.refers == UNIT and value not in self.rosters.units:
                raise Fault("unknown_unit")
        except Fault as fault:
            raise _placed(fault, place, raw) from None
        marks = []
        if column.marks and value != raw:
            marks.append({"column": column.name, "reason": SPELLING, "value": raw})
        if column.refers == STAFF and value not in self.rosters.staff:
            marks.append({"column": column.name, "reason": "unknown_staff", "value": value})
        return value if value != "" else None, tuple(marks)

    def _transaction(self, content: dict[str, Any], attrs: list[tuple[Placed, str]], marks: list[Mark]) -> Record:
        line = lines()[content["line"]]
        if content["action"] not in line.actions:
            raise Fault("not_in_list", column=self._received["action"], value=content["action"], allowed=", ".join(line.actions))
        kept = {}
        for place, text in attrs:
            declared = line.attributes.get(place.column.name)
            read = {"number": values.number, "time": values.moment}.get(declared.kind) if declared else None
            try:
                kept[place.column.name] = read(text) if read else text
            except Fault as fault:
                raise _placed(fault, place, text) from None
        if kept:
            content["attrs"] = kept
        finished = content.get("finished_at")
        if finished and finished[:19] < content["accepted_at"][:19]:
            marks.append({"column": "finished_at", "reason": "finished_before_accepted", "value": finished})
        for name in ("accepted_at", "finished_at"):
            if content.get(name, "")[:19] > self._future:
                marks.append({"column": name, "reason": "in_the_future", "value": content[name]})
        given = "status" in content
        if not given:
            content["status"] = Transaction.Status.FINISHED.value if finished else Transaction.Status.ACCEPTED.value
        return Record(content.pop("serial_no"), content, self._stated, given, marks)

    def _step(self, content: dict[str, Any], attrs: list[tuple[Placed, str]], marks: list[Mark]) -> StepRecord:
        remarks = [{**mark, "column": f"steps.{mark['column']}"} for mark in marks]
        return StepRecord(content.pop("serial_no"), content.pop("seq"), content, self._stated, remarks)

    def _record(self, content: dict[str, Any], attrs: list[tuple[Placed, str]], marks: list[Mark]) -> Record:
        for column in self.header.kind.columns:
            value = content.get(column.name)
            if value is None:
                continue
            if column.past and (value[:19] > self._future if "T" in value else value >= self._tomorrow):
                marks.append({"column": column.name, "reason": "in_the_future", "value": value})
            if column.after and value[:19] < content[column.after][:19]:
                marks.append({"column": column.name, "reason": "before_receipt", "value": value})
        return Record(content.pop(self.header.kind.key), content, self._stated, marks=marks)

    def _roster_row(self, content: dict[str, Any], attrs: list[tuple[Placed, str]], marks: list[Mark]) -> RosterRow:
        if "end_date" in content and content["end_date"] < content["start_date"]:
            raise Fault("end_before_start", column=self._received["end_date"], value=str(content["end_date"]))
        return RosterRow(content, self._stated, self._received)


def record_cells(record: Mapping[str, Any], numeric: Collection[str] | None = None) -> list[str]:
    """The values of a record as cells. Raises Fault for what is no text; None is empty.

    A decimal number is no identification, so floats are refused here rather than guessed at. With `numeric`, numbers may stand in the
    columns of these names and in no other.
    """
    cells = []
    for name, value in record.items():
        if value is None:
            cells.append("")
        elif isinstance(value, str):
            cells.append(value)
        elif isinstance(value, int) and (numeric is None or (name in numeric and not isinstance(value, bool))):
            cells.append(str(int(value)))
        elif isinstance(value, Decimal) and numeric is not None and name in numeric:
            cells.append(str(value))
        else:
            raise Fault("not_text", column=str(name), value=shown(value)[:200])
    return cells


def shown(value: Any) -> str:
    """What was sent in the place of a cell, as text for the quarantine."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return str(value)
    except RecursionError:
        return "…"


def _placed(fault: Fault, place: Placed, raw: str) -> Fault:
    return Fault(fault.reason, column=place.received, value=raw, **fault.detail)
