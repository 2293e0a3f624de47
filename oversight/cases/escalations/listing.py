"""提级督办 as a list: what waits to be received, what is supervised, what is finished, cut by clock; the figure of each is its rows."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oversight.cases.clocks import CLOCKS, clock_links, ending
from oversight.cases.escalations.models import Escalation
from oversight.cases.people import Person
from oversight.cases.presenting import escalation_row
from oversight.cases.visibility import openly_visible_cases
from oversight.viewer import Viewer

PAGE = 50
TABS: dict[str, Promise] = {
    Escalation.Status.RAISED.value: gettext_lazy("To be received"),
    Escalation.Status.SUPERVISED.value: gettext_lazy("Being supervised"),
    Escalation.Status.FINISHED.value: gettext_lazy("Finished"),
}


def escalations_context(viewer: Viewer, tab: str, before: str, clock: str = "") -> dict[str, Any]:
    """What cases/escalations.html prints. `tab`: a key of TABS, else the first; open ones by their term, finished ones newest first.
    `clock`: a key of CLOCKS, or all."""
    tab, clock = tab if tab in TABS else next(iter(TABS)), clock if clock in CLOCKS else ""
    cases, now = openly_visible_cases(viewer.user, viewer.grants), timezone.now()
    standing = {state: _running(ending(state, due="due_at", begun="raised_at", now=now)) for state in CLOCKS}
    every = Escalation.objects.filter(case__in=cases.values("pk"))
    seen = every.filter(standing[clock]) if clock else every
    of_tabs = {key: Count("pk", filter=Q(status=key) & standing.get(clock, Q())) for key in TABS}
    counts = every.aggregate(**of_tabs, **{state: Count("pk", filter=Q(status=tab) & which) for state, which in standing.items()})
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 7 else 0
    order = ("-id",) if tab == Escalation.Status.FINISHED else ("due_at", "id")
    found = seen.filter(status=tab).order_by(*order)
    page = list(found.select_related("case", "from_unit", "to_unit", "raised_by", "received_by", "finished_by")[start : start + PAGE])
    person = Person.of(viewer.user, viewer.grants)
    return {
        "tabs": [{"label": label, "count": counts[key], "url": _url(key, clock), "active": key == tab} for key, label in TABS.items()],
        "tab": tab,
        "clocks": clock_links(counts, clock, lambda state: _url(tab, state)),
        "rows": [escalation_row(one, one.case, person) for one in page],
        "total": counts[tab],
        "next_url": f"{_url(tab, clock)}&from={start + PAGE}" if start + PAGE < counts[tab] else "",
        "empty": None if page else _empty(tab, clock),
    }


def _running(which: Q) -> Q:
    return which & ~Q(status=Escalation.Status.FINISHED)


def _url(tab: str, clock: str) -> str:
    return f"{reverse('cases:escalations')}?{urlencode({'tab': tab} | ({'clock': clock} if clock else {}))}"


def _empty(tab: str, clock: str) -> dict[str, Any]:
    if clock:
        told = {"title": _("No escalation fits these filters"), "text": "", "action_label": _("Clear the filters")}
        return told | {"action_url": _url(tab, "")}
    named = {
        "raised": (_("Nothing waits to be received"), _("A late case is raised by itself as its policy says; E raises one by hand.")),
        "supervised": (_("No escalation is being supervised"), ""),
        "finished": (_("No escalation is finished"), ""),
    }
    title, text = named[tab]
    return {"title": title, "text": text, "action_label": _("Cases"), "action_url": reverse("cases:cases")}
