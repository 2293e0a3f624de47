"""The workbench, the alerts list and one alert; what people do with it is in acts.py."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ledger.audit.services import record
from ledger.kit.days import day_start, today
from oversight.center.lists import ALL, PAGE, AlertList, Wanted
from oversight.center.presenters import words
from oversight.center.presenters.acts import handlers as choose_handlers
from oversight.center.presenters.acts import snooze_options
from oversight.center.presenters.alerts import alert_context, preview_context, reasons, seen
from oversight.center.presenters.rows import alert_row, alert_rows, ready_for_rows
from oversight.center.presenters.subjects import Names
from oversight.center.work import workbench_context
from oversight.duty.strip import Strip
from oversight.viewer import ConsoleRequest
from risk.alerts.queries import three_counts
from risk.alerts.states import Act, possible


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
        "snooze": snooze_options() if viewer.judges else None,
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
        return render(request, "center/_alert_main.html", main_context(request, number))
    context = page_context(request, number)
    record("alert.viewed", actor=viewer.user, target=number, address=viewer.address)
    return render(request, "center/alert.html", context)


def main_context(request: ConsoleRequest, number: str) -> dict[str, Any]:
    context = alert_context(number, request.viewer, _list_query(request), all_evidence=request.GET.get("evidence") == "all")
    return context | {"next_url": _neighbours(request, number)["next_url"]}


def page_context(request: ConsoleRequest, number: str) -> dict[str, Any]:
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
    return row_answer(request, number)


def row_answer(request: ConsoleRequest, number: str, status: int = 200) -> HttpResponse:
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


@require_GET
def handlers(request: ConsoleRequest, number: str) -> HttpResponse:
    """To whom the alert can be handed; asked when the dialog opens over a row of the list."""
    alert = seen(number, request.viewer)
    may = Act.ASSIGN in possible(request.viewer.person, alert)
    return render(request, "center/_handlers.html", {"handlers": choose_handlers(alert, request.viewer) if may else []})


@require_GET
def counts(request: ConsoleRequest) -> HttpResponse:
    """The three figures of this year, asked after the page has come: over a year of alerts they take longer than the list."""
    year = request.viewer.alerts.filter(raised_at__gte=day_start(today().replace(month=1, day=1)))
    return render(request, "center/_counts.html", {"counts": three_counts(year)})
