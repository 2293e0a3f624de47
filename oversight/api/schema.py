"""What the OpenAPI schema says of records and answers, made from the kinds of the intake: columns under their English names."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from ledger.intake.calls import LONGEST_IDENTITY, LONGEST_KEY, STATUS, most_records
from ledger.intake.reading import values
from ledger.intake.reading.headers import ATTRIBUTE_LENGTH, ATTRIBUTE_NAME_LENGTH, NUMERIC
from ledger.intake.reading.kinds import KINDS, STEPS, Column, Kind
from ledger.intake.reading.values import Code, OneOf, Reader, Text
from ledger.lines import lines
from oversight.api import check_schema, read_schema

Schema = dict[str, Any]
# The texts a reader takes, and the bounds of its numbers where it takes those too.
FORMS: Mapping[Reader, Schema] = {
    values.flag: {"enum": ["0", "1"]},
    values.day: {"pattern": f"^{values.DATE.pattern}$"},
    values.day_text: {"anyOf": [{"pattern": f"^{values.DATE.pattern}$"}, {"pattern": f"^{values.MOMENT.pattern}$"}]},
    values.moment: {"pattern": f"^{values.MOMENT.pattern}$"},
    values.clock: {"pattern": f"^{values.CLOCK.pattern}$"},
    values.hours: {"maxLength": 100},
    values.amount: {"pattern": f"^{values.AMOUNT.pattern}$", "minimum": 0},
    values.points: {"pattern": "^([0-9]|0[0-9]|1[0-2])$", "minimum": 0, "maximum": 12},
    values.seq: {"pattern": "^[0-9]{1,9}$", "minimum": 1, "maximum": 999_999_999},
    values.count: {"pattern": "^[0-9]{1,15}$", "minimum": 0, "maximum": 999_999_999_999_999},
}
FRACTIONS = frozenset({values.amount})
NAME: Schema = {"minLength": 1, "maxLength": ATTRIBUTE_NAME_LENGTH}
ATTRIBUTE: Schema = {"type": ["string", "null"], "maxLength": ATTRIBUTE_LENGTH}
REASON: Schema = {
    "type": "object",
    "description": "Why a record was not taken. `value` is masked where it would show a person, and left out where there is none.",
    "properties": {
        "column": {"type": "string", "maxLength": 60},
        "value": {"type": "string", "maxLength": 200},
        "reason": {"type": "string", "description": "A code of the quarantine."},
        "message": {"type": "string"},
    },
    "required": ["column", "reason", "message"],
    "additionalProperties": False,
}
PROBLEM: Schema = {
    "type": "object",
    "description": "Why a call was refused; nothing of it was taken.",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["code", "message"],
    "additionalProperties": False,
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Kept for good with the digest of the body. The same key with the same body brings the same answer and writes nothing; "
    "with another body or kind, 409.",
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    {"type": "integer", "minimum": 1},
    OpenApiParameter.HEADER,
    response=[429, 503],
    description="Seconds until the same call may come again.",
)


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def body_of(kind: Kind) -> Schema:
    """One record, or a list of them."""
    record = ref(f"{kind.code}_record")
    return {"oneOf": [record, {"type": "array", "items": record, "minItems": 1, "maxItems": most_records(kind)}]}


def add_components(result: Schema, **_others: Any) -> Schema:
    """What the references of the paths mean; a postprocessing hook of drf-spectacular."""
    schemas: Schema = {"problem": PROBLEM, "reason": REASON, **check_schema.COMPONENTS, **read_schema.COMPONENTS}
    for kind in KINDS.values():
        schemas[f"{kind.code}_record"] = record_of(kind)
        schemas[f"{kind.code}_answer"] = answer_of(kind)
    result["components"].setdefault("schemas", {}).update(schemas)
    return result


def record_of(kind: Kind) -> Schema:
    """One record under the English names. Chinese ones are taken as well, which a schema cannot say together with `required`."""
    attributes = _attributes() if kind.extra_columns else {}
    others: Any = ATTRIBUTE if kind.extra_columns else False
    properties = attributes | {column.name: _column(column) for column in kind.columns}
    if kind.extra_columns:
        told = "Attributes; they may stand beside the columns too."
        properties["attrs"] = {"type": "object", "description": told} | _object(attributes, others)
    described = {"type": "object", "description": f"{kind.chinese}. A column may come under its Chinese name instead."}
    return described | _object(properties, others) | {"required": list(kind.required)}


def _object(properties: Schema, others: Any) -> Schema:
    return {"properties": properties, "additionalProperties": others, "propertyNames": NAME}


def _attributes() -> Schema:
    """The attributes that the lines declare."""
    declared = {name: given for line in lines().values() for name, given in line.attributes.items()}
    types = {name: ["string", "number", "null"] if given.kind == "number" else ["string", "null"] for name, given in declared.items()}
    return {
        name: ATTRIBUTE | {"type": types[name]} | ({"description": given.column} if given.column else {})
        for name, given in declared.items()
    }


def _column(column: Column) -> Schema:
    form = _form(column.read)
    number = ["number" if column.read in FRACTIONS else "integer"] if column.read in NUMERIC else []
    types = ["string", *number, *([] if column.required else ["null"])]
    if "enum" in form and not column.required:
        form["enum"] = [*form["enum"], None]
    least = {"minLength": 1} if column.required else {}
    return {"type": types[0] if len(types) == 1 else types, **least, **form, "description": " / ".join(column.chinese)}


def _form(read: Reader) -> Schema:
    if isinstance(read, Code | Text):
        return {"maxLength": read.limit}
    if isinstance(read, OneOf):
        return {"enum": list(read.allowed())}
    return dict(FORMS.get(read, {}))


def answer_of(kind: Kind) -> Schema:
    """received = the sum of the other counts; one result for each record, in order."""
    states = [word for state, word in STATUS.items() if state != "waiting" or kind is STEPS]
    result = {
        "type": "object",
        "properties": {
            **{name: {"type": "string", "maxLength": LONGEST_IDENTITY} for name in kind.identity},
            "status": {"type": "string", "enum": states},
            "reasons": {"type": "array", "items": ref("reason"), "maxItems": 1},
        },
        "required": [*kind.identity, "status", "reasons"],
        "additionalProperties": False,
    }
    properties: Schema = {
        "delivery_id": {"type": "integer"},
        **{name: {"type": "integer", "minimum": 0} for name in ("received", *STATUS.values())},
        "ignored": {"type": "array", "items": {"type": "string"}, "description": "Names nothing was done with."},
        "results": {"type": "array", "items": result, "minItems": 1, "maxItems": most_records(kind)},
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
