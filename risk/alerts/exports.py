"""Alerts with their evidence as rows, in the columns of docs/data-format.md."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ledger.journal.models import Transaction
from ledger.kit.days import SHANGHAI
from risk.alerts.models import Alert

COLUMNS = (
    "alert_no",
    "matter_no",
    "rule_code",
    "subject_kind",
    "subject_code",
    "level",
    "status",
    "first_at",
    "last_at",
    "observed",
    "threshold",
    "evidence_serials",
)
DEFAULT_SOURCE = "manual"


def alert_rows(*, first: date | None = None, last: date | None = None) -> Iterator[dict[str, Any]]:
    """Alerts whose days touch [first, last], oldest first. evidence_serials: joined by ";", with "source:" where it is not the default."""
    alerts = Alert.objects.select_related("rule", "matter").order_by("first_at", "number")
    if first:
        alerts = alerts.filter(last_day__gte=first)
    if last:
        alerts = alerts.filter(first_day__lte=last)
    for alert in alerts.iterator(chunk_size=500):
        ids = alert.evidence.values("transaction_id")
        serials = Transaction.objects.filter(pk__in=ids).order_by("accepted_at", "source", "serial_no").values_list("source", "serial_no")
        yield {
            "alert_no": alert.number,
            "matter_no": alert.matter.number,
            "rule_code": alert.rule.code,
            "subject_kind": alert.subject_kind,
            "subject_code": alert.subject_code,
            "level": alert.level,
            "status": alert.status,
            "first_at": alert.first_at.astimezone(SHANGHAI).isoformat(),
            "last_at": alert.last_at.astimezone(SHANGHAI).isoformat(),
            "observed": alert.observed,
            "threshold": alert.threshold,
            "evidence_serials": ";".join(serial if source == DEFAULT_SOURCE else f"{source}:{serial}" for source, serial in serials),
        }
