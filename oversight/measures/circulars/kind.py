"""通报 as a kind of measure: its acts, what they write, and their words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.errors import BadInput
from ledger.roster.models import Unit
from oversight.cases.models import Case
from oversight.measures.base import DECISION
from oversight.measures.circulars import forms
from oversight.measures.circulars.models import REVIEW, Circular, CircularRecipient
from oversight.measures.circulars.reading import received, recipients_of
from oversight.measures.circulars.states import TABLE
from oversight.measures.fields import NoteForm, RemarkForm
from oversight.measures.kinds import Act, Given, Kind, Tab
from oversight.measures.who import HANDLING

Status = Circular.Status


def _reviewed(one: Circular, given: Given) -> None:
    one.reviewed_by = given.actor


def _issued(one: Circular, given: Given) -> None:
    """Each recipient has its row from now on."""
    units = Unit.objects.filter(code__in=one.to)
    CircularRecipient.objects.bulk_create(CircularRecipient(circular=one, unit=unit) for unit in units)


def _received(one: Circular, given: Given) -> None:
    """Sign for the unit that was named, or for all that this person answers for. Raises BadInput when none waits for them."""
    mine = recipients_of(given.actor).select_for_update().filter(circular=one, signed_by=None)
    if code := given.values["unit"]:
        mine = mine.filter(unit__code=code)
    if not mine.update(signed_by=given.actor, signed_at=given.now):
        raise BadInput(_("This unit has signed already, or you do not answer for it."))


def _begun_anew(one: Circular, given: Given) -> None:
    """What was reviewed was another text."""
    one.reviewed_by, one.review_note = None, ""


def _initial(case: Case) -> dict[str, Any]:
    return {"problems": case.facts}


ACTS = {
    "review": Act(
        gettext_lazy("Pass the review"),
        pgettext_lazy("told", "reviewed, put up for signing"),
        forms.ReviewForm,
        _reviewed,
        asks=DECISION,
        decides=(REVIEW, True),
        part="examined",
    ),
    "send_back": Act(gettext_lazy("Return"), pgettext_lazy("told", "returned"), NoteForm, decides=(REVIEW, False)),
    "decide": Act(
        gettext_lazy("Sign"), pgettext_lazy("told", "signed"), RemarkForm, decides=(DECISION, True), part="decided", decisive=True
    ),
    "refuse": Act(gettext_lazy("Return"), pgettext_lazy("told", "returned"), NoteForm, decides=(DECISION, False)),
    "issue": Act(pgettext_lazy("measure", "Issue"), pgettext_lazy("told", "issued"), forms.IssueForm, _issued),
    "receive": Act(gettext_lazy("Sign for it"), pgettext_lazy("told", "signed for"), forms.ReceiptForm, _received),
    "edit": Act(
        gettext_lazy("Change the draft"),
        pgettext_lazy("told", "changed"),
        forms.DraftForm,
        _begun_anew,
        asks=REVIEW,
        lapses=(REVIEW, DECISION),
        part="proposed",
    ),
    "withdraw": Act(gettext_lazy("Withdraw"), pgettext_lazy("told", "withdrawn"), NoteForm, lapses=(REVIEW, DECISION)),
}

KIND = Kind(
    code="circulars",
    one="circular",
    prefix="TB",
    label=gettext_lazy("Circulars"),
    model=Circular,
    statuses=Status,
    table=TABLE,
    form=forms.DraftForm,
    propose=gettext_lazy("Draft a circular"),
    proposers=HANDLING,
    by_department=True,
    acts=ACTS,
    tabs=(
        Tab("draft", pgettext_lazy("circular", "To be reviewed"), (Status.DRAFT, Status.RETURNED)),
        Tab("reviewed", pgettext_lazy("circular", "To be signed"), (Status.REVIEWED,)),
        Tab("signed", pgettext_lazy("circular", "To be issued"), (Status.SIGNED,)),
        Tab("issued", pgettext_lazy("circular", "Issued"), (Status.ISSUED,)),
        Tab("withdrawn", pgettext_lazy("circular", "Withdrawn"), (Status.WITHDRAWN,)),
    ),
    marks={
        Status.DRAFT: "pending",
        Status.RETURNED: "recurred",
        Status.REVIEWED: "acknowledged",
        Status.SIGNED: "dispatched",
        Status.ISSUED: "closed",
        Status.WITHDRAWN: "withdrawn",
    },
    asks=REVIEW,
    lapsed={REVIEW: Status.RETURNED, DECISION: Status.RETURNED},
    undone=(Status.SIGNED,),
    terms={Status.DRAFT: 3, Status.RETURNED: 3, Status.REVIEWED: 3, Status.SIGNED: 2},
    initial=_initial,
    own=received,
    related=("reviewed_by",),
)
