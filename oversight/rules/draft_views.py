"""Drafts of rules: written, changed, played over history, dropped. Publishing is the checklist revision's, by a second person."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.kit.errors import Conflict, MingjingError, NotFound
from oversight import doorbell
from oversight.rules import forms
from oversight.rules.detecting import DETECTORS
from oversight.rules.draft_page import draft_context
from oversight.viewer import ConsoleRequest
from risk.backtest.runs.queries import latest_for
from risk.backtest.runs.services import cancel, order
from risk.detectors.registry import detectors
from risk.rules.drafts.models import RuleDraft
from risk.rules.drafts.queries import open_draft, version_entry
from risk.rules.drafts.services import Unfit, begin, change, discard, latest_published

EMPTY: Mapping[str, str] = {}


@require_http_methods(["GET", "POST"])
def new(request: ConsoleRequest) -> HttpResponse:
    """A rule without code: the detector is chosen first (`?detector=`), then its form is filled in."""
    chosen = (request.GET if request.method == "GET" else request.POST).get("detector", "")
    if chosen not in detectors():
        kinds = [{"code": code, "title": title, "text": text} for code, (title, text) in DETECTORS.items()]
        return render(request, "rules/new.html", {"detectors": kinds}, status=200 if request.method == "GET" else 400)
    content = forms.blank(chosen)
    if request.method == "GET":
        return _form(request, content, None, EMPTY, new=True)
    said, problems = forms.read(request.POST, content, new=True)
    if problems:
        return _form(request, content, request, problems, new=True)
    try:
        made = begin(
            code=said["code"], actor=request.user, content=said, reason=request.POST.get("reason", ""), address=request.viewer.address
        )
    except MingjingError as error:
        return _refused(request, content, error, new=True)
    messages.success(request, _("The draft of %(code)s is begun; play it over history before it is submitted.") % {"code": made.code})
    return redirect("rules:draft", made.code)


@require_http_methods(["GET", "POST"])
def edit(request: ConsoleRequest, code: str) -> HttpResponse:
    """The form of the open draft, or of what the rule says now: saving that begins a draft."""
    found = open_draft(code)
    base = latest_published(code)
    if found is None and base is None:
        raise NotFound(_("There is no rule %(codes)s; the codes are those of the rule list.") % {"codes": code})
    content = found.content if found is not None else version_entry(base).content if base is not None else {}
    if request.method == "GET":
        return _form(request, content, None, EMPTY, new=False, found=found)
    said, problems = forms.read(request.POST, content, new=False)
    if problems:
        return _form(request, content, request, problems, new=False, found=found)
    try:
        _save(request, code, said, found)
    except MingjingError as error:
        return _refused(request, content, error, new=False, found=found)
    messages.success(request, _("The draft of %(code)s is saved.") % {"code": code})
    return redirect("rules:draft", code)


@transaction.atomic
def _save(request: ConsoleRequest, code: str, said: dict[str, Any], found: RuleDraft | None) -> None:
    """Begin the draft where there is none, and let it say what was typed, as of the edition that was seen."""
    reason, address, seen = request.POST.get("reason", ""), request.viewer.address, request.POST.get("edition", "")
    if found is None:
        if seen:
            raise Conflict(_("The draft of %(code)s is no longer open; load the page again.") % {"code": code})
        found = begin(code=code, actor=request.user, address=address)
    else:
        found.edition = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
    change(draft=found, content=said, reason=reason, actor=request.user, address=address)


def _refused(request: ConsoleRequest, content: Mapping[str, Any], error: MingjingError, **form: Any) -> HttpResponse:
    """The form with what was typed; what names a field stands there."""
    field = error.field.partition("[")[0] if isinstance(error, Unfit) else ""
    parts = field.split(".")
    name = ".".join(parts[:2])
    if name in ("frame", "subject_kind", "subject_column"):
        name = "subject"
    if name in ("thresholds", "params", ""):
        return _form(request, content, request, {"": str(error)}, status=error.status, **form)
    return _form(request, content, request, {name: str(error)}, status=error.status, **form)


def _form(
    request: ConsoleRequest,
    content: Mapping[str, Any],
    typed: ConsoleRequest | None,
    problems: Mapping[str, str],
    *,
    new: bool,
    found: RuleDraft | None = None,
    status: int = 400,
) -> HttpResponse:
    """The form; `typed`: the request that was refused. A draft keeps its reason."""
    groups = forms.fields_of(content, typed.POST if typed else None, problems, new=new)
    shown = {field["name"] for group in groups for field in group["fields"]}
    if typed is None and found is not None:
        next(field for group in groups for field in group["fields"] if field["name"] == "reason")["value"] = found.reason
    code = str(content["code"])
    context = {
        "code": code,
        "detector": content["detector"],
        "kind": DETECTORS[str(content["detector"])],
        "groups": groups,
        "problem": " ".join(text for name, text in problems.items() if name not in shown),
        "problems": len(problems),
        "edition": typed.POST.get("edition", "") if typed else found.edition if found else "",
        "drafted": found is not None,
        "new": new,
        "action": reverse("rules:new") if new else reverse("rules:edit", args=[code]),
    }
    return render(request, "rules/form.html", context, status=status if typed else 200)


@require_GET
def draft(request: ConsoleRequest, code: str) -> HttpResponse:
    """What the draft changes and what it would cost; `fragment=run` is how its backtest stands, which reloads the page once it is done."""
    found = _found(code)
    context = draft_context(request.viewer, found)
    if context["examples"]:
        record("rule_draft.examples_viewed", actor=request.user, target=code, address=request.viewer.address, digest=found.digest)
    if request.GET.get("fragment") != "run":
        return render(request, "rules/draft.html", context)
    answer = render(request, "rules/_run.html", context)
    if not context["live_url"]:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def play(request: ConsoleRequest, code: str) -> HttpResponse:
    """Order the backtest of the draft as it reads now."""
    found = _found(code)

    def act() -> None:
        order(draft=found, actor=request.user, again="again" in request.POST, address=request.viewer.address)
        doorbell.ring_for(doorbell.BACKTEST_TASK)

    return _act(request, code, act)


@require_POST
def call_off(request: ConsoleRequest, code: str) -> HttpResponse:
    run = latest_for(_found(code).digest)
    if run is None:
        raise NotFound(_("There is no such backtest."))
    return _act(request, code, lambda: cancel(number=run.number, actor=request.user, address=request.viewer.address))


@require_POST
def drop(request: ConsoleRequest, code: str) -> HttpResponse:
    """Drop the draft as it was seen."""
    found = _found(code)
    seen = request.POST.get("edition", "")
    found.edition = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
    try:
        discard(draft=found, actor=request.user, address=request.viewer.address)
    except MingjingError as error:
        messages.error(request, str(error))
        return redirect("rules:draft", code)
    messages.success(request, _("The draft of %(code)s is dropped; nothing in force changed.") % {"code": code})
    return redirect("rules:rule", code) if found.rule_id else redirect("rules:rules")


def _act(request: ConsoleRequest, code: str, act: Any) -> HttpResponseRedirect:
    try:
        with transaction.atomic():
            act()
    except NotFound:
        raise
    except MingjingError as error:
        messages.error(request, str(error))
    return redirect("rules:draft", code)


def _found(code: str) -> RuleDraft:
    found = open_draft(code)
    if found is None:
        raise NotFound(_("There is no open draft of %(code)s.") % {"code": code})
    return found
