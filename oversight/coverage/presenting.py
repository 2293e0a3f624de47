"""The matrix of rules and days, the backlog and the findings, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from ledger.journal.models import DailyCount
from ledger.lines import lines
from ledger.roster.accounts import Role
from ledger.roster.models import Unit
from oversight.access import opens
from oversight.center.presenters import words
from oversight.center.presenters.times import full_time, lasted, short_time
from oversight.coverage.waiting import Backlog, WaitingDays, backlog
from risk.alerts.sentences import title
from risk.coverage.models import Canary, Coverage
from risk.coverage.queries import Found, Row, matrix, recent_gaps
from risk.rules.models import Reach, RuleVersion, SubjectKind

PERIODS = (14, 31)
LATE = timedelta(minutes=15)
SUNDAY = 6
STATES: dict[str, Promise] = {
    "seen": gettext_lazy("looked at, whole"),
    "part": gettext_lazy("looked at, by subject"),
    "waits": gettext_lazy("waits to be scored"),
    "gap": gettext_lazy("missed"),
    "unseen": gettext_lazy("not looked at"),
    "none": gettext_lazy("no business"),
}
SIGNS = {"seen": "●", "part": "◐", "waits": "…", "gap": "!", "unseen": "○", "none": "·", "rest": ""}
SHORT: dict[str, Promise] = {
    "part": gettext_lazy("seen"),
    "waits": pgettext_lazy("day of a rule", "waits"),
    "gap": gettext_lazy("missed"),
    "unseen": gettext_lazy("unseen"),
}


@dataclass(frozen=True)
class Wanted:
    """What the address of the page asks for. `troubled`: only rules with something amiss."""

    days: int = PERIODS[0]
    line: str = ""
    troubled: bool = False

    def url(self, **changes: Any) -> str:
        values = {"days": self.days, "line": self.line, "troubled": int(self.troubled)} | changes
        given = {name: value for name, value in values.items() if value and (name, value) != ("days", PERIODS[0])}
        return f"{reverse('coverage:matrix')}?{urlencode(given)}" if given else reverse("coverage:matrix")


def coverage_context(wanted: Wanted, now: date, roles: frozenset[Role]) -> dict[str, Any]:
    """What coverage/matrix.html prints for somebody with these roles."""
    named = opens("coverage:unjudged", roles)
    days = [now - timedelta(days=number) for number in reversed(range(wanted.days))]
    waiting, gaps, lanes = WaitingDays(days, now), recent_gaps(), backlog(now)
    open_gaps = {(one.gap.rule_id, one.gap.day) for one in gaps if one.closed_at is None}
    business = _business(days)
    told = [_row(row, days, waiting, open_gaps, business, named) for row in matrix(days)]
    shown = [row for row in told if wanted.line in ("", row["line"]) and (not wanted.troubled or row["troubled"])]
    findings = [*_another_city(), *_canary_findings(told), *_late(lanes), *_gap_findings(gaps)]
    return {
        "days": [{"text": f"{day:%m-%d}", "short": f"{day.day}", "full": f"{day:%Y-%m-%d}", "rest": day.weekday() >= 5} for day in days],
        "wide": wanted.days > PERIODS[0],
        "groups": _groups(shown),
        "shown": len(shown),
        "total": len(told),
        "conclusion": _conclusion(told, findings, lanes),
        "findings": findings,
        "lanes": [_lane(one) for one in lanes],
        "legend": [{"sign": SIGNS[state], "text": text} for state, text in STATES.items()],
        "periods": [
            {"text": _("last %(number)d days") % {"number": number}, "url": wanted.url(days=number), "current": number == wanted.days}
            for number in PERIODS
        ],
        "lines": [("common", _("all lines")), *((code, str(line.title)) for code, line in lines().items())],
        "wanted": wanted,
        "clear_url": Wanted(days=wanted.days).url() if wanted.line or wanted.troubled else None,
    }


def _business(days: list[date]) -> dict[str, set[date]]:
    """The days of each line on which there was any business."""
    found: dict[str, set[date]] = {}
    for line, day in DailyCount.objects.filter(day__range=(days[0], days[-1]), rows__gt=0).values_list("line", "day"):
        found.setdefault(line, set()).add(day)
    return found


def _row(
    row: Row, days: list[date], waiting: WaitingDays, gaps: set[tuple[int, date]], business: Mapping[str, set[date]], named: bool
) -> dict[str, Any]:
    version, rule = row.version, row.version.rule
    waits = waiting.of(rule)
    there = set().union(*(business.get(line, set()) for line in version.lines or lines())) if rule.frame == "transactions" else set()
    cells = []
    for day in days:
        if rule.reach == Reach.PEER and day.weekday() != SUNDAY:
            cells.append({"state": "rest", "text": "", "sign": "", "told": "", "url": ""})
        else:
            known = day in there or rule.reach == Reach.PEER and bool(there)
            seen = row.days.get(day)
            url = reverse("coverage:unjudged", args=[rule.code, f"{day:%Y-%m-%d}"]) if named and seen and seen.insufficient else ""
            cells.append(_cell(day, seen, day in waits, (rule.pk, day) in gaps, known) | {"url": url})
    looked = [cell for cell in cells if cell["state"] in ("seen", "part")]
    due = [cell for cell in cells if cell["state"] not in ("none", "rest")]
    last = max((one.scored_at for one in row.days.values()), default=None)
    canary = row.canary.answer if row.canary else ""
    return {
        "code": rule.code,
        "line": rule.line,
        "title": title(version, get_language() or "zh-hans"),
        "mode": version.get_mode_display(),
        "shadow": version.mode == RuleVersion.Mode.SHADOW,
        "canary": canary,
        "canary_text": row.canary.get_answer_display() if row.canary else _("not yet"),
        "error": row.canary.error if row.canary else "",
        "ran_at": row.canary.ran_at if row.canary else None,
        "cells": cells,
        "looked": f"{len(looked)} / {len(due)}",
        "last": short_time(last) if last else "",
        "troubled": canary in (Canary.Answer.SILENT, Canary.Answer.BROKEN) or any(cell["state"] in ("gap", "unseen") for cell in cells),
    }


def _cell(day: date, one: Coverage | None, waits: bool, gap: bool, business: bool) -> dict[str, str]:
    if gap:
        state = "gap"
    elif waits:
        state = "waits"
    elif one is not None:
        state = "seen" if one.counted_at else "part"
    else:
        state = "unseen" if business else "none"
    told = f"{day:%Y-%m-%d} {STATES[state]}"
    if one is not None and one.counted_at:
        told += _(", %(rows)s") % {"rows": ngettext("%(number)d row", "%(number)d rows", one.rows) % {"number": one.rows}}
        if one.tested is not None:
            told += _(", %(tested)d compared, %(few)d with too little data") % {"tested": one.tested, "few": one.insufficient or 0}
    if one is not None:
        told += _(", last %(time)s") % {"time": full_time(one.scored_at)}
    text = _amount(one.rows) if state == "seen" and one is not None else str(SHORT.get(state, "–"))
    return {"state": state, "text": text, "sign": SIGNS[state], "told": told}


def _amount(number: int) -> str:
    """Few characters: 980, 1.2k, 15k."""
    if number < 1000:
        return str(number)
    return f"{number / 1000:.1f}k" if number < 10_000 else f"{number // 1000}k"


def _groups(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows under their line, common ones first."""
    order = ["common", *lines()]
    by_line: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_line.setdefault(row["line"], []).append(row)
    return [{"title": line_title(code), "rows": by_line[code]} for code in order if code in by_line]


def line_title(code: str) -> str:
    return _("all lines") if code == "common" else words.line_title(code)


def _another_city() -> list[dict[str, Any]]:
    """The roster lies in a city that the installation does not call its own: everybody would be a stranger there."""
    there = {district[:4] for district in Unit.objects.exclude(district="").order_by().values_list("district", flat=True).distinct()}
    if not there or there & set(settings.HOME_REGIONS):
        return []
    told = _(
        "Districts of units begin with %(there)s, HOME_REGIONS is %(home)s: rules about people and cars from elsewhere take everybody for a"
        " stranger. Set HOME_REGIONS and HOME_PLATES, run manage.py prepare, and publish the drafts of the rules."
    )
    values = {"there": ", ".join(sorted(there)), "home": ", ".join(settings.HOME_REGIONS)}
    return [{"subject": "HOME_REGIONS", "text": told % values, "detail": "", "time": "", "open": True, "state": _("open")}]


def _canary_findings(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    told = {
        Canary.Answer.SILENT: _("Did not hit in its canary: it would not notice what it is there for."),
        Canary.Answer.BROKEN: _("Broke in its canary: it cannot be evaluated."),
    }
    return [
        {
            "subject": f"{row['code']} {row['title']}",
            "text": told[row["canary"]],
            "detail": row["error"],
            "time": short_time(row["ran_at"]),
            "open": True,
            "state": _("open"),
        }
        for row in rows
        if row["canary"] in told
    ]


def _late(lanes: Iterable[Backlog]) -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {
            "subject": lane_title(one),
            "text": _("Work has waited for %(span)s; check that a worker runs.") % {"span": lasted(now - one.oldest)},
            "detail": "",
            "time": short_time(one.oldest),
            "open": True,
            "state": _("open"),
        }
        for one in lanes
        if one.oldest is not None and now - one.oldest > LATE
    ]


def _gap_findings(gaps: Iterable[Found]) -> list[dict[str, Any]]:
    return [
        {
            "subject": one.gap.rule.code,
            "text": _("Had not looked at %(day)s, though business had come; marked again.") % {"day": f"{one.gap.day:%Y-%m-%d}"},
            "detail": "",
            "time": short_time(one.gap.found_at),
            "open": one.closed_at is None,
            "state": _("scored %(time)s") % {"time": short_time(one.closed_at)} if one.closed_at else _("open"),
        }
        for one in gaps
    ]


def lane_title(one: Backlog) -> str:
    return f"{line_title(one.line)} · {SubjectKind(one.subject_kind).label} · {Reach(one.reach).label}"


def _lane(one: Backlog) -> dict[str, Any]:
    return {
        "title": lane_title(one),
        "ready": one.ready,
        "later": one.later,
        "oldest": full_time(one.oldest) if one.oldest else "",
        "waited": lasted(timezone.now() - one.oldest) if one.oldest else "",
    }


def _conclusion(rows: list[dict[str, Any]], findings: list[dict[str, Any]], lanes: list[Backlog]) -> str:
    """The one sentence of the page."""
    answered = sum(row["canary"] == Canary.Answer.HIT for row in rows)
    ready, still_open = sum(one.ready for one in lanes), sum(finding["open"] for finding in findings)
    ran = any(row["canary"] for row in rows)
    told = _("%(hit)d of %(all)d rules in force hit in their canary") if ran else _("%(all)d rules are in force, no canary has run yet")
    parts = [told % {"hit": answered, "all": len(rows)}]
    parts.append(
        ngettext("%(number)d piece of work waits", "%(number)d pieces of work wait", ready) % {"number": ready}
        if ready
        else _("nothing waits")
    )
    parts.append(
        ngettext("%(number)d finding is open", "%(number)d findings are open", still_open) % {"number": still_open}
        if still_open
        else _("no finding is open")
    )
    return _(", ").join(parts)
