"""What a person may do with an order right now: the table of acts, narrowed by what only the order's own papers know."""

from datetime import datetime

from oversight.cases.people import Person
from oversight.orders.models import Objection, Order
from oversight.orders.queries import waiting_extension
from oversight.orders.states import TABLE


def offered(order: Order, person: Person, now: datetime) -> frozenset[str]:
    """The acts to offer; the services have the last word."""
    possible = set(TABLE.possible(person, order))
    extension = waiting_extension(order) if possible & {"ask_extension", "decide_extension"} else None
    if extension is not None or order.due_at <= now:
        possible.discard("ask_extension")
    if extension is None or extension.asked_by_id == person.pk:
        possible.discard("decide_extension")
    if possible & {"object", "overrule", "uphold"}:
        possible -= _not_about(Objection.objects.filter(order=order).first(), order, person, now)
    return frozenset(possible)


def _not_about(objection: Objection | None, order: Order, person: Person, now: datetime) -> set[str]:
    over = order.objection_until is None or order.objection_until <= now
    gone = {"object"} if objection is not None or over else set()
    if objection is None or objection.upheld is not None or objection.raised_by_id == person.pk:
        gone |= {"overrule", "uphold"}
    return gone
