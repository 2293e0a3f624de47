"""What is said about and arranged in a case without turning its status: instructions, remarks, another handler, the seal."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput
from ledger.roster.accounts import Role, User
from ledger.roster.rights import active_grants
from oversight.cases.acting import begin, layer_of
from oversight.cases.models import Case, Layer
from oversight.cases.people import Person
from oversight.cases.record import enter, take_part
from oversight.cases.services import HANDLED
from oversight.cases.states import Act
from oversight.cases.visibility import CaseSight
from oversight.duty.queries import holders_of
from risk.alerts.acting import checked_note

NOTE_LENGTH = 2


@transaction.atomic
def instruct(*, number: str, actor: User, note: str, address: str = "") -> Case:
    """批示: what the Party committee wants of the case, through a leader."""
    note = checked_note(note, least=NOTE_LENGTH)
    case, _move = begin(Act.INSTRUCT, number, actor)
    enter(case, "case.instructed", actor=actor, address=address, layer=Layer.COMMITTEE, note=note)
    return case


@transaction.atomic
def comment(*, number: str, actor: User, note: str, address: str = "") -> Case:
    """A remark of anybody who sees the case. Auxiliaries and employees, and whoever holds no office over it, speak as members."""
    note = checked_note(note, least=NOTE_LENGTH)
    case, _move = begin(Act.COMMENT, number, actor)
    person = Person.of(actor)
    layer = layer_of(person, case) if person.officer else Layer.MEMBERS
    enter(case, "case.commented", actor=actor, address=address, layer=layer, note=note)
    return case


@transaction.atomic
def hand_over(*, number: str, actor: User, to: int, note: str = "", address: str = "") -> Case:
    """移交: another supervisor (account id) handles it from now on. Raises NotAllowed for one who closed it before."""
    note = checked_note(note)
    case, _move = begin(Act.HAND_OVER, number, actor)
    chosen = next((user for user in possible_handlers(case) if user.pk == to), None)
    if chosen is None:
        raise BadInput(_("Choose one of the officers who may handle this case."))
    before = case.handler
    _handler(case, chosen)
    layer = layer_of(Person.of(actor), case)
    names = {"old": str(before), "name": str(chosen)}
    enter(case, "case.handed_over", actor=actor, address=address, layer=layer, **names, to_user=chosen.pk, note=note)
    return case


@transaction.atomic
def seal(*, number: str, actor: User, note: str, address: str = "") -> Case:
    """密办: from now on leaders and the discipline inspection alone see it, and the inspector who sealed it handles it."""
    note = checked_note(note, least=NOTE_LENGTH)
    case, _move = begin(Act.SEAL, number, actor)
    _handler(case, actor, sealed=True)
    enter(case, "case.sealed", actor=actor, address=address, layer=Layer.DISCIPLINE, note=note)
    return case


@transaction.atomic
def unseal(*, number: str, actor: User, note: str, address: str = "") -> Case:
    note = checked_note(note, least=NOTE_LENGTH)
    case, _move = begin(Act.UNSEAL, number, actor)
    _handler(case, case.handler, sealed=False)
    enter(case, "case.unsealed", actor=actor, address=address, layer=Layer.DISCIPLINE, note=note)
    return case


def possible_handlers(case: Case) -> list[User]:
    """To whom the case can be handed, by name: officers who supervise its unit (of a sealed case: inspect it) and see it."""
    role = Role.DISCIPLINE if case.sealed else Role.SUPERVISOR
    found = []
    for user in holders_of(role).exclude(pk=case.handler_id):
        grants = active_grants(user)
        fit = Person.of(user, grants).may(role, over=case.unit.path)
        if fit and CaseSight.of(user, grants).filter_open(Case.objects.filter(pk=case.pk)).exists():
            found.append(user)
    return found


def _handler(case: Case, user: User, *, sealed: bool | None = None) -> None:
    take_part(case.number, user, HANDLED)
    case.handler, case.updated_at = user, timezone.now()
    case.sealed = case.sealed if sealed is None else sealed
    case.save(update_fields=["handler", "sealed", "updated_at"])
