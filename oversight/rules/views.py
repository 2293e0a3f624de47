"""Reading rules: the list, one rule with its history and its alerts, and how all of them do."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ledger.audit.services import record
from oversight.rules.healths import health_context
from oversight.rules.listing import Wanted, list_context
from oversight.rules.page import rule_context
from oversight.viewer import ConsoleRequest


@require_GET
def rules(request: ConsoleRequest) -> HttpResponse:
    return render(request, "rules/rules.html", list_context(request.viewer, Wanted.read(request.GET)))


@require_GET
def rule(request: ConsoleRequest, code: str) -> HttpResponse:
    """One rule; `from` and `to` choose two versions to compare, `alerts` the outcome whose alerts are listed."""
    context = rule_context(request.viewer, code, request.GET)
    if context["listed"]:
        record("rule.alerts_viewed", actor=request.user, target=code, address=request.viewer.address, outcome=context["listed"]["outcome"])
    return render(request, "rules/rule.html", context)


@require_GET
def health(request: ConsoleRequest) -> HttpResponse:
    return render(request, "rules/health.html", health_context(request.viewer, request.GET.get("show", "")))
