"""The workbench, the alerts list, one alert, and what supervisors do with it."""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.audit.services import record
from ledger.kit.errors import Conflict, MingjingError, NotFound
from oversight.center.lists import ALL, PAGE, AlertList, Wanted
from oversight.center.presenters import words
from oversight.center.presenters.alerts import alert_context, preview_context, reasons, seen
from oversight.center.presenters.rows import alert_row, alert_rows, ready_for_rows
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.transactions import transaction_context
from oversight.center.work import workbench_context
from oversight.duty.strip import Strip
from oversight.viewer import ConsoleRequest
from risk.alerts import services
from risk.alerts.models import Alert
from risk.alerts.sequencer import sequence_events

log = logging.getLogger(__name__)


@require_GET
def workbench(request: ConsoleRequest) -> HttpResponse:
    if request.viewer.watches:
        request.viewer.place  # noqa: B018  — before the lists are read, see there.
    context = workbench_context(request.viewer, request.GET.get("tab", ""), request.GET.get("from", ""))
    return render(request, "center/_work_tabs.html" if request.GET.get("fragment") == "tabs" else "center/workbench.html", context)


@require_GET
def alerts(request: ConsoleRequest) -> HttpResponse:
    viewer = request.viewer
    if viewer.watches:
        viewer.place  # noqa: B018  — before the list is read, see there.
    wanted = Wanted.read(request.GET, viewer)
    listed = AlertList(viewer, wanted)
    cursor = viewer.alerts.filter(number=request.GET.get("after", "")).first() if request.GET.get("after") else None
    page = list(ready_for_rows(listed.after(cursor) if cursor else listed.rows)[: PAGE + 1])
    more = len(page) > PAGE
    context: dict[str, Any] = {
        "alerts": alert_rows(page[:PAGE], viewer, wanted.query),
        "next_url": f"{wanted.url()}&after={page[PAGE - 1].number}" if more else None,
    }
    fragment = request.GET.get("fragment", "")
    if fragment == "rows":
        return render(request, "center/_rows.html", context)
    context |= {
        "tabs": listed.tabs(),
        "filters": _filters(listed),
        "clear_url": listed.clear_url,
        "total": listed.total,
        "sort_label": listed.sort_label,
        "updated_at": timezone.now(),
        "empty": None if page else _empty(listed),
        "may_act": viewer.judges,
        "reasons": reasons(),
        "search_value": wanted.q,
    }
    return render(request, "center/_list.html" if fragment == "list" else "center/alerts.html", context)


def _filters(listed: AlertList) -> dict[str, Any]:
    english = (get_language() or "").startswith("en")
    rules = {row["rule__code"]: row["rule_version__title_en" if english else "rule_version__title_zh"] for row in listed.figures}
    lines = {row["line"]: words.line_title(row["line"]) for row in listed.figures}
    units = {row["unit__code"]: row["unit__name"] for row in listed.figures}
    periods = [("", _("All")), ("7", _("last 7 days")), ("30", _("last 30 days"))]
    chosen = listed.wanted.period
    return {
        "levels": listed.levels(),
        "lines": {"label": _("Line"), "options": listed.options("line", lines)},
        "units": {"label": _("Unit"), "options": listed.options("unit", units)},
        "rules": {"label": _("Risk point"), "options": listed.options("rule", rules)},
        "period": {
            "label": _("Period"),
            "options": [{"value": value, "label": label, "selected": value == chosen} for value, label in periods],
        },
        "q": listed.wanted.q,
        "sweep": listed.wanted.sweep,
    }


def _empty(listed: AlertList) -> dict[str, Any]:
    """The reason why there is nothing, and one way on."""
    if listed.tab is ALL or listed.clear_url:
        return {
            "title": _("No alert matches these filters"),
            "text": "",
            "action_label": _("Clear the filters"),
            "action_url": listed.clear_url or reverse("center:alerts"),
        }
    if listed.tab.key == "open":
        return {"title": _("No open alert"), "text": _("New ones appear here by themselves."), "action_label": "", "action_url": None}
    return {
        "title": _("Nothing here"),
        "text": _("New alerts appear by themselves."),
        "action_label": _("See all open alerts"),
        "action_url": Wanted(tab="open").url(),
    }


@require_GET
def alert(request: ConsoleRequest, number: str) -> HttpResponse:
    viewer = request.viewer
    viewer.place  # noqa: B018  — before the alert is read.
    if request.GET.get("fragment") == "main":
        return render(request, "center/_alert_main.html", _main(request, number))
    context = _page(request, number)
    record("alert.viewed", actor=viewer.user, target=number, address=viewer.address)
    return render(request, "center/alert.html", context)


def _main(request: ConsoleRequest, number: str) -> dict[str, Any]:
    context = alert_context(number, request.viewer, _list_query(request), all_evidence=request.GET.get("evidence") == "all")
    return context | {"next_url": _neighbours(request, number)["next_url"]}


def _page(request: ConsoleRequest, number: str) -> dict[str, Any]:
    return alert_context(number, request.viewer, _list_query(request), all_evidence=request.GET.get("evidence") == "all") | _neighbours(
        request, number
    )


def _list_query(request: ConsoleRequest) -> dict[str, str]:
    """The list an alert was opened from; empty when it was opened from elsewhere."""
    return Wanted.read(request.GET, request.viewer).query if "tab" in request.GET else {}


def _neighbours(request: ConsoleRequest, number: str) -> dict[str, Any]:
    """The way back to the list, and the alerts before and after this one in it."""
    crumbs = [{"label": _("Alerts"), "url": reverse("center:alerts")}]
    query = _list_query(request)
    if not query:
        return {"crumbs": crumbs, "prev_url": None, "next_url": None, "position_text": ""}
    wanted = Wanted.read(query, request.viewer)
    listed = AlertList(request.viewer, wanted)
    this = seen(number, request.viewer)
    before, after = listed.before(this), listed.after(this)
    ahead, inside = before.count(), listed.rows.filter(pk=this.pk).exists()
    links = {
        name: f"{reverse('center:alert', args=[found])}?{request.GET.urlencode()}" if found else None
        for name, found in (
            ("prev_url", before.values_list("number", flat=True).first()),
            ("next_url", after.values_list("number", flat=True).first()),
        )
    }
    total = ahead + after.count() + int(inside)
    crumbs.append({"label": str(listed.tab.label), "url": wanted.url()})
    return {"crumbs": crumbs, **links, "position_text": f"{ahead + 1} / {total}" if inside else ""}


@require_GET
def row(request: ConsoleRequest, number: str) -> HttpResponse:
    return _row(request, number)


def _row(request: ConsoleRequest, number: str, status: int = 200) -> HttpResponse:
    found = seen(number, request.viewer)
    shown = alert_row(found, Names.of([found]).subject(found), request.viewer, _list_query(request))
    return render(request, "center/_row_answer.html", {"alert": shown}, status=status)


@require_GET
def preview(request: ConsoleRequest, number: str) -> HttpResponse:
    context = preview_context(number, request.viewer, _list_query(request))
    record("alert.previewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "center/_preview.html", context)


@require_GET
def duty_strip(request: ConsoleRequest) -> HttpResponse:
    return render(request, "center/duty.html", {"duty": Strip(request.viewer).duty})


@require_POST
def acknowledge(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.acknowledge, _("Acknowledged."))


@require_POST
def dismiss(request: ConsoleRequest, number: str) -> HttpResponse:
    given = {"reason": request.POST.get("reason", ""), "note": request.POST.get("note", "")}
    return _act(request, number, services.dismiss, _("Dismissed."), **given)


@require_POST
def comment(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.comment, _("Comment saved."), note=request.POST.get("text", ""))


def _act(request: ConsoleRequest, number: str, service: Callable[..., Alert], done: str, **given: str) -> HttpResponse:
    """Call the service and answer as asked: with the row, with the alert, or (without script) with a page."""
    status, kept = 200, {}
    try:
        service(number=number, actor=request.user, address=request.viewer.address, **given)
    except NotFound:
        raise
    except MingjingError as error:
        kept_note = _("What you typed is kept in the comment.") if given.get("note") else ""
        text = f"{error} {kept_note}".strip()
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, text)
        status, kept = error.status, given
    else:
        messages.success(request, done)
        _tell_streams()
    if request.POST.get("fragment") == "row":
        return _row(request, number, _swapped(status))
    if request.htmx:
        return render(request, "center/_alert_main.html", _main(request, number) | {"typed": kept}, status=_swapped(status))
    if status == 200:
        return redirect(f"{reverse('center:alert', args=[number])}{'?' if request.GET else ''}{request.GET.urlencode()}")
    return render(request, "center/alert.html", _page(request, number) | {"typed": kept}, status=status)


def _swapped(status: int) -> int:
    """The console's script shows the answer of a conflict (409) and of a refusal (422); other refusals of an act become the latter."""
    return status if status in (200, 409) else 422


def _tell_streams() -> None:
    """The act is committed; a stream that cannot be told now is told by the timetable."""
    try:
        sequence_events()
    except DatabaseError as error:
        log.warning("the stream was not told at once, the timetable will: %s", error)


@require_GET
def transaction(request: ConsoleRequest, identity: str) -> HttpResponse:
    context = transaction_context(identity, request.viewer)
    record("transaction.viewed", actor=request.user, target=identity[:150], address=request.viewer.address)
    return render(request, "ledger/transaction.html", context)
