"""熔断方案 in pages: written, played over history, armed by a second person."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.kit.errors import BadInput, Conflict, MingjingError, NotFound
from oversight.breakers import policies as services
from oversight.breakers import words
from oversight.breakers.models import BreakerPolicy
from oversight.breakers.policy_pages import policies_context, policy_context
from oversight.cases.models import Approval
from oversight.viewer import ConsoleRequest
from risk.rules.models import LEVELS


@require_GET
def policies(request: ConsoleRequest) -> HttpResponse:
    return render(request, "breakers/policies.html", policies_context(request.viewer))


@require_GET
def policy(request: ConsoleRequest, kind: str) -> HttpResponse:
    return render(request, "breakers/policy.html", policy_context(kind, request.viewer))


@require_POST
def save(request: ConsoleRequest, kind: str) -> HttpResponse:
    """A new draft; what could not be saved stays typed."""
    try:
        made = services.save_policy(subject_kind=kind, given=_given(request.POST), actor=request.user, address=request.viewer.address)
    except NotFound:
        raise
    except MingjingError as error:
        typed: dict[str, Any] = {name: request.POST.get(name, "")[:20] for name in (*words.FIELDS, *map("weight_{}".format, LEVELS))}
        context = policy_context(kind, request.viewer, typed | {"effects": request.POST.getlist("effects")})
        return render(request, "breakers/policy.html", context | {"problem": str(error)}, status=error.status)
    messages.success(request, _("Saved as version %(version)d; simulate it next.") % {"version": made.version})
    return redirect("breakers:policy", kind)


def _given(posted: QueryDict) -> dict[str, Any]:
    """The terms of the form. Raises BadInput for a field that is no number."""
    given: dict[str, Any] = {"effects": posted.getlist("effects"), "weights": [posted.get(f"weight_{level}", "") for level in LEVELS]}
    for name, label in words.FIELDS.items():
        text = posted.get(name, "").strip()
        try:
            given[name] = int(text) if name in services.BOUNDS else float(text)
        except ValueError as error:
            raise BadInput(_("%(field)s: give a number.") % {"field": label}) from error
    return given


@require_POST
def simulate(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.simulate_policy, _("Simulated over the last twelve months."))


@require_POST
def ask_policy(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.ask_policy, _("Asked for; a leader or the discipline inspection decides."))


@require_POST
def decide_policy(request: ConsoleRequest, number: str) -> HttpResponse:
    decision = request.POST.get("decision", "")
    given = {"approve": decision == "approve", "note": request.POST.get("note", "")}
    done = _("Decided; it holds at once.") if decision == "approve" else _("Refused.")
    return _act(request, number, services.decide_policy, done, **given)


def _act(request: ConsoleRequest, number: str, service: Callable[..., BreakerPolicy], done: str, **given: Any) -> HttpResponse:
    """Call the service and lead back to the policies of the kind, with what became of it."""
    try:
        found = service(number=number, actor=request.user, address=request.viewer.address, **given)
    except NotFound:
        raise
    except MingjingError as error:
        kept = BreakerPolicy.objects.filter(number=number).first()
        if kept is None:
            raise
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        return render(request, "breakers/policy.html", policy_context(kept.subject_kind, request.viewer), status=error.status)
    lapsed = given.get("approve") and Approval.objects.filter(about=number).order_by("-id")[0].state == Approval.State.LAPSED
    messages.success(request, _("What was asked for has changed since and lapsed; ask again.") if lapsed else done)
    return redirect("breakers:policy", found.subject_kind)
