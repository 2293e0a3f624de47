"""清查 on the phone: the page, its draft, the submission, and the photos of findings piece by piece."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.kit.errors import MingjingError, NotFound
from oversight.attachments.serving import announced_size, offset_of, refused_in_json, served, whole_files
from oversight.center.presenters.times import short_time
from oversight.cycle import attaching, filling
from oversight.cycle.presenting import fill_context, papers
from oversight.cycle.queries import visible_paper, visible_task
from oversight.cycle.views import tell
from oversight.viewer import ConsoleRequest


@require_http_methods(["GET", "POST"])
def fill(request: ConsoleRequest, number: str) -> HttpResponse:
    """The page (`papers=`: the photos of one answer alone); POST submits, or saves the draft where there is no script."""
    task = visible_task(request.user, number)
    if request.method == "POST":
        return _send(request, number)
    of = request.GET.get("papers", "")
    if of.isascii() and of.isdigit() and len(of) < 19:
        told = {"papers": papers(attaching.answer_of(task, int(of)), number), "drops": True, "id": f"papers-{of}"}
        return render(request, "orders/_papers.html", told)
    record("cycle.viewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "cycle/fill.html", fill_context(task, request.viewer))


def _send(request: ConsoleRequest, number: str) -> HttpResponse:
    told: dict[str, Any] = {"number": number, "actor": request.user, "typed": _typed(request), "version": _version(request)}
    try:
        if request.POST.get("act") == "draft":
            filling.save_draft(**told)
            messages.success(request, _("The draft is saved."))
            return redirect("cycle:fill", number)
        filling.submit(**told, address=request.viewer.address)
    except NotFound:
        raise
    except MingjingError as error:
        tell(request, error)
        return _again(request, number, error.status, told["typed"] | {"version": str(told["version"])})
    messages.success(request, _("Submitted; it is reviewed now."))
    return redirect("cycle:fill", number)


def _again(request: ConsoleRequest, number: str, status: int, typed: dict[str, str] | None = None) -> HttpResponse:
    return render(request, "cycle/fill.html", fill_context(visible_task(request.user, number), request.viewer, typed), status=status)


@require_POST
@refused_in_json
def draft(request: ConsoleRequest, number: str) -> HttpResponse:
    """What the page saves by itself while somebody answers: {version, saved}, or {error} with what stopped it."""
    saved = filling.save_draft(number=number, actor=request.user, typed=_typed(request), version=_version(request))
    return JsonResponse({"version": saved.version, "saved": short_time(saved.saved_at) if saved.saved_at else ""})


def _typed(request: ConsoleRequest) -> dict[str, str]:
    return {name: text for name, text in request.POST.items() if isinstance(text, str)}


def _version(request: ConsoleRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@require_POST
def attach(request: ConsoleRequest, number: str, answer: int) -> HttpResponse:
    """Whole files, from the form without script."""
    visible_task(request.user, number)
    told: dict[str, Any] = {"number": number, "answer": answer, "actor": request.user, "address": request.viewer.address}
    try:
        for path, name in whole_files(request):
            attaching.attach(**told, path=path, name=name)
    except NotFound:
        raise
    except MingjingError as error:
        tell(request, error)
        return _again(request, number, error.status)
    return redirect("cycle:fill", number)


@require_POST
@refused_in_json
def begin_sending(request: ConsoleRequest, number: str, answer: int) -> HttpResponse:
    """{token, offset}: the file is known, and so much of it is here."""
    told: dict[str, Any] = {"name": request.POST.get("name", ""), "size": announced_size(request), "key": request.POST.get("key", "")}
    sending, here = attaching.begin_sending(number=number, answer=answer, actor=request.user, **told)
    return JsonResponse({"token": sending.token, "offset": here})


@require_POST
@refused_in_json
def piece(request: ConsoleRequest, number: str, answer: int, token: str) -> HttpResponse:
    """The body is the piece, `Upload-Offset` where it begins: {offset, done}."""
    told: dict[str, Any] = {"token": token, "start": offset_of(request), "piece": request.body, "address": request.viewer.address}
    here, made = attaching.take_piece(number=number, answer=answer, actor=request.user, **told)
    return JsonResponse({"offset": here, "done": made is not None})


@require_GET
def paper(request: ConsoleRequest, number: str, paper: int) -> HttpResponseBase:
    """The photo itself; every opening is in the audit trail."""
    one = visible_paper(request.user, number, paper)
    answer = served(one)
    told: dict[str, Any] = {"name": one.name, "sha256": one.sha256}
    record("cycle.paper_opened", actor=request.user, target=number, address=request.viewer.address, **told)
    return answer


@require_POST
def drop_paper(request: ConsoleRequest, number: str, paper: int) -> HttpResponse:
    try:
        attaching.detach(number=number, paper=paper, actor=request.user, address=request.viewer.address)
    except NotFound:
        raise
    except MingjingError as error:
        tell(request, error)
        return _again(request, number, error.status)
    return redirect("cycle:fill", number)
