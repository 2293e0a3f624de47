"""A small town on the roster and files about it, for the tests of intake."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ledger.intake.services import Counts, import_paths, take_records
from ledger.roster.models import Role, Staff, Unit, User
from tests.builders import make_staff, make_user

HEADER = ("serial_no", "line", "action", "status", "unit_code", "handler_no", "accepted_at", "finished_at", "amount", "points", "phone")
STEP_HEADER = ("serial_no", "seq", "step", "staff_no", "at", "result")
ROW = {
    "serial_no": "T1",
    "line": "violation",
    "action": "onsite",
    "status": "finished",
    "unit_code": "D1",
    "handler_no": "070001",
    "accepted_at": "2026-03-02 09:00",
    "finished_at": "2026-03-02 09:20",
    "amount": "200.50",
    "points": "3",
    "phone": "13900000000",
}
STEP = {"serial_no": "T1", "seq": "1", "step": "accept", "staff_no": "070001", "at": "2026-03-02 09:00", "result": ""}


def found_town() -> None:
    """Detachment ZD with brigade D1, squad S1 below it and window W1; two officers of D1."""
    Unit.objects.add_root({"code": "ZD", "name": "支队", "kind": "detachment"})
    for code, name, kind, parent in (
        ("D1", "一大队", "brigade", "ZD"),
        ("S1", "一中队", "squad", "D1"),
        ("W1", "车管窗口", "window", "ZD"),
    ):
        Unit.objects.add_child(Unit.objects.get(code=parent), {"code": code, "name": name, "kind": kind})
    for number in ("070001", "070002"):
        Staff.objects.create(staff_no=number, name="张某", kind="officer", unit_code="D1")


def make_clerk(name: str = "赵某", *, username: str = "clerk", role: Role = Role.SUPERVISOR) -> User:
    """Somebody of the town's detachment with an account; their number is none of those that rows name."""
    detachment = Unit.objects.get(code="ZD")
    return make_user(role, detachment, username=username, staff=make_staff(detachment, staff_no=f"9-{username}", name=name))


def row(**changes: Any) -> dict[str, Any]:
    """A good row of transactions with changes."""
    return ROW | changes


def step(**changes: Any) -> dict[str, Any]:
    return STEP | changes


def csv_text(header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([item.get(name, "") for name in header] for item in rows)
    return buffer.getvalue()


def send(folder: Path, text: str | bytes, *, kind: str = "transactions", **options: Any) -> Counts:
    """Import one file of this content."""
    path = folder / f"{kind}.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_paths(paths=[path], **options)[0]


def tell(*records: Mapping[str, Any], kind: str = "transactions", source: str = "manual", **options: Any) -> Counts:
    """Take records as a business system sends them."""
    return take_records(kind=kind, records=records, source=source, **options)


def outcome(counts: Counts) -> tuple[int, int, int, int, int, int]:
    """(received, accepted, revised, duplicate, rejected, waiting)"""
    return counts.received, counts.accepted, counts.revised, counts.duplicate, counts.rejected, counts.waiting
