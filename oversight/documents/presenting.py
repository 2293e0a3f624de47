"""Documents in lists, on their own page and in the section of a case."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.cases.acting import not_dispatched
from oversight.cases.models import Case
from oversight.center.presenters.times import full_time, short_time
from oversight.documents.catalogue import KINDS
from oversight.documents.models import Document, Edition
from oversight.documents.papers import drawn
from oversight.documents.services import Draft
from oversight.documents.sources import offers_of, source_known
from oversight.documents.visibility import makes, visible_documents, visible_editions
from oversight.viewer import Viewer

PAGE = 50


def address(name: str, *args: Any, **query: Any) -> str:
    given = {key: value for key, value in query.items() if value}
    return reverse(f"documents:{name}", args=args) + (f"?{urlencode(given)}" if given else "")


def list_context(viewer: Viewer, wanted: Mapping[str, str], before: str, case: Case | None) -> dict[str, Any]:
    """What documents/documents.html prints. `wanted`: q, kind and case as they were typed; `case`: that case, where one is named."""
    found = _matching(visible_documents(viewer.user, viewer.grants), wanted).order_by("-id")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(id__lt=int(before))
    page = list(found.select_related("case__unit")[: PAGE + 1])
    given = {name: value for name, value in wanted.items() if value}
    return {
        "rows": _rows(page[:PAGE], viewer),
        "wanted": wanted,
        "kinds": [(code, kind.title) for code, kind in KINDS.items() if source_known(code)],
        "case": _case(case) if case else None,
        "offers": _offers(case, viewer) if case else [],
        "clear_url": address("documents") if given else None,
        "next_url": address("documents", **given, before=page[PAGE - 1].pk) if len(page) > PAGE else None,
        "empty": _empty(given, case) if not page else None,
    }


def _matching(found: QuerySet[Document], wanted: Mapping[str, str]) -> QuerySet[Document]:
    if wanted["kind"]:
        found = found.filter(kind=wanted["kind"])
    if wanted["case"]:
        found = found.filter(case__number=wanted["case"])
    if wanted["q"]:
        text = wanted["q"]
        found = found.filter(Q(number__icontains=text) | Q(about__iexact=text) | Q(reference__iexact=text) | Q(case__title__icontains=text))
    return found


def _case(case: Case) -> dict[str, str]:
    return {"number": case.number, "title": case.title}


def _empty(given: Mapping[str, str], case: Case | None) -> dict[str, Any]:
    if given.keys() - {"case"} or (given and case is None):
        return {"title": _("No document matches"), "text": "", "action_label": _("Clear the filters"), "action_url": address("documents")}
    if case is not None:
        return {"title": _("No document of this case was made yet"), "text": "", "action_label": "", "action_url": None}
    told = _("Documents are made from a case: open it and choose what to make.")
    return {"title": _("There is no document yet"), "text": told, "action_label": "", "action_url": None}


def _rows(page: list[Document], viewer: Viewer) -> list[dict[str, Any]]:
    seen = visible_editions(viewer.user, viewer.grants).filter(document__in=page).select_related("made_by").order_by("version")
    newest = {one.document_id: one for one in seen.defer("fields")}
    return [_row(one, newest[one.pk]) for one in page]


def _row(one: Document, newest: Edition) -> dict[str, Any]:
    return {
        "url": address("document", one.reference),
        "number": one.number or one.reference,
        "title": newest.title,
        "kind": KINDS[one.kind].title,
        "about": one.about,
        "case": _case(one.case),
        "unit": one.case.unit.name,
        "version": newest.version,
        "made_by": str(newest.made_by),
        "made_at": short_time(newest.made_at),
        "made_exactly": full_time(newest.made_at),
    }


def _offers(case: Case, viewer: Viewer) -> list[dict[str, Any]]:
    """What can be made of the case, by those who make documents of it; what was made leads to its new version."""
    if not makes(viewer.user, case, viewer.grants):
        return []
    made = {(one.kind, one.about) for one in Document.objects.filter(case=case)}
    return [
        {
            "kind": kind.title,
            "about": offer.about,
            "label": offer.label,
            "again": (kind.code, offer.about) in made,
            "url": address("draft", kind=kind.code, about=offer.about),
        }
        for kind, offer in offers_of(case)
    ]


def draft_context(draft: Draft, about: str) -> dict[str, Any]:
    """What documents/draft.html prints."""
    had = Document.objects.filter(kind=draft.kind.code, about=about).first()
    blanks = [field.title for field in draft.kind.fields if not draft.values[field.name] and not field.by_hand]
    return {
        "paper": drawn(draft.kind, draft.values),
        "kind": draft.kind.code,
        "title": draft.kind.title,
        "about": about,
        "case": _case(draft.case),
        "case_url": address("documents", case=draft.case.number),
        "had": had.number or had.reference if had else "",
        "units": [unit.name for unit in draft.units],
        "blanks": blanks,
        "numbered": bool(draft.kind.word),
        "waits": not_dispatched(draft.case),
    }


def page_context(edition: Edition, viewer: Viewer) -> dict[str, Any]:
    """What documents/document.html prints: one version of a document, and which others there are."""
    document, kind = edition.document, KINDS[edition.document.kind]
    versions = visible_editions(viewer.user, viewer.grants).filter(document=document).select_related("made_by").order_by("-version")
    again = source_known(kind.code) and makes(viewer.user, document.case, viewer.grants)
    chosen = {"version": edition.version}
    return {
        "paper": drawn(kind, edition.fields),
        "number": document.number or document.reference,
        "reference": document.reference,
        "title": edition.title,
        "kind": kind.title,
        "about": document.about,
        "case": _case(document.case),
        "case_url": address("documents", case=document.case.number),
        "units": list(edition.addressees.order_by("id").values_list("unit__name", flat=True)),
        "template": edition.template_version,
        "sha256": edition.sha256,
        "version": edition.version,
        "versions": [_version(one, edition) for one in versions.defer("fields")],
        "word_url": address("word", document.reference, **chosen),
        "pdf_url": address("pdf", document.reference, **chosen),
        "print_url": address("print", document.reference, **chosen),
        "again_url": address("draft", kind=kind.code, about=document.about) if again else "",
    }


def _version(one: Edition, shown: Edition) -> dict[str, Any]:
    return {
        "number": one.version,
        "url": address("document", shown.document.reference, version=one.version),
        "shown": one.pk == shown.pk,
        "made_by": str(one.made_by),
        "made_at": full_time(one.made_at),
    }
