"""The health of the sources: who delivers as usual, who is late, which days are missing, and which manifests are not met."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ledger.intake.health import Day, Reconciled, State, Verdict
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.reasons import sentence
from ledger.intake.sources import SourceHealth, source_health, sources_health
from ledger.journal.fold import SPELLING
from ledger.journal.models import Delivery
from ledger.journal.queries import respelled_in
from ledger.kit.errors import NotFound
from ledger.kit.masking import mask_staff_no
from oversight.center.presenters.times import full_time, short_time
from oversight.intake import health_words as words
from oversight.intake.labels import KINDS as KIND_TITLES
from oversight.intake.strips import strip
from oversight.intake.tabs import tabs
from oversight.viewer import ConsoleRequest

SHOWN_SPELLINGS = 20
PEOPLE = frozenset({"staff_no", "leader_no", "responsible_no"})


@require_GET
def sources(request: ConsoleRequest) -> HttpResponse:
    """Every source and kind of data, what needs somebody first."""
    order = list(State)
    found = sorted(sources_health(), key=lambda health: order.index(health.state))
    context = {
        "tabs": tabs(request),
        "rows": [_row(health) for health in found],
        "counts": [{"label": words.STATES[state], "count": sum(one.state == state for one in found)} for state in order],
        "empty": {
            "title": _("No source has delivered yet"),
            "text": _("Every source appears here with its first delivery; its usual is known after two weeks."),
            "action_label": _("See the deliveries"),
            "action_url": reverse("intake:deliveries"),
        },
    }
    return render(request, "intake/sources.html", context)


@require_GET
def source(request: ConsoleRequest, kind: str, source: str) -> HttpResponse:
    """One source and kind by days, of all lines or of one (`?line=`), with its manifests and deliveries."""
    health = source_health(source, kind)
    if health is None:
        raise NotFound(_("The source %(source)s never delivered %(kind)s.") % {"source": source, "kind": KIND_TITLES.get(kind, kind)})
    line = request.GET.get("line", "")
    line = line if line in health.line_days else ""
    context = {
        **_row(health),
        "tabs": tabs(request),
        "lines": _line_tabs(health, line),
        "days": [_day(day, _of_line(health, line)) for day in reversed(health.line_days.get(line, health.days))],
        "manifests": [_manifest(one) for one in sorted(reversed(health.manifests), key=lambda one: not one.difference)],
        "deliveries": [_delivery(one) for one in health.recent],
        "spellings": _spellings(health.recent),
        "rhythm": words.rhythm_text(health),
        "last_event_day": health.last_event_day,
    }
    return render(request, "intake/source.html", context)


def _row(health: SourceHealth) -> dict[str, Any]:
    last = health.recent[0] if health.recent else None
    today, yesterday = (health.days[-1], health.days[-2]) if health.days else (None, None)
    return {
        "source": health.source,
        "kind": KIND_TITLES.get(health.kind, health.kind),
        "url": reverse("intake:source", kwargs={"kind": health.kind, "source": health.source}),
        "deliveries_url": f"{reverse('intake:deliveries')}?{urlencode({'source': health.source})}",
        "state": health.state.value,
        "state_label": words.STATES[health.state],
        "state_icon": words.ICONS[health.state],
        "reasons": words.reasons(health),
        "last_at": short_time(last.started_at) if last else "",
        "last_exact": full_time(last.started_at) if last else "",
        "last_by": last.actor if last and last.actor != health.source else "",
        "today": words.grouped(today.rows) if today else "",
        "yesterday": words.grouped(yesterday.rows) if yesterday else "",
        "usual": words.usual_text(yesterday.usual) if yesterday else "",
        "rejected": f"{health.rejected / health.received:.1%}" if health.rejected else "",
        "rejected_of": words.grouped(health.received),
        "strip": strip(health.days) if health.days else None,
        "strip_text": words.strip_text(health.days),
    }


def _line_tabs(health: SourceHealth, chosen: str) -> list[dict[str, Any]]:
    if not health.line_days:
        return []
    named = [("", _("All lines")), *((line, words.line_title(line)) for line in health.line_days)]
    return [{"label": label, "url": f"?{urlencode({'line': line})}" if line else "?", "active": line == chosen} for line, label in named]


def _of_line(health: SourceHealth, line: str) -> list[Reconciled]:
    """The manifests that count what a table of this line shows: where a source has one line only, all of them."""
    return [one for one in health.manifests if one.line == line or not health.line_days]


def _day(day: Day, manifests: Sequence[Reconciled]) -> dict[str, Any]:
    """One row; the manifest is the newest that counts exactly this day."""
    stated = [one for one in manifests if one.first_day == one.last_day == day.day]
    one = stated[-1] if stated else None
    return {
        "day": day.day,
        "class": _("working day") if day.working else _("rest day"),
        "rows": words.grouped(day.rows),
        "usual": words.usual_text(day.usual),
        "verdict": words.VERDICTS[day.verdict],
        "loud": day.verdict in (Verdict.GAP, Verdict.BELOW, Verdict.ABOVE),
        "gap": day.verdict == Verdict.GAP,
        "expected": words.grouped(one.expected) if one else "",
        "difference": f"{one.difference:+,}" if one and one.difference else "0" if one else "",
    }


def _manifest(one: Reconciled) -> dict[str, Any]:
    span = f"{one.first_day}" if one.first_day == one.last_day else f"{one.first_day} – {one.last_day}"
    return {
        "span": span,
        "line": words.line_title(one.line) if one.line else "",
        "text": words.manifest_text(one),
        "met": not one.difference,
    }


def _delivery(one: Delivery) -> dict[str, Any]:
    return {
        "time": short_time(one.started_at),
        "exact": full_time(one.started_at),
        "actor": one.actor if one.actor != one.source else "",
        "received": words.grouped(one.received),
        "rejected": words.grouped(one.rejected),
        "state_label": one.get_status_display(),
        "failed": one.status == Delivery.Status.FAILED,
    }


def _spellings(deliveries: Sequence[Delivery]) -> list[dict[str, str]]:
    """Codes of the roster (and of complaints and cases) that these deliveries spelled another way; numbers of people masked."""
    found = []
    for version in respelled_in([one.pk for one in deliveries])[:SHOWN_SPELLINGS]:
        for mark in json.loads(version.text)["content"].get("marks", ()):
            if mark["reason"] == SPELLING:
                value = mask_staff_no(mark["value"]) if mark["column"] in PEOPLE else mark["value"]
                told = sentence(SPELLING, column=_column_title(version.kind, mark["column"]), value=value)
                found.append({"time": short_time(version.arrived_at), "text": told})
    return found[:SHOWN_SPELLINGS]


def _column_title(kind: str, name: str) -> str:
    """What a reader of the page calls a column."""
    chinese = {column.name: column.chinese[0] for column in KINDS[kind].columns} if (get_language() or "").startswith("zh") else {}
    return chinese.get(name, name)
