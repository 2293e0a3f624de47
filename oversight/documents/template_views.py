"""文书模板: the Word templates, for the system admin: which is in use, downloaded, changed and brought back, put back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.kit.errors import BadInput, MingjingError
from oversight.center.presenters.times import full_time, short_time
from oversight.documents.catalogue import KINDS
from oversight.documents.checking import LARGEST
from oversight.documents.kinds import ORDINALS, SYSTEM, DocumentKind, Part, Shape
from oversight.documents.models import Template
from oversight.documents.templates import NOTE_LENGTH, SHIPPED, kind_of, put_back_template, put_template, template_version
from oversight.documents.views import WORD, attachment
from oversight.intake.incoming import too_large
from oversight.viewer import ConsoleRequest


@require_GET
def templates(request: ConsoleRequest) -> HttpResponse:
    newest: dict[str, Template] = {}
    for one in Template.objects.select_related("put_by").order_by("version"):
        newest[one.kind] = one
    rows = [_line(kind, newest.get(code)) for code, kind in KINDS.items()]
    return render(request, "documents/templates.html", {"rows": rows})


def _line(kind: DocumentKind, newest: Template | None) -> dict[str, Any]:
    version = newest.version if newest else SHIPPED
    return {
        "title": kind.title,
        "paper": kind.paper,
        "form": _("red head, GB/T 9704") if kind.official else _("internal form"),
        "url": reverse("documents:template", args=[kind.code]),
        "file_url": reverse("documents:template_file", args=[kind.code, version]),
        "version": version,
        "shipped": newest is None,
        "put_by": str(newest.put_by) if newest else "",
        "put_at": short_time(newest.put_at) if newest else "",
        "put_exactly": full_time(newest.put_at) if newest else "",
    }


@require_http_methods(["GET", "POST"])
def template(request: ConsoleRequest, kind: str) -> HttpResponse:
    """One kind: its versions and its fields, and the form that brings another version; what was refused says why."""
    of_kind = kind_of(kind)
    if request.method == "GET":
        return render(request, "documents/template.html", _context(of_kind))
    note = request.POST.get("note", "").strip()[:NOTE_LENGTH]

    def put() -> str:
        content, name = _brought(request)
        made, checked = put_template(
            kind=of_kind, content=content, name=name, actor=request.user, note=note, address=request.viewer.address
        )
        said = _("Version %(version)d is in use from now on.") % {"version": made.version}
        number = len(checked.unused)
        unused = ngettext("It does not print %(number)d field: %(names)s.", "It does not print %(number)d fields: %(names)s.", number)
        return said + (unused % {"number": number, "names": "、".join(checked.unused)} if number else "")

    return _done(request, of_kind, put, note)


@require_POST
def put_back(request: ConsoleRequest, kind: str, version: int) -> HttpResponse:
    of_kind = kind_of(kind)

    def put() -> str:
        made = put_back_template(kind=of_kind, version=version, actor=request.user, address=request.viewer.address)
        return _("Version %(old)d is in use again, as version %(version)d.") % {"old": version, "version": made.version}

    return _done(request, of_kind, put, "")


@require_GET
def template_file(request: ConsoleRequest, kind: str, version: int) -> HttpResponse:
    of_kind = kind_of(kind)
    found = template_version(of_kind, version)
    record("template.downloaded", actor=request.user, target=kind, address=request.viewer.address, version=version)
    return attachment(found.content, WORD, f"模板 {of_kind.paper} 第{version}版.docx", f"{kind}-{version}.docx")


def _brought(request: ConsoleRequest) -> tuple[bytes, str]:
    file = request.FILES.get("file") if not too_large(request) else None
    if file is None:
        raise BadInput(_("Choose the changed Word file first."))
    return file.read(LARGEST + 1), file.name or ""


def _done(request: ConsoleRequest, kind: DocumentKind, put: Callable[[], str], note: str) -> HttpResponse:
    try:
        said = put()
    except MingjingError as error:
        return render(request, "documents/template.html", _context(kind) | {"problem": str(error), "note": note}, status=error.status)
    messages.success(request, said)
    return redirect("documents:template", kind=kind.code)


def _context(kind: DocumentKind) -> dict[str, Any]:
    versions = list(Template.objects.filter(kind=kind.code).select_related("put_by").order_by("-version"))
    rows = [_version(kind, one, in_use=one is versions[0]) for one in versions]
    return {
        "kind": kind.code,
        "title": kind.title,
        "paper": kind.paper,
        "versions": [*rows, _shipped(kind, in_use=not versions)],
        "fields": [_field(field.name, field.title, field.shape, field.columns) for field in kind.fields],
        "system": [f"{{{{ {name} }}}}" for name in SYSTEM],
        "ordinal": f"{{{{ {ORDINALS}.{kind.of_part(Part.BODY)[0].name} }}}}" if kind.official else "",
        "largest": LARGEST // 1024**2,
        "note_length": NOTE_LENGTH,
    }


def _version(kind: DocumentKind, one: Template, *, in_use: bool) -> dict[str, Any]:
    back = _("version %(version)d put back") % {"version": one.put_back} if one.put_back is not None else ""
    return _urls(kind, one.version, in_use) | {
        "name": one.name or back,
        "note": one.note,
        "put_by": str(one.put_by),
        "put_at": full_time(one.put_at),
    }


def _shipped(kind: DocumentKind, *, in_use: bool) -> dict[str, Any]:
    return _urls(kind, SHIPPED, in_use) | {"name": _("shipped with the system"), "note": "", "put_by": "", "put_at": ""}


def _urls(kind: DocumentKind, version: int, in_use: bool) -> dict[str, Any]:
    return {
        "number": version,
        "in_use": in_use,
        "file_url": reverse("documents:template_file", args=[kind.code, version]),
        "put_back_url": "" if in_use else reverse("documents:put_back", args=[kind.code, version]),
    }


def _field(name: str, title: str, shape: Shape, columns: tuple[str, ...]) -> dict[str, str]:
    """A field as the page explains it: what to write where."""
    told = {Shape.LINE: _("a line"), Shape.TEXT: _("paragraphs"), Shape.LIST: _("a list"), Shape.TABLE: _("rows")}
    row = f"{{%tr for 行 in {name} %}} {' '.join(f'{{{{ 行.{one} }}}}' for one in columns)} {{%tr endfor %}}"
    placeholder = f"{{{{ {name} }}}}" if shape in (Shape.LINE, Shape.TEXT) else f"{{{{ {name}|lines }}}}"
    return {"title": title, "placeholder": placeholder, "holds": told[shape], "row": row if shape is Shape.TABLE else ""}
