"""The tables of the data contract, and writing them as files."""

from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

UNITS = ["code", "name", "leader_no", "hours", "kind", "parent_code", "admin_parent_code", "district"]
AGENCIES = ["code", "name", "kind", "unit_code"]
POSTS = ["code", "name", "line", "sensitive"]
STAFF = ["staff_no", "name", "kind", "unit_code", "responsible_no", "id_no", "phone"]
POSTINGS = ["staff_no", "post_code", "unit_code", "start_date", "end_date"]
SHIFTS = ["unit_code", "date", "start", "end"]
STEPS = ["serial_no", "seq", "step", "post_code", "staff_no", "at", "result", "terminal"]
LABELS = ["instance", "scenario", "subject_kind", "subject_code", "serials"]
TRANSACTIONS = [
    "serial_no", "line", "action", "status", "unit_code", "post_code", "handler_no", "approver_no", "terminal", "agency_code",
    "agent_id_no", "person_id_no", "plate_no", "plate_type", "vin", "vehicle_type", "accepted_at", "finished_at", "result", "amount",
    "points", "related_serial",
]  # fmt: skip
ATTRIBUTES = [
    "exam_site", "room", "seat", "car_no", "licence_class", "attempt", "score", "judged_by", "out_of_town",
    "line_no", "inspector", "brake_curve", "photo_hash", "trailer", "mileage",
    "invoice_no", "certificate_no", "recycle_cert_no", "phone", "use",
    "severity", "parties", "evidence_at", "violation_code", "device_no", "place", "rider_platform",
]  # fmt: skip


@dataclass(frozen=True)
class Output:
    """What a detachment did in a time: tables in contract columns, times as Shanghai text, empty text where not known."""

    transactions: pd.DataFrame
    steps: pd.DataFrame
    shifts: pd.DataFrame
    labels: pd.DataFrame


def tables_of(holder: object) -> dict[str, pd.DataFrame]:
    """The tables a Detachment or an Output holds, by the name of their file."""
    held = {field.name: getattr(holder, field.name) for field in fields(holder)}  # type: ignore[arg-type]
    return {name: table for name, table in held.items() if isinstance(table, pd.DataFrame)}


def write(holders: tuple[object, ...], folder: Path | str) -> dict[str, int]:
    """Writes the tables of a Detachment, an Output or both as UTF-8 CSV files named after their kind; returns rows by file name."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = {}
    for holder in holders:
        for name, table in tables_of(holder).items():
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")
            rows[f"{name}.csv"] = len(table)
    return rows
