"""提级督办 as a list: what waits to be received, what is supervised, what is finished; the figure of a tab is its rows."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


def escalations_context(viewer: Viewer, tab: str, before: str) -> dict[str, Any]:
    """What cases/escalations.html prints. `tab`: a key of TABS, else the first; open ones by their term, finished ones newest first."""
    tab = tab if tab in TABS else next(iter(TABS))
    cases = openly_visible_cases(viewer.user, viewer.grants)
    seen = Escalation.objects.filter(case__in=cases.values("pk"))
    counts = seen.aggregate(**{key: Count("pk", filter=Q(status=key)) for key in TABS})
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 7 else 0
    order = ("-id",) if tab == Escalation.Status.FINISHED else ("due_at", "id")
    found = seen.filter(status=tab).order_by(*order)
    page = list(found.select_related("case", "from_unit", "to_unit", "raised_by", "received_by", "finished_by")[start : start + PAGE])
    person, here = Person.of(viewer.user, viewer.grants), reverse("cases:escalations")
    return {
        "tabs": [{"label": label, "count": counts[key], "url": f"{here}?tab={key}", "active": key == tab} for key, label in TABS.items()],
        "tab": tab,
        "rows": [escalation_row(one, one.case, person) for one in page],
        "total": counts[tab],
        "next_url": f"{here}?tab={tab}&from={start + PAGE}" if start + PAGE < counts[tab] else "",
        "empty": None if page else _empty(tab),
    }


def _empty(tab: str) -> dict[str, Any]:
    told = {
        "raised": (_("Nothing waits to be received"), _("A late case is raised by itself as its policy says; E raises one by hand.")),
        "supervised": (_("No escalation is being supervised"), ""),
        "finished": (_("No escalation is finished"), ""),
    }
    title, text = told[tab]
    return {"title": title, "text": text, "action_label": _("Cases"), "action_url": reverse("cases:cases")}
