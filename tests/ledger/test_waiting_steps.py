"""Steps that come before their transaction wait for it, and are taken by themselves."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ledger.intake.calls import read_call, take_call
from ledger.intake.models import ApiToken, Quarantined
from ledger.intake.reading.kinds import TRANSACTIONS
from ledger.intake.refused.waiting import WAITING_DAYS, reject_overdue
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


def test_a_transaction_that_arrives_by_a_call_takes_the_steps_of_its_source_and_leaves_those_of_another(tmp_path: Path) -> None:
    token = ApiToken(name="six", source="six", scopes=["transactions:write"], digest="0" * 64)
    token.save()
    for source in ("six", "other"):
        assert outcome(send(tmp_path, csv_text(STEP_HEADER, [step()]), kind="steps", source=source)) == (1, 0, 0, 0, 0, 1)
    assert take_call(token=token, kind=TRANSACTIONS, call=read_call(TRANSACTIONS, json.dumps([row()]).encode())).answer["created"] == 1
    states = dict(Quarantined.objects.values_list("source", "state"))
    assert states == {"six": "taken", "other": "waiting"}
    assert list(Step.objects.values_list("transaction__source", "step")) == [("six", "accept")]
    assert outcome(send(tmp_path, csv_text(HEADER, [row()]), source="other")) == (1, 1, 0, 0, 0, 0)
    assert set(Step.objects.values_list("transaction__source", flat=True)) == {"six", "other"}
    assert not Quarantined.objects.filter(state="waiting").exists()
