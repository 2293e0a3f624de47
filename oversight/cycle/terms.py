"""How long a round runs: as shipped (默认方案·待本单位核定), or as the system admin has confirmed it. An open round keeps its term."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, NotAllowed
from ledger.roster.accounts import Role, User
from ledger.roster.rights import roles_of
from oversight.cycle.models import CycleTerm, Period

DEFAULTS = {Period.MONTH: 5, Period.QUARTER: 5, Period.YEAR: 5}
MOST = 15


@dataclass(frozen=True)
class Term:
    """`before_end`: working days left of the period when the round is due; `edited`: an administrator has confirmed it."""

    before_end: int
    edited: bool


def terms() -> dict[Period, Term]:
    known = dict(CycleTerm.objects.values_list("period", "before_end"))
    return {period: Term(known.get(period, DEFAULTS[period]), period in known) for period in Period}


@transaction.atomic
def save_terms(*, before_end: Mapping[str, int], actor: User, address: str = "") -> None:
    """Confirm or change the terms, all of them. Raises NotAllowed for who is no system admin, BadInput for days that cannot be."""
    if Role.SYSTEM_ADMIN not in roles_of(actor):
        raise NotAllowed(_("Only the system admin edits the terms of the cycle."))
    if set(before_end) != set(Period.values) or not all(0 <= days <= MOST for days in before_end.values()):
        raise BadInput(_("Working days before the end are whole numbers from 0 to %(most)d.") % {"most": MOST})
    was = {period.value: term.before_end for period, term in terms().items()}
    for period, days in before_end.items():
        told = {"before_end": days, "edited_by": actor, "edited_at": timezone.now()}
        CycleTerm.objects.update_or_create(period=period, defaults=told)
    record("cycle_terms.saved", actor=actor, target="cycle_terms", address=address, old=was, new=dict(before_end))
