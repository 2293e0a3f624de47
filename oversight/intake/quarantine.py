"""The quarantine as a work queue: what was refused and why, sheets to correct it, and doing away with rows by two people."""

import tempfile
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.audit.services import record
from ledger.intake.models import Quarantined
from ledger.intake.reading.kinds import KINDS as FILE_KINDS
from ledger.intake.refused.corrections import csv_lines, write_xlsx
from ledger.intake.refused.discards import ASKING, SHORTEST, ask_discard, decide_discard
from ledger.intake.refused.queries import PARTS, visible_discards, visible_rows
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotFound
from oversight.access import opens
from oversight.center.presenters.times import full_time, lasted
from oversight.intake import quarantine_words as words
from oversight.intake.presenting import requests, row_context, table_row
from oversight.intake.refused import RefusedList, Wanted
from oversight.intake.tabs import address, tabs
from oversight.viewer import ConsoleRequest, Viewer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BIG = 2**63


@require_GET
def quarantine(request: ConsoleRequest) -> HttpResponse:
    return render(request, "intake/quarantine.html", _context(request, Wanted.read(request.GET)))


def _context(request: ConsoleRequest, wanted: Wanted) -> dict[str, Any]:
    listed, now = RefusedList(request.viewer, wanted), timezone.now()
    page, next_url = listed.page(request.GET.get("after", ""))
    asks = bool(ASKING & request.viewer.roles)
    return {
        "tabs": tabs(request),
        "parts": listed.parts(),
        "tab": wanted.tab,
        "filters": listed.filters(),
        "clear_url": Wanted(wanted.tab).url() if wanted.filters else None,
        "causes": listed.causes(),
        "rows": [table_row(row, now) for row in page],
        "total": listed.total,
        "oldest": lasted(now - listed.oldest) if listed.works and listed.oldest else "",
        "next_url": next_url,
        "sheets": listed.sheets() if asks else [],
        "upload_url": address("intake:upload") if opens("intake:upload", request.viewer.roles) else "",
        "may_ask": asks and wanted.tab == "open",
        "query": wanted.query,
        "requests": requests(request.viewer) if wanted.tab == "asked" else [],
        "shortest": SHORTEST,
        "empty": None if page else _empty(request.viewer, wanted),
    }


def _empty(viewer: Viewer, wanted: Wanted) -> dict[str, Any]:
    """The reason why there is nothing, and one way on."""
    if wanted.filters:
        action = {"action_label": _("Clear the filters"), "action_url": Wanted(wanted.tab).url()}
        return {"title": _("No row matches these filters"), "text": "", **action}
    told = {
        "open": (_("No row waits for correction"), _("Every row that came was taken, or what was wrong with it is settled.")),
        "asked": (_("No request waits for a decision"), ""),
        "waiting": (_("No step waits for its transaction"), ""),
        "settled": (_("Nothing was settled yet"), ""),
    }
    title, text = told.get(wanted.tab, (_("Nothing here"), ""))
    deliveries = reverse("intake:deliveries") if opens("intake:deliveries", viewer.roles) else None
    return {"title": title, "text": text, "action_label": _("See all deliveries"), "action_url": deliveries}


@require_POST
def ask(request: ConsoleRequest) -> HttpResponse:
    """Ask that the rows marked, or all of the list, be discarded."""
    wanted = Wanted.read(QueryDict(request.POST.get("query", "")))
    reason = request.POST.get("reason", "")
    numbers = [int(text) for text in request.POST.getlist("row") if text.isascii() and text.isdigit() and int(text) < BIG]
    everything = request.POST.get("scope") == "all"
    rows = RefusedList(request.viewer, wanted).rows.filter(PARTS["open"]) if everything else _rows(request.viewer, numbers)

    def act() -> str:
        done = ask_discard(rows=rows, reason=reason, actor=request.user, address=request.viewer.address)
        text = _("Asked to discard %(rows)d rows; another person decides.") % {"rows": done.discard.rows_count}
        left = _("%(rows)d were settled or asked for meanwhile and are left out.") % {"rows": done.left_out} if done.left_out else ""
        return f"{text} {left}".strip()

    typed = {"reason": reason, "scope": "all" if everything else "rows", "rows": numbers}
    return _act(request, act, wanted, {"typed": typed}, Wanted("asked").url())


def _rows(viewer: Viewer, numbers: list[int]) -> Any:
    return visible_rows(viewer.user).filter(pk__in=numbers[:5000])


@require_POST
def decide(request: ConsoleRequest, discard: int) -> HttpResponse:
    """Approve or refuse a request of somebody else."""
    if discard >= BIG or not visible_discards(request.user).filter(pk=discard).exists():
        raise NotFound(_("There is no request %(number)s that you may see.") % {"number": discard})
    note, decision = request.POST.get("note", ""), request.POST.get("decision", "")

    def act() -> str:
        if decision not in ("approve", "refuse"):
            raise BadInput(_("Choose to approve or to refuse."))
        done = decide_discard(discard=discard, approve=decision == "approve", note=note, actor=request.user, address=request.viewer.address)
        if decision == "refuse":
            return _("Refused; the rows are to be corrected again.")
        text = _("Discarded %(rows)d rows.") % {"rows": done.rows}
        left = _("%(rows)d were settled before the decision and are left out.") % {"rows": done.left_out} if done.left_out else ""
        return f"{text} {left}".strip()

    asked = Wanted("asked")
    return _act(request, act, asked, {"typed_note": {"number": discard, "note": note}}, asked.url())


def _act(request: ConsoleRequest, act: Callable[[], str], wanted: Wanted, typed: dict[str, Any], then: str) -> HttpResponse:
    """Carry out and lead on, or show the list again with what was typed and why it was not written."""
    try:
        done = act()
    except NotFound:
        raise
    except MingjingError as error:
        shown = _context(request, wanted) | typed
        if "typed" in typed and shown["may_ask"]:
            typed["typed"]["problem"] = str(error)  # in the dialog that holds what was typed, and opens again
        else:
            messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        return render(request, "intake/quarantine.html", shown, status=error.status)
    messages.success(request, done)
    return redirect(then)


@require_GET
def sheet(request: ConsoleRequest) -> FileResponse:
    """The rows of one source and kind as a sheet to correct, with all they said; written down."""
    wanted, form = Wanted.read(request.GET), request.GET.get("form", "")
    if form not in ("csv", "xlsx") or not wanted.source or wanted.kind not in FILE_KINDS:
        raise BadInput(_("Choose a source, a content and a form (xlsx or csv) to download."))
    rows, kind = RefusedList(request.viewer, wanted).rows.filter(source=wanted.source, kind=wanted.kind), FILE_KINDS[wanted.kind]
    file = tempfile.TemporaryFile()  # noqa: SIM115 — the answer closes it
    if form == "xlsx":
        number = write_xlsx(file, kind, rows, _about(request, wanted))
    else:
        number = -1
        for number, line in enumerate(csv_lines(kind, rows)):
            file.write(("\ufeff" if number == 0 else "").encode() + line.encode())
    record(
        "quarantine.exported",
        actor=request.user,
        target=f"{wanted.source}:{wanted.kind}",
        address=request.viewer.address,
        rows=number,
        form=form,
        filters={"tab": wanted.tab, **wanted.filters},
    )
    file.seek(0)
    stamp = f"{timezone.now().astimezone(SHANGHAI):%Y%m%d-%H%M}"
    name = f"{wanted.kind}-{quote(wanted.source, safe='')}-{stamp}.{form}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX if form == "xlsx" else "text/csv; charset=utf-8")


def _about(request: ConsoleRequest, wanted: Wanted) -> list[tuple[str, str]]:
    viewer = request.viewer
    told = ", ".join(f"{name}={value}" for name, value in wanted.filters.items() if name not in ("source", "kind"))
    return [
        (_("Source"), wanted.source),
        (_("Content"), f"{words.kind_label(wanted.kind)} ({wanted.kind})"),
        (_("Exported by"), f"{viewer.name} {viewer.number}".strip()),
        (_("Exported at"), full_time(timezone.now())),
        (_("Filter"), f"{wanted.tab}{'; ' if told else ''}{told}"),
    ]


@require_GET
def refused_row(request: ConsoleRequest, row: int) -> HttpResponse:
    found = _seen(request, row)
    record("quarantine.viewed", actor=request.user, target=str(row), address=request.viewer.address)
    return render(request, "intake/refused_row.html", _row_page(found, revealed=False))


@require_POST
def reveal_row(request: ConsoleRequest, row: int) -> HttpResponse:
    """The same in clear, once somebody said what for."""
    found, purpose = _seen(request, row), request.POST.get("purpose", "")
    if purpose not in words.PURPOSES:
        messages.error(request, _("Say what you need the whole content for."))
        return render(request, "intake/refused_row.html", _row_page(found, revealed=False), status=400)
    record("quarantine.revealed", actor=request.user, target=str(row), address=request.viewer.address, purpose=purpose)
    return render(request, "intake/refused_row.html", _row_page(found, revealed=True))


def _seen(request: ConsoleRequest, number: int) -> Quarantined:
    related = ("delivery", "settled_by", "discard__asked_by", "discard__decided_by")
    found = visible_rows(request.user).filter(pk=number).select_related(*related).first() if number < BIG else None
    if found is None:
        raise NotFound(_("There is no refused row %(number)s that you may see.") % {"number": number})
    return found


def _row_page(found: Quarantined, *, revealed: bool) -> dict[str, Any]:
    return {"crumbs": [{"label": _("Quarantine"), "url": Wanted("open").url()}], "row": row_context(found, revealed=revealed)}
