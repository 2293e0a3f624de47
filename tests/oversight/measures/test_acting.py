"""Measures end to end: the parts of different people, what lapses, who was faster, and that the record replays to the status."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.audit.models import AuditEntry
from ledger.kit.days import today
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotAllowed, NotFound
from ledger.roster.models import Role, Unit
from oversight.cases.approvals import ask
from oversight.cases.models import Approval, Case, CaseEntry, Party, TookPart
from oversight.documents.files import kept
from oversight.documents.services import make_document
from oversight.documents.sources import offers_of
from oversight.measures.acting import Refused, perform, propose
from oversight.measures.catalogue import KINDS
from oversight.measures.circulars.models import CircularRecipient
from oversight.measures.interviews.models import Interview
from oversight.measures.presenting import page_context
from oversight.measures.suspensions.models import Acceptance, Suspension
from oversight.measures.suspensions.papers import document_fields
from oversight.measures.transfers.queries import not_transferred
from oversight.measures.work import measures_left, measures_waiting
from oversight.viewer import Viewer
from risk.alerts.models import Recused
from tests.builders import make_unit, make_user
from tests.oversight.documents.word import text_of
from tests.oversight.measures.building import (
    REASON,
    RECORD,
    Town,
    act,
    clock,
    day,
    decided,
    findings,
    heard,
    held,
    in_force,
    notified,
    proposed,
    replayed,
    to_decide,
    typed_for,
)

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def refused(one: Any, name: str, actor: Any, field: str, **typed: Any) -> str:
    """The problem an act has with a field."""
    with pytest.raises(Refused) as error:
        act(one, name, actor, **typed)
    return str(error.value.form.errors[field][0])


def test_a_suspension_takes_five_people_from_its_proposal_to_the_end_of_its_probation(town: Town):
    one = in_force(town)
    assert (one.status, one.decided_by, one.legal_by, one.proposed_by) == ("in_force", town.leader, town.legal, town.proposer)
    one = act(one, "apply", town.proposer, applied_on=day(), report="已更换灯光仪，检定合格")
    one = act(one, "accept", town.accepters[0], **findings("yes", "yes"))
    with pytest.raises(NotAllowed):
        act(one, "ask_lifting", town.proposer)
    one = act(one, "accept", town.accepters[1], **findings("yes", "yes"))
    one = act(one, "ask_lifting", town.proposer)
    one = act(one, "lift", town.leader, lifting_no="恢字〔2026〕1号", probation_until=day())
    assert (one.status, one.lifted_by) == ("probation", town.leader)
    one = act(one, "end", town.proposer, closing="试运行期间未见异常")
    assert one.status == "ended" == replayed(one.number)
    acts = [entry.kind.removeprefix("suspension.") for entry in CaseEntry.objects.filter(about=one.number).order_by("id")]
    assert acts == ["proposed", "review", "hear", "decide", "serve", "apply", "accept", "accept", "ask_lifting", "lift", "end"]
    assert AuditEntry.objects.filter(target=one.number).count() == len(acts)
    parts = dict(TookPart.objects.filter(about=one.number).values_list("user_id", "part"))
    assert parts[town.legal.pk] == "examined" and parts[town.leader.pk] == "decided" and parts[town.accepters[0].pk] == "accepted"


def test_nobody_decides_on_an_agency_that_was_not_heard(town: Town):
    one = act(proposed(town, "suspensions"), "review", town.legal, legal_opinion="同意，依据适当")
    assert not Approval.objects.filter(about=one.number, kind="decision").exists()
    with pytest.raises(Conflict):
        act(one, "decide", town.leader, **DECIDE)
    assert refused(one, "hear", town.proposer, "statement", **heard() | {"statement": ""})
    assert refused(one, "hear", town.proposer, "witness", **heard() | {"hearing": "declined", "statement": ""})
    assert refused(one, "hear", town.proposer, "heard_on", **heard() | {"heard_on": day(-1)})
    assert refused(one, "hear", town.proposer, "informed_on", **heard() | {"informed_on": ""})
    one = act(one, "hear", town.proposer, **heard() | {"hearing": "declined", "statement": "", "witness": "周某"})
    assert document_fields(one)["陈述申辩"] == one.get_hearing_display()
    one = act(one, "decide", town.leader, **DECIDE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.filter(pk=one.pk).update(hearing="", informed_on=None, heard_on=None, witness="")


def test_what_an_agency_objects_is_answered_by_somebody_who_did_not_decide(town: Town):
    one, told = in_force(town), VALID["object"]
    with pytest.raises(NotAllowed):
        act(one, "answer", town.inspector, **VALID["answer"])
    assert refused(one, "object", town.proposer, "received_on", **told | {"received_on": day(1)})
    one = act(one, "object", town.proposer, **told)
    for partial in (town.leader, town.proposer, town.legal):
        with pytest.raises(NotAllowed):
            act(one, "answer", partial, **VALID["answer"])
    with pytest.raises(NotAllowed):
        act(one, "object", town.inspector, **told)
    assert {line["title"].split()[0] for line in measures_waiting(Viewer(town.inspector))} == {one.number}
    row, answered = one.objections.filter(answered_by=None), {"answered_at": timezone.now(), "outcome": "kept", "answer": "维持原决定"}
    for wrong in (answered | {"answered_by": town.leader}, answered | {"answered_by": town.inspector, "answer": ""}, {"outcome": "kept"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**wrong)
    one = act(one, "answer", town.inspector, **VALID["answer"])
    assert (one.status, one.objected_at) == ("in_force", None)
    (shown,) = page_context(KINDS["suspensions"], one, Viewer(town.leader))["objections"]
    assert (shown["objector"], shown["text"], shown["answer"]) == (told["objector"], told["objection"], VALID["answer"]["answer"])
    assert shown["answered"].startswith(str(town.inspector))
    assert act(one, "object", town.proposer, **told).objections.count() == 2


def test_what_waited_for_a_decision_before_hearings_were_recorded_is_heard_first(town: Town):
    one = act(proposed(town, "suspensions"), "review", town.legal, legal_opinion="同意，依据适当")
    other = to_decide(town, scope="全部车型")
    ask(about=one.number, kind="decision", content={}, actor=town.legal)
    Suspension.objects.filter(pk=other.pk).update(hearing="unrecorded", informed_on=None, heard_on=None, statement="")
    import_module("oversight.migrations.0003_hearings").note_unrecorded(apps, None)
    assert dict(Approval.objects.filter(kind="decision").values_list("about", "state")) == {one.number: "lapsed", other.number: "asked"}
    assert dict(Suspension.objects.values_list("number", "hearing")) == {one.number: "", other.number: "unrecorded"}
    one = act(act(one, "hear", town.proposer, **heard()), "decide", town.leader, **DECIDE)
    assert one.hearing == "heard"


def test_refused_acceptance_goes_back_and_the_next_round_begins_without_the_last_ones_votes(town: Town):
    one = act(in_force(town), "apply", town.proposer, applied_on=day(), report="已整改完毕，请予验收")
    one = act(one, "accept", town.accepters[0], **findings("yes", "yes"))
    assert refused(one, "accept", town.accepters[1], "__all__", **findings("yes", "no"))
    assert refused(one, "fail", town.accepters[1], "remark_1", item_0="yes", item_1="no")
    one = act(one, "fail", town.accepters[1], **findings("yes", "no"))
    assert (one.status, one.round) == ("in_force", 1)
    one = act(one, "apply", town.proposer, applied_on=day(), report="引车员已重新培训")
    assert (one.round, one.accepted_by) == (2, [])
    assert Acceptance.objects.get(by=town.accepters[1]).findings[1] == ["引车员重新培训", False, "检定证书未到"]


def test_from_fourteen_days_on_the_party_committee_decides(town: Town):
    one = to_decide(town, ends_on=day(13))
    numbers = {"document_no": "停字〔2026〕4号", "meeting_no": "支队长办公会〔2026〕12号"}
    assert refused(one, "decide", town.leader, "committee", **numbers)
    assert act(one, "decide", town.leader, **numbers, committee="on").status == "decided"


def test_what_does_not_fit_an_agency_or_ends_before_it_begins_is_refused_where_it_was_typed(town: Town):
    with pytest.raises(Refused) as error:
        proposed(town, "suspensions", effect="exam_site", ends_on=day(-1), diversion="")
    assert set(error.value.form.errors) == {"effect", "ends_on", "diversion"}
    with pytest.raises(Refused) as error:
        proposed(town, "suspensions", agency_code="A00")
    assert set(error.value.form.errors) == {"agency_code"}
    assert not Suspension.objects.exists() and not CaseEntry.objects.exists()


def test_the_legal_department_joins_the_case_to_review_it(town: Town):
    with pytest.raises(NotFound):
        act(Suspension(number="TY-0"), "review", town.legal)
    one = proposed(town, "suspensions")
    party = Party.objects.get(case=town.case)
    assert (party.unit, party.part) == (one.legal_unit, "legal")
    assert act(one, "send_back", town.legal, **REASON).status == "returned"
    Unit.objects.filter(pk=one.legal_unit_id).update(name="综合科")
    with pytest.raises(BadInput):
        proposed(town, "suspensions")


def test_a_changed_proposal_voids_what_was_asked_for_and_goes_through_legal_again(town: Town):
    one = to_decide(town)
    one = act(one, "edit", town.proposer, **typed_for("suspensions") | {"scope": "全部车型"})
    assert (one.status, one.legal_by, one.legal_opinion) == ("proposed", None, "")
    assert (one.hearing, one.informed_on, one.heard_on, one.statement) == ("", None, None, "")
    states = dict(Approval.objects.filter(about=one.number, kind="decision").values_list("kind", "state"))
    assert states == {"decision": "lapsed"}
    with pytest.raises(Conflict):
        act(one, "decide", town.leader, document_no="停字〔2026〕5号", meeting_no="12号")
    assert act(one, "review", town.legal, legal_opinion="范围已核，同意").status == "reviewed"


def test_an_approval_lapses_when_the_measure_changed_past_its_form(town: Town):
    one = to_decide(town)
    Suspension.objects.filter(pk=one.pk).update(scope="全部车型")
    kind, given = KINDS["suspensions"], {"document_no": "停字〔2026〕5号", "meeting_no": "12号"}
    found, done = perform(kind=kind, number=one.number, act="decide", given=given, actor=town.leader)
    assert (found.status, done, found.decided_by) == ("returned", False, None)
    assert replayed(one.number) == "returned"
    with pytest.raises(Conflict):
        act(one, "decide", town.leader, **given)


def test_who_comes_second_is_told_who_was_first(town: Town):
    one = proposed(town, "interviews")
    act(one, "approve", town.leader)
    with pytest.raises(Conflict, match=str(town.leader)):
        act(one, "approve", town.inspector)
    assert Interview.objects.get(pk=one.pk).decided_by == town.leader


def test_nothing_is_proposed_of_a_closed_case_or_by_who_may_not(town: Town):
    with pytest.raises(NotAllowed):
        propose(kind=KINDS["transfers"], case_number=town.case.number, given=typed_for("transfers"), actor=town.leader)
    with pytest.raises(NotFound):
        propose(kind=KINDS["transfers"], case_number=town.case.number, given={}, actor=town.legal)
    closed = {"status": "closed", "outcome": "confirmed", "closed_by": town.leader, "closed_at": timezone.now()}
    Case.objects.filter(pk=town.case.pk).update(**closed)
    with pytest.raises(Conflict):
        proposed(town, "transfers")


def test_an_interview_is_arranged_held_countersigned_on_screen_and_filed(town: Town):
    account = make_user(None, town.squad, staff=town.auxiliary)
    one = held(town)
    assert (one.category, one.interviewee, one.subject_name) == ("auxiliary", account, "罗某")
    with pytest.raises(NotAllowed):
        act(one, "archive", town.inspector, result="已逐笔复核")
    with pytest.raises(NotFound):
        act(one, "countersign", town.inspector, own=True)
    one = act(one, "countersign", account, own=True)
    assert (one.signature, one.status) == ("screen", "held")
    with pytest.raises(NotAllowed):
        act(one, "sign", town.inspector, signature="paper")
    one = act(one, "archive", town.inspector, result="已逐笔复核")
    assert one.status == "archived" == replayed(one.number)


def test_a_refusal_to_sign_wants_its_witness_and_an_interview_can_be_moved(town: Town):
    one = act(notified(town), "reschedule", town.proposer, held_on=clock(-0.2), place="二楼会议室", note="当日另有勤务")
    assert (one.status, one.place) == ("notified", "二楼会议室")
    times = {"held_on": clock(-0.2), "ended_at": clock(-0.1), "fulfil_by": day(7), "follow_up": town.inspector.username}
    assert refused(one, "hold", town.inspector, "ended_at", **RECORD, **times | {"ended_at": clock(-0.3)})
    one = act(one, "hold", town.inspector, **RECORD, **times)
    assert refused(one, "sign", town.inspector, "witness", signature="refused")
    assert act(one, "sign", town.inspector, signature="refused", witness="周某").signature == "refused"


def test_an_interview_does_not_replace_a_disciplinary_check_and_no_recused_person_holds_it(town: Town):
    with pytest.raises(Refused) as error:
        proposed(town, "interviews", breach="open")
    assert set(error.value.form.errors) == {"breach"}
    with pytest.raises(Refused):
        proposed(town, "interviews", breach="checked")
    one = act(proposed(town, "interviews", breach="checked", check_no="纪核〔2026〕8号"), "approve", town.leader)
    recused = town.accepters[0]
    Recused.objects.create(alert=town.case.alerts.get().alert, staff_no=recused.staff_no, reason="related")
    given = {"held_on": clock(1), "place": "约谈室", "recorder": "周某", "contact": "谢某", "interviewer": town.inspector.username}
    assert refused(one, "notify", town.proposer, "second", **given, second=recused.username)
    assert refused(one, "notify", town.proposer, "second", **given, second=town.inspector.username)


def test_an_agency_comes_by_its_representative_and_signs_on_paper(town: Town):
    with pytest.raises(Refused):
        proposed(town, "interviews", subject_kind="agency", subject_code="A77")
    one = proposed(town, "interviews", subject_kind="agency", subject_code="A77", representative="郑某")
    assert (one.title, one.category, one.interviewee) == ("安驰检测站（郑某）", "other", None)


def test_nobody_is_held_to_account_unheard_and_three_people_have_their_parts(town: Town):
    one = decided(town)
    assert (one.status, one.category, one.decided_by, one.legal_by) == ("decided", "auxiliary", town.leader, town.legal)
    one = act(one, "serve", town.proposer, served_on=day(), served_how="当面送达", appeal_until=day(30))
    one = act(one, "appeal", town.proposer, appeal="提出申诉，复核后维持原决定")
    one = act(one, "execute", town.proposer, executed_on=day(), execution="政工科执行")
    assert one.effect_until.month == (one.executed_on.month + 5) % 12 + 1
    with pytest.raises(NotAllowed):
        act(one, "end", town.proposer)
    one = act(one, "revoke", town.leader, revocation_no="追撤〔2026〕1号", note="经复核事实有误")
    assert one.status == "revoked" == replayed(one.number)


def test_declining_to_make_a_statement_wants_a_witness_and_a_punishment_fits_whom_it_is_for(town: Town):
    one = act(proposed(town, "accountability"), "find", town.legal, finding="intent", finding_text="明知不合格仍予通过")
    assert refused(one, "hear", town.proposer, "witness", hearing="declined", heard_on=day())
    assert refused(one, "hear", town.proposer, "statement", hearing="heard", heard_on=day())
    with pytest.raises(Refused) as error:
        proposed(town, "accountability", measure="employer")
    assert set(error.value.form.errors) == {"measure"}
    with pytest.raises(Refused):
        proposed(town, "accountability", subject_code="060003", measure="dismissal")
    outsider = proposed(town, "accountability", subject_kind="outside", subject_code="", subject_name="黄牛某", measure="employer")
    assert (outsider.category, outsider.outside, outsider.points) == ("other", True, 0)


def test_a_circular_names_nobody_is_signed_by_a_third_person_and_read_by_its_recipients(town: Town):
    with pytest.raises(Refused) as error:
        proposed(town, "circulars", problems="身份证430702198001010012的当事人")
    assert set(error.value.form.errors) == {"problems"}
    one = act(proposed(town, "circulars"), "review", town.inspector, review_note="同意")
    one = act(one, "decide", town.leader)
    one = act(one, "issue", town.proposer, document_no="常公交通〔2026〕6号", issued_on=day())
    assert CircularRecipient.objects.filter(circular=one).count() == 2
    reader, stranger = make_user(Role.SQUAD_LEADER, town.squad), make_user(Role.SQUAD_LEADER, make_unit(parent=town.cast.detachment))
    with pytest.raises(NotFound):
        act(one, "receive", stranger, own=True)
    act(one, "receive", reader, own=True)
    assert CircularRecipient.objects.get(signed_by=reader).unit == town.squad
    with pytest.raises(NotAllowed):
        act(one, "receive", reader, own=True)


def test_a_transfer_goes_out_against_a_receipt_and_may_seal_its_case(town: Town):
    one = proposed(town, "transfers", seal="on")
    with pytest.raises(NotAllowed):
        act(one, "approve", town.leader)
    one = act(one, "approve", town.inspector)
    assert Case.objects.get().sealed and CaseEntry.objects.get(kind="case.sealed").about == town.case.number
    with pytest.raises(NotFound):
        act(one, "send", town.proposer)
    assert not_transferred(town.case)
    one = act(one, "send", town.inspector, letter_no="移字〔2026〕1号", sent_on=day(), receipt_no="市监收〔2026〕9号", received_by="于某")
    assert not_transferred(town.case) == []
    one = act(one, "conclude", town.inspector, result_on=day(), result="已立案查处")
    assert one.status == "concluded" == replayed(one.number)


def test_the_database_itself_refuses_what_the_services_do(town: Town):
    suspension, transfer = proposed(town, "suspensions"), proposed(town, "transfers")
    interview, person = proposed(town, "interviews"), proposed(town, "accountability")
    now = timezone.now()
    wrong: list[tuple[Any, dict[str, Any]]] = [
        (suspension, {"decided_by": suspension.proposed_by, "decided_at": now}),
        (suspension, {"legal_by": suspension.proposed_by}),
        (suspension, {"decided_by": town.leader, "decided_at": now, "legal_by": town.leader}),
        (suspension, {"status": "in_force"}),
        (suspension, {"status": "probation"}),
        (suspension, {"status": "heard"}),
        (suspension, {"hearing": "heard", "statement": "愿意整改"}),
        (suspension, {"hearing": "declined", "informed_on": "2026-01-02", "heard_on": "2026-01-02"}),
        (suspension, {"ends_on": "2020-01-01"}),
        (transfer, {"status": "sent"}),
        (interview, {"status": "archived"}),
        (interview, {"interviewer": town.leader, "second": town.leader}),
        (interview, {"signature": "refused"}),
        (person, {"status": "decided"}),
        (person, {"decided_by": town.leader, "decided_at": None}),
    ]
    for one, columns in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            type(one)._default_manager.filter(pk=one.pk).update(**columns)
    acceptance = {"suspension": suspension, "round": 1, "by": town.leader, "at": now, "passed": True, "findings": []}
    Acceptance.objects.create(**acceptance)
    with pytest.raises(IntegrityError), transaction.atomic():
        Acceptance.objects.create(**acceptance)


VALID: dict[str, dict[str, Any]] = {
    "review": {"legal_opinion": "同意，依据适当"},
    "find": {"finding": "negligence", "finding_text": "未尽查验义务"},
    "hear": {"informed_on": day(), "hearing": "heard", "heard_on": day(), "statement": "认可事实"},
    "object": {"received_on": day(), "objector": "郑某", "objection": "认为上传系设备故障所致"},
    "answer": {"outcome": "kept", "answer": "经复核事实清楚，维持原决定"},
    "serve": {"served_on": day(), "served_how": "直接送达", "appeal_until": day(30)},
    "apply": {"applied_on": day(), "report": "已整改完毕"},
    "accept": findings("yes", "yes"),
    "fail": findings("yes", "no"),
    "lift": {"lifting_no": "恢1号", "probation_until": day()},
    "end": {"closing": "未见异常情况"},
    "appeal": {"appeal": "申诉后维持"},
    "execute": {"executed_on": day(), "execution": "政工科"},
    "revoke": {"revocation_no": "撤1号", "note": "事实有误，撤销"},
    "ask_revocation": {"reason": "经复核事实有误"},
}
DECIDE = {"document_no": "1号", "meeting_no": "2号", "deciding_body": "支队", "decided_on": day()}
STEPS = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 5), st.booleans()), min_size=6, max_size=14)


@pytest.mark.parametrize("code", ["suspensions", "accountability"])
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_random_acts_of_random_people_never_lose_an_entry_or_join_two_parts(town: Town, code: str, steps: list[tuple[int, int, bool]]):
    """Whatever is tried: the record replays to the status, and whoever proposed, examined and decided are three people."""
    with transaction.atomic():
        one, kind, written = proposed(town, code), KINDS[code], 1
        people = [town.proposer, town.legal, town.leader, town.inspector, *town.accepters]
        for act_at, actor_at, anyhow in steps:
            names = [name for name in kind.acts if anyhow or kind.table.move(name, one.status)] or list(kind.acts)
            name = names[act_at % len(names)]
            typed = typed_for(code) if name == "edit" else VALID.get(name, {}) | (DECIDE if name == "decide" else {}) | REASON
            try:
                with transaction.atomic():
                    one = act(one, name, people[actor_at], **typed)
                written += 1
            except MingjingError:
                continue
        one.refresh_from_db()
        assert replayed(one.number) == one.status
        assert CaseEntry.objects.filter(about=one.number).count() == written
        three = [pk for pk in (one.proposed_by_id, one.legal_by_id, one.decided_by_id) if pk is not None]
        assert len(set(three)) == len(three)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("subject", "measure", "papers"),
    [
        ("060003", "criticism", {"accountability_form", "accountability_decision"}),
        ("060004", "contract", {"accountability_form", "accountability_decision"}),
        ("060003", "party", {"accountability_form"}),
        ("", "employer", {"recommendation"}),
    ],
)
def test_what_the_force_decides_of_its_people_is_a_numbered_decision(town: Town, subject: str, measure: str, papers: set[str]):
    about = {"subject_code": subject} if subject else {"subject_kind": "outside", "subject_code": "", "subject_name": "黄牛某"}
    one = decided(town, **about, measure=measure)
    assert {kind.code for kind, offer in offers_of(town.case) if offer.about == one.number} == papers
    if "accountability_decision" in papers:
        edition = make_document(kind="accountability_decision", about=one.number, actor=town.proposer)
        assert edition.document.number == f"追究〔{today().year}〕1号"
        printed = text_of(kept(edition.sha256))
        told = ("责任追究决定书", one.subject_name, one.get_measure_display(), "认可事实，表示接受", "未尽查验义务", one.basis, "送达回证")
        assert all(text in printed for text in told)


def test_before_it_is_decided_there_is_no_decision_on_paper(town: Town):
    one = act(proposed(town, "accountability"), "find", town.legal, finding="negligence", finding_text="未尽查验义务，属过失")
    act(one, "hear", town.proposer, hearing="heard", heard_on=day(), statement="认可事实，表示接受")
    assert "accountability_decision" not in {kind.code for kind, _offer in offers_of(town.case)}


def test_a_case_stays_open_while_a_measure_is_undecided_or_nothing_came_of_its_decision(town: Town):
    interview, person, suspension = proposed(town, "interviews"), decided(town), to_decide(town)
    circular = act(proposed(town, "circulars"), "review", town.inspector, review_note="同意")
    assert [interview.number in text for text in measures_left(town.case)] == [True, False]
    interview, circular = act(interview, "approve", town.leader), act(circular, "decide", town.leader)
    suspension, transfer = act(suspension, "decide", town.leader, **DECIDE), act(proposed(town, "transfers"), "approve", town.leader)
    (left,) = measures_left(town.case)
    assert all(one.number in left for one in (interview, person, suspension, circular, transfer))
    act(interview, "cancel", town.leader, **REASON)
    act(person, "serve", town.proposer, **VALID["serve"])
    act(circular, "issue", town.proposer, document_no="常公交通〔2026〕6号", issued_on=day())
    act(transfer, "send", town.inspector, letter_no="移字1号", sent_on=day(), receipt_no="9号", received_by="于某")
    suspension = act(suspension, "serve", town.proposer, served_on=day(), served_how="直接送达")
    assert measures_left(town.case) == []
    suspension = act(suspension, "object", town.proposer, **VALID["object"])
    assert suspension.number in measures_left(town.case)[0]
    act(suspension, "answer", town.inspector, **VALID["answer"])
    assert measures_left(town.case) == []
