"""Alerts as short lines beside a transaction or a subject."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from oversight.center.presenters import words
from oversight.center.presenters.rows import said
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import short_time
from risk.alerts.models import Alert

MOST = 20


def alert_lines(alerts: QuerySet[Alert]) -> list[dict[str, Any]]:
    """What ledger/_alerts.html prints, newest first; `alerts`: those this person may see."""
    found = list(alerts.select_related("rule", "rule_version", "unit").order_by("-raised_at", "-id")[:MOST])
    names = Names.of(found)
    return [
        {
            "number": alert.number,
            "level": alert.level,
            "status": words.mark(alert),
            "status_label": words.status(alert),
            "date": short_time(alert.raised_at),
            "text": said(alert, names.subject(alert)),
            "url": reverse("center:alert", args=[alert.number]),
        }
        for alert in found
    ]
