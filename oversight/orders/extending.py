"""延期: asked for by the unit before its term ends, decided by somebody of the centre."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Conflict
from ledger.roster.accounts import User
from oversight.cases import approvals
from oversight.cases.models import Approval
from oversight.orders.acting import begin, reason, write
from oversight.orders.models import Order
from oversight.orders.queries import EXTENSION, waiting_extension
from risk.alerts.acting import checked_note

LONGEST = timedelta(days=60)


def _content(order: Order, until: str, why: str) -> dict[str, Any]:
    """What is approved: this term of this order becomes that one, for that reason."""
    return {"order": order.number, "due_at": order.due_at.isoformat(), "until": until, "reason": why}


@transaction.atomic
def ask_extension(*, number: str, actor: User, until: datetime, note: str, address: str = "") -> Approval:
    """Raises Conflict when the term has ended or another request waits, BadInput for an impossible new term."""
    note = reason(note)
    order, _to = begin("ask_extension", number, actor)
    if order.due_at <= timezone.now():
        raise Conflict(_("The term has ended; an extension is asked for before that."))
    if not order.due_at < until <= order.due_at + LONGEST:
        raise BadInput(_("The new term must end after the present one, and at most %(days)d days later.") % {"days": LONGEST.days})
    asked = approvals.ask(about=order.number, kind=EXTENSION, content=_content(order, until.isoformat(), note), actor=actor)
    write(order, "order.extension_asked", actor, address, until=until.isoformat(), note=note)
    return asked


@transaction.atomic
def decide_extension(*, number: str, actor: User, approve: bool, note: str = "", address: str = "") -> Approval:
    """Move the term, or leave it where it is, which needs a reason.

    A request that no longer fits the order lapses: see the state of what is returned.
    """
    note = checked_note(note) if approve else reason(note)
    order, _to = begin("decide_extension", number, actor)
    waiting = waiting_extension(order)
    asked = waiting.content if waiting else {}
    content = _content(order, asked.get("until", ""), asked.get("reason", ""))
    decided = approvals.decide(about=order.number, kind=EXTENSION, approve=approve, content=content, actor=actor, note=note)
    if decided.state == Approval.State.LAPSED:
        write(order, "order.extension_lapsed", actor, address)
    elif decided.state == Approval.State.REFUSED:
        write(order, "order.extension_refused", actor, address, note=note)
    else:
        changes = {"due_at": parse_datetime(content["until"])}
        write(order, "order.extended", actor, address, changes=changes, until=content["until"], note=note)
    return decided


def lapse_extension(order: Order) -> None:
    """The unit answered or the order ended: nothing is left to extend."""
    if waiting_extension(order) is not None:
        approvals.lapse(about=order.number, kind=EXTENSION)
        write(order, "order.extension_lapsed", None)
