"""What becomes of refused rows: corrected by a row of their identity or number, repeated by the same row, and nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ledger.intake.models import Quarantined
from ledger.intake.refused.differences import differences
from ledger.intake.refused.queries import open_rows
from ledger.intake.refused.waiting import WAITING_DAYS, reject_overdue
from ledger.intake.services import take_each
from ledger.journal.models import Delivery, Transaction
from tests.ledger.filing import HEADER, STEP_HEADER, csv_text, found_town, outcome, row, send, step, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    found_town()


def states() -> list[str]:
    return list(Quarantined.objects.order_by("id").values_list("state", flat=True))


def only() -> Quarantined:
    return Quarantined.objects.get()


def test_a_refused_row_keeps_its_identity_unit_and_handler_where_they_can_be_read() -> None:
    tell(row(serial_no="Ｔ9", points="99"), row(serial_no="4.3E+17", unit_code="D9", handler_no="70001.0"))
    told = Quarantined.objects.order_by("id").values_list("identity", "unit_code", "staff_no")
    assert list(told) == [("T9", "D1", "070001"), ("", "", "")]


@pytest.mark.parametrize(
    ("kind", "record", "identity"),
    [
        ("steps", step(at="never"), "T1/1"),
        ("units", {"code": "D1", "name": "", "kind": "brigade"}, "D1"),
        ("staff", {"staff_no": "070001", "name": "张某", "kind": "officer", "unit_code": "D9"}, "070001"),
        ("postings", {"staff_no": "1", "post_code": "P", "unit_code": "D9", "start_date": "2026/3/1"}, "1/P/D9/2026-03-01"),
        ("shifts", {"unit_code": "D9", "date": "2026-03-01", "start": "8:00", "end": "9:00"}, "D9/2026-03-01/08:00:00/09:00:00"),
        ("complaints", {"complaint_no": "C1", "received_at": "?", "unit_code": "D1"}, "C1"),
    ],
)
def test_every_kind_of_row_has_its_identity(kind: str, record: dict[str, str], identity: str) -> None:
    tell(record, kind=kind)
    assert only().identity == identity


@pytest.mark.parametrize(
    ("kind", "bad", "good"),
    [
        ("transactions", row(points="99"), row()),
        ("units", {"code": "D5", "name": "", "kind": "brigade"}, {"code": "D5", "name": "五大队", "kind": "brigade"}),
        (
            "shifts",
            {"unit_code": "D1", "date": "2026-03-01", "start": "08:00", "end": "9"},
            {"unit_code": "D1", "date": "2026-03-01", "start": "8:00", "end": "9:00"},
        ),
        (
            "complaints",
            {"complaint_no": "C1", "received_at": "?", "unit_code": "D1"},
            {"complaint_no": "C1", "received_at": "2026-03-02 09:00", "unit_code": "D1"},
        ),
    ],
)
def test_a_row_taken_under_the_same_identity_corrects_the_refused_one(kind: str, bad: dict[str, str], good: dict[str, str]) -> None:
    tell(bad, kind=kind)
    numbered = {**good, "quarantine_no": str(only().pk)}
    taken = tell(numbered, kind=kind)
    kept = only()
    assert (kept.state, kept.settled_by_id) == ("corrected", taken.delivery_id)
    assert kept.settled_at is not None and not open_rows().exists()


@pytest.mark.parametrize("again", [row(), row(amount="7")], ids=["duplicate", "revision"])
def test_a_duplicate_and_a_revision_are_taken_too(again: dict[str, str]) -> None:
    tell(row())
    tell(row(points="99"))
    tell(again)
    assert only().state == "corrected"


def test_steps_are_corrected_at_once_or_when_their_transaction_comes_but_not_by_an_earlier_one() -> None:
    tell(step(at="never"), kind="steps")
    tell(step(), kind="steps")
    tell(step(at="ever"), kind="steps")
    assert states() == ["rejected", "waiting", "rejected"]
    tell(row())
    assert states() == ["corrected", "taken", "rejected"]
    tell(step(result="x"), kind="steps")
    assert states() == ["corrected", "taken", "corrected"]


def test_another_source_kind_or_identity_settles_nothing() -> None:
    tell(row(points="99"), source="one")
    number = str(only().pk)
    tell(row() | {"quarantine_no": number}, source="two")
    tell(row(serial_no="T2") | {"quarantine_no": number}, source="one")
    tell(
        {"complaint_no": "T1", "received_at": "2026-03-02 09:00", "unit_code": "D1", "quarantine_no": number},
        kind="complaints",
        source="one",
    )
    assert only().state == "rejected"


def test_in_one_file_only_a_row_below_corrects(tmp_path: Path) -> None:
    rows = [row(serial_no="A", points="99"), row(serial_no="A"), row(serial_no="B"), row(serial_no="B", points="99")]
    assert outcome(send(tmp_path, csv_text(HEADER, rows))) == (4, 2, 0, 0, 2, 0)
    assert states() == ["corrected", "rejected"]


def test_a_number_settles_a_row_whose_identity_was_wrong_and_the_change_is_told() -> None:
    tell(row(serial_no="4.3E+17"))
    number = str(only().pk)
    tell(row(serial_no="430000000000000017") | {"quarantine_no": number})
    kept = only()
    assert (kept.state, kept.detail["taken_as"]) == ("corrected", "430000000000000017")
    told = differences(kept)
    assert told is not None and [(one.column, one.refused, one.taken) for one in told] == [("serial_no", "4.3E+17", "430000000000000017")]


@pytest.mark.parametrize("number", ["", "x", "-1", "９", "99999999999999999999", "0"])
def test_a_number_that_is_none_does_no_harm(number: str) -> None:
    tell(row(serial_no="4.3E+17"))
    assert tell(row(serial_no="N") | {"quarantine_no": number}).accepted == 1
    assert only().state == "rejected"


def test_the_same_row_again_takes_over_the_age_and_the_older_one_is_repeated() -> None:
    tell(row(points="99"))
    first = timezone.now() - timedelta(days=9)
    Quarantined.objects.update(first_seen_at=first)
    again = tell({name: value for name, value in reversed(row(points="99").items())} | {"unknown": ""})
    older, newer = Quarantined.objects.order_by("id")
    assert (older.state, older.settled_by_id) == ("repeated", again.delivery_id)
    assert (newer.state, newer.first_seen_at) == ("rejected", first)
    tell(row(points="98"))
    assert states() == ["repeated", "rejected", "rejected"]


def test_the_same_row_of_another_source_is_another() -> None:
    tell(row(points="99"), source="one")
    tell(row(points="99"), source="two")
    assert states() == ["rejected", "rejected"]


def test_the_same_row_twice_in_a_file_is_one_piece_of_work(tmp_path: Path) -> None:
    counts = send(tmp_path, csv_text(HEADER, [row(points="99"), row(points="99")]))
    assert counts.rejected == 2
    assert states() == ["repeated", "rejected"]


def test_steps_that_waited_too_long_are_work_from_that_day_and_settled_like_any_other() -> None:
    tell(step(), kind="steps")
    tell(step(), kind="steps")
    later = timezone.now() + timedelta(days=WAITING_DAYS + 1)
    assert reject_overdue(now=later) == 2
    assert states() == ["repeated", "rejected"]
    assert open_rows().get().first_seen_at == later
    tell(row())
    tell(step(), kind="steps")
    assert states() == ["repeated", "corrected"]


def test_a_block_that_fails_settles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(row(points="99"))
    monkeypatch.setattr("ledger.intake.taking.Tally.plus", lambda self, other: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tell(row())
    assert states() == ["rejected"] and not Transaction.objects.exists()


def test_what_differs_between_the_refused_and_the_taken_row_is_told_as_of_the_taking(tmp_path: Path) -> None:
    send(tmp_path, csv_text(HEADER, [row(points="99", amount="10", phone="")]))
    send(tmp_path, csv_text(HEADER, [row(handler_no="070002")]))
    tell(row(handler_no="070003", amount="1"))
    told = differences(only())
    assert told is not None
    assert [(one.column, one.refused, one.taken) for one in told] == [
        ("handler_no", "070001", "070002"),
        ("amount", "10", "200.50"),
        ("points", "99", "3"),
        ("phone", "", "13900000000"),
    ]


def test_what_differs_in_steps_and_on_the_roster(tmp_path: Path) -> None:
    tell(row())
    tell(step(at="never"), {**step(), "seq": "x"}, kind="steps")
    send(tmp_path, csv_text(STEP_HEADER, [step(staff_no="070002")]), kind="steps")
    tell({"code": "D1", "name": "", "kind": "brigade", "parent_code": "ZD"}, kind="units")
    tell({"code": "D1", "name": "第一大队", "kind": "brigade"}, kind="units")
    steps, units = Quarantined.objects.get(identity="T1/1"), Quarantined.objects.get(kind="units")
    assert [(one.column, one.taken) for one in differences(steps) or []] == [("staff_no", "070002"), ("at", "2026-03-02 09:00:00")]
    assert [(one.column, one.taken) for one in differences(units) or []] == [("name", "第一大队")]


def test_rows_refused_in_a_call_of_a_system_are_corrected_by_a_file_of_its_source(tmp_path: Path) -> None:
    delivery = Delivery(source="vms", kind="transactions", encoding="json")
    _counts, outcomes = take_each(delivery=delivery, records=[row(serial_no="A", points="99"), row(serial_no="B")])
    assert [one.state for one in outcomes] == ["rejected", "accepted"]
    send(tmp_path, csv_text(HEADER, [row(serial_no="A")]), source="vms")
    assert only().state == "corrected"


def test_open_rows_are_those_nobody_settled_oldest_first() -> None:
    tell(row(serial_no="A", points="99"), row(serial_no="B", points="99"), row(serial_no="C", points="99"))
    Quarantined.objects.filter(identity="B").update(first_seen_at=timezone.now() - timedelta(days=1))
    tell(row(serial_no="A"))
    assert [one.identity for one in open_rows()] == ["B", "C"]
    assert Delivery.objects.count() == 2
