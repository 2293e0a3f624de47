"""整改反馈 on the phone: the page, its draft, the sending, and the attachments piece by piece."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.kit.errors import Conflict, MingjingError, NotFound
from oversight.attachments.serving import announced_size, offset_of, refused_in_json, served, whole_files
from oversight.center.presenters.times import short_time
from oversight.orders import attaching, responding, sending
from oversight.orders.presenting import papers, response_context
from oversight.orders.queries import visible_attachment, visible_order
from oversight.orders.words import FIELDS
from oversight.viewer import ConsoleRequest


@require_http_methods(["GET", "POST"])
def response(request: ConsoleRequest, number: str) -> HttpResponse:
    """The page (`fragment=papers`: its attachments alone); POST sends the report, or saves the draft where there is no script."""
    order = visible_order(request.user, number)
    if request.method == "POST":
        return _send(request, number)
    if request.GET.get("fragment") == "papers":
        return render(request, "orders/_papers.html", {"papers": papers(order), "drops": True})
    record("order.viewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "orders/response.html", response_context(order, request.viewer))


def _send(request: ConsoleRequest, number: str) -> HttpResponse:
    given = request.POST
    typed = _typed(request)
    told: dict[str, Any] = {"number": number, "actor": request.user, "typed": typed, "version": _version(request)}
    try:
        if given.get("act") == "draft":
            responding.save_draft(**told)
            messages.success(request, _("The draft is saved."))
            return redirect("orders:response", number)
        sent = responding.send_report(**told, stage=given.get("stage", ""), address=request.viewer.address)
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        found = visible_order(request.user, number)
        context = response_context(found, request.viewer, typed | {"version": str(_version(request))})
        return render(request, "orders/response.html", context, status=error.status)
    first = sent.stage == sent.Stage.FIRST
    messages.success(request, _("The first report is sent; the response is still to come.") if first else _("Sent; it is reviewed now."))
    return redirect("orders:response", number)


@require_POST
@refused_in_json
def draft(request: ConsoleRequest, number: str) -> HttpResponse:
    """What the page saves by itself while somebody types: {version, saved}, or {error} with what stopped it."""
    saved = responding.save_draft(number=number, actor=request.user, typed=_typed(request), version=_version(request))
    return JsonResponse({"version": saved.version, "saved": short_time(saved.saved_at)})


def _typed(request: ConsoleRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in FIELDS}


def _version(request: ConsoleRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@require_POST
def attach(request: ConsoleRequest, number: str) -> HttpResponse:
    """Whole files, from the form without script."""
    visible_order(request.user, number)
    try:
        for path, name in whole_files(request):
            attaching.attach(number=number, actor=request.user, path=path, name=name, address=request.viewer.address)
    except NotFound:
        raise
    except MingjingError as error:
        messages.error(request, str(error))
        return render(
            request, "orders/response.html", response_context(visible_order(request.user, number), request.viewer), status=error.status
        )
    return redirect("orders:response", number)


@require_POST
@refused_in_json
def begin_sending(request: ConsoleRequest, number: str) -> HttpResponse:
    """{token, offset}: the file is known, and so much of it is here."""
    told: dict[str, Any] = {"name": request.POST.get("name", ""), "size": announced_size(request), "key": request.POST.get("key", "")}
    begun = sending.begin_sending(number=number, actor=request.user, **told)
    return JsonResponse({"token": begun.sending.token, "offset": begun.bytes})


@require_POST
@refused_in_json
def piece(request: ConsoleRequest, number: str, token: str) -> HttpResponse:
    """The body is the piece, `Upload-Offset` where it begins: {offset, done}."""
    told: dict[str, Any] = {"token": token, "start": offset_of(request), "piece": request.body, "address": request.viewer.address}
    arrived = sending.take_piece(number=number, actor=request.user, **told)
    return JsonResponse({"offset": arrived.bytes, "done": arrived.attachment is not None})


@require_GET
def attachment(request: ConsoleRequest, number: str, attachment: int) -> HttpResponseBase:
    """The file itself. Pictures are shown, everything else is saved, nothing is ever a page; every opening is in the audit trail."""
    one = visible_attachment(request.user, number, attachment)
    answer = served(one)
    told: dict[str, Any] = {"name": one.name, "sha256": one.sha256}
    record("order.attachment_opened", actor=request.user, target=number, address=request.viewer.address, **told)
    return answer


@require_POST
def drop_attachment(request: ConsoleRequest, number: str, attachment: int) -> HttpResponse:
    try:
        attaching.detach(number=number, actor=request.user, attachment=attachment, address=request.viewer.address)
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        return render(
            request, "orders/response.html", response_context(visible_order(request.user, number), request.viewer), status=error.status
        )
    return redirect("orders:response", number)
