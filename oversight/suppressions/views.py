"""抑制: what raises no alert for a reason and a time; one person asks, another decides, and nobody whom it concerns sees it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotFound
from oversight import doorbell
from oversight.suppressions.asking import Asked, form_context
from oversight.suppressions.presenting import list_context, page_context
from oversight.viewer import ConsoleRequest
from risk.alerts.suppression_queries import visible_suppression
from risk.alerts.suppressions import ask_suppression, decide_suppression, end_suppression


@require_GET
def suppressions(request: ConsoleRequest) -> HttpResponse:
    context = list_context(request.viewer, request.GET.get("tab", ""), request.GET.get("before", ""))
    return render(request, "suppressions/suppressions.html", context)


@require_GET
def suppression(request: ConsoleRequest, number: str) -> HttpResponse:
    found = visible_suppression(request.user, number)
    record("suppression.viewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "suppressions/suppression.html", page_context(found, request.viewer, request.GET.get("from", "")))


@require_http_methods(["GET", "POST"])
def ask(request: ConsoleRequest) -> HttpResponse:
    """The form, empty or about an alert (`?alert=`); what was refused stays typed."""
    asked = Asked.read(request.GET if request.method == "GET" else request.POST, request.viewer)
    if request.method == "GET":
        return render(request, "suppressions/ask.html", form_context(asked, request.viewer))
    try:
        made = ask_suppression(actor=request.user, address=request.viewer.address, **asked.values())
    except MingjingError as error:
        context = form_context(asked, request.viewer) | {"problem": str(error)}
        return render(request, "suppressions/ask.html", context, status=error.status)
    messages.success(request, _("Asked for the suppression %(number)s; another person decides.") % {"number": made.number})
    return redirect(f"{reverse('suppressions:suppressions')}?tab=asked")


@require_POST
def decide(request: ConsoleRequest, number: str) -> HttpResponse:
    """Approve or refuse a request of somebody else."""
    decision, note = request.POST.get("decision", ""), request.POST.get("note", "")

    def act() -> str:
        if decision not in ("approve", "refuse"):
            raise BadInput(_("Choose to approve or to refuse."))
        approve = decision == "approve"
        decide_suppression(number=number, actor=request.user, approve=approve, note=note, address=request.viewer.address)
        return _("Approved; it counts from now on.") if approve else _("Refused.")

    return _act(request, number, act, "asked", note)


@require_POST
def end(request: ConsoleRequest, number: str) -> HttpResponse:
    note = request.POST.get("note", "")

    def act() -> str:
        end_suppression(number=number, actor=request.user, note=note, address=request.viewer.address)
        return _("Ended; what it held back raises its alerts again.")

    return _act(request, number, act, "approved", note)


def _act(request: ConsoleRequest, number: str, act: Callable[[], str], tab: str, note: str) -> HttpResponse:
    """Carry out and lead back to the part it was in, or show that part again with what was typed and why nothing was written."""
    visible_suppression(request.user, number)
    try:
        done = act()
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        context: dict[str, Any] = list_context(request.viewer, tab, "") | {"typed": {"number": number, "note": note}}
        return render(request, "suppressions/suppressions.html", context, status=error.status)
    doorbell.ring()
    messages.success(request, done)
    return redirect(f"{reverse('suppressions:suppressions')}?tab={tab}")
