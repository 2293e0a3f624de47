"""Orders as lines of the workbench: what waits for this person, and what they asked of others."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from oversight.cases.people import Person
from oversight.center.presenters.times import full_time, short_time
from oversight.orders.clocks import deadline, running
from oversight.orders.models import Objection, Order
from oversight.orders.queries import extending, ready, visible_orders
from oversight.orders.shown import title_of
from oversight.orders.states import CENTRE, TABLE, UNIT
from oversight.orders.words import MARKS
from oversight.viewer import Viewer

Line = dict[str, Any]
S = Order.Status
KEPT = timedelta(days=90)
MOST = 200


def orders_to_do(viewer: Viewer) -> list[Line]:
    """Orders to sign for, to answer, to review; extensions and objections to decide. One line an order, with its clock."""
    centre, unit = bool(viewer.roles & set(CENTRE)), bool(viewer.roles & set(UNIT))
    if not (centre or unit):
        return []
    person, now = Person.of(viewer.user, viewer.grants), timezone.now()
    wanted = Q(status=S.ANSWERED) | extending() | Q(Exists(_objections())) if centre else Q(pk__in=())
    if unit:
        wanted |= Q(status__in=(S.ISSUED, *Order.AT_WORK))
    found = ready(_seen(viewer).filter(wanted)).annotate(objecting=Exists(_objections()))
    told = ((order, _wanted_of(order, person)) for order in found.order_by("pk")[:MOST])
    lines = [_line(order, what[0], now, what[1]) for order, what in told if what]
    return sorted(lines, key=lambda line: line["at"])


def _objections() -> QuerySet[Objection]:
    return Objection.objects.filter(order=OuterRef("pk"), upheld=None, order__status__in=Order.OPEN)


def _seen(viewer: Viewer) -> QuerySet[Order]:
    return visible_orders(viewer.user, viewer.grants)


def _wanted_of(order: Any, person: Person) -> tuple[str, str] | None:
    """What this person is to do with the order (as `ready` and `orders_to_do` have annotated it), and on which page; None for nothing."""
    possible = TABLE.possible(person, order)
    if "sign" in possible:
        return pgettext("order to do", "Order to sign for"), "orders:response"
    if "draft" in possible:
        return pgettext("order to do", "Order to answer"), "orders:response"
    if order.objecting and "overrule" in possible:
        return pgettext("order to do", "Objection to answer"), "orders:order"
    if order.extending and "decide_extension" in possible:
        return pgettext("order to do", "Extension to decide"), "orders:order"
    return (pgettext("order to do", "Response to review"), "orders:order") if "accept" in possible else None


def _line(order: Order, kind: str, now: datetime, page: str = "orders:order") -> Line:
    run = running(order, now)
    at = run.due_at if run else order.answered_at or order.issued_at
    return {
        "kind": kind,
        "title": f"{order.number} {title_of(order)}",
        "who": order.party.unit.name,
        "at": at,
        "time": short_time(at, now),
        "time_full": full_time(at),
        "mark": MARKS[S(order.status)],
        "label": str(order.get_status_display()),
        "level": order.level,
        "deadline": deadline(order, now),
        "url": reverse(page, args=[order.number]),
    }


def orders_issued(viewer: Viewer) -> list[Line]:
    """Orders this person issued: open ones, and those of the last 90 days."""
    if not viewer.roles & set(CENTRE):
        return []
    now = timezone.now()
    mine = _seen(viewer).filter(Q(status__in=Order.OPEN) | Q(issued_at__gte=now - KEPT), issued_by=viewer.user)
    return [
        _line(order, _("Order"), now)
        | {"at": order.issued_at, "time": short_time(order.issued_at, now), "time_full": full_time(order.issued_at), "deadline": None}
        for order in ready(mine).order_by("-issued_at")[:MOST]
    ]
