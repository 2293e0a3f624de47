"""The alerts list and what is done from it: matters opened, many alerts acted on at once, the next one taken."""

import logging
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from ledger.kit.errors import MingjingError
from oversight.center.lists import ALL, EACH, FIRST, MATTERS, PAGE, AlertList, Wanted
from oversight.center.options import ASKED, filters, options
from oversight.center.orders import LABELS, headers
from oversight.center.presenters.acts import asked_moment, asked_person, snooze_options
from oversight.center.presenters.alerts import reasons, seen
from oversight.center.presenters.listed import kin_rows, listed_rows
from oversight.center.presenters.saved import saved_context
from oversight.live.tokens import open_token
from oversight.viewer import ConsoleRequest
from risk.alerts import bulk
from risk.alerts.bulk import Outcome, Result
from risk.alerts.models import Alert
from risk.alerts.sequencer import sequence_events
from risk.alerts.taking import take_next

log = logging.getLogger(__name__)


@require_GET
def alerts(request: ConsoleRequest) -> HttpResponse:
    wanted = Wanted.read(request.GET, request.viewer)
    match request.GET.get("fragment"):
        case "rows":
            return render(request, "center/_rows.html", _rows(request, AlertList(request.viewer, wanted)))
        case "list":
            return render(request, "center/_list.html", list_context(request, wanted))
        case "matters":
            return render(request, "center/_matters.html", {"matters": AlertList(request.viewer, wanted).matters})
        case "options" if (name := request.GET.get("of", "")) in ASKED:
            return render(request, "center/_options.html", {"options": options(request.viewer, wanted, name)})
    return render(request, "center/alerts.html", list_context(request, wanted, most=FIRST))


def _rows(request: ConsoleRequest, listed: AlertList, most: int = PAGE) -> dict[str, Any]:
    viewer, wanted = request.viewer, listed.wanted
    last = request.GET.get("after", "")
    cursor = viewer.alerts.select_related("rule", "unit").filter(number=last).first() if last else None
    page, more = listed.page(cursor, most)
    rows = listed_rows(page, viewer, wanted)
    return {"alerts": rows, "next_url": f"{wanted.url()}&after={rows[-1]['number']}" if more and rows else None, "picks": viewer.judges}


def list_context(request: ConsoleRequest, wanted: Wanted, most: int = PAGE) -> dict[str, Any]:
    """What center/alerts.html and center/_list.html print, with so many rows."""
    viewer = request.viewer
    place = viewer.place  # before the list is read, see there.
    listed = AlertList(viewer, wanted)
    context = _rows(request, listed, most)
    return context | {
        "tabs": listed.tabs(),
        "saved": saved_context(viewer, wanted),
        "filters": filters(listed),
        "clear_url": listed.clear_url,
        "total": listed.total,
        "total_more": listed.counted_out,
        "matters": len(context["alerts"]) if listed.by_matters and context["next_url"] is None else None,
        "matters_url": f"{wanted.url()}&fragment=matters" if listed.by_matters and context["next_url"] else None,
        "by": _switch(listed),
        "sorts": {
            column: {**head, "url": wanted.url(sort=head["sort"])} for column, head in headers(listed.order.key, listed.columns).items()
        },
        "sort_label": LABELS[listed.order.key],
        "place": place,
        "query": urlencode(wanted.query),
        "updated_at": timezone.now(),
        "empty": None if context["alerts"] else _empty(listed),
        "may_act": viewer.judges,
        "reasons": reasons(),
        "snooze": snooze_options() if viewer.judges else None,
        "most": bulk.MOST,
        "search_value": wanted.q,
    }


def _switch(listed: AlertList) -> list[dict[str, Any]]:
    """The two ways to count rows; nothing to choose where there are no matters."""
    if listed.of_single_alerts:
        return []
    chosen = MATTERS if listed.by_matters else EACH
    return [
        {"label": label, "url": listed.wanted.url(by=key), "active": key == chosen}
        for key, label in ((MATTERS, _("By matter")), (EACH, _("One by one")))
    ]


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
def kin(request: ConsoleRequest, number: str) -> HttpResponse:
    """The other alerts of its matter, as rows to stand below it."""
    wanted = Wanted.read(request.GET, request.viewer)
    rows = kin_rows(seen(number, request.viewer), request.viewer, wanted)
    return render(request, "center/_rows.html", {"alerts": rows, "next_url": None})


@require_POST
def many(request: ConsoleRequest) -> HttpResponse:
    """One act on the alerts chosen, or on all of the list as it was when it was shown; answered with the list as it is now."""
    wanted = asked_list(request)
    act = request.POST.get("act", "")
    # The service takes of it what the act declares.
    given = request.POST.dict() | {"until": asked_moment(request.POST), "to": asked_person(request.POST)}
    whole, chosen = request.POST.get("scope") == "all", request.POST.getlist("number")
    outcomes: list[Outcome] = []
    refused = False
    try:
        numbers = _whole_list(request, wanted) if whole else chosen
        outcomes = bulk.act_on(numbers=numbers, act=act, actor=request.user, address=request.viewer.address, given=given)
    except MingjingError as error:
        refused = True
        messages.error(request, str(error))
    else:
        tell_streams()
        _say(request, outcomes)
    failed = [outcome for outcome in outcomes if outcome.result is not Result.DONE]
    kept = chosen if refused else [outcome.number for outcome in failed]
    context = list_context(request, wanted) | {"failed": failed, "kept": " ".join(kept), "kept_whole": refused and whole}
    return render(request, "center/_many_answer.html" if request.htmx else "center/alerts.html", context)


def _whole_list(request: ConsoleRequest, wanted: Wanted) -> list[str]:
    """Every alert of the list that had arrived when the person was shown it. One more than may be: the service says that it is too many."""
    position = open_token(request.POST.get("place", ""), user_id=request.user.pk)
    listed = AlertList(request.viewer, wanted)
    return list(bulk.seen_by(listed.rows, position or 0).values_list("number", flat=True)[: bulk.MOST + 1])


def _say(request: ConsoleRequest, outcomes: list[Outcome]) -> None:
    found = Counter(outcome.result for outcome in outcomes)
    if done := found[Result.DONE]:
        text = ngettext("Done with %(number)d alert.", "Done with %(number)d alerts.", done) % {"number": done}
        messages.success(request, text)
    if left := len(outcomes) - done:
        text = ngettext("%(number)d alert was not changed; it stays chosen.", "%(number)d alerts were not changed; they stay chosen.", left)
        messages.warning(request, text % {"number": left})


@require_POST
def following(request: ConsoleRequest) -> HttpResponse:
    """Take the first alert of the list that nobody has, and open it."""
    wanted = asked_list(request)
    taken: Alert | None = None
    try:
        taken = take_next(actor=request.user, among=AlertList(request.viewer, wanted).rows, address=request.viewer.address)
    except MingjingError as error:
        messages.error(request, str(error))
        return redirect(wanted.url())
    if taken is None:
        messages.info(request, _("No alert of this list waits for somebody to take it."))
        return redirect(wanted.url())
    tell_streams()
    messages.success(request, _("You have taken this alert."))
    return redirect(f"{reverse('center:alert', args=[taken.number])}?{wanted.url().partition('?')[2]}")


def asked_list(request: ConsoleRequest) -> Wanted:
    """The list that an act was ordered from."""
    return Wanted.read(dict(parse_qsl(request.POST.get("query", ""))), request.viewer)


def tell_streams() -> None:
    """The act is committed; a stream that cannot be told now is told by the timetable."""
    try:
        sequence_events()
    except DatabaseError as error:
        log.warning("the stream was not told at once, the timetable will: %s", error)
