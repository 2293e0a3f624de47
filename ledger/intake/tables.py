"""A file as a table whose columns are known: looked at as a whole before anything is taken of it, then checked row by row."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from ledger.intake.reading.headers import Header, readable_header
from ledger.intake.reading.kinds import Kind
from ledger.intake.reading.readers import Broken, Faulty, Table, open_table
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.spreadsheets import SheetTable, open_sheet
from ledger.intake.reading.validation import Checker, Rosters
from ledger.intake.reading.workbooks import is_spreadsheet
from ledger.intake.taking import Arrived
from ledger.kit.errors import BadInput

CHUNK = 1000


@dataclass(frozen=True)
class Looked:
    """A file that can be read as its kind. `name`: what it was called by whoever sent it."""

    kind: Kind
    name: str
    table: Table | SheetTable
    header: Header

    def at(self, path: Path) -> "Looked":
        """The same content at another place."""
        table = replace(self.table, path=path)
        if isinstance(table, SheetTable):
            table = replace(table, workbook=replace(table.workbook, path=path))
        return replace(self, table=table)


def open_file(path: Path, *, sheet: str | None = None) -> Table | SheetTable:
    """A file as a table of whatever kind; what it is, its content says. Raises as `look` does."""
    if is_spreadsheet(path):
        return open_sheet(path, sheet=sheet, max_bytes=settings.INTAKE_MAX_BYTES)
    return open_table(path, max_bytes=settings.INTAKE_MAX_BYTES)


def look(path: Path, kind: Kind, *, sheet: str | None = None, name: str | None = None) -> Looked:
    """Find out how a file is to be read. Raises Unreadable saying why it cannot be, BadInput for a sheet it does not have."""
    name = name or path.name
    try:
        table = open_file(path, sheet=sheet)
        return looked_at(table, kind, name)
    except BadInput as error:  # told by the name the sender knows, where the file lies under another
        raise type(error)(str(error).replace(path.name, name)) from error


def looked_at(table: Table | SheetTable, kind: Kind, name: str) -> Looked:
    """A table that was opened before. Raises Unreadable for columns that cannot be those of the kind."""
    return Looked(kind, name, table, readable_header(kind, table.header, name=name))


def arrived_rows(looked: Looked, *, after: int = 0, rosters: Rosters | None = None, now: datetime | None = None) -> Iterator[Arrived]:
    """The rows of a file in order, each checked against the rosters and the clock (as they stand now), without the first `after` of them.

    The database is asked once at most, before the first row.
    """
    return _checked(looked, Checker(looked.header, rosters or Rosters.load(), now=now or timezone.now()), after)


def _checked(looked: Looked, checker: Checker, after: int) -> Iterator[Arrived]:
    table, header = looked.table, looked.header
    rows = islice(table.rows(header.identifying), after, None)
    while chunk := list(islice(rows, CHUNK)):
        checked = iter(checker.check_all([cells for _number, cells in chunk if isinstance(cells, list)]))
        for number, cells in chunk:
            if isinstance(cells, Broken):
                yield Arrived(number, header.received, cells, None, cells.fault)
            elif isinstance(cells, Faulty):
                yield Arrived(number, header.received, cells.cells, None, cells.fault)
            elif isinstance(found := next(checked), Fault):
                if cell := table.cell(number, found.column):
                    found.detail["cell"] = cell
                yield Arrived(number, header.received, cells, None, found)
            else:
                yield Arrived(number, header.received, cells, found, None)
