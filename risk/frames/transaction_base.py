"""Transactions as the rows a rule is about."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from ledger.columns.queries import in_parts
from ledger.journal.models import Batch, Transaction, Version
from ledger.journal.queries import evidence_name
from ledger.kit.days import event_day
from ledger.lines import lines
from risk.frames.bases import Base, Clear, Facts

AT_ONCE = 500
FRESH_DAYS = timedelta(days=7)
FIELDS = {
    "handler": "handler_no",
    "approver": "approver_no",
    "post": "post_code",
    "unit": "unit_code",
    "agency": "agency_code",
    "agent": "agent_id_no",
    "terminal": "terminal",
    "person": "person_id_no",
    "plate": "plate_no",
    "vin": "vin",
}


def subject_code(row: Mapping[str, Any], column: str) -> str:
    """The code of the subject a frame column names, in a row given by Transaction field names."""
    if column.startswith("attr."):
        return str((row.get("attrs") or {}).get(column[5:], "") or "")
    return str(row.get(FIELDS[column], "") or "")


def parts(ids: Collection[int]) -> list[list[int]]:
    """The ids in ascending order, a query's worth at a time."""
    numbers = sorted(ids)
    return [numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE)]


def _facts(ids: Collection[int]) -> dict[int, Facts]:
    found: dict[int, Facts] = {}
    for part in parts(ids):
        versions = Version.objects.filter(transaction_id__in=part)
        backfills = list(Batch.objects.filter(pk__in=versions.values("batch_id"), delivery__backfill=True).values_list("pk", flat=True))
        backfilled = set(versions.filter(batch_id__in=backfills).values_list("transaction_id", flat=True))
        fields = ("pk", "unit_code", "accepted_at", "arrived_at", "event_day", "handler_no", "approver_no")
        for pk, unit, accepted, arrived, day, handler, approver in Transaction.objects.filter(pk__in=part).values_list(*fields):
            fresh = event_day(arrived) - day <= FRESH_DAYS and pk not in backfilled
            found[pk] = Facts(unit, accepted, (handler, approver), fresh)
    return found


def _subjects(ids: Collection[int], column: str) -> dict[int, Clear]:
    wanted = "attrs" if column.startswith("attr.") else FIELDS[column]
    found: dict[int, Clear] = {}
    for part in parts(ids):
        for row in Transaction.objects.filter(pk__in=part).values("pk", "line", wanted):
            found[row["pk"]] = Clear(subject_code(row, column), row["line"])
    return found


def _names(ids: Sequence[int]) -> list[str]:
    """The serial numbers, by the time of acceptance."""
    named = Transaction.objects.filter(pk__in=ids).order_by("accepted_at", "source", "serial_no")
    return [evidence_name(source, serial_no) for source, serial_no in named.values_list("source", "serial_no")]


def _handled(ids: Collection[int], staff_no: str) -> set[int]:
    mine = Transaction.objects.filter(Q(handler_no=staff_no) | Q(approver_no=staff_no))
    return {number for part in in_parts(sorted(ids)) for number in mine.filter(pk__in=part).values_list("pk", flat=True)}


def _span() -> tuple[date, date] | None:
    """The ends of each line stand at the ends of an index; asked of all rows at once they would all be read."""
    days = Transaction.objects.values_list("event_day", flat=True)
    ends = [day for line in lines() for order in ("event_day", "-event_day") for day in days.filter(line=line).order_by(order)[:1]]
    return (min(ends), max(ends)) if ends else None


BASE = Base(facts=_facts, subjects=_subjects, names=_names, span=_span, handled=_handled)
