"""What the OpenAPI schema says of asking whether somebody may still do business."""

from typing import Any

from ledger.holds.models import Effect, Hold, SubjectKind
from ledger.intake.reading import values

MOST_QUESTIONS = 100
CODE_LENGTH = 80
ACTIONS = [effect.value for effect in Effect if effect != Effect.ALL]
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}

QUESTION: dict[str, Any] = {
    "type": "object",
    "description": "May this subject still do business, or this one thing (action), now or at a moment (at)?",
    "properties": {
        "subject_kind": {"type": "string", "enum": SubjectKind.values},
        "subject_code": {"type": "string", "minLength": 1, "maxLength": CODE_LENGTH},
        "at": {"type": ["string", "null"], "pattern": f"^{values.MOMENT.pattern}$", "description": "As times elsewhere; default now."},
        "action": {"type": ["string", "null"], "enum": [*ACTIONS, None], "description": "Default: whatever may be stopped."},
    },
    "required": ["subject_kind", "subject_code"],
    "additionalProperties": False,
}
HELD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string"},
        "effect": {"type": "string", "enum": Effect.values},
        "cause": {"type": "string", "enum": Hold.Cause.values},
        "cause_number": {"type": "string"},
        "since": MOMENT,
        "until": {**MOMENT, "type": ["string", "null"], "description": "null: until it is lifted."},
    },
    "required": ["number", "effect", "cause", "cause_number", "since", "until"],
    "additionalProperties": False,
}
VERDICT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "subject_kind": {"type": "string", "enum": SubjectKind.values},
        "subject_code": {"type": "string", "description": "After normalisation; of a person covered, the order tells who is meant."},
        "action": {"type": "string", "enum": ["", *ACTIONS]},
        "at": MOMENT,
        "allowed": {"type": "boolean"},
        "until": {
            **MOMENT,
            "type": ["string", "null"],
            "description": "When the last hold ends by itself; null: none does, or none stands.",
        },
        "holds": {"type": "array", "items": {"$ref": "#/components/schemas/hold"}},
        "message": {
            "type": "object",
            "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
            "required": ["zh", "en"],
            "additionalProperties": False,
        },
    },
    "required": ["subject_kind", "subject_code", "action", "at", "allowed", "until", "holds", "message"],
    "additionalProperties": False,
}
ANSWER: dict[str, Any] = {
    "type": "object",
    "description": "One result for each question, in order.",
    "properties": {
        "results": {"type": "array", "items": {"$ref": "#/components/schemas/check_result"}, "minItems": 1, "maxItems": MOST_QUESTIONS}
    },
    "required": ["results"],
    "additionalProperties": False,
}
BODY: dict[str, Any] = {
    "oneOf": [
        {"$ref": "#/components/schemas/check_question"},
        {"type": "array", "items": {"$ref": "#/components/schemas/check_question"}, "minItems": 1, "maxItems": MOST_QUESTIONS},
    ]
}
COMPONENTS: dict[str, Any] = {"check_question": QUESTION, "check_result": VERDICT, "check_answer": ANSWER, "hold": HELD}
