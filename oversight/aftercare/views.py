"""整改成效: the list of watches; and by what they are judged, for the system admin. What was refused stays typed."""

from dataclasses import fields

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.kit.errors import BadInput, MingjingError
from oversight.aftercare.listing import watches_context
from oversight.aftercare.policy import BOUNDS, figures_now, save_figures
from oversight.aftercare.presenting import policy_context
from oversight.aftercare.rates import Figures
from oversight.viewer import ConsoleRequest


@require_GET
def watches(request: ConsoleRequest) -> HttpResponse:
    context = watches_context(request.viewer, request.GET.get("tab", ""), request.GET.get("from", ""))
    return render(request, "aftercare/watches.html", context)


@require_GET
def policy(request: ConsoleRequest) -> HttpResponse:
    return render(request, "aftercare/policy.html", policy_context(*figures_now()))


@require_POST
def save(request: ConsoleRequest) -> HttpResponse:
    try:
        save_figures(figures=_read(request.POST), actor=request.user, address=request.viewer.address)
    except MingjingError as error:
        messages.error(request, str(error))
        typed = {one.name: request.POST.get(one.name, "")[:20] for one in fields(Figures)}
        return render(request, "aftercare/policy.html", policy_context(*figures_now(), typed), status=error.status)
    messages.success(request, _("Saved; cases closed from now on are watched by it."))
    return redirect("aftercare:policy")


def _read(given: QueryDict) -> Figures:
    """Raises BadInput for what is no whole number."""
    numbers = {}
    for name in BOUNDS:
        text = given.get(name, "").strip()
        if not text.isascii() or not text.isdigit() or len(text) > 6:
            raise BadInput(_("“%(text)s” is no whole number.") % {"text": text})
        numbers[name] = int(text)
    return Figures(**numbers, least_level=given.get("least_level", ""))
