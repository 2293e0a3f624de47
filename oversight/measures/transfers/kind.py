"""移送 as a kind of measure: its acts, what they write, and their words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from oversight.cases.conduct import seal
from oversight.measures.base import DECISION
from oversight.measures.fields import NoteForm, RemarkForm
from oversight.measures.kinds import Act, Given, Kind, Tab
from oversight.measures.transfers import forms
from oversight.measures.transfers.models import Transfer
from oversight.measures.transfers.states import TABLE
from oversight.measures.who import HANDLING

Status = Transfer.Status


def _approved(one: Transfer, given: Given) -> None:
    """Seal the case where that was asked for, as the discipline inspection does it: an inspector must then approve, and handles it."""
    if one.seal and not one.case.sealed:
        seal(number=one.case.number, actor=given.actor, note=_("Sealed with the transfer %(number)s.") % {"number": one.number})


ACTS = {
    "approve": Act(
        gettext_lazy("Approve the transfer"),
        pgettext_lazy("told", "approved"),
        RemarkForm,
        _approved,
        decides=(DECISION, True),
        part="decided",
        decisive=True,
    ),
    "refuse": Act(gettext_lazy("Return"), pgettext_lazy("told", "returned"), NoteForm, decides=(DECISION, False)),
    "send": Act(gettext_lazy("Note that it was sent"), pgettext_lazy("told", "sent"), forms.SendForm),
    "conclude": Act(gettext_lazy("Register the result"), pgettext_lazy("told", "result registered"), forms.ConcludeForm),
    "edit": Act(
        gettext_lazy("Change the proposal"),
        pgettext_lazy("told", "changed"),
        forms.ProposeForm,
        asks=DECISION,
        lapses=(DECISION,),
        part="proposed",
    ),
    "withdraw": Act(gettext_lazy("Withdraw"), pgettext_lazy("told", "withdrawn"), NoteForm, lapses=(DECISION,)),
}

KIND = Kind(
    code="transfers",
    one="transfer",
    prefix="YS",
    label=gettext_lazy("Transfers"),
    model=Transfer,
    statuses=Status,
    table=TABLE,
    form=forms.ProposeForm,
    propose=gettext_lazy("Propose a transfer"),
    proposers=HANDLING,
    by_department=False,
    acts=ACTS,
    tabs=(
        Tab("proposed", gettext_lazy("To be approved"), (Status.PROPOSED, Status.RETURNED)),
        Tab("approved", pgettext_lazy("transfer", "To be sent"), (Status.APPROVED,)),
        Tab("sent", pgettext_lazy("transfer", "Result awaited"), (Status.SENT,)),
        Tab("concluded", pgettext_lazy("transfer", "Concluded"), (Status.CONCLUDED,)),
        Tab("withdrawn", pgettext_lazy("transfer", "Withdrawn"), (Status.WITHDRAWN,)),
    ),
    marks={
        Status.PROPOSED: "pending",
        Status.RETURNED: "recurred",
        Status.APPROVED: "acknowledged",
        Status.SENT: "dispatched",
        Status.CONCLUDED: "closed",
        Status.WITHDRAWN: "withdrawn",
    },
    asks=DECISION,
    lapsed={DECISION: Status.RETURNED},
    undone=(Status.APPROVED,),
    terms={Status.PROPOSED: 2, Status.RETURNED: 2, Status.APPROVED: 3, Status.SENT: 60},
)
