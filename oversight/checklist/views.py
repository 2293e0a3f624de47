"""风险清单: what is in force and what was, for everybody who answers by it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from oversight.checklist.listing import DRAFT, Wanted
from oversight.checklist.powers import powers_context
from oversight.checklist.presenting import diff_context, item_context, items_context, versions_context
from oversight.viewer import ConsoleRequest
from risk.checklist.revisions.states import EDITORS, PUBLISHERS


@require_GET
def items(request: ConsoleRequest) -> HttpResponse:
    return render(request, "checklist/items.html", items_context(request.viewer, _wanted(request)))


@require_GET
def item(request: ConsoleRequest, no: str) -> HttpResponse:
    return render(request, "checklist/item.html", item_context(request.viewer, no, _wanted(request).version))


@require_GET
def powers(request: ConsoleRequest) -> HttpResponse:
    return render(request, "checklist/powers.html", powers_context(request.viewer, _wanted(request).version))


@require_GET
def versions(request: ConsoleRequest) -> HttpResponse:
    return render(request, "checklist/versions.html", versions_context(request.viewer))


@require_GET
def diff(request: ConsoleRequest) -> HttpResponse:
    given = request.GET
    return render(request, "checklist/diff.html", diff_context(request.viewer, given.get("from", "")[:9], given.get("to", "")[:9]))


def _wanted(request: ConsoleRequest) -> Wanted:
    """What is asked for; the draft is shown to those who work on it."""
    wanted = Wanted.read(request.GET)
    if wanted.version == DRAFT and not request.viewer.roles & (EDITORS | PUBLISHERS):
        return Wanted("", wanted.filters)
    return wanted
