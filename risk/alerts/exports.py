"""Alerts with their evidence as rows, in the columns of docs/data-format.md."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ledger.kit.days import SHANGHAI
from risk.alerts.models import Alert
from risk.frames import base

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


def alert_rows(*, first: date | None = None, last: date | None = None) -> Iterator[dict[str, Any]]:
    """Alerts whose days touch [first, last], oldest first. evidence_serials: joined by ";", with "source:" where it is not the default.

    Evidence that is no transaction says first what it is, like complaint:TS0017.
    """
    alerts = Alert.objects.select_related("rule", "matter").order_by("first_at", "number")
    if first:
        alerts = alerts.filter(last_day__gte=first)
    if last:
        alerts = alerts.filter(first_day__lte=last)
    for alert in alerts.iterator(chunk_size=500):
        names = base(alert.rule.frame).names(list(alert.evidence.values_list("row_id", flat=True)))
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
            "evidence_serials": ";".join(names),
        }
