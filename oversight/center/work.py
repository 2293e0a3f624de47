"""The workbench: what waits for this person, each section opening the list with the same alerts."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.center.lists import AlertList, Wanted, tab_counts, tabs_of
from oversight.center.presenters.rows import alert_rows, ready_for_rows, said
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import deadline
from oversight.suppressions.lists import asked_for, waiting_for
from oversight.viewer import Viewer

SHOWN = 10


def workbench_context(viewer: Viewer) -> dict[str, Any]:
    """What center/workbench.html prints: alerts this person has taken and those nobody has, never one in two sections.

    Whoever does not watch alerts has nothing waiting here yet.
    """
    if not viewer.watches:
        text = _("Orders and tasks for your role will wait here.")
        empty = {
            "title": _("Nothing waits for you"),
            "text": text,
            "action_label": _("My account"),
            "action_url": reverse("accounts:profile"),
        }
        return {
            "sections": [{"title": _("To do"), "count": 0, "url": reverse("center:workbench"), "rows": [], "empty": empty}],
            "next_item": None,
        }
    keys = ["own", "new"] if viewer.judges else ["new", "taken"]
    counts, labels = tab_counts(viewer), {tab.key: tab.label for tab in tabs_of(viewer)}
    lists = {key: AlertList(viewer, Wanted(tab=key)) for key in keys}
    found = {key: list(ready_for_rows(listed.rows)[:SHOWN]) if counts[key] else [] for key, listed in lists.items()}
    rows = iter(alert_rows([alert for key in keys for alert in found[key]], viewer))
    sections = [
        {
            "title": labels[key],
            "count": counts[key],
            "url": lists[key].wanted.url(),
            "rows": [next(rows) for _alert in found[key]],
            "empty": None,
        }
        for key in keys
    ]
    return {"sections": sections, "next_item": _next_item(viewer) if viewer.judges else None, "decisions": _decisions(viewer)}


def _decisions(viewer: Viewer) -> list[dict[str, Any]]:
    """Requests of others that wait for this person's decision, as [{title, count, url}]: counted as the list that opens counts them."""
    if not waiting_for(viewer).exists():
        return []
    url = f"{reverse('suppressions:suppressions')}?tab=asked"
    return [{"title": _("Suppressions to be decided"), "count": asked_for(viewer).count(), "url": url}]


def _next_item(viewer: Viewer) -> dict[str, Any] | None:
    """The first alert of the list "for me to handle"."""
    wanted = Wanted(tab="mine")
    first = ready_for_rows(AlertList(viewer, wanted).rows).first()
    if first is None:
        return None
    return {
        "level": first.level,
        "sentence": said(first, Names.of([first]).subject(first)),
        "deadline": deadline(first, ended_at=None),
        "url": f"{reverse('center:alert', args=[first.number])}?tab={wanted.tab}",
    }
