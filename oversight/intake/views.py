"""What was delivered, and what became of every row of it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Min
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ledger.journal.models import Batch, Delivery
from oversight.center.presenters.times import full_time
from oversight.intake.tabs import tabs
from oversight.viewer import ConsoleRequest
from risk.scoring.models import DirtyMark

PAGE = 50
FIGURES = ("received", "accepted", "revised", "duplicate", "rejected", "waiting")
KINDS = {
    "units": gettext_lazy("units"),
    "agencies": gettext_lazy("agencies"),
    "posts": gettext_lazy("posts"),
    "staff": gettext_lazy("people"),
    "postings": gettext_lazy("postings"),
    "shifts": gettext_lazy("extra shifts"),
    "transactions": gettext_lazy("transactions"),
    "steps": gettext_lazy("steps"),
    "complaints": gettext_lazy("complaints"),
    "violations_of_discipline": gettext_lazy("violations of discipline"),
    "impounds": gettext_lazy("impounded vehicles"),
}
SCORED_KINDS = ("transactions", "steps")


@require_GET
def deliveries(request: ConsoleRequest) -> HttpResponse:
    """Newest first, page by page. received = accepted + revised + duplicate + rejected + waiting, in every line and in the total."""
    found = Delivery.objects.order_by("-id")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        found = found.filter(id__lt=int(before))
    page = list(found[: PAGE + 1])
    unread = set(Batch.objects.filter(delivery__in=page, in_columns=False).values_list("delivery_id", flat=True))
    oldest = DirtyMark.objects.aggregate(oldest=Min("created_at"))["oldest"]
    context = {
        "tabs": tabs(request),
        "deliveries": [_line(one, _scored(one, one.pk in unread, oldest)) for one in page[:PAGE]],
        "totals": {name: sum(getattr(one, name) for one in page[:PAGE]) for name in FIGURES} if page else None,
        "next_url": f"{reverse('intake:deliveries')}?before={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "empty": {
            "title": _("Nothing was delivered yet"),
            "text": _("Load files with manage.py import_ledger."),
            "action_label": "",
            "action_url": None,
        },
    }
    return render(request, "intake/deliveries.html", context)


def _line(one: Delivery, scored: str) -> dict[str, Any]:
    return {
        "number": one.pk,
        "received_at": full_time(one.started_at),
        "source": one.source,
        "file": one.name,
        "kind": KINDS.get(one.kind, one.kind),
        **{name: getattr(one, name) for name in FIGURES},
        "state": one.status,
        "state_label": one.get_status_display(),
        "error": one.error,
        "scored": scored,
        **{f"{name}_url": _rows_url(one, name) for name in ("rejected", "waiting")},
    }


def _rows_url(one: Delivery, came: str) -> str:
    """The rows behind the figure, whatever became of them since."""
    return f"{reverse('intake:quarantine')}?{urlencode({'tab': 'all', 'delivery': one.pk, 'came': came})}"


def _scored(one: Delivery, unread: bool, oldest_mark: datetime | None) -> str:
    """Scored once its rows are in the columns and no mark as old as the delivery is left to score."""
    if one.kind not in SCORED_KINDS or one.finished_at is None:
        return ""
    waits = unread or (oldest_mark is not None and oldest_mark <= one.finished_at)
    return _("waits for scoring") if waits else _("scored")
