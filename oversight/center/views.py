"""The workbench and one alert; the list of alerts is in listing.py, what people do with an alert in acts.py."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ledger.audit.services import record
from ledger.kit.days import day_start, today
from oversight.center.lists import AlertList, Wanted
from oversight.center.offers import offers_of
from oversight.center.presenters.acts import handlers as choose_handlers
from oversight.center.presenters.alerts import alert_context, preview_context, seen
from oversight.center.presenters.listed import listed_row
from oversight.center.presenters.rows import alert_urls
from oversight.center.work import workbench_context
from oversight.duty.bell import unread
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
    shown = listed_row(found, request.viewer, _list_query(request))
    return render(request, "center/_row_answer.html", {"alert": shown}, status=status)


@require_GET
def preview(request: ConsoleRequest, number: str) -> HttpResponse:
    context = preview_context(number, request.viewer, _list_query(request))
    record("alert.previewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "center/_preview.html", context)


@require_GET
def onward(request: ConsoleRequest, number: str, way: str) -> HttpResponse:
    """To where another area goes on with the alert; to the alert, which says why not, where it does not or this person may not."""
    found = seen(number, request.viewer)
    page = alert_urls(found, request.viewer, _list_query(request))["alert"]
    to = next((url for offer in offers_of(found, request.viewer) if (url := offer.ways.get(way, ""))), "")
    return redirect(to if to.startswith("/") else f"{page}{to}")


@require_GET
def duty_strip(request: ConsoleRequest) -> HttpResponse:
    return render(request, "center/duty.html", {"duty": Strip(request.viewer).duty, "count": unread(request.viewer)})


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
