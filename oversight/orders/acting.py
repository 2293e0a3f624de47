"""The frame of every act on an order: lock it, ask the table, turn the status, write the entry. Inside the caller's transaction."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.days import SHANGHAI
from ledger.kit.errors import Conflict, NotAllowed
from ledger.roster.accounts import Role, User
from oversight.cases.models import CaseEntry, Layer
from oversight.cases.people import Person
from oversight.cases.record import enter
from oversight.orders.models import Order
from oversight.orders.queries import entries_of, visible_order
from oversight.orders.states import TABLE, first_report_wanted
from oversight.orders.words import DONE
from risk.alerts.acting import checked_note

REASON = 5


def begin(act: str, number: str, actor: User) -> tuple[Order, str | None]:
    """The locked order, and the status the act leads to (None: it stays).

    Raises NotFound for an order the actor does not see, Conflict where it is not (or no longer) there, NotAllowed for the wrong person.
    """
    seen = visible_order(actor, number)
    order = Order.objects.select_for_update(of=("self",)).select_related("case__unit", "party__unit", "issued_by").get(pk=seen.pk)
    move = TABLE.move(act, order.status)
    if move is None:
        raise taken(order)
    person = Person.of(actor)
    if not move.who(person, order):
        raise _refused(act, person, order)
    return order, move.to


def _refused(act: str, person: Person, order: Order) -> Conflict | NotAllowed:
    if act == "report" and not first_report_wanted(order):
        return Conflict(_("The first report was already sent; send the response now."))
    if act == "respond" and first_report_wanted(order):
        return Conflict(_("A first report is asked for before the response; send it first."))
    if act in ("accept", "return") and person.pk == order.answered_by_id:
        return NotAllowed(_("Somebody else must review this: you sent the response."))
    if act in ("uphold", "overrule") and person.pk == order.issued_by_id:
        return NotAllowed(_("Somebody else must answer the objection: you issued the order."))
    if not person.officer and act not in ("draft", "remind"):
        return NotAllowed(_("Auxiliaries and employees enter and remind; an officer signs, sends, reviews and decides."))
    if act in ("sign", "draft", "report", "respond", "ask_extension", "object"):
        return NotAllowed(_("Only a leader or officer of the unit %(unit)s does this.") % {"unit": order.party.unit.name})
    return NotAllowed(_("Only the supervision centre, a leader or the discipline inspection over the case does this."))


def taken(order: Order) -> Conflict:
    """Somebody was faster: who, what and when."""
    last = entries_of(order).exclude(actor=None).exclude(kind__in=["order.attached", "order.detached"]).order_by("-id").first()
    if last is None:
        return Conflict(_("The order %(number)s changed meanwhile; open it again.") % {"number": order.number})
    return Conflict(
        _("This order was already %(act)s by %(name)s at %(time)s; your action was not written.")
        % {"act": DONE.get(last.kind, last.kind), "name": str(last.actor), "time": f"{last.at.astimezone(SHANGHAI):%m-%d %H:%M}"}
    )


def write(
    order: Order,
    kind: str,
    actor: User | None,
    address: str = "",
    *,
    to: str | None = None,
    changes: dict[str, Any] | None = None,
    **data: Any,
) -> CaseEntry:
    """Turn the order (to a status, with other changes) and enter what happened."""
    before = order.status
    values = {"updated_at": timezone.now()} | (changes or {}) | ({"status": to} if to else {})
    for name, value in values.items():
        setattr(order, name, value)
    order.save(update_fields=list(values))
    layer = layer_of(Person.of(actor), order) if actor else ""
    moved = {"before": before, "after": to} if to else {}
    return enter(order.case, kind, actor=actor, about=order.number, layer=layer, address=address, **moved, **data)


def layer_of(person: Person, order: Order) -> str:
    """Which of the five levels acted: the unit by its party, members where no officer did, else by the graver role over the case."""
    if not person.officer:
        return Layer.MEMBERS
    path = order.case.unit.path
    if person.holds(Role.LEADER, over=path):
        return Layer.COMMITTEE
    if person.holds(Role.DISCIPLINE, over=path):
        return Layer.DISCIPLINE
    if person.holds(Role.SUPERVISOR, over=path):
        return Layer.DEPARTMENT
    return order.party.layer


def reason(text: str) -> str:
    """A reason for the record. Raises BadInput when it is too short or too long."""
    return checked_note(text, least=REASON)
