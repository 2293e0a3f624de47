"""警示约谈 as a kind of measure: its acts, what they write, and their words."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.days import event_day
from ledger.kit.errors import BadInput
from ledger.roster.models import User
from oversight.measures.base import DECISION
from oversight.measures.fields import NoteForm, RemarkForm
from oversight.measures.interviews import forms
from oversight.measures.interviews.models import Interview
from oversight.measures.interviews.states import TABLE
from oversight.measures.kinds import Act, Given, Kind, Tab
from oversight.measures.subjects import from_case
from oversight.measures.who import HANDLING

Status = Interview.Status


def _not_themselves(one: Interview, given: Given) -> None:
    """Neither interviewer is the interviewee; that they are two makes one of them another than who proposed it."""
    if one.interviewee_id is not None and one.interviewee_id in (one.interviewer_id, one.second_id):
        raise BadInput(_("Who is interviewed does not interview."))


def _on_screen(one: Interview, given: Given) -> None:
    one.signature, one.signed_at = Interview.Signature.SCREEN, given.now


def _on_paper(one: Interview, given: Given) -> None:
    one.signed_at = given.now


def _own(user: User) -> QuerySet[Interview]:
    """Interviews a person is called to, from the notice on."""
    return Interview.objects.filter(interviewee=user, status__in=[Status.NOTIFIED, Status.HELD, Status.ARCHIVED])


def _due(one: Any) -> Any:
    return event_day(one.held_on) if one.status == Status.NOTIFIED else None


ACTS = {
    "approve": Act(
        gettext_lazy("Approve the interview"),
        pgettext_lazy("told", "approved"),
        RemarkForm,
        decides=(DECISION, True),
        part="decided",
        decisive=True,
    ),
    "refuse": Act(gettext_lazy("Return"), pgettext_lazy("told", "returned"), NoteForm, decides=(DECISION, False)),
    "notify": Act(gettext_lazy("Arrange and notify"), pgettext_lazy("told", "notified"), forms.NotifyForm, _not_themselves),
    "hold": Act(gettext_lazy("Write the record"), pgettext_lazy("told", "held and recorded"), forms.HoldForm),
    "countersign": Act(gettext_lazy("Countersign"), pgettext_lazy("told", "countersigned on screen"), forms.CountersignForm, _on_screen),
    "sign": Act(gettext_lazy("Note the signature"), pgettext_lazy("told", "signature noted"), forms.PaperForm, _on_paper),
    "archive": Act(pgettext_lazy("measure", "File"), pgettext_lazy("told", "filed"), forms.ArchiveForm),
    "edit": Act(
        gettext_lazy("Change the proposal"),
        pgettext_lazy("told", "changed"),
        forms.ProposeForm,
        asks=DECISION,
        lapses=(DECISION,),
        part="proposed",
    ),
    "reschedule": Act(gettext_lazy("Move to another time"), pgettext_lazy("told", "moved to another time"), forms.RescheduleForm),
    "cancel": Act(gettext_lazy("Cancel the interview"), pgettext_lazy("told", "cancelled"), NoteForm, lapses=(DECISION,)),
}

KIND = Kind(
    code="interviews",
    one="interview",
    prefix="YT",
    label=gettext_lazy("Warned interviews"),
    model=Interview,
    statuses=Status,
    table=TABLE,
    form=forms.ProposeForm,
    propose=gettext_lazy("Propose an interview"),
    proposers=HANDLING,
    by_department=True,
    acts=ACTS,
    tabs=(
        Tab("proposed", gettext_lazy("To be approved"), (Status.PROPOSED, Status.RETURNED)),
        Tab("planned", pgettext_lazy("interview", "To be arranged"), (Status.PLANNED,)),
        Tab("notified", pgettext_lazy("interview", "Notified"), (Status.NOTIFIED,)),
        Tab("held", pgettext_lazy("interview", "Held"), (Status.HELD,)),
        Tab("archived", pgettext_lazy("interview", "Filed"), (Status.ARCHIVED,)),
        Tab("cancelled", pgettext_lazy("interview", "Cancelled"), (Status.CANCELLED,)),
    ),
    marks={
        Status.PROPOSED: "pending",
        Status.RETURNED: "recurred",
        Status.PLANNED: "acknowledged",
        Status.NOTIFIED: "issued",
        Status.HELD: "dispatched",
        Status.ARCHIVED: "closed",
        Status.CANCELLED: "withdrawn",
    },
    asks=DECISION,
    lapsed={DECISION: Status.RETURNED},
    undone=(Status.PLANNED, Status.NOTIFIED),
    terms={Status.PROPOSED: 3, Status.RETURNED: 3, Status.PLANNED: 3, Status.HELD: 5},
    due=_due,
    initial=from_case,
    own=_own,
    concerned="subject_code",
    related=("interviewee", "interviewer", "second", "follow_up"),
)
