"""Reminding people on duty of red alerts nobody takes, and telling leaders: to whom each step goes, never to somebody recused."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from oversight.duty.models import Notice
from oversight.duty.queries import holders_of, open_shifts, seeing
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.unattended import Addressed, Step, take_step, unattended_alerts


def remind_unattended(*, now: datetime | None = None) -> int:
    """Take every step that is due, each with its notices in one transaction; how many were taken. May run twice, or twice at once."""
    now = now or timezone.now()
    return sum(_step(alert_id, now) for alert_id in list(unattended_alerts().order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _step(alert_id: int, now: datetime) -> bool:
    taken = take_step(alert_id=alert_id, now=now, addressed=addressed)
    if taken is None:
        return False
    event, to = taken
    Notice.objects.bulk_create(Notice(user=person, event=event) for person in to.people)
    return True


def addressed(alert: Alert, step: Step) -> Addressed:
    """Whom a step goes to: reminders to all on duty, a report to the leaders; of both only those who may see the alert."""
    if step.kind is AlertEvent.Kind.REMINDED:
        return Addressed(seeing(alert, (shift.user for shift in open_shifts())))
    return leaders_of(alert)


def leaders_of(alert: Alert) -> Addressed:
    """The leaders of the centre; where all of them are recused, those of the unit above it, and so on; at last the discipline inspectors.

    A unit's leaders are those who hold the role leader over it, and whoever leads it by the roster.
    """
    up = False
    for unit in _ladder(alert):
        people = list(_leaders(unit))
        told = seeing(alert, people)
        if told:
            return Addressed(told, unit.name, up)
        up = up or bool(people)
    inspectors = seeing(alert, holders_of(Role.DISCIPLINE))
    return Addressed(inspectors, "", up)


def _ladder(alert: Alert) -> list[Unit]:
    """The centre that watches the alert's unit and the units above it, nearest first; without a centre, the top of the tree."""
    path = alert.unit.path if alert.unit else ""
    centres = [unit for unit in Unit.objects.filter(kind=Unit.Kind.CENTRE) if path.startswith(unit.path[: -Unit.steplen])]
    lowest = max(centres, key=lambda unit: (unit.depth, unit.path)).path if centres else path[: Unit.steplen]
    paths = [lowest[:end] for end in range(len(lowest), 0, -Unit.steplen)]
    return list(Unit.objects.filter(path__in=paths).order_by("-depth"))


def _leaders(unit: Unit) -> QuerySet[User]:
    granted = Q(pk__in=holders_of(Role.LEADER, unit).order_by().values("pk"))
    by_roster = Q(staff__staff_no=unit.leader_no) if unit.leader_no else Q(pk__in=())
    return User.objects.filter(granted | by_roster, is_active=True).select_related("staff").order_by("name", "pk")
