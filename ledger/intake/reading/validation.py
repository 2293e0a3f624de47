"""One row of text cells into what the journal or the roster takes, or the Fault that rejects it. The same for files and records."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger.intake.reading import values
from ledger.intake.reading.headers import Header, Placed
from ledger.intake.reading.kinds import STAFF, UNIT
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.values import Code, Reader
from ledger.journal.canonical import moment_text
from ledger.journal.fold import SPELLING, Record, StepRecord
from ledger.journal.models import Transaction
from ledger.kit.days import event_day
from ledger.lines import lines
from ledger.lines.base import Line
from ledger.roster import queries as roster

CLOCK_TOLERANCE = timedelta(hours=1)
REMEMBERED = 20_000
Mark = dict[str, str]
ATTRIBUTE_READERS: Mapping[str, Reader] = {"number": values.number, "time": values.moment}
_Read = tuple[Any, tuple[Mark, ...]]


@dataclass(slots=True)
class _Column:
    """A placed column and what was read in it before: of single rows with its remarks, of many rows the bare values.

    `odd` holds what faults or remarks go with, so that its rows are looked at one by one.
    """

    place: Placed
    required: bool
    reads: dict[str, _Read] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)


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
    marks: list[Mark] = field(default_factory=list)


Checked = Record | StepRecord | RosterRow
Finisher = Callable[[dict[str, Any], dict[str, str], list[Mark]], Checked]  # content, attributes as received, marks


class Checker:
    """Checks the rows of one table (or of records with the same keys)."""

    def __init__(self, header: Header, rosters: Rosters, *, now: datetime) -> None:
        self.header, self.rosters = header, rosters
        self._required = header.kind.required
        self._columns = [_Column(place, not place.attribute and place.column.name in self._required) for place in header.placed]
        self._plan = [(one.place.index, one.place.column.name, one.place.attribute, one) for one in self._columns]
        self._attributes = {place.column.name: place for place in header.placed if place.attribute}
        self._typed = {code: self._typed_attributes(line) for code, line in lines().items()}
        self._stated = frozenset(place.stated for place in header.placed)
        self._received = {place.column.name: place.received for place in header.placed if not place.attribute}
        self._amiss = header.kind.amiss
        self._width = len(header.received)
        self._future = moment_text(now + CLOCK_TOLERANCE)[:19]
        self._tomorrow = (event_day(now) + timedelta(days=1)).isoformat()
        finishers: dict[str, Finisher] = {"transactions": self._transaction, "steps": self._step}
        self._finish = finishers.get(header.kind.code, self._record if header.kind.key else self._roster_row)

    def check(self, cells: Sequence[str]) -> Checked:
        """Raises Fault with the received name of the column and the value."""
        if len(cells) != self._width:
            raise Fault("too_few_cells" if len(cells) < self._width else "too_many_cells", found=len(cells), expected=self._width)
        content: dict[str, Any] = {}
        attrs: dict[str, str] = {}
        marks: list[Mark] = []
        for index, name, attribute, column in self._plan:
            raw = cells[index]
            if not raw:
                continue
            read = column.reads.get(raw)
            if read is None:
                if len(column.reads) >= REMEMBERED:
                    column.reads.clear()
                read = column.reads[raw] = self._read(column.place, raw)
            value, remarks = read
            if value is None:
                continue
            (attrs if attribute else content)[name] = value
            marks.extend(remarks)
        for name in self._required:
            if name not in content:
                raise Fault("missing_value", column=self._received[name])
        return self._whole(content, attrs, marks)

    def check_all(self, rows: Sequence[Sequence[str]]) -> list[Checked | Fault]:
        """The same of many rows, several times faster: by the column. In the place of a row that is rejected stands its Fault."""
        found: dict[int, Checked | Fault] = {}
        even = [number for number, cells in enumerate(rows) if len(cells) == self._width]
        columns = list(zip(*(rows[number] for number in even), strict=True))
        one_by_one = set(range(len(rows))).difference(even)
        read: dict[bool, tuple[list[str], list[list[Any]]]] = {True: ([], []), False: ([], [])}  # of attributes, or not: names, values
        for column in self._columns if even else ():
            cells = columns[column.place.index]
            values = self._read_all(column, cells)
            if not column.odd.isdisjoint(cells) or (column.required and None in values):
                one_by_one.update(even[n] for n, raw in enumerate(cells) if raw in column.odd or (column.required and values[n] is None))
            names, lists = read[column.place.attribute]
            names.append(column.place.column.name)
            lists.append(values)
        contents, attrs = (_dicts(*read[attribute], len(even)) for attribute in (False, True))
        for number, content, extra in zip(even, contents, attrs, strict=True):
            if number not in one_by_one:
                found[number] = _or_fault(self._whole, content, extra, [])
        return [_or_fault(self.check, cells) if n in one_by_one else found[n] for n, cells in enumerate(rows)]

    def _whole(self, content: dict[str, Any], attrs: dict[str, str], marks: list[Mark]) -> Checked:
        if self._amiss is not None and (found := self._amiss(content)):
            column, reason = found
            raise Fault(reason, column=self._received[column], value=str(content[column]))
        return self._finish(content, attrs, marks)

    def _read_all(self, column: _Column, cells: Sequence[str]) -> list[Any]:
        """The values of a column's cells; None where a cell is empty or cannot be read, in which case it is odd."""
        known = column.values
        if len(known) >= REMEMBERED:
            known.clear()
            column.odd.clear()
        known[""] = None
        fresh = set(cells).difference(known)
        rule = column.place.column
        if fresh and isinstance(rule.read, Code) and not (rule.marks or rule.refers) and rule.read.is_plain(fresh):
            known.update(zip(fresh, fresh, strict=True))
            fresh = set()
        for raw in fresh:
            try:
                known[raw], remarks = self._read(column.place, raw)
            except Fault:
                known[raw], remarks = None, ({},)
            if remarks:
                column.odd.add(raw)
        return [known[raw] for raw in cells]

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
        if not (column.marks or column.refers):
            return value if value != "" else None, ()
        marks = []
        if column.marks and value != raw:
            marks.append({"column": column.name, "reason": SPELLING, "value": raw})
        if column.refers == STAFF and value not in self.rosters.staff:
            marks.append({"column": column.name, "reason": "unknown_staff", "value": value})
        return value if value != "" else None, tuple(marks)

    def _typed_attributes(self, line: Line) -> list[tuple[str, Reader]]:
        """The attributes of this table to which a line gives a type that must be read, in the order of the columns."""
        kinds = {name: attribute.kind for name, attribute in line.attributes.items()}
        return [(name, ATTRIBUTE_READERS[kinds[name]]) for name in self._attributes if kinds.get(name) in ATTRIBUTE_READERS]

    def _transaction(self, content: dict[str, Any], attrs: dict[str, str], marks: list[Mark]) -> Record:
        line = lines()[content["line"]]
        if content["action"] not in line.actions:
            raise Fault("not_in_list", column=self._received["action"], value=content["action"], allowed=", ".join(line.actions))
        for name, read in self._typed[line.code]:
            if name in attrs:
                try:
                    attrs[name] = read(attrs[name])
                except Fault as fault:
                    raise _placed(fault, self._attributes[name], attrs[name]) from None
        if attrs:
            content["attrs"] = attrs
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

    def _step(self, content: dict[str, Any], attrs: dict[str, str], marks: list[Mark]) -> StepRecord:
        remarks = [{**mark, "column": f"steps.{mark['column']}"} for mark in marks]
        return StepRecord(content.pop("serial_no"), content.pop("seq"), content, self._stated, remarks)

    def _record(self, content: dict[str, Any], attrs: dict[str, str], marks: list[Mark]) -> Record:
        for column in self.header.kind.columns:
            value = content.get(column.name)
            if value is None:
                continue
            if column.past and (value[:19] > self._future if "T" in value else value >= self._tomorrow):
                marks.append({"column": column.name, "reason": "in_the_future", "value": value})
            if column.after and value[:19] < content[column.after][:19]:
                marks.append({"column": column.name, "reason": "before_receipt", "value": value})
        return Record(content.pop(self.header.kind.key), content, self._stated, marks=marks)

    def _roster_row(self, content: dict[str, Any], attrs: dict[str, str], marks: list[Mark]) -> RosterRow:
        return RosterRow(content, self._stated, self._received, marks)


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


def _or_fault(check: Callable[..., Checked], *given: Any) -> Checked | Fault:
    try:
        return check(*given)
    except Fault as fault:
        return fault


def _dicts(names: Sequence[str], columns: Sequence[Sequence[Any]], count: int) -> Iterator[dict[str, Any]]:
    """The rows of these columns, by name, without what is None."""
    if not columns:
        return ({} for _ in range(count))
    return ({name: value for name, value in zip(names, row, strict=True) if value is not None} for row in zip(*columns, strict=True))
