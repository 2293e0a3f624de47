"""What the bell tells about orders: the people of a unit of those they answer (one came, is asked after, came back, runs out, was
decided), and who issued one, or handles its case, of what the unit did."""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.access import opens
from oversight.cases.models import CaseEntry
from oversight.duty.bell import Source, Told, Words, register
from oversight.orders.models import Order
from oversight.orders.queries import visible_orders
from oversight.orders.shown import title_of
from oversight.orders.states import CENTRE, UNIT
from oversight.orders.words import DONE
from oversight.viewer import Viewer

TOLD = tuple(
    f"order.{kind}"
    for kind in (
        "issued",
        "reminded",
        "returned",
        "soon",
        "overdue",
        "extended",
        "extension_refused",
        "overruled",
        "upheld",
        "withdrawn",
        "accepted",
    )
)


# For who issued the order, and who handles its case.
TO_CENTRE = tuple(f"order.{kind}" for kind in ("reported", "answered", "extension_asked", "objected", "overdue"))


def register_bell() -> None:
    """Tell the bell of orders, at start."""
    register("order", Source(CaseEntry, told_of_orders, "at", words_of_orders))


def told_of_orders(viewer: Viewer) -> QuerySet[CaseEntry]:
    """The entries that concern this person: about orders of the units they answer for, or that they issued or are in charge of, and not
    their own doing."""
    if not opens("orders:orders", viewer.roles):
        return CaseEntry.objects.none()
    unit, seen = Q(pk__in=()), visible_orders(viewer.user, viewer.grants)
    for grant in viewer.grants:
        if grant.role in UNIT:
            unit |= Q(party__unit__path__startswith=grant.unit.path)
    found = Q(pk__in=())
    if not viewer.roles.isdisjoint(UNIT):
        found |= Q(kind__in=TOLD, about__in=seen.filter(unit).values("number"))
    if not viewer.roles.isdisjoint(CENTRE):
        issued = seen.filter(Q(issued_by=viewer.user) | Q(case__handler=viewer.user))
        found |= Q(kind__in=TO_CENTRE, about__in=issued.values("number"))
    return CaseEntry.objects.filter(found).exclude(actor=viewer.user)


def words_of_orders(found: QuerySet[CaseEntry], viewer: Viewer) -> Words:
    entries = list(found)
    seen = visible_orders(viewer.user, viewer.grants).filter(number__in={entry.about for entry in entries}).select_related("case")
    orders = {order.number: order for order in seen}
    page = "orders:response" if not viewer.roles.isdisjoint(UNIT) else "orders:order"
    return {entry.pk: _told(entry, orders[entry.about], page) for entry in entries}


def _told(entry: CaseEntry, order: Order, page: str) -> Told:
    note = entry.data.get("note", "")
    return {
        "text": _("Order %(number)s: %(act)s") % {"act": DONE[entry.kind], "number": order.number},
        "detail": f"{title_of(order)} · {note}" if note else title_of(order),
        "url": reverse(page, args=[order.number]),
        "level": order.level,
    }
