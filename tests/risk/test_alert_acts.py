"""What people do with an alert at first: snooze it and hand it over; who finds it, and as what it counts."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from ledger.kit.days import SHANGHAI, event_day
from ledger.kit.errors import BadInput, Conflict, NotFound
from ledger.roster.models import Role
from risk.alerts import reviews, services, warnings
from risk.alerts.fold import Refold
from risk.alerts.models import Alert, Hit
from risk.alerts.queries import possible_handlers, three_counts, visible_to
from risk.alerts.snoozing import snooze_choices, wake_due
from tests.builders import grant_role, make_alert, make_rule, make_transaction, make_unit, make_user
from tests.risk.acting import SOON, Kind, S, kinds, more_evidence, now, raised, state

pytestmark = [pytest.mark.django_db, pytest.mark.services]

# Snooze


def test_a_snoozed_alert_wakes_at_its_time_exactly_once_as_what_it_was(root, first):
    alert = raised(root)
    services.acknowledge(number=alert.number, actor=first)
    services.start_checking(number=alert.number, actor=first)
    until = now() + SOON
    services.snooze(number=alert.number, actor=first, until=until, reason="等待窗口补交材料")
    assert state(alert) == (S.SNOOZED, first.pk)
    assert (alert.snoozed_until, alert.due_at is not None) == (until, True)
    assert wake_due() == 0
    assert [wake_due(until), wake_due(until), wake_due(until + SOON)] == [1, 0, 0]
    assert state(alert) == (S.CHECKING, first.pk)
    assert alert.snoozed_until is None
    woken = alert.events.get(kind=Kind.WOKEN)
    assert (woken.actor, woken.data["cause"]) == (None, "time")


def test_the_term_of_the_first_check_runs_on_while_an_alert_is_snoozed(root, first):
    alert = raised(root)
    due = alert.due_at
    services.snooze(number=alert.number, actor=first, until=now() + SOON, reason="等待材料")
    services.wake(number=alert.number, actor=first)
    alert.refresh_from_db()
    assert alert.due_at == due
    assert state(alert) == (S.NEW, None)
    assert alert.events.get(kind=Kind.WOKEN).data["cause"] == "hand"


@pytest.mark.parametrize(
    ("level", "hours", "possible"), [("red", 2, True), ("red", 2.1, False), ("orange", 24 * 14, True), ("blue", 337, False)]
)
def test_how_long_a_level_may_be_snoozed(root, first, level: str, hours: float, possible: bool):
    alert, moment = raised(root, level), now()
    with time_machine.travel(moment, tick=False):
        given = {"number": alert.number, "actor": first, "until": moment + timedelta(hours=hours), "reason": "等待材料"}
        if possible:
            assert services.snooze(**given).status == S.SNOOZED
        else:
            with pytest.raises(BadInput):
                services.snooze(**given)


@pytest.mark.parametrize("until", [None, datetime(2020, 1, 1, tzinfo=UTC)])
def test_a_snooze_wants_a_moment_to_come_and_a_reason(root, first, until):
    alert = raised(root)
    with pytest.raises(BadInput):
        services.snooze(number=alert.number, actor=first, until=until, reason="等待材料")
    with pytest.raises(BadInput):
        services.snooze(number=alert.number, actor=first, until=now() + SOON, reason=" ")
    assert kinds(alert) == ["raised"]


def test_a_usual_reason_needs_no_words_and_another_does(root, first):
    alert = raised(root)
    for given in ({"why": "other"}, {"why": "weather", "reason": "等待材料"}):
        with pytest.raises(BadInput):
            services.snooze(number=alert.number, actor=first, until=now() + SOON, **given)
    services.snooze(number=alert.number, actor=first, until=now() + SOON, why="reply")
    assert alert.events.latest("id").data["why"] == "reply"


@pytest.mark.parametrize("level", [None, "orange"])
def test_more_evidence_or_a_higher_level_wakes_a_snoozed_alert(root, first, level: str | None):
    alert = raised(root)
    services.snooze(number=alert.number, actor=first, until=now() + SOON, reason="等待材料")
    more_evidence(alert, level)
    assert state(alert) == (S.NEW, None)
    assert kinds(alert) == ["raised", "snoozed", "changed", "woken"]
    assert alert.events.get(kind=Kind.WOKEN).data["cause"] == "evidence"


def test_less_evidence_lets_a_snoozed_alert_sleep(root, first):
    rows = [make_transaction(root), make_transaction(root)]
    alert = make_alert(root, level="yellow", evidence=rows)
    services.snooze(number=alert.number, actor=first, until=now() + SOON, reason="等待材料")
    Hit.objects.filter(rule=alert.rule).update(evidence=[rows[0].pk])
    Refold(alert.rule, cause="x").run([(alert.subject_code, alert.bucket)])
    assert state(alert) == (S.SNOOZED, None)
    assert kinds(alert) == ["raised", "snoozed", "changed"]


def test_the_moments_offered_lie_ahead_in_opening_hours_and_none_twice():
    thursday = snooze_choices(datetime(2026, 11, 26, 10, 0, tzinfo=SHANGHAI))
    assert {name: f"{moment:%m-%d %H:%M}" for name, moment in thursday.items()} == {
        "hours": "11-26 12:00",
        "evening": "11-26 18:00",
        "opening": "11-27 08:30",
        "monday": "11-30 08:30",
    }
    friday_night = snooze_choices(datetime(2026, 11, 27, 19, 0, tzinfo=SHANGHAI))
    assert {name: f"{moment:%m-%d %H:%M}" for name, moment in friday_night.items()} == {"hours": "11-27 21:00", "opening": "11-30 08:30"}


# Handing over


def test_an_alert_is_handed_to_somebody_who_sees_it_and_the_event_names_both(root, first, second):
    alert = raised(root)
    services.acknowledge(number=alert.number, actor=first)
    services.start_checking(number=alert.number, actor=first)
    services.assign(number=alert.number, actor=first, to=second.pk, note="本周轮休")
    assert state(alert) == (S.ACKNOWLEDGED, second.pk)
    told = alert.events.get(kind=Kind.ASSIGNED).data
    assert (told["from"], told["name"], told["note"]) == ("张某", "钱某", "本周轮休")
    with pytest.raises(Conflict, match="张某"):
        services.start_checking(number=alert.number, actor=first)
    services.start_checking(number=alert.number, actor=second)


def test_nobody_is_handed_an_alert_who_could_not_see_or_judge_it(root, first, second):
    elsewhere = make_unit("二大队", parent=root)
    own = make_unit("一大队", parent=root)
    recused = make_user(Role.SUPERVISOR, root, name="李某")
    alert = make_alert(own, level="yellow", recused=[recused.staff_no])
    near = make_user(Role.SUPERVISOR, own, name="周某")
    closed = make_user(Role.SUPERVISOR, root, name="吴某")
    closed.is_active = False
    closed.save()
    former = make_user(None, root, name="郑某")
    grant_role(former, Role.SUPERVISOR, root, valid_until=event_day(now()) - timedelta(days=1))
    others = [
        recused,
        closed,
        former,
        make_user(Role.SUPERVISOR, elsewhere),
        make_user(Role.SUPERVISOR, root, staff_kind="auxiliary"),
        make_user(Role.LEADER, root),
    ]
    assert {user.pk for user in possible_handlers(alert, actor=first)} == {second.pk, near.pk}
    for user in [*others, first]:
        with pytest.raises(BadInput):
            services.assign(number=alert.number, actor=first, to=user.pk)
    assert state(alert) == (S.NEW, None)


def test_a_leader_hands_over_what_somebody_has_and_another_supervisor_does_not(root, first, second, leader):
    alert, third = raised(root), make_user(Role.SUPERVISOR, root)
    services.acknowledge(number=alert.number, actor=first)
    with pytest.raises(Conflict):
        services.assign(number=alert.number, actor=second, to=third.pk)
    services.assign(number=alert.number, actor=leader, to=second.pk)
    assert state(alert) == (S.ACKNOWLEDGED, second.pk)


# Everything together


def test_three_figures_are_never_one(root, first, second):
    version = make_rule()
    made = [make_alert(root, version=version, level="yellow") for _number in range(5)]
    make_alert(root, version=version, status=S.WITHDRAWN)
    for alert in made[:3]:
        services.acknowledge(number=alert.number, actor=first)
        warnings.issue(number=alert.number, actor=first, text="退办未一次性告知")
    Alert.objects.filter(pk=made[0].pk).update(status=S.CLOSED, outcome=Alert.Outcome.CONFIRMED)
    Alert.objects.filter(pk=made[1].pk).update(status=S.CLOSED, outcome=Alert.Outcome.UNFOUNDED)
    counts = three_counts(visible_to(first))
    assert (counts.raised, counts.issued, counts.confirmed) == (5, 3, 1)


def test_a_recused_person_finds_no_alert_to_act_on(root, first, second):
    alert = raised(root, "red", recused=[second.staff_no])
    services.dismiss(number=alert.number, actor=first, reason="repeated")
    for act in (reviews.uphold, reviews.overturn, services.undo, services.acknowledge, warnings.confirm, services.wake):
        with pytest.raises(NotFound):
            act(number=alert.number, actor=second, **({"note": "证据不足以排除"} if act is reviews.overturn else {}))
