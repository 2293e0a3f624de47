"""What must have been accepted before a breaker is lifted: a rectification that is closed, about the same subject, after the trip. A case
that was transferred, or in which nothing was found, is none.

Cases are known here; rooms that keep other objects which are accepted (orders, suspensions) register how one is found by its number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput
from ledger.roster.models import User
from oversight.breakers.models import Breaker
from oversight.cases.models import Case
from oversight.cases.visibility import openly_visible_cases


@dataclass(frozen=True)
class Accepted:
    """A rectification that was accepted: of whom, and when."""

    number: str
    subject_kind: str
    subject_code: str
    at: datetime


Finder = Callable[[User, str], Accepted | None]
_finders: list[Finder] = []


def on_reference(finder: Finder) -> None:
    """Register how an accepted rectification is found by its number, among those the person may see; None: there is none, or it runs."""
    if finder not in _finders:
        _finders.append(finder)


# Cases in which there was something to put right, and those concerned did.
PUT_RIGHT = (Case.Outcome.CONFIRMED, Case.Outcome.PARTLY)


def closed_case(user: User, number: str) -> Accepted | None:
    found = openly_visible_cases(user).filter(number=number, status=Case.Status.CLOSED, outcome__in=PUT_RIGHT).first()
    if found is None or found.closed_at is None:
        return None
    return Accepted(found.number, found.subject_kind, found.subject_code, found.closed_at)


on_reference(closed_case)


def accepted(user: User, number: str, breaker: Breaker) -> Accepted:
    """The rectification under the number. Raises BadInput for one that is unknown, runs, is another's or was accepted before the trip."""
    found = next((one for finder in _finders if (one := finder(user, number.strip())) is not None), None)
    if found is None:
        raise BadInput(_("There is no closed case or accepted rectification %(number)s that you may see.") % {"number": number.strip()})
    if (found.subject_kind, found.subject_code) != (breaker.subject_kind, breaker.subject_code):
        raise BadInput(_("%(number)s is about somebody else; name the rectification of this subject.") % {"number": found.number})
    if breaker.tripped_at is not None and found.at < breaker.tripped_at:
        raise BadInput(_("%(number)s was closed before the breaker tripped; it answers for nothing since.") % {"number": found.number})
    return found
