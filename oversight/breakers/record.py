"""What happened to a breaker, written down in the caller's transaction: the entry, and the audit entry of a person's act."""

from typing import Any

from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import Conflict, NotAllowed, NotFound
from ledger.roster.models import User
from oversight.breakers.models import Breaker, BreakerEntry
from oversight.breakers.states import BREAKER, Act
from oversight.breakers.visibility import visible_breaker
from oversight.cases.people import Person


def enter(breaker: Breaker, kind: str, *, at: Any, actor: User | None = None, address: str = "", **data: Any) -> BreakerEntry:
    """Append one entry; `actor` None is the breaker itself."""
    made = BreakerEntry.objects.create(breaker=breaker, kind=kind, at=at, actor=actor, data=data)
    record(f"breaker.{kind}", actor=actor, target=breaker.number, address=address)
    return made


def turn(breaker: Breaker, kind: str, status: str, *, at: Any, actor: User | None = None, address: str = "", **data: Any) -> BreakerEntry:
    """Give it another status and save it, with the entry of the act."""
    before, breaker.status, breaker.evaluated_at = breaker.status, status, at
    breaker.save()
    return enter(breaker, kind, at=at, actor=actor, address=address, **{"from": before, "to": status} | data)


def begin(act: Act, number: str, actor: User) -> Breaker:
    """The breaker, locked, if the person may see it and do this with it now. Raises NotFound, Conflict, NotAllowed."""
    visible_breaker(actor, number)
    found = Breaker.objects.select_for_update(of=("self",)).select_related("unit", "policy").filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no breaker %(number)s that you may see.") % {"number": number})
    move = BREAKER.move(act, found.status)
    if move is None:
        raise _elsewhere(found)
    if not move.who(Person.of(actor), found):
        raise NotAllowed(_("Your role does not do this: supervisors propose, leaders and the discipline inspection decide."))
    return found


def _elsewhere(breaker: Breaker) -> Conflict:
    """Somebody, or the breaker itself, was faster: who, when, and where it stands."""
    last = breaker.entries.order_by("-id").select_related("actor").first()
    facts = {"status": breaker.get_status_display()}
    if last is None:
        return Conflict(_("The breaker is %(status)s; nothing was written.") % facts)
    facts |= {"name": str(last.actor or _("System")), "time": f"{last.at.astimezone(SHANGHAI):%m-%d %H:%M}"}
    return Conflict(_("The breaker is %(status)s, since %(name)s at %(time)s; nothing was written.") % facts)
