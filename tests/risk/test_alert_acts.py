"""What people do with an alert: who may, what is written, what wakes it, what two people must do, and what can be taken back."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import accumulate
from random import Random

import pytest
import time_machine
from django.db import IntegrityError, transaction

from ledger.audit.models import AuditEntry
from ledger.kit.days import SHANGHAI, event_day
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotAllowed, NotFound
from ledger.roster.models import Role, Unit, User
from risk.alerts import reviews, services, warnings
from risk.alerts.fold import Refold
from risk.alerts.models import Alert, AlertEvent, DismissalReview, Hit, IssuedWarning
from risk.alerts.queries import possible_handlers, three_counts, visible_to
from risk.alerts.snoozing import snooze_choices, wake_due
from risk.alerts.states import UNDO_WITHIN, Act, Person, State, after, possible, project
from tests.builders import grant_role, make_alert, make_rule, make_transaction, make_unit, make_user

Step = Enum("Step", "ACKNOWLEDGE CHECK DISMISS SNOOZE WAKE ASSIGN ISSUE CONFIRM RETURN UPHOLD OVERTURN UNDO MORE NONE TIME")
pytestmark = [pytest.mark.django_db, pytest.mark.services]
S, Kind = Alert.Status, AlertEvent.Kind
SOON = timedelta(hours=1)


@pytest.fixture
def root() -> Unit:
    return make_unit("交警支队", kind="detachment")


@pytest.fixture
def first(root: Unit) -> User:
    return make_user(Role.SUPERVISOR, root, name="张某")


@pytest.fixture
def second(root: Unit) -> User:
    return make_user(Role.SUPERVISOR, root, name="钱某")


@pytest.fixture
def leader(root: Unit) -> User:
    return make_user(Role.LEADER, root, name="孙某")


def raised(root: Unit, level: str = "yellow", **extra) -> Alert:
    return make_alert(root, level=level, evidence=[make_transaction(root)], **extra)


def now() -> datetime:
    return datetime.now(UTC)


def state(alert: Alert) -> tuple[str, int | None]:
    alert.refresh_from_db()
    return alert.status, alert.handler_id


def kinds(alert: Alert) -> list[str]:
    return list(alert.events.order_by("id").values_list("kind", flat=True))


def more_evidence(alert: Alert, level: str | None = None) -> None:
    """The engine finds one more row on the day of the alert, perhaps at another level."""
    row = make_transaction(alert.unit, accepted_at=alert.last_at)
    hit = Hit.objects.filter(rule=alert.rule, subject_code=alert.subject_code).latest("day")
    hit.evidence, hit.level, hit.live = sorted({*hit.evidence, row.pk}), level or hit.level, True
    hit.save()
    Refold(alert.rule, cause="x").run([(alert.subject_code, alert.bucket)])


def no_evidence(alert: Alert) -> None:
    Hit.objects.filter(rule=alert.rule, subject_code=alert.subject_code).update(live=False)
    Refold(alert.rule, cause="x").run([(alert.subject_code, alert.bucket)])


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


# Warnings


@pytest.mark.parametrize("level", ["blue", "yellow"])
def test_a_blue_or_yellow_warning_is_issued_by_its_handler(root, first, level: str):
    alert, squad = raised(root, level), make_user(Role.SQUAD_LEADER, root)
    services.acknowledge(number=alert.number, actor=first)
    assert not visible_to(squad).exists()
    warnings.issue(number=alert.number, actor=first, text="退办未一次性告知，三笔属实")
    warning = IssuedWarning.objects.get(alert=alert)
    assert state(alert) == (S.ISSUED, first.pk)
    assert (warning.issued_by, warning.confirmed_by, warning.level) == (first, None, level)
    assert warning.number.startswith("YJ-")
    assert visible_to(squad).filter(pk=alert.pk).exists()


@pytest.mark.parametrize(
    ("level", "role"), [("orange", Role.SUPERVISOR), ("red", Role.SUPERVISOR), ("red", Role.LEADER), ("red", Role.DISCIPLINE)]
)
def test_an_orange_or_red_warning_takes_two_people(root, first, level: str, role: str):
    alert, other = raised(root, level), make_user(role, root)
    services.acknowledge(number=alert.number, actor=first)
    warnings.issue(number=alert.number, actor=first, text="同一分钟检出两车，数据一致")
    assert state(alert) == (S.PROPOSED, first.pk)
    assert not IssuedWarning.objects.exists()
    with pytest.raises(NotAllowed):
        warnings.confirm(number=alert.number, actor=first)
    warnings.confirm(number=alert.number, actor=other)
    warning = IssuedWarning.objects.get(alert=alert)
    assert state(alert) == (S.ISSUED, first.pk)
    assert (warning.proposed_by, warning.confirmed_by, warning.issued_by) == (first, other, other)
    assert warning.text == "同一分钟检出两车，数据一致"


@pytest.mark.parametrize("role", [Role.LEADER, Role.DISCIPLINE])
def test_an_orange_warning_is_not_confirmed_by_who_does_not_supervise(root, first, role: str):
    alert = raised(root, "orange")
    services.acknowledge(number=alert.number, actor=first)
    warnings.issue(number=alert.number, actor=first, text="同一分钟检出两车")
    with pytest.raises(NotAllowed):
        warnings.confirm(number=alert.number, actor=make_user(role, root))
    with pytest.raises(NotAllowed):
        warnings.confirm(number=alert.number, actor=make_user(Role.SUPERVISOR, root, staff_kind="auxiliary"))


def test_a_proposal_is_returned_with_a_reason_or_taken_back_without_one(root, first, second):
    alert = raised(root, "orange")
    services.acknowledge(number=alert.number, actor=first)
    warnings.issue(number=alert.number, actor=first, text="同一分钟检出两车")
    with pytest.raises(BadInput):
        warnings.send_back(number=alert.number, actor=second, note="不")
    warnings.send_back(number=alert.number, actor=second, note="请补充视频证据")
    assert state(alert) == (S.CHECKING, first.pk)
    warnings.issue(number=alert.number, actor=first, text="同一分钟检出两车，视频已补")
    warnings.send_back(number=alert.number, actor=first)
    assert [event.data["own"] for event in alert.events.filter(kind=Kind.RETURNED).order_by("id")] == [False, True]
    with pytest.raises(Conflict, match="张某"):
        warnings.confirm(number=alert.number, actor=second)


def test_a_reason_may_be_picked_instead_of_written_but_another_one_wants_words(root, first, second):
    alert = raised(root, "orange")
    services.acknowledge(number=alert.number, actor=first)
    warnings.issue(number=alert.number, actor=first, text="同一分钟检出两车")
    for why in ("nonsense", "other"):
        with pytest.raises(BadInput):
            warnings.send_back(number=alert.number, actor=second, why=why)
    warnings.send_back(number=alert.number, actor=second, why="evidence")
    services.dismiss(number=alert.number, actor=first, reason="legitimate")
    for why in ("nonsense", "", "other"):
        with pytest.raises(BadInput):
            reviews.overturn(number=alert.number, actor=second, why=why, note="不")
    reviews.overturn(number=alert.number, actor=second, why="unchecked")
    assert state(alert) == (S.NEW, None)
    written = alert.events.filter(kind__in=(Kind.RETURNED, Kind.OVERTURNED)).order_by("id")
    assert [(event.data["why"], event.data["note"]) for event in written] == [("evidence", ""), ("unchecked", "")]


def test_nothing_is_issued_without_a_conclusion_or_by_another_than_the_handler(root, first, second):
    alert = raised(root)
    with pytest.raises(Conflict):
        warnings.issue(number=alert.number, actor=first, text="退办未一次性告知")
    services.acknowledge(number=alert.number, actor=first)
    with pytest.raises(BadInput):
        warnings.issue(number=alert.number, actor=first, text="  属实 ")
    with pytest.raises(Conflict, match="张某"):
        warnings.issue(number=alert.number, actor=second, text="退办未一次性告知")
    assert not IssuedWarning.objects.exists()


def test_the_database_refuses_a_warning_confirmed_by_its_proposer_or_by_nobody(root, first, second):
    given = {"number": "YJ-1", "text": "属实", "at": now()}
    for level, confirmed in (("red", first), ("red", None), ("orange", None), ("blue", first)):
        with pytest.raises(IntegrityError), transaction.atomic():
            IssuedWarning.objects.create(alert=raised(root), level=level, proposed_by=first, confirmed_by=confirmed, **given)
    IssuedWarning.objects.create(alert=raised(root), level="red", proposed_by=first, confirmed_by=second, **given)


# The second look


@pytest.mark.parametrize(("level", "reviewed"), [("red", True), ("orange", True), ("yellow", False), ("blue", False)])
def test_the_dismissal_of_a_red_or_orange_alert_waits_for_a_second_look(root, first, level: str, reviewed: bool):
    alert = raised(root, level)
    services.dismiss(number=alert.number, actor=first, reason="legitimate")
    assert alert.reviews.filter(state="waiting").exists() == reviewed


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE])
def test_somebody_else_upholds_a_dismissal_once(root, first, role: str):
    alert, other = raised(root, "red"), make_user(role, root)
    services.dismiss(number=alert.number, actor=first, reason="legitimate")
    with pytest.raises(NotAllowed):
        reviews.uphold(number=alert.number, actor=first)
    reviews.uphold(number=alert.number, actor=other)
    assert state(alert) == (S.DISMISSED, first.pk)
    assert DismissalReview.objects.get().reviewed_by == other
    with pytest.raises(Conflict):
        reviews.overturn(number=alert.number, actor=other, note="证据不足以排除")


def test_an_overturned_dismissal_brings_the_alert_back_with_a_term_of_its_own(root, first, second):
    alert = raised(root, "red", due_at=now() - timedelta(days=2))
    services.dismiss(number=alert.number, actor=first, reason="legitimate")
    with pytest.raises(BadInput):
        reviews.overturn(number=alert.number, actor=second, note="")
    reviews.overturn(number=alert.number, actor=second, note="证据不足以排除")
    assert state(alert) == (S.NEW, None)
    assert timedelta(minutes=119) < alert.due_at - now() <= timedelta(minutes=120)
    services.acknowledge(number=alert.number, actor=second)


def test_a_review_lapses_when_the_alert_comes_back_by_itself(root, first, second):
    alert = raised(root, "red")
    services.dismiss(number=alert.number, actor=first, reason="legitimate")
    more_evidence(alert)
    assert state(alert) == (S.RECURRED, first.pk)
    assert DismissalReview.objects.get().state == "lapsed"
    with pytest.raises(Conflict):
        reviews.uphold(number=alert.number, actor=second)


def test_the_database_refuses_a_review_by_who_dismissed_it_or_by_nobody(root, first, second):
    alert = raised(root, "red")
    event = AlertEvent.objects.create(alert=alert, kind=Kind.DISMISSED, at=now(), actor=first)
    given = {"alert": alert, "dismissal": event, "dismissed_by": first, "level": "red"}
    for extra in (
        {"state": "upheld", "reviewed_by": first, "reviewed_at": now()},
        {"state": "upheld"},
        {"state": "waiting", "reviewed_by": second},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            DismissalReview.objects.create(**given, **extra)


# Undo


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
