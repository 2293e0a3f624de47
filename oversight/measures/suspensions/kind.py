"""停业整改 as a kind of measure: its acts, what they write, and their words."""

from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.roster.accounts import Role
from oversight.cases.models import Case
from oversight.measures.base import DECISION, LEGAL
from oversight.measures.fields import NoForm, NoteForm
from oversight.measures.kinds import Act, Given, Kind, Tab
from oversight.measures.legal import join_case, legal_unit_of, note_return, note_review
from oversight.measures.subjects import from_case
from oversight.measures.suspensions import forms, holding
from oversight.measures.suspensions.models import EXTENDING, LIFTING, STANDING, Acceptance, AgencyObjection, Extension, Suspension
from oversight.measures.suspensions.states import TABLE

Status = Suspension.Status
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
    AgencyObjection.objects.create(suspension=one, against=one.decided_by, entered_by=given.actor, entered_at=given.now, **told)


def _answered(one: Suspension, given: Given) -> None:
    one.objected_at = None
    told = {name: given.values[name] for name in ("outcome", "answer")}
    one.objections.filter(answered_by=None).update(answered_by=given.actor, answered_at=given.now, **told)


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


def _revoked(one: Suspension, given: Given) -> None:
    holding.cease(one, given.now)
    _nothing_to_extend(one)


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
    """Near its last day somebody extends what is not accepted yet; past it also a leader must see to it."""
    if one.status not in STANDING or one.days_left > SOON:
        return frozenset()
    return frozenset({"ask_extension", "revoke"} if one.days_left < 0 else {"ask_extension"})


def _overdue(one: Suspension) -> Any:
    return OVERRAN if one.status in STANDING and one.days_left < 0 else ""


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
    "answer": Act(gettext_lazy("Answer the objection"), pgettext_lazy("told", "objection answered"), forms.AnswerForm, _answered),
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
        lapses=(EXTENDING,),
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
    "revoke": Act(pgettext_lazy("measure", "Revoke"), pgettext_lazy("told", "revoked"), NoteForm, _revoked, lapses=(LIFTING, EXTENDING)),
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
    },
    due=_due,
    pressing=_pressing,
    overdue=_overdue,
    notes=NOTES,
    initial=_initial,
    related=("legal_unit", "legal_by"),
    fill=_fill,
    made=join_case,
)
