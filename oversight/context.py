"""What the shell around every page needs (templates/base.html). Read only when a template prints it: fragments print none of it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from oversight.access import opens
from oversight.duty.strip import Strip
from oversight.live.asgi import PATH as STREAM
from oversight.menu import menu
from oversight.viewer import Viewer


def console(request: HttpRequest) -> dict[str, Any]:
    viewer: Viewer | None = getattr(request, "viewer", None)
    if viewer is None or request.resolver_match is None:
        return {}
    view_name = request.resolver_match.view_name
    context: dict[str, Any] = {
        "viewer": viewer,
        "menu": SimpleLazyObject(lambda: menu(viewer, view_name)),
        "bell": {"url": reverse("duty:notices")},
    }
    if opens("center:alerts", viewer.roles):
        strip = Strip(viewer)
        context |= {
            "stream_url": STREAM,
            "stream_position": SimpleLazyObject(lambda: viewer.place),
            "duty": SimpleLazyObject(lambda: strip.brief),
            "duty_url": reverse("center:duty"),
            "search_url": reverse("center:alerts"),
            "search_hint": _("Alert number, serial number, staff number, agency"),
            "shift_text": SimpleLazyObject(lambda: strip.shift_text),
        }
    return context
