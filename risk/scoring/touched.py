"""Which subjects and days one batch touched; found once for each business line and column, however many lanes look at it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from ledger.journal import bulk
from ledger.journal.changes import LedgerChange, RowChange
from ledger.journal.models import Transaction
from ledger.journal.pictures import CurrentRow
from ledger.kit.days import event_day
from risk.frames.transaction_base import FIELDS, FRESH_DAYS, subject_code

Subject = tuple[str, date, bool]  # code, event day, quiet
_Picture = Mapping[str, Any]


class Touched:
    """The rows a batch touched: as they are now, as they were, and those whose related_serial names one, which a rule about the pair files
    under them. Old rows are quiet, and so are those that are only referred from."""

    def __init__(self, change: LedgerChange) -> None:
        self._rows: dict[str, list[tuple[CurrentRow, bool]]] = defaultdict(list)
        self._others: dict[str, list[tuple[_Picture, bool]]] = defaultdict(list)
        self._found: dict[tuple[str, str], frozenset[Subject]] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._days: dict[str, dict[date, bool]] = {}
        arrivals = {row.new.arrived_at for row in change.rows}
        fresh_from = {moment: event_day(moment) - FRESH_DAYS for moment in arrivals}
        for row in change.rows:
            quiet = change.backfill or row.new.event_day < fresh_from[row.new.arrived_at]
            self._rows[row.new.line].append((row.new, quiet))
            if row.old is not None:
                self._others[row.old["line"]].append((row.old, quiet))
        for picture in _referring(change.rows):
            self._others[picture["line"]].append((picture, True))

    def subjects(self, line: str, column: str) -> frozenset[Subject]:
        """The subjects that stand in a column of the touched rows of a line, each with its days."""
        if (line, column) not in self._found:
            code_of = _code_getter(column)
            found = {(code_of(row), row.event_day, quiet) for row, quiet in self._rows[line]}
            found |= {(subject_code(picture, column), picture["event_day"], quiet) for picture, quiet in self._others[line]}
            self._found[line, column] = frozenset(subject for subject in found if subject[0])
        return self._found[line, column]

    def many(self, columns: Mapping[str, Iterable[str]], most: int) -> bool:
        """Whether some column holds more than `most` subjects. `columns`: those that are looked at, by line."""
        return any(self._number(line, column) > most for line, used in columns.items() for column in used)

    def days(self, line: str) -> Mapping[date, bool]:
        """The days of the touched rows of a line, and whether all rows of the day are quiet."""
        if line not in self._days:
            days: dict[date, bool] = {}
            for row, quiet in self._rows[line]:
                days[row.event_day] = days.get(row.event_day, True) and quiet
            for picture, quiet in self._others[line]:
                days[picture["event_day"]] = days.get(picture["event_day"], True) and quiet
            self._days[line] = days
        return self._days[line]

    def _number(self, line: str, column: str) -> int:
        if (line, column) not in self._numbers:
            self._numbers[line, column] = len({code for code, _day, _quiet in self.subjects(line, column)})
        return self._numbers[line, column]


def _code_getter(column: str) -> Callable[[CurrentRow], str]:
    if column.startswith("attr."):
        name = column[5:]
        return lambda row: row.attrs.get(name, "")
    return attrgetter(FIELDS[column])


def _referring(rows: Iterable[RowChange]) -> Iterator[_Picture]:
    """Rows whose related_serial names a touched one. What only steps changed is not asked."""
    touched = {(row.new.source, row.new.serial_no) for row in rows if not row.steps}
    numbers = sorted({serial for _source, serial in touched})
    for found in map(_naming, _parts(numbers)):
        for picture in found:
            if (picture["source"], picture["related_serial"]) in touched:
                yield picture


def _naming(serials: Sequence[str]) -> Iterable[_Picture]:
    # Without the source in the query, and with what the index leaves out said, SQLite takes the index of related serials.
    naming = bulk.among(Transaction.objects.exclude(related_serial=""), "related_serial", serials)
    return naming.values(*FIELDS.values(), "source", "related_serial", "line", "event_day", "attrs")


def _parts(serials: Sequence[str], size: int = 5000) -> Iterator[Sequence[str]]:
    for start in range(0, len(serials), size):
        yield serials[start : start + size]
