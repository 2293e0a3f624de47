"""Reading alerts. Every reader starts from `visible_to`."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.roster.accounts import User
from risk.alerts.models import Alert, AlertEvent, Recused, StreamHead
from risk.alerts.recusal import switched_off
from risk.alerts.visibility import AlertView, Visibility


def visible_to(user: User) -> QuerySet[Alert]:
    """The alerts a person may see: by the units of their roles, without those they are recused from."""
    return Visibility.of(user).filter(Alert.objects.all())


def visible_alert(user: User, number: str) -> Alert:
    """One alert by its number. Raises NotFound alike for an unknown and for a hidden one."""
    alert = visible_to(user).select_related("rule", "rule_version", "unit", "handler", "matter").filter(number=number).first()
    if alert is None:
        raise NotFound(_("There is no alert %(number)s that you may see.") % {"number": number})
    return alert


@dataclass(frozen=True)
class StreamEvent:
    """One event in stream order, with what decides who is told of it."""

    position: int
    number: str
    kind: str
    level: str
    status: str
    backdated: bool
    view: AlertView


def stream_head() -> int:
    """The last position given; 0 before the first event."""
    return StreamHead.objects.values_list("position", flat=True).first() or 0


def stream_events(after: int, limit: int) -> list[StreamEvent]:
    """Up to `limit` events with a position above `after`, in order."""
    events = list(AlertEvent.objects.filter(position__gt=after).order_by("position").select_related("alert__unit")[:limit])
    recused: dict[int, set[str]] = {}
    rows = Recused.objects.filter(alert__in={event.alert_id for event in events}).exclude(reason__in=switched_off())
    for alert_id, staff_no in rows.values_list("alert_id", "staff_no"):
        recused.setdefault(alert_id, set()).add(staff_no)
    return [
        StreamEvent(
            position=event.position or 0,
            number=event.alert.number,
            kind=event.kind,
            level=event.alert.level,
            status=event.alert.status,
            backdated=event.alert.backdated,
            view=AlertView(
                unit_path=event.alert.unit.path if event.alert.unit else "",
                status=event.alert.status,
                recused=frozenset(recused.get(event.alert_id, ())),
            ),
        )
        for event in events
    ]
