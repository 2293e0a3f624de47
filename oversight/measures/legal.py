"""法制审核: the legal department becomes a party of the case; what it must review it sees, also where the case itself is sealed."""

from datetime import timedelta
from typing import Any

from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from ledger.kit.days import day_start
from ledger.kit.errors import BadInput
from ledger.roster.models import Unit
from oversight.cases import parties
from oversight.cases.facts import LANGUAGE
from oversight.cases.models import Approval, Layer, Party
from oversight.cases.policy.models import Measure
from oversight.cases.policy.reading import Span
from oversight.cases.policy.terms import Terms
from oversight.cases.record import enter
from oversight.measures.base import LEGAL
from oversight.measures.kinds import Given, Kind
from oversight.measures.offices.queries import policy_of

SIGN = Span(1, Measure.DAYS)
WORKDAY_END = timedelta(hours=18)
WORK_LENGTH = 4_000


def legal_unit_of(kind: Kind) -> Unit:
    """Raises BadInput while nobody has said which unit reviews."""
    unit = policy_of(kind).legal_unit
    if unit is None:
        raise BadInput(_("Say first, on the page of offices and terms, which unit does the legal review."))
    return unit


def join_case(one: Any, given: Given) -> None:
    """Call the reviewing unit, with the review as its duty: as a party that joins the case, or once more where its earlier part is done."""
    with translation.override(LANGUAGE):
        duty = _("Legal review of %(number)s") % {"number": one.number}
    terms = {
        "duty": duty,
        "sign_due_at": Terms(given.now).end(SIGN, one.legal_unit),
        "due_at": day_start(one.due_on or one.case.opened_at) + WORKDAY_END,
    }
    found = _party(one)
    if found is None:
        last = one.case.parties.aggregate(last=Max("place"))["last"] or 0
        found = Party.objects.create(
            case=one.case, place=last + 1, part=Party.Part.LEGAL, layer=Layer.DEPARTMENT, unit=one.legal_unit, **terms
        )
        _called(found, None)
    elif found.status == Party.Status.DONE:
        before, found.status = found.status, Party.Status.WAITING
        found.signed_by = found.signed_at = found.done_by = found.done_at = None
        for name, value in terms.items():
            setattr(found, name, value)
        found.save()
        _called(found, before)


def note_review(one: Any, given: Given, opinion: str) -> None:
    """The review is the unit's part in the case: with it the part is signed for, and done unless another measure still waits for it."""
    found = _party(one)
    if found is None:
        return
    parties.sign_with(found, actor=given.actor)
    if not Approval.objects.filter(kind=LEGAL, state=Approval.State.ASKED, about__in=one.case.entries.values("about")).exists():
        parties.fulfil(found, work=opinion[:WORK_LENGTH], by=given.actor, actor=given.actor)


def note_return(one: Any, given: Given) -> None:
    """What legal gives back it has signed for; its part is done when it agrees."""
    found = _party(one)
    if found is not None:
        parties.sign_with(found, actor=given.actor)


def _party(one: Any) -> Party | None:
    return Party.objects.filter(case=one.case, part=Party.Part.LEGAL, unit=one.legal_unit).select_related("case").first()


def _called(party: Party, before: str | None) -> None:
    enter(party.case, "party.called", actor=None, about=party.about, layer=party.layer, before=before, after=party.status)
