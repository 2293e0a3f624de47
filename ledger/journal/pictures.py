"""Between a picture (canonical content) and the row of Transaction or Step that shows it."""

from datetime import datetime
from typing import Any

from ledger.journal.canonical import content_digest, moment_of, moment_text
from ledger.journal.fold import Content
from ledger.journal.models import Step, Transaction
from ledger.kit.days import event_day

TEXT_FIELDS = (
    "line", "action", "status", "unit_code", "post_code", "handler_no", "approver_no", "terminal", "agency_code", "agent_id_no",
    "person_id_no", "plate_no", "plate_type", "vin", "vehicle_type", "result", "related_serial",
)  # fmt: skip
COLUMNS = (
    "source", "serial_no", *TEXT_FIELDS, "accepted_at", "finished_at", "amount", "points", "attrs", "marks",
    "event_day", "arrived_at", "version", "digest",
)  # fmt: skip
STEP_COLUMNS = ("transaction", "seq", "step", "post_code", "staff_no", "at", "result", "terminal")
FIELD_NAMES = ("id", *COLUMNS)


def row_of(
    *, source: str, serial_no: str, picture: Content, arrived_at: datetime, version: int, digest: str | None = None
) -> tuple[Any, ...]:
    """The values of COLUMNS for one picture. `arrived_at` is when the transaction was first heard of."""
    accepted_at = moment_of(picture["accepted_at"])
    finished = picture.get("finished_at")
    return (
        source,
        serial_no,
        *[picture.get(name, "") for name in TEXT_FIELDS],
        accepted_at,
        moment_of(finished) if finished else None,
        picture.get("amount"),
        picture.get("points"),
        picture.get("attrs", {}),
        picture.get("marks", []),
        event_day(accepted_at),
        arrived_at,
        version,
        digest or content_digest(picture),
    )


def instance_of(transaction_id: int, row: tuple[Any, ...]) -> Transaction:
    return Transaction.from_db("default", FIELD_NAMES, (transaction_id, *row))


def values_now(transaction: Transaction) -> dict[str, Any]:
    """The field values of a transaction by name, as RowChange.old holds them."""
    return {name: value for name, value in vars(transaction).items() if name != "_state"}


def picture_of(transaction: Transaction) -> Content:
    """The picture a current row shows."""
    picture: Content = {name: value for name in TEXT_FIELDS if (value := getattr(transaction, name))}
    picture["accepted_at"] = moment_text(transaction.accepted_at)
    if transaction.finished_at:
        picture["finished_at"] = moment_text(transaction.finished_at)
    picture |= {name: value for name in ("amount", "points") if (value := getattr(transaction, name)) is not None}
    picture |= {name: value for name in ("attrs", "marks") if (value := getattr(transaction, name))}
    return picture


def step_row(transaction_id: int, seq: int, content: Content) -> tuple[Any, ...]:
    """The values of STEP_COLUMNS."""
    text = content.get
    return (
        transaction_id, seq, content["step"], text("post_code", ""), text("staff_no", ""), moment_of(content["at"]), text("result", ""),
        text("terminal", ""),
    )  # fmt: skip


def step_picture(step: Step) -> Content:
    picture: Content = {name: value for name in ("step", "post_code", "staff_no", "result", "terminal") if (value := getattr(step, name))}
    picture["at"] = moment_text(step.at)
    return picture
