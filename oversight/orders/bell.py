"""What the bell tells about orders: the people of a unit of those they answer (one came, is asked after, came back, runs out, was
decided), and who issued one, or handles its case, of what the unit did."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.access import opens
from oversight.cases.models import CaseEntry
from oversight.duty.bell import Source, each, register
from oversight.orders.queries import visible_orders
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
    register("order", Source(CaseEntry, told_of_orders, "at", each(order_words)))


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


def order_words(entry: CaseEntry, viewer: Viewer) -> dict[str, Any]:
    told = {"act": DONE[entry.kind], "number": entry.about}
    page = "orders:response" if not viewer.roles.isdisjoint(UNIT) else "orders:order"
    return {
        "text": _("Order %(number)s: %(act)s") % told,
        "detail": entry.data.get("note", ""),
        "url": reverse(page, args=[entry.about]),
    }
