"""What was delivered, and what became of every row of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Min
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ledger.journal.models import Batch, Delivery
from oversight.center.presenters.times import full_time, short_time
from oversight.intake import labels
from oversight.intake.progress import Seen, is_active, progress, read_seen, seen_text, summary
from oversight.intake.tabs import address, tabs
from oversight.viewer import ConsoleRequest
from risk.scoring.models import DirtyMark

PAGE = 50
FIGURES = ("received", "accepted", "revised", "duplicate", "rejected", "waiting")
SCORED_KINDS = ("transactions", "steps")


@require_GET
def deliveries(request: ConsoleRequest) -> HttpResponse:
    """Newest first, page by page, of one source (`?source=`) or of all.

    received = accepted + revised + duplicate + rejected + waiting, in every line and in the total.
    `fragment=live` answers what changed of the deliveries a page saw unfinished (`was`), as it lists them down from `top`.
    """
    live = request.GET.get("fragment") == "live"
    found = Delivery.objects.order_by("-id")
    source = request.GET.get("source", "")
    if source:
        found = found.filter(source=source)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        found = found.filter(id__lt=int(before))
    top = request.GET.get("top", "")
    if live and top.isascii() and top.isdigit():
        found = found.filter(id__lte=int(top))
    page = list(found[: PAGE + 1])
    seen = read_seen(request.GET.get("was", ""))
    lines = _lines(page[:PAGE], seen)
    context: dict[str, Any] = {
        "deliveries": [line for line in lines if line["number"] in seen] if live else lines,
        "totals": {name: sum(getattr(one, name) for one in page[:PAGE]) for name in FIGURES} if page else None,
        "live": _poll(page[:PAGE], lines, seen, {"before": before, "source": source}),
        "oob": live,
    }
    if live:
        return render(request, "intake/_deliveries_live.html", context)
    context |= {
        "tabs": tabs(request),
        "source": source,
        "next_url": _older(source, page[PAGE - 1]) if len(page) > PAGE else None,
        "empty": _empty(source),
    }
    return render(request, "intake/deliveries.html", context)


def _older(source: str, last: Delivery) -> str:
    return f"{reverse('intake:deliveries')}?{urlencode(({'source': source} if source else {}) | {'before': last.pk})}"


def _empty(source: str) -> dict[str, Any]:
    if source:
        return {
            "title": _("The source %(source)s has delivered nothing") % {"source": source},
            "text": "",
            "action_label": _("Clear the filters"),
            "action_url": reverse("intake:deliveries"),
        }
    return {
        "title": _("Nothing was delivered yet"),
        "text": _("Bring files in here, or let business systems send."),
        "action_label": _("Upload files"),
        "action_url": reverse("intake:upload"),
    }


def _lines(page: Sequence[Delivery], seen: Mapping[int, Seen]) -> list[dict[str, Any]]:
    scored, now = scored_words(page), timezone.now()
    return [_line(one, scored[one.pk], progress(one, seen.get(one.pk), now)) for one in page]


def _line(one: Delivery, scored: str, far: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": one.pk,
        "url": reverse("intake:delivery", args=[one.pk]),
        "received_at": short_time(one.started_at),
        "received_exactly": full_time(one.started_at),
        "source": one.source,
        "file": one.name,
        "kind": labels.kind_label(one.kind),
        **{name: getattr(one, name) for name in FIGURES},
        "progress": far,
        "scored": scored,
        **{f"{name}_url": address("intake:quarantine", tab="all", delivery=one.pk, came=name) for name in ("rejected", "waiting")},
    }


def _poll(page: Sequence[Delivery], lines: list[dict[str, Any]], seen: Mapping[int, Seen], listed: Mapping[str, str]) -> dict[str, Any]:
    """Where to ask next while something is under way; an empty address ends the asking."""
    active = [one for one in page if is_active(one)]
    query = {"fragment": "live", "was": seen_text(active, seen, timezone.now()), "top": page[0].pk if page else 0, **listed}
    return {
        "url": f"{reverse('intake:deliveries')}?{urlencode(query)}" if active else "",
        "text": summary([line["progress"] for line in lines if line["progress"]["active"]]),
    }


def scored_words(page: Sequence[Delivery]) -> dict[int, str]:
    """For each delivery whether it is scored, in words; empty for those that are not scored or not finished.

    Scored once its rows are in the columns and no mark as old as the delivery is left to score.
    """
    unread = set(Batch.objects.filter(delivery__in=page, in_columns=False).values_list("delivery_id", flat=True))
    oldest = DirtyMark.objects.aggregate(oldest=Min("created_at"))["oldest"]
    return {one.pk: _scored(one, one.pk in unread, oldest) for one in page}


def _scored(one: Delivery, unread: bool, oldest_mark: datetime | None) -> str:
    if one.kind not in SCORED_KINDS or one.finished_at is None:
        return ""
    waits = unread or (oldest_mark is not None and oldest_mark <= one.finished_at)
    return _("waits for scoring") if waits else _("scored")
