"""Alerts to act on, and what the engine does to one between the acts of people."""

from datetime import UTC, datetime, timedelta

from ledger.roster.models import Unit
from risk.alerts.fold import Refold
from risk.alerts.models import Alert, AlertEvent, Hit
from tests.builders import make_alert, make_transaction

S, Kind = Alert.Status, AlertEvent.Kind
SOON = timedelta(hours=1)


def raised(root: Unit, level: str = "yellow", **extra) -> Alert:
    return make_alert(root, level=level, evidence=[make_transaction(root)], **extra)


def now() -> datetime:
    return datetime.now(UTC)


def state(alert: Alert) -> tuple[str, int | None]:
    alert.refresh_from_db()
    return alert.status, alert.handler_id


def kinds(alert: Alert) -> list[str]:
    return list(alert.events.order_by("id").values_list("kind", flat=True))


def more_evidence(alert: Alert, level: str | None = None) -> None:
    """The engine finds one more row on the day of the alert, perhaps at another level."""
    row = make_transaction(alert.unit, accepted_at=alert.last_at)
    hit = Hit.objects.filter(rule=alert.rule, subject_code=alert.subject_code).latest("day")
    hit.evidence, hit.level, hit.live = sorted({*hit.evidence, row.pk}), level or hit.level, True
    hit.save()
    Refold(alert.rule, cause="x").run([(alert.subject_code, alert.bucket)])


def no_evidence(alert: Alert) -> None:
    Hit.objects.filter(rule=alert.rule, subject_code=alert.subject_code).update(live=False)
    Refold(alert.rule, cause="x").run([(alert.subject_code, alert.bucket)])
