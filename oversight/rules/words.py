"""Words for rules: fields, columns, detectors and their parameters, as people who never saw the code read them."""

import json
from collections.abc import Iterable
from dataclasses import Field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, gettext_noop, pgettext_lazy
from django.utils.translation import gettext as _

from ledger.roster.models import User
from oversight.center.presenters import measures
from oversight.center.presenters import words as alert_words
from oversight.rules.detecting import detector
from oversight.sweeps.ordering import line_title
from risk.alerts.rule_health import Health
from risk.rules.drafts.queries import Change
from risk.rules.entries import NUMBERS
from risk.rules.models import LEVELS, RuleVersion, SubjectKind
from risk.rules.services import SHIPPED_BY

NONE = "–"
# A help without a default before it and with choices behind it is not where the collector of messages looks (makemessages.py).
gettext_noop("How it is compared")
SIGNS = {">=": "≥", "<=": "≤"}
MODES = RuleVersion.Mode.choices
OUTCOMES: dict[str, Promise] = {
    "all": gettext_lazy("Alerts in 90 days"),
    "open": pgettext_lazy("alerts", "Open"),
    "pursued": gettext_lazy("Issued and pursued"),
    "confirmed": pgettext_lazy("alerts", "Confirmed"),
    "unfounded": pgettext_lazy("alerts", "Not confirmed"),
    "dismissed": pgettext_lazy("alerts", "Dismissed"),
    "withdrawn": pgettext_lazy("alerts", "Withdrawn"),
}
FIELDS: dict[str, Promise] = {
    "code": gettext_lazy("Code"),
    "line": gettext_lazy("Line"),
    "frame": gettext_lazy("Rows of"),
    "detector": gettext_lazy("Detector"),
    "subject_kind": gettext_lazy("Kind of subject"),
    "subject_column": gettext_lazy("Who answers"),
    "title_zh": gettext_lazy("Title in Chinese"),
    "title_en": gettext_lazy("Title in English"),
    "sentence_zh": gettext_lazy("Sentence in Chinese"),
    "sentence_en": gettext_lazy("Sentence in English"),
    "mode": gettext_lazy("Mode"),
    "mode_reason": gettext_lazy("Why it is not live"),
    "lines": gettext_lazy("Business looked at"),
    "scope": gettext_lazy("Only rows with"),
    "window_days": gettext_lazy("Event days of the window"),
    "merge_days": gettext_lazy("Days merged into one alert"),
    "min_n": gettext_lazy("Least rows"),
    "op": gettext_lazy("Compared by"),
    "unit": gettext_lazy("Unit of the number"),
    "thresholds": gettext_lazy("Thresholds"),
    "params": gettext_lazy("Parameters"),
    "checklist_item": gettext_lazy("Checklist item"),
    "why": gettext_lazy("Why this rule"),
    "basis": gettext_lazy("Basis"),
    "reason": gettext_lazy("Reason of the change"),
}
UNITS: dict[str, Promise] = {
    "item": pgettext_lazy("unit of a rule", "items"),
    "%": pgettext_lazy("unit of a rule", "percent"),
    "day": pgettext_lazy("unit of a rule", "days"),
    "workday": pgettext_lazy("unit of a rule", "working days"),
    "hour": pgettext_lazy("unit of a rule", "hours"),
    "minute": pgettext_lazy("unit of a rule", "minutes"),
    "second": pgettext_lazy("unit of a rule", "seconds"),
    "times": pgettext_lazy("unit of a rule", "times as much"),
    "person": pgettext_lazy("unit of a rule", "people"),
    "vehicle": pgettext_lazy("unit of a rule", "vehicles"),
    "ratio": pgettext_lazy("unit of a rule", "ratio"),
    "point": pgettext_lazy("unit of a rule", "percentage points"),
    "score": pgettext_lazy("unit of a rule", "points of a score"),
    "visit": pgettext_lazy("unit of a rule", "visits"),
}
FRAMES: dict[str, Promise] = {
    "transactions": gettext_lazy("business transactions"),
    "complaints": gettext_lazy("complaints"),
    "impounds": gettext_lazy("impounded vehicles"),
    "discipline": gettext_lazy("cases of discipline"),
    "actions": gettext_lazy("acts on this platform"),
    "quarantine": gettext_lazy("rejected rows"),
    "tenures": gettext_lazy("sensitive posts held"),
    "hits": gettext_lazy("hits of other rules"),
}
COLUMNS: dict[str, Promise] = {
    "handler": gettext_lazy("handler"),
    "approver": gettext_lazy("approver"),
    "attr.inspector": gettext_lazy("inspector"),
    "post": pgettext_lazy("column", "post"),
    "unit": pgettext_lazy("column", "unit"),
    "agency": pgettext_lazy("column", "agency"),
    "attr.exam_site": gettext_lazy("examination site"),
    "agent": pgettext_lazy("column", "agent"),
    "terminal": pgettext_lazy("column", "terminal"),
    "attr.seat": gettext_lazy("examination seat"),
    "attr.car_no": gettext_lazy("examination car"),
    "attr.line_no": gettext_lazy("inspection lane"),
    "person": pgettext_lazy("column", "person"),
    "plate": gettext_lazy("plate"),
    "vin": gettext_lazy("VIN"),
    "staff": pgettext_lazy("column", "staff member"),
    "actor": gettext_lazy("who acted"),
    "handled_by": gettext_lazy("who handles it"),
    "subject": pgettext_lazy("column", "the subject of the hits"),
    "action": pgettext_lazy("column", "kind of business"),
    "status": pgettext_lazy("column", "status"),
    "result": pgettext_lazy("column", "result"),
    "vehicle_type": pgettext_lazy("column", "type of vehicle"),
    "source": pgettext_lazy("column", "source"),
}


def column(name: str) -> str:
    return str(COLUMNS[name]) if name in COLUMNS else name


def frame(name: str) -> str:
    return str(FRAMES[name]) if name in FRAMES else name


def helped(param: "Field[Any]") -> str:
    """What a parameter means. The texts stand in the detectors, which know no gettext; the message catalogue collects them there."""
    text = str(param.metadata.get("help", ""))
    return _(text) if text else ""


def plain_sentence(version: RuleVersion) -> str:
    """The sentence of a rule before there is an alert: what is filled in then is named."""
    template = version.sentence_en if (get_language() or "").startswith("en") else version.sentence_zh
    named = {"subject": _("the subject"), "threshold": _("the threshold"), "level": _("the level"), "window": str(version.window_days)}
    others = dict.fromkeys(NUMBERS - named.keys(), _("a number"))
    return template.format(**{name: f"〈{text}〉" if name != "window" else text for name, text in (others | named).items()})


def number(value: float) -> str:
    """One decimal at most."""
    return f"{value:,.1f}".removesuffix(".0")


def who(account: str) -> str:
    """A person by the account kept with a version; what the catalogue wrote says so."""
    if account == SHIPPED_BY:
        return _("shipped with the platform")
    found = User.objects.filter(username=account).select_related("staff").first() if account else None
    return str(found) if found else account


def valued(value: Any) -> str:
    """A parameter's value as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value in ("", (), [], {}):
        return NONE
    if isinstance(value, int | float | str):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(one, str | int | float) for one in value):
        return "、".join(map(str, value)) if (get_language() or "").startswith("zh") else ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False, default=lambda one: getattr(one, "__dict__", str(one)))


def shares(health: Health) -> dict[str, str]:
    """The figures of a rule in a list: alerts of 90 days, and of the settled ones the parts confirmed and dismissed."""
    settled = health.settled
    return {
        "alerts": f"{health.outcomes['all']:,}",
        "confirmed": f"{health.outcomes['confirmed'] / settled:.0%}" if settled else NONE,
        "dismissed": f"{health.outcomes['dismissed'] / settled:.0%}" if settled else NONE,
    }


def field(name: str) -> str:
    """A field of a rule: thresholds and parameters are fields of their own."""
    head, _dot, part = name.partition(".")
    if head == "thresholds" and part in LEVELS:
        return _("Threshold %(level)s") % {"level": alert_words.LEVELS[part]}
    if head == "scope" and part:
        return _("Only rows with %(column)s") % {"column": column(part)}
    if head == "params" and part:
        return _("Parameter %(name)s") % {"name": part}
    return str(FIELDS.get(head, head))


def changes(found: Iterable[Change], unit: str) -> list[dict[str, Any]]:
    """Changes of a rule with their fields named; `kind` is changed, added or gone."""
    return [
        {
            "field": field(one.field),
            "old": _told(one.field, one.old, unit),
            "new": _told(one.field, one.new, unit),
            "kind": "added" if one.old is None else "gone" if one.new is None else "changed",
        }
        for one in found
    ]


def _told(name: str, value: Any, unit: str) -> str:
    if value is None:
        return ""
    if name.startswith("thresholds."):
        return measures.measured(float(value), unit)
    if name == "mode":
        return str(dict(MODES).get(value, value))
    if name == "detector":
        return detector(str(value))
    if name == "subject_kind":
        return str(dict(SubjectKind.choices).get(value, value))
    if name == "subject_column":
        return column(str(value))
    if name == "lines":
        return _(", ").join(line_title(line) for line in value) or _("all lines")
    if name == "unit":
        return str(UNITS.get(str(value), value))
    return valued(value)
