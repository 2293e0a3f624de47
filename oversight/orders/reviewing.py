"""复核: somebody who did not send the response accepts it, which closes the order, or returns it with comments on its fields."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Conflict
from ledger.roster.accounts import User
from oversight.cases import parties
from oversight.cases.policy.terms import AFTER_RETURN
from oversight.cases.record import take_part
from oversight.orders.acting import begin, write
from oversight.orders.models import SHORT, Objection, Order, Response
from oversight.orders.terms import end_of
from oversight.orders.words import COMMENTED
from risk.alerts.acting import checked_note

Decision = Response.Decision
LONGEST = timedelta(days=60)


@transaction.atomic
def accept(*, number: str, actor: User, note: str = "", address: str = "") -> Order:
    """销号, and with the unit's last open order its duty in the case is done.

    Raises NotAllowed for who sent a response of this order, Conflict while an objection to it waits for its answer.
    """
    note = checked_note(note)
    order, to = begin("accept", number, actor)
    if Objection.objects.filter(order=order, upheld=None).exists():
        raise Conflict(_("The unit's objection waits for an answer; answer it before you close the order."))
    take_part(order.number, actor, "reviewed")
    _decide(order, Decision.ACCEPTED, actor, note=note)
    write(order, "order.accepted", actor, address, to=to, changes={"closed_by": actor, "closed_at": timezone.now()}, note=note)
    _fulfil(order, actor, address)
    return order


def _fulfil(order: Order, actor: User, address: str) -> None:
    """With its last open order the unit has done its duty in the case."""
    left = Order.objects.filter(party=order.party, status__in=Order.OPEN)
    if order.answered_by is None or left.exists():
        return
    answer = order.responses.filter(stage=Response.Stage.FINAL).latest("place")
    work = f"{answer.measures}\n{answer.result}".strip()
    ended = Order.objects.filter(party=order.party, status=Order.Status.CLOSED).aggregate(at=Max("answered_at"), due_at=Max("due_at"))
    parties.fulfil(order.party, work=work, by=order.answered_by, actor=actor, address=address, **ended)


@transaction.atomic
def send_back(
    *, number: str, actor: User, comments: Mapping[str, str], note: str = "", due_at: datetime | None = None, address: str = ""
) -> Order:
    """退回重办. `comments`: field → what is missing there; `due_at`: the new term, by default `term_after_return`.

    Raises BadInput where neither a field nor the whole is commented on, and for a term that has ended or is too long.
    """
    note, told = checked_note(note), checked_comments(comments)
    if not told and not note:
        raise BadInput(_("Say what is missing: comment on at least one field."))
    order, to = begin("return", number, actor)
    now = timezone.now()
    due = due_at or term_after_return(order, now)
    if not now < due <= now + LONGEST:
        raise BadInput(_("The new term must lie ahead, within %(days)d days.") % {"days": LONGEST.days})
    take_part(order.number, actor, "reviewed")
    _decide(order, Decision.RETURNED, actor, note=note, comments=told)
    write(order, "order.returned", actor, address, to=to, changes={"due_at": due}, note=note, comments=told, due_at=due.isoformat())
    return order


def checked_comments(comments: Mapping[str, str]) -> dict[str, str]:
    """The comments that say something. Raises BadInput for one that is too long."""
    found = {name: text.strip() for name in COMMENTED if (text := comments.get(name, "")).strip()}
    if any(len(text) > SHORT for text in found.values()):
        raise BadInput(_("A comment has more than %(most)d characters; shorten it.") % {"most": SHORT})
    return found


def term_after_return(order: Order, now: datetime) -> datetime:
    """The time the response lay with the centre is given back; a working day is left in any case."""
    lay = now - order.answered_at if order.answered_at and order.answered_at <= order.due_at else timedelta(0)
    return max(order.due_at + lay, end_of(AFTER_RETURN, order.party.unit, now))


def _decide(order: Order, decision: str, actor: User, *, note: str, comments: dict[str, str] | None = None) -> None:
    response = order.responses.filter(stage=Response.Stage.FINAL).latest("place")
    response.decision, response.reviewed_by, response.reviewed_at = decision, actor, timezone.now()
    response.note, response.comments = note, comments or {}
    response.save(update_fields=["decision", "reviewed_by", "reviewed_at", "note", "comments"])
