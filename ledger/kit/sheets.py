"""Tables as an Excel file: every cell text, so that numbers keep their digits and nothing is run; the header stays; who took it, when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767
_OPTIONS = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
# What no XML holds.
_FORBIDDEN = {code: None for code in range(32) if chr(code) not in "\t\n\r"}


@dataclass(frozen=True)
class Table:
    """One sheet: its name (31 characters at most), the header, the rows under it, and how wide each column is, in characters."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[str]]
    widths: Sequence[int]


def write_tables(file: IO[bytes], tables: Sequence[Table], *, about_title: str, about: Iterable[tuple[str, str]], mark: str) -> None:
    """Write the tables, each on a sheet of its own, and last what the file is. `mark` stands on every printed page."""
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        bold = book.add_format({"bold": True, "num_format": "@"})
        for table in tables:
            sheet = book.add_worksheet(table.title[:31])
            sheet.freeze_panes(1, 1)
            sheet.set_landscape()
            sheet.repeat_rows(0)
            sheet.set_header("&C&8" + mark.replace("&", "&&"))
            for place, width in enumerate(table.widths):
                sheet.set_column(place, place, width, text)
            _write(sheet, 0, table.header, bold)
            for line, cells in enumerate(table.rows, start=1):
                _write(sheet, line, cells, text)
        told = book.add_worksheet(about_title[:31])
        told.set_column(0, 0, 18, bold)
        told.set_column(1, 1, 90, text)
        for line, pair in enumerate(about):
            _write(told, line, pair, text)


def _write(sheet: Any, line: int, cells: Sequence[str], form: Any) -> None:
    for place, cell in enumerate(cells):
        sheet.write_string(line, place, cell.translate(_FORBIDDEN)[:LONGEST_CELL], form)
