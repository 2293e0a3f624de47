"""The tabs of the intake pages; a page that is not there or not open to a person has none."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oversight.access import opens
from oversight.viewer import ConsoleRequest

TABS: tuple[tuple[str, Promise, tuple[str, ...]], ...] = (
    ("intake:deliveries", _("Deliveries"), ("intake:delivery",)),
    ("intake:upload", _("Upload"), ("intake:upload-change",)),
    ("intake:quarantine", _("Quarantine"), ("intake:ask_discard", "intake:decide_discard")),
    ("intake:sources", _("Sources"), ()),
)


def tabs(request: ConsoleRequest) -> list[dict[str, Any]]:
    """[{label, url, active}]"""
    here = request.resolver_match.view_name if request.resolver_match else ""
    found = []
    for view, label, within in TABS:
        url = address(view)
        if url and opens(view, request.viewer.roles):
            found.append({"label": label, "url": url, "active": here in (view, *within)})
    return found


def address(view: str, **query: object) -> str:
    """The address of a page, empty where there is no such page."""
    try:
        url = reverse(view)
    except NoReverseMatch:
        return ""
    return f"{url}?{'&'.join(f'{name}={value}' for name, value in query.items())}" if query else url
