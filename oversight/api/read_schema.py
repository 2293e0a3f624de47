"""What the OpenAPI schema says of what is read: alerts, rules and the checklist."""

from dataclasses import fields
from typing import Any

from risk.alerts.models import Alert, AlertEvent
from risk.checklist.models import ChecklistItem
from risk.checklist.shipped import Entry
from risk.rules.models import LEVELS, RuleVersion, SubjectKind

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
PERHAPS: Schema = {**MOMENT, "type": ["string", "null"]}
TEXTS: Schema = {"type": "array", "items": TEXT}
BOTH: Schema = {"type": "object", "properties": {"zh": TEXT, "en": TEXT}, "required": ["zh", "en"], "additionalProperties": False}
MOST_EVIDENCE = 500
# Whose code may be asked for; people outside the force and vehicles are only leads, and nobody looks them up from elsewhere.
SUBJECTS = tuple(kind for kind in SubjectKind.values if kind in ("staff", "post", "unit", "agency", "terminal"))


def _object(description: str, properties: Schema) -> Schema:
    told = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return told | ({"description": description} if description else {})


def _one_of(values: Any, *, empty: bool = False) -> Schema:
    return {"type": "string", "enum": ["", *values] if empty else [*values]}


def _list(component: str, most: int | None = None) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{component}"}} | ({"maxItems": most} if most else {})


ALERT: Schema = {
    "number": TEXT,
    "matter": TEXT,
    "rule": TEXT,
    "rule_version": WHOLE,
    "title": BOTH,
    "sentence": BOTH,
    "checklist_item": TEXT,
    "line": TEXT,
    "level": _one_of(LEVELS),
    "status": _one_of(Alert.Status.values),
    "outcome": _one_of(Alert.Outcome.values, empty=True),
    "subject_kind": _one_of(SubjectKind.values),
    "subject_code": {**TEXT, "description": "Covered where it shows a person or a vehicle."},
    "subject_name": {**TEXT, "description": "Of a person the first character."},
    "unit": {**TEXT, "description": "The unit of the event, empty where there is none."},
    "first_at": MOMENT,
    "last_at": MOMENT,
    "raised_at": MOMENT,
    "updated_at": MOMENT,
    "due_at": PERHAPS,
    "observed": NUMBER,
    "threshold": NUMBER,
    "hits": WHOLE,
    "evidence_count": WHOLE,
    "backdated": {"type": "boolean", "description": "Found in old rows (倒查)."},
}
EVENT: Schema = {"kind": _one_of(AlertEvent.Kind.values), "at": MOMENT}
RULE: Schema = {
    "code": TEXT,
    "version": WHOLE,
    "mode": _one_of(RuleVersion.Mode.values),
    "title": BOTH,
    "line": TEXT,
    "lines": TEXTS,
    "subject_kind": _one_of(SubjectKind.values),
    "detector": TEXT,
    "window_days": WHOLE,
    "min_n": WHOLE,
    "op": TEXT,
    "unit": {**TEXT, "description": "What the observed number counts."},
    "thresholds": {"type": "object", "description": "By level.", "additionalProperties": {"type": ["number", "null"]}},
    "params": {"type": "object", "additionalProperties": True},
    "checklist_item": TEXT,
    "basis": TEXT,
    "effective_from": {"type": "string", "format": "date"},
}
ITEM: Schema = {field.name: TEXT for field in fields(Entry)} | {
    "level": _one_of(ChecklistItem.Level.values),
    "supervision_level": _one_of(ChecklistItem.Supervision.values),
    "cadence": _one_of(ChecklistItem.Cadence.values),
    "rules": TEXTS,
}
COMPONENTS: Schema = {
    "alert": _object("A suspicion raised by the system (系统疑点), as the person sees it as whom the token reads.", ALERT),
    "alert_event": _object("", EVENT),
    "alert_list": _object(
        "Newest first. `next` is the cursor of the next page, null on the last.",
        {"alerts": _list("alert"), "next": {"type": ["string", "null"]}},
    ),
    "alert_detail": _object(
        "An alert with what it rests on, named as in the export, and what became of it, oldest first.",
        ALERT | {"evidence": {**TEXTS, "maxItems": MOST_EVIDENCE}, "events": _list("alert_event")},
    ),
    "rule": _object("A rule in its version of today.", RULE),
    "rule_list": _object("", {"rules": _list("rule")}),
    "checklist_item": _object("", ITEM),
    "checklist": _object(
        "",
        {
            "version": WHOLE,
            "effective_from": MOMENT,
            "digest": {**TEXT, "description": "SHA-256 of all its items in their order."},
            "items": _list("checklist_item"),
        },
    ),
}
