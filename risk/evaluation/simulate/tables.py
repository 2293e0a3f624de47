"""The tables of the data contract, and writing them as files."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path

import pandas as pd

UNITS = ["code", "name", "leader_no", "hours", "kind", "parent_code", "admin_parent_code", "district"]
AGENCIES = ["code", "name", "kind", "unit_code"]
POSTS = ["code", "name", "line", "sensitive"]
STAFF = ["staff_no", "name", "kind", "unit_code", "responsible_no", "id_no", "phone"]
POSTINGS = ["staff_no", "post_code", "unit_code", "start_date", "end_date"]
SHIFTS = ["unit_code", "date", "start", "end"]
STEPS = ["serial_no", "seq", "step", "post_code", "staff_no", "at", "result", "terminal"]
LABELS = ["instance", "scenario", "subject_kind", "subject_code", "serials", "effect"]
COMPLAINTS = [
    "complaint_no", "received_at", "channel", "unit_code", "staff_no", "category", "serial_no", "content", "rectified_at", "revisited_at",
    "revisit_result",
]  # fmt: skip
VIOLATIONS_OF_DISCIPLINE = ["case_no", "decided_at", "staff_no", "unit_code", "prohibition", "decision"]
IMPOUNDS = ["serial_no", "tag_no", "lot", "reason", "due_at", "released_at"]
TRANSACTIONS = [
    "serial_no", "line", "action", "status", "unit_code", "post_code", "handler_no", "approver_no", "terminal", "agency_code",
    "agent_id_no", "person_id_no", "plate_no", "plate_type", "vin", "vehicle_type", "accepted_at", "finished_at", "result", "amount",
    "points", "related_serial",
]  # fmt: skip
ATTRIBUTES = [
    "exam_site", "room", "seat", "car_no", "licence_class", "attempt", "score", "judged_by", "out_of_town", "booking_channel", "entry_mode",
    "exam_mode", "manual_deduct",
    "line_no", "inspector", "brake_curve", "photo_hash", "trailer", "mileage", "valid_until", "length", "width", "height", "curb_mass",
    "invoice_no", "certificate_no", "recycle_cert_no", "phone", "use", "field", "scrap_date", "lock_op",
    "severity", "parties", "procedure", "evidence_at", "violation_code", "device_no", "place", "rider_platform", "cancel_reason",
    "evidence", "bac",
]  # fmt: skip


def _none(columns: list[str]) -> Callable[[], pd.DataFrame]:
    return lambda: pd.DataFrame(columns=columns)


@dataclass(frozen=True)
class Output:
    """What a detachment did in a time: tables in contract columns, times as Shanghai text, empty text where not known.

    `transactions` are in order of arrival; `redelivered` come after them, under serial numbers that came before. `postings` are those of
    the roster with the moves of the time in them.
    """

    transactions: pd.DataFrame
    steps: pd.DataFrame
    shifts: pd.DataFrame
    labels: pd.DataFrame
    redelivered: pd.DataFrame = field(default_factory=_none(TRANSACTIONS + ATTRIBUTES))
    postings: pd.DataFrame = field(default_factory=_none(POSTINGS))
    complaints: pd.DataFrame = field(default_factory=_none(COMPLAINTS))
    violations_of_discipline: pd.DataFrame = field(default_factory=_none(VIOLATIONS_OF_DISCIPLINE))
    impounds: pd.DataFrame = field(default_factory=_none(IMPOUNDS))


def tables_of(holder: object) -> dict[str, pd.DataFrame]:
    """The tables a Detachment or an Output holds, by the name of their file."""
    held = {one.name: getattr(holder, one.name) for one in fields(holder)}  # type: ignore[arg-type]
    found = {name: table for name, table in held.items() if isinstance(table, pd.DataFrame)}
    if "redelivered" in found:
        found["transactions"] = pd.concat([found["transactions"], found.pop("redelivered")], ignore_index=True)
    return found


def write(holders: tuple[object, ...], folder: Path | str) -> dict[str, int]:
    """Writes the tables of a Detachment, an Output or both as UTF-8 CSV files named after their kind; returns rows by file name.

    Where two holders have a table of one name, the later one's is written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    every: dict[str, pd.DataFrame] = {}
    for holder in holders:
        every |= tables_of(holder)
    for name, table in every.items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")
    return {f"{name}.csv": len(table) for name, table in every.items()}
