"""What the bell tells the people of a unit about the orders they answer: one came, is asked after, came back, runs out, was decided."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.cases.models import CaseEntry
from oversight.orders.queries import visible_orders
from oversight.orders.states import UNIT
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


def told_of_orders(viewer: Viewer) -> QuerySet[CaseEntry]:
    """The entries that concern this person: about orders of the units they answer for, and not their own doing."""
    paths = [grant.unit.path for grant in viewer.grants if grant.role in UNIT]
    if not paths:
        return CaseEntry.objects.none()
    mine = Q(pk__in=())
    for path in paths:
        mine |= Q(party__unit__path__startswith=path)
    numbers = visible_orders(viewer.user, viewer.grants).filter(mine).values("number")
    return CaseEntry.objects.filter(kind__in=TOLD, about__in=numbers).exclude(actor=viewer.user)


def order_words(entry: CaseEntry, viewer: Viewer) -> dict[str, Any]:
    told = {"act": DONE[entry.kind], "number": entry.about}
    note = entry.data.get("note", "")
    return {
        "text": _("Order %(number)s: %(act)s") % told,
        "detail": note,
        "url": reverse("orders:response", args=[entry.about]),
    }
