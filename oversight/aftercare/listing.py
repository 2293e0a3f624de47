"""整改成效 as a list: what is watched, what came back, what stayed away, and what cannot be said; the figure of a tab is its rows."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from oversight.aftercare.models import Verdict, Watch
from oversight.aftercare.queries import ready, rows, visible_watches
from oversight.viewer import Viewer

PAGE = 50
S = Watch.Status
TABS: dict[str, tuple[Promise, Q]] = {
    "running": (pgettext_lazy("aftercare", "Being watched"), Q(status=S.RUNNING)),
    "relapsed": (pgettext_lazy("aftercare", "Relapsed"), Q(status=S.RELAPSED)),
    "met": (pgettext_lazy("aftercare", "Effective"), Q(status=S.ENDED, verdict=Verdict.BETTER)),
    "open": (pgettext_lazy("aftercare", "Not effective or unsaid"), Q(status=S.STOPPED) | Q(status=S.ENDED) & ~Q(verdict=Verdict.BETTER)),
}


def watches_context(viewer: Viewer, tab: str, start: str) -> dict[str, Any]:
    """What aftercare/watches.html prints. `tab`: a key of TABS, else the first; running ones by the end of their term."""
    tab = tab if tab in TABS else "running"
    seen, here = visible_watches(viewer), reverse("aftercare:watches")
    counts = seen.aggregate(**{key: Count("pk", filter=which) for key, (_label, which) in TABS.items()})
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 0
    order = ("until_day", "id") if tab == "running" else ("-ended_at", "-id")
    page = list(ready(seen.filter(TABS[tab][1])).order_by(*order)[first : first + PAGE])
    return {
        "tabs": [
            {"label": label, "count": counts[key], "url": f"{here}?tab={key}", "active": key == tab}
            for key, (label, _which) in TABS.items()
        ],
        "tab": tab,
        "rows": rows(page, viewer),
        "total": counts[tab],
        "next_url": f"{here}?tab={tab}&from={first + PAGE}" if first + PAGE < counts[tab] else "",
        "empty": None if page else _empty(tab),
    }


def _empty(tab: str) -> dict[str, Any]:
    told = {
        "running": (
            _("No closed case is being watched"),
            _("A case closed as confirmed or partly confirmed is watched for the days its terms state."),
        ),
        "relapsed": (_("Nothing came back"), ""),
        "met": (_("No watch has ended as effective yet"), ""),
        "open": (_("No watch ended without effect"), ""),
    }
    title, text = told[tab]
    return {"title": title, "text": text, "action_label": _("Closed cases"), "action_url": f"{reverse('cases:cases')}?tab=closed"}
