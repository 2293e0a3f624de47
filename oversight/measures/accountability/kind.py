"""责任追究 as a kind of measure: its acts, what they write, and their words."""

from typing import Any

from django.db.models import Min
from django.utils.translation import gettext_lazy, pgettext_lazy

from oversight.cases.models import Case
from oversight.measures.accountability import forms
from oversight.measures.accountability.models import Accountability
from oversight.measures.accountability.states import TABLE
from oversight.measures.base import DECISION, LEGAL
from oversight.measures.fields import NoForm, NoteForm
from oversight.measures.hearing import HearForm
from oversight.measures.joint.services import flow, withdraw
from oversight.measures.kinds import Act, Given, Kind, Tab
from oversight.measures.legal import join_case, legal_unit_of, note_return, note_review
from oversight.measures.offices.queries import months_later
from oversight.measures.subjects import Category, from_case
from oversight.measures.who import HANDLING
from risk.alerts.models import Alert

Status = Accountability.Status


def _found(one: Accountability, given: Given) -> None:
    one.legal_by = given.actor
    note_review(one, given, given.values["finding_text"])


def _decided(one: Accountability, given: Given) -> None:
    """Joint responsibility flows at once from the points of a person of the force."""
    if not one.outside and one.points > 0:
        flow(
            source=one.number,
            case=one.case,
            staff_no=one.subject_code,
            unit=one.unit,
            auxiliary=one.category != Category.OFFICER,
            points=one.points,
            on=given.values["decided_on"],
        )


def _executed(one: Accountability, given: Given) -> None:
    one.effect_until = months_later(given.values["executed_on"], one.effect_months)


def _revoked(one: Accountability, given: Given) -> None:
    withdraw(source=one.number)


def _fill(one: Accountability) -> None:
    one.legal_unit = legal_unit_of(KIND)


def _initial(case: Case) -> dict[str, Any]:
    found = from_case(case) if case.subject_kind == "staff" else {}
    first = Alert.objects.filter(of_case__case=case).aggregate(day=Min("first_day"))["day"]
    return found | {"facts": case.facts, "happened_on": first}


def _due(one: Accountability) -> Any:
    return one.effect_until if one.status == Status.EXECUTED else None


ACTS = {
    "find": Act(
        gettext_lazy("Write the legal finding"),
        pgettext_lazy("told", "legal finding made"),
        forms.FindForm,
        _found,
        decides=(LEGAL, True),
        part="examined",
    ),
    "send_back": Act(gettext_lazy("Return"), pgettext_lazy("told", "returned by legal"), NoteForm, note_return, decides=(LEGAL, False)),
    "hear": Act(
        gettext_lazy("Write down the statement"),
        pgettext_lazy("told", "statement heard, put up for decision"),
        HearForm,
        asks=DECISION,
    ),
    "decide": Act(
        gettext_lazy("Decide as proposed"),
        pgettext_lazy("told", "decided"),
        forms.DecideForm,
        _decided,
        decides=(DECISION, True),
        part="decided",
        decisive=True,
    ),
    "refuse": Act(gettext_lazy("Return"), pgettext_lazy("told", "returned"), NoteForm, decides=(DECISION, False)),
    "drop": Act(
        gettext_lazy("Hold nobody to account"), pgettext_lazy("told", "nobody held to account"), NoteForm, decides=(DECISION, False)
    ),
    "serve": Act(gettext_lazy("Note its service"), pgettext_lazy("told", "served"), forms.ServeForm),
    "execute": Act(gettext_lazy("Note its execution"), pgettext_lazy("told", "executed"), forms.ExecuteForm, _executed),
    "end": Act(gettext_lazy("End its period of effect"), pgettext_lazy("told", "period of effect ended"), NoForm),
    "appeal": Act(gettext_lazy("Note an appeal"), pgettext_lazy("told", "appeal noted"), forms.AppealForm),
    "edit": Act(
        gettext_lazy("Change the proposal"),
        pgettext_lazy("told", "changed"),
        forms.ProposeForm,
        lambda one, given: _begun_anew(one, given),
        asks=LEGAL,
        lapses=(LEGAL, DECISION),
        part="proposed",
    ),
    "revoke": Act(pgettext_lazy("measure", "Revoke"), pgettext_lazy("told", "revoked"), forms.RevokeForm, _revoked),
}


def _begun_anew(one: Accountability, given: Given) -> None:
    """What was found and heard was about another proposal."""
    join_case(one, given)
    one.legal_by, one.finding, one.finding_text = None, "", ""
    one.hearing, one.statement, one.heard_on, one.witness = "", "", None, ""


KIND = Kind(
    code="accountability",
    one="accountability",
    prefix="ZZ",
    label=gettext_lazy("Accountability"),
    model=Accountability,
    statuses=Status,
    table=TABLE,
    form=forms.ProposeForm,
    propose=gettext_lazy("Propose to hold somebody to account"),
    proposers=HANDLING,
    by_department=True,
    acts=ACTS,
    tabs=(
        Tab("legal", gettext_lazy("Legal finding awaited"), (Status.PROPOSED, Status.RETURNED)),
        Tab("heard", gettext_lazy("Statement to be heard"), (Status.FOUND,)),
        Tab("deciding", pgettext_lazy("measure", "To be decided"), (Status.HEARD,)),
        Tab("decided", gettext_lazy("To be served and executed"), (Status.DECIDED, Status.SERVED)),
        Tab("effect", gettext_lazy("In effect"), (Status.EXECUTED,)),
        Tab("over", gettext_lazy("Over"), (Status.ENDED, Status.DROPPED, Status.REVOKED)),
    ),
    marks={
        Status.PROPOSED: "pending",
        Status.RETURNED: "recurred",
        Status.FOUND: "acknowledged",
        Status.HEARD: "investigating",
        Status.DECIDED: "dispatched",
        Status.SERVED: "dispatched",
        Status.EXECUTED: "dispatched",
        Status.ENDED: "closed",
        Status.DROPPED: "dismissed",
        Status.REVOKED: "withdrawn",
    },
    asks=LEGAL,
    lapsed={LEGAL: Status.RETURNED, DECISION: Status.RETURNED},
    undone=(Status.DECIDED,),
    terms={Status.PROPOSED: 10, Status.RETURNED: 5, Status.FOUND: 5, Status.HEARD: 10, Status.DECIDED: 5, Status.SERVED: 30},
    due=_due,
    initial=_initial,
    concerned="subject_code",
    related=("unit", "legal_unit", "legal_by"),
    fill=_fill,
    made=join_case,
)
