"""Complaints, cases of discipline and impounds: taken like transactions, each change a version, and told to whoever looks at those days."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.complaints.models import Complaint
from ledger.discipline.models import DisciplineCase
from ledger.impounds.models import Impound
from ledger.intake.models import Quarantined
from ledger.intake.services import import_paths
from ledger.journal import changes
from ledger.journal.canonical import leaf_hash
from ledger.journal.changes import RosterChange, tell_unit_days
from ledger.journal.fold import Content, folded
from ledger.journal.models import Delivery, Recorded, RecordVersion
from ledger.journal.queries import record_versions_of
from ledger.journal.records import picture_of
from tests.ledger.filing import csv_text, found_town, outcome, row, send, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]
COMPLAINT = {
    "complaint_no": "TS1",
    "received_at": "2026-03-02 23:30",
    "channel": "12345",
    "unit_code": "D1",
    "staff_no": "070001",
    "category": "4",
    "serial_no": "T1",
    "content": "态度生硬",
    "rectified_at": "",
}
CASE = {"case_no": "J1", "decided_at": "2026-03-05", "staff_no": "070001", "unit_code": "D1", "prohibition": "2", "decision": "警告"}
IMPOUND = {
    "serial_no": "T1",
    "tag_no": "K-7",
    "lot": "东区停车场",
    "reason": "酒后驾驶",
    "due_at": "2026-04-01 18:00",
    "released_at": "",
}
ONE_OF_EACH = [("complaints", COMPLAINT, "content"), ("violations_of_discipline", CASE, "decision"), ("impounds", IMPOUND, "lot")]
MODELS: dict[str, type[Recorded]] = {"complaints": Complaint, "violations_of_discipline": DisciplineCase, "impounds": Impound}
sources = count(1)


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    found_town()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RosterChange]]:
    heard: list[RosterChange] = []
    monkeypatch.setattr(changes, "_roster_listeners", [heard.append])
    yield heard


def days_told(told: list[RosterChange]) -> list[tuple[str, set[str], date, date]]:
    return [(change.kind, set(change.unit_codes), change.first_day, change.last_day) for change in told]


def folded_anew(record: Recorded) -> Content:
    """The picture as its versions give it."""
    picture: Content | None = None
    for version in record_versions_of(record):
        picture = folded(picture, json.loads(version.text)["content"])
    assert picture is not None
    return picture


def reasons() -> set[tuple[int, str, str]]:
    return set(Quarantined.objects.values_list("row", "column", "reason"))


def test_a_folder_with_all_three_is_read_under_their_chinese_names_after_the_transactions(tmp_path: Path) -> None:
    impounding = row(action="impound")
    texts = {
        "impounds": "流水号,标牌号,停车场,事由,法定期限,放行时间\nT1,K-7,东区停车场,酒后驾驶,2026-04-01 18:00,\n",
        "transactions": csv_text(tuple(impounding), [impounding]),
        "complaints": "投诉编号,接收时间,渠道,被投诉单位,被投诉人,类别,内容\nTS1,2026-03-02 23:30,hall,D1,070001,other,态度生硬\n",
        "violations_of_discipline": "案件编号,处理日期,警号,单位,违反严禁,处理\nJ1,2026/3/5,070001,D1,2,警告\n",
    }
    for kind, text in texts.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
    done = import_paths(paths=[tmp_path])
    assert [counts.kind for counts in done] == ["transactions", "complaints", "violations_of_discipline", "impounds"]
    assert [outcome(counts) for counts in done] == [(1, 1, 0, 0, 0, 0)] * 4
    complaint, case, impound = Complaint.objects.get(), DisciplineCase.objects.get(), Impound.objects.get()
    assert (complaint.received_at, complaint.category) == (datetime(2026, 3, 2, 15, 30, tzinfo=UTC), "other")
    assert (case.decided_at, case.prohibition, case.decision) == (date(2026, 3, 5), "2", "警告")
    assert (impound.tag_no, impound.due_at, impound.released_at) == ("K-7", datetime(2026, 4, 1, 10, 0, tzinfo=UTC), None)
    assert [record.marks for record in (complaint, case, impound)] == [[], [], []]


@pytest.mark.parametrize(("kind", "record", "column"), ONE_OF_EACH)
def test_a_revision_keeps_the_old_content_and_the_same_content_is_a_duplicate(kind: str, record: dict[str, str], column: str) -> None:
    first = tell(record, record, record | {column: "乙"}, kind=kind)
    assert outcome(first) == (3, 1, 1, 1, 0, 0)
    assert outcome(tell(record | {column: ""}, kind=kind)) == (1, 0, 1, 0, 0, 0)
    assert outcome(tell(record | {column: ""}, kind=kind)) == (1, 0, 0, 1, 0, 0)
    now = MODELS[kind].objects.get()
    assert (getattr(now, column), now.version) == ("", 3)
    versions = list(record_versions_of(now))
    contents = [json.loads(version.text)["content"] for version in versions]
    assert [content.get(column) for content in contents] == [record[column], "乙", None]
    assert [version.change for version in versions] == ["first", "alteration", "alteration"]
    assert all(version.leaf == leaf_hash(version.text) for version in versions)
    assert versions[0].delivery_id == first.delivery_id
    assert folded_anew(now) == picture_of(now)


def test_a_version_cannot_be_changed_or_removed() -> None:
    tell(COMPLAINT, kind="complaints")
    with pytest.raises(TypeError, match="append-only"):
        RecordVersion.objects.update(text="")
    with pytest.raises(TypeError, match="append-only"):
        RecordVersion.objects.get().delete()


def test_what_a_file_has_no_column_for_stays_and_what_it_fills_is_progress(tmp_path: Path) -> None:
    tell(COMPLAINT, kind="complaints")
    text = "complaint_no,received_at,unit_code,revisited_at,revisit_result\nTS1,2026-03-02 23:30,D1,2026-03-20 10:00,satisfied\n"
    assert outcome(send(tmp_path, text, kind="complaints")) == (1, 0, 1, 0, 0, 0)
    complaint = Complaint.objects.get()
    assert (complaint.content, complaint.revisit_result) == ("态度生硬", "satisfied")
    assert list(record_versions_of(complaint).values_list("change", flat=True)) == ["first", "progress"]


@pytest.mark.parametrize(("kind", "record", "column"), ONE_OF_EACH)
def test_the_same_number_of_another_source_is_another_record(kind: str, record: dict[str, str], column: str) -> None:
    tell(record, kind=kind)
    assert outcome(tell(record, kind=kind, source="other")) == (1, 1, 0, 0, 0, 0)
    assert MODELS[kind].objects.count() == 2


def test_bad_rows_are_rejected_with_their_place_and_the_others_taken() -> None:
    wrong = [{"unit_code": "D9"}, {"category": "9"}, {"channel": "fax"}, {"received_at": "2026-03-02"}, {"complaint_no": ""}]
    assert outcome(tell(COMPLAINT, *(COMPLAINT | change for change in wrong), kind="complaints")) == (6, 1, 0, 0, 5, 0)
    assert reasons() == {
        (2, "unit_code", "unknown_unit"),
        (3, "category", "not_in_list"),
        (4, "channel", "not_in_list"),
        (5, "received_at", "bad_time"),
        (6, "complaint_no", "missing_value"),
    }
    Quarantined.objects.all().delete()
    wrong = [{"unit_code": "D9"}, {"prohibition": "0"}, {"decided_at": "3月"}]
    assert outcome(tell(*(CASE | change for change in wrong), kind="violations_of_discipline")) == (3, 0, 0, 0, 3, 0)
    assert reasons() == {(1, "unit_code", "unknown_unit"), (2, "prohibition", "not_in_list"), (3, "decided_at", "bad_date")}


def test_unknown_staff_other_spellings_and_impossible_times_are_taken_and_marked() -> None:
    odd = {"staff_no": "０９９９９９", "rectified_at": "2026-03-01 09:00", "revisited_at": "2099-01-01 09:00"}
    assert outcome(tell(COMPLAINT | odd, kind="complaints")) == (1, 1, 0, 0, 0, 0)
    complaint = Complaint.objects.get()
    assert complaint.staff_no == "099999"
    assert {(mark["column"], mark["reason"]) for mark in complaint.marks} == {
        ("staff_no", "two_spellings"),
        ("staff_no", "unknown_staff"),
        ("rectified_at", "before_receipt"),
        ("revisited_at", "in_the_future"),
    }
    tell(CASE | {"decided_at": "2099-01-01", "staff_no": "099999"}, kind="violations_of_discipline")
    assert [mark["reason"] for mark in DisciplineCase.objects.get().marks] == ["unknown_staff", "in_the_future"]


def test_a_case_with_a_time_is_of_its_day_in_shanghai() -> None:
    tell(CASE | {"decided_at": "2026-03-04T17:00Z"}, kind="violations_of_discipline")
    assert DisciplineCase.objects.get().decided_at == date(2026, 3, 5)


def test_an_impound_of_another_business_is_rejected_and_one_whose_transaction_has_not_come_is_taken(tmp_path: Path) -> None:
    tell(row(serial_no="A"), row(serial_no="B", action="impound"))
    counts = send(tmp_path, "流水号,停车场\nA,东区\nB,东区\nC,东区\n", kind="impounds")
    assert outcome(counts) == (3, 2, 0, 0, 1, 0)
    assert reasons() == {(2, "流水号", "no_impound")}
    assert set(Impound.objects.values_list("serial_no", flat=True)) == {"B", "C"}
    assert RecordVersion.objects.count() == 2


def test_an_impound_is_told_for_the_unit_and_day_of_its_transaction_once_that_is_known(told: list[RosterChange]) -> None:
    tell(IMPOUND, kind="impounds")
    assert told == []
    tell(row(action="impound"))
    tell(IMPOUND, kind="impounds")
    assert told == []
    tell(IMPOUND | {"released_at": "2026-03-30 09:00"}, kind="impounds")
    assert days_told(told) == [("impounds", {"D1"}, date(2026, 3, 2), date(2026, 3, 2))]


def test_a_complaint_is_told_for_its_units_and_days_old_and_new(told: list[RosterChange]) -> None:
    tell(COMPLAINT, kind="complaints")
    tell(COMPLAINT | {"unit_code": "W1", "received_at": "2026-03-03 09:00"}, kind="complaints")
    assert days_told(told) == [
        ("complaints", {"D1"}, date(2026, 3, 2), date(2026, 3, 2)),
        ("complaints", {"D1", "W1"}, date(2026, 3, 2), date(2026, 3, 3)),
    ]


def test_days_far_apart_are_told_apart(told: list[RosterChange]) -> None:
    tell_unit_days("impounds", {("D1", date(2026, 3, 1)), ("S1", date(2026, 3, 8)), ("D1", date(2026, 3, 16))})
    assert days_told(told) == [
        ("impounds", {"D1", "S1"}, date(2026, 3, 1), date(2026, 3, 8)),
        ("impounds", {"D1"}, date(2026, 3, 16), date(2026, 3, 16)),
    ]


numbers = st.sampled_from(["1", "2", "3", ""])
values = st.sampled_from(["", "甲", "乙", "\x00", "1", "9", "D1", "2026-03-02 09:00", "2099-01-01 00:00"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), chosen=st.sampled_from(ONE_OF_EACH))
def test_the_counts_of_any_rows_add_up_and_the_versions_give_the_rows(data: st.DataObject, chosen: tuple[str, dict[str, str], str]) -> None:
    kind, good, _column = chosen
    model, source = MODELS[kind], f"any{next(sources)}"
    changes_made = data.draw(st.lists(st.tuples(numbers, st.dictionaries(st.sampled_from(list(good)[1:]), values, max_size=3)), max_size=8))
    records = [good | changed | {model.key_field: number} for number, changed in changes_made]
    counts = tell(*records, kind=kind, source=source)
    assert counts.received == len(records) == counts.accepted + counts.revised + counts.duplicate + counts.rejected
    assert Delivery.objects.get(pk=counts.delivery_id).quarantined.count() == counts.rejected
    rows = model._default_manager.filter(source=source)
    assert rows.count() == counts.accepted
    assert RecordVersion.objects.filter(source=source).count() == counts.accepted + counts.revised
    assert all(folded_anew(record) == picture_of(record) for record in rows)
    again = tell(*records, kind=kind, source=source)
    assert again.accepted == 0 and again.rejected == counts.rejected
