"""The checklist as a file: downloaded, and an uploaded sheet looked at before it becomes changes of the draft."""

import json
import tempfile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, MingjingError, NotFound
from ledger.kit.sheets import CONTENT_TYPE
from oversight.checklist.comparing import difference_context
from oversight.checklist.drafting import contents_now
from oversight.checklist.listing import DRAFT, Listed, Wanted
from oversight.checklist.presenting import areas
from oversight.checklist.sheets import MAX_BYTES, Sheet, read_sheet, write_checklist
from oversight.intake.incoming import too_large
from oversight.viewer import ConsoleRequest
from risk.checklist.checking import read_item
from risk.checklist.contents import Contents, contents_of
from risk.checklist.revisions import services
from risk.checklist.revisions.queries import contents_after, difference
from risk.checklist.revisions.services import Given, known_rules
from risk.checklist.revisions.states import EDITORS, PUBLISHERS

SHOWN_ERRORS = 200


@require_GET
def export(request: ConsoleRequest) -> HttpResponseBase:
    """A version, or the draft, as a workbook; who took it is written down."""
    wanted = Wanted.read(request.GET)
    if wanted.version == DRAFT and not request.viewer.roles & (EDITORS | PUBLISHERS):
        raise NotFound(_("Nobody has begun a draft of the next version."))
    listed = Listed(wanted, timezone.now())
    contents = contents_after(listed.revision) if listed.revision else contents_of(listed.version)
    number = listed.version.number + 1 if listed.revision else listed.version.number
    of = (_("Risk checklist, draft of version %(number)s") if listed.revision else _("Risk checklist, version %(number)s")) % {
        "number": number
    }
    file = tempfile.TemporaryFile()  # noqa: SIM115 — the answer closes it
    write_checklist(file, contents, listed.rules, viewer=request.viewer, of=of)
    file.seek(0)
    record("checklist.exported", actor=request.user, target=f"{number}", address=request.viewer.address, draft=bool(listed.revision))
    at = timezone.now().astimezone(SHANGHAI)
    name = f"checklist-{'draft-' if listed.revision else ''}v{number}-{at:%Y%m%d-%H%M}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)


@require_http_methods(["GET", "POST"])
def sheet(request: ConsoleRequest) -> HttpResponse:
    """Put a sheet up and see what it would change, or what is wrong with it; nothing is written yet."""
    context: dict[str, Any] = {"areas": areas(request.viewer, "checklist:draft"), "read": None}
    if request.method == "GET":
        return render(request, "checklist/sheet.html", context)
    try:
        read, base, now = _read(request)
    except MingjingError as error:
        return render(request, "checklist/sheet.html", context | {"problem": str(error)}, status=error.status)
    told = difference(now, _with(now, read))
    reasons = {wish.no: wish.reason for wish in read.wishes}
    context |= {
        "read": read,
        "errors": read.errors[:SHOWN_ERRORS],
        "more_errors": max(len(read.errors) - SHOWN_ERRORS, 0),
        "difference": difference_context(told, reasons, []),
        "wishes": "" if read.errors else json.dumps([_packed(wish) for wish in read.wishes], ensure_ascii=False),
    }
    return render(request, "checklist/sheet.html", context, status=422 if read.errors else 200)


def _read(request: ConsoleRequest) -> tuple[Sheet, Contents, Contents]:
    sent = None if too_large(request) else request.FILES.get("file")
    if sent is None or (sent.size or 0) > MAX_BYTES:
        raise BadInput(_("Choose an .xlsx file of at most %(most)d MB.") % {"most": MAX_BYTES // 1024**2})
    revision, now = contents_now()
    base = contents_of(revision.base) if revision else now
    return read_sheet(sent.chunks(), sent.name or "", base, now), base, now


def _with(now: Contents, read: Sheet) -> Contents:
    """What the draft would say with the sheet; only for showing what differs, so added items stand last."""
    wishes = {wish.no: wish.entry for wish in read.wishes}
    kept = [wishes.get(entry.no, entry) for entry in now.entries]
    added = [entry for no, entry in wishes.items() if entry is not None and no not in now.by_no()]
    return Contents((*(entry for entry in kept if entry is not None), *added), now.own_powers)


def _packed(wish: Given) -> dict[str, Any]:
    entry = vars(wish.entry) | {"rules": ";".join(wish.entry.rules)} if wish.entry else None
    return {"no": wish.no, "entry": entry, "reason": wish.reason, "seen": wish.seen}


@require_POST
def take(request: ConsoleRequest) -> HttpResponse:
    """What was shown becomes changes of the draft, checked once more: all of it, or nothing."""
    try:
        wishes = _wishes(request.POST.get("wishes", ""))
        name = request.POST.get("name", "")
        services.take_sheet(wishes=wishes, name=name, actor=request.user, address=request.viewer.address)
    except MingjingError as error:
        context = {"areas": areas(request.viewer, "checklist:draft"), "read": None, "problem": str(error)}
        return render(request, "checklist/sheet.html", context, status=error.status)
    messages.success(request, _("%(number)d items of the sheet are in the draft.") % {"number": len(wishes)})
    return redirect("checklist:draft")


def _wishes(text: str) -> list[Given]:
    """What the preview carried. Raises BadInput where it is not what a preview carries."""
    broken = BadInput(_("The preview cannot be read any more; upload the file again."))
    try:
        packed = json.loads(text)
    except ValueError as error:
        raise broken from error
    if not isinstance(packed, list) or not packed or not all(isinstance(one, dict) for one in packed):
        raise broken
    rules, found = known_rules(contents_now()[1]), []
    for one in packed:
        no, given = str(one.get("no", "")), one.get("entry")
        entry, problems = read_item(given, known_rules=rules) if isinstance(given, dict) else (None, [])
        if problems or (entry is not None and entry.no != no):
            raise broken
        found.append(Given(no, entry, str(one.get("reason", "")), str(one.get("seen", ""))))
    return found
