"""Refused rows as a sheet for whoever sent them: their own columns, then place and reason. Corrected, it can be sent as it is."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import xlsxwriter
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ledger.intake.models import Quarantined, columns_of
from ledger.intake.reading.escaping import escaped
from ledger.intake.reading.headers import QUARANTINE_COLUMNS, REST, is_added
from ledger.intake.reading.identities import placed
from ledger.intake.reading.kinds import Kind
from ledger.intake.reading.reasons import sentence
from ledger.kit.errors import TooLarge

CHUNK = 2000
LONGEST_CELL = 32_767
MOST_ROWS = 1_048_575
# What no XML holds, visible; such a cell is refused again when it comes back uncorrected.
_VISIBLE = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421, 0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}


@dataclass
class Layout:
    """The columns of a sheet of rows of one kind: each received column once, whatever name it came under, and those the kind needs."""

    kind: Kind
    names: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, ...], list[tuple[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, kind: Kind, rows: QuerySet[Quarantined]) -> "Layout":
        layout = cls(kind)
        for content, detail in rows.values_list("content", "detail").iterator(chunk_size=CHUNK):
            for key, name in layout._places(columns_of(content, detail)):
                layout.names.setdefault(key, name)
        chinese = any(not name.isascii() for key, name in layout.names.items() if key != name)
        for column in kind.columns:
            if column.required:
                layout.names.setdefault(column.name, column.chinese[0] if chinese else column.name)
        return layout

    @property
    def header(self) -> list[str]:
        return [*self.names.values(), *QUARANTINE_COLUMNS]

    def cells(self, row: Quarantined) -> list[str]:
        """The cells of a row under the header. What has no single place stands in the last one, and must be put somewhere by hand."""
        found: dict[str, list[tuple[str, str]]] = {}
        for key, name in self._places(row.columns):
            found.setdefault(key, []).append((name, row.content[name]))
        single = {key: cells[0][1] for key, cells in found.items() if len(cells) == 1}
        rest = [f"{name}={cell}" for cells in found.values() if len(cells) > 1 for name, cell in cells]
        told = [str(row.pk), str(row.row), row.column, row.value, _reason(row), "\n".join([*rest, row.content.get(REST, "")]).strip("\n")]
        return [*(single.get(key, "") for key in self.names), *told]

    def _places(self, received: tuple[str, ...]) -> list[tuple[str, str]]:
        if received not in self._known:
            stated = {place.received: place.stated for place in placed(self.kind.code, received)}
            self._known[received] = [(stated.get(name, name), name) for name in received if not is_added(name)]
        return self._known[received]


def csv_lines(kind: Kind, rows: QuerySet[Quarantined]) -> Iterator[str]:
    """The sheet as lines of CSV, formulas escaped."""
    layout = Layout.of(kind, rows)
    yield _csv_line(layout.header)
    for row in rows.iterator(chunk_size=CHUNK):
        yield _csv_line(layout.cells(row))


def write_xlsx(file: IO[bytes], kind: Kind, rows: QuerySet[Quarantined], about: Iterable[tuple[str, str]]) -> int:
    """Write the sheet as a workbook of text cells, with what its export was on a second sheet; returns the number of rows.

    A cell too long for a spreadsheet stands whole on a third one, in parts. Raises TooLarge for more rows than a sheet holds.
    """
    number = rows.count()
    if number > MOST_ROWS:
        message = _("%(found)s rows are more than a sheet holds (%(limit)s); narrow the filter or take CSV.")
        raise TooLarge(message % {"found": number, "limit": MOST_ROWS})
    layout = Layout.of(kind, rows)
    options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        sheet = book.add_worksheet(_("Rows to correct"))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(layout.header) - 1, 18, text)
        _write_row(sheet, 0, layout.header, bold)
        long: list[tuple[str, str, str]] = []
        for line, row in enumerate(rows.iterator(chunk_size=CHUNK), start=1):
            cells = layout.cells(row)
            long += [(str(row.pk), name, cell) for name, cell in zip(layout.header, cells, strict=True) if len(cell) > LONGEST_CELL]
            _write_row(sheet, line, cells, text)
        _write_about(book, [*about, (_("Rows"), str(number))], bold, text)
        if long:
            _write_long(book, long, bold, text)
    return number


def _write_row(sheet: Any, line: int, cells: Sequence[str], form: Any) -> None:
    for place, cell in enumerate(cells):
        if cell:
            sheet.write_string(line, place, cell.translate(_VISIBLE)[:LONGEST_CELL], form)


def _write_about(book: Any, about: Iterable[tuple[str, str]], bold: Any, text: Any) -> None:
    sheet = book.add_worksheet(_("About this file"))
    sheet.set_column(0, 0, 18, bold)
    sheet.set_column(1, 1, 90, text)
    how = _("Correct the cells on the first sheet and send the file again, as the same kind and source. Leave quarantine_no as it is.")
    for line, (label, value) in enumerate([*about, (_("How to go on"), how)]):
        _write_row(sheet, line, [label, value], text)


def _write_long(book: Any, long: Sequence[tuple[str, str, str]], bold: Any, text: Any) -> None:
    sheet = book.add_worksheet(_("Long cells"))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 3, 18, text)
    _write_row(sheet, 0, ["quarantine_no", _("Column"), _("Part"), _("Text")], bold)
    line = 0
    for number, name, cell in long:
        for part, start in enumerate(range(0, len(cell), LONGEST_CELL), start=1):
            line += 1
            _write_row(sheet, line, [number, name, str(part), cell[start : start + LONGEST_CELL]], text)


def _reason(row: Quarantined) -> str:
    return sentence(row.reason, column=row.column, value=row.value, detail=row.detail)


def _csv_line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([escaped(cell) for cell in cells])
    return buffer.getvalue()


__all__ = ["Layout", "csv_lines", "write_xlsx"]
