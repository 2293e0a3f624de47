"""The page on which files are brought in: sent, looked at, corrected, tried, and taken or dropped."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ledger.intake import uploads
from ledger.intake.models import Upload
from ledger.journal.models import Delivery
from ledger.kit import doorbell
from ledger.kit.errors import BadInput, MingjingError, NotFound
from oversight.intake import labels
from oversight.intake.incoming import too_large
from oversight.intake.tabs import tabs
from oversight.intake.upload_rows import active_key, panel, trial, upload_row
from oversight.viewer import ConsoleRequest

TRY_TASK, TAKE_TASK = "ledger.tasks.try_uploads", "ledger.tasks.take_deliveries"


@require_GET
def page(request: ConsoleRequest) -> HttpResponse:
    """The list, with one file opened (`open`). `fragment=list` answers the list alone, `fragment=live` what changed of `was`."""
    fragment = request.GET.get("fragment", "")
    opened = _number(request.GET.get("open", ""))
    if fragment == "live":
        return render(request, "intake/_uploads_live.html", _live(request, opened, request.GET.get("was", "")))
    return render(request, "intake/_uploads.html" if fragment == "list" else "intake/upload.html", _page(request, opened))


def _page(request: ConsoleRequest, opened: int | None, typed: dict[str, Any] | None = None) -> dict[str, Any]:
    found = list(Upload.objects.filter(state__in=uploads.OPEN).select_related("uploaded_by").order_by("id"))
    rows = [upload_row(upload, request.viewer, opened) for upload in found]
    mine = [one for one, upload in zip(rows, found, strict=True) if upload.uploaded_by_id == request.user.pk]
    open_upload = next((upload for upload in found if upload.pk == opened), None)
    return {
        "tabs": tabs(request),
        "uploads": rows,
        "panel": panel(open_upload, request.viewer, typed) if open_upload else None,
        "live": _poll(found, opened),
        "mine_ready": sum(one["ready"] for one in mine),
        "mine_to_try": sum(one["tries"] for one in mine),
        "sources": sorted({"manual", *Delivery.objects.order_by().values_list("source", flat=True).distinct()}),
        "limit": labels.size_text(settings.INTAKE_MAX_BYTES),
        "open": opened,
    }


def _poll(found: Iterable[Upload], opened: int | None) -> dict[str, Any]:
    """Where to ask next for what is still going on; an empty address ends the asking."""
    keys = [key for upload in found if (key := active_key(upload))]
    address = f"{reverse('intake:upload')}?fragment=live&was={'.'.join(keys)}" + (f"&open={opened}" if opened else "")
    return {"url": address if keys else "", "looking": sum(key[0] == "l" for key in keys), "trying": sum(key[0] == "t" for key in keys)}


def _live(request: ConsoleRequest, opened: int | None, was: str) -> dict[str, Any]:
    waited = {number: key[0] for key in was.split(".") if key[:1] in ("l", "t") and (number := _number(key[1:])) is not None}
    found = list(Upload.objects.filter(pk__in=waited, state__in=uploads.OPEN).select_related("uploaded_by").order_by("id"))
    shown = next((upload for upload in found if upload.pk == opened), None)
    return {
        "rows": [upload_row(upload, request.viewer, opened) for upload in found],
        "panel": panel(shown, request.viewer) if shown and waited[shown.pk] == "l" else None,
        "trial": trial(shown) if shown and waited[shown.pk] == "t" else None,
        "live": _poll(found, opened),
        "oob": True,
    }


@require_POST
def put(request: ConsoleRequest) -> HttpResponse:
    """Files sent by the form, or one by one by the page's script, which is answered in plain words instead of being led back."""
    refused, last = [], None
    if too_large(request):
        refused.append(
            _("What was sent is larger than the %(limit)s allowed; split it.") % {"limit": labels.size_text(settings.INTAKE_MAX_BYTES)}
        )
    for file in request.FILES.getlist("file"):
        try:
            last = _put_one(request, file)
        except MingjingError as error:
            refused.append(str(error))
    if last is None and not refused:
        refused.append(_("No file was sent; choose at least one."))
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return HttpResponse("\n".join(refused), status=422 if refused else 200, content_type="text/plain; charset=utf-8")
    for text in refused:
        messages.error(request, text)
    return redirect("intake:upload")


def _put_one(request: ConsoleRequest, file: UploadedFile) -> Upload:
    if not isinstance(file, TemporaryUploadedFile):  # FILE_UPLOAD_HANDLERS writes every file to the disk
        raise TypeError(f"{file!r} is in no file")
    path = Path(file.temporary_file_path())
    upload = uploads.put(path=path, name=file.name or "", actor=request.user, address=request.viewer.address)
    _look(upload)
    return upload


def _look(upload: Upload) -> None:
    """At once where that is quick, else in the background."""
    if uploads.is_quick(upload):
        uploads.look(upload=upload)
    else:
        doorbell.ring(TRY_TASK)


@require_POST
def change(request: ConsoleRequest, upload: int) -> HttpResponse:
    one = _upload(upload)
    typed = {name: request.POST.get(name, "").strip() for name in ("kind", "sheet", "source")}
    backfill = request.POST.get("backfill") == "on"
    try:
        changed = uploads.change(upload=one, actor=request.user, backfill=backfill, address=request.viewer.address, **typed)
    except BadInput as error:
        typed_back = {**typed, "backfill": backfill, "error": str(error)}
        return render(request, "intake/upload.html", _page(request, one.pk, typed_back), status=422)
    _look(changed)
    return _back(one.pk)


@require_POST
def add_sheet(request: ConsoleRequest, upload: int) -> HttpResponse:
    other = uploads.add_sheet(
        upload=_upload(upload), actor=request.user, sheet=request.POST.get("sheet", ""), address=request.viewer.address
    )
    _look(other)
    return _back(other.pk)


@require_POST
def try_out(request: ConsoleRequest, upload: int) -> HttpResponse:
    uploads.ask_trial(upload=_upload(upload), actor=request.user, address=request.viewer.address)
    doorbell.ring(TRY_TASK)
    return _back(upload)


@require_POST
def take(request: ConsoleRequest, upload: int) -> HttpResponse:
    return _taken(request, [_upload(upload)])


@require_POST
def drop(request: ConsoleRequest, upload: int) -> HttpResponse:
    one = _upload(upload)
    uploads.drop(upload=one, actor=request.user, address=request.viewer.address)
    messages.success(request, _("%(name)s was dropped; nothing of it was taken.") % {"name": one.name})
    return redirect("intake:upload")


@require_POST
def all_mine(request: ConsoleRequest) -> HttpResponse:
    """Take, or have tried, everything this person put here that can be."""
    mine = Upload.objects.filter(uploaded_by=request.user, state__in=uploads.OPEN).select_related("uploaded_by").order_by("id")
    ready = [upload for upload in mine if not uploads.barrier(upload)]
    if request.POST.get("act") == "take":
        return _taken(request, ready)
    for upload in ready:
        uploads.ask_trial(upload=upload, actor=request.user, address=request.viewer.address)
    doorbell.ring(TRY_TASK)
    return redirect("intake:upload")


def _taken(request: ConsoleRequest, chosen: list[Upload]) -> HttpResponse:
    """Queue them and lead to where their progress is watched; back to the list where nothing could be queued."""
    taken = uploads.take(uploads=chosen, actor=request.user, address=request.viewer.address)
    for upload, why in taken.refused:
        messages.error(request, why if upload.name in why else f"{upload.name}: {why}")
    if not taken.deliveries:
        return redirect("intake:upload")
    doorbell.ring(TAKE_TASK)
    number = len(taken.deliveries)
    said = ngettext(
        "%(number)d file is queued. You may leave this page; the import goes on by itself.",
        "%(number)d files are queued, what others refer to first. You may leave this page; the import goes on by itself.",
        number,
    )
    messages.success(request, said % {"number": number})
    return redirect("intake:deliveries")


def _upload(number: int) -> Upload:
    found = Upload.objects.filter(pk=number).select_related("uploaded_by").first()
    if found is None:
        raise NotFound(_("There is no such file."))
    return found


def _back(number: int) -> HttpResponse:
    return redirect(f"{reverse('intake:upload')}?open={number}#upload-{number}")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
