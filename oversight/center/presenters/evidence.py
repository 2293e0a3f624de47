"""The transactions behind an alert as a table: what decides it in bold, times as minutes since acceptance, people masked."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.journal.models import Step, Transaction
from ledger.kit.days import SHANGHAI
from ledger.kit.masking import mask_plate, mask_staff_no
from oversight.center.presenters import words
from oversight.center.presenters.records import TELLERS, records_table
from oversight.center.presenters.times import short_time
from oversight.viewer import Viewer
from risk.alerts.hit_rows import FRAME as HITS
from risk.alerts.hit_rows import behind
from risk.alerts.models import Alert
from risk.frames import TRANSACTIONS

SHOWN, MOST = 20, 500
STEPS_SHOWN = 4

# Which column the finding of a detector rests on.
DECISIVE = {
    "deadline": "steps",
    "distinct": "plate",
    "duplicate": "plate",
    "duration": "steps",
    "frequency": "accepted",
    "hold": "accepted",
    "impossible": "accepted",
    "linkage": "action",
    "off_hours": "accepted",
    "same_person": "handler",
    "sequence": "accepted",
    "streak": "result",
}


def columns() -> dict[str, dict[str, Any]]:
    return {
        "serial": {"label": _("Serial number")},
        "accepted": {"label": _("Accepted at")},
        "plate": {"label": _("Plate")},
        "action": {"label": _("Business")},
        "handler": {"label": _("Handler / approver")},
        "steps": {"label": _("Steps (minutes since acceptance)")},
        "result": {"label": _("Result")},
    }


def transaction_url(row: Transaction) -> str:
    return reverse("business:transaction", args=[f"{row.source}/{row.serial_no}"])


def people(row: Transaction) -> str:
    return " / ".join(mask_staff_no(number) for number in (row.handler_no, row.approver_no) if number)


def outcome(row: Transaction) -> str:
    return words.result_title(row.result) if row.result else words.transaction_status(row)


def trail(row: Transaction, steps: Iterable[Step]) -> str:
    """Like 审核13 › 退办15."""
    told = [f"{words.step_title(step.step)} {int((step.at - row.accepted_at).total_seconds() // 60)}" for step in steps]
    rest = len(told) - STEPS_SHOWN
    return " › ".join(told[:STEPS_SHOWN]) + (f" … +{rest}" if rest > 0 else "")


def evidence(alert: Alert, viewer: Viewer, *, most: int = SHOWN, more_url: str | None = None, brief: bool = False) -> dict[str, Any] | None:
    """What center/_evidence.html prints; None for an alert that never had a row to show. `brief`: without the serial numbers, which open
    transactions on the page of the alert and leave a line of the preview no room for what was done."""
    if alert.rule.frame not in (TRANSACTIONS, HITS):
        return _of_records(alert, viewer, most, more_url)
    found = _behind_hits(alert) if alert.rule.frame == HITS else Transaction.objects.filter(pk__in=alert.evidence.values("row_id"))
    rows = list(found.order_by("-accepted_at", "-id")[:most])
    total = found.count() if len(rows) == most else len(rows)
    if not rows:
        return {"columns": [], "rows": [], "shown": 0, "total": 0, "more_url": None, "finding": ""} if alert.hit_count == 0 else None
    steps: dict[int, list[Step]] = {}
    for step in Step.objects.filter(transaction__in=[row.pk for row in rows]).order_by("transaction_id", "seq"):
        steps.setdefault(step.transaction_id, []).append(step)
    opened = viewer.opens_transactions_of(row.unit_code for row in rows)
    decisive = DECISIVE.get(alert.rule_version.detector, "")
    shown = [name for name in columns() if _told(name, rows, steps) and not (brief and name == "serial")]
    return {
        "columns": [columns()[name] for name in shown],
        "rows": [{"cells": [_cell(name, row, steps.get(row.pk, []), opened, decisive) for name in shown]} for row in rows],
        "shown": len(rows),
        "total": total,
        "more_url": more_url if total > len(rows) else None,
        "finding": _finding(rows, total),
    }


def _behind_hits(alert: Alert) -> QuerySet[Transaction]:
    """The transactions on which the hits rest that add up; other records are told by the alerts of these hits."""
    return Transaction.objects.filter(pk__in=behind(list(alert.evidence.values_list("row_id", flat=True))).get(TRANSACTIONS, []))


def _of_records(alert: Alert, viewer: Viewer, most: int, more_url: str | None) -> dict[str, Any] | None:
    if alert.rule.frame not in TELLERS:
        return None
    ids = list(alert.evidence.values_list("row_id", flat=True))
    table = records_table(alert.rule.frame, ids, viewer, most=most, url_of=transaction_url)
    if not table["rows"] and alert.hit_count:
        return None
    return {**table, "more_url": more_url if table["total"] > table["shown"] else None, "finding": ""}


def _told(name: str, rows: list[Transaction], steps: dict[int, list[Step]]) -> bool:
    """A column that would be empty all the way down is left out."""
    return {"plate": any(row.plate_no for row in rows), "steps": bool(steps)}.get(name, True)


def _cell(name: str, row: Transaction, steps: list[Step], opened: set[str], decisive: str) -> dict[str, Any]:
    text = {
        "serial": row.serial_no,
        "accepted": short_time(row.accepted_at),
        "plate": mask_plate(row.plate_no) if row.plate_no else "",
        "action": words.action_title(row.line, row.action),
        "handler": people(row),
        "steps": trail(row, steps),
        "result": outcome(row),
    }[name]
    url = transaction_url(row) if name == "serial" and row.unit_code in opened else None
    return {"text": text, "url": url, "strong": name == decisive}


def _finding(rows: list[Transaction], total: int) -> str:
    """What the table as a whole says, when all of it is shown."""
    if total > len(rows) or total < 2:
        return ""
    days = {row.accepted_at.astimezone(SHANGHAI).date() for row in rows}
    handlers = {row.handler_no for row in rows}
    spoken = ngettext("%(number)d day", "%(number)d days", len(days)), ngettext("%(number)d handler", "%(number)d handlers", len(handlers))
    return _(", ").join((spoken[0] % {"number": len(days)}, spoken[1] % {"number": len(handlers)}))
