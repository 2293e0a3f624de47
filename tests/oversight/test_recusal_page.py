"""Recusal as configured: who is recused by which relation, and that no single person can switch one off."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from ledger.kit.errors import NotAllowed
from ledger.roster.models import Relation, Role, Staff, Unit
from risk.alerts.models import Alert, RecusalChange, Recused
from risk.alerts.queries import stream_events, visible_to
from risk.alerts.recusal import recuse, recuse_again, switched_off
from risk.alerts.recusal_changes import ask_recusal_change, decide_recusal_change
from risk.alerts.sequencer import sequence_events
from tests.builders import grant_role, make_alert, make_staff, make_transaction, make_unit, make_user
from tests.oversight.cast import Cast, logged_in

pytestmark = pytest.mark.services
REASON = "三大队队长即监管中心值班长，须能办理"


@pytest.fixture
def squad(cast: Cast) -> Unit:
    make_staff(cast.first, staff_no="070900", name="郑某")
    return make_unit("三中队", parent=cast.first, leader_no="070900")


def about_somebody(squad: Unit) -> Alert:
    """An alert about an auxiliary of the squad, whose business somebody approved."""
    make_staff(squad, staff_no="070901", name="梁某", kind="auxiliary", responsible_no="070902")
    row = make_transaction(squad, handler_no="070901", approver_no="070903")
    alert = make_alert(squad, subject_code="070901", evidence=[row])
    recuse(alert, {"070901", "070903"})
    return alert


def watching(cast: Cast, staff_no: str) -> Role:
    staff = Staff.objects.filter(staff_no=staff_no).first() or make_staff(cast.first, staff_no=staff_no)
    user = make_user(None, cast.detachment, username=f"w{staff_no}", staff=staff)
    grant_role(user, Role.SUPERVISOR, cast.detachment)
    return user


def switch_off(cast: Cast, relation: str) -> None:
    asked = ask_recusal_change(relation=relation, active=False, reason=REASON, actor=cast.of[Role.SECURITY_ADMIN])
    decide_recusal_change(pk=asked.pk, approve=True, actor=cast.of[Role.DISCIPLINE])


@pytest.mark.parametrize(
    "staff_no,relation", [("070900", "squad_leader"), ("070902", "responsible"), ("070903", "paired")], ids=["leader", "officer", "pair"]
)
def test_a_configurable_relation_recuses_until_two_people_switch_it_off(cast: Cast, squad: Unit, staff_no: str, relation: str):
    alert, user = about_somebody(squad), watching(cast, staff_no)
    assert Recused.objects.get(alert=alert, staff_no=staff_no).reason == relation
    sequence_events()
    assert not visible_to(user).exists()
    assert all(staff_no in event.view.recused for event in stream_events(0, 10))
    switch_off(cast, relation)
    assert visible_to(user).get() == alert
    assert all(staff_no not in event.view.recused for event in stream_events(0, 10))
    ask = ask_recusal_change(relation=relation, active=True, reason=REASON, actor=cast.of[Role.SECURITY_ADMIN])
    assert visible_to(user).exists()
    decide_recusal_change(pk=ask.pk, approve=True, actor=cast.of[Role.DISCIPLINE])
    assert not visible_to(user).exists()


def test_the_subject_and_declared_relations_stay_recused_whatever_is_switched_off(cast: Cast, squad: Unit):
    alert = about_somebody(squad)
    Relation.objects.create(staff_no="070903", subject_kind="staff", subject_code="070901", kind="kin")
    recuse_again([alert])
    for relation in RecusalChange.Relation.values:
        switch_off(cast, relation)
    assert set(switched_off()) == set(RecusalChange.Relation.values)
    for staff_no in ("070901", "070903"):
        assert not visible_to(watching(cast, staff_no)).exists()
    assert visible_to(watching(cast, "070902")).exists()


def test_nobody_decides_what_they_asked_for_and_only_the_two_offices_take_part(cast: Cast):
    security, discipline = cast.of[Role.SECURITY_ADMIN], cast.of[Role.DISCIPLINE]
    for role in set(Role.values) - {Role.SECURITY_ADMIN}:
        with pytest.raises(NotAllowed):
            ask_recusal_change(relation="paired", active=False, reason=REASON, actor=cast.of[role])
    asked = ask_recusal_change(relation="paired", active=False, reason=REASON, actor=security)
    for role in set(Role.values) - {Role.DISCIPLINE}:
        with pytest.raises(NotAllowed):
            decide_recusal_change(pk=asked.pk, approve=True, actor=cast.of[role])
    grant_role(security, Role.DISCIPLINE, cast.detachment)
    with pytest.raises(NotAllowed):
        decide_recusal_change(pk=asked.pk, approve=True, actor=security)
    with pytest.raises(IntegrityError), transaction.atomic():
        RecusalChange.objects.filter(pk=asked.pk).update(state="approved", decided_by=security, decided_at=datetime.now(UTC))
    assert not switched_off()
    decide_recusal_change(pk=asked.pk, approve=False, note="回避不得放宽", actor=discipline)
    assert not switched_off()


def test_the_page_asks_decides_and_keeps_what_could_not_be_written(cast: Cast):
    security, discipline = logged_in(cast.of[Role.SECURITY_ADMIN]), logged_in(cast.of[Role.DISCIPLINE])
    refused = security.post("/recusal/ask/", {"relation": "paired", "active": "no", "reason": "短"})
    assert refused.status_code == 400 and 'value="短"' in refused.content.decode()
    security.post("/recusal/ask/", {"relation": "paired", "active": "no", "reason": REASON})
    again = security.post("/recusal/ask/", {"relation": "paired", "active": "no", "reason": REASON})
    assert again.status_code == 409
    asked = RecusalChange.objects.get()
    assert REASON in discipline.get("/recusal/").content.decode()
    assert discipline.post(f"/recusal/{asked.pk}/decide/", {"decision": "refuse", "note": ""}).status_code == 400
    assert discipline.post(f"/recusal/{asked.pk}/decide/", {"decision": "approve"}).status_code == 302
    assert set(switched_off()) == {"paired"}
    assert discipline.post(f"/recusal/{asked.pk}/decide/", {"decision": "approve"}).status_code == 409
    assert discipline.post("/recusal/9999/decide/", {"decision": "approve"}).status_code == 404
