"""Files before they are taken: what is seen of them, what is guessed, who may do what, and what becomes of the original."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from django.conf import settings
from django.utils import translation

from ledger.audit.models import AuditEntry
from ledger.intake import originals, uploads
from ledger.intake.models import Upload
from ledger.intake.previews import look_at
from ledger.intake.reading.guesses import guess_kind, guess_source
from ledger.intake.reading.kinds import KINDS
from ledger.journal.models import Delivery
from ledger.kit.errors import BadInput, Conflict, NotAllowed, Unreadable
from ledger.roster.models import Role, User
from tests.ledger.filing import HEADER, STEP_HEADER, csv_text, found_town, make_clerk, row, step

CHINESE = "流水号,业务条线,业务类型,办理单位,经办人,受理时间,当事人证件号,联系电话,备注\n"
FIRST = "T1,violation,onsite,D1,070001,2026-03-02 09:00,430702198001010012,13900000000,速裁\n"


@pytest.fixture
def town(db: None) -> None:
    found_town()


@pytest.fixture
def clerk(town: None) -> User:
    return make_clerk()


@pytest.fixture
def colleague(clerk: User) -> User:
    return make_clerk("钱某", username="colleague")


@pytest.fixture
def admin(clerk: User) -> User:
    return make_clerk("孙某", username="admin", role=Role.SYSTEM_ADMIN)


def put(folder: Path, content: str | bytes, actor: User, name: str = "transactions.csv", *, look: bool = True) -> Upload:
    path = folder / "sent"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    upload = uploads.put(path=path, name=name, actor=actor)
    return uploads.look(upload=upload) if look else upload


def workbook(folder: Path, **sheets: list[list[str]]) -> bytes:
    """An .xlsx file; a sheet whose name ends in _hidden is hidden."""
    path = folder / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                for place, cell in enumerate(cells):
                    sheet.write_string(number, place, cell)
            if name.endswith("_hidden"):
                sheet.hide()
    return path.read_bytes()


@pytest.mark.parametrize(("encoding", "told"), [("gb18030", "gb18030"), ("utf-8-sig", "utf-8-sig"), ("utf-8", "utf-8-sig")])
def test_a_file_shows_its_encoding_its_columns_and_its_first_rows_masked(clerk: User, tmp_path: Path, encoding: str, told: str):
    seen = put(tmp_path, (CHINESE + FIRST * 12).encode(encoding), clerk, name="2026-03业务.csv").preview
    assert (seen["encoding"], seen["kind"], seen["expected_rows"], seen["missing"]) == (told, "transactions", 12, [])
    uses = {column["received"]: (column["use"], column["column"]) for column in seen["columns"]}
    assert uses["流水号"] == ("column", "serial_no")
    assert uses["联系电话"] == ("attribute", "phone")
    assert uses["备注"] == ("attribute", "备注")
    assert len(seen["rows"]) == 10
    assert seen["rows"][0] == {
        "row": 2,
        "cells": ["T1", "violation", "onsite", "D1", "0700**", "2026-03-02 09:00", "4307**12", "139**00", "速**"],
        "fault": None,
    }
    assert "430702198001010012" not in str(seen)


def test_columns_a_kind_does_not_know_are_told_as_ignored_and_their_cells_not_shown(clerk: User, tmp_path: Path):
    seen = put(tmp_path, "code,name,kind,备注\nA1,某店,dealer,13900000000\n", clerk, name="agencies.csv").preview
    assert [column["use"] for column in seen["columns"]] == ["column", "column", "column", "ignored"]
    assert seen["rows"][0]["cells"] == ["A1", "某店", "dealer"]


def test_a_workbook_tells_its_sheets_and_the_first_one_that_looks_like_a_kind_is_taken(clerk: User, tmp_path: Path):
    content = workbook(
        tmp_path,
        封面=[["某某支队报送材料"]],
        名册=[["警号", "姓名", "类别", "单位"], ["070009", "周某", "officer", "D1"]],
        单位=[["单位编码", "名称", "类型"], ["Q9", "九中队", "squad"]],
        old_hidden=[["单位编码", "名称", "类型"]],
    )
    upload = put(tmp_path, content, clerk, name="三月.xlsx")
    assert (upload.sheet, upload.kind, upload.preview["encoding"], upload.preview["expected_rows"]) == ("名册", "staff", "xlsx", 1)
    assert [(sheet["name"], sheet["kind"], sheet["hidden"]) for sheet in upload.preview["sheets"]] == [
        ("封面", "", False),
        ("名册", "staff", False),
        ("单位", "units", False),
        ("old_hidden", "", True),
    ]
    other = uploads.look(upload=uploads.add_sheet(upload=upload, actor=clerk, sheet="单位"))
    assert (other.kind, other.sha256, other.preview["rows"][0]["cells"]) == ("units", upload.sha256, ["Q9", "九中队", "squad"])
    with pytest.raises(Conflict):
        uploads.add_sheet(upload=upload, actor=clerk, sheet="单位")
    with pytest.raises(BadInput):
        uploads.add_sheet(upload=upload, actor=clerk, sheet="old_hidden")


def test_what_a_file_is_told_by_its_content_and_not_by_its_name(clerk: User, tmp_path: Path):
    book = workbook(tmp_path, 单位=[["单位编码", "名称", "类型"], ["Q9", "九中队", "squad"]])
    assert put(tmp_path, book, clerk, name="units.csv").preview["encoding"] == "xlsx"
    assert put(tmp_path, "code,name,kind\nQ9,九中队,squad\n", clerk, name="units.xlsx").preview["encoding"] == "utf-8-sig"


def test_a_wrong_header_names_what_is_missing_and_the_file_as_it_was_called(clerk: User, tmp_path: Path):
    text = csv_text([name for name in HEADER if name != "handler_no"], [row()])
    with translation.override("en"):
        upload = put(tmp_path, text, clerk, name="上周.csv")
    assert (upload.kind, [lack["column"] for lack in upload.preview["missing"]]) == ("transactions", ["handler_no"])
    assert upload.problem.startswith("上周.csv lacks the column handler_no 经办人")
    assert uploads.take(uploads=[upload], actor=clerk).refused == [(upload, upload.problem)]
    assert not Delivery.objects.exists()


def test_a_zip_bomb_is_named_and_never_unpacked(clerk: User, tmp_path: Path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b" " * (64 << 20))
    with translation.override("en"):
        upload = put(tmp_path, buffer.getvalue(), clerk, name="业务.xlsx")
    assert "业务.xlsx unpacks to" in upload.problem
    assert upload.sha256 not in upload.problem


@pytest.mark.parametrize("content", [gzip.compress(b"a,b\n1,2\n", mtime=0), b"\xff\xfe\x00\x00", b"\n\n", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_is_no_table_is_told_and_can_only_be_dropped(clerk: User, tmp_path: Path, content: bytes):
    upload = put(tmp_path, content, clerk)
    assert upload.problem
    with pytest.raises(BadInput):
        uploads.ask_trial(upload=upload, actor=clerk)
    uploads.drop(upload=upload, actor=clerk)
    assert not originals.path_of(upload.sha256).exists()


def test_empty_and_too_large_files_are_refused_at_the_door(clerk: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(BadInput):
        put(tmp_path, "", clerk)
    monkeypatch.setattr(settings, "INTAKE_MAX_BYTES", 10)
    with translation.override("en"), pytest.raises(Unreadable, match="^transactions.csv has"):
        put(tmp_path, "a" * 11, clerk)
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("name", "header", "kind"),
    [
        ("transactions.csv", HEADER, "transactions"),
        ("业务.csv", HEADER, "transactions"),
        ("x_transactions_20261123.csv", HEADER, "transactions"),
        ("steps.csv", HEADER, "transactions"),
        ("export.csv", STEP_HEADER, "steps"),
        ("export.csv", HEADER, "transactions"),
        ("export.csv", HEADER[:-6], "transactions"),
        ("2026业务科人员名单.csv", ("警号", "姓名", "类别", "单位"), "staff"),
        ("export.csv", ("a", "b", "流水号"), None),
        ("staff.csv", ("a", "b"), "staff"),
    ],
)
def test_the_kind_is_guessed_by_name_and_columns(name: str, header: tuple[str, ...], kind: str | None):
    found = guess_kind(name, header)
    assert (found.code if found else None) == kind


def test_every_kind_is_known_again_by_the_names_of_its_columns():
    for kind in KINDS.values():
        for names in ([column.name for column in kind.columns], [column.chinese[0] for column in kind.columns]):
            assert guess_kind("export.csv", names) is kind


@pytest.mark.django_db
def test_the_source_is_the_one_under_which_such_a_name_came_last():
    for source, name in (("old", "vms_20261102.csv"), ("vms", "vms_20261109.csv"), ("exam", "exam_1.csv")):
        Delivery.objects.create(source=source, kind="transactions", name=name)
    assert [guess_source(name) for name in ("VMS_20261116.csv", "exam_22.csv", "other.csv")] == ["vms", "exam", "manual"]


@pytest.mark.services
def test_files_are_queued_in_the_order_in_which_they_depend_on_each_other(clerk: User, tmp_path: Path):
    sent = [
        put(tmp_path, csv_text(STEP_HEADER, [step()]), clerk, name="steps.csv"),
        put(tmp_path, csv_text(HEADER, [row()]), clerk),
        put(tmp_path, "who,knows\n1,2\n", clerk, name="odd.csv"),
        put(tmp_path, "code,name,kind,parent_code\nS2,二中队,squad,D1\n", clerk, name="units.csv"),
    ]
    taken = uploads.take(uploads=sent, actor=clerk)
    assert [delivery.kind for delivery in taken.deliveries] == ["units", "transactions", "steps"]
    assert [upload.name for upload, _why in taken.refused] == ["odd.csv"]
    assert {delivery.status for delivery in taken.deliveries} == {Delivery.Status.QUEUED}
    assert [(one.name, one.actor, one.source, one.expected_rows) for one in taken.deliveries[:1]] == [("units.csv", "clerk", "manual", 1)]
    assert set(Upload.objects.filter(state="taken").values_list("delivery_id", flat=True)) == {one.pk for one in taken.deliveries}
    assert AuditEntry.objects.filter(action="upload.taken", actor="clerk").count() == 3


@pytest.mark.services
def test_what_is_corrected_is_looked_at_again_and_what_was_tried_no_longer_holds(clerk: User, tmp_path: Path):
    upload = put(tmp_path, csv_text(HEADER, [row()]), clerk)
    Upload.objects.filter(pk=upload.pk).update(state="tried", trial={"counts": {}})
    changed = uploads.change(upload=upload, actor=clerk, kind="impounds", sheet="", source="vms", backfill=True)
    assert (changed.state, changed.trial, changed.preview) == ("new", {}, {})
    seen = uploads.look(upload=changed)
    assert (seen.kind, seen.source, seen.backfill) == ("impounds", "vms", True)
    assert [column["use"] for column in seen.preview["columns"]].count("ignored") == len(HEADER) - 1
    for wrong in ({"source": "two words"}, {"kind": "cars"}, {"sheet": "nowhere"}):
        with pytest.raises(BadInput):
            uploads.change(upload=upload, actor=clerk, **{"kind": "", "sheet": "", "source": "manual", "backfill": False} | wrong)
    entry = AuditEntry.objects.get(action="upload.changed")
    assert (entry.target, entry.detail["kind"], entry.detail["source"]) == (str(upload.pk), "impounds", "vms")


@pytest.mark.services
def test_only_who_put_a_file_or_a_system_admin_changes_takes_or_drops_it(clerk: User, colleague: User, admin: User, tmp_path: Path):
    upload = put(tmp_path, csv_text(HEADER, [row()]), clerk)
    for act in (
        lambda: uploads.drop(upload=upload, actor=colleague),
        lambda: uploads.change(upload=upload, actor=colleague, kind="", sheet="", source="manual", backfill=False),
        lambda: uploads.add_sheet(upload=upload, actor=colleague, sheet="x"),
    ):
        with pytest.raises(NotAllowed, match="赵某"):
            act()
    assert uploads.take(uploads=[upload], actor=colleague).deliveries == []
    assert len(uploads.take(uploads=[upload], actor=admin).deliveries) == 1
    for act in (lambda: uploads.drop(upload=upload, actor=clerk), lambda: uploads.ask_trial(upload=upload, actor=clerk)):
        with pytest.raises(Conflict, match="admin"):
            act()
    assert len(uploads.take(uploads=[upload], actor=clerk).refused) == 1


@pytest.mark.services
def test_the_original_goes_with_the_last_upload_that_was_never_taken(clerk: User, tmp_path: Path):
    text = csv_text(HEADER, [row()])
    first, second, third = (put(tmp_path, text, clerk) for _ in range(3))
    kept = originals.path_of(first.sha256)
    uploads.drop(upload=first, actor=clerk)
    assert kept.read_text() == text
    uploads.drop(upload=second, actor=clerk)
    assert kept.exists()
    uploads.take(uploads=[third], actor=clerk)
    fourth = put(tmp_path, text, clerk)
    uploads.drop(upload=fourth, actor=clerk)
    assert kept.exists()
    alone = put(tmp_path, csv_text(HEADER, [row(serial_no="T2")]), clerk)
    uploads.drop(upload=alone, actor=clerk)
    assert not originals.path_of(alone.sha256).exists()
    assert AuditEntry.objects.filter(action="upload.dropped").count() == 4


def test_a_look_that_comes_late_does_not_overwrite_a_correction(clerk: User, tmp_path: Path):
    stale = put(tmp_path, csv_text(HEADER, [row()]), clerk, look=False)
    uploads.change(upload=stale, actor=clerk, kind="steps", sheet="", source="manual", backfill=False)
    uploads.look(upload=stale)
    now = Upload.objects.get(pk=stale.pk)
    assert (now.kind, now.preview) == ("steps", {})


def test_a_preview_can_be_made_without_a_database_row(tmp_path: Path, town: None):
    path = tmp_path / "x"
    path.write_text(csv_text(HEADER, [row()]))
    preview, problem = look_at(path, name="transactions.csv")
    assert (preview["kind"], problem) == ("transactions", "")
