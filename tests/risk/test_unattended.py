"""Red alerts nobody takes: when a wait begins, and which step is due when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.alerts.models import Alert, AlertEvent, Term
from risk.alerts.unattended import REMIND_AFTER, Addressed, Kind, steps_of, take_step, unattended_alerts, wait_of
from tests.builders import make_alert, make_unit

BEGUN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
minutes = st.lists(st.integers(1, 300), unique=True, max_size=8).map(sorted)


def after(number: float) -> datetime:
    return BEGUN + timedelta(minutes=number)


@given(minutes, st.integers(1, 300))
def test_reminders_come_in_order_before_half_of_the_term_and_the_report_once_at_the_end(reminders: list[int], half: int):
    steps = steps_of(BEGUN, after(half), reminders)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert [step.kind for step in steps[:-1]] == [Kind.REMINDED] * len([number for number in reminders if number < half])
    assert (steps[-1].kind, steps[-1].at) == (Kind.ESCALATED, after(half))


def happened(alert: Alert, kind: Kind, number: float, **data: object) -> AlertEvent:
    return AlertEvent.objects.create(alert=alert, kind=kind, at=after(number), data=data)


@pytest.fixture
def alert(db: None) -> Alert:
    return make_alert(make_unit(), level="red", raised_at=BEGUN)


def due(alert: Alert, number: float) -> tuple[str, int] | None:
    wait = wait_of(alert)
    step = wait.due(after(number)) if wait else None
    return (step.kind.value, step.number) if step else None


def test_the_steps_of_a_red_alert_are_reminders_every_ten_minutes_and_the_report_after_an_hour(alert: Alert):
    assert REMIND_AFTER["red"] == (10, 20, 30, 40, 50)
    assert [due(alert, number) for number in (0, 9.9, 10, 19, 20, 59.9, 60)] == [
        None,
        None,
        ("reminded", 1),
        ("reminded", 1),
        ("reminded", 2),
        ("reminded", 5),
        ("escalated", 1),
    ]


def test_a_term_of_the_detachment_moves_the_report_and_cuts_the_reminders(alert: Alert):
    Term.objects.create(level="red", minutes=50, working_time=False)
    assert due(alert, 24) == ("reminded", 2)
    assert due(alert, 25) == ("escalated", 1)


def test_what_is_done_is_not_due_again_and_after_the_report_nothing_is(alert: Alert):
    happened(alert, Kind.REMINDED, 21, step=2)
    assert due(alert, 29) is None
    assert due(alert, 30) == ("reminded", 3)
    happened(alert, Kind.ESCALATED, 60, step=1)
    assert due(alert, 900) is None


def test_a_wait_begins_anew_when_the_alert_comes_back_and_not_when_somebody_comments(alert: Alert):
    happened(alert, Kind.ESCALATED, 60, step=1)
    happened(alert, Kind.RECURRED, 100)
    happened(alert, Kind.COMMENTED, 105, note="x")
    happened(alert, Kind.CHANGED, 106, level="red")
    assert due(alert, 109) is None
    assert due(alert, 110) == ("reminded", 1)


def test_a_wait_begins_when_the_alert_becomes_red_and_when_its_term_does(db: None):
    risen = make_alert(make_unit(), level="red", raised_at=BEGUN)
    happened(risen, Kind.CHANGED, 45, level="red", old_level="orange")
    assert due(risen, 54) is None
    assert due(risen, 55) == ("reminded", 1)
    fresh = make_alert(make_unit(), level="red", raised_at=BEGUN)
    happened(fresh, Kind.CHANGED, 45, level="red", term="begun")
    assert due(fresh, 55) == ("reminded", 1)
    assert due(fresh, 104) == ("reminded", 5)


def test_only_red_alerts_that_wait_and_are_fresh_are_watched(db: None):
    unit = make_unit()
    watched = [make_alert(unit, level="red"), make_alert(unit, level="red", status=Alert.Status.RECURRED)]
    for status in set(Alert.Status) - {Alert.Status.NEW, Alert.Status.RECURRED}:
        make_alert(unit, level="red", status=status)
    make_alert(unit, level="red", backdated=True, due_at=None)
    make_alert(unit, level="orange")
    assert set(unattended_alerts()) == set(watched)


def test_an_alert_taken_meanwhile_is_left_alone_and_a_reminder_to_nobody_is_not_written(alert: Alert):
    assert take_step(alert_id=alert.pk, now=after(10), addressed=lambda alert, step: Addressed()) is None
    Alert.objects.filter(pk=alert.pk).update(status=Alert.Status.ACKNOWLEDGED)
    assert take_step(alert_id=alert.pk, now=after(60), addressed=lambda alert, step: Addressed()) is None
    Alert.objects.filter(pk=alert.pk).update(status=Alert.Status.NEW)
    taken = take_step(alert_id=alert.pk, now=after(60), addressed=lambda alert, step: Addressed())
    assert taken is not None
    assert taken[0].data == {"step": 1, "minutes": 60, "to": [], "names": []}
