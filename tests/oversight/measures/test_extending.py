"""停业整改延期: asked for by one, decided by another; the end, what is held and the papers move together."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from ledger.holds.models import Hold
from ledger.holds.queries import standing
from ledger.kit.days import day_start, today
from ledger.kit.errors import Conflict, NotAllowed
from ledger.roster.models import Role
from oversight.cases.models import Approval
from oversight.documents.sources import offers_of
from oversight.measures.acting import Refused, perform
from oversight.measures.catalogue import KINDS
from oversight.measures.presenting import page_context
from oversight.measures.suspensions.models import Extension
from oversight.measures.suspensions.papers import extension_fields
from oversight.viewer import Viewer
from tests.builders import grant_role
from tests.oversight.measures.building import REASON, Town, act, day, in_force, replayed

ASKED = {"until": day(13), "reason": "灯光仪检定证书要到下周才能取得"}
GRANTED = {"extension_no": "停延〔2026〕1号", "extension_meeting": "支队党委会〔2026〕7号", "committee": "on"}


@pytest.mark.services
def test_an_extension_moves_the_end_what_is_held_and_the_papers(town: Town):
    one = in_force(town, ends_on=day(9))
    one = act(one, "ask_extension", town.proposer, **ASKED)
    assert (one.status, one.ends_on, one.extending_by) == ("in_force", today() + timedelta(days=9), town.proposer)
    for impatient in (town.proposer, town.legal, town.inspector):
        with pytest.raises(NotAllowed):
            act(one, "extend", impatient, **GRANTED)
    with pytest.raises(Refused):  # with it the suspension lasts 14 days
        act(one, "extend", town.leader, **GRANTED | {"committee": ""})
    one = act(one, "extend", town.leader, **GRANTED)
    assert (one.ends_on, one.due_on, one.extending_by) == (today() + timedelta(days=13), today() + timedelta(days=13), None)
    assert [hold.ends_at for hold in standing("agency", "A77", hold_time())] == [day_start(today() + timedelta(days=14))]
    assert Hold.objects.count() == 2
    assert replayed(one.number) == "in_force"
    told = extension_fields(one)
    assert (told["原截止日期"], told["延期至"], told["审批会议"]) == (
        f"{today() + timedelta(days=9):%Y年%-m月%-d日}",
        f"{today() + timedelta(days=13):%Y年%-m月%-d日}",
        "支队党委会〔2026〕7号",
    )
    assert ("extension_notice", one.number) in {(kind.code, offer.about) for kind, offer in offers_of(town.case)}
    (row,) = page_context(KINDS["suspensions"], one, Viewer(town.leader))["extensions"]
    assert (row["ends_on"], row["until"], row["reason"]) == (day(9), day(13), ASKED["reason"])
    act(one, "revoke", town.leader, **REASON)
    assert not standing("agency", "A77", hold_time()).exists()


def hold_time():
    from django.utils import timezone

    return timezone.now() + timedelta(seconds=1)


@pytest.mark.services
def test_the_database_keeps_who_asked_and_who_decides_apart(town: Town):
    one = act(in_force(town), "ask_extension", town.proposer, **ASKED)
    row = one.extensions.filter(state="asked")
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(state="refused", decided_by=town.proposer, decided_at=one.updated_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(state="granted", decided_by=town.leader, decided_at=one.updated_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(until=one.ends_on)


def test_a_leader_who_asked_does_not_grant_it_and_nobody_asks_twice(town: Town):
    one = in_force(town)
    grant_role(town.leader, Role.SUPERVISOR, town.cast.detachment)
    one = act(one, "ask_extension", town.leader, **ASKED)
    with pytest.raises(NotAllowed):
        act(one, "extend", town.leader, **GRANTED)
    with pytest.raises(NotAllowed):
        act(one, "ask_extension", town.proposer, **ASKED)
    assert Extension.objects.count() == 1


def test_one_that_is_refused_may_be_asked_for_again_and_an_application_lets_it_lapse(town: Town):
    one = act(in_force(town), "ask_extension", town.proposer, **ASKED)
    one = act(one, "refuse_extension", town.leader, **REASON)
    assert (one.extending_by, one.ends_on) == (None, today() + timedelta(days=9))
    one = act(one, "ask_extension", town.proposer, **ASKED)
    one = act(one, "apply", town.proposer, applied_on=day(), report="已更换灯光仪")
    assert list(Extension.objects.order_by("id").values_list("state", flat=True)) == ["refused", "lapsed"]
    assert not Approval.objects.filter(about=one.number, kind="extending", state="asked").exists()
    with pytest.raises(Conflict):
        act(one, "extend", town.leader, **GRANTED)
    assert extension_fields(one) == {}


@pytest.mark.parametrize("until", [day(9), day(400), ""])
def test_what_cannot_be_asked_for(town: Town, until: str):
    with pytest.raises(Refused):
        act(in_force(town), "ask_extension", town.proposer, **ASKED | {"until": until})
    assert not Extension.objects.exists()


def test_what_has_ended_is_not_extended(town: Town):
    one = act(in_force(town), "ask_extension", town.proposer, **ASKED)
    with time_machine.travel(day_start(today() + timedelta(days=10)) + timedelta(hours=9)), pytest.raises(Refused):
        perform(kind=KINDS["suspensions"], number=one.number, act="extend", given=GRANTED, actor=town.leader)
    assert not Extension.objects.exclude(state="asked").exists()
