"""What people do with escalations: raise one by hand, receive it, write an instruction on it, finish it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import User
from ledger.roster.models import Unit
from oversight.cases.acting import begin, layer_of, locked, too_late
from oversight.cases.escalations.grounds import Ground, grounds_of
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.raising import LANGUAGE, Reason, create, stands_at, superiors, target
from oversight.cases.escalations.states import TABLE, EscalationAct
from oversight.cases.models import Case, Layer, Party
from oversight.cases.people import Person
from oversight.cases.policy.reading import Policy
from oversight.cases.record import enter
from oversight.cases.states import Act
from oversight.cases.visibility import openly_visible_cases
from risk.alerts.acting import checked_note

GROUNDS_LENGTH, NOTE_LENGTH, TEXT_LENGTH = 5, 2, 1_000


@transaction.atomic
def raise_case(
    *, number: str, actor: User, to: str, grounds: str = "", why: str = "", requirement: str = "", address: str = ""
) -> Escalation:
    """提级 by hand: `to` is the key of one of `targets`, `why` of one of `grounds_of`, which `grounds` may add to; for another reason they
    stand alone. Raises NotFound, NotAllowed, Conflict when the case is not being handled or another person has raised it there and it
    waits to be received, BadInput for a ground that is none (any more)."""
    why = why or Ground.OTHER
    grounds = checked_note(grounds, least=GROUNDS_LENGTH if why == Ground.OTHER else 0)
    requirement = requirement.strip()
    case, _move = begin(Act.ESCALATE, number, actor)
    with translation.override(LANGUAGE):
        fact = grounds_of(case, actor).get(why)
    if fact is None:
        raise BadInput(_("Choose why the case is raised; what you chose is so no more."))
    grounds = "\n".join(filter(None, (fact, grounds)))
    if len(grounds) > TEXT_LENGTH or len(requirement) > TEXT_LENGTH:
        raise BadInput(_("A text has at most %(most)d characters here.") % {"most": TEXT_LENGTH})
    found = targets(case).get(to)
    if found is None:
        raise BadInput(_("Choose to whom the case is raised."))
    layer, unit = found
    _check_not_waiting(case, layer, unit)
    by = layer_of(Person.of(actor), case)
    told: dict[str, Any] = {"layer": layer, "unit": unit, "grounds": grounds, "requirement": requirement}
    return create(case, reason=Reason.HAND, actor=actor, actor_layer=by, address=address, **told)


def waiting(case: Case) -> dict[str, Escalation]:
    """What people raised and nobody received yet, by the key of its target: there it is not raised again."""
    raised = case.escalations.filter(reason=Reason.HAND, status=Escalation.Status.RAISED).select_related("raised_by", "to_unit")
    return {f"{one.to_layer}:{one.to_unit.code}": one for one in raised.order_by("-id")}


def _check_not_waiting(case: Case, layer: str, unit: Unit) -> None:
    one = waiting(case).get(f"{layer}:{unit.code}")
    if one is not None:
        told = {
            "number": one.number,
            "unit": unit.name,
            "name": str(one.raised_by),
            "time": f"{one.raised_at.astimezone(SHANGHAI):%m-%d %H:%M}",
        }
        raise Conflict(
            _("Already raised to %(unit)s by %(name)s at %(time)s as %(number)s, which waits to be received; nothing was written.") % told
        )


def targets(case: Case) -> dict[str, tuple[str, Unit]]:
    """To whom a case can be raised by hand, by key: the superiors of its unit, its department, the discipline inspection, the Party
    committee at the top."""
    ladder = superiors(case.unit)
    found = {f"{Layer.UNIT}:{unit.code}": (Layer.UNIT.value, unit) for unit in ladder[1:-1]}
    for party in case.parties.filter(part__in=(Party.Part.DEPARTMENT, Party.Part.DISCIPLINE)).select_related("unit").order_by("place"):
        found[f"{party.layer}:{party.unit.code}"] = (party.layer, party.unit)
    found[f"{Layer.COMMITTEE}:{ladder[-1].code}"] = (Layer.COMMITTEE.value, ladder[-1])
    return found


def likely_target(case: Case) -> str:
    """The key of the one of `targets` that comes next: beyond where the case stands, and as its policy goes; else the nearest, at the end
    the highest; none where somebody has raised it already and it waits."""
    keys = list(targets(case))
    layer, unit = stands_at(case)
    here = f"{layer}:{unit.code}"
    beyond = keys[keys.index(here) + 1 :] if here in keys else keys
    waits = set(waiting(case))
    free = [key for key in beyond or keys[-1:] if key not in waits]
    planned = (f"{step.to_layer}:{target(case, step).code}" for step in Policy.kept(case.policy).steps)
    return next((key for key in planned if key in free), free[0] if free else "")


@transaction.atomic
def receive(*, number: str, actor: User, address: str = "") -> Escalation:
    """签收 by who answers at the level it was raised to."""
    found, case, status = _begin(EscalationAct.RECEIVE, number, actor)
    _turn(found, status, received_by=actor, received_at=timezone.now())
    _enter(found, case, "escalation.received", actor, address, Escalation.Status.RAISED)
    return found


@transaction.atomic
def instruct(*, number: str, actor: User, note: str, due_at: datetime | None = None, address: str = "") -> Escalation:
    """批示, which is also its receipt; perhaps with another term. Earlier instructions stay in the record of the case."""
    note = checked_note(note, least=NOTE_LENGTH)
    if due_at is not None and due_at <= timezone.now():
        raise BadInput(_("The term must still be to come."))
    found, case, status = _begin(EscalationAct.INSTRUCT, number, actor)
    before, changes = found.status, dict[str, Any](instruction=note)
    if found.received_by_id is None:
        changes |= {"received_by": actor, "received_at": timezone.now()}
    if due_at is not None:
        changes["due_at"] = due_at
    _turn(found, status, **changes)
    told = {"note": note} | ({"due": due_at.isoformat()} if due_at else {})
    _enter(found, case, "escalation.instructed", actor, address, before, **told)
    return found


@transaction.atomic
def finish(*, number: str, actor: User, note: str, address: str = "") -> Escalation:
    """督办办结 with the opinion of the level it was raised to; never by who raised it."""
    note = checked_note(note, least=GROUNDS_LENGTH)
    found, case, status = _begin(EscalationAct.FINISH, number, actor)
    before = found.status
    _turn(found, status, opinion=note, finished_by=actor, finished_at=timezone.now())
    _enter(found, case, "escalation.finished", actor, address, before, note=note)
    return found


def visible_escalation(user: User, number: str) -> Escalation:
    """One escalation of a case the user sees whole. Raises NotFound alike for an unknown and for a hidden one."""
    found = (
        Escalation.objects.filter(number=number, case__in=openly_visible_cases(user).values("pk"))
        .select_related("case", "to_unit", "from_unit")
        .first()
    )
    if found is None:
        raise NotFound(_("There is no escalation %(number)s that you may see.") % {"number": number})
    return found


def _begin(act: str, number: str, actor: User) -> tuple[Escalation, Case, str]:
    """The locked escalation, its locked case, and where the act leads."""
    case = locked(actor, visible_escalation(actor, number).case.number)
    found = Escalation.objects.select_for_update(of=("self",)).select_related("to_unit").get(number=number)
    move = TABLE.move(act, found.status)
    if move is None or move.to is None:
        raise too_late(case, number, found.get_status_display())
    if not move.who(Person.of(actor), found):
        raise NotAllowed(_("Only who answers at %(unit)s does this, and another finishes it than who raised it.") % {"unit": found.to_unit})
    return found, case, move.to


def _turn(escalation: Escalation, status: str, **changes: Any) -> None:
    values = {"status": status} | changes
    for name, value in values.items():
        setattr(escalation, name, value)
    escalation.save(update_fields=list(values))


def _enter(escalation: Escalation, case: Case, kind: str, actor: User, address: str, before: str, **told: Any) -> None:
    number, layer = escalation.number, escalation.to_layer
    enter(case, kind, actor=actor, about=number, layer=layer, address=address, before=before, after=escalation.status, **told)
