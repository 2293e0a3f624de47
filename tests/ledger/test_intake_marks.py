"""What is odd but taken: the row is accepted and remarked on, so that a rule can watch."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ledger.journal.models import Transaction, Version
from tests.ledger.filing import found_town, outcome, row, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def town() -> None:
    found_town()


def marks() -> list[tuple[str, str]]:
    return [(mark["column"], mark["reason"]) for mark in Transaction.objects.get().marks]


def test_a_clean_row_has_no_marks() -> None:
    tell(row())
    assert marks() == []


def test_another_spelling_of_a_code_is_taken_under_the_code_and_kept_as_received() -> None:
    assert outcome(tell(row(handler_no="０７０００１ "))) == (1, 1, 0, 0, 0, 0)
    taken = Transaction.objects.get()
    assert taken.handler_no == "070001"
    assert taken.marks == [{"column": "handler_no", "reason": "two_spellings", "value": "０７０００１ "}]
    assert "０７０００１ " in Version.objects.get().text


def test_a_later_delivery_with_another_spelling_alone_is_kept_and_marked() -> None:
    tell(row())
    assert outcome(tell(row(unit_code="Ｄ1"))) == (1, 0, 1, 0, 0, 0)
    assert marks() == [("unit_code", "two_spellings")]
    assert outcome(tell(row(unit_code="Ｄ1"))) == (1, 0, 0, 1, 0, 0)
    assert outcome(tell(row())) == (1, 0, 0, 1, 0, 0)
    assert Version.objects.latest("number").change == Version.Change.PROGRESS


def test_a_handler_on_no_roster_is_accepted_and_marked() -> None:
    assert outcome(tell(row(handler_no="999999", approver_no="999998"))) == (1, 1, 0, 0, 0, 0)
    assert marks() == [("handler_no", "unknown_staff"), ("approver_no", "unknown_staff")]


def test_finishing_before_acceptance_is_accepted_and_marked() -> None:
    tell(row(finished_at="2026-03-02 08:59"))
    assert marks() == [("finished_at", "finished_before_accepted")]


def test_a_future_time_is_accepted_and_marked() -> None:
    ahead = (timezone.now() + timedelta(days=2)).isoformat()
    tell(row(accepted_at=ahead, finished_at=""))
    assert marks() == [("accepted_at", "in_the_future")]
