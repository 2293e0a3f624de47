"""异议: the unit says once, within three working days of signing, why the order is wrong; somebody who did not issue it answers."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import Conflict, NotAllowed
from ledger.roster.accounts import User
from oversight.orders.acting import begin, reason, write
from oversight.orders.extending import lapse_extension
from oversight.orders.models import Objection


@transaction.atomic
def raise_objection(*, number: str, actor: User, text: str, address: str = "") -> Objection:
    """Raises Conflict after the term to object and after an earlier objection. The clocks of the order run on."""
    text = reason(text)
    order, _to = begin("object", number, actor)
    now = timezone.now()
    if order.objection_until is None or order.objection_until <= now:
        raise Conflict(_("The three working days to object are over."))
    if Objection.objects.filter(order=order).exists():
        raise Conflict(_("An objection to this order was already raised; it is raised once."))
    made = Objection.objects.create(order=order, text=text, raised_by=actor, raised_at=now, against=order.issued_by)
    write(order, "order.objected", actor, address, note=text)
    return made


@transaction.atomic
def answer_objection(*, number: str, actor: User, uphold: bool, text: str, address: str = "") -> Objection:
    """Uphold it, which withdraws the order, or overrule it.

    Raises Conflict where none waits, NotAllowed for who raised it and for who issued the order.
    """
    text = reason(text)
    order, to = begin("uphold" if uphold else "overrule", number, actor)
    now = timezone.now()
    one = Objection.objects.filter(order=order, upheld=None).first()
    if one is None:
        raise Conflict(_("No objection waits for an answer here any more; open the order again."))
    if one.raised_by_id == actor.pk:
        raise NotAllowed(_("Somebody else must answer the objection: you raised it."))
    one.upheld, one.answer, one.answered_by, one.answered_at = uphold, text, actor, now
    one.save(update_fields=["upheld", "answer", "answered_by", "answered_at"])
    if uphold:
        lapse_extension(order)
        write(order, "order.upheld", actor, address, to=to, changes={"closed_by": actor, "closed_at": now}, note=text)
    else:
        write(order, "order.overruled", actor, address, note=text)
    return one
