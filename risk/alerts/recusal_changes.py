"""Asking that a configurable relation recuse or no longer does, and deciding it by another person. One transaction each, audited."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from ledger.roster.rights import active_grants
from risk.alerts.models import RecusalChange
from risk.alerts.recusal import switched_off

ASKING = frozenset({Role.SECURITY_ADMIN.value})
DECIDING = frozenset({Role.DISCIPLINE.value})
REASON = range(5, 501)


@transaction.atomic
def ask_recusal_change(*, relation: str, active: bool, reason: str, actor: User, address: str = "") -> RecusalChange:
    """Ask for a change. Raises BadInput for an unknown relation or reason, Conflict when nothing would change or one waits already."""
    _must(actor, ASKING)
    reason = reason.strip()
    if relation not in RecusalChange.Relation.values:
        raise BadInput(_("There is no such relation."))
    if len(reason) not in REASON:
        raise BadInput(_("Give the reason in 5 to 500 characters."))
    if active == (relation not in switched_off()):
        raise Conflict(_("It stands as you ask already; nothing was written."))
    if RecusalChange.objects.select_for_update().filter(relation=relation, state=RecusalChange.State.ASKED).exists():
        raise Conflict(_("A change of this relation waits for its decision already; nothing was written."))
    made = RecusalChange.objects.create(relation=relation, active=active, reason=reason, asked_by=actor, asked_at=timezone.now())
    record("recusal.asked", actor=actor, target=relation, address=address, active=active)
    return made


@transaction.atomic
def decide_recusal_change(*, pk: int, approve: bool, note: str = "", actor: User, address: str = "") -> RecusalChange:
    """Approve, or refuse with a reason. Raises NotAllowed for the asker and whoever has no such role, Conflict when it is decided."""
    _must(actor, DECIDING)
    found = RecusalChange.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such request."))
    if found.asked_by_id == actor.pk:
        raise NotAllowed(_("Somebody else than who asked for it must decide."))
    if found.state != RecusalChange.State.ASKED:
        raise Conflict(_("This request was decided already; nothing was written."))
    if not approve and len(note.strip()) not in REASON:
        raise BadInput(_("Say in 5 to 500 characters why it is refused."))
    found.state = RecusalChange.State.APPROVED if approve else RecusalChange.State.REFUSED
    found.decided_by, found.decided_at, found.note, found.in_force = actor, timezone.now(), note.strip()[:500], approve
    if approve:
        RecusalChange.objects.filter(relation=found.relation, in_force=True).update(in_force=False)
    found.save(update_fields=["state", "decided_by", "decided_at", "note", "in_force"])
    record(f"recusal.{found.state}", actor=actor, target=found.relation, address=address, active=found.active)
    return found


def _must(actor: User, roles: frozenset[str]) -> None:
    """Only with a role over the whole detachment: recusal reaches everywhere."""
    if not any(grant.role in roles and len(grant.unit.path) == Unit.steplen for grant in active_grants(actor)):
        raise NotAllowed(_("Security admins of the detachment ask for a change, discipline inspectors of the detachment decide it."))
