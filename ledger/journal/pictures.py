"""Between a picture (canonical content) and the row of Transaction or Step that shows it."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from ledger.journal.canonical import content_digest, moment_of, moment_text
from ledger.journal.fold import Content
from ledger.journal.models import Step, Transaction
from ledger.kit.days import event_day

TEXT_FIELDS = (
    "line", "action", "status", "unit_code", "post_code", "handler_no", "approver_no", "terminal", "agency_code", "agent_id_no",
    "person_id_no", "plate_no", "plate_type", "vin", "vehicle_type", "result", "related_serial",
)  # fmt: skip
STEP_COLUMNS = ("transaction", "seq", "step", "post_code", "staff_no", "at", "result", "terminal")


class CurrentRow(NamedTuple):
    """A row of Transaction as it stands now, without the weight of a model instance; the fields are those of the model, but for the
    moments of the business, which are canonical text."""

    id: int
    source: str
    serial_no: str
    line: str
    action: str
    status: str
    unit_code: str
    post_code: str
    handler_no: str
    approver_no: str
    terminal: str
    agency_code: str
    agent_id_no: str
    person_id_no: str
    plate_no: str
    plate_type: str
    vin: str
    vehicle_type: str
    result: str
    related_serial: str
    accepted_at: str
    finished_at: str | None
    amount: int | None
    points: int | None
    attrs: dict[str, str]
    marks: list[dict[str, str]]
    event_day: date
    arrived_at: datetime
    version: int
    digest: str


COLUMNS = CurrentRow._fields[1:]
_NO_TEXT = ("",) * len(TEXT_FIELDS)


def row_of(
    *, source: str, serial_no: str, picture: Content, arrived_at: datetime, version: int, digest: str | None = None
) -> tuple[Any, ...]:
    """The values of COLUMNS for one picture, moments of the business as canonical text. `arrived_at`: when it was first heard of."""
    known = picture.get
    accepted_at = picture["accepted_at"]
    return (
        source,
        serial_no,
        *map(known, TEXT_FIELDS, _NO_TEXT),
        accepted_at,
        known("finished_at"),
        known("amount"),
        known("points"),
        known("attrs", {}),
        known("marks", []),
        _event_day(accepted_at[:13]),
        arrived_at,
        version,
        digest or content_digest(picture),
    )


@lru_cache(maxsize=100_000)
def _event_day(hour: str) -> date:
    """The Shanghai day of an hour of UTC; its offset has always been whole hours."""
    return event_day(moment_of(f"{hour}:00:00Z"))


def current_row(transaction_id: int, row: tuple[Any, ...]) -> CurrentRow:
    """What row_of gave, with its id."""
    return CurrentRow._make((transaction_id, *row))


def row_now(transaction: Transaction) -> CurrentRow:
    row = CurrentRow._make([getattr(transaction, name) for name in CurrentRow._fields])
    finished = transaction.finished_at
    return row._replace(accepted_at=moment_text(transaction.accepted_at), finished_at=moment_text(finished) if finished else None)


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
