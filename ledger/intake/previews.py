"""What a file looks like before anything is taken of it: encoding, sheets, which column is what, the first rows."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ledger.intake.reading.guesses import guess_kind, kind_by_name
from ledger.intake.reading.headers import Header, Placed, match_header, readable_header
from ledger.intake.reading.kinds import KINDS, Kind
from ledger.intake.reading.masks import covered
from ledger.intake.reading.readers import Broken, Faulty, Row, Table
from ledger.intake.reading.spreadsheets import SheetTable, first_row
from ledger.intake.reading.workbooks import Workbook, is_spreadsheet, read_workbook
from ledger.intake.refused.quarantine import storable
from ledger.intake.tables import open_file
from ledger.kit.errors import BadInput
from ledger.lines import lines

ROWS = 10
LONGEST_CELL = 80
Preview = dict[str, Any]


def look_at(path: Path, *, name: str, kind: str = "", sheet: str = "") -> tuple[Preview, str]:
    """(preview, problem). The problem is why the file cannot be taken as it is, empty when it can; where it could be opened at all the
    preview still shows its columns. An empty `kind` or `sheet` is guessed.

    preview: {encoding, size, sheets [{name, hidden, kind}], sheet, kind, expected_rows or None, columns [{received, column, chinese, use}],
    missing [{column, chinese}], rows [{row, cells, fault}]}: `use` is column, attribute or ignored; the cells of a row are those of the
    columns that are used, masked; `fault` is {reason, column, value, detail} or None.
    """
    sheets: list[dict[str, Any]] = []
    try:
        if is_spreadsheet(path):
            book = read_workbook(path)
            sheets = _sheets(book)
            sheet = sheet or _best_sheet(sheets)
        table = open_file(path, sheet=sheet or None)
    except BadInput as error:
        return {"sheets": sheets, "sheet": sheet}, _told(error, path, name)
    chosen = KINDS.get(kind) or guess_kind(_telling_name(table, name), table.header)
    preview = {
        "encoding": table.encoding,
        "size": table.size,
        "sheets": sheets,
        "sheet": table.sheet.name if isinstance(table, SheetTable) else "",
        "kind": chosen.code if chosen else "",
        "expected_rows": table.expected_rows,
    }
    try:
        if chosen is None:
            return preview | _unknown(table), ""
        preview |= _shown(match_header(chosen, table.header), table)
        readable_header(chosen, table.header, name=name)
    except BadInput as error:
        return preview, _told(error, path, name)
    return preview, ""


def _telling_name(table: Table | SheetTable, name: str) -> str:
    """The name of the sheet where it tells the kind, else that of the file."""
    return f"{table.sheet.name}." if isinstance(table, SheetTable) and kind_by_name(f"{table.sheet.name}.") else name


def _told(error: BadInput, path: Path, name: str) -> str:
    """The originals have no names of their own; a person knows the file by the name it came under."""
    return str(error).replace(path.name, name)


def _sheets(book: Workbook) -> list[dict[str, Any]]:
    found = []
    for sheet in book.sheets:
        guessed = None if sheet.hidden else guess_kind(f"{sheet.name}.", first_row(book, sheet))
        found.append({"name": sheet.name, "hidden": sheet.hidden, "kind": guessed.code if guessed else ""})
    return found


def _best_sheet(sheets: Sequence[dict[str, Any]]) -> str:
    """The first sheet in sight that looks like a kind, else the first in sight; empty leaves the choice, and the refusal, to the reader."""
    seen = [sheet for sheet in sheets if not sheet["hidden"]]
    return next((str(sheet["name"]) for sheet in seen if sheet["kind"]), str(seen[0]["name"]) if seen else "")


def _unknown(table: Table | SheetTable) -> Preview:
    """A table of no known kind: its columns by name, and no cell, for nobody knows what stands in them."""
    columns = [{"received": storable(name), "column": "", "chinese": "", "use": "ignored"} for name in table.header]
    return {"columns": columns, "missing": [], "rows": []}


def _shown(header: Header, table: Table | SheetTable) -> Preview:
    placed = {place.index: place for place in header.placed}
    return {
        "columns": [_column(placed.get(index), name) for index, name in enumerate(header.received)],
        "missing": [{"column": name, "chinese": _chinese(header.kind, name)} for name in header.missing],
        "rows": [_row(row, header) for row in islice(table.rows(header.identifying), ROWS)],
    }


def _column(place: Placed | None, received: str) -> dict[str, str]:
    named = {"received": storable(received), "column": "", "chinese": "", "use": "ignored"}
    if place is None:
        return named
    if place.attribute:
        declared = [line.attributes[place.column.name] for line in lines().values() if place.column.name in line.attributes]
        return named | {"column": place.column.name, "chinese": declared[0].column if declared else "", "use": "attribute"}
    return named | {"column": place.column.name, "chinese": place.column.chinese[0], "use": "column"}


def _chinese(kind: Kind, name: str) -> str:
    return next(column.chinese[0] for column in kind.columns if column.name == name)


def _row(row: Row, header: Header) -> dict[str, Any]:
    number, cells = row
    if isinstance(cells, Broken):
        return {"row": number, "cells": [], "fault": _fault(cells.fault.reason, "", "", cells.fault.detail)}
    found, fault = (cells.cells, cells.fault) if isinstance(cells, Faulty) else (cells, None)
    shown = [_cell(header.kind, place, found[place.index]) if place.index < len(found) else "" for place in header.placed]
    return {"row": number, "cells": shown, "fault": _fault(fault.reason, fault.column, "", fault.detail) if fault else None}


def _cell(kind: Kind, place: Placed, text: str) -> str:
    return storable(covered(kind, place.received, text.strip()))[:LONGEST_CELL]


def _fault(reason: str, column: str, value: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {"reason": reason, "column": storable(column), "value": value, "detail": detail}
