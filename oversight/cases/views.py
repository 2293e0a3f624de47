"""案件督办: the list of cases, one case, and its opening from an alert. What people do with a case is in acts.py."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ledger.audit.services import record
from ledger.kit.errors import MingjingError, NotFound
from oversight.cases.dispatching import Typed, dispatch_context
from oversight.cases.lists import Wanted, list_context
from oversight.cases.models import Case, CaseAlert
from oversight.cases.presenting import case_context
from oversight.cases.sections import sections_of
from oversight.cases.services import open_case
from oversight.cases.visibility import visible_case
from oversight.center.listing import tell_streams
from oversight.center.presenters.alerts import seen
from oversight.viewer import ConsoleRequest


@require_GET
def cases(request: ConsoleRequest) -> HttpResponse:
    return render(request, "cases/cases.html", list_context(request.viewer, Wanted.read(request.GET)))


@require_GET
def case(request: ConsoleRequest, case: str) -> HttpResponse:
    found = visible_case(request.user, case)
    record("case.viewed", actor=request.user, target=found.number, address=request.viewer.address)
    return case_page(request, found)


def case_page(request: ConsoleRequest, found: Case, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a case with the sections of other areas. `more`: `typed`, what could not be written and where it was typed."""
    shown = [render_to_string(template, context, request=request) for template, context in sections_of(found, request.viewer)]
    context = case_context(found, request.viewer) | {"sections": shown} | more
    return render(request, "cases/case.html", context, status=status)


@require_http_methods(["GET", "POST"])
def dispatch(request: ConsoleRequest, number: str) -> HttpResponse:
    """交办 over the alert of that number and those chosen with it. Without a script the form is a page; so it is when it was refused."""
    alert = seen(number, request.viewer)
    row = CaseAlert.objects.filter(alert=alert).select_related("case").first()
    if alert.unit is None:
        raise NotFound(_("There is no alert %(number)s that you may see.") % {"number": number})
    if request.method == "GET" and row is not None:
        return redirect("cases:case", row.case.number)
    if request.method == "GET":
        return render(request, "cases/dispatch.html", {"offer": dispatch_context(alert, request.viewer)})
    typed = Typed.read(request.POST)
    try:
        made = open_case(
            alerts=[number, *typed.alerts],
            actor=request.user,
            parties=typed.parties(),
            basis=typed.basis,
            requirement=typed.requirement,
            address=request.viewer.address,
        )
    except NotFound:
        raise
    except MingjingError as error:
        context = {"offer": dispatch_context(alert, request.viewer, typed), "problem": str(error)}
        return render(request, "cases/dispatch.html", context, status=error.status)
    tell_streams()
    text = (
        _("Case %(number)s waits for a leader to approve its dispatch.")
        if made.status == Case.Status.ASKED
        else _("Dispatched as case %(number)s.")
    )
    messages.success(request, text % {"number": made.number})
    return redirect("cases:case", made.number)
