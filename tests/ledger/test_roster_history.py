"""The roster with its history: every change a version, one code however it is spelled, and past days that stay as they were."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake.models import Quarantined
from ledger.journal import history
from ledger.journal.canonical import leaf_hash
from ledger.journal.models import Delivery, RecordVersion
from ledger.journal.queries import roster_spans, roster_versions_of, values_between
from ledger.kit.days import SHANGHAI
from ledger.roster.models import Agency, Post, Posting, Shift, Staff, Unit
from ledger.roster.queries import postings_on
from tests.ledger.filing import found_town, outcome, send, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]
LI = {"staff_no": "F1", "name": "李某", "kind": "auxiliary", "unit_code": "D1", "responsible_no": "070001", "phone": "13900000000"}
POSTING = {"staff_no": "070001", "post_code": "P1", "unit_code": "D1", "start_date": "2024-01-01", "end_date": ""}
ONE_OF_EACH = {
    "units": {"code": "W9", "name": "九窗口", "kind": "window", "parent_code": "D1", "leader_no": "070001"},
    "agencies": {"code": "A1", "name": "众诚", "kind": "dealer", "unit_code": "D1"},
    "posts": {"code": "P1", "name": "登记岗", "line": "registration", "sensitive": "1"},
    "staff": LI,
    "postings": POSTING | {"end_date": "2026-01-01"},
    "shifts": {"unit_code": "D1", "date": "2026-03-07", "start": "09:00", "end": "12:00"},
}


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    found_town()


def contents(kind: str, **identity: object) -> list[tuple[int, str, dict[str, Any]]]:
    return [(one.number, one.change, json.loads(one.text)["content"]) for one in roster_versions_of(kind, **identity)]


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_a_row_of_every_kind_is_kept_once_with_its_hash_and_its_delivery(kind: str) -> None:
    record = ONE_OF_EACH[kind]
    counts = tell(record, record, kind=kind, source="personnel")
    assert outcome(counts) == (2, 1, 0, 1, 0, 0)
    version = RecordVersion.objects.get()
    assert (version.kind, version.source, version.number, version.change) == (kind, "", 1, "first")
    assert version.leaf == leaf_hash(version.text)
    assert Delivery.objects.get(pk=version.delivery_id).source == "personnel"
    content = json.loads(version.text)["content"]
    assert {name: str(value) for name, value in content.items()} == {
        name: {"sensitive": "True", "start": "09:00:00", "end": "12:00:00"}.get(name, value) for name, value in record.items()
    }


def test_what_fills_is_progress_what_changes_or_empties_an_alteration_and_the_versions_say_so() -> None:
    tell(LI | {"phone": ""}, kind="staff")
    tell(LI, LI | {"unit_code": "W1"}, kind="staff", source="other")
    tell({"staff_no": "F1", "name": "李某", "kind": "auxiliary", "unit_code": "W1", "responsible_no": ""}, kind="staff")
    kept = contents("staff", staff_no="F1")
    assert [(number, change) for number, change, _content in kept] == [
        (1, "first"),
        (2, "progress"),
        (3, "alteration"),
        (4, "alteration"),
    ]
    assert kept[3][2] == {"staff_no": "F1", "name": "李某", "kind": "auxiliary", "unit_code": "W1", "emptied": ["responsible_no"]}
    assert Staff.objects.get(staff_no="F1").phone == "13900000000"


def test_a_row_that_was_there_before_versions_were_kept_leaves_what_it_said() -> None:
    tell({"staff_no": "070001", "name": "张某", "kind": "officer", "unit_code": "W1"}, kind="staff")
    ((number, change, content),) = contents("staff", staff_no="070001")
    assert (number, change, content["before"]) == (
        1,
        "alteration",
        {"staff_no": "070001", "name": "张某", "kind": "officer", "unit_code": "D1"},
    )


def test_a_unit_that_moves_keeps_where_it_stood() -> None:
    unit = ONE_OF_EACH["units"]
    tell(unit, unit | {"parent_code": "W1"}, {"code": "W9", "name": "九窗口", "kind": "window"}, kind="units")
    assert [(change, content["parent_code"]) for _number, change, content in contents("units", code="W9")] == [
        ("first", "D1"),
        ("alteration", "W1"),
    ]


def test_rejected_rows_and_a_block_that_fails_leave_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(LI | {"unit_code": "D9"}, kind="staff")
    tell({"code": "X1", "name": "甲", "kind": "brigade", "parent_code": "X2"}, kind="units")
    assert not RecordVersion.objects.exists()
    monkeypatch.setattr(history, "_write", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tell(LI, kind="staff")
    assert not Staff.objects.filter(staff_no="F1").exists()


def test_two_spellings_are_one_code_in_rows_and_references_and_are_marked(tmp_path: Path) -> None:
    units = "code,name,kind,parent_code,leader_no\nＤ１ ,一大队,brigade,ＺＤ,０７０００１\n"
    assert outcome(send(tmp_path, units, kind="units")) == (1, 0, 1, 0, 0, 0)
    staff = "staff_no,name,kind,unit_code,responsible_no\nＦ１,李某,auxiliary,Ｄ１,　070001\n"
    assert outcome(send(tmp_path, staff, kind="staff")) == (1, 1, 0, 0, 0, 0)
    assert Unit.objects.count() == 4
    assert (Unit.objects.get(code="D1").leader_no, Staff.objects.get(staff_no="F1").responsible_no) == ("070001", "070001")
    ((_number, _change, content),) = contents("units", code="D1")
    assert {(mark["column"], mark["value"]) for mark in content["marks"]} == {
        ("code", "Ｄ１ "),
        ("parent_code", "ＺＤ"),
        ("leader_no", "０７０００１"),
    }
    assert {mark["reason"] for mark in content["marks"]} == {"two_spellings"}
    ((_number, _change, content),) = contents("staff", staff_no="F1")
    assert [mark["column"] for mark in content["marks"]] == ["staff_no", "unit_code", "responsible_no"]
    tell({"code": "Ｐ１", "name": "岗", "line": "exam"}, {"code": "P1", "name": "岗"}, kind="posts")
    tell({"code": "Ａ１", "name": "甲", "kind": "dealer", "unit_code": "ｗ1".upper()}, kind="agencies")
    tell(POSTING | {"staff_no": "０70001", "post_code": "Ｐ1", "unit_code": "Ｄ1"}, POSTING, kind="postings")
    tell(ONE_OF_EACH["shifts"] | {"unit_code": "Ｄ1"}, ONE_OF_EACH["shifts"], kind="shifts")
    assert [model.objects.count() for model in (Post, Agency, Posting, Shift)] == [1, 1, 1, 1]
    assert not Quarantined.objects.exists()


def test_a_new_spelling_of_what_is_known_is_kept_once_as_a_revision() -> None:
    tell(LI, kind="staff")
    assert outcome(tell(LI | {"staff_no": "Ｆ1"}, LI | {"staff_no": "Ｆ1"}, kind="staff")) == (2, 0, 1, 1, 0, 0)
    assert outcome(tell(LI | {"staff_no": "Ｆ1"}, kind="staff")) == (1, 0, 0, 1, 0, 0)
    assert [change for _number, change, _content in contents("staff", staff_no="F1")] == ["first", "progress"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def set_to(day: int) -> None:
        monkeypatch.setattr(history.timezone, "now", lambda: datetime(2026, 3, day, 9, tzinfo=SHANGHAI))

    yield set_to


def test_values_of_past_days_are_told_by_the_versions(clock: Any) -> None:
    for day, leader in ((5, "070001"), (10, "070002"), (15, "")):
        clock(day)
        tell({"code": "D1", "name": "一大队", "kind": "brigade", "leader_no": leader}, kind="units")
    clock(20)
    tell({"code": "D1", "name": "第一大队", "kind": "brigade"}, kind="units")

    def leaders(first: int, last: int) -> set[str]:
        told = roster_spans("units", ("leader_no",), ["D1"])["D1", "leader_no"]
        return values_between(told, date(2026, 3, first), date(2026, 3, last))

    assert leaders(6, 9) == {"070001"}
    assert leaders(1, 4) == set()  # the brigade was known without a leader before
    assert leaders(10, 10) == {"070001", "070002"}
    assert leaders(11, 30) == {"070002"}
    assert leaders(16, 30) == set()


holders = st.lists(st.tuples(st.sampled_from(["070001", "070002"]), st.integers(1, 20), st.none() | st.integers(0, 9)), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=holders, day=st.integers(1, 28))
def test_ending_a_posting_changes_no_day_up_to_its_end(told: list[tuple[str, int, int | None]], day: int) -> None:
    Posting.objects.all().delete()
    for staff_no, start, length in told:
        end = "" if length is None else f"2026-02-{start + length:02d}" if start + length <= 28 else "2026-03-05"
        tell(POSTING | {"staff_no": staff_no, "start_date": f"2026-02-{start:02d}", "end_date": end}, kind="postings")
    past = date(2026, 2, day)

    def held() -> set[str]:
        return set(postings_on(past, post_code="P1", unit_code="D1").values_list("staff_no", flat=True))

    before = held()
    open_ones = Posting.objects.filter(end_date=None)
    ended = [POSTING | {"staff_no": one.staff_no, "start_date": str(one.start_date), "end_date": "2026-03-01"} for one in open_ones]
    if ended:
        assert tell(*ended, kind="postings").revised == len(ended)
    assert held() == before
