"""停业整改 as a kind of measure: its acts, what they write, and their words."""

from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.roster.accounts import Role
from oversight.cases.models import Case
from oversight.measures.base import DECISION, LEGAL
from oversight.measures.fields import NoForm, NoteForm, RemarkForm
from oversight.measures.kinds import Act, Given, Kind, Tab
from oversight.measures.legal import join_case, legal_unit_of, note_return, note_review
from oversight.measures.offices.queries import term_end
from oversight.measures.subjects import from_case
from oversight.measures.suspensions import forms, holding
from oversight.measures.suspensions.models import (
    EXTENDING,
    LIFTING,
    REVOKING,
    STANDING,
    Acceptance,
    AgencyObjection,
    Extension,
    Revocation,
    Suspension,
)
from oversight.measures.suspensions.states import RUNNING, TABLE
from risk.alerts.numbers import random_number

Status = Suspension.Status
# The term of an answer to an objection, among those of the statuses.
OBJECTION = "objection"
# Days before the last one from which on it is said that the end comes.
SOON = 3


def _reviewed(one: Suspension, given: Given) -> None:
    one.legal_by = given.actor
    note_review(one, given, given.values["legal_opinion"])


def _served(one: Suspension, given: Given) -> None:
    holding.come_into_force(one, given.now)


def _extension_asked(one: Suspension, given: Given) -> None:
    one.extending_by = given.actor
    told = {name: given.values[name] for name in ("until", "reason")}
    Extension.objects.create(suspension=one, ends_on=one.ends_on, asked_by=given.actor, asked_at=given.now, **told)


def _extended(one: Suspension, given: Given) -> None:
    """The last day moves, and with it what is held."""
    papers = {"document_no": given.values["extension_no"], "meeting_no": given.values["extension_meeting"]}
    one.ends_on = _decided(one, given, Extension.State.GRANTED, **papers).until
    holding.prolong(one, given.now)


def _not_extended(one: Suspension, given: Given) -> None:
    _decided(one, given, Extension.State.REFUSED, note=given.values["note"])


def _decided(one: Suspension, given: Given, state: str, **columns: str) -> Extension:
    """Close the extension that waits."""
    row = one.extensions.get(state=Extension.State.ASKED)
    row.state, row.decided_by, row.decided_at = state, given.actor, given.now
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()
    one.extending_by = None
    return row


def _nothing_to_extend(one: Suspension) -> None:
    one.extensions.filter(state=Extension.State.ASKED).update(state=Extension.State.LAPSED)
    one.extending_by = None


def _objected(one: Suspension, given: Given) -> None:
    assert one.decided_by is not None, "what is in force was decided"
    one.objected_at = given.now
    told = {name: given.values[name] for name in ("objector", "received_on")} | {"text": given.values["objection"]}
    AgencyObjection.objects.create(
        number=random_number("YY", given.now),
        suspension=one,
        against=one.decided_by,
        entered_by=given.actor,
        entered_at=given.now,
        answer_by=term_end(KIND, OBJECTION),
        **told,
    )


def _answered(one: Suspension, given: Given) -> None:
    """Whoever finds that the agency is right asks for the revocation by it; another person decides."""
    one.objected_at = None
    told = {name: given.values[name] for name in ("outcome", "answer")}
    one.objections.filter(answered_by=None).update(answered_by=given.actor, answered_at=given.now, **told)
    if told["outcome"] == AgencyObjection.Outcome.UPHELD and one.revoking_by is None and one.status in RUNNING:
        _want_revoked(one, given, told["answer"])


def _applied(one: Suspension, given: Given) -> None:
    one.round, one.accepted_by = one.round + 1, []
    _nothing_to_extend(one)


def _accepted(one: Suspension, given: Given) -> None:
    _found(one, given)
    one.accepted_by = [*one.accepted_by, given.actor.pk]


def _found(one: Suspension, given: Given) -> None:
    """What this member of the team found in this round; who accepted and now refuses, refuses."""
    Acceptance.objects.update_or_create(
        suspension=one,
        round=one.round,
        by=given.actor,
        defaults={"at": given.now, "passed": given.values["passed"], "findings": given.values["findings"]},
    )


def _lifted(one: Suspension, given: Given) -> None:
    one.lifted_by, one.lifted_at = given.actor, given.now
    holding.cease(one, given.now)
    _nothing_to_extend(one)
    _nothing_to_revoke(one)


def _revocation_asked(one: Suspension, given: Given) -> None:
    _want_revoked(one, given, given.values["reason"])


def _want_revoked(one: Suspension, given: Given, reason: str) -> None:
    one.revoking_by = given.actor
    Revocation.objects.create(suspension=one, reason=reason, asked_by=given.actor, asked_at=given.now)


def _wanted_now(one: Suspension, given: Given) -> bool:
    """Whether it was by this very act that the revocation which waits was asked for."""
    waiting = one.waiting_revocation
    return waiting is not None and waiting.asked_at == given.now


def _revoked(one: Suspension, given: Given) -> None:
    _revocation(one, given, Revocation.State.GRANTED)
    one.revoked_by, one.revoked_at = given.actor, given.now
    holding.cease(one, given.now)
    _nothing_to_extend(one)


def _not_revoked(one: Suspension, given: Given) -> None:
    _revocation(one, given, Revocation.State.REFUSED)
    one.revoking_by = None


def _revocation(one: Suspension, given: Given, state: str) -> None:
    """Close the one that waits."""
    told = {"decided_by": given.actor, "decided_at": given.now, "note": given.values["note"]}
    one.revocations.filter(state=Revocation.State.ASKED).update(state=state, **told)


def _nothing_to_revoke(one: Suspension) -> None:
    one.revocations.filter(state=Revocation.State.ASKED).update(state=Revocation.State.LAPSED)
    one.revoking_by = None


def _begun_anew(one: Suspension, given: Given) -> None:
    """What was reviewed, and what the agency spoke to, was another proposal."""
    one.legal_by, one.legal_opinion = None, ""
    one.hearing, one.informed_on, one.heard_on, one.statement, one.witness = "", None, None, "", ""
    join_case(one, given)


def _fill(one: Suspension) -> None:
    one.legal_unit = legal_unit_of(KIND)


def _initial(case: Case) -> dict[str, Any]:
    found = from_case(case)
    code = {"agency_code": found["subject_code"]} if found.get("subject_kind") == "agency" else {}
    return code | {"facts": case.facts}


def _due(one: Suspension) -> Any:
    return one.probation_until if one.status == Status.PROBATION else one.ends_on if one.status in STANDING else None


def _pressing(one: Suspension) -> frozenset[str]:
    """Near its last day somebody extends what is not accepted yet; past it a leader must see to it too. A revocation that was asked for
    waits for its decision."""
    asked = frozenset({"revoke"} if one.revoking_by_id else ())
    if one.status not in STANDING or one.days_left > SOON:
        return asked
    return asked | ({"ask_extension", "ask_revocation"} if one.days_left < 0 else {"ask_extension"})


def _overdue(one: Suspension) -> str:
    over = str(OVERRAN) if one.status in STANDING and one.days_left < 0 else ""
    objected = str(OBJECTED) if one.objected_at and one.status in (*STANDING, Status.PROBATION) else ""
    return " · ".join(filter(None, (over, objected)))


OBJECTED = gettext_lazy("objection to be answered")
OVERRAN = gettext_lazy("last day over and not lifted: still stopped")
NOTES = {"soon": gettext_lazy("its last day comes, and it is not lifted"), "overran": OVERRAN}


ACTS = {
    "review": Act(
        gettext_lazy("Approve in law"),
        pgettext_lazy("told", "legal review passed"),
        forms.ReviewForm,
        _reviewed,
        decides=(LEGAL, True),
        part="examined",
    ),
    "send_back": Act(gettext_lazy("Return"), pgettext_lazy("told", "returned by legal"), NoteForm, note_return, decides=(LEGAL, False)),
    "hear": Act(
        gettext_lazy("Write down what the agency says"),
        pgettext_lazy("told", "agency heard, put up for decision"),
        forms.HearAgencyForm,
        asks=DECISION,
    ),
    "decide": Act(
        gettext_lazy("Decide the suspension"),
        pgettext_lazy("told", "decided"),
        forms.DecideForm,
        decides=(DECISION, True),
        part="decided",
        decisive=True,
    ),
    "refuse": Act(gettext_lazy("Return"), pgettext_lazy("told", "returned"), NoteForm, decides=(DECISION, False)),
    "serve": Act(gettext_lazy("Note its service"), pgettext_lazy("told", "served, in force"), forms.ServeForm, _served),
    "object": Act(gettext_lazy("Take in an objection"), pgettext_lazy("told", "objection taken in"), forms.ObjectForm, _objected),
    "answer": Act(
        gettext_lazy("Answer the objection"),
        pgettext_lazy("told", "objection answered"),
        forms.AnswerForm,
        _answered,
        asks=REVOKING,
        asks_when=_wanted_now,
    ),
    "extend": Act(
        gettext_lazy("Grant the extension"),
        pgettext_lazy("told", "extended"),
        forms.ExtendForm,
        _extended,
        decides=(EXTENDING, True),
        part="decided",
    ),
    "refuse_extension": Act(
        gettext_lazy("Refuse the extension"),
        pgettext_lazy("told", "extension refused"),
        NoteForm,
        _not_extended,
        decides=(EXTENDING, False),
    ),
    "apply": Act(
        gettext_lazy("Take in the application"),
        pgettext_lazy("told", "application of the agency taken in"),
        forms.ApplyForm,
        _applied,
        lapses=(EXTENDING,),
    ),
    "ask_extension": Act(
        gettext_lazy("Ask for an extension"),
        pgettext_lazy("told", "extension asked for"),
        forms.AskExtensionForm,
        _extension_asked,
        asks=EXTENDING,
    ),
    "ask_lifting": Act(gettext_lazy("Put up for lifting"), pgettext_lazy("told", "put up for lifting"), NoForm, asks=LIFTING),
    "accept": Act(gettext_lazy("Accept"), pgettext_lazy("told", "accepted"), forms.AcceptForm, _accepted, part="accepted"),
    "fail": Act(gettext_lazy("Refuse acceptance"), pgettext_lazy("told", "acceptance refused"), forms.FailForm, _found, part="accepted"),
    "lift": Act(
        gettext_lazy("Lift it"),
        pgettext_lazy("told", "lifted, on probation"),
        forms.LiftForm,
        _lifted,
        decides=(LIFTING, True),
        lapses=(EXTENDING, REVOKING),
    ),
    "keep": Act(gettext_lazy("Do not lift it yet"), pgettext_lazy("told", "not lifted yet"), NoteForm, decides=(LIFTING, False)),
    "end": Act(gettext_lazy("End the probation"), pgettext_lazy("told", "probation ended"), forms.EndForm),
    "edit": Act(
        gettext_lazy("Change the proposal"),
        pgettext_lazy("told", "changed"),
        forms.ProposeForm,
        _begun_anew,
        asks=LEGAL,
        lapses=(LEGAL, DECISION),
        part="proposed",
    ),
    "withdraw": Act(gettext_lazy("Withdraw"), pgettext_lazy("told", "withdrawn"), NoteForm, lapses=(LEGAL, DECISION)),
    "revoke": Act(
        pgettext_lazy("measure", "Revoke"),
        pgettext_lazy("told", "revoked"),
        RemarkForm,
        _revoked,
        decides=(REVOKING, True),
        lapses=(LIFTING, EXTENDING),
    ),
    "refuse_revocation": Act(
        gettext_lazy("Do not revoke it"),
        pgettext_lazy("told", "revocation refused"),
        NoteForm,
        _not_revoked,
        decides=(REVOKING, False),
    ),
    "ask_revocation": Act(
        gettext_lazy("Ask to revoke it"),
        pgettext_lazy("told", "revocation asked for"),
        forms.AskRevocationForm,
        _revocation_asked,
        asks=REVOKING,
    ),
}

KIND = Kind(
    code="suspensions",
    one="suspension",
    prefix="TY",
    label=gettext_lazy("Suspensions"),
    model=Suspension,
    statuses=Status,
    table=TABLE,
    form=forms.ProposeForm,
    propose=gettext_lazy("Propose a suspension"),
    proposers=(Role.SUPERVISOR, Role.DISCIPLINE),
    by_department=True,
    acts=ACTS,
    tabs=(
        Tab("legal", gettext_lazy("Legal review"), (Status.PROPOSED, Status.RETURNED)),
        Tab("heard", gettext_lazy("Agency to be heard"), (Status.REVIEWED,)),
        Tab("deciding", pgettext_lazy("measure", "To be decided"), (Status.HEARD,)),
        Tab("serving", gettext_lazy("To be served"), (Status.DECIDED,)),
        Tab("in_force", gettext_lazy("In force"), (Status.IN_FORCE,)),
        Tab("acceptance", gettext_lazy("Acceptance and lifting"), (Status.APPLIED, Status.ACCEPTED)),
        Tab("probation", gettext_lazy("On probation"), (Status.PROBATION,)),
        Tab("over", gettext_lazy("Over"), (Status.ENDED, Status.REVOKED, Status.WITHDRAWN)),
    ),
    marks={
        Status.PROPOSED: "pending",
        Status.RETURNED: "recurred",
        Status.REVIEWED: "acknowledged",
        Status.HEARD: "acknowledged",
        Status.DECIDED: "acknowledged",
        Status.IN_FORCE: "investigating",
        Status.APPLIED: "investigating",
        Status.ACCEPTED: "dispatched",
        Status.PROBATION: "dispatched",
        Status.ENDED: "closed",
        Status.REVOKED: "withdrawn",
        Status.WITHDRAWN: "withdrawn",
    },
    asks=LEGAL,
    lapsed={LEGAL: Status.RETURNED, DECISION: Status.RETURNED, LIFTING: Status.IN_FORCE},
    undone=(Status.DECIDED,),
    terms={
        Status.PROPOSED: 3,
        Status.RETURNED: 3,
        Status.REVIEWED: 5,
        Status.HEARD: 5,
        Status.DECIDED: 2,
        Status.APPLIED: 10,
        Status.ACCEPTED: 3,
        OBJECTION: 5,
    },
    term_labels={OBJECTION: OBJECTED},
    due=_due,
    pressing=_pressing,
    overdue=_overdue,
    notes=NOTES,
    dropped={EXTENDING: _nothing_to_extend, REVOKING: _nothing_to_revoke},
    initial=_initial,
    related=("legal_unit", "legal_by"),
    fill=_fill,
    made=join_case,
)
