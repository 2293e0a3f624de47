"""One delivery: who brought what when, what became of every row, and the file as it came."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models import Count, Min
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ledger.audit.services import record
from ledger.intake import originals
from ledger.intake.models import Quarantined
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.masks import covered
from ledger.intake.reading.reasons import sentence
from ledger.journal.models import Delivery
from ledger.kit.errors import NotFound
from ledger.roster.accounts import Role
from oversight.center.presenters.times import full_time
from oversight.intake import labels
from oversight.intake.progress import is_active, progress, read_seen, seen_text
from oversight.intake.tabs import address, tabs
from oversight.intake.views import FIGURES, scored_words
from oversight.viewer import ConsoleRequest

MOST_REASONS = 30
_CHUNK = 1 << 18


@require_GET
def page(request: ConsoleRequest, delivery: int) -> HttpResponse:
    """The page; `fragment=live` answers what changes while it is being taken."""
    one = _delivery(delivery)
    seen = read_seen(request.GET.get("was", ""))
    now = timezone.now()
    asked = f"{reverse('intake:delivery', args=[one.pk])}?fragment=live&was={seen_text([one], seen, now)}"
    context: dict[str, Any] = {
        "number": one.pk,
        "title": one.name or labels.kind_label(one.kind),
        "progress": progress(one, seen.get(one.pk), now),
        "figures": [(name, label, labels.grouped(getattr(one, name))) for name, label in _figures()],
        "poll_url": asked if is_active(one) else "",
        "scored": scored_words([one])[one.pk],
        "reasons": _reasons(one),
        "states": _states(one),
        "quarantine_url": address("intake:quarantine", delivery=one.pk) if one.rejected or one.waiting else "",
    }
    if request.GET.get("fragment") == "live":
        return render(request, "intake/_delivery_main.html", context)
    context |= {
        "tabs": tabs(request),
        "facts": _facts(one),
        "original_url": reverse("intake:original", args=[one.pk]) if _downloads(request, one) else "",
    }
    return render(request, "intake/delivery.html", context)


@require_GET
def original(request: ConsoleRequest, delivery: int) -> StreamingHttpResponse:
    """The file exactly as it came, with all the personal data in it; recorded before the first byte leaves."""
    one = _delivery(delivery)
    path = originals.path_of(one.sha256)
    if not one.sha256 or not path.exists():
        raise NotFound(_("The original of this delivery is not kept here."))
    record("delivery.original", actor=request.user, target=str(one.pk), address=request.viewer.address, name=one.name, sha256=one.sha256)
    chunks = _chunks_async(path) if isinstance(request, ASGIRequest) else _chunks(path)
    answer = StreamingHttpResponse(chunks, content_type="application/octet-stream")
    answer["Content-Length"] = str(path.stat().st_size)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(one.name or one.sha256)}"
    return answer


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


async def _chunks_async(path: Path) -> AsyncIterator[bytes]:
    """The same for the ASGI server, which would gather the whole file in memory from a plain iterator."""
    with path.open("rb") as stream:
        while chunk := await sync_to_async(stream.read, thread_sensitive=False)(_CHUNK):
            yield chunk


def _delivery(number: int) -> Delivery:
    found = Delivery.objects.filter(pk=number).first()
    if found is None:
        raise NotFound(_("There is no such delivery."))
    return found


def _downloads(request: ConsoleRequest, one: Delivery) -> bool:
    return Role.SYSTEM_ADMIN in request.viewer.roles and bool(one.sha256) and originals.path_of(one.sha256).exists()


def _figures() -> list[tuple[str, str]]:
    labels = (_("Received"), _("Accepted"), _("Revised"), _("Duplicate"), _("Rejected"), _("Waiting"))
    return list(zip(FIGURES, labels, strict=True))


def _facts(one: Delivery) -> list[tuple[str, str]]:
    return [
        (_("Content"), labels.kind_label(one.kind)),
        (_("Source"), one.source),
        (_("Brought by"), one.actor),
        (_("Received at"), full_time(one.started_at)),
        (_("Ended at"), full_time(one.finished_at) if one.finished_at else ""),
        (_("Size"), labels.size_text(one.size) if one.size else ""),
        (_("Encoding"), labels.encoding_label(one.encoding)),
        (_("Sheet"), one.sheet),
        (_("Old data"), _("yes: scored, but neither sounding nor starting clocks") if one.backfill else _("no")),
        ("SHA-256", one.sha256),
    ]


def _reasons(one: Delivery) -> list[dict[str, str]]:
    """Why rows were not taken, the most frequent first, each told with the first row it befell."""
    grouped = one.quarantined.values("reason", "column").annotate(number=Count("id"), first=Min("id")).order_by("-number", "first")
    found = list(grouped[:MOST_REASONS])
    examples = Quarantined.objects.in_bulk([group["first"] for group in found])
    return [_reason(one, examples[group["first"]], group["number"]) for group in found]


def _reason(one: Delivery, row: Quarantined, number: int) -> dict[str, str]:
    value = covered(KINDS[one.kind], row.column, row.value) if one.kind in KINDS else ""
    text = sentence(row.reason, column=row.column, value=value, detail=row.detail)
    return {"text": text, "count": labels.grouped(number), "row": labels.grouped(row.row)}


def _states(one: Delivery) -> list[tuple[str, str]]:
    """What became since of the rows that were not taken: [(state, number)]."""
    counted = dict(one.quarantined.order_by().values_list("state").annotate(number=Count("id")))
    return [(str(state.label), labels.grouped(counted[state.value])) for state in Quarantined.State if state.value in counted]
