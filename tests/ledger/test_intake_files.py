"""Encodings, headers and files that cannot be read at all."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.intake.services import import_paths
from ledger.journal.models import Delivery, Transaction
from ledger.kit.errors import BadInput, Unreadable
from tests.ledger.filing import HEADER, csv_text, found_town, outcome, row, send

pytestmark = pytest.mark.django_db
CHINESE = ("流水号*", "业务条线", "业务类型", "状态", "办理单位", "经办人", "受理时间", "办结时间", "金额", "记分", "联系电话")


@pytest.fixture(autouse=True)
def town() -> None:
    found_town()


@pytest.mark.parametrize(("encoding", "named"), [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030")])
def test_each_encoding_is_recognised_by_itself(tmp_path: Path, encoding: str, named: str) -> None:
    text = csv_text((*HEADER, "place"), [row(place="人民路与解放路口𠮷")])
    assert outcome(send(tmp_path, text.encode(encoding))) == (1, 1, 0, 0, 0, 0)
    assert Transaction.objects.get().attrs["place"] == "人民路与解放路口𠮷"
    delivery = Delivery.objects.get()
    assert (delivery.encoding, delivery.status, delivery.accepted) == (named, "done", 1)
    assert delivery.size == len(text.encode(encoding)) and len(delivery.sha256) == 64


def test_chinese_column_names_in_another_order_say_the_same(tmp_path: Path) -> None:
    text = csv_text(HEADER, [row()])
    send(tmp_path, text)
    chinese = [dict(zip(CHINESE, (row()[name] for name in HEADER), strict=True))]
    assert outcome(send(tmp_path, csv_text(CHINESE[::-1], chinese))) == (1, 0, 0, 1, 0, 0)


def test_unknown_columns_of_transactions_are_attributes(tmp_path: Path) -> None:
    send(tmp_path, csv_text((*HEADER, "天气", "article"), [row(天气="晴", article="157")]))
    assert Transaction.objects.get().attrs == {"phone": "13900000000", "天气": "晴", "article": "157"}


def test_unknown_columns_elsewhere_are_reported_and_ignored(tmp_path: Path) -> None:
    text = "code,name,kind,colour\nD2,二大队,brigade,blue\n"
    counts = send(tmp_path, text, kind="units")
    assert outcome(counts) == (1, 1, 0, 0, 0, 0)
    assert counts.ignored == ("colour",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "transactions.csv"),
        (b"\n\n", "transactions.csv"),
        (b"serial_no;line;action\n1;2;3\n", "accepted_at"),
        (csv_text(HEADER[:-5], [row()]).encode(), "accepted_at"),
        (csv_text((*HEADER, "serial_no"), [row()]).encode(), "serial_no"),
        (csv_text((*HEADER, "流水号"), [row()]).encode(), "serial_no"),
        (csv_text((*HEADER, "phone"), [row()]).encode(), "phone"),
        (csv_text(HEADER, [row()]).encode() + b"\xff\xff\n", "GB18030"),
        (csv_text(HEADER, [row()]).encode("utf-16"), "GB18030"),
        (b"PK\x03\x04rest", "CSV"),
        (b"\x00\x01\x02\x03", "transactions.csv"),
    ],
)
def test_an_unreadable_file_changes_nothing_and_says_why(tmp_path: Path, text: bytes, told: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        send(tmp_path, text)
    assert told in str(refusal.value)
    assert not Transaction.objects.exists() and not Delivery.objects.exists()


def test_one_unreadable_file_of_a_folder_keeps_the_others_out_too(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("code,name,kind\nD7,七大队,brigade\n")
    (tmp_path / "staff.csv").write_text("staff_no,name\n1,张某\n")
    with pytest.raises(Unreadable):
        import_paths(paths=[tmp_path])
    assert not Delivery.objects.exists()


def test_a_file_over_the_limit_is_refused(tmp_path: Path, settings: pytest.FixtureRequest) -> None:
    settings.INTAKE_MAX_BYTES = 100  # type: ignore[attr-defined]
    with pytest.raises(Unreadable):
        send(tmp_path, csv_text(HEADER, [row()] * 3))


def test_a_file_named_after_nothing_needs_its_kind_said(tmp_path: Path) -> None:
    path = tmp_path / "march.csv"
    path.write_text(csv_text(HEADER, [row()]))
    with pytest.raises(BadInput):
        import_paths(paths=[path])
    assert outcome(import_paths(paths=[path], kind="transactions")[0]) == (1, 1, 0, 0, 0, 0)


@pytest.mark.parametrize("source", ["", "a b", "a:b", "x" * 41, "a;b"])
def test_a_source_that_evidence_could_not_name_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(BadInput):
        send(tmp_path, csv_text(HEADER, [row()]), source=source)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2006-07-24T00:00:00Z", datetime(2006, 7, 24, tzinfo=UTC)),
        ("2026-03-02 09:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        ("2026-03-02 09:00:30", datetime(2026, 3, 2, 1, 0, 30, tzinfo=UTC)),
        ("2026/03/02 09:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        ("2026/3/2 9:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        ("2026-03-02T09:00:00.250+09:00", datetime(2026, 3, 2, 0, 0, 0, 250000, tzinfo=UTC)),
        ("2026-03-02T09:00+0800", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        ("1988-07-01 09:00", datetime(1988, 7, 1, 0, 0, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_every_format_with_and_without_offset(tmp_path: Path, written: str, meant: datetime) -> None:
    send(tmp_path, csv_text(HEADER, [row(accepted_at=written, finished_at="")]))
    taken = Transaction.objects.get()
    assert taken.accepted_at == meant


def test_amounts_are_kept_in_fen_and_the_status_follows_from_the_finish(tmp_path: Path) -> None:
    rows = [row(serial_no="A", amount="200.5", status=""), row(serial_no="B", amount="35", status="", finished_at="")]
    send(tmp_path, csv_text(HEADER, rows))
    assert dict(Transaction.objects.values_list("amount", "status")) == {20050: "finished", 3500: "accepted"}
