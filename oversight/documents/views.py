"""文书: the documents of cases, made from drafts, seen as they stand on paper, taken along as Word and PDF."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.audit.services import record
from ledger.kit.errors import Conflict
from oversight.cases.visibility import openly_visible_case
from oversight.center.presenters.times import full_time
from oversight.documents.catalogue import KINDS
from oversight.documents.files import kept
from oversight.documents.models import Document, Edition
from oversight.documents.papers import drawn
from oversight.documents.pdf import make_pdf
from oversight.documents.presenting import address, draft_context, list_context, page_context
from oversight.documents.services import draft_document, make_document
from oversight.documents.visibility import visible_edition
from oversight.viewer import ConsoleRequest

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_GET
def documents(request: ConsoleRequest) -> HttpResponse:
    """The list: `q`, `kind`, `case`; of one case also what can be made of it."""
    wanted = {name: request.GET.get(name, "").strip()[:60] for name in ("q", "kind", "case")}
    case = openly_visible_case(request.user, wanted["case"]) if wanted["case"] else None
    return render(request, "documents/documents.html", list_context(request.viewer, wanted, request.GET.get("before", ""), case))


@require_GET
def draft(request: ConsoleRequest) -> HttpResponse:
    """How the document would read if it were made now."""
    kind, about = request.GET.get("kind", "")[:24], request.GET.get("about", "")[:20]
    made = draft_document(kind=kind, about=about, actor=request.user)
    record("document.drafted", actor=request.user, target=about, address=request.viewer.address, kind=kind)
    return render(request, "documents/draft.html", draft_context(made, about))


@require_POST
def make(request: ConsoleRequest) -> HttpResponse:
    kind, about = request.POST.get("kind", "")[:24], request.POST.get("about", "")[:20]
    try:
        edition = make_document(kind=kind, about=about, actor=request.user, address=request.viewer.address)
    except Conflict as error:
        had = Document.objects.filter(kind=kind, about=about).first()
        if had is None:
            raise
        messages.warning(request, str(error))
        return redirect(address("document", had.reference))
    said = _("%(number)s is made.") if edition.version == 1 else _("Version %(version)d of %(number)s is made; the earlier ones are kept.")
    messages.success(request, said % {"number": str(edition.document), "version": edition.version})
    return redirect(address("document", edition.document.reference))


@require_GET
def document(request: ConsoleRequest, number: str) -> HttpResponse:
    edition = _asked(request, number)
    _written_down(request, "document.viewed", edition)
    return render(request, "documents/document.html", page_context(edition, request.viewer))


@require_GET
def print_page(request: ConsoleRequest, number: str) -> HttpResponse:
    edition = _asked(request, number)
    _written_down(request, "document.printed", edition)
    return render(request, "documents/print.html", _on_paper(request, edition))


@require_GET
def word(request: ConsoleRequest, number: str) -> HttpResponse:
    edition = _asked(request, number)
    content = kept(edition.sha256)
    _written_down(request, "document.word", edition)
    return attachment(content, WORD, f"{_file_name(edition)}.docx", f"{number}.docx")


@require_GET
def pdf(request: ConsoleRequest, number: str) -> HttpResponse:
    edition = _asked(request, number)
    content = make_pdf(_on_paper(request, edition))
    _written_down(request, "document.pdf", edition)
    return attachment(content, "application/pdf", f"{_file_name(edition)}.pdf", f"{number}.pdf")


def _asked(request: ConsoleRequest, number: str) -> Edition:
    """The version `version`, else the newest this person sees. Raises NotFound."""
    version = request.GET.get("version", "")
    return visible_edition(request.user, number, int(version) if version.isascii() and version.isdigit() and len(version) < 7 else None)


def _on_paper(request: ConsoleRequest, edition: Edition) -> dict[str, Any]:
    reference, viewer = edition.document.reference, request.viewer
    mark = f"{viewer.name} {viewer.number} {full_time(timezone.now())} {reference}"
    return {"paper": drawn(KINDS[edition.document.kind], edition.fields), "reference": reference, "mark": mark}


def _written_down(request: ConsoleRequest, action: str, edition: Edition) -> None:
    told = {"number": edition.document.number, "version": edition.version, "case": edition.document.case.number}
    record(action, actor=request.user, target=edition.document.reference, address=request.viewer.address, **told)


def _file_name(edition: Edition) -> str:
    """整改〔2026〕3号 整改通知书 第2版"""
    return " ".join(text for text in (edition.document.number, edition.title, f"第{edition.version}版") if text)


def attachment(content: bytes, kind: str, name: str, plain: str) -> HttpResponse:
    """A file to be saved under `name`; `plain` is for what reads only ASCII (RFC 6266, RFC 5987)."""
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    answer["Cache-Control"] = "no-store"
    return answer
