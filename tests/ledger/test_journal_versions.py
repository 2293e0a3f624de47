"""First, duplicate, progress, alteration: what a delivery adds, what is kept of it, and that the current rows follow from it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ledger.journal import changes
from ledger.journal.changes import LedgerChange
from ledger.journal.models import Batch, Step, Transaction, Version
from ledger.journal.services import rebuild
from tests.ledger.filing import found_town, outcome, row, step, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    found_town()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[LedgerChange]]:
    heard: list[LedgerChange] = []
    monkeypatch.setattr(changes, "_ledger_listeners", [heard.append])
    yield heard


def changes_kept() -> list[tuple[int, str, str]]:
    return list(Version.objects.order_by("number").values_list("number", "part", "change"))


def without(record: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in record.items() if name not in names}


def test_the_same_content_again_is_a_duplicate_and_leaves_no_trace() -> None:
    assert outcome(tell(row())) == (1, 1, 0, 0, 0, 0)
    assert outcome(tell(row(amount="200.5", accepted_at="2026-03-02T01:00:00Z"))) == (1, 0, 0, 1, 0, 0)
    assert Version.objects.count() == 1 and Batch.objects.count() == 1


def test_a_duplicate_inside_one_delivery_is_counted() -> None:
    assert outcome(tell(row(), row(), row(points="6"))) == (3, 1, 1, 1, 0, 0)
    assert changes_kept() == [(1, "record", "first"), (2, "record", "alteration")]
    assert Transaction.objects.get().version == 2


def test_the_same_serial_number_of_another_source_is_another_transaction() -> None:
    tell(row())
    assert outcome(tell(row(), source="system2")) == (1, 1, 0, 0, 0, 0)
    assert Transaction.objects.count() == 2


OPEN = row(status="accepted", finished_at="", amount="", phone="")


@pytest.mark.parametrize(
    ("first", "second", "change"),
    [
        (OPEN, OPEN | {"status": "finished", "finished_at": "2026-03-02 10:00"}, "progress"),
        (OPEN, OPEN | {"status": "returned"}, "progress"),
        (OPEN, OPEN | {"amount": "100", "phone": "1"}, "progress"),
        (OPEN, without(OPEN, "status") | {"finished_at": "2026-03-02 10:00"}, "progress"),
        (OPEN, OPEN | {"weather": "晴"}, "progress"),
        (row(), row(status="accepted"), "alteration"),
        (row(status="returned"), row(status="finished"), "alteration"),
        (row(), row(amount="100"), "alteration"),
        (row(), row(amount=""), "alteration"),
        (row(), row(phone=""), "alteration"),
        (row(), row(phone="1"), "alteration"),
        (OPEN, OPEN | {"status": "finished", "handler_no": "070002"}, "alteration"),
        (row(), row(accepted_at="2026-03-01 09:00"), "alteration"),
    ],
)
def test_a_later_delivery_is_progress_or_an_alteration(first: dict[str, str], second: dict[str, str], change: str) -> None:
    tell(first)
    assert outcome(tell(second)) == (1, 0, 1, 0, 0, 0)
    assert changes_kept() == [(1, "record", "first"), (2, "record", change)]


def test_a_column_the_delivery_lacks_says_nothing() -> None:
    tell(row())
    assert outcome(tell(without(row(), "amount", "phone", "status", "finished_at"))) == (1, 0, 0, 1, 0, 0)
    assert Transaction.objects.get().amount == 20050


def test_the_current_row_shows_the_last_word_and_history_keeps_every_word() -> None:
    tell(row())
    tell(row(amount="", points="6", phone="1"))
    current = Transaction.objects.get()
    assert (current.amount, current.points, current.attrs, current.version) == (None, 6, {"phone": "1"}, 2)
    texts = [json.loads(text) for text in Version.objects.order_by("number").values_list("text", flat=True)]
    assert texts[0]["content"]["amount"] == 20050
    assert texts[1]["content"]["emptied"] == ["amount"]


def test_the_event_day_is_the_day_in_shanghai() -> None:
    tell(row(accepted_at="2026-03-02 00:30", finished_at=""), row(serial_no="T2", accepted_at="2026-03-01T16:30:00Z", finished_at=""))
    assert set(Transaction.objects.values_list("event_day", flat=True)) == {date(2026, 3, 2)}


def test_the_leaf_is_the_rfc_9162_hash_of_the_canonical_text() -> None:
    tell(row(), source="office")
    version = Version.objects.get()
    told = json.loads(version.text)
    assert version.leaf == hashlib.sha256(b"\x00" + version.text.encode()).hexdigest()
    assert version.text == json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert (told["source"], told["serial_no"], told["number"], told["part"]) == ("office", "T1", 1, "record")
    assert told["content"]["accepted_at"] == "2026-03-02T01:00:00Z"


def test_who_listens_hears_old_and_new_inside_the_transaction(told: list[LedgerChange]) -> None:
    tell(row())
    tell(row(handler_no="070002"), backfill=True)
    tell(row(handler_no="070002"))
    first, second = told
    assert (first.rows[0].old, first.rows[0].new.handler_no, first.backfill) == (None, "070001", False)
    assert second.rows[0].old is not None
    assert (second.rows[0].old["handler_no"], second.rows[0].new.handler_no, second.backfill) == ("070001", "070002", True)
    assert second.rows[0].new.id == Transaction.objects.get().pk
    assert Batch.objects.filter(in_columns=False).count() == 2


def test_a_listener_that_fails_undoes_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(change: LedgerChange) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(changes, "_ledger_listeners", [refuse])
    with pytest.raises(RuntimeError):
        tell(row())
    assert not Transaction.objects.exists() and not Version.objects.exists() and not Batch.objects.exists()


def test_steps_are_one_version_per_transaction_and_delivery(told: list[LedgerChange]) -> None:
    tell(row())
    assert outcome(tell(step(), step(seq="2", step="review"), kind="steps")) == (2, 2, 0, 0, 0, 0)
    assert outcome(tell(step(), step(seq="2", step="approve"), step(seq="3", step="pay"), kind="steps")) == (3, 1, 1, 1, 0, 0)
    assert changes_kept() == [(1, "record", "first"), (2, "steps", "progress"), (3, "steps", "alteration")]
    assert list(Step.objects.order_by("seq").values_list("seq", "step")) == [(1, "accept"), (2, "approve"), (3, "pay")]
    assert Transaction.objects.get().version == 3
    assert told[1].rows[0].steps and told[1].rows[0].old is not None


def test_filling_a_step_is_progress() -> None:
    tell(row())
    tell(step(), kind="steps")
    assert outcome(tell(step(result="ok"), kind="steps")) == (1, 0, 1, 0, 0, 0)
    assert changes_kept()[-1] == (3, "steps", "progress")


def picture() -> tuple[list[Any], list[Any]]:
    columns = ("transaction_id", "seq", "step", "post_code", "staff_no", "at", "result", "terminal")
    steps = Step.objects.order_by("transaction_id", "seq").values_list(*columns)
    return list(Transaction.objects.order_by("id").values_list()), list(steps)


def test_the_current_rows_are_nothing_but_what_the_versions_say() -> None:
    tell(row(), row(serial_no="T2", handler_no="０70001"), OPEN | {"serial_no": "T3"}, row(serial_no="T4", handler_no="999"))
    tell(step(), step(serial_no="T2", staff_no="070001　"), step(serial_no="T3", result="x"), kind="steps")
    tell(row(amount="", phone=""), row(serial_no="T2", points="1", phone="7"), OPEN | {"serial_no": "T3", "status": "cancelled"})
    tell(step(serial_no="T3", result=""), step(serial_no="T2", seq="2"), kind="steps")
    tell(row(), source="other")
    before = picture()
    assert rebuild() == 5
    assert picture() == before
    Transaction.objects.filter(source="manual", serial_no="T1").update(amount=1)
    assert picture() != before
    assert rebuild("manual") == 4
    assert picture() == before
