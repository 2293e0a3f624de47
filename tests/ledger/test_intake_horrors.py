"""Every horror a file was ever seen with, by name, and where it is proven; those proven nowhere else are here.

And whatever is done to the bytes of a file: either it is refused and nothing changed, or its counts add up to the row.
"""

import io
import subprocess
import sys
import zipfile
from itertools import count
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake.models import Quarantined
from ledger.intake.refused.queries import PARTS
from ledger.intake.services import Counts, import_paths
from ledger.journal.models import Delivery, Transaction, Version
from ledger.kit.errors import MingjingError
from tests.environment import CHECKOUT
from tests.ledger.filing import HEADER, csv_text, found_town, outcome, row, send

pytestmark = pytest.mark.django_db
HORRORS = {
    "GB18030, UTF-8, with BOM": "intake_files: each_encoding_is_recognised_by_itself",
    "two encodings in one file": "intake_files: an_unreadable_file_changes_nothing_and_says_why",
    "ID numbers turned to floats, as text": "intake_rejections: a_bad_cell_rejects_its_row_with_line_column_value_and_reason",
    "ID numbers that are numbers in a sheet": "intake_spreadsheets: what_is_no_text_in_an_identifying_column_is_refused_with_its_cell",
    "such a number that comes back uncorrected": "intake_spreadsheets: a_refused_number_that_comes_back_uncorrected_is_refused_again",
    "full-width digits": "intake_marks: another_spelling_of_a_code_is_taken_under_the_code_and_kept_as_received",
    "NUL": "intake_rejections: a_bad_cell_rejects_its_row_with_line_column_value_and_reason",
    "1900 and 1904 dates": "intake_spreadsheets: dates_and_times_of_both_calendars_are_read",
    "text dates in a sheet": "intake_spreadsheets: a_sheet_gives_the_same_transactions_as_its_csv",
    "a date without its time": "intake_spreadsheets: midnight_is_a_time_where_the_format_shows_one_and_a_mere_date_where_not",
    "merged cells": "intake_spreadsheets: merged_cells_in_the_table_refuse_the_file_and_others_do_not",
    "duplicate headers": "intake_spreadsheets: a_header_that_is_doubled_or_lacks_a_column_refuses_the_file",
    "a hidden chosen sheet": "intake_spreadsheets: a_hidden_sheet_is_refused_by_name",
    "cells over 32,767 characters on export": "quarantine_sheets: a_cell_too_long_for_a_spreadsheet_stands_whole_on_a_sheet_of_its_own",
    "formula cells": "intake_spreadsheets: a_row_with_a_formula_is_rejected_with_its_cell",
    "formulas on export": "quarantine_sheets: formulas_come_back_as_what_they_were",
    "zip bombs": "intake_spreadsheets: a_zip_bomb_is_not_unpacked",
    "XML bombs": "intake_spreadsheets: a_document_type_in_any_part_refuses_the_file",
    "a zip that is no workbook, an encrypted one": "intake_spreadsheets: a_zip_without_a_workbook_and_an_encrypted_one_are_refused",
    "2,000,000 rows": "intake_horrors: two_million_rows_are_read_in_bounded_memory",
    "ragged rows, quotation marks that do not match": "intake_rejections: a_broken_line_in_the_middle_costs_itself_alone",
    "mixed line ends": "intake_horrors: mixed_line_ends_are_all_line_ends",
    "a file over the limit": "intake_files: a_file_over_the_limit_is_refused",
    "future dates": "intake_marks: a_future_time_is_accepted_and_marked",
    "ancient and impossible dates": "intake_horrors: dates_before_any_business_and_after_any_are_refused",
    "out-of-order rows": "intake_horrors: rows_in_any_order_make_the_same_ledger",
    "steps before their transaction": "waiting_steps: steps_before_their_transaction_wait_and_are_taken_when_it_arrives",
    "re-sent and changed rows": "intake_horrors: a_file_sent_again_adds_nothing_and_a_changed_row_is_a_revision",
}


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    found_town()


@pytest.mark.parametrize("horror", HORRORS)
def test_every_horror_has_its_proof(horror: str) -> None:
    file, name = HORRORS[horror].split(": ")
    assert f"\ndef test_{name}(" in (CHECKOUT / "tests" / "ledger" / f"test_{file}.py").read_text(encoding="utf-8")


READING = """
import resource, sys
from pathlib import Path
from ledger.intake.reading.readers import open_table
table = open_table(Path(sys.argv[1]), max_bytes=1 << 30)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = sum(1 for _number, cells in table.rows() if len(cells) == 2)
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_two_million_rows_are_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("serial_no,seq\n")
        for block in range(200):
            file.write("".join(f"T{number},1\n" for number in range(block * 10_000, (block + 1) * 10_000)))
    done = subprocess.run([sys.executable, "-c", READING, str(path)], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    rows, grown = (int(text) for text in done.stdout.split())
    assert rows == 2_000_000
    assert grown < 32 * 1024, f"{grown} KiB more to read a file of {path.stat().st_size >> 10} KiB"


def test_mixed_line_ends_are_all_line_ends(tmp_path: Path) -> None:
    head, *lines = csv_text(HEADER, [row(serial_no=f"T{number}") for number in range(5)]).splitlines()
    quoted = lines[4].replace(row()["phone"], '"first\r\nsecond\rthird"')
    text = f"{head}\r\n{lines[0]}\n{lines[1]}\r{lines[2]}\r\n\r\n{quoted}\n{lines[3]}"
    assert outcome(send(tmp_path, text.encode())) == (5, 5, 0, 0, 0, 0)
    assert Transaction.objects.get(serial_no="T4").attrs["phone"] == "first\r\nsecond\rthird"


@pytest.mark.parametrize(
    "moment", ["1899-12-31 00:00", "1949-12-31 23:59", "2101-01-01 00:00", "9999-12-31 23:59", "2026-02-29 09:00", "2026-03-02 24:01"]
)
def test_dates_before_any_business_and_after_any_are_refused(tmp_path: Path, moment: str) -> None:
    assert outcome(send(tmp_path, csv_text(HEADER, [row(accepted_at=moment)]))) == (1, 0, 0, 0, 1, 0)
    assert Quarantined.objects.get().reason == "bad_time"


@pytest.mark.services
def test_rows_in_any_order_make_the_same_ledger(tmp_path: Path) -> None:
    rows = [row(serial_no=f"T{number}", accepted_at=f"2026-03-{2 + number % 20:02d} 09:00", finished_at="") for number in range(60)]
    for source, order in (("in_order", rows), ("reversed", rows[::-1])):
        assert send(tmp_path, csv_text(HEADER, order), source=source).accepted == 60
    pictures = [
        set(Transaction.objects.filter(source=source).values_list("serial_no", "digest", "event_day"))
        for source in ("in_order", "reversed")
    ]
    assert pictures[0] == pictures[1]


@pytest.mark.services
def test_a_file_sent_again_adds_nothing_and_a_changed_row_is_a_revision(tmp_path: Path) -> None:
    rows = [row(serial_no=f"T{number}") for number in range(5)]
    send(tmp_path, csv_text(HEADER, rows))
    assert outcome(send(tmp_path, csv_text(HEADER, rows))) == (5, 0, 0, 5, 0, 0)
    rows[3]["amount"] = "7"
    assert outcome(send(tmp_path, csv_text(HEADER, rows))) == (5, 0, 1, 4, 0, 0)
    assert list(Version.objects.order_by("id").values_list("change", flat=True)) == ["first"] * 5 + ["alteration"]


GOOD = csv_text((*HEADER, "地点"), [row(serial_no=f"T{number}", 地点="人民路，“东口”") for number in range(6)])
sources = count(1)
places = st.integers(0, 2000)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("byte"), places, st.integers(0, 255)),
        st.tuples(st.just("cut"), places, st.integers(1, 60)),
        st.tuples(st.just("end"), places, st.just(0)),
        st.tuples(
            st.just("put"),
            places,
            st.sampled_from([b'"', b",", b"\n", b"\r", b"\x00", b"'", "地".encode("gb18030"), b"\xef\xbb\xbf", b"\xff"]),
        ),
        st.tuples(st.just("swap"), st.integers(0, 6), st.tuples(st.integers(0, 11), st.integers(0, 11))),
        st.tuples(st.just("twice"), st.integers(0, 6), st.just(0)),
    ),
    max_size=6,
)


def spoiled(content: bytes, doings: list[tuple[str, int, object]]) -> bytes:
    """The bytes after each change: one other, some gone, the end gone, some put in, cells of a line swapped, a line twice."""
    for what, where, how in doings:
        at = where % (len(content) or 1)
        if what == "byte":
            content = content[:at] + bytes([how]) + content[at + 1 :]  # type: ignore[list-item]
        elif what == "cut":
            content = content[:at] + content[at + how :]  # type: ignore[operator]
        elif what == "end":
            content = content[:at]
        elif what == "put":
            content = content[:at] + how + content[at:]  # type: ignore[operator]
        else:
            content = _line_changed(content.split(b"\n"), what, where, how)
    return content


def _line_changed(lines: list[bytes], what: str, where: int, how: object) -> bytes:
    at = where % len(lines)
    if what == "twice":
        return b"\n".join([*lines, lines[at]])
    cells = lines[at].split(b",")
    one, other = (place % len(cells) for place in how)  # type: ignore[attr-defined]
    cells[one], cells[other] = cells[other], cells[one]
    lines[at] = b",".join(cells)
    return b"\n".join(lines)


def tables() -> tuple[int, int, int, int]:
    return Delivery.objects.count(), Quarantined.objects.count(), Transaction.objects.count(), Version.objects.count()


def adds_up(counts: Counts) -> None:
    assert counts.received == counts.accepted + counts.revised + counts.duplicate + counts.rejected + counts.waiting
    delivery = Delivery.objects.get(pk=counts.delivery_id)
    assert (delivery.received, delivery.rejected, delivery.waiting) == (counts.received, counts.rejected, counts.waiting)
    assert delivery.quarantined.count() == counts.rejected + counts.waiting
    assert delivery.quarantined.filter(serial_no="").count() == counts.rejected
    parts = [set(delivery.quarantined.filter(part).values_list("pk", flat=True)) for part in PARTS.values()]
    assert sum(len(part) for part in parts) == len(set().union(*parts)) == delivery.quarantined.count()


def taken_or_refused(path: Path) -> None:
    """Refused with nothing changed, or taken with counts that add up, and the same again the second time."""
    source, before = f"spoiled{next(sources)}", tables()
    try:
        first = import_paths(paths=[path], source=source)[0]
    except MingjingError:
        assert tables() == before
        return
    adds_up(first)
    assert Transaction.objects.filter(source=source).count() == first.accepted
    again = import_paths(paths=[path], source=source)[0]
    adds_up(again)
    assert (again.received, again.accepted, again.rejected) == (first.received, 0, first.rejected)
    open_rows = Quarantined.objects.filter(source=source, state="rejected")
    assert open_rows.values("fingerprint").distinct().count() == open_rows.count()


@pytest.mark.services
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]), doings=changes)
def test_whatever_is_done_to_the_bytes_of_a_file_no_row_is_lost(
    tmp_path: Path, encoding: str, doings: list[tuple[str, int, object]]
) -> None:
    path = tmp_path / "transactions.csv"
    path.write_bytes(spoiled(GOOD.encode(encoding), doings))
    taken_or_refused(path)


def _workbook() -> dict[str, bytes]:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([HEADER, *([row(serial_no=f"T{number}")[name] for name in HEADER] for number in range(4))]):
            sheet.write_row(line, 0, cells)
    with zipfile.ZipFile(buffer) as package:
        return {name: package.read(name) for name in package.namelist()}


WORKBOOK = _workbook()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.sampled_from(sorted(WORKBOOK)), whole=st.booleans(), doings=changes)
def test_whatever_is_done_to_the_bytes_of_a_workbook_no_row_is_lost(
    tmp_path: Path, part: str, whole: bool, doings: list[tuple[str, int, object]]
) -> None:
    """Done to one part of the package, or to the package itself."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in WORKBOOK.items():
            package.writestr(name, spoiled(content, doings) if name == part and not whole else content)
    path = tmp_path / "transactions.xlsx"
    path.write_bytes(spoiled(buffer.getvalue(), doings) if whole else buffer.getvalue())
    taken_or_refused(path)
