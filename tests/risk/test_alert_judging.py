"""What ends the first check of an alert: warnings and dismissals, and the second person both may take."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from ledger.kit.errors import BadInput, Conflict, NotAllowed
from ledger.roster.models import Role
from risk.alerts import reviews, services, warnings
from risk.alerts.models import AlertEvent, DismissalReview, IssuedWarning
from risk.alerts.queries import visible_to
from tests.builders import make_user
from tests.risk.acting import Kind, S, more_evidence, now, raised, state

pytestmark = [pytest.mark.django_db, pytest.mark.services]

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
