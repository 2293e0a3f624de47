"""Summaries of rounds: made from the overview, seen as they stand on paper, taken along as Word and PDF."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict
from oversight.center.presenters.times import full_time, short_time
from oversight.cycle.models import Round, Summary
from oversight.cycle.queries import visible_summaries, visible_summary
from oversight.cycle.summaries import make_summary, makers_units
from oversight.documents.case_kinds import CYCLE
from oversight.documents.files import kept
from oversight.documents.kinds import TITLE
from oversight.documents.papers import drawn
from oversight.documents.pdf import make_pdf
from oversight.documents.views import WORD, attachment
from oversight.viewer import ConsoleRequest, Viewer

MOST = 20


def made_context(viewer: Viewer, latest: Round | None) -> dict[str, Any]:
    """Of the rounds a person sees, the summaries made last, and for which units they make one: part of cycle/overview.html."""
    found = visible_summaries(viewer.user, viewer.grants).select_related("round", "unit", "made_by").order_by("-pk")[:MOST]
    units = makers_units(viewer.user, viewer.grants) if latest else []
    return {"summaries": [_row(one) for one in found], "makers": [(unit.code, unit.name) for unit in units]}


def _row(one: Summary) -> dict[str, Any]:
    return {
        "url": reverse("cycle:summary", args=[one.reference]),
        "title": one.fields[TITLE],
        "unit": one.unit.name,
        "version": one.version,
        "by": str(one.made_by),
        "at": short_time(one.made_at),
    }


@require_POST
def make(request: ConsoleRequest) -> HttpResponse:
    number, unit = request.POST.get("round", ""), request.POST.get("unit", "")[:40]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise BadInput(_("Choose a round."))
    try:
        made = make_summary(round_pk=int(number), unit_code=unit, actor=request.user, address=request.viewer.address)
    except Conflict as error:
        last = Summary.objects.filter(round=int(number), unit__code=unit).latest("version")
        messages.warning(request, str(error))
        return redirect("cycle:summary", last.reference)
    messages.success(request, _("The summary is made."))
    return redirect("cycle:summary", made.reference)


@require_GET
def summary(request: ConsoleRequest, number: str) -> HttpResponse:
    one = _opened(request, number, "page")
    versions = visible_summaries(request.user).filter(round=one.round, unit=one.unit).select_related("made_by").order_by("-version")
    context = {
        "paper": drawn(CYCLE, one.fields),
        "title": one.fields[TITLE],
        "reference": one.reference,
        "unit": one.unit.name,
        "sha256": one.sha256,
        "version": one.version,
        "versions": [_row(each) | {"shown": each.pk == one.pk} for each in versions],
    }
    return render(request, "cycle/summary.html", context)


@require_GET
def print_page(request: ConsoleRequest, number: str) -> HttpResponse:
    return render(request, "documents/print.html", _on_paper(request, _opened(request, number, "print")))


@require_GET
def word(request: ConsoleRequest, number: str) -> HttpResponse:
    one = _opened(request, number, "word")
    return attachment(kept(one.sha256), WORD, f"{_file_name(one)}.docx", f"{number}.docx")


@require_GET
def pdf(request: ConsoleRequest, number: str) -> HttpResponse:
    one = _opened(request, number, "pdf")
    return attachment(make_pdf(_on_paper(request, one)), "application/pdf", f"{_file_name(one)}.pdf", f"{number}.pdf")


def _opened(request: ConsoleRequest, number: str, form: str) -> Summary:
    one = visible_summary(request.user, number)
    record("cycle.summary_viewed", actor=request.user, target=number, address=request.viewer.address, form=form, version=one.version)
    return one


def _on_paper(request: ConsoleRequest, one: Summary) -> dict[str, Any]:
    mark = f"{request.viewer.name} {request.viewer.number} {full_time(timezone.now())} {one.reference}"
    return {"paper": drawn(CYCLE, one.fields), "reference": one.reference, "mark": mark}


def _file_name(one: Summary) -> str:
    return f"{one.fields[TITLE]} {one.unit.name} 第{one.version}版"
