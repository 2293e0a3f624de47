"""The draft of the next version in the browser: edited, submitted, published by a second person. What cannot be written stays typed."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.kit.errors import Conflict, MingjingError, NotFound
from oversight.checklist.drafting import ALL_FIELDS, draft_context, edit_context
from oversight.checklist.presenting import versions_context
from oversight.viewer import ConsoleRequest
from risk.checklist.revisions import publishing, rules, services
from risk.rules.drafts.queries import open_draft

LONGEST = 1000


@require_GET
def draft(request: ConsoleRequest) -> HttpResponse:
    return render(request, "checklist/draft.html", draft_context(request.viewer))


@require_http_methods(["GET", "POST"])
def edit(request: ConsoleRequest, no: str) -> HttpResponse:
    """An item in the draft: changed, taken out (`act=out`), or put back as it was (`act=restore`)."""
    if request.method == "GET":
        return render(request, "checklist/edit.html", edit_context(request.viewer, no))
    typed = _typed(request)
    who: dict[str, Any] = {"actor": request.user, "address": request.viewer.address}
    act, seen = request.POST.get("act", ""), request.POST.get("seen", "")[:64]
    try:
        if act == "restore":
            services.restore_item(no=no, **who)
        elif act == "out":
            services.take_out(no=no, reason=typed["reason"], seen=seen, **who)
        else:
            services.set_item(given=typed, reason=typed["reason"], no=no, seen=seen, **who)
    except NotFound:
        raise
    except MingjingError as error:
        return _not_written(request, no, typed, error)
    messages.success(
        request, _("Item %(no)s is in the draft.") % {"no": no} if act != "restore" else _("Item %(no)s stands as before.") % {"no": no}
    )
    return redirect("checklist:draft")


@require_http_methods(["GET", "POST"])
def new(request: ConsoleRequest) -> HttpResponse:
    if request.method == "GET":
        return render(request, "checklist/edit.html", edit_context(request.viewer, ""))
    typed = _typed(request)
    try:
        services.set_item(given=typed, reason=typed["reason"], actor=request.user, address=request.viewer.address)
    except NotFound:
        raise
    except MingjingError as error:
        return _not_written(request, "", typed, error)
    messages.success(request, _("Item %(no)s is in the draft.") % {"no": typed["no"]})
    return redirect("checklist:draft")


def _typed(request: ConsoleRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip()[:LONGEST] for name in (*ALL_FIELDS, "reason")}


def _not_written(request: ConsoleRequest, no: str, typed: dict[str, str], error: MingjingError) -> HttpResponse:
    """The form with what was typed; after a conflict the mark is that of what is there now."""
    problems = error.problems if isinstance(error, services.WrongFields) else []
    context = edit_context(request.viewer, no, typed, problems) | {"problem": str(error)}
    return render(request, "checklist/edit.html", context, status=error.status)


@require_POST
def submit(request: ConsoleRequest) -> HttpResponse:
    given = request.POST
    said = _("Submitted; a second person publishes it.")
    effect_on = _day(given.get("effect_on", ""))
    return _done(request, said, lambda who: publishing.submit(note=given.get("note", "")[:LONGEST], effect_on=effect_on, **who))


@require_POST
def withdraw(request: ConsoleRequest) -> HttpResponse:
    return _done(request, _("Withdrawn; it can be edited again."), lambda who: publishing.withdraw(**who))


@require_POST
def give_back(request: ConsoleRequest) -> HttpResponse:
    note = request.POST.get("return_note", "")[:LONGEST]
    return _done(request, _("Returned to its editors."), lambda who: publishing.give_back(note=note, **who))


@require_POST
def discard(request: ConsoleRequest) -> HttpResponse:
    return _done(request, _("The draft is discarded; nothing in force has changed."), lambda who: publishing.discard(**who))


@require_POST
def publish(request: ConsoleRequest) -> HttpResponse:
    seen = request.POST.get("digest", "")[:64]
    said = _("Published. It takes effect as stated; versions before it stay as they were.")
    return _done(request, said, lambda who: publishing.publish(seen=seen, **who), to="checklist:versions")


@require_POST
def waive(request: ConsoleRequest, code: str) -> HttpResponse:
    reason = request.POST.get("reason", "")[:LONGEST]
    return _done(request, _("%(code)s goes without a backtest.") % {"code": code}, lambda who: rules.waive(code=code, reason=reason, **who))


@require_POST
def release(request: ConsoleRequest, code: str) -> HttpResponse:
    return _done(request, _("%(code)s is left out of this version.") % {"code": code}, lambda who: rules.release_rule(code=code, **who))


@require_POST
def take(request: ConsoleRequest, code: str) -> HttpResponse:
    """An open draft of a rule into the draft of the checklist."""
    found = open_draft(code)
    if found is None:
        raise NotFound(_("There is no open draft of %(code)s.") % {"code": code})
    return _done(request, _("%(code)s is published with this version.") % {"code": code}, lambda who: rules.take_rule(draft=found, **who))


@require_POST
def roll_back(request: ConsoleRequest, version: int) -> HttpResponse:
    """The content of an older version as the next one, submitted at once."""
    given = request.POST
    try:
        publishing.roll_back(
            to=version,
            note=given.get("note", "")[:LONGEST],
            effect_on=_day(given.get("effect_on", "")),
            actor=request.user,
            address=request.viewer.address,
        )
    except NotFound:
        raise
    except MingjingError as error:
        _tell(request, error)
        typed = {"version": version, "note": given.get("note", ""), "effect_on": given.get("effect_on", "")}
        return render(request, "checklist/versions.html", versions_context(request.viewer) | {"typed": typed}, status=error.status)
    messages.success(request, _("The roll back to version %(number)s is submitted; a second person publishes it.") % {"number": version})
    return redirect("checklist:draft")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _done(request: ConsoleRequest, said: str, act: Callable[[dict[str, Any]], Any], to: str = "checklist:draft") -> HttpResponse:
    """Do it; what is refused comes back with the page and what was typed."""
    try:
        act({"actor": request.user, "address": request.viewer.address})
    except NotFound:
        raise
    except MingjingError as error:
        _tell(request, error)
        typed = {name: request.POST.get(name, "")[:LONGEST] for name in ("note", "effect_on", "return_note", "reason")}
        context = draft_context(
            request.viewer, typed | {"code": request.resolver_match.kwargs.get("code", "") if request.resolver_match else ""}
        )
        return render(request, "checklist/draft.html", context, status=error.status)
    messages.success(request, said)
    return redirect(reverse(to))


def _tell(request: ConsoleRequest, error: MingjingError) -> None:
    messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
