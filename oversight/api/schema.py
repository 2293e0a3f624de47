"""What the OpenAPI schema says of records: the columns of the intake, under their English names."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from ledger.intake.calls import LONGEST_KEY
from ledger.intake.headers import NUMERIC
from ledger.intake.kinds import TRANSACTIONS, Column
from ledger.intake.records import MOST_RECORDS

VALUE = ["string", "number", "null"]


def _column(column: Column) -> dict[str, Any]:
    kind = ["string", "number", "null"] if column.read in NUMERIC else ["string", "null"]
    return {"type": kind, "description": " / ".join(column.chinese) + (" (required)" if column.required else "")}


def record_schema() -> dict[str, Any]:
    """One transaction. The required columns stand in their descriptions: each may come under a Chinese name instead."""
    attrs = {"type": "object", "additionalProperties": {"type": VALUE}, "description": "Attributes; they may stand beside the columns too."}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {**{column.name: _column(column) for column in TRANSACTIONS.columns}, "attrs": attrs},
        "additionalProperties": {"type": VALUE},
    }


def transactions_body() -> dict[str, Any]:
    """One record, or a list of them."""
    record = record_schema()
    return {"oneOf": [record, {"type": "array", "items": record, "minItems": 1, "maxItems": MOST_RECORDS}]}


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Kept for good with the digest of the body. The same key with the same body brings the same answer and writes nothing; "
    "with another body, 409.",
)
