"""How far deliveries are: state, rate and what is left, from what the database says now and what a page saw before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ledger.journal.models import Delivery
from oversight.intake import labels

Status = Delivery.Status
# A page that watches for longer forgets what it first saw, so that the rate is one of now.
REMEMBERED = 600


@dataclass(frozen=True)
class Seen:
    """So many rows were done with at a moment (seconds since the epoch)."""

    received: int
    at: float


def read_seen(text: str) -> dict[int, Seen]:
    """What a page saw before, as `seen_text` wrote it; parts that cannot be read are left out."""
    found = {}
    for part in text.split("."):
        numbers = part.split("-")
        if len(numbers) == 3 and all(number.isascii() and number.isdigit() and len(number) < 16 for number in numbers):
            found[int(numbers[0])] = Seen(int(numbers[1]), float(numbers[2]))
    return found


def seen_text(active: Iterable[Delivery], seen: Mapping[int, Seen], now: datetime) -> str:
    """12-5000-1764130000.13-0-1764130000: for each delivery that is not finished the earliest sight a page remembers."""
    parts = []
    for delivery in active:
        before = seen.get(delivery.pk)
        if before is None or now.timestamp() - before.at > REMEMBERED or before.received > delivery.received:
            before = Seen(delivery.received, now.timestamp())
        parts.append(f"{delivery.pk}-{before.received}-{int(before.at)}")
    return ".".join(parts)


def is_active(delivery: Delivery) -> bool:
    return delivery.status in (Status.QUEUED, Status.RUNNING)


def progress(delivery: Delivery, seen: Seen | None = None, now: datetime | None = None) -> dict[str, Any]:
    """{state, label, mark, active, value, max, percent, rate, left, note}; see templates/intake/_progress.html.

    `state`: queued, running, interrupted, done or failed. `value` and `max` are rows, `max` None where nobody knows how many there are.
    """
    now = now or timezone.now()
    state, label, mark = _state(delivery, now)
    most = max(delivery.expected_rows, delivery.received) if delivery.expected_rows else None
    rate = _rate(delivery, seen, now) if state == "running" else 0.0
    left = labels.remaining_text((most - delivery.received) / rate) if rate and most is not None and most > delivery.received else ""
    return {
        "state": state,
        "label": label,
        "mark": mark,
        "active": is_active(delivery),
        "value": delivery.received,
        "max": most,
        "percent": delivery.received * 100 // most if most else None,
        "rate": _("%(rows)s rows/s") % {"rows": labels.grouped(round(rate))} if rate else "",
        "left": left,
        "note": _note(delivery, state),
    }


def _state(delivery: Delivery, now: datetime) -> tuple[str, str, str]:
    if delivery.status == Status.FAILED:
        return "failed", pgettext("delivery", "failed"), "dismissed"
    if delivery.status == Status.DONE:
        return "done", str(Status.DONE.label), "closed"
    gone = delivery.status == Status.RUNNING and delivery.lease_until is not None and delivery.lease_until < now
    if gone or (delivery.status == Status.QUEUED and (delivery.received or delivery.error)):
        return "interrupted", _("interrupted, goes on by itself"), "suspended"
    return ("running", _("being imported"), "investigating") if delivery.status == Status.RUNNING else ("queued", _("queued"), "pending")


def _rate(delivery: Delivery, seen: Seen | None, now: datetime) -> float:
    """Rows a second since the page first saw it; 0 where that was just now."""
    passed = now.timestamp() - seen.at if seen else 0.0
    return (delivery.received - seen.received) / passed if seen and passed >= 1 else 0.0


def _note(delivery: Delivery, state: str) -> str:
    """Why it does not go on, and the way out."""
    if state == "failed":
        return _("%(error)s Send the file again when that is mended; no row is taken twice.") % {"error": delivery.error}
    if state == "interrupted":
        rest = _("What was taken stays; it goes on after row %(row)s.") % {"row": labels.grouped(delivery.received)}
        return f"{delivery.error} {rest}".strip()
    return ""


def summary(active: Iterable[dict[str, Any]]) -> str:
    """One line over a list: how many are under way."""
    states = [one["state"] for one in active]
    running, queued = sum(state != "queued" for state in states), states.count("queued")
    told = []
    if running:
        told.append(ngettext("%(number)d file is being imported", "%(number)d files are being imported", running) % {"number": running})
    if queued:
        told.append(ngettext("%(number)d queued", "%(number)d queued", queued) % {"number": queued})
    return _(", ").join(told)
