"""Sweeps in words: how far, how long still, on whose order, and which alerts of theirs the reader may see."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oversight.access import opens
from oversight.center.presenters.times import full_time, lasted, left, short_time
from oversight.intake.labels import grouped
from oversight.sweeps.ordering import rules_known
from oversight.viewer import Viewer
from risk.sweeps.models import Sweep
from risk.sweeps.queries import Progress, progress_of, raised_alerts, remaining, stuck_part
from risk.sweeps.running import live_waits

PAGE = 50
SHOWN_RULES = 3
MARKS = {
    Sweep.State.ORDERED: "pending",
    Sweep.State.RUNNING: "issued",
    Sweep.State.PAUSED: "suspended",
    Sweep.State.STOPPED: "withdrawn",
    Sweep.State.DONE: "closed",
}


def list_context(viewer: Viewer, before: str) -> dict[str, Any]:
    """What sweeps/sweeps.html prints: the unfinished ones in the order of their turn, then the ended ones, newest first, by pages."""
    unfinished = list(_ready(Sweep.objects.filter(state__in=Sweep.UNFINISHED).order_by("id")))
    ended = _ready(Sweep.objects.exclude(state__in=Sweep.UNFINISHED).order_by("-id"))
    if before.isascii() and before.isdigit() and len(before) < 19:
        ended = ended.filter(id__lt=int(before))
    page = list(ended[: PAGE + 1])
    shown = [*unfinished, *page[:PAGE]]
    far = progress_of(shown)
    rows = [_row(one, far[one.pk], viewer) for one in shown]
    steers = opens("sweeps:stop", viewer.roles)
    here = reverse("sweeps:sweeps")
    return {
        "conclusion": _conclusion(rows[: len(unfinished)]),
        "rows": rows,
        "shows_alerts": viewer.watches,
        "steers": steers,
        "order_url": reverse("sweeps:order") if steers else "",
        "stops": [row for row in rows if row["unfinished"]] if steers else [],
        "live_url": f"{here}?fragment=live" if any(row["working"] for row in rows) else "",
        "next_url": f"{here}?before={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "empty": None
        if rows
        else {
            "title": _("No sweep of history was ordered yet"),
            "text": _("New rules judge what comes from now on; a sweep lets them judge the past, behind the work of the day."),
            "action_label": _("Order a sweep"),
            "action_url": reverse("sweeps:order") if steers else None,
        },
    }


def _ready(sweeps: Any) -> Any:
    return sweeps.select_related("ordered_by", "acted_by")


def _row(one: Sweep, far: Progress, viewer: Viewer) -> dict[str, Any]:
    alerts = raised_alerts(viewer.user, one).count() if viewer.watches else None
    return {
        "number": one.number,
        "state": one.state,
        "state_label": one.get_state_display(),
        "mark": MARKS[Sweep.State(one.state)],
        "unfinished": one.state in Sweep.UNFINISHED,
        "working": one.state in Sweep.WORKABLE,
        "paused": one.state == Sweep.State.PAUSED,
        "reason": one.reason,
        "ordered_by": str(one.ordered_by) if one.ordered_by else _("command line"),
        "ordered_at": short_time(one.ordered_at),
        "ordered_exactly": full_time(one.ordered_at),
        "days": f"{one.first_day} – {one.last_day}",
        **_rules(one),
        "transactions": grouped(one.transactions),
        "percent": int(100 * far.share),
        "parts": f"{grouped(far.done)} / {grouped(far.parts)}",
        "told": _told(one, far),
        "alerts": alerts,
        "alerts_url": f"{reverse('center:alerts')}?tab=all&sweep={one.number}" if alerts else "",
        "urls": {act: reverse(f"sweeps:{act}", args=[one.number]) for act in ("pause", "resume", "stop")},
    }


def _rules(one: Sweep) -> dict[str, Any]:
    """The rules in short, and all of them with their titles where the short form leaves some out."""
    if not one.rule_codes:
        return {"rules": _("all rules"), "rule_list": []}
    titles = rules_known(one.rule_codes)
    named = [f"{code} {titles.get(code, '')}".strip() for code in one.rule_codes]
    if len(named) <= SHOWN_RULES:
        return {"rules": _(", ").join(named), "rule_list": []}
    return {"rules": ngettext("%(number)d rule", "%(number)d rules", len(named)) % {"number": len(named)}, "rule_list": named}


def _told(one: Sweep, far: Progress) -> str:
    """One sentence on where it stands."""
    if one.state == Sweep.State.ORDERED:
        return _("Begins when its turn comes and nothing live waits.")
    if one.state == Sweep.State.RUNNING:
        if live_waits():
            return _("Gives way to live scoring.")
        rest = remaining(one)
        return left(rest) if rest is not None else _("The time left is known after a few parts.")
    if one.state == Sweep.State.PAUSED:
        return _paused(one)
    who = {"who": one.acted_by or _("command line"), "why": one.note}
    ended = _("Stopped by %(who)s: %(why)s") % who if one.state == Sweep.State.STOPPED else ""
    span = _("Took %(span)s, %(worked)s of work.") % {
        "span": _length((one.ended_at or one.ordered_at) - (one.begun_at or one.ordered_at)),
        "worked": _length(timedelta(seconds=far.seconds)),
    }
    return ended or span


def _length(span: timedelta) -> str:
    return lasted(span) if span >= timedelta(minutes=1) else _("less than a minute")


def _paused(one: Sweep) -> str:
    part = stuck_part(one)
    if part is not None:
        return _("Paused by itself: %(rules)s on %(first)s – %(last)s failed %(times)d times. See the worker's log, then go on.") % {
            "rules": _(", ").join(part.rule_codes),
            "first": part.first_day,
            "last": part.last_day,
            "times": part.starts,
        }
    at = short_time(one.acted_at) if one.acted_at else ""
    return _("Paused by %(who)s at %(time)s.") % {"who": one.acted_by or _("command line"), "time": at}


def _conclusion(unfinished: list[dict[str, Any]]) -> str:
    """How things stand, in one sentence."""
    running = next((row for row in unfinished if row["state"] == Sweep.State.RUNNING), None)
    waiting = sum(row["state"] == Sweep.State.ORDERED for row in unfinished)
    paused = sum(row["state"] == Sweep.State.PAUSED for row in unfinished)
    texts = []
    if running:
        texts.append(_("%(number)s has done %(percent)d%%") % {"number": running["number"], "percent": running["percent"]})
    if waiting:
        texts.append(ngettext("%(number)d waits for its turn", "%(number)d wait for their turn", waiting) % {"number": waiting})
    if paused:
        texts.append(ngettext("%(number)d is paused", "%(number)d are paused", paused) % {"number": paused})
    return _(", ").join(texts) if texts else _("No sweep is under way")
