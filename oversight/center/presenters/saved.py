"""The views a person may open, as a menu, as tabs, and as a list to change."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.urls import reverse

from oversight.center.lists import AlertList, Wanted
from oversight.center.models import SavedView
from oversight.center.saved_views import NAME_LENGTH, PINNED_MOST, views_of
from oversight.viewer import Viewer


def saved_context(viewer: Viewer, wanted: Wanted) -> dict[str, Any]:
    """`views` of the menu, `tabs` for those that are pinned (PINNED_MOST at most, with their counts), `active` the name of this list."""
    here = urlencode(wanted.query)
    views = [_view(view, viewer, here) for view in views_of(viewer)]
    pinned = [view for view in views if view["pinned"]][:PINNED_MOST]
    return {
        "views": views,
        "own": [view for view in views if view["own"]],
        "tabs": [view | _counted(view, viewer) for view in pinned],
        "active": next((view["name"] for view in views if view["active"]), ""),
        "on_tab": any(view["active"] for view in pinned),
        "query": here,
        "shareable": viewer.judges and not wanted.q,
        "longest": NAME_LENGTH,
    }


def _view(view: SavedView, viewer: Viewer, here: str) -> dict[str, Any]:
    wanted = _wanted(view.query, viewer)
    own = view.owner_id == viewer.user.pk
    return {
        "pk": view.pk,
        "name": view.name,
        "url": wanted.url(),
        "query": view.query,
        "shared": view.shared,
        "pinned": view.pinned,
        "own": own,
        "owner": "" if own else str(view.owner),
        "active": urlencode(wanted.query) == here,
        "change_url": reverse("center:view-change", args=[view.pk]) if own else None,
        "delete_url": reverse("center:view-delete", args=[view.pk]) if own else None,
    }


def _counted(view: dict[str, Any], viewer: Viewer) -> dict[str, Any]:
    listed = AlertList(viewer, _wanted(view["query"], viewer))
    return {"count": listed.size, "more": listed.size_more}


def _wanted(query: str, viewer: Viewer) -> Wanted:
    return Wanted.read(dict(parse_qsl(query)), viewer)
