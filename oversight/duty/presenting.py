"""Shifts in words: what was handed over, the forms of going on and off duty, and the history of who was on duty when."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.days import day_start
from oversight.center.lists import Wanted
from oversight.center.presenters import words
from oversight.center.presenters.times import full_time, lasted, short_time
from oversight.duty.models import NOTE_LENGTH, DutyShift
from oversight.duty.queries import handovers_to_read, note_for, open_shifts, shares_sight, shifts_touching
from oversight.duty.services import LONGEST, successors
from oversight.duty.strip import Strip
from oversight.viewer import WATCHERS, Viewer
from risk.rules.models import LEVELS

PAGE = 50
HOURS = int(LONGEST.total_seconds() // 3600)


def handovers_context(viewer: Viewer) -> list[dict[str, Any]]:
    """The handovers this person has still to read: [{pk, name, ended, ended_full, to_me, late, lines}]."""
    return [
        {
            "pk": shift.pk,
            "name": str(shift.user),
            "ended": short_time(shift.ended_at or shift.started_at),
            "ended_full": full_time(shift.ended_at or shift.started_at),
            "to_me": shift.handed_to_id == viewer.user.pk,
            "late": shift.closed_late,
            "lines": note_for(shift, viewer.user).splitlines(),
            "read_url": reverse("duty:read", args=[shift.pk]),
        }
        for shift in handovers_to_read(viewer.user, timezone.now())
    ]


def open_by_level(viewer: Viewer) -> list[dict[str, Any]]:
    """The open alerts this person sees, by level, the gravest first: [{level, label, count, url}], each counted as its list counts."""
    counted = viewer.by_level["open"]
    return [
        {"level": level, "label": words.LEVELS[level], "count": counted[level], "url": Wanted(tab="open", level=level).url()}
        for level in reversed(LEVELS)
    ]


def start_context(viewer: Viewer) -> dict[str, Any]:
    """What duty/start.html prints: what must be read before going on duty, and who is on duty now."""
    duty = Strip(viewer).duty
    # This page has the button itself.
    duty["shift"]["start_url"] = ""
    return {"handovers": handovers_context(viewer), "levels": open_by_level(viewer), "others": _on_duty_but(viewer), "duty": duty}


def end_context(viewer: Viewer, shift: DutyShift, typed: dict[str, str]) -> dict[str, Any]:
    """What duty/end.html prints: what is open, by level and of one's own, and who may take over. `typed`: what was refused."""
    on_duty = {one.user_id for one in open_shifts()}
    people = sorted(successors(viewer.user), key=lambda user: (user.pk not in on_duty, str(user)))
    return {
        "since": short_time(shift.started_at),
        "span": lasted(timezone.now() - shift.started_at),
        "levels": open_by_level(viewer),
        "own": {"count": viewer.figures["own"], "url": Wanted(tab="own").url()} if viewer.judges else None,
        "people": [{"username": user.username, "name": str(user), "on_duty": user.pk in on_duty} for user in people],
        "typed": typed,
        "longest": NOTE_LENGTH,
    }


def _on_duty_but(viewer: Viewer) -> list[str]:
    return [str(shift.user) for shift in open_shifts() if shift.user_id != viewer.user.pk]


def history_context(viewer: Viewer, day: str, before: str) -> dict[str, Any]:
    """What duty/shifts.html prints: who was on duty when, the newest first; `day`: only shifts that touch it."""
    found = DutyShift.objects.select_related("user", "handed_to").prefetch_related("read_by__user").order_by("-pk")
    chosen = _day(day)
    if chosen is not None:
        found = found.filter(shifts_touching(day_start(chosen), day_start(chosen + timedelta(days=1))))
    total = found.count()
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found[: PAGE + 1])
    here, query = reverse("duty:shifts"), {"day": str(chosen)} if chosen else {}
    return {
        "rows": [_shift_row(shift, viewer) for shift in page[:PAGE]],
        "total": total,
        "day": str(chosen or ""),
        "reads_notes": bool(viewer.roles & WATCHERS),
        "hours": HOURS,
        "clear_url": here if chosen else "",
        "next_url": f"{here}?{urlencode(query | {'before': page[PAGE - 1].pk})}" if len(page) > PAGE else "",
        "empty": None if page else _empty(chosen is not None),
    }


def _empty(chosen: bool) -> dict[str, Any]:
    if chosen:
        return {
            "title": _("Nobody was on duty on this day"),
            "text": "",
            "action_label": _("Show all shifts"),
            "action_url": reverse("duty:shifts"),
        }
    return {"title": _("No shift is recorded yet"), "text": _("Supervisors go on duty in the strip above."), "action_url": None}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _shift_row(shift: DutyShift, viewer: Viewer) -> dict[str, Any]:
    ended = shift.ended_at
    readable = bool(viewer.roles & WATCHERS) and (shift.user_id == viewer.user.pk or shares_sight(viewer.user, shift.user))
    return {
        "name": str(shift.user),
        "started": full_time(shift.started_at)[:16],
        "ended": full_time(ended)[:16] if ended else "",
        "span": lasted((ended or timezone.now()) - shift.started_at),
        "late": shift.closed_late,
        "handed_to": str(shift.handed_to) if shift.handed_to else "",
        "lines": note_for(shift, viewer.user).splitlines() if readable else [],
        "readable": readable,
        "read_by": [f"{one.user} {short_time(one.at)}" for one in sorted(shift.read_by.all(), key=lambda one: one.pk)],
    }
