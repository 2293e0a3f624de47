"""Sheets of .xlsx files: the same rows as from CSV, and every way in which a spreadsheet spoils them."""

import csv
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command
from django.utils import translation

from ledger.intake.models import Quarantined
from ledger.intake.reading import spreadsheets, workbooks
from ledger.intake.refused.quarantine import quarantine_csv, reason_of
from ledger.intake.services import Counts, import_paths
from ledger.journal.models import Delivery, Transaction, Version
from ledger.kit.errors import BadInput, Unreadable
from ledger.roster.models import Shift
from tests.ledger.filing import HEADER, csv_text, found_town, outcome, row, send

pytestmark = pytest.mark.django_db
Sheet = xlsxwriter.worksheet.Worksheet
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture(autouse=True)
def town() -> None:
    found_town()


def table(sheet: Sheet, rows: Sequence[Mapping[str, Any]], header: Sequence[str] = HEADER, top: int = 0) -> None:
    """The header and the rows, each value as XlsxWriter would write it: text as text, numbers as numbers."""
    sheet.write_row(top, 0, header)
    for number, item in enumerate(rows, start=top + 1):
        for place, name in enumerate(header):
            value = item.get(name, "")
            if isinstance(value, str):
                sheet.write_string(number, place, value)
            else:
                sheet.write(number, place, value)


def workbook(folder: Path, *fill: Callable[[Sheet], None], kind: str = "transactions", name: str = "", **options: Any) -> Path:
    """A file with one sheet for each `fill`."""
    path = folder / (name or f"{kind}.xlsx")
    options = {"default_date_format": "yyyy-mm-dd hh:mm:ss"} | options
    with xlsxwriter.Workbook(path, options) as book:
        for write in fill:
            write(book.add_worksheet())
    return path


def sheet_of(*rows: Mapping[str, Any], header: Sequence[str] = HEADER) -> Callable[[Sheet], None]:
    return lambda sheet: table(sheet, rows, header)


def load(path: Path, **options: Any) -> Counts:
    return import_paths(paths=[path], **options)[0]


def changed(path: Path, **parts: bytes | Callable[[bytes], bytes]) -> Path:
    """The file with parts of its package replaced; `sheet` is the first sheet, `strings` the shared strings."""
    names = {"sheet": SHEET, "strings": "xl/sharedStrings.xml", "book": "xl/workbook.xml"}
    with zipfile.ZipFile(path) as package:
        content = {name: package.read(name) for name in package.namelist()}
    for part, new in parts.items():
        content[names[part]] = new(content[names[part]]) if callable(new) else new
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in content.items():
            package.writestr(name, data)
    return path


def refused(path: Path, told: str, error: type[Exception] = Unreadable, **options: Any) -> None:
    """The whole file is refused, says why, and nothing changed."""
    with pytest.raises(error) as refusal:
        import_paths(paths=[path], **options)
    assert told in str(refusal.value)
    assert not Transaction.objects.exists() and not Delivery.objects.exists()


def only_rejection() -> Quarantined:
    return Quarantined.objects.get()


ROWS = [row(), row(serial_no="T2", finished_at="", status=""), row(serial_no="T3", place="人民路与解放路口𠮷 “A”,\nB")]


def test_a_sheet_gives_the_same_transactions_as_its_csv(tmp_path: Path) -> None:
    header = (*HEADER, "place")
    send(tmp_path, csv_text(header, ROWS))
    assert outcome(load(workbook(tmp_path, sheet_of(*ROWS, header=header)))) == (3, 0, 0, 3, 0, 0)
    delivery = Delivery.objects.latest("id")
    assert (delivery.encoding, delivery.name, delivery.status) == ("xlsx", "transactions.xlsx", "done")
    assert len(delivery.sha256) == 64


def test_numbers_and_dates_of_a_sheet_give_the_same_versions_as_their_text(tmp_path: Path) -> None:
    texts = row(accepted_at="2026-03-02 09:00:30", finished_at="2026-03-03 00:00:00", article="157", score="92.5")
    cells = row(
        accepted_at=datetime(2026, 3, 2, 9, 0, 30), finished_at=datetime(2026, 3, 3), amount=200.5, points=3, article=157, score=92.5
    )
    header = (*HEADER, "article", "score")
    send(tmp_path, csv_text(header, [texts]))
    assert outcome(load(workbook(tmp_path, sheet_of(cells, header=header)))) == (1, 0, 0, 1, 0, 0)
    assert Version.objects.count() == 1


@pytest.mark.parametrize("since_1904", [False, True])
def test_dates_and_times_of_both_calendars_are_read(tmp_path: Path, since_1904: bool) -> None:
    path = tmp_path / "shifts.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": since_1904}) as book:
        formats = {text: book.add_format({"num_format": text}) for text in ("yyyy/m/d", "h:mm", "[h]:mm")}
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["unit_code", "date", "start", "end"])
        sheet.write_string(1, 0, "D1")
        sheet.write_datetime(1, 1, date(2026, 3, 7), formats["yyyy/m/d"])
        sheet.write_datetime(1, 2, time(8, 30), formats["h:mm"])
        sheet.write_number(1, 3, 1.0, formats["[h]:mm"])
    assert outcome(load(path)) == (1, 1, 0, 0, 0, 0)
    kept = Shift.objects.get()
    assert (kept.date, kept.start, kept.end) == (date(2026, 3, 7), time(8, 30), time(0, 0))


def test_midnight_is_a_time_where_the_format_shows_one_and_a_mere_date_where_not(tmp_path: Path) -> None:
    midnight = row(accepted_at=datetime(2026, 3, 2), finished_at="")
    assert outcome(load(workbook(tmp_path, sheet_of(midnight)))) == (1, 1, 0, 0, 0, 0)
    assert Transaction.objects.get().accepted_at == datetime(2026, 3, 1, 16, tzinfo=UTC)
    counts = load(workbook(tmp_path, sheet_of(midnight), default_date_format='yyyy"时"mm-dd'))
    assert outcome(counts) == (1, 0, 0, 0, 1, 0)
    assert (only_rejection().reason, only_rejection().value) == ("bad_time", "2026-03-02")


@pytest.mark.parametrize(
    ("column", "value", "shown", "cell"),
    [
        ("serial_no", 12345, "12345.0", "A2"),
        ("handler_no", 70001, "70001.0", "F2"),
        ("unit_code", 1.5, "1.5", "E2"),
        ("serial_no", 430000199001011234, "4.30000199001011E+17", "A2"),
        ("amount", 1e15, "1.00000000000000E+15", "I2"),
        ("handler_no", True, "TRUE", "F2"),
        ("handler_no", datetime(2026, 3, 2), "2026-03-02 00:00:00", "F2"),
    ],
)
def test_what_is_no_text_in_an_identifying_column_is_refused_with_its_cell(
    tmp_path: Path, column: str, value: Any, shown: str, cell: str
) -> None:
    counts = load(workbook(tmp_path, sheet_of(row(**{column: value}), row(serial_no="T2"))))
    assert outcome(counts) == (2, 1, 0, 0, 1, 0)
    kept = only_rejection()
    assert (kept.reason, kept.row, kept.column, kept.value) == ("float_id", 2, column, shown)
    with translation.override("en"):
        assert reason_of(kept).startswith(f"Cell {cell}: ") and "format the column as text" in reason_of(kept)


def test_a_refused_number_that_comes_back_uncorrected_is_refused_again(tmp_path: Path) -> None:
    first = load(workbook(tmp_path, sheet_of(row(handler_no=70001), row(serial_no=430000199001011234))))
    back = "".join(quarantine_csv(Delivery.objects.get(pk=first.delivery_id)))
    assert len(list(csv.reader(StringIO(back)))) == 3
    assert outcome(send(tmp_path, back)) == (2, 0, 0, 0, 2, 0)


def test_secret_attributes_are_identifying_and_other_attributes_are_not(tmp_path: Path) -> None:
    accident = row(line="accident", action="report", amount="", points="")
    rows = [accident | {"案件编号": 4301, "当事人数": 2}, accident | {"serial_no": "T2", "案件编号": "4301", "当事人数": 2}]
    assert outcome(load(workbook(tmp_path, sheet_of(*rows, header=(*HEADER, "案件编号", "当事人数"))))) == (2, 1, 0, 0, 1, 0)
    assert (only_rejection().reason, only_rejection().column) == ("float_id", "案件编号")
    assert Transaction.objects.get().attrs["parties"] == "2"


@pytest.mark.parametrize("formula", ["=1+1", '=IF(TRUE,"3","")'])
def test_a_row_with_a_formula_is_rejected_with_its_cell(tmp_path: Path, formula: str) -> None:
    def write(sheet: Sheet) -> None:
        table(sheet, [row(), row(serial_no="T2"), row(serial_no="T3")])
        sheet.write_formula(2, 9, formula, None, "3")

    assert outcome(load(workbook(tmp_path, write))) == (3, 2, 0, 0, 1, 0)
    kept = only_rejection()
    assert (kept.reason, kept.row, kept.column, kept.detail["cell"]) == ("formula", 3, "points", "J3")
    assert not Transaction.objects.filter(serial_no="T2").exists()


def test_the_error_of_a_cell_is_not_taken_for_empty(tmp_path: Path) -> None:
    path = workbook(tmp_path, sheet_of(row(points=3), row(serial_no="T2")))
    changed(path, sheet=lambda xml: xml.replace(b'<c r="J2"><v>3</v>', b'<c r="J2" t="e"><v>#N/A</v>'))
    assert outcome(load(path)) == (2, 1, 0, 0, 1, 0)
    assert (only_rejection().reason, only_rejection().detail["cell"]) == ("cell_error", "J2")


def test_row_numbers_are_those_of_the_sheet_and_blank_rows_do_not_count(tmp_path: Path) -> None:
    def write(sheet: Sheet) -> None:
        table(sheet, [row()], top=3)
        sheet.write_string(9, 0, "  ")
        for number, serial_no in ((7, "T8"), (1_048_575, "T9")):
            for place, name in enumerate(HEADER):
                sheet.write_string(number, place, row(serial_no=serial_no, points="99" if number == 7 else "3")[name])

    assert outcome(load(workbook(tmp_path, write))) == (3, 2, 0, 0, 1, 0)
    kept = only_rejection()
    assert (kept.row, kept.reason, kept.detail["cell"]) == (8, "bad_points", "J8")


@pytest.mark.parametrize("constant_memory", [True, False])
def test_a_sheet_read_in_many_blocks_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant_memory: bool) -> None:
    monkeypatch.setattr(spreadsheets, "BLOCK_ROWS", 7)
    monkeypatch.setattr(workbooks, "CHUNK", 1000)
    rows = [row(serial_no=f"T{n}", points="99" if n % 10 == 3 else "3") for n in range(50)]
    path = workbook(tmp_path, sheet_of(*rows), constant_memory=constant_memory)
    assert outcome(load(path)) == (50, 45, 0, 0, 5, 0)
    assert list(Quarantined.objects.order_by("row").values_list("row", flat=True)) == [5, 15, 25, 35, 45]
    assert outcome(load(path)) == (50, 0, 0, 45, 5, 0)


def test_a_cell_beside_the_table_is_one_cell_too_many(tmp_path: Path) -> None:
    def write(sheet: Sheet) -> None:
        table(sheet, [row(), row(serial_no="T2")])
        sheet.write_string(2, len(HEADER) + 1, "remark")

    assert outcome(load(workbook(tmp_path, write))) == (2, 1, 0, 0, 1, 0)
    assert only_rejection().reason == "too_many_cells"


def test_tags_with_a_prefix_are_read_too(tmp_path: Path) -> None:
    def prefixed(xml: bytes) -> bytes:
        return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", xml).replace(b'xmlns="', b'xmlns:x="')

    path = changed(workbook(tmp_path, sheet_of(*ROWS[:2])), sheet=prefixed)
    assert outcome(load(path)) == (2, 2, 0, 0, 0, 0)


def test_what_is_drawn_over_a_sheet_is_no_row_of_it(tmp_path: Path) -> None:
    drawn = b"</sheetData><controls><from><xdr:col>1</xdr:col><xdr:row>2</xdr:row></from></controls>"
    path = workbook(tmp_path, sheet_of(row()))
    changed(path, sheet=lambda xml: xml.replace(b"</sheetData>", drawn).replace(b"<worksheet ", b'<worksheet xmlns:xdr="x" '))
    assert outcome(load(path)) == (1, 1, 0, 0, 0, 0)


def test_the_first_sheet_is_read_unless_another_is_named_or_numbered(tmp_path: Path) -> None:
    path = workbook(tmp_path, sheet_of(row()), sheet_of(row(serial_no="T2")), sheet_of(row(serial_no="T3")))
    for sheet, serial_no in ((None, "T1"), ("Sheet2", "T2"), ("3", "T3")):
        load(path, sheet=sheet)
        assert Transaction.objects.latest("id").serial_no == serial_no


@pytest.mark.parametrize("sheet", ["4月", "0", "2", ""])
def test_a_sheet_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path, sheet: str) -> None:
    refused(workbook(tmp_path, sheet_of(row())), "Sheet1", BadInput, sheet=sheet)


def test_the_choice_of_a_sheet_means_nothing_for_csv(tmp_path: Path) -> None:
    assert outcome(send(tmp_path, csv_text(HEADER, [row()]), sheet="2")) == (1, 1, 0, 0, 0, 0)


@pytest.mark.parametrize("hide", ["hide", "very_hidden"])
def test_a_hidden_sheet_is_refused_by_name(tmp_path: Path, hide: str) -> None:
    def second(sheet: Sheet) -> None:
        table(sheet, [row()])
        getattr(sheet, hide)()

    path = workbook(tmp_path, sheet_of(row()), second)
    refused(path, "Sheet2", sheet="Sheet2")
    refused(path, "Sheet2", sheet="2")
    assert outcome(load(path)) == (1, 1, 0, 0, 0, 0)


def test_merged_cells_in_the_table_refuse_the_file_and_others_do_not(tmp_path: Path) -> None:
    def merged(cells: str) -> Path:
        def write(sheet: Sheet) -> None:
            table(sheet, [row(), row(serial_no="T2")])
            sheet.merge_range(cells, "")

        return workbook(tmp_path, write)

    refused(merged("B2:B3"), "B2:B3")
    refused(merged("K3:M3"), "K3:M3")
    assert outcome(load(merged("P2:Q3"))) == (2, 2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("header", "told"),
    [((*HEADER, "serial_no"), "A1"), ((*HEADER, "备注", "备注"), "M1"), ((*HEADER, "流水号"), "serial_no"), (HEADER[:-5], "accepted_at")],
)
def test_a_header_that_is_doubled_or_lacks_a_column_refuses_the_file(tmp_path: Path, header: tuple[str, ...], told: str) -> None:
    refused(workbook(tmp_path, sheet_of(row(), header=header)), told)


def test_a_column_name_that_is_calculated_refuses_the_file(tmp_path: Path) -> None:
    def write(sheet: Sheet) -> None:
        table(sheet, [row()])
        sheet.write_formula(0, 2, '="action"', None, "action")

    refused(workbook(tmp_path, write), "C1")


@pytest.mark.parametrize(
    "xml", [b"<worksheet/>", b"<worksheet><sheetData/></worksheet>", b'<worksheet><sheetData><row r="1"/></sheetData></worksheet>']
)
def test_an_empty_sheet_is_no_table(tmp_path: Path, xml: bytes) -> None:
    refused(changed(workbook(tmp_path, sheet_of(row())), sheet=xml), "Sheet1")


@pytest.mark.parametrize(
    "content", [b"", b"serial_no,line\n", b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"<html></html>"]
)
def test_what_only_calls_itself_a_spreadsheet_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "transactions.xlsx"
    path.write_bytes(content)
    refused(path, "transactions.xlsx")


def test_a_file_cut_off_or_with_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    whole = workbook(tmp_path, sheet_of(*ROWS)).read_bytes()
    path = tmp_path / "transactions.xlsx"
    path.write_bytes(whole[: len(whole) // 2])
    refused(path, "transactions.xlsx")
    path.write_bytes(whole[:-6] + b"\xff\xff\xff\x7f" + whole[-2:])  # the directory lies before the beginning of the file
    refused(path, "transactions.xlsx")
    with zipfile.ZipFile(workbook(tmp_path, sheet_of(*ROWS))) as package:
        middle = package.getinfo(SHEET).header_offset + 300
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    refused(path, "transactions.xlsx")


def test_a_zip_without_a_workbook_and_an_encrypted_one_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "transactions.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("content.xml", "<x/>")
    refused(path, "transactions.xlsx")
    data = bytearray(workbook(tmp_path, sheet_of(row())).read_bytes())
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + offset] |= 1
    path.write_bytes(bytes(data))
    refused(path, "transactions.xlsx")


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path, sheet_of(row()))
    bomb = changed(path, sheet=lambda xml: xml.replace(b"</worksheet>", b" " * 30_000_000 + b"</worksheet>"))
    refused(bomb, "28 MB")
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 1000)
    refused(workbook(tmp_path, sheet_of(row())), "transactions.xlsx")


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x SYSTEM "file:///etc/hostname">'


@pytest.mark.parametrize("part", ["sheet", "strings", "book"])
@pytest.mark.parametrize("prolog", [BOMB, OUTSIDE])
def test_a_document_type_in_any_part_refuses_the_file(tmp_path: Path, part: str, prolog: bytes) -> None:
    path = workbook(tmp_path, sheet_of(row()))
    changed(path, **{part: lambda xml: xml.replace(b"?>", b"?>" + prolog, 1)})
    refused(path, "transactions.xlsx")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'<row r="3"', b'<!-- <row --><row r="3"'),
        (b'<row r="3"', b'<row r="2"'),
        (b'<row r="3"', b"<row"),
        (b'<c r="A3"', b'<c r="A1000000"'),
        (b'<c r="A3"', b"<c"),
        (b'<c r="K3"', b'<c r="XFD3"'),
        (b"</sheetData>", b""),
        (b'<?xml version="1.0" encoding="UTF-8"', b'<?xml version="1.0" encoding="GBK"'),
    ],
)
def test_a_sheet_that_would_mislead_the_reader_is_refused(tmp_path: Path, before: bytes, after: bytes) -> None:
    def mislead(xml: bytes) -> bytes:
        assert before in xml
        return xml.replace(before, after, 1)

    refused(changed(workbook(tmp_path, sheet_of(*ROWS)), sheet=mislead), "transactions.xlsx")


def test_a_file_over_the_limit_is_refused(tmp_path: Path, settings: Any) -> None:
    settings.INTAKE_MAX_BYTES = 100
    refused(workbook(tmp_path, sheet_of(row())), "transactions.xlsx")


def test_a_folder_may_hold_both_forms_but_each_kind_once(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("code,name,kind\nD7,七大队,brigade\n")
    path = workbook(tmp_path, sheet_of(row(unit_code="D7")))
    assert [counts.kind for counts in import_paths(paths=[tmp_path])] == ["units", "transactions"]
    (tmp_path / "transactions.csv").write_text(csv_text(HEADER, [row()]))
    with pytest.raises(BadInput) as refusal:
        import_paths(paths=[tmp_path])
    assert "transactions.csv" in str(refusal.value) and path.name in str(refusal.value)
    assert Delivery.objects.count() == 2


def test_the_command_reads_the_chosen_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path, sheet_of(row()), sheet_of(row(serial_no="T2")))
    call_command("import_ledger", str(path), "--sheet", "2", "--no-score", "--json", stdout=StringIO())
    assert Transaction.objects.get().serial_no == "T2"
    with pytest.raises(CommandError) as refusal:
        call_command("import_ledger", str(path), "--sheet", "三月", "--no-score", stdout=StringIO())
    assert "Sheet2" in str(refusal.value)
