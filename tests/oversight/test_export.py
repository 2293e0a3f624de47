"""The list as a file: its rows as filtered, as text, masked, told whose it is; with a purpose, and written down."""

import csv
import io

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from ledger.audit.models import AuditEntry
from ledger.roster.models import Role
from tests.builders import make_alert, make_rule, make_staff, make_user
from tests.oversight.cast import Cast, logged_in

ASK = {"query": "tab=open&level=red", "purpose": "向支队汇报红色预警"}


def content(answer) -> bytes:
    return b"".join(answer.streaming_content)


def sheet_rows(text: bytes) -> list[list[str]]:
    assert text.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))


@pytest.mark.services
def test_both_forms_hold_the_list_as_filtered_and_sorted_and_the_first_sheet_says_whose_it_is(cast: Cast, supervisor: Client):
    staff = make_staff(cast.first, staff_no="0712345", name="赵某")
    one, two = (make_alert(cast.first, level="red", subject_code=staff.staff_no, bucket=bucket) for bucket in (1, 2))
    make_alert(cast.first, level="blue")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content(supervisor.post("/alerts/export/", {**ASK, "form": "xlsx"}))))
    told = {row[0]: row[1] for row in book.get_sheet_by_index(0).to_python()}
    assert ASK["purpose"] in told.values()
    assert any(cast.supervisor.name in str(value) for value in told.values())
    assert any("level=red" in str(value) for value in told.values())
    rows = book.get_sheet_by_index(1).to_python()
    lines = sheet_rows(content(supervisor.post("/alerts/export/", {**ASK, "form": "csv"})))
    assert [row[0] for row in rows[1:]] == [line[0] for line in lines[1:]] == [one.number, two.number]
    assert [line[:-1] for line in lines[1:]] == rows[1:]
    assert cast.supervisor.name in lines[1][-1]
    assert "0712345" not in str(rows) + str(lines)
    assert "07123**" in rows[1]


def test_a_cell_that_a_spreadsheet_would_run_is_text(cast: Cast, supervisor: Client):
    version = make_rule(title_zh="=1+1", title_en="=1+1")
    make_alert(cast.first, level="red", version=version)
    lines = sheet_rows(content(supervisor.post("/alerts/export/", {**ASK, "form": "csv"})))
    assert "'=1+1" in lines[1]
    book = CalamineWorkbook.from_filelike(io.BytesIO(content(supervisor.post("/alerts/export/", {**ASK, "form": "xlsx"}))))
    assert "=1+1" in book.get_sheet_by_index(1).to_python()[1]


def test_an_export_needs_a_purpose_and_is_written_down(cast: Cast, supervisor: Client):
    make_alert(cast.first, level="red")
    for wrong in ({"purpose": " "}, {"purpose": "长" * 201}, {"form": "pdf"}):
        answer = supervisor.post("/alerts/export/", {**ASK, "form": "csv", **wrong})
        assert answer["Location"] == "/alerts/?tab=open&level=red"
    assert not AuditEntry.objects.filter(action="alerts.exported").exists()
    content(supervisor.post("/alerts/export/", {**ASK, "form": "csv"}))
    entry = AuditEntry.objects.get(action="alerts.exported")
    assert (entry.actor, entry.detail["purpose"], entry.detail["rows"]) == (cast.supervisor.username, ASK["purpose"], 1)
    assert entry.detail["filters"] == {"tab": "open", "level": "red"}


def test_more_than_a_file_takes_is_refused(cast: Cast, supervisor: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oversight.center.export.MOST", 1)
    for _number in range(2):
        make_alert(cast.first, level="red")
    assert supervisor.post("/alerts/export/", {**ASK, "form": "csv"}).status_code == 302
    assert not AuditEntry.objects.filter(action="alerts.exported").exists()


def test_a_recused_person_exports_nothing_of_their_own_alert(cast: Cast):
    recused = make_user(Role.SUPERVISOR, cast.detachment)
    hidden = make_alert(cast.first, level="red", subject_code=recused.staff_no)
    text = content(logged_in(recused).post("/alerts/export/", {**ASK, "form": "csv"})).decode()
    assert hidden.number not in text
    assert len(text.strip().splitlines()) == 1
