"""The list of rules: what is in force today or comes, filtered, with how each does."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.lines import lines
from ledger.roster.accounts import Role
from oversight.access import opens
from oversight.center.presenters import measures
from oversight.rules import words
from oversight.rules.detecting import detector
from oversight.sweeps.ordering import line_title
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.alerts.rule_health import Health, health_of
from risk.alerts.sentences import title
from risk.alerts.visibility import unrecused, unrecused_hits
from risk.rules.drafts.queries import open_drafts
from risk.rules.models import RuleVersion
from risk.rules.queries import coming_versions, versions_on

PAGE = 50
COMMON = "common"


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; unknown values find nothing, which the page says."""

    q: str = ""
    line: str = ""
    detector: str = ""
    mode: str = ""
    item: str = ""
    changing: str = ""
    page: str = "1"

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Wanted":
        return cls(**{one.name: str(query.get(one.name, one.default)).strip()[:80] for one in fields(cls)})

    @property
    def number(self) -> int:
        return int(self.page) if self.page.isascii() and self.page.isdigit() and int(self.page[:6]) > 0 else 1

    def url(self, **changes: str) -> str:
        given = {one.name: getattr(self, one.name) for one in fields(self)} | changes
        set_ = {name: value for name, value in given.items() if value and (name, value) != ("page", "1")}
        return f"{reverse('rules:rules')}?{urlencode(set_)}" if set_ else reverse("rules:rules")

    def finds(self, version: RuleVersion, changing: set[str]) -> bool:
        """Whether the version answers to every filter."""
        text = " ".join((version.rule.code, version.title_zh, version.title_en, version.checklist_item, version.why)).casefold()
        return (
            all(word in text for word in self.q.casefold().split())
            and self.line in ("", version.rule.line)
            and self.detector in ("", version.detector)
            and self.mode in ("", version.mode)
            and self.item in ("", version.checklist_item)
            and (not self.changing or version.rule.code in changing)
        )


def counted_alerts(viewer: Viewer) -> QuerySet[Alert]:
    """The alerts whose numbers are told: those the person may see, or where they see none by their role, sums without any list over all
    they are not recused from."""
    return viewer.alerts if viewer.watches else unrecused(Alert.objects.all(), viewer.user.staff_no)


def tells_health(viewer: Viewer) -> bool:
    """Sums of all alerts are for those who keep or audit the rules, and for those who see the alerts themselves."""
    return viewer.watches or bool(viewer.roles & {Role.CHECKLIST_ADMIN, Role.AUDIT_ADMIN})


def list_context(viewer: Viewer, wanted: Wanted) -> dict[str, Any]:
    """What rules/rules.html prints."""
    known = list(versions_on())
    coming = {version.rule.code: version for version in coming_versions()}
    begun = {version.rule.code for version in known}
    known += [version for code, version in coming.items() if code not in begun]
    drafts = {draft.code: draft for draft in open_drafts()}
    found = sorted((one for one in known if wanted.finds(one, {*drafts, *coming})), key=lambda one: one.rule.code)
    start = (wanted.number - 1) * PAGE
    page = found[start : start + PAGE]
    health = (
        health_of(page, alerts=counted_alerts(viewer), hits=unrecused_hits(viewer.user.staff_no), today=today())
        if tells_health(viewer)
        else {}
    )
    return {
        "rows": [_row(one, health.get(one.rule.code), coming.get(one.rule.code), one.rule.code in drafts) for one in page],
        "shown": len(page),
        "found": len(found),
        "total": len(known),
        "new_drafts": [draft for draft in drafts.values() if draft.rule_id is None] if opens("rules:draft", viewer.roles) else [],
        "wanted": wanted,
        "filters": _filters(wanted, known),
        "clear_url": reverse("rules:rules") if wanted.url() != Wanted().url() else "",
        "previous_url": wanted.url(page=str(wanted.number - 1)) if wanted.number > 1 else "",
        "next_url": wanted.url(page=str(wanted.number + 1)) if start + PAGE < len(found) else "",
        "new_url": reverse("rules:new") if opens("rules:new", viewer.roles) else "",
        "health_url": reverse("rules:health") if opens("rules:health", viewer.roles) else "",
        "tells_health": bool(health) or tells_health(viewer),
    }


def _filters(wanted: Wanted, known: list[RuleVersion]) -> list[dict[str, Any]]:
    items = sorted({version.checklist_item for version in known if version.checklist_item})
    used = sorted({version.detector for version in known})
    of_lines = [COMMON, *lines()]
    return [
        {"name": "line", "label": _("Line"), "value": wanted.line, "options": [(code, line_title(code)) for code in of_lines]},
        {"name": "detector", "label": _("Detector"), "value": wanted.detector, "options": [(code, detector(code)) for code in used]},
        {"name": "mode", "label": _("Mode"), "value": wanted.mode, "options": words.MODES},
        {"name": "item", "label": _("Checklist item"), "value": wanted.item, "options": [(code, code) for code in items]},
    ]


def _row(version: RuleVersion, health: Health | None, coming: RuleVersion | None, drafted: bool) -> dict[str, Any]:
    rule = version.rule
    return {
        "code": rule.code,
        "url": reverse("rules:rule", args=[rule.code]),
        "title": title(version, get_language() or "zh-hans"),
        "line": line_title(rule.line),
        "detector": detector(version.detector),
        "subject": rule.get_subject_kind_display(),
        "mode": version.get_mode_display(),
        "live": version.mode == RuleVersion.Mode.LIVE,
        "thresholds": measures.thresholds(version),
        "item": version.checklist_item,
        "number": version.number,
        "begins": coming.effective_from if coming is not None else None,
        "drafted": drafted,
        "health": health and words.shares(health),
    }
