"""清查清理: units by rounds, the tasks, one of them at the desk, what they brought up, and the terms. What was refused stays typed."""

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
from oversight.cycle import following, reviewing
from oversight.cycle.lists import overview_context, tasks_context
from oversight.cycle.models import Period, Task
from oversight.cycle.papers import made_context
from oversight.cycle.presenting import task_context
from oversight.cycle.queries import visible_task
from oversight.cycle.registers import draft_url, findings_context, proposals_context
from oversight.cycle.terms import MOST, save_terms, terms
from oversight.viewer import ConsoleRequest


@require_GET
def overview(request: ConsoleRequest) -> HttpResponse:
    context = overview_context(request.viewer, request.GET)
    return render(request, "cycle/overview.html", context | made_context(request.viewer, context["latest"]))


@require_GET
def tasks(request: ConsoleRequest) -> HttpResponse:
    return render(request, "cycle/tasks.html", tasks_context(request.viewer, request.GET))


@require_GET
def task(request: ConsoleRequest, number: str) -> HttpResponse:
    found = visible_task(request.user, number)
    record("cycle.viewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "cycle/task.html", task_context(found, request.viewer))


@require_POST
def review(request: ConsoleRequest, number: str) -> HttpResponse:
    """Accept the task, or return it with comments on its items."""
    found, given = visible_task(request.user, number), request.POST
    try:
        done = _reviewed(request, found)
    except NotFound:
        raise
    except MingjingError as error:
        tell(request, error)
        typed = {name: text for name, text in given.items() if isinstance(text, str)}
        return render(
            request, "cycle/task.html", task_context(visible_task(request.user, number), request.viewer, typed), status=error.status
        )
    messages.success(request, done)
    return redirect("cycle:task", number)


def _reviewed(request: ConsoleRequest, found: Task) -> str:
    given = request.POST
    told: dict[str, Any] = {"number": found.number, "actor": request.user, "note": given.get("note", ""), "address": request.viewer.address}
    if given.get("decision") == "accept":
        reviewing.accept(**told)
        return _("Accepted.")
    if given.get("decision") != "return":
        raise BadInput(_("Choose to accept or to return."))
    comments = {pk: given.get(f"comment-{pk}", "") for pk in found.answers.values_list("pk", flat=True)}
    reviewing.send_back(**told, comments=comments)
    return _("Returned; the unit works on it again.")


@require_GET
def findings(request: ConsoleRequest) -> HttpResponse:
    return render(request, "cycle/findings.html", findings_context(request.viewer, request.GET))


@require_POST
def note(request: ConsoleRequest, answer: int) -> HttpResponse:
    text = request.POST.get("note", "")

    def act() -> str:
        following.note_finding(answer=answer, actor=request.user, note=text, address=request.viewer.address)
        return _("Noted.")

    return _listed(request, "findings", findings_context, act, {"pk": answer, "note": text})


@require_GET
def proposals(request: ConsoleRequest) -> HttpResponse:
    return render(request, "cycle/proposals.html", proposals_context(request.viewer, request.GET))


@require_POST
def decide(request: ConsoleRequest, proposal: int) -> HttpResponse:
    """An accepted proposal leads to the draft of the next checklist, where there is a page for it."""
    decision, text = request.POST.get("decision", ""), request.POST.get("note", "")

    def act() -> str:
        if decision not in ("accept", "decline"):
            raise BadInput(_("Choose to accept or to decline."))
        told: dict[str, Any] = {"accept": decision == "accept", "note": text, "address": request.viewer.address}
        following.decide_proposal(proposal=proposal, actor=request.user, **told)
        return _("Accepted; now change the draft of the next checklist.") if told["accept"] else _("Declined.")

    to = draft_url() if decision == "accept" else ""
    return _listed(request, "proposals", proposals_context, act, {"pk": proposal, "note": text}, to)


def _listed(
    request: ConsoleRequest, name: str, context: Callable[..., dict[str, Any]], act: Callable[[], str], typed: dict[str, Any], to: str = ""
) -> HttpResponse:
    """Carry out and lead back to the list (or on, `to`), or show the list again with what was typed and why."""
    try:
        done = act()
    except NotFound:
        raise
    except MingjingError as error:
        tell(request, error)
        return render(request, f"cycle/{name}.html", context(request.viewer, request.GET, typed), status=error.status)
    messages.success(request, done)
    return redirect(to or reverse(f"cycle:{name}"))


@require_http_methods(["GET", "POST"])
def policy(request: ConsoleRequest) -> HttpResponse:
    """The terms of rounds, for the system admin."""
    if request.method == "GET":
        return render(request, "cycle/terms.html", _terms())
    typed = {period: request.POST.get(period, "").strip() for period in Period.values}
    try:
        if not all(text.isascii() and text.isdigit() and len(text) < 4 for text in typed.values()):
            raise BadInput(_("Working days before the end are whole numbers from 0 to %(most)d.") % {"most": MOST})
        before_end = {period: int(text) for period, text in typed.items()}
        save_terms(before_end=before_end, actor=request.user, address=request.viewer.address)
    except MingjingError as error:
        tell(request, error)
        return render(request, "cycle/terms.html", _terms(typed), status=error.status)
    messages.success(request, _("Saved; rounds opened from now on have these terms."))
    return redirect("cycle:terms")


def _terms(typed: dict[str, str] | None = None) -> dict[str, Any]:
    """What cycle/terms.html prints."""
    rows = [
        {"period": period.value, "label": period.label, "days": (typed or {}).get(period, str(term.before_end)), "edited": term.edited}
        for period, term in terms().items()
    ]
    return {"rows": rows, "most": MOST}


def tell(request: ConsoleRequest, error: MingjingError) -> None:
    messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
