"""Steps that come before their transaction wait for it, and are taken by themselves."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ledger.intake.models import Quarantined
from ledger.intake.waiting import WAITING_DAYS, reject_overdue
from ledger.journal.models import Delivery, Step, Transaction
from tests.ledger.filing import HEADER, STEP_HEADER, csv_text, found_town, outcome, row, send, step, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    found_town()


def test_steps_before_their_transaction_wait_and_are_taken_when_it_arrives(tmp_path: Path) -> None:
    waiting = send(tmp_path, csv_text(STEP_HEADER, [step(), step(seq="2", step="pay"), step(serial_no="T2")]), kind="steps")
    assert outcome(waiting) == (3, 0, 0, 0, 0, 3)
    assert not Step.objects.exists()
    arrival = send(tmp_path, csv_text(HEADER, [row()]))
    assert outcome(arrival) == (1, 1, 0, 0, 0, 0)
    assert list(Step.objects.order_by("seq").values_list("transaction__serial_no", "step")) == [("T1", "accept"), ("T1", "pay")]
    states = Quarantined.objects.order_by("row").values_list("serial_no", "state")
    assert list(states) == [("T1", "taken"), ("T1", "taken"), ("T2", "waiting")]
    assert Transaction.objects.get().version == 2
    assert Delivery.objects.get(pk=waiting.delivery_id).waiting == 3


def test_steps_do_not_wait_for_a_transaction_of_another_source() -> None:
    tell(step(), kind="steps", source="one")
    tell(row(), source="two")
    assert Quarantined.objects.get().state == "waiting"


def test_the_same_steps_waiting_twice_are_taken_once() -> None:
    tell(step(), kind="steps")
    tell(step(), kind="steps")
    tell(row())
    assert Step.objects.count() == 1
    assert set(Quarantined.objects.values_list("state", flat=True)) == {"taken"}


def test_a_step_that_waited_too_long_is_rejected_with_the_reason() -> None:
    tell(step(), kind="steps")
    assert reject_overdue() == 0
    assert reject_overdue(now=timezone.now() + timedelta(days=WAITING_DAYS + 1)) == 1
    kept = Quarantined.objects.get()
    assert (kept.state, kept.reason) == ("rejected", "waited_too_long")
