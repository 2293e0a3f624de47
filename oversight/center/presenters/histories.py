"""Earlier alerts beside one: on the same subject, and with business of the agencies that stand behind its evidence."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language

from ledger.journal.models import Transaction
from ledger.roster.models import Agency
from oversight.center.presenters import words
from oversight.center.presenters.times import short_time
from oversight.viewer import Viewer
from risk.alerts.models import Alert, AlertEvidence
from risk.alerts.sentences import title
from risk.frames import TRANSACTIONS

LISTED = 50
# Of many agencies behind the evidence those with most of it; further back than this no business of theirs is looked at.
AGENCIES = 3
AGENCY_DAYS = timedelta(days=90)


def told_briefly(alerts: QuerySet[Alert], than: Alert) -> list[dict[str, Any]]:
    """What center/_history.html prints of those raised no later than an alert, newest first."""
    earlier = alerts.filter(raised_at__lte=than.raised_at).exclude(pk=than.pk).select_related("rule_version")
    return [
        {
            "date": short_time(one.raised_at),
            "text": title(one.rule_version, get_language() or "zh-hans"),
            "level_label": words.LEVELS[one.level],
            "outcome": words.status(one),
            "url": reverse("center:alert", args=[one.number]),
        }
        for one in earlier.order_by("-raised_at", "-id")[:LISTED]
    ]


def agency_history(alert: Alert, viewer: Viewer) -> dict[str, Any] | None:
    """{names, history}: of the agencies with most of the evidence, and the alerts this person may see that are about them or rest on their
    business; None where no agency stands behind it. Those on the same subject stand in the other history."""
    if alert.rule.frame != TRANSACTIONS:
        return None
    behind = Transaction.objects.filter(pk__in=alert.evidence.values("row_id")).exclude(agency_code="")
    counted = behind.order_by().values_list("agency_code").annotate(rows=Count("id")).order_by("-rows", "agency_code")[:AGENCIES]
    codes = [code for code, _rows in counted]
    if not codes:
        return None
    days = (alert.last_day - AGENCY_DAYS, alert.last_day)
    business = Transaction.objects.filter(agency_code__in=codes, event_day__range=days).exclude(agency_code="").values("pk")
    resting = AlertEvidence.objects.filter(row_id__in=business, alert__rule__frame=TRANSACTIONS).values("alert")
    same = Q(subject_kind=alert.subject_kind, subject_code=alert.subject_code)
    found = viewer.alerts.filter(Q(subject_kind="agency", subject_code__in=codes) | Q(pk__in=resting)).exclude(same)
    names = dict(Agency.objects.filter(code__in=codes).values_list("code", "name"))
    return {"names": [names.get(code, code) for code in codes], "history": told_briefly(found, alert)}
