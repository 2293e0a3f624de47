"""Why a dispatch or a closing is given back, to be picked instead of typed; another reason is said in words."""

from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import pgettext_lazy

from oversight.cases.facts import LANGUAGE
from risk.alerts.acting import checked_note
from risk.alerts.returns import OTHER, checked_reason


class DispatchReturned(TextChoices):
    """Of a dispatch that a leader does not approve, in the order of the digit keys."""

    PARTIES = "parties", pgettext_lazy("dispatch", "the wrong units are asked")
    REQUIREMENT = "requirement", pgettext_lazy("dispatch", "what is required is not clear")
    BASIS = "basis", pgettext_lazy("dispatch", "the basis is wanting")
    FACTS = "facts", pgettext_lazy("dispatch", "the facts do not bear it out")
    OTHER = OTHER, pgettext_lazy("dispatch", "another reason")


class ClosingRefused(TextChoices):
    """Of a closing that another person does not agree to, in the order of the digit keys."""

    UNDONE = "undone", pgettext_lazy("closing", "duties are not done")
    EVIDENCE = "evidence", pgettext_lazy("closing", "proof of the rectification is wanting")
    OUTCOME = "outcome", pgettext_lazy("closing", "the outcome does not fit the facts")
    MEASURES = "measures", pgettext_lazy("closing", "those responsible are not dealt with")
    OTHER = OTHER, pgettext_lazy("closing", "another reason")


def reason_text(choices: type[TextChoices], why: str, note: str) -> str:
    """What the record says: the reason that was picked, in Chinese, and the note beside it. Raises BadInput where there is neither."""
    why, note = checked_reason(choices, why, note)
    if why == OTHER:
        return note
    with translation.override(LANGUAGE):
        picked = str(choices(why).label)
    return checked_note(f"{picked}\n{note}" if note else picked)
