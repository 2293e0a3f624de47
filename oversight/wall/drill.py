"""The lists behind the figures of the wall: the alerts a figure counts, rules by how they watch, sources by their state."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ledger.intake.health import State
from ledger.roster.models import Unit
from oversight.access import opens
from oversight.center.presenters import words
from oversight.center.presenters.rows import Addresses, alert_rows, ready_for_rows
from oversight.center.presenters.times import full_time, short_time
from oversight.coverage.presenting import line_title
from oversight.intake import health_words
from oversight.intake.labels import kind_label
from oversight.viewer import ConsoleRequest
from oversight.wall import counting
from oversight.wall.counting import NOT_HIT
from oversight.wall.figures import PERIODS, TITLES, Wanted, line_labels
from risk.alerts.models import Alert
from risk.alerts.sentences import title
from risk.coverage.models import Canary
from risk.coverage.queries import last_canaries, recent_gaps
from risk.rules.queries import current_versions

PAGE = 50
RULE_STATES = ("hit", "failed", "gaps")


@require_GET
def alerts(request: ConsoleRequest) -> HttpResponse:
    """What a figure counts, of what this person may see, newest first."""
    viewer, wanted = request.viewer, Wanted.read(request.GET)
    listed = wanted.of(viewer.alerts, timezone.now())
    page = list(ready_for_rows(_after(listed, viewer.alerts, request.GET.get("after", "")))[: PAGE + 1])
    context = {
        "title": TITLES[wanted.figure],
        "chosen": _chosen(wanted),
        "alerts": alert_rows(page[:PAGE], Addresses(viewer)),
        "total": listed.count(),
        "next_url": f"{wanted.url}&after={page[PAGE - 1].number}" if len(page) > PAGE else None,
        "empty": {
            "title": _("No alert that you may see is counted here"),
            "text": _("A screen may count others than you see, and figures move on."),
            "action_label": _("See all open alerts"),
            "action_url": f"{reverse('center:alerts')}?tab=open",
        },
    }
    return render(request, "wall/alerts.html", context)


def _after(listed: QuerySet[Alert], seen: QuerySet[Alert], number: str) -> QuerySet[Alert]:
    """The rest of the list after the alert with this number; all of it for an unknown or hidden one."""
    listed = listed.order_by("-raised_at", "-id")
    last = seen.filter(number=number).first() if number else None
    if last is None:
        return listed
    return listed.filter(Q(raised_at__lt=last.raised_at) | Q(raised_at=last.raised_at, id__lt=last.pk))


def _chosen(wanted: Wanted) -> list[str]:
    """What narrows the figure, in words."""
    places = [place for place in (wanted.unit, *wanted.without.split(",")) if place]
    names = dict(Unit.objects.filter(code__in=[place.removeprefix("=") for place in places]).values_list("code", "name"))

    def name(place: str) -> str:
        found = names.get(place.removeprefix("="), place)
        return _("%(unit)s itself") % {"unit": found} if place.startswith("=") else found

    told = [str(PERIODS[wanted.period]) if wanted.period else wanted.day]
    told.append(line_labels()[wanted.line] if wanted.line else "")
    told.append(str(words.LEVELS[wanted.level]) if wanted.level else "")
    told.append(name(wanted.unit) if wanted.unit else "")
    others = [name(place) for place in wanted.without.split(",") if place]
    told.append(_("without %(units)s") % {"units": _(", ").join(others)} if others else "")
    return [text for text in told if text]


@require_GET
def rules(request: ConsoleRequest) -> HttpResponse:
    """The rules in force and whether each hits in its canary, or the days that were missed."""
    state = request.GET.get("state", "")
    state = state if state in RULE_STATES else ""
    rows = _gaps() if state == "gaps" else _rules(state)
    titles = {"hit": _("Rules that hit in their canary"), "failed": _("Rules that did not"), "gaps": _("Days that were missed")}
    onward = reverse("coverage:matrix") if opens("coverage:matrix", request.viewer.roles) else ""
    heads = [_("Rule"), _("Line"), _("Canary") if state != "gaps" else _("Missed day"), _("Time")]
    return _table(request, titles.get(state, _("Rules in force")), heads, rows, onward, _("Coverage and health"))


def _rules(state: str) -> list[list[str]]:
    wanted = {"hit": (Canary.Answer.HIT,), "failed": NOT_HIT}.get(state)
    versions = current_versions()
    canaries = last_canaries([version.pk for version in versions])
    found = []
    for version in versions:
        canary = canaries.get(version.pk)
        if wanted is None or canary is not None and canary.answer in wanted:
            answer, at = (canary.get_answer_display(), full_time(canary.ran_at)) if canary else (_("not yet"), "")
            name = f"{version.rule.code} {title(version, get_language() or 'zh-hans')}"
            found.append([name, line_title(version.rule.line), answer, at])
    return found


def _gaps() -> list[list[str]]:
    return [
        [one.gap.rule.code, line_title(one.gap.rule.line), f"{one.gap.day:%Y-%m-%d}", full_time(one.gap.found_at)]
        for one in recent_gaps()
        if one.closed_at is None
    ]


@require_GET
def sources(request: ConsoleRequest) -> HttpResponse:
    """The sources of one state or of all, with the reasons: how they deliver, nothing of what."""
    state = request.GET.get("state", "")
    state = state if state in set(State) else ""
    rows = [
        [
            one.source,
            kind_label(one.kind),
            str(health_words.STATES[one.state]),
            _("; ").join(health_words.reasons(one)),
            short_time(one.recent[0].started_at) if one.recent else "–",
        ]
        for one in counting.sources()
        if state in ("", one.state.value)
    ]
    heading = f"{_('Sources')}: {health_words.STATES[State(state)]}" if state else _("Sources")
    onward = reverse("intake:sources") if opens("intake:sources", request.viewer.roles) else ""
    heads = [_("Source"), _("Content"), _("State"), _("What is amiss"), _("Last delivery")]
    return _table(request, heading, heads, rows, onward, _("Health of the sources"))


def _table(request: ConsoleRequest, heading: str, heads: list[str], rows: list[list[Any]], onward: str, onward_label: str) -> HttpResponse:
    context = {
        "title": heading,
        "heads": heads,
        "rows": [list(zip(heads, row, strict=True)) for row in rows],
        "total": len(rows),
        "onward": {"url": onward, "label": onward_label} if onward else None,
        "empty": {"title": _("Nothing here"), "text": "", "action_url": None},
    }
    return render(request, "wall/table.html", context)
