"""法制审核: the legal department becomes a party of the case, so that it sees what it is to review."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from ledger.kit.days import day_start
from ledger.kit.errors import BadInput
from ledger.roster.models import Unit
from oversight.cases.models import Layer, Party
from oversight.measures.kinds import Given, Kind
from oversight.measures.offices.queries import policy_of


def legal_unit_of(kind: Kind) -> Unit:
    """Raises BadInput while nobody has said which unit reviews."""
    unit = policy_of(kind).legal_unit
    if unit is None:
        raise BadInput(_("Say first, on the page of offices and terms, which unit does the legal review."))
    return unit


def join_case(one: Any, given: Given) -> None:
    """Make the reviewing unit a party of the case, once, with the review as its duty."""
    due = day_start(one.due_on) + timedelta(hours=18)
    Party.objects.get_or_create(
        case=one.case,
        part=Party.Part.DEPARTMENT,
        unit=one.legal_unit,
        defaults={
            "layer": Layer.DEPARTMENT,
            "duty": _("Legal review of %(number)s") % {"number": one.number},
            "sign_due_at": given.now + timedelta(days=1),
            "due_at": due,
        },
    )
