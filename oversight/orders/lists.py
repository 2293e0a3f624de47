"""整改督办: the orders a person sees, in tabs by what they wait for, cut by level, unit and clock, ordered by term or by unit."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from ledger.roster.models import Unit
from oversight.cases.clocks import CLOCKS, clock_links, ending
from oversight.cases.models import Approval
from oversight.cases.people import Person
from oversight.center.presenters import words
from oversight.center.presenters.times import full_time, short_time
from oversight.orders.clocks import RUNNING_UNTIL
from oversight.orders.extending import EXTENSION
from oversight.orders.models import Order
from oversight.orders.queries import extending, ready, visible_orders
from oversight.orders.shown import title_of
from oversight.orders.states import TABLE
from oversight.orders.telling import head
from oversight.viewer import Viewer
from risk.rules.models import LEVELS

PAGE = 50
S = Order.Status
TABS: dict[str, Promise] = {
    "issued": pgettext_lazy("order", "to be signed for"),
    "working": pgettext_lazy("order", "being put right"),
    "answered": pgettext_lazy("order", "to be reviewed"),
    "extending": pgettext_lazy("order", "extension asked"),
    "closed": pgettext_lazy("order", "closed"),
    "withdrawn": pgettext_lazy("order", "withdrawn"),
}


def _parts() -> dict[str, Q]:
    simple = {key: Q(status=key) for key in ("issued", "answered", "closed", "withdrawn")}
    return simple | {"working": Q(status__in=Order.AT_WORK), "extending": extending()}


@dataclass(frozen=True)
class Wanted:
    """A list as its address says it."""

    tab: str = "issued"
    level: str = ""
    unit: str = ""
    clock: str = ""
    by: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> "Wanted":
        tab, level, clock = (given.get(name, "") for name in ("tab", "level", "clock"))
        return cls(
            tab=tab if tab in TABS else "",
            level=level if level in LEVELS else "",
            unit=given.get("unit", "")[:40],
            clock=clock if clock in CLOCKS else "",
            by="unit" if given.get("by") == "unit" else "",
        )

    def url(self, **changes: Any) -> str:
        one = replace(self, **changes)
        told = {"tab": one.tab, "level": one.level, "unit": one.unit, "clock": one.clock, "by": one.by}
        return f"{reverse('orders:orders')}?{urlencode({key: value for key, value in told.items() if value})}"


def list_context(viewer: Viewer, given: QueryDict, typed: dict[str, str] | None = None) -> dict[str, Any]:
    """What orders/orders.html prints. Where no tab is named, the first that holds something."""
    wanted, now = Wanted.read(given), timezone.now()
    seen = visible_orders(viewer.user, viewer.grants)
    every = _cut(seen, wanted)
    cut = every.filter(_standing(wanted.clock, now)) if wanted.clock else every
    counts = cut.aggregate(**{key: Count("id", filter=which) for key, which in _parts().items()})
    if not wanted.tab:
        wanted = replace(wanted, tab=next((key for key in TABS if counts[key]), next(iter(TABS))))
    clocks = every.filter(_parts()[wanted.tab]).aggregate(**{clock: Count("id", filter=_standing(clock, now)) for clock in CLOCKS})
    first = given.get("from", "")
    start = int(first) if first.isascii() and first.isdigit() and len(first) < 7 else 0
    page = list(_ordered(ready(cut.filter(_parts()[wanted.tab])), wanted)[start : start + PAGE])
    more = wanted.url()
    return {
        "tabs": [{"label": TABS[key], "count": counts[key], "url": wanted.url(tab=key), "active": key == wanted.tab} for key in TABS],
        "tab": wanted.tab,
        "wanted": wanted,
        "groups": _groups(page, wanted, viewer, now),
        "levels": _levels(wanted),
        "units": list(Unit.objects.filter(pk__in=seen.values("party__unit")).order_by("path").values_list("code", "name")),
        "clocks": clock_links(clocks, wanted.clock, lambda clock: wanted.url(clock=clock)),
        "by_url": wanted.url(by="" if wanted.by else "unit"),
        "clear_url": wanted.url(level="", unit="", clock="") if wanted.level or wanted.unit or wanted.clock else "",
        "total": counts[wanted.tab],
        "shown": f"{start + 1} – {start + len(page)}" if page else "0",
        "next_url": f"{more}&from={start + PAGE}" if start + len(page) < counts[wanted.tab] else "",
        "previous_url": f"{more}&from={max(start - PAGE, 0)}" if start else "",
        "empty": None if page else _empty(wanted),
        "typed": typed or {},
    }


def _cut(orders: QuerySet[Order], wanted: Wanted) -> QuerySet[Order]:
    """The orders of level and unit, with the end of the term that runs."""
    if wanted.level:
        orders = orders.filter(level=wanted.level)
    if wanted.unit:
        orders = orders.filter(party__unit__code=wanted.unit)
    return orders.annotate(term_end=RUNNING_UNTIL)


def _standing(clock: str, now: datetime) -> Q:
    return ending(clock, due="term_end", begun="issued_at", now=now)


def _ordered(orders: QuerySet[Order], wanted: Wanted) -> QuerySet[Order]:
    """The most urgent first; what has ended, the last ended first."""
    unit = ("party__unit__path",) if wanted.by == "unit" else ()
    if wanted.tab in ("closed", "withdrawn"):
        return orders.order_by(*unit, "-closed_at", "id")
    if wanted.tab == "answered":
        return orders.order_by(*unit, "answered_at", "id")
    return orders.order_by(*unit, F("running_until").asc(nulls_last=True), "id")


def _levels(wanted: Wanted) -> list[dict[str, Any]]:
    every = {"level": "", "label": _("All"), "url": wanted.url(level=""), "active": not wanted.level}
    one_each = [
        {"level": key, "label": words.LEVELS[key], "url": wanted.url(level=key), "active": key == wanted.level} for key in LEVELS[::-1]
    ]
    return [every, *one_each]


def _groups(page: list[Order], wanted: Wanted, viewer: Viewer, now: datetime) -> list[dict[str, Any]]:
    """One group, or one for each unit: [{title, rows}]."""
    person = Person.of(viewer.user, viewer.grants)
    asked = _extensions(page)
    rows = [_row(order, person, asked.get(order.number), now) for order in page]
    if wanted.by != "unit":
        return [{"title": "", "rows": rows}] if rows else []
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["unit"], []).append(row)
    return [{"title": unit, "rows": of_unit} for unit, of_unit in found.items()]


def _extensions(page: Iterable[Order]) -> dict[str, Approval]:
    numbers = [order.number for order in page if order.extending]  # type: ignore[attr-defined]  # annotated by ready()
    found = Approval.objects.filter(about__in=numbers, kind=EXTENSION, state=Approval.State.ASKED) if numbers else ()
    return {one.about: one for one in found}


def _row(order: Order, person: Person, extension: Approval | None, now: datetime) -> dict[str, Any]:
    possible = TABLE.possible(person, order)
    decides = extension is not None and "decide_extension" in possible and extension.asked_by_id != person.pk
    return head(order, now) | {
        "title": title_of(order),
        "requirement": order.requirement,
        "extension": _asked(extension) if extension else None,
        "remind_url": reverse("orders:remind", args=[order.number]) if "remind" in possible else "",
        "decide_url": reverse("orders:extension-decide", args=[order.number]) if decides else "",
        "review_url": f"{reverse('orders:order', args=[order.number])}#review" if "accept" in possible else "",
        "works_url": reverse("orders:response", args=[order.number]) if possible & {"sign", "draft"} else "",
        "ended_by": str(order.closed_by or ""),
        "ended_at": short_time(order.closed_at, now) if order.closed_at else "",
    }


def _asked(extension: Approval) -> dict[str, Any]:
    until = datetime.fromisoformat(extension.content["until"])
    return {
        "until": full_time(until)[:16],
        "reason": extension.content["reason"],
        "by": str(extension.asked_by),
        "at": short_time(extension.asked_at),
    }


def _empty(wanted: Wanted) -> dict[str, Any]:
    if wanted.level or wanted.unit or wanted.clock:
        return {
            "title": _("No order matches the filter"),
            "text": "",
            "action_label": _("Clear the filter"),
            "action_url": wanted.url(level="", unit="", clock=""),
        }
    told = {
        "issued": _("No order waits to be signed for"),
        "working": _("No order is being put right"),
        "answered": _("No response waits for a review"),
        "extending": _("No extension waits for a decision"),
        "closed": _("No order is closed yet"),
        "withdrawn": _("No order was withdrawn"),
    }
    action = {"action_label": _("Workbench"), "action_url": reverse("center:workbench")}
    return {"title": told[wanted.tab], "text": _("Orders are issued in a case."), **action}
