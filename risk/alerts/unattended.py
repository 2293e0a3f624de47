"""无人受理: alerts that nobody takes. Whoever is on duty is reminded again and again, then the leaders are told.

Every step is an event of the alert, written at most once: what has been done is read from the events, under a lock on the alert.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from ledger.audit.services import record
from ledger.roster.accounts import User
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.terms import half_term_at

Kind = AlertEvent.Kind
WAITING = (Alert.Status.NEW, Alert.Status.RECURRED)
# Minutes after the wait began at which people on duty are reminded, by level; the leaders are told when half of the first-check term has
# run. A level that is not here is not watched. Defaults of ours, to be confirmed by the detachment.
REMIND_AFTER: dict[str, tuple[int, ...]] = {"red": (10, 20, 30, 40, 50)}
STEPS = (Kind.REMINDED, Kind.ESCALATED)
BEGINNINGS = (Kind.RAISED, Kind.RECURRED, Kind.OVERTURNED)


@dataclass(frozen=True)
class Step:
    """One thing that becomes due while nobody takes an alert: the `number`-th reminder, or the report to the leaders."""

    kind: Kind
    number: int
    at: datetime


@dataclass(frozen=True)
class Addressed:
    """Whom a step goes to. `unit`: whose leaders they are; `up`: because everybody who had to be told below is recused."""

    people: Sequence[User] = field(default_factory=tuple)
    unit: str = ""
    up: bool = False


@dataclass(frozen=True)
class Wait:
    """Since when nobody has taken an alert, and what was done about it. `ahead`: the steps still to come or missed, in order."""

    begun_at: datetime
    reminders: int
    escalated: AlertEvent | None
    ahead: tuple[Step, ...]

    def due(self, now: datetime) -> Step | None:
        """The step to take now. Of several that were missed, because nothing ran or nobody was there, only the last is worth taking."""
        reached = [step for step in self.ahead if step.at <= now]
        return reached[-1] if reached else None


def unattended_alerts() -> QuerySet[Alert]:
    """The alerts that are watched: of a watched level, waiting for somebody, and found in fresh data."""
    return Alert.objects.filter(status__in=WAITING, level__in=tuple(REMIND_AFTER), backdated=False)


def steps_of(begun_at: datetime, half_at: datetime, minutes: Sequence[int]) -> list[Step]:
    """All steps of a wait, in order: reminders before half of the term, then the report."""
    times = [begun_at + timedelta(minutes=number) for number in minutes]
    reminders = [Step(Kind.REMINDED, number, at) for number, at in enumerate(times, start=1) if at < half_at]
    return [*reminders, Step(Kind.ESCALATED, 1, half_at)]


def wait_of(alert: Alert) -> Wait | None:
    """The wait of a watched alert as its events tell it; None for an alert without an event that could have begun it.

    A wait begins when the alert is raised or comes back, when it becomes as grave as it is, and when its term begins because fresh
    data support it; whatever else happens to it, the wait goes on.
    """
    events = list(alert.events.filter(kind__in=(*BEGINNINGS, Kind.CHANGED, *STEPS)).order_by("id"))
    begun = next((event for event in reversed(events) if _begins(event, alert.level)), None)
    if begun is None:
        return None
    done = [event for event in events if event.pk > begun.pk and event.kind in STEPS]
    reminders = max((int(event.data.get("step", 0)) for event in done if event.kind == Kind.REMINDED), default=0)
    escalated = next((event for event in done if event.kind == Kind.ESCALATED), None)
    planned = steps_of(begun.at, half_term_at(alert.level, begun.at), REMIND_AFTER.get(alert.level, ()))
    ahead = (step for step in planned if step.kind is Kind.ESCALATED or step.number > reminders)
    return Wait(begun.at, reminders, escalated, () if escalated else tuple(ahead))


def _begins(event: AlertEvent, level: str) -> bool:
    if event.kind in BEGINNINGS:
        return True
    changed = event.kind == Kind.CHANGED
    return changed and (event.data.get("term") == "begun" or ("old_level" in event.data and event.data.get("level") == level))


@transaction.atomic
def take_step(*, alert_id: int, now: datetime, addressed: Callable[[Alert, Step], Addressed]) -> tuple[AlertEvent, Addressed] | None:
    """Write the step that is due for an alert, if one is, with whom it goes to; None when there is nothing (left) to do.

    A reminder that reaches nobody is not written: it waits for somebody to come on duty. A report to the leaders always is.
    """
    alert = unattended_alerts().select_for_update(of=("self",)).select_related("unit").filter(pk=alert_id).first()
    wait = wait_of(alert) if alert is not None else None
    step = wait.due(now) if wait is not None else None
    if alert is None or wait is None or step is None:
        return None
    to = addressed(alert, step)
    if not to.people and step.kind is Kind.REMINDED:
        return None
    event = AlertEvent.objects.create(alert=alert, kind=step.kind, at=now, data=_told(step, to, now - wait.begun_at))
    record(f"alert.{step.kind.value}", target=alert.number, to=[person.get_username() for person in to.people])
    return event, to


def _told(step: Step, to: Addressed, waited: timedelta) -> dict[str, Any]:
    """Names are written out: the record of an alert outlives accounts."""
    told: dict[str, Any] = {"step": step.number, "minutes": int(waited.total_seconds() // 60)}
    told |= {"to": [person.pk for person in to.people], "names": [str(person) for person in to.people]}
    return told | ({"unit": to.unit} if to.unit else {}) | ({"up": True} if to.up else {})
