"""停业整改延期: asked for by one, decided by another; the end, what is held and the papers move together."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from ledger.holds.models import Hold
from ledger.holds.queries import Question, standing, verdicts
from ledger.holds.services import place
from ledger.kit.days import day_start, today
from ledger.kit.errors import NotAllowed
from ledger.roster.models import Role, User
from oversight.cases.models import Approval, CaseEntry
from oversight.documents.sources import offers_of
from oversight.duty.bell import bell_context
from oversight.measures.acting import Refused, perform
from oversight.measures.catalogue import KINDS
from oversight.measures.presenting import page_context
from oversight.measures.suspensions.holding import cease, hold_of
from oversight.measures.suspensions.models import Extension
from oversight.measures.suspensions.papers import extension_fields
from oversight.measures.suspensions.timers import note_last_days
from oversight.measures.work import measures_waiting
from oversight.viewer import Viewer
from tests.builders import grant_role
from tests.oversight.measures.building import REASON, Town, act, day, decided, findings, in_force, replayed, revoked

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
    assert [hold.ends_at for hold in standing("agency", "A77", hold_time())] == [None]
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
    revoked(town, one)
    assert not standing("agency", "A77", hold_time()).exists()


def hold_time():
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
    with pytest.raises(NotAllowed):
        act(one, "extend", town.leader, **GRANTED)
    assert extension_fields(one) == {}


@pytest.mark.parametrize("until", [day(9), day(400), ""])
def test_what_cannot_be_asked_for(town: Town, until: str):
    with pytest.raises(Refused):
        act(in_force(town), "ask_extension", town.proposer, **ASKED | {"until": until})
    assert not Extension.objects.exists()


def test_an_extension_for_a_day_that_is_over_is_neither_asked_for_nor_granted(town: Town):
    one = act(in_force(town), "ask_extension", town.proposer, **ASKED)
    with time_machine.travel(day_start(today() + timedelta(days=14)) + timedelta(hours=9)):
        with pytest.raises(Refused):
            perform(kind=KINDS["suspensions"], number=one.number, act="extend", given=GRANTED, actor=town.leader)
        one = act(one, "refuse_extension", town.leader, **REASON)
        with pytest.raises(Refused):
            act(one, "ask_extension", town.proposer, **ASKED)
    assert not Extension.objects.exclude(state="refused").exists()


def applied(town: Town, *, accepted: bool = False) -> Any:
    """One of which the agency says that it put things right; perhaps found so, and put up for lifting."""
    one = act(in_force(town), "apply", town.proposer, applied_on=day(), report="已更换灯光仪并检定合格")
    if accepted:
        for who in town.accepters:
            one = act(one, "accept", who, **findings("yes", "yes"))
        one = act(one, "ask_lifting", town.proposer)
    return one


@pytest.mark.services
@pytest.mark.parametrize("accepted", [False, True])
def test_past_its_last_day_the_agency_stays_stopped_until_somebody_decides(town: Town, accepted: bool):
    one = applied(town, accepted=accepted)
    with time_machine.travel(day_start(today() + timedelta(days=10)) + timedelta(hours=9)):
        assert not verdicts([Question("agency", "A77", timezone.now(), "data")])[0].allowed
        one = act(one, "ask_extension", town.proposer, **ASKED)
        one = act(one, "extend", town.leader, **GRANTED)
        assert (one.status, one.ends_on) == ("accepted" if accepted else "applied", today() + timedelta(days=3))
        assert standing("agency", "A77", hold_time()).count() == 1
        if accepted:
            act(one, "lift", town.leader, lifting_no="恢1号", probation_until=day())
            assert verdicts([Question("agency", "A77", timezone.now(), "data")])[0].allowed


def test_an_extension_that_waits_when_the_suspension_is_lifted_lapses(town: Town):
    one = act(applied(town, accepted=True), "ask_extension", town.proposer, **ASKED)
    one = act(one, "lift", town.leader, lifting_no="恢1号", probation_until=day())
    assert (one.extending_by, Extension.objects.get().state) == (None, "lapsed")
    assert not Approval.objects.filter(about=one.number, state="asked").exists()


def said(user: User) -> list[tuple[str, str]]:
    """Lines of the workbench and of the bell about suspensions: what stands there, and the state."""
    viewer = Viewer(user)
    lines = [(each["title"].split()[0], each["label"]) for each in measures_waiting(viewer)]
    return lines + [(row["detail"].split()[0], row["text"]) for row in bell_context(viewer)["rows"] if row["url"]]


@pytest.mark.services
def test_the_last_day_is_told_before_it_comes_and_when_it_is_over(town: Town):
    one, kind = applied(town), KINDS["suspensions"]
    soon, over = str(kind.notes["soon"]), str(kind.notes["overran"])

    def noted(user: User) -> list[str]:
        return sorted(label for _number, label in said(user) if soon in label or over in label)

    assert note_last_days() == 0 and not noted(town.proposer)
    assert one.due_on == one.ends_on
    first = day_start(today())
    with time_machine.travel(first + timedelta(days=6, hours=9)):
        assert [note_last_days(), note_last_days()] == [1, 0]
        assert (one.number, kind.status_label("applied")) in said(town.proposer)
        assert len(noted(town.leader)) == 1 and noted(town.leader)[0].endswith(soon)
    with time_machine.travel(first + timedelta(days=10, hours=9)):
        assert [note_last_days(), note_last_days()] == [1, 0]
        for user in (town.proposer, town.leader):
            label = kind.status_label("applied")
            bell = gettext("%(kind)s: %(note)s") % {"kind": kind.label, "note": over}
            assert set(noted(user)) == {kind.state_of(one), bell} and kind.state_of(one) == f"{label} · {over}"
        assert noted(town.legal) == []
        one = act(act(one, "ask_extension", town.proposer, **ASKED | {"until": day(9)}), "extend", town.leader, **GRANTED)
        assert noted(town.proposer) == []
    with time_machine.travel(first + timedelta(days=20, hours=9)):
        assert note_last_days() == 1
    kinds = CaseEntry.objects.filter(about=one.number, actor=None).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["suspension.soon", "suspension.overran", "suspension.overran"]


@pytest.mark.services
def test_a_probation_or_a_period_of_effect_that_is_over_waits_for_somebody(town: Town):
    one = act(applied(town, accepted=True), "lift", town.leader, lifting_no="恢1号", probation_until=day(2))
    other = act(decided(town), "serve", town.proposer, served_on=day(), served_how="当面送达", appeal_until=day(30))
    other = act(other, "execute", town.proposer, executed_on=day(), execution="政工科执行")
    lines = lambda: {each["title"].split()[0] for each in measures_waiting(Viewer(town.proposer))}  # noqa: E731
    assert not lines()
    with time_machine.travel(day_start(today() + timedelta(days=2)) + timedelta(hours=9)):
        assert lines() == {one.number}
    with time_machine.travel(day_start(other.effect_until) + timedelta(hours=9)):
        assert lines() == {one.number, other.number}


@pytest.mark.services
def test_a_hold_from_before_goes_on_past_its_end_and_ends_with_the_suspension(town: Town):
    one, end = in_force(town), day_start(today() + timedelta(days=10))
    cease(one, timezone.now())
    place(**hold_of(one, timezone.now()), ends_at=end)
    import_module("oversight.migrations.0002_stopped_until_lifted").go_on(apps, None)
    with time_machine.travel(end + timedelta(hours=9)):
        assert not verdicts([Question("agency", "A77", timezone.now(), "data")])[0].allowed
        revoked(town, one)
        assert verdicts([Question("agency", "A77", timezone.now(), "data")])[0].allowed
