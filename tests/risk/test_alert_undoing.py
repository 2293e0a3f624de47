"""What can be taken back of what was done with an alert, and that the state is what the events say whatever is done."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from enum import Enum
from itertools import accumulate
from random import Random

import pytest
import time_machine

from ledger.audit.models import AuditEntry
from ledger.kit.errors import Conflict, MingjingError
from ledger.roster.models import User
from risk.alerts import reviews, services, warnings
from risk.alerts.models import Alert, DismissalReview, IssuedWarning
from risk.alerts.snoozing import wake_due
from risk.alerts.states import UNDO_WITHIN, Act, Person, State, after, possible, project
from tests.risk.acting import SOON, Kind, S, more_evidence, no_evidence, now, raised, state

Step = Enum("Step", "ACKNOWLEDGE CHECK DISMISS SNOOZE WAKE ASSIGN ISSUE CONFIRM RETURN UPHOLD OVERTURN UNDO MORE NONE TIME")
pytestmark = [pytest.mark.django_db, pytest.mark.services]


def act_and_undo(alert: Alert, actor: User, act: str, other: User) -> None:
    given = {
        "acknowledge": {},
        "start_checking": {},
        "dismiss": {"reason": "repeated"},
        "snooze": {"until": now() + SOON, "reason": "等待材料"},
        "assign": {"to": other.pk},
    }[act]
    getattr(services, act)(number=alert.number, actor=actor, **given)
    services.undo(number=alert.number, actor=actor)


@pytest.mark.parametrize("act", ["start_checking", "dismiss", "snooze", "assign"])
def test_an_own_act_is_undone_to_exactly_what_was(root, first, second, act: str):
    alert = raised(root, "red")
    services.acknowledge(number=alert.number, actor=first)
    act_and_undo(alert, first, act, second)
    assert state(alert) == (S.ACKNOWLEDGED, first.pk)
    assert (alert.snoozed_until, alert.events.latest("id").kind) == (None, Kind.UNDONE)
    assert not DismissalReview.objects.filter(state="waiting").exists()
    assert AuditEntry.objects.filter(target=alert.number, action="alert.undone").count() == 1


def test_taking_a_recurred_alert_is_undone_to_its_former_handler(root, first, second):
    alert = raised(root, "red", status=S.RECURRED, handler=second)
    act_and_undo(alert, first, "acknowledge", second)
    assert state(alert) == (S.RECURRED, second.pk)


def test_nothing_is_undone_too_late_twice_after_others_or_after_issuing(root, first, second):
    alert = raised(root)
    with time_machine.travel(now(), tick=False) as clock:
        services.acknowledge(number=alert.number, actor=first)
        with pytest.raises(Conflict, match="张某"):
            services.undo(number=alert.number, actor=second)
        clock.shift(UNDO_WITHIN + timedelta(seconds=1))
        with pytest.raises(Conflict):
            services.undo(number=alert.number, actor=first)
        services.start_checking(number=alert.number, actor=first)
        services.comment(number=alert.number, actor=second, note="请核对监控")
        services.undo(number=alert.number, actor=first)
        with pytest.raises(Conflict):
            services.undo(number=alert.number, actor=first)
        services.assign(number=alert.number, actor=first, to=second.pk)
        services.start_checking(number=alert.number, actor=second)
        with pytest.raises(Conflict, match="钱某"):
            services.undo(number=alert.number, actor=first)
        warnings.issue(number=alert.number, actor=second, text="退办未一次性告知")
        with pytest.raises(Conflict):
            services.undo(number=alert.number, actor=second)


def test_a_snooze_that_more_evidence_ended_is_no_longer_undone(root, first):
    alert = raised(root)
    services.snooze(number=alert.number, actor=first, until=now() + SOON, reason="等待材料")
    more_evidence(alert)
    with pytest.raises(Conflict):
        services.undo(number=alert.number, actor=first)


def chosen(chance: Random, alert: Alert, who: User) -> Step:
    """Most often a step that is possible now, or the sequences would seldom come far."""
    open_to_them = [Step["ISSUE" if act is Act.PROPOSE else act.name] for act in sorted(possible(Person.of(who), alert))]
    return chance.choice([*open_to_them * 3, *Step])


def take(step: Step, alert: Alert, who: User, to: User) -> None:
    """One step of people or of the engine, whether or not it is possible now."""
    told = {"number": alert.number, "actor": who}
    steps: dict[Step, Callable[[], object]] = {
        Step.ACKNOWLEDGE: lambda: services.acknowledge(**told),
        Step.CHECK: lambda: services.start_checking(**told),
        Step.DISMISS: lambda: services.dismiss(**told, reason="repeated"),
        Step.SNOOZE: lambda: services.snooze(**told, until=now() + SOON, reason="等待材料"),
        Step.WAKE: lambda: services.wake(**told),
        Step.ASSIGN: lambda: services.assign(**told, to=to.pk),
        Step.ISSUE: lambda: warnings.issue(**told, text="退办未一次性告知"),
        Step.CONFIRM: lambda: warnings.confirm(**told),
        Step.RETURN: lambda: warnings.send_back(**told, note="请补充证据"),
        Step.UPHOLD: lambda: reviews.uphold(**told),
        Step.OVERTURN: lambda: reviews.overturn(**told, note="证据不足以排除"),
        Step.UNDO: lambda: services.undo(**told),
        Step.MORE: lambda: more_evidence(alert),
        Step.NONE: lambda: no_evidence(alert),
        Step.TIME: lambda: wake_due(now() + 2 * SOON),
    }
    with suppress(MingjingError):
        steps[step]()


def retraced(alert: Alert) -> State:
    """The state by the events, each that goes back proven to have gone back to where the one before it stood."""
    events = list(alert.events.order_by("id"))
    states = list(accumulate(events, after, initial=State()))
    assert states[-1] == project(events)
    for number, event in enumerate(events):
        before = {Kind.WOKEN: {Kind.SNOOZED}, Kind.UNDONE: set(Kind) - {Kind.CHANGED, Kind.COMMENTED}}.get(Kind(event.kind))
        if before:
            begun = max(earlier for earlier in range(number) if events[earlier].kind in before)
            assert states[number + 1] == states[begun]
    return states[-1]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_people_and_the_engine_do_the_state_is_what_the_events_say(root, first, second, leader, seed: int):
    chance = Random(seed)
    alert = raised(root, chance.choice(["yellow", "orange", "red"]))
    for _step in range(45):
        who = chance.choice([first, first, second, leader])
        take(chosen(chance, alert, who), alert, who, second if who is first else first)
        alert.refresh_from_db()
        assert State(alert.status, alert.handler_id) == retraced(alert)
        assert (alert.status == S.SNOOZED) == (alert.snoozed_until is not None)
        assert (alert.status == S.ISSUED) == IssuedWarning.objects.filter(alert=alert).exists()
        assert not alert.reviews.filter(state="waiting").exists() or alert.status == S.DISMISSED
        if alert.status == S.ISSUED:
            alert = raised(root, chance.choice(["yellow", "orange", "red"]))
