"""A sheet of an .xlsx file as numbered rows of text cells, the same text its CSV would hold; read block by block, never as a whole."""

import hashlib
import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from ledger.intake.reading.readers import Faulty, Row, check_size
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.workbooks import Sheet, Workbook, opened, read_workbook, safe_chunks
from ledger.kit.errors import Unreadable

MAX_COLUMNS = 256
MAX_ROW = 16 * 1024**2
MAX_MERGED = 100_000
BLOCK_ROWS = 25_000
BLOCK_BYTES = 24 * 1024**2
# A float holds fifteen decimal digits; of a number above, the last ones are invented.
EXACT = 10**15
RawRow = tuple[int, bytes]


@dataclass(frozen=True)
class SheetTable:
    """A readable sheet: what it is, and its header as received. `rows()` reads the rest, in bounded memory, as often as asked."""

    path: Path
    encoding: str
    sha256: str
    size: int
    header: tuple[str, ...]
    header_row: int
    workbook: Workbook
    sheet: Sheet
    expected_rows: int = 0

    @property
    def name(self) -> str:
        return self.path.name

    def cell(self, number: int, column: str) -> str:
        """The cell of that column in a row, such as B7; empty when the sheet has no such column."""
        return f"{letters(self.header.index(column))}{number}" if column in self.header else ""

    def rows(self, identifying: Collection[int] = ()) -> Iterator[Row]:
        """(row number of the sheet, cells) of every row that is not blank.

        Faulty are rows with a formula, an error, or something else than text in a column that is `identifying`.
        """
        reader, only_text = _CellReader(self.workbook), frozenset(identifying)
        for number, cells, raw in reader.read(_raw_rows(self.workbook, self.sheet)):
            if number <= self.header_row:
                continue
            fault = _calculated(raw, self.header)
            if fault is None and all(value == "" or (isinstance(value, str) and not value.strip()) for value in cells):
                continue
            yield number, _as_text(number, cells, raw, fault, self, only_text, reader)


def open_sheet(path: Path, *, sheet: str | None, max_bytes: int) -> SheetTable:
    """Look through a whole sheet before anything is taken of it. Raises Unreadable, naming the cell, for what cannot be read as a table."""
    size = check_size(path, max_bytes)
    workbook = read_workbook(path)
    chosen = workbook.sheet(sheet)
    merged: list[str] = []
    first: RawRow | None = None
    rows = 0
    for number, raw in _raw_rows(workbook, chosen, merged=merged, check=True):
        rows += first is not None
        first = first or ((number, raw) if _VALUE.search(raw) else None)
    named = {"name": path.name, "sheet": chosen.name}
    header = _header(workbook, first, named)
    if first is None or not header:
        message = _("%(name)s, sheet “%(sheet)s”, is not a table: its first row that is not empty must name the columns.")
        raise Unreadable(message % named)
    if over := [place for place in merged if _first_column(place) < len(header)]:
        message = _("%(name)s, sheet “%(sheet)s”: the cells %(cells)s are merged; unmerge them and fill in each cell.")
        raise Unreadable(message % {**named, "cells": ", ".join(over[:5])})
    repeated = [f"{letters(place)}{first[0]} “{name}”" for place, name in enumerate(header) if name and header.count(name) > 1]
    if repeated:
        message = _("%(name)s, sheet “%(sheet)s”, names a column more than once: %(cells)s. Keep one of each.")
        raise Unreadable(message % {**named, "cells": ", ".join(repeated[:6])})
    return SheetTable(path, "xlsx", _digest(path), size, header, first[0], workbook, chosen, rows)


def first_row(workbook: Workbook, sheet: Sheet) -> tuple[str, ...]:
    """The column names a sheet seems to have, without looking through it; nothing is checked. Raises Unreadable for broken XML."""
    rows = _raw_rows(workbook, sheet)
    first = next(((number, raw) for number, raw in rows if _VALUE.search(raw)), None)
    reader = _CellReader(workbook)
    for number, cells, raw in reader.read([first]) if first else ():
        return tuple(reader.text(number, place, value, raw).strip() for place, value in enumerate(cells))
    return ()


def letters(index: int) -> str:
    """The name of a column counted from 0: A, B, …, Z, AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _index(name: str) -> int:
    index = 0
    for letter in name:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _first_column(place: str) -> int:
    return _index(re.sub(r"[^A-Z]", "", place.partition(":")[0]))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _header(workbook: Workbook, first: RawRow | None, named: dict[str, str]) -> tuple[str, ...]:
    if first is None:
        return ()
    reader = _CellReader(workbook)
    number, cells, raw = next(iter(reader.read([first])), (first[0], [], b""))
    names = [reader.text(number, place, value, raw).strip() for place, value in enumerate(cells)]
    while names and not names[-1]:
        names.pop()
    if fault := _calculated(raw, tuple(names)):
        message = _("%(name)s, sheet “%(sheet)s”: the column name in cell %(cell)s is a formula or an error; write it as text.")
        raise Unreadable(message % {**named, "cell": fault.detail["cell"]})
    return tuple(names)


# The sheet's XML in rows. What is looked for in the bytes are tags for certain: the parser has refused comments and CDATA before.
_P = rb"(?:\w+:)?"
_START = re.compile(rb"<" + _P + rb"worksheet(?=[\s>])[^>]*>.*?<" + _P + rb"sheetData(?=[\s/>])[^>]*>", re.DOTALL)
_END = re.compile(rb"</" + _P + rb"sheetData\s*>")
_ROW = re.compile(rb"<(" + _P + rb")row(?=[\s/>])([^>]*?)(?:/>|>.*?</\1row\s*>)", re.DOTALL)
_NUMBER = re.compile(rb'(?:^|\s)r="(\d{1,7})"')
_CELL = re.compile(rb"<" + _P + rb'c(?=[\s/>])(?:[^>]*?\sr="([A-Z]{1,3})(\d{1,7})")?[^>]*?(/?)>')
_VALUE = re.compile(rb"<" + _P + rb"(?:v|is)(?=[\s>])")
_FORMULA = re.compile(rb"<" + _P + rb"f(?=[\s/>])")
_ERROR = re.compile(rb"<" + _P + rb'c\s[^>]*?\bt="e"[^>]*>')
_MERGED = re.compile(rb"<" + _P + rb'mergeCell\s[^>]*?ref="([A-Z]{1,3}\d+(?::[A-Z]{1,3}\d+)?)"')


def _raw_rows(workbook: Workbook, sheet: Sheet, *, merged: list[str] | None = None, check: bool = False) -> Iterator[RawRow]:
    """The rows as they stand in the XML. `merged` receives the merged ranges; `check`: refuse what would mislead the reader of cells."""
    named = {"name": workbook.path.name, "sheet": sheet.name}
    buffer, inside, after, before = b"", False, False, 0
    with opened(workbook.path) as package:
        for chunk in safe_chunks(workbook.path, package, sheet.part, plain=True):
            buffer += chunk
            if not (inside or after) and (start := _START.search(buffer)):
                buffer, after = buffer[start.end() :], start[0].endswith(b"/>")
                inside = not after
            if inside:
                end = _END.search(buffer)
                taken = 0
                for found in _ROW.finditer(buffer, 0, end.start() if end else len(buffer)):
                    number = _checked(found, before, named) if check else _number(found)
                    yield number, found[0]
                    before, taken = number, found.end()
                inside, after = not end, bool(end)
                buffer = buffer[end.end() if end else taken :]
            if after:
                if merged is not None:
                    merged += [place.decode() for place in _MERGED.findall(buffer)]
                buffer = buffer[buffer.rfind(b">") + 1 :]
            if len(buffer) > MAX_ROW or (merged is not None and len(merged) > MAX_MERGED):
                message = _("%(name)s, sheet “%(sheet)s”: what follows row %(row)s is too large for a table, or merged too often.")
                raise Unreadable(message % {**named, "row": before})


def _number(row: re.Match[bytes]) -> int:
    found = _NUMBER.search(row[2])
    return int(found[1]) if found else 0


def _checked(row: re.Match[bytes], before: int, named: dict[str, str]) -> int:
    """Every row and cell says where it stands, in order, and in few enough columns: the reader of cells reserves the whole rectangle."""
    number = _number(row)
    stated = str(number).encode()
    for column, line, empty in _CELL.findall(row[0]):
        if line != stated:
            number = 0
        elif not empty and len(column) > 1 and _index(column.decode()) >= MAX_COLUMNS:
            message = _("%(name)s, sheet “%(sheet)s”: cell %(cell)s lies beyond the %(limit)s columns a table may have; delete it.")
            raise Unreadable(message % {**named, "cell": f"{column.decode()}{number}", "limit": MAX_COLUMNS})
    if number <= before:
        message = _("%(name)s, sheet “%(sheet)s”: after row %(row)s, rows or cells do not say where they stand; save it again as .xlsx.")
        raise Unreadable(message % {**named, "row": before})
    return number


def _calculated(raw: bytes, header: tuple[str, ...]) -> Fault | None:
    """The fault of a row in which something is calculated or went wrong; what a formula last showed is not taken for the value."""
    formula = _FORMULA.search(raw) if b"<f" in raw or b":f" in raw else None
    error = _ERROR.search(raw) if not formula and b't="e"' in raw else None
    if formula:
        reason, cell = "formula", list(_CELL.finditer(raw, 0, formula.start()))[-1]
    elif error and (found := _CELL.match(raw, error.start())):
        reason, cell = "cell_error", found
    else:
        return None
    column = cell[1].decode()
    place = _index(column)
    return Fault(reason, column=header[place] if place < len(header) and header[place] else column, cell=column + cell[2].decode())


class _CellReader:
    """Rows of XML into rows of values, by the block: each as a small workbook of its own that borrows strings and styles."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._package = workbook.small_copy()

    def read(self, rows: Iterable[RawRow]) -> Iterator[tuple[int, list[Any], bytes]]:
        """(row number, values from column A on, the row's XML)"""
        for block in _blocks(rows):
            values = self._values([raw for _number, raw in block])
            for number, raw in block:
                if number in values:
                    yield number, values.pop(number), raw

    def _values(self, block: list[bytes]) -> dict[int, list[Any]]:
        found = _ROW.match(block[0])
        prefix = (found[1] if found else b"").rstrip(b":").decode()
        tag, space = (f"{prefix}:", f"xmlns:{prefix}") if prefix else ("", "xmlns")
        start = f'<{tag}worksheet {space}="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><{tag}sheetData>'
        package = io.BytesIO(self._package)
        with zipfile.ZipFile(package, "a", zipfile.ZIP_STORED) as small, small.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(start.encode())
            part.writelines(block)
            part.write(f"</{tag}sheetData></{tag}worksheet>".encode())
        package.seek(0)
        try:
            with python_calamine.CalamineWorkbook.from_filelike(package) as book:
                sheet = book.get_sheet_by_index(0)
                cells = sheet.to_python(skip_empty_area=True)
                row, column = sheet.start or (0, 0)
        except (python_calamine.CalamineError, ValueError) as error:
            message = _("%(name)s is broken and cannot be opened as a spreadsheet; save it again as .xlsx or as “CSV UTF-8”.")
            raise Unreadable(message % {"name": self._workbook.path.name}) from error
        return {number: [""] * column + values for number, values in enumerate(cells, row + 1)}

    def text(self, number: int, place: int, value: Any, raw: bytes) -> str:
        """The value as the text a CSV file would hold: whole numbers without .0, dates and times in ISO form."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(value).upper()
        if isinstance(value, int | float):
            return number_text(value)
        if isinstance(value, datetime):
            return value.isoformat(" ")
        if isinstance(value, date):  # midnight too comes as a date; only the format tells whether a time is meant
            return f"{value.isoformat()} 00:00:00" if self._is_timed(f"{letters(place)}{number}", raw) else value.isoformat()
        if isinstance(value, time):
            return value.isoformat("seconds")
        if isinstance(value, timedelta):
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        return str(value)

    def _is_timed(self, cell: str, raw: bytes) -> bool:
        tag = re.search(rb'<[^>]*?\sr="' + cell.encode() + rb'"[^>]*>', raw)
        style = re.search(rb'\ss="(\d+)"', tag[0]) if tag else None
        return bool(style) and int(style[1]) in self._workbook.timed if style else False


def number_text(value: float) -> str:
    """A number with the fifteen digits a spreadsheet keeps; in scientific form where those are not all of its digits."""
    if abs(value) >= EXACT:
        return f"{value:.14E}"
    return format(Decimal(f"{value:.15g}"), "f")


def _blocks(rows: Iterable[RawRow]) -> Iterator[list[RawRow]]:
    """Few enough rows, lying close enough together, for the rectangle around their cells to be small."""
    block: list[RawRow] = []
    size = 0
    for number, raw in rows:
        if block and (number >= block[0][0] + BLOCK_ROWS or size + len(raw) > BLOCK_BYTES):
            yield block
            block, size = [], 0
        block.append((number, raw))
        size += len(raw)
    if block:
        yield block


def _as_text(
    number: int, cells: list[Any], raw: bytes, fault: Fault | None, table: SheetTable, only_text: frozenset[int], reader: _CellReader
) -> list[str] | Faulty:
    width = len(table.header)
    while len(cells) > width and cells[-1] == "":
        cells.pop()
    texts = cells + [""] * (width - len(cells))
    for place, value in enumerate(cells):
        if type(value) is str:
            continue
        text = texts[place] = reader.text(number, place, value, raw)
        untrue = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= EXACT
        if place in only_text or untrue:
            if isinstance(value, float) and not untrue and value.is_integer():
                texts[place] = text = f"{text}.0"  # so that it is refused again when it comes back uncorrected
            column = table.header[place] if place < width else letters(place)
            fault = fault or Fault("float_id", column=column, value=text, cell=f"{letters(place)}{number}")
    return Faulty(texts, fault) if fault else texts
