"""Settling which office does what with a kind of measure, and how long its steps may take."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, NotAllowed
from ledger.roster.accounts import Role
from ledger.roster.models import Unit, User
from oversight.cases.people import Person
from oversight.measures.kinds import Kind
from oversight.measures.offices.models import MeasurePolicy

SETTLING = (Role.DISCIPLINE, Role.LEADER)
TERM = range(1, 366)


@transaction.atomic
def change_policy(*, kind: Kind, given: Mapping[str, str], actor: User, address: str = "") -> MeasurePolicy:
    """Settle the offices and terms of a kind. `given`: proposing, examining, deciding, legal_unit (a code or empty), term_<status>.

    Raises NotAllowed for who settles nothing, BadInput for a value that will not do.
    """
    if not settles(actor):
        raise NotAllowed(_("The discipline inspection and the leaders of the detachment settle offices and terms."))
    texts = {name: given.get(name, "").strip()[:100] for name in ("proposing", "examining", "deciding")}
    if not texts["proposing"] or not texts["deciding"]:
        raise BadInput(_("Name who proposes and who decides."))
    code = given.get("legal_unit", "")
    unit = Unit.objects.filter(code=code).first() if code else None
    if code and unit is None:
        raise BadInput(_("Choose the unit from the list."))
    terms = {status: _term(given.get(f"term_{status}", str(days))) for status, days in kind.terms.items()}
    row, _new = MeasurePolicy.objects.update_or_create(
        kind=kind.code, defaults={**texts, "legal_unit": unit, "terms": terms, "changed_by": actor, "changed_at": timezone.now()}
    )
    record("measure_policy.changed", actor=actor, target=kind.code, address=address, terms=terms, legal_unit=code, **texts)
    return row


def settles(user: User) -> bool:
    """An officer who leads or inspects the whole detachment."""
    person = Person.of(user)
    return person.officer and any(role in SETTLING and len(path) == Unit.steplen for role, path in person.grants)


def _term(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) in TERM):
        raise BadInput(_("A term is between 1 and 365 working days."))
    return int(text)
