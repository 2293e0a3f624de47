"""历史倒查: sweeps of history with their progress, the form that orders one, and what may be done with one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.kit.errors import Conflict, MingjingError, NotFound
from oversight.sweeps.ordering import Ordered, amount_context, form_context
from oversight.sweeps.presenting import list_context
from oversight.viewer import ConsoleRequest
from risk.sweeps import services


@require_GET
def sweeps(request: ConsoleRequest) -> HttpResponse:
    """The unfinished ones first, then the newest; `fragment=live` is asked for again while one is worked."""
    context = list_context(request.viewer, request.GET.get("before", ""))
    return render(request, "sweeps/_sweeps.html" if request.GET.get("fragment") == "live" else "sweeps/sweeps.html", context)


@require_http_methods(["GET", "POST"])
def order(request: ConsoleRequest) -> HttpResponse:
    """The form, with how much it would be; `fragment=amount` answers that alone while days and rules are chosen."""
    if request.method == "GET":
        wanted = Ordered.read(request.GET)
        if request.GET.get("fragment") == "amount":
            return render(request, "sweeps/_amount.html", amount_context(wanted))
        return render(request, "sweeps/order.html", form_context(wanted))
    wanted = Ordered.read(request.POST)
    try:
        made = services.order_sweep(
            actor=request.user,
            reason=wanted.reason,
            first_day=wanted.first_day,
            last_day=wanted.last_day,
            rule_codes=wanted.rules,
            address=request.viewer.address,
        )
    except MingjingError as error:
        return render(request, "sweeps/order.html", form_context(wanted) | {"problem": str(error)}, status=error.status)
    messages.success(request, _("The sweep %(number)s is ordered; it begins within seconds.") % {"number": made.number})
    return redirect("sweeps:sweeps")


@require_POST
def pause(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.pause_sweep, _("Paused."))


@require_POST
def resume(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.resume_sweep, _("It goes on."))


@require_POST
def stop(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.stop_sweep, _("Stopped. What it found stands."), reason=_reason(request.POST))


def _reason(given: QueryDict) -> str:
    return given.get("reason", "")[:1000]


def _act(request: ConsoleRequest, number: str, service: Callable[..., Any], done: str, **given: str) -> HttpResponse:
    """Carry out and show the list, or show it with what was typed and why nothing was written."""
    try:
        service(number=number, actor=request.user, address=request.viewer.address, **given)
    except NotFound:
        raise
    except MingjingError as error:
        context = list_context(request.viewer, "")
        open_still = any(one["number"] == number for one in context["stops"])
        if "reason" in given and open_still:
            context["typed"] = {"number": number, "reason": given["reason"], "problem": str(error)}
        else:
            messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        return render(request, "sweeps/sweeps.html", context, status=error.status)
    messages.success(request, done)
    return redirect("sweeps:sweeps")
