"""Many writers and several workers at once, on one officer: one alert, nothing lost, nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from ledger.intake.services import take_records
from risk.alerts.models import Alert, AlertEvent, Hit
from risk.alerts.sequencer import sequence_events
from risk.rules.services import load_catalogue
from risk.scoring.marks import mark_everything
from risk.scoring.models import Lane
from risk.scoring.services import score_pending
from risk.scoring.turns import score_in_turn
from tests import builders
from tests.risk.test_scoring import START, left_to_score, ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
WRITERS, WORKERS = 50, 3


def write(number: int) -> int:
    try:
        at = START + timedelta(seconds=30 * number)
        return take_records(kind="transactions", records=[ticket(number, at), ticket(100 + number, at)], source="manual").accepted
    finally:
        connections.close_all()


def work(number: int) -> None:
    try:
        for _again in range(4):
            score_in_turn(budget_seconds=60) if number % 2 else score_pending()
    finally:
        connections.close_all()


def test_many_writers_and_workers_make_one_alert_that_a_sweep_confirms():
    load_catalogue()
    unit = builders.make_unit(code="U1", kind="squad")
    builders.make_staff(unit, staff_no="P1")
    with ThreadPoolExecutor(WRITERS + WORKERS) as pool:
        written = [pool.submit(write, number) for number in range(1, WRITERS + 1)]
        worked = [pool.submit(work, number) for number in range(WORKERS)]
        assert sum(future.result() for future in written) == 2 * WRITERS
        for future in worked:
            future.result()
    Lane.objects.update(token="", lease_until=None)
    score_pending()
    sequence_events()

    assert left_to_score() == 0
    alert = Alert.objects.get(rule__code="VIO-08")
    hit = Hit.objects.get(rule=alert.rule, live=True)
    assert len(hit.evidence) == 2 * WRITERS == alert.evidence.count()
    positions = sorted(AlertEvent.objects.values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))
    mark_everything(first_day=START.date(), last_day=START.date())
    assert score_pending().hits == 0
    connection.close()
