"""What one bad row gets: a place, a reason, and company that is not harmed."""

import csv
import io
from pathlib import Path

import pytest
from django.utils import translation

from ledger.intake.models import Quarantined
from ledger.intake.refused.quarantine import quarantine_csv, reason_of
from ledger.journal.models import Delivery, Transaction
from tests.ledger.filing import HEADER, csv_text, found_town, outcome, row, send, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def town() -> None:
    found_town()


BAD_CELLS = [
    ("serial_no", "", "missing_value"),
    ("serial_no", "4.307E+17", "float_id"),
    ("serial_no", "S" * 65, "too_long"),
    ("handler_no", "70001.0", "float_id"),
    ("handler_no", "07\x000001", "control_character"),
    ("unit_code", "D9", "unknown_unit"),
    ("line", "parking", "not_in_list"),
    ("action", "subject1", "not_in_list"),
    ("status", "done", "not_in_list"),
    ("accepted_at", "2026-02-30 09:00", "bad_time"),
    ("accepted_at", "2026-03-02", "bad_time"),
    ("accepted_at", "yesterday", "bad_time"),
    ("accepted_at", "0026-03-02 09:00", "bad_time"),
    ("accepted_at", "2026-03-02T09:00:00+99:00", "bad_time"),
    ("finished_at", "2026-W10-1 09:00", "bad_time"),
    ("amount", "1,000", "bad_amount"),
    ("amount", "3.141", "bad_amount"),
    ("amount", "-5", "bad_amount"),
    ("points", "13", "bad_points"),
    ("points", "1.5", "bad_points"),
    ("points", "３", "bad_points"),
    ("phone", "9" * 1001, "too_long"),
]


@pytest.mark.parametrize(("column", "value", "reason"), BAD_CELLS)
def test_a_bad_cell_rejects_its_row_with_line_column_value_and_reason(tmp_path: Path, column: str, value: str, reason: str) -> None:
    rows = [row(serial_no="A"), row(serial_no="B") | {column: value}, row(serial_no="C")]
    counts = send(tmp_path, csv_text(HEADER, rows))
    assert outcome(counts) == (3, 2, 0, 0, 1, 0)
    assert set(Transaction.objects.values_list("serial_no", flat=True)) == {"A", "C"}
    kept = Quarantined.objects.get()
    assert (kept.row, kept.column, kept.reason, kept.delivery_id) == (3, column, reason, counts.delivery_id)
    assert kept.value == value.replace("\x00", "\u2400")[:200]
    assert kept.content[column] == value.replace("\x00", "\u2400")
    with translation.override("en"):
        assert column in reason_of(kept)


def test_a_declared_number_that_is_none_is_rejected() -> None:
    counts = tell(row(line="exam", action="subject2", attempt="second"))
    assert outcome(counts) == (1, 0, 0, 0, 1, 0)
    assert Quarantined.objects.get().reason == "bad_number"


BROKEN_LINES = [
    ("A,violation,onsite", "too_few_cells"),
    (",".join(row(serial_no="B").get(name, "") for name in HEADER) + ",more", "too_many_cells"),
    ('B,"violation,onsite,finished,D1,070001,2026-03-02 09:00,,,,', "bad_quoting"),
    ('B,"viol"ation,onsite,finished,D1,070001,2026-03-02 09:00,,,,', "bad_quoting"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN_LINES)
def test_a_broken_line_in_the_middle_costs_itself_alone(tmp_path: Path, line: str, reason: str) -> None:
    good = csv_text(HEADER, [row(serial_no=f"G{n}") for n in range(6)]).splitlines()
    counts = send(tmp_path, "\n".join([*good[:4], line, *good[4:]]))
    assert outcome(counts) == (7, 6, 0, 0, 1, 0)
    kept = Quarantined.objects.get()
    assert (kept.row, kept.reason) == (5, reason)


def test_an_open_quotation_does_not_swallow_a_later_quoted_row(tmp_path: Path) -> None:
    good = csv_text(HEADER, [row(serial_no=f"G{n}", phone="1,2") for n in range(3)]).splitlines()
    broken = 'B,"violation,onsite,finished,D1,070001,2026-03-02 09:00,,,,'
    counts = send(tmp_path, "\n".join([good[0], broken, *good[1:]]))
    assert outcome(counts) == (4, 3, 0, 0, 1, 0)


def test_a_quoted_cell_may_go_over_several_lines_and_the_next_line_number_is_right(tmp_path: Path) -> None:
    rows = [row(serial_no="A", phone="first\nsecond"), row(serial_no="B", points="99")]
    counts = send(tmp_path, csv_text(HEADER, rows))
    assert outcome(counts) == (2, 1, 0, 0, 1, 0)
    assert Transaction.objects.get().attrs["phone"] == "first\nsecond"
    assert Quarantined.objects.get().row == 4


def test_blank_lines_and_empty_cells_behind_the_last_column_are_nothing(tmp_path: Path) -> None:
    lines = csv_text(HEADER, [row(serial_no="A")]).splitlines()
    counts = send(tmp_path, "\r\n".join([lines[0] + ",,", lines[1] + ",,", "", ",,,,,,,,,,,,", ""]))
    assert outcome(counts) == (1, 1, 0, 0, 0, 0)


def test_the_quarantine_comes_back_as_a_file_that_can_be_corrected_and_sent_again(tmp_path: Path) -> None:
    counts = send(tmp_path, csv_text(HEADER, [row(serial_no="A"), row(serial_no="B", points="99"), row(serial_no="C", unit_code="D9")]))
    text = "".join(quarantine_csv(Delivery.objects.get(pk=counts.delivery_id)))
    returned = list(csv.DictReader(io.StringIO(text)))
    assert [(item["serial_no"], item["quarantine_line"], item["quarantine_column"]) for item in returned] == [
        ("B", "3", "points"),
        ("C", "4", "unit_code"),
    ]
    again = send(tmp_path, text.replace(",99,", ",9,"))
    assert outcome(again) == (2, 1, 0, 0, 1, 0)
    assert not {name for name in Transaction.objects.get(serial_no="B").attrs if name.startswith("quarantine")}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"serial_no": "X"}, "missing_column"),
        (row(serial_no="X") | {"handler_no": 70001.0}, "not_text"),
        (row(serial_no="X") | {"phone": ["1"]}, "not_text"),
        (row(serial_no="X") | {"流水号": "Y"}, "repeated_column"),
        (row(serial_no="X\ud800"), "control_character"),
    ],
)
def test_a_record_is_rejected_alone_where_a_file_would_be_unreadable(record: dict[str, str], reason: str) -> None:
    counts = tell(row(serial_no="A"), record)
    assert outcome(counts) == (2, 1, 0, 0, 1, 0)
    kept = Quarantined.objects.get()
    assert (kept.row, kept.reason) == (2, reason)
    with translation.override("en"):
        assert reason_of(kept)
