"""To whom reminders and reports of unattended red alerts go: who is on duty, the leaders, nobody who is recused, and each step once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.utils import translation

from ledger.audit.models import AuditEntry
from ledger.roster.models import Role, Unit, User
from oversight.center.presenters.timeline import timeline
from oversight.duty.models import DutyShift, Notice
from oversight.duty.reminding import remind_unattended
from oversight.tasks import remind_unattended as task
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.services import acknowledge
from tests.builders import make_alert, make_staff, make_user
from tests.oversight.cast import Cast, make_cast

Kind = AlertEvent.Kind
BEGUN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)


def after(minutes: float) -> datetime:
    return BEGUN + timedelta(minutes=minutes)


def on_duty(user: User, since: float = 0) -> DutyShift:
    return DutyShift.objects.create(user=user, started_at=after(since))


def red(cast: Cast, **extra: object) -> Alert:
    return make_alert(cast.first, level="red", raised_at=BEGUN, due_at=after(120), **extra)


def told(alert: Alert) -> list[tuple[str, float, list[str]]]:
    steps = alert.events.filter(kind__in=(Kind.REMINDED, Kind.ESCALATED)).order_by("id")
    return [(event.kind, (event.at - BEGUN).total_seconds() / 60, event.data["names"]) for event in steps]


def leader_of(cast: Cast, unit: Unit, name: str) -> User:
    """Whoever leads the unit by the roster, with sight of the whole detachment."""
    staff = make_staff(unit, name=name)
    Unit.objects.filter(pk=unit.pk).update(leader_no=staff.staff_no)
    return make_user(Role.SUPERVISOR, cast.detachment, name=name, staff=staff)


@pytest.mark.services
def test_every_step_is_taken_once_at_its_minute_whatever_runs_how_often(cast: Cast):
    alert, leader = red(cast), cast.of[Role.LEADER]
    on_duty(cast.supervisor)
    for minute in range(130):
        for _delivery in range(3):
            remind_unattended(now=after(minute))
    duty, report = [str(cast.supervisor)], [str(leader)]
    assert told(alert) == [*(("reminded", minute, duty) for minute in (10, 20, 30, 40, 50)), ("escalated", 60, report)]
    assert Notice.objects.filter(user=cast.supervisor).count() == 5
    assert Notice.objects.filter(user=leader).count() == 1
    assert AuditEntry.objects.filter(action="alert.reminded", target=alert.number).count() == 5


def test_whoever_comes_on_duty_late_is_reminded_at_once_of_what_waits_longest(cast: Cast):
    alert = red(cast)
    assert remind_unattended(now=after(12)) == 0
    on_duty(cast.supervisor, since=25)
    assert remind_unattended(now=after(25)) == 1
    assert remind_unattended(now=after(29)) == 0
    assert remind_unattended(now=after(30)) == 1
    assert [event.data["step"] for event in alert.events.filter(kind=Kind.REMINDED).order_by("id")] == [2, 3]


def test_taking_the_alert_ends_the_reminding(cast: Cast):
    alert = red(cast)
    on_duty(cast.supervisor)
    remind_unattended(now=after(10))
    acknowledge(number=alert.number, actor=cast.supervisor)
    assert remind_unattended(now=after(90)) == 0


def test_who_went_off_duty_or_is_no_supervisor_any_more_is_not_reminded(cast: Cast):
    red(cast)
    gone, ended, there = (make_user(Role.SUPERVISOR, cast.detachment) for _ in range(3))
    for user in (gone, ended, there):
        on_duty(user)
    DutyShift.objects.filter(user=ended).update(ended_at=after(5))
    gone.grants.all().delete()
    remind_unattended(now=after(10))
    assert [notice.user for notice in Notice.objects.all()] == [there]


@pytest.mark.services
def test_nobody_recused_and_nobody_of_another_unit_is_reminded_or_told(cast: Cast):
    recused, elsewhere = make_user(Role.SUPERVISOR, cast.detachment), make_user(Role.SUPERVISOR, cast.second)
    alert = red(cast, recused=[recused.staff_no])
    for user in (recused, elsewhere):
        on_duty(user)
    assert remind_unattended(now=after(10)) == 0
    on_duty(cast.supervisor)
    remind_unattended(now=after(20))
    assert told(alert) == [("reminded", 20, [str(cast.supervisor)])]
    assert set(Notice.objects.values_list("user", flat=True)) == {cast.supervisor.pk}


def test_the_leader_of_the_centre_is_told_before_the_leaders_above(cast: Cast):
    alert, head = red(cast), leader_of(cast, cast.centre, "蒋某")
    remind_unattended(now=after(60))
    assert told(alert) == [("escalated", 60, [str(head)])]
    assert "up" not in alert.events.get(kind=Kind.ESCALATED).data


@pytest.mark.services
def test_where_every_leader_of_the_centre_is_recused_it_goes_one_unit_up_and_says_so(cast: Cast):
    head = leader_of(cast, cast.centre, "蒋某")
    alert = red(cast, recused=[head.staff_no])
    remind_unattended(now=after(60))
    event = alert.events.get(kind=Kind.ESCALATED)
    assert (event.data["names"], event.data["unit"], event.data["up"]) == ([str(cast.of[Role.LEADER])], "交警支队", True)
    with translation.override("en"):
        assert "one level up" in timeline(alert)[0]["text"]
    assert str(head) not in timeline(alert)[0]["text"]


def test_where_no_leader_may_know_the_discipline_inspectors_are_told_and_without_them_nobody(cast: Cast):
    leader, inspector = cast.of[Role.LEADER], cast.of[Role.DISCIPLINE]
    first, second = red(cast, recused=[leader.staff_no]), red(cast, recused=[leader.staff_no, inspector.staff_no])
    remind_unattended(now=after(60))
    assert told(first) == [("escalated", 60, [str(inspector)])]
    assert told(second) == [("escalated", 60, [])]
    with translation.override("en"):
        assert "no leader" in timeline(second)[0]["text"]
    assert remind_unattended(now=after(61)) == 0


def at_once(works: list[Callable[[], object]]) -> None:
    def run(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(run, work) for work in works]:
            future.result()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_beats_and_three_deliveries_at_the_same_moment_make_one_event():
    cast = make_cast()
    alerts = [red(cast) for _ in range(3)]
    on_duty(cast.supervisor)
    at_once([lambda: remind_unattended(now=after(10))] * 6)
    at_once([task] * 6)
    for alert in alerts:
        assert [kind for kind, _at, _names in told(alert)] == ["reminded", "escalated"]
        assert alert.events.exclude(position=None).filter(kind=Kind.ESCALATED).exists()
    assert Notice.objects.count() == 6
