"""Words for what the checklist keeps as codes: its fields and their values, parts of a rule, what people did."""

from collections.abc import Iterable
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from ledger.lines import lines
from ledger.roster.prohibitions import Prohibition
from oversight.center.presenters import words
from oversight.center.presenters.measures import measured
from risk.alerts.sentences import plain
from risk.checklist.models import ChecklistItem
from risk.checklist.shipped import COMMON
from risk.rules.models import LEVELS, RuleVersion

FIELDS: dict[str, Promise] = {
    "no": pgettext_lazy("checklist", "Number"),
    "line": gettext_lazy("Business line"),
    "post": gettext_lazy("Post"),
    "step": pgettext_lazy("checklist", "Step"),
    "risk_point": gettext_lazy("Risk point"),
    "level": pgettext_lazy("checklist", "Risk level"),
    "manifestation": pgettext_lazy("checklist", "How it shows"),
    "control": gettext_lazy("Control"),
    "owner": pgettext_lazy("checklist", "Responsible"),
    "supervision_level": pgettext_lazy("checklist", "Supervised by"),
    "cadence": pgettext_lazy("checklist", "Checked"),
    "prohibition": pgettext_lazy("checklist", "Prohibition"),
    "basis": gettext_lazy("Basis"),
    "rules": gettext_lazy("Rules"),
}
RULE_FIELDS: dict[str, Promise] = {
    "title_zh": pgettext_lazy("rule", "Title in Chinese"),
    "title_en": pgettext_lazy("rule", "Title in English"),
    "sentence_zh": pgettext_lazy("rule", "Sentence in Chinese"),
    "sentence_en": pgettext_lazy("rule", "Sentence in English"),
    "detector": pgettext_lazy("rule", "Detector"),
    "subject_kind": gettext_lazy("Kind of subject"),
    "subject_column": pgettext_lazy("rule", "Column of the subject"),
    "frame": pgettext_lazy("rule", "Rows it is about"),
    "line": gettext_lazy("Business line"),
    "lines": pgettext_lazy("rule", "Business lines"),
    "window_days": pgettext_lazy("rule", "Window in days"),
    "merge_days": pgettext_lazy("rule", "Merged within days"),
    "min_n": pgettext_lazy("rule", "Least sample"),
    "op": pgettext_lazy("rule", "Compared by"),
    "unit": pgettext_lazy("rule", "Unit of measure"),
    "mode": pgettext_lazy("rule", "Mode"),
    "mode_reason": pgettext_lazy("rule", "Why it is not live"),
    "checklist_item": gettext_lazy("Checklist item"),
    "why": gettext_lazy("Why it is watched"),
    "basis": gettext_lazy("Basis"),
    "code": pgettext_lazy("rule", "Code"),
}
AUDIT: dict[str, Promise] = {
    "checklist.revision_begun": gettext_lazy("draft of the checklist begun"),
    "checklist.item_added": gettext_lazy("checklist item added in the draft"),
    "checklist.item_changed": gettext_lazy("checklist item changed in the draft"),
    "checklist.item_out": gettext_lazy("checklist item taken out in the draft"),
    "checklist.item_restored": gettext_lazy("change of a checklist item taken back"),
    "checklist.powers_changed": gettext_lazy("power list changed in the draft"),
    "checklist.sheet_taken": gettext_lazy("sheet taken into the draft of the checklist"),
    "checklist.rule_taken": gettext_lazy("rule taken into the draft of the checklist"),
    "checklist.rule_released": gettext_lazy("rule left out of the draft of the checklist"),
    "checklist.backtest_waived": gettext_lazy("backtest of a rule waived"),
    "checklist.submitted": gettext_lazy("draft of the checklist submitted"),
    "checklist.withdrawn": gettext_lazy("draft of the checklist withdrawn"),
    "checklist.returned": gettext_lazy("draft of the checklist returned"),
    "checklist.discarded": gettext_lazy("draft of the checklist discarded"),
    "checklist.published": gettext_lazy("checklist published"),
    "checklist.rolled_back": gettext_lazy("roll back of the checklist submitted"),
    "checklist.exported": gettext_lazy("checklist downloaded"),
    "checklist.signed": gettext_lazy("checklist items signed for"),
    "checklist.assigned": gettext_lazy("post assigned to checklist items"),
    "checklist.assignment_ended": gettext_lazy("post no longer assigned to checklist items"),
}


def line_title(line: str) -> str:
    return pgettext("checklist", "common") if line == COMMON else words.line_title(line)


def line_choices() -> list[tuple[str, str]]:
    """The lines items may be about, in the order of the checklist."""
    return [(line, line_title(line)) for line in (*lines(), COMMON)]


def choices(field: str) -> list[tuple[str, str]]:
    """The values a field of an item may have, with their words; empty for texts."""
    if field == "line":
        return line_choices()
    if field == "prohibition":
        return [("", "–"), *((value, prohibition(value)) for value in Prohibition.values)]
    told = {"level": ChecklistItem.Level, "supervision_level": ChecklistItem.Supervision, "cadence": ChecklistItem.Cadence}
    return [(str(value), str(label)) for value, label in told[field].choices] if field in told else []


def prohibition(value: str) -> str:
    """八严禁 by number and name; empty for none."""
    return f"{value} {Prohibition(value).label}" if value in Prohibition.values else ""


def value_text(field: str, value: Any) -> str:
    """A value of a field of an item as people read it."""
    if isinstance(value, list | tuple):
        return _(", ").join(value)
    if field == "prohibition":
        return prohibition(value)
    return dict(choices(field)).get(value, str(value))


def thresholds(version: RuleVersion) -> str:
    """The thresholds of a rule from mild to grave, the unit once behind the last."""
    named = [level for level in LEVELS if level in version.thresholds]
    numbers = [plain(version.thresholds[level]) for level in named[:-1]] + [
        measured(version.thresholds[level], version.unit) for level in named[-1:]
    ]
    told = (
        pgettext("threshold", "%(level)s %(number)s") % {"level": words.LEVELS[level], "number": number}
        for level, number in zip(named, numbers, strict=True)
    )
    return f"{ {'>=': '≥', '<=': '≤'}[version.op] } {' '.join(told)}"


def rule_field(name: str) -> str:
    """A field of a rule in words; thresholds by level, parameters by their name."""
    part, _dot, inner = name.partition(".")
    if part == "thresholds" and inner in LEVELS:
        return _("Threshold %(level)s") % {"level": words.LEVELS[inner]}
    if part in ("params", "scope", "thresholds"):
        return f"{_('Parameter') if part == 'params' else _('Scope')} {inner}"
    return str(RULE_FIELDS.get(part, name))


def rule_value(name: str, value: Any, unit: str) -> str:
    """A value of a field of a rule; a dash for nothing said."""
    if value is None or value == "" or value == []:
        return "–"
    if name.startswith("thresholds."):
        return measured(value, unit)
    if name == "mode":
        return str(RuleVersion.Mode(value).label)
    if name in ("line", "lines"):
        return _(", ").join(line_title(one) for one in ([value] if isinstance(value, str) else value))
    return _(", ").join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def rule_url(code: str) -> str:
    """The page of a rule; empty where this instance has none."""
    try:
        return reverse("rules:rule", args=[code])
    except NoReverseMatch:
        return ""


def rule_links(codes: Iterable[str]) -> list[dict[str, str]]:
    return [{"code": code, "url": rule_url(code)} for code in codes]
