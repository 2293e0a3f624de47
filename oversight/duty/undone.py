"""Alerts on which somebody had acted when the data behind them was corrected: told to whoever has them in hand."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone

from ledger.roster.models import User
from oversight.duty.bell import KEPT
from oversight.duty.models import Notice
from oversight.duty.queries import seeing
from risk.alerts.models import Alert, AlertEvent

Concerned = Callable[[Alert], Iterable[User]]
_concerned: list[Concerned] = []


def register_concerned(concerned: Concerned) -> None:
    """Another area says who has an alert in hand: the handler of its case."""
    if concerned not in _concerned:
        _concerned.append(concerned)


def tell_undone(*, now: datetime | None = None) -> int:
    """Write the notices that are missing; how many. May run twice, or twice at once."""
    since = (now or timezone.now()) - KEPT
    told = Notice.objects.filter(event=OuterRef("pk"))
    undone = AlertEvent.objects.filter(~Exists(told), kind=AlertEvent.Kind.WITHDRAWN, at__gt=since, data__acted=True)
    notices = [
        Notice(user=person, event=event)
        for event in undone.select_related("alert__handler").order_by("pk")
        for person in seeing(event.alert, _in_hand(event.alert))
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return len(notices)


def _in_hand(alert: Alert) -> set[User]:
    """Who handles the alert, or where nobody does who acted on it; and whoever has it in hand elsewhere."""
    people = {person for concerned in _concerned for person in concerned(alert)}
    if alert.handler is not None:
        return people | {alert.handler}
    return people or set(User.objects.filter(pk__in=alert.events.filter(actor__isnull=False).values("actor")))
