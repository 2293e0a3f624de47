"""撤销停业整改: asked for by one and decided by another, whatever day it is, in the service and in the database."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from ledger.holds.queries import standing
from ledger.kit.days import day_start, today
from ledger.kit.errors import NotAllowed
from ledger.roster.models import Role, User
from oversight.cases.models import Approval
from oversight.duty.bell import bell_context
from oversight.measures.acting import Refused
from oversight.measures.catalogue import KINDS
from oversight.measures.presenting import page_context
from oversight.measures.suspensions.models import Revocation, Suspension
from oversight.measures.work import measures_waiting
from oversight.viewer import Viewer
from tests.builders import grant_role, make_user
from tests.oversight.measures.building import REASON, Town, act, day, findings, in_force, replayed, revoked

pytestmark = [pytest.mark.django_db, pytest.mark.services]
ASKED = {"reason": "经复核检定记录，上传数据系设备故障所致"}


def waits(user: User) -> bool:
    return bool(measures_waiting(Viewer(user)))


def told(user: User) -> list[str]:
    return [row["text"] for row in bell_context(Viewer(user))["rows"]]


def held() -> bool:
    return standing("agency", "A77", timezone.now() + timedelta(seconds=1)).exists()


def test_one_asks_and_another_revokes_also_after_the_last_day(town: Town):
    one = in_force(town)
    with time_machine.travel(day_start(today() + timedelta(days=12)) + timedelta(hours=9)):
        with pytest.raises(NotAllowed):
            act(one, "revoke", town.leader)
        with pytest.raises(Refused):
            act(one, "ask_revocation", town.leader, reason="")
        one = act(one, "ask_revocation", town.leader, **ASKED)
        for user in (town.leader, town.inspector, town.legal):
            with pytest.raises(NotAllowed):
                act(one, "revoke", user)
        assert held() and one.status == "in_force"
        other = make_user(Role.LEADER, town.cast.detachment)
        assert "停业整改：待您决定" in told(other) and waits(other) and told(town.leader) == []
        one = act(one, "revoke", other, note="同意撤销")
        assert (one.status, one.revoked_by, one.revoking_by) == ("revoked", other, town.leader) and not held()
    assert replayed(one.number) == "revoked"
    (row,) = page_context(KINDS["suspensions"], one, Viewer(town.leader))["revocations"]
    assert (row["reason"], row["note"]) == (ASKED["reason"], "同意撤销") and row["decided"].startswith(str(other))


def test_a_supervisor_with_a_leaders_role_does_not_decide_what_they_asked_for_and_nobody_asks_twice(town: Town):
    one = in_force(town)
    grant_role(town.accepters[0], Role.LEADER, town.cast.detachment)
    one = act(one, "ask_revocation", town.accepters[0], **ASKED)
    with pytest.raises(NotAllowed):
        act(one, "revoke", town.accepters[0])
    with pytest.raises(NotAllowed):
        act(one, "ask_revocation", town.proposer, **ASKED)
    one = act(one, "refuse_revocation", town.leader, **REASON)
    assert (one.status, one.revoking_by, Revocation.objects.get().state) == ("in_force", None, "refused") and held()
    assert revoked(town, one).status == "revoked"


def test_the_database_refuses_a_revocation_by_one(town: Town):
    one = in_force(town)
    row, now = Suspension.objects.filter(pk=one.pk), timezone.now()
    alone = {"status": "revoked", "revoked_by": town.leader, "revoked_at": now}
    for wrong in ({"status": "revoked"}, alone, alone | {"revoking_by": town.leader}, {"revoked_by": town.leader, "revoked_at": now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**wrong)
    act(one, "ask_revocation", town.proposer, **ASKED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Revocation.objects.update(state="granted", decided_by=town.proposer, decided_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Revocation.objects.update(state="granted")


def test_who_finds_the_agency_right_asks_for_the_revocation_by_it(town: Town):
    one = act(in_force(town), "object", town.proposer, received_on=day(), objector="郑某", objection="系设备故障所致")
    one = act(one, "answer", town.inspector, outcome="upheld", answer=ASKED["reason"])
    assert (one.revoking_by, Revocation.objects.get().reason) == (town.inspector, ASKED["reason"])
    assert waits(town.leader)
    assert act(one, "revoke", town.leader).status == "revoked"


def test_an_answer_while_a_revocation_waits_asks_for_no_other(town: Town):
    one = act(in_force(town), "object", town.proposer, received_on=day(), objector="郑某", objection="系设备故障所致")
    one = act(one, "ask_revocation", town.proposer, **ASKED)
    one = act(one, "answer", town.inspector, outcome="upheld", answer="检定记录属实，异议成立")
    assert (one.revoking_by, Revocation.objects.count()) == (town.proposer, 1)


def test_one_that_waits_lapses_when_the_suspension_is_lifted_and_stands_when_it_is_extended(town: Town):
    one = act(in_force(town), "ask_revocation", town.proposer, **ASKED)
    one = act(one, "ask_extension", town.proposer, until=day(12), reason="检定证书下周取得")
    one = act(one, "extend", town.leader, extension_no="停延1号", extension_meeting="办公会11号")
    one = act(one, "apply", town.proposer, applied_on=day(), report="已更换灯光仪并检定合格")
    for who in town.accepters:
        one = act(one, "accept", who, **findings("yes", "yes"))
    one = act(one, "ask_lifting", town.proposer)
    assert Revocation.objects.get().state == "asked"
    one = act(one, "lift", town.leader, lifting_no="恢1号", probation_until=day(2))
    assert (one.revoking_by, Revocation.objects.get().state) == (None, "lapsed")
    assert not Approval.objects.filter(about=one.number, state="asked").exists()
