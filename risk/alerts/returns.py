"""Why a second person gives back what the first concluded, in the order of the digit keys; another reason is said in words."""

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from ledger.kit.errors import BadInput
from risk.alerts.acting import checked_note

REASON_LENGTH = 5
OTHER = "other"


class Returned(TextChoices):
    """Of a warning that was proposed and is not confirmed."""

    EVIDENCE = "evidence", pgettext_lazy("proposal", "the evidence does not bear it out")
    UNFINISHED = "unfinished", pgettext_lazy("proposal", "not checked to the end")
    CONCLUSION = "conclusion", pgettext_lazy("proposal", "the conclusion does not fit the facts")
    DISMISSABLE = "dismissable", pgettext_lazy("proposal", "it is to be dismissed")
    OTHER = OTHER, pgettext_lazy("proposal", "another reason")


class Overturned(TextChoices):
    """Of a dismissal that does not stand."""

    REASON = "reason", pgettext_lazy("dismissal", "the reason does not fit the facts")
    UNCHECKED = "unchecked", pgettext_lazy("dismissal", "not checked, or not to the end")
    EVIDENCE = "evidence", pgettext_lazy("dismissal", "part of the evidence was left out")
    REPEATED = "repeated", pgettext_lazy("dismissal", "the like has happened before on the subject")
    OTHER = OTHER, pgettext_lazy("dismissal", "another reason")


def checked_reason(choices: type[TextChoices], why: str, note: str) -> tuple[str, str]:
    """The reason and what was written beside it. Raises BadInput for a reason that is none, and for another reason without words."""
    why = why or OTHER
    if why not in choices.values:
        raise BadInput(_("Choose the reason."))
    return why, checked_note(note, least=REASON_LENGTH if why == OTHER else 0)
