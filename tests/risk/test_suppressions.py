"""Suppressions: asked by one, decided by another, ended by time or by hand; hits are found all the same, graver ones break through."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.kit.days import day_start, today
from ledger.kit.errors import BadInput, Conflict, NotAllowed
from ledger.roster.accounts import Role
from ledger.roster.models import Staff
from risk.alerts.models import Alert, AlertEvent, Hit, Suppression
from risk.alerts.services import acknowledge
from risk.alerts.suppressions import ask_suppression, decide_suppression, end_suppression
from risk.rules.models import Rule
from risk.scoring.marks import mark_everything
from risk.scoring.services import score_pending
from risk.scoring.suppressed import follow_suppressions
from tests import builders
from tests.risk.test_scoring import START, burst, catalogue, live_hits, root, squad, supervisor, take  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def rule(squad) -> Rule:  # noqa: F811
    """Only the rule about bursts: what the others find about the same rows is not the matter here."""
    Rule.objects.get(code="VIO-08")
    return Rule.objects.get(code="VIO-08")


@pytest.fixture
def leader(root):  # noqa: F811
    return builders.make_user(Role.LEADER, root)


def in_force(supervisor, leader, **fields) -> Suppression:  # noqa: F811
    asked = {"reason": "专项整治集中开单", "expires_on": today() + timedelta(days=30), "ceiling": "red"} | fields
    made = ask_suppression(actor=supervisor, **asked)
    return decide_suppression(number=made.number, actor=leader, approve=True)


def later(days: int):
    return day_start(today() + timedelta(days=days))


def burst_alerts() -> list[Alert]:
    return list(Alert.objects.filter(rule__code="VIO-08").exclude(status=Alert.Status.WITHDRAWN))


def test_a_suppressed_hit_is_found_and_counted_and_raises_no_alert(rule, supervisor, leader):  # noqa: F811
    made = in_force(supervisor, leader, rule=rule)
    take(burst())
    score_pending()
    hit = Hit.objects.get(rule=rule)
    assert (hit.live, hit.suppression) == (True, made) and made.hits.count() == 1
    assert not Alert.objects.filter(rule=rule).exists()


def test_an_expired_suppression_lets_its_hits_alert_without_any_new_data_and_a_replay_before_does_not(rule, supervisor, leader):  # noqa: F811
    in_force(supervisor, leader, rule=rule, expires_on=today() + timedelta(days=10))
    take(burst())
    score_pending()
    score_pending(as_of=later(10))
    assert not burst_alerts()
    score_pending(as_of=later(11))
    assert [alert.hit_count for alert in burst_alerts()] == [1]
    assert Hit.objects.get(rule=rule).suppression is None
    mark_everything(rule_codes=[rule.code])
    score_pending(as_of=later(10))
    assert not burst_alerts()


def test_a_suppression_withdraws_what_nobody_took_and_tells_who_handles_what_somebody_took(rule, supervisor, leader):  # noqa: F811
    take(burst() + burst(first=100, handler_no="P2"))
    score_pending()
    acknowledge(number=Alert.objects.get(rule=rule, subject_code="P2").number, actor=supervisor)
    made = in_force(supervisor, leader, rule=rule)
    assert follow_suppressions() == 2 and follow_suppressions() == 0
    assert Alert.objects.get(rule=rule, subject_code="P1").status == Alert.Status.WITHDRAWN
    taken = Alert.objects.get(rule=rule, subject_code="P2")
    assert taken.status == Alert.Status.ACKNOWLEDGED
    assert taken.events.order_by("id").last().data == {"acted": True, "suppression": made.number}
    end_suppression(number=made.number, actor=supervisor)
    score_pending()
    back = Alert.objects.get(rule=rule, subject_code="P1")
    assert back.status == Alert.Status.NEW
    assert list(back.events.order_by("id").values_list("kind", flat=True)) == ["raised", "withdrawn", "raised"]


def test_a_hit_graver_than_the_ceiling_breaks_through(rule, supervisor, leader):  # noqa: F811
    in_force(supervisor, leader, rule=rule, ceiling="yellow")
    take(burst(count=11))
    score_pending()
    assert Hit.objects.get(rule=rule).level == "yellow" and not burst_alerts()
    take(burst(START + timedelta(days=1), 14, 200))
    score_pending()
    assert [(alert.level, alert.hit_count) for alert in burst_alerts()] == [("orange", 1)]


@pytest.mark.parametrize(
    ("scope", "quiet"),
    [
        ({"subject_kind": "staff", "subject_code": "P1"}, True),
        ({"subject_kind": "staff", "subject_code": "P2"}, False),
        ({"subject_kind": "staff", "subject_code": "P1", "unit": "U1"}, True),
        ({"subject_kind": "staff", "subject_code": "P1", "unit": "U9"}, False),
        ({"unit": "ROOT", "rule": "VIO-08"}, True),
        ({"rule": "VIO-16"}, False),
    ],
)
def test_a_suppression_reaches_as_far_as_it_says(squad, root, supervisor, leader, scope, quiet):  # noqa: F811
    units = {"U1": squad, "ROOT": root, "U9": builders.make_unit(code="U9", kind="squad", parent=root)}
    fields = dict(scope)
    if "unit" in fields:
        fields["unit"] = units[scope["unit"]]
    if "rule" in fields:
        fields["rule"] = Rule.objects.get(code=scope["rule"])
    in_force(supervisor, leader, **fields)
    take(burst())
    score_pending()
    assert bool(burst_alerts()) is not quiet


def test_one_asked_for_or_refused_or_yet_to_begin_suppresses_nothing(rule, supervisor, leader):  # noqa: F811
    take(burst())
    score_pending()
    asked = {"actor": supervisor, "reason": "专项整治行动", "expires_on": today() + timedelta(days=30), "ceiling": "red", "rule": rule}
    refused = ask_suppression(**asked)
    decide_suppression(number=refused.number, actor=leader, approve=False, note="理由不够充分")
    ask_suppression(**asked)
    in_force(supervisor, leader, rule=rule, valid_from=today() + timedelta(days=5))
    score_pending()
    assert burst_alerts()
    score_pending(as_of=later(5))
    assert not burst_alerts()


def test_who_asks_owns_or_is_concerned_does_not_decide(rule, root, squad, supervisor, leader):  # noqa: F811
    asked = {"reason": "专项整治行动", "expires_on": today() + timedelta(days=30), "ceiling": "red"}
    other = builders.make_user(Role.SUPERVISOR, root)
    concerned = builders.make_user(Role.LEADER, root, staff=Staff.objects.get(staff_no="P1"))
    made = ask_suppression(actor=supervisor, owner=other, subject_kind="staff", subject_code="P1", **asked)
    for actor in (supervisor, other, concerned):
        with pytest.raises(NotAllowed):
            decide_suppression(number=made.number, actor=actor, approve=True)
    with pytest.raises(NotAllowed):
        ask_suppression(actor=builders.make_user(Role.SUPERVISOR, squad), rule=rule, **asked)
    with pytest.raises(NotAllowed):
        ask_suppression(actor=builders.make_user(Role.SYSTEM_ADMIN, root), rule=rule, **asked)
    with pytest.raises(NotAllowed):
        ask_suppression(actor=builders.make_user(Role.SUPERVISOR, root, staff_kind="auxiliary"), rule=rule, **asked)
    decide_suppression(number=made.number, actor=leader, approve=True)
    with pytest.raises(Conflict):
        decide_suppression(number=made.number, actor=leader, approve=False, note="已无必要抑制")
    told = AuditEntry.objects.filter(target=made.number).order_by("id").values_list("action", "actor")
    assert list(told) == [("suppression.asked", supervisor.username), ("suppression.approved", leader.username)]


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_on": today() - timedelta(days=1)},
        {"expires_on": today() + timedelta(days=400)},
        {"reason": "  无 "},
        {"ceiling": "violet"},
        {"rule": None},
        {"subject_code": "P1"},
        {"subject_kind": "agency", "subject_code": "A1"},
    ],
)
def test_a_suppression_needs_a_scope_a_reason_a_level_and_an_end(rule, supervisor, fields):  # noqa: F811
    asked = {"reason": "专项整治行动", "expires_on": today() + timedelta(days=30), "ceiling": "red", "rule": rule}
    with pytest.raises(BadInput):
        ask_suppression(actor=supervisor, **asked | fields)


def test_the_database_itself_refuses_what_two_people_did_not_decide(rule, supervisor, leader):  # noqa: F811
    made = in_force(supervisor, leader, rule=rule)
    for changes in (
        {"decided_by": made.asked_by},
        {"decided_by": None},
        {"rule": None},
        {"expires_on": made.valid_from - timedelta(days=1)},
        {"state": "ended"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Suppression.objects.filter(pk=made.pk).update(**changes)


def test_hits_and_alerts_under_a_suppression_are_those_of_one_sweep(rule, supervisor, leader):  # noqa: F811
    take(burst())
    score_pending()
    in_force(supervisor, leader, rule=rule, ceiling="orange")
    take(burst(START + timedelta(days=1), 21, 300))
    score_pending()
    found, alerts = live_hits(), [(alert.level, alert.hit_count, alert.evidence_count) for alert in burst_alerts()]
    mark_everything()
    assert score_pending().hits == 0
    assert (live_hits(), [(alert.level, alert.hit_count, alert.evidence_count) for alert in burst_alerts()]) == (found, alerts)
    assert AlertEvent.objects.filter(at__gt=timezone.now()).count() == 0
