"""What the parties of a case do: sign for it, write down what they did (履责记录), and do it again when it was not enough."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from ledger.roster.accounts import User
from oversight.cases.acting import begin_party, layer_of
from oversight.cases.models import Case, CaseEntry, Layer, Party
from oversight.cases.people import Person
from oversight.cases.policy.terms import AFTER_RETURN, Terms
from oversight.cases.record import enter
from oversight.cases.states import PartyAct
from risk.alerts.acting import checked_note

WORK_LENGTH = 5
CALLED, REMINDED = "party.called", "party.reminded"


@transaction.atomic
def sign(*, number: str, party: int, actor: User, address: str = "") -> Party:
    """签收. Raises NotFound, Conflict when it was signed already, NotAllowed for who does not answer for the unit."""
    case, found, status = begin_party(PartyAct.SIGN, number, party, actor)
    now = timezone.now()
    late = now > found.sign_due_at
    _turn(found, "party.signed", status, actor, address, found.layer, {"late": late}, signed_by=actor, signed_at=now)
    _touch(case, now)
    return found


@transaction.atomic
def report_duty(*, number: str, party: int, actor: User, work: str, address: str = "") -> Party:
    """履责: what the party did, in words. Raises as `sign`, and BadInput without any."""
    work = checked_note(work, least=WORK_LENGTH)
    case, found, status = begin_party(PartyAct.REPORT, number, party, actor)
    now = timezone.now()
    told = {"late": now > found.due_at, "note": work}
    _turn(found, "party.done", status, actor, address, found.layer, told, done_by=actor, done_at=now, work=work)
    _touch(case, now)
    return found


@transaction.atomic
def return_duty(*, number: str, party: int, actor: User, note: str, address: str = "") -> Party:
    """退回: the handler is not content, with a reason; a working day is left to the party in any case."""
    note = checked_note(note, least=WORK_LENGTH)
    case, found, status = begin_party(PartyAct.RETURN, number, party, actor)
    layer = layer_of(Person.of(actor), case)
    now = timezone.now()
    due = max(found.due_at, Terms(now).end(AFTER_RETURN, found.unit))
    told = {"note": note, "due_at": due.isoformat()}
    _turn(found, "party.returned", status, actor, address, layer, told, done_by=None, done_at=None, due_at=due)
    _touch(case, now)
    return found


@transaction.atomic
def remind(*, number: str, party: int, actor: User, note: str = "", address: str = "") -> Party:
    """催办: counted until the party is called anew, and told to the people of the unit by the bell."""
    note = checked_note(note)
    case, found, _status = begin_party(PartyAct.REMIND, number, party, actor)
    person = Person.of(actor)
    layer = layer_of(person, case) if person.officer else Layer.MEMBERS
    told = {"unit": found.unit.name, "part": found.part, "note": note}
    enter(case, REMINDED, actor=actor, about=found.about, layer=layer, address=address, **told)
    _touch(case, timezone.now())
    return found


def reminders(entries: Iterable[CaseEntry]) -> Counter[str]:
    """How often each party was reminded since it was last called, by what the record calls it; `entries` of a case, oldest first."""
    found: Counter[str] = Counter()
    for entry in entries:
        if entry.kind == REMINDED:
            found[entry.about] += 1
        elif entry.kind == CALLED:
            found.pop(entry.about, None)
    return found


def sign_with(party: Party, *, actor: User, address: str = "") -> None:
    """The unit signed for something in the case that was addressed to it, an order say: with that it has signed for its part too.

    Inside the caller's transaction, which has asked whether the person may. Nothing changes where the part was signed before.
    """
    found = _fresh(party)
    if found.status == Party.Status.WAITING:
        now = timezone.now()
        told = {"late": now > found.sign_due_at}
        _turn(found, "party.signed", Party.Status.SIGNED, actor, address, found.layer, told, signed_by=actor, signed_at=now)


def fulfil(
    party: Party, *, work: str, by: User, actor: User, at: datetime | None = None, due_at: datetime | None = None, address: str = ""
) -> None:
    """What the unit was told to do has been accepted by `actor`: its duty is done, by whom answered for it, when they did (`at`, else now)
    and within the term they had for it (`due_at`), where that was longer than its own. As `sign_with`."""
    found = _fresh(party)
    if found.status == Party.Status.SIGNED:
        done, due = at or timezone.now(), max(found.due_at, due_at or found.due_at)
        told = {"late": done > due, "note": work, "by": str(by)}
        ended = {"done_by": by, "done_at": done, "due_at": due, "work": work}
        _turn(found, "party.done", Party.Status.DONE, actor, address, found.layer, told, **ended)


def _fresh(party: Party) -> Party:
    return Party.objects.select_for_update(of=("self",)).select_related("unit", "case").get(pk=party.pk)


def _turn(party: Party, kind: str, status: str, actor: User, address: str, layer: str, told: dict[str, Any], **changes: Any) -> None:
    before = party.status
    values = {"status": status} | changes
    for name, value in values.items():
        setattr(party, name, value)
    party.save(update_fields=list(values))
    unit = {"unit": party.unit.name, "part": party.part}
    enter(party.case, kind, actor=actor, about=party.about, layer=layer, address=address, before=before, after=status, **unit, **told)


def _touch(case: Case, now: datetime) -> None:
    case.updated_at = now
    case.save(update_fields=["updated_at"])
