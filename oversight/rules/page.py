"""One rule in words: what it says now, its parameters explained, what its versions changed, and its alerts by what became of them."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.kit.errors import NotFound
from oversight.access import opens
from oversight.center.presenters import measures
from oversight.center.presenters.times import full_time
from oversight.center.presenters.words import action_title, result_title
from oversight.rules import words
from oversight.rules.detecting import detector, explained
from oversight.rules.healths import outcomes_of
from oversight.rules.listing import counted_alerts, tells_health
from oversight.sweeps.ordering import line_title
from oversight.viewer import Viewer
from risk.alerts.rule_health import OUTCOMES, health_of, raised_lately
from risk.alerts.sentences import title
from risk.alerts.visibility import unrecused_hits
from risk.checklist.models import ChecklistItem
from risk.checklist.queries import item_at
from risk.detectors.registry import detectors
from risk.rules.drafts.queries import changes_between, open_draft, version_entry
from risk.rules.models import LEVELS, Rule, RuleVersion
from risk.rules.queries import coming_versions, version_on

LISTED = 100


def rule_context(viewer: Viewer, code: str, query: Mapping[str, str]) -> dict[str, Any]:
    """What rules/rule.html prints. Raises NotFound."""
    published = RuleVersion.objects.filter(rule__code=code, state=RuleVersion.State.PUBLISHED).select_related("rule")
    versions = list(published.order_by("-effective_from", "-number"))
    if not versions:
        raise NotFound(_("There is no rule %(codes)s; the codes are those of the rule list.") % {"codes": code})
    now = version_on(code) or versions[-1]
    draft = open_draft(code)
    hits = unrecused_hits(viewer.user.staff_no)
    health = health_of([now], alerts=counted_alerts(viewer), hits=hits, today=today()).get(code) if tells_health(viewer) else None
    return {
        "code": code,
        "title": title(now, get_language() or "zh-hans"),
        "version": version_told(now),
        "begun": now.effective_from <= today(),
        "facts": facts_of(now),
        "levels": levels_of(now),
        "params": params_of(now),
        "item": _item(now),
        "coming": [{"number": one.number, "day": one.effective_from} for one in coming_versions().filter(rule=now.rule_id)],
        "versions": _history(versions, now, code),
        "compared": _compared(versions, query),
        "outcomes": outcomes_of(code, health, linked=viewer.watches) if health else [],
        "listed": _listed(viewer, now.rule, query.get("alerts", "")) if viewer.watches else None,
        "drafted": draft is not None,
        "draft_url": reverse("rules:draft", args=[code]) if draft and opens("rules:draft", viewer.roles) else "",
        "edit_url": reverse("rules:edit", args=[code]) if opens("rules:edit", viewer.roles) else "",
    }


def version_told(version: RuleVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "mode": version.get_mode_display(),
        "live": version.mode == RuleVersion.Mode.LIVE,
        "reason": version.mode_reason,
        "sentence": words.plain_sentence(version),
        "why": version.why,
        "basis": version.basis,
        "from": version.effective_from,
    }


def facts_of(version: RuleVersion) -> list[tuple[str, str]]:
    """Label and value of everything that says which rows it looks at and how."""
    rule = version.rule
    listed = _(", ")
    found = [
        (_("Line"), line_title(rule.line)),
        (_("Detector"), f"{detector(version.detector)}：{explained(version.detector)}"),
        (_("Speaks about"), f"{rule.get_subject_kind_display()}{_(', ')}{words.column(version.subject_column)}"),
        (_("Rows of"), words.frame(rule.frame)),
        (_("Business looked at"), listed.join(line_title(line) for line in version.lines) or _("all lines")),
        (_("Only rows with"), listed.join(_kept(version, name, kept) for name, kept in version.scope.items())),
        (_("Window"), _("%(days)d event days") % {"days": version.window_days}),
        (_("Least rows"), str(version.min_n)),
        (_("Merged"), _("hits of one subject within %(days)d days are one alert") % {"days": rule.merge_days}),
    ]
    return [(label, value) for label, value in found if value]


def levels_of(version: RuleVersion) -> list[dict[str, str]]:
    """The thresholds, gravest first."""
    sign = words.SIGNS[version.op]
    return [
        {
            "level": level,
            "text": f"{sign} {measures.measured(version.thresholds[level], version.unit)}",
        }
        for level in reversed(LEVELS)
        if level in version.thresholds
    ]


def params_of(version: RuleVersion) -> list[dict[str, str]]:
    """The parameters of its detector with what each means; those it does not state have their default."""
    params = detectors()[version.detector].Params
    return [
        {
            "name": one.name,
            "help": words.helped(one),
            "value": words.valued(version.params.get(one.name, one.default)),
            "stated": "1" if one.name in version.params else "",
        }
        for one in fields(params)
    ]


def _kept(version: RuleVersion, column: str, kept: list[Any]) -> str:
    """Which values of a column a rule looks at, actions and results by their names."""
    if column == "action" and len(version.lines) == 1:
        told = [action_title(version.lines[0], value) for value in kept]
    else:
        told = [result_title(value) if column == "result" else f"{value}" for value in kept]
    return f"{words.column(column)} = {'/'.join(told)}"


def _item(version: RuleVersion) -> ChecklistItem | None:
    return item_at(version.checklist_item, timezone.now())


def _history(versions: list[RuleVersion], now: RuleVersion, code: str) -> list[dict[str, Any]]:
    """Newest first, each with what it changed of the one before."""
    found = []
    for one, before in zip(versions, [*versions[1:], None], strict=True):
        changes = changes_between(version_entry(before), version_entry(one)) if before else []
        found.append(
            {
                "number": one.number,
                "from": one.effective_from,
                "first": before is None,
                "now": one.pk == now.pk,
                "coming": one.effective_from > today(),
                "published": full_time(one.published_at) if one.published_at else "",
                "by": words.who(one.published_by),
                "author": words.who(one.author),
                "changes": words.changes(changes, one.unit),
            }
        )
    return found


def _compared(versions: list[RuleVersion], query: Mapping[str, str]) -> dict[str, Any] | None:
    """Two versions chosen by their numbers, field by field; None when not two of this rule were."""
    by_number = {str(one.number): one for one in versions}
    old, new = by_number.get(query.get("from", "")), by_number.get(query.get("to", ""))
    if old is None or new is None or old.pk == new.pk:
        return None
    changes = words.changes(changes_between(version_entry(old), version_entry(new)), new.unit)
    return {"old": old.number, "new": new.number, "changes": changes}


def _listed(viewer: Viewer, rule: Rule, outcome: str) -> dict[str, Any] | None:
    """The alerts of one outcome that the person may see, latest first; None when no outcome is asked for."""
    if outcome not in OUTCOMES:
        return None
    found = raised_lately(viewer.alerts.filter(OUTCOMES[outcome], rule=rule), today()).select_related("unit").order_by("-raised_at", "-id")
    rows = [
        {
            "number": one.number,
            "url": reverse("center:alert", args=[one.number]),
            "level": one.level,
            "unit": one.unit.name if one.unit else "",
            "day": one.last_day,
            "status": one.get_status_display(),
            "observed": measures.measured(one.observed, one.rule_version.unit),
        }
        for one in found.select_related("unit", "rule_version")[:LISTED]
    ]
    return {"outcome": outcome, "label": str(words.OUTCOMES[outcome]), "rows": rows, "total": found.count()}
