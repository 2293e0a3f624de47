"""Views of the alerts list, kept and changed by whoever looks at it."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ledger.kit.errors import Conflict, MingjingError, NotFound
from oversight.center.lists import Wanted
from oversight.center.saved_views import change_view, delete_view, save_view
from oversight.viewer import ConsoleRequest


@require_POST
def save(request: ConsoleRequest) -> HttpResponse:
    def act() -> str:
        name, query = request.POST.get("name", ""), request.POST.get("query", "")
        view = save_view(viewer=request.viewer, name=name, query=query, shared=_on(request, "shared"), pinned=_on(request, "pinned"))
        return _("View %(name)s saved.") % {"name": view.name}

    return _act(request, act)


@require_POST
def change(request: ConsoleRequest, view: int) -> HttpResponse:
    def act() -> str:
        name = request.POST.get("name", "")
        changed = change_view(viewer=request.viewer, pk=view, name=name, shared=_on(request, "shared"), pinned=_on(request, "pinned"))
        return _("View %(name)s changed.") % {"name": changed.name}

    return _act(request, act)


@require_POST
def delete(request: ConsoleRequest, view: int) -> HttpResponse:
    return _act(request, lambda: _("View %(name)s deleted.") % {"name": delete_view(viewer=request.viewer, pk=view)})


def _on(request: ConsoleRequest, name: str) -> bool:
    return request.POST.get(name) == "1"


def _act(request: ConsoleRequest, act: Callable[[], str]) -> HttpResponse:
    """Carry out, and back to the list it was ordered from; what could not be done is said there."""
    try:
        messages.success(request, act())
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
    return redirect(Wanted.read(dict(parse_qsl(request.POST.get("query", ""))), request.viewer).url())
