"""The board: the nine blocks of the wall as its template prints them. Numbers, levels, lines, units; no name, no subject, no rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from ledger.intake.health import State
from ledger.intake.sources import SourceHealth
from ledger.kit.days import SHANGHAI, day_start, today
from oversight.center.presenters import words
from oversight.center.presenters.times import lasted, left, overdue, short_time
from oversight.coverage.presenting import LATE
from oversight.intake.health_words import STATES
from oversight.intake.labels import kind_label
from oversight.wall import counting
from oversight.wall.counting import NOT_HIT, SPANS, THREE, History, Open, Watch
from oversight.wall.figures import PERIODS, TITLES, URGENT_LEVELS, address, line_labels
from oversight.wall.keeping import Counted, keeper
from oversight.wall.plots import trend
from oversight.wall.sights import Sight
from risk.alerts.models import Alert
from risk.coverage.models import Canary
from risk.rules.models import LEVELS

WORST_FIRST = tuple(reversed(LEVELS))
SOURCES_KEPT = WATCH_KEPT = 30.0
SOURCES_SHOWN = 4
TROUBLE = (State.LATE, State.GAP, State.UNUSUAL)
SHARE_LEAST = 10
SHORT = {"raised": pgettext_lazy("count", "Alerts"), "issued": gettext_lazy("Warnings"), "confirmed": gettext_lazy("Confirmed")}


@dataclass(frozen=True)
class Board:
    """What wall/_board.html prints, and when each part of it was counted."""

    context: dict[str, Any]
    times: dict[str, datetime]


def board(sight: Sight) -> Board:
    opened = keeper.get(("open", sight.key), lambda: counting.count_open(sight, timezone.now()))
    history = keeper.get(("history", sight.key), lambda: counting.count_history(sight, timezone.now()))
    watch = keeper.get("watch", lambda: counting.count_watch(timezone.now()), shortest=WATCH_KEPT)
    sources = keeper.get("sources", counting.sources, shortest=SOURCES_KEPT)
    told: dict[str, Counted] = {"open": opened, "history": history, "watch": watch, "sources": sources}
    context = {
        "urgent": _urgent(opened.value, opened.at),
        "three": _three(history.value),
        "opened": _opened(opened.value),
        "checks": _checks(history.value),
        "lines": _lines(history.value),
        "trend": _trend(history.value),
        "units": _units(opened.value),
        "watch": _watch(watch.value, watch.at),
        "sources": _sources(sources.value),
    }
    return Board(context, {name: one.at for name, one in told.items()})


def _figure(number: int, url: str, **more: Any) -> dict[str, Any]:
    return {"number": number, "text": f"{number:,}", "url": url, **more}


def _urgent(told: Open, now: datetime) -> dict[str, Any]:
    """How many red and orange ones nobody has taken, for how long the first of each waits, and when the next is late."""
    due = told.first_due - now if told.first_due else None
    levels = [
        _figure(told.urgent[level], address("urgent", level=level), level=level, waited=lasted(now - oldest))
        for level in URGENT_LEVELS
        if (oldest := told.oldest[level]) is not None
    ]
    return {
        "state": levels[0]["level"] if levels else "calm",
        "levels": levels,
        "url": address("urgent"),
        "due": (left(due) if due.total_seconds() > 0 else overdue(-due)) if due is not None else "",
        "due_at": short_time(told.first_due, now) if told.first_due else "",
    }


def _three(told: History) -> list[dict[str, Any]]:
    return [
        {
            "label": PERIODS[span],
            "figures": [_figure(told.three[span][name], address(name, period=span), label=SHORT[name]) for name in THREE],
        }
        for span in SPANS
    ]


def _opened(told: Open) -> dict[str, Any]:
    def one(name: str) -> dict[str, Any]:
        return _figure(told.counts[name], address(name), label=TITLES[name])

    return {"all": one("open"), "statuses": [one(status.value) for status in Alert.OPEN], "soon": one("soon"), "overdue": one("overdue")}


def _checks(told: History) -> dict[str, Any]:
    """The share is told from ten on: of fewer it says nothing."""
    whole = told.in_time + told.late
    return {
        "share": f"{100 * told.in_time / whole:.0f}%" if whole >= SHARE_LEAST else "",
        "all": _figure(whole, address("checked", period="days30")),
        "in_time": _figure(told.in_time, address("in_time", period="days30"), label=_("in time")),
        "late": _figure(told.late, address("late", period="days30"), label=_("late")),
        "least": SHARE_LEAST,
    }


def _lines(told: History) -> dict[str, Any]:
    rows = []
    for code, label in line_labels().items():
        one = told.lines.get(code)
        levels = one.levels if one else {}
        cells = [_figure(levels.get(level, 0), address("raised", level=level, line=code, period="week")) for level in WORST_FIRST]
        total = _figure(one.total if one else 0, address("raised", line=code, period="week"))
        rows.append({"label": label, "cells": cells, "total": total, **_change(one)})
    return {"heads": [{"level": level, "label": words.LEVELS[level]} for level in WORST_FIRST], "rows": rows}


def _change(one: counting.LineCount | None) -> dict[str, str]:
    """Against the median of the four weeks before: as usual within a quarter of it (or two), else by how many."""
    if one is None or one.usual is None:
        return {"change": "–", "usual": "", "turn": ""}
    difference = one.total - one.usual
    much = abs(difference) > max(2, one.usual / 4)
    return {
        "change": f"{difference:+,}".replace("-", "−") if difference else "0",
        "usual": f"{one.usual:,}",
        "turn": ("up" if difference > 0 else "down") if much else "",
    }


def _trend(told: History) -> dict[str, Any]:
    levels = told.levels
    return {
        "plot": trend(told.days),
        "legend": [
            _figure(levels.get(level, 0), address("raised", level=level, period="days30"), level=level, label=words.LEVELS[level])
            for level in WORST_FIRST
        ],
        "all": _figure(sum(levels.values()), address("raised", period="days30")),
    }


def _units(told: Open) -> dict[str, Any]:
    most = max((one.open for one in told.units), default=0)
    shown = ",".join(one.place for one in told.units)
    rows = [
        {
            "name": _("%(unit)s itself") % {"unit": one.name} if one.place.startswith("=") else one.name,
            "open": _figure(one.open, address("open", unit=one.place)),
            "overdue": _figure(one.overdue, address("overdue", unit=one.place)),
            "width": round(100 * one.open / most, 1),
        }
        for one in told.units
    ]
    rest = told.rest
    if rest is not None:
        name = ngettext("%(number)d other unit", "%(number)d other units", rest.units) % {"number": rest.units}
        whole = _figure(rest.open, address("open", without=shown))
        rows.append({"name": name, "open": whole, "overdue": _figure(rest.overdue, address("overdue", without=shown)), "width": None})
    return {"rows": rows}


def _watch(told: Watch, now: datetime) -> dict[str, Any]:
    """The rules, as the page 覆盖与健康 counts them."""
    failed = sum(told.answers.get(answer, 0) for answer in NOT_HIT)
    stuck = told.oldest is not None and now - told.oldest > LATE
    return {
        "hit": _figure(told.answers.get(Canary.Answer.HIT, 0), _rules("hit")),
        "rules": _figure(told.rules, _rules("")),
        "failed": _figure(failed, _rules("failed"), trouble=failed > 0),
        "gaps": _figure(told.gaps, _rules("gaps"), trouble=told.gaps > 0),
        "waited": lasted(now - told.oldest) if told.oldest else "",
        "stuck": stuck,
        "last": _clock(told.last, now),
    }


def _rules(state: str) -> str:
    return f"{reverse('wall:rules')}?state={state}" if state else reverse("wall:rules")


def _clock(moment: datetime | None, now: datetime) -> str:
    """To the second while it is today: a patrol that stands still is seen."""
    if moment is None:
        return "–"
    return f"{moment.astimezone(SHANGHAI):%H:%M:%S}" if moment >= day_start(today(now)) else short_time(moment, now)


def _sources(told: list[SourceHealth]) -> dict[str, Any]:
    """The states with their counts, and the sources that need somebody; kinds of data, never what is in them."""
    at = reverse("wall:sources")
    states = [
        _figure(sum(one.state == state for one in told), f"{at}?state={state.value}", label=STATES[state], trouble=state in TROUBLE)
        for state in State
    ]
    troubled = [one for one in told if one.state in TROUBLE]
    return {
        "all": _figure(len(told), at),
        "states": states,
        "rows": [_source(one) for one in troubled[:SOURCES_SHOWN]],
    }


def _source(one: SourceHealth) -> Mapping[str, Any]:
    last = one.recent[0].started_at if one.recent else None
    return {
        "name": one.source,
        "kind": kind_label(one.kind),
        "state": STATES[one.state],
        "last": short_time(last) if last else "–",
    }
