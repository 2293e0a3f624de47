"""Reading alerts. Every reader starts from `visible_to`."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.kit.errors import NotFound
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.rights import windows
from risk.alerts.models import Alert, AlertEvent, Recused, StreamHead
from risk.alerts.recusal import switched_off
from risk.alerts.visibility import VERIFIED_STATUSES, AlertView, Visibility


def visible_to(user: User, grants: Sequence[RoleGrant] | None = None) -> QuerySet[Alert]:
    """The alerts a person may see: by the units of their roles, without those they are recused from.

    `grants`: the person's active grants, where the caller has just asked for them.
    """
    return Visibility.of(user, grants).filter(Alert.objects.all())


def visible_alert(user: User, number: str) -> Alert:
    """One alert by its number. Raises NotFound alike for an unknown and for a hidden one."""
    alert = visible_to(user).select_related("rule", "rule_version", "unit", "handler", "matter").filter(number=number).first()
    if alert is None:
        raise NotFound(_("There is no alert %(number)s that you may see.") % {"number": number})
    return alert


def possible_handlers(alert: Alert, *, actor: User) -> list[User]:
    """To whom the actor may hand the alert, by name: officers who supervise and see it, but for the actor and who has it."""
    day = today()
    held = RoleGrant.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), valid_from__lte=day, user__is_active=True)
    grants: dict[User, list[RoleGrant]] = {}
    for grant in held.exclude(user__in=[actor.pk, alert.handler_id or actor.pk]).select_related("unit", "user__staff"):
        grants.setdefault(grant.user, []).append(grant)
    view = AlertView(
        unit_path=alert.unit.path if alert.unit else "",
        status=alert.status,
        recused=frozenset(alert.recused.exclude(reason__in=switched_off()).values_list("staff_no", flat=True)),
    )
    found = [
        user
        for user, of_user in grants.items()
        if any(grant.role == Role.SUPERVISOR for grant in of_user)
        and (user.staff is None or user.staff.kind == "officer")
        and Visibility(windows(user, "alert", of_user), user.staff_no).sees(view)
    ]
    return sorted(found, key=lambda user: (str(user), user.pk))


# 疑点, 预警, 属实. What later data took back was never anybody's to check and counts nowhere.
RAISED = ~Q(status=Alert.Status.WITHDRAWN)
ISSUED = Q(status__in=VERIFIED_STATUSES)
CONFIRMED = Q(status=Alert.Status.CLOSED, outcome=Alert.Outcome.CONFIRMED)


@dataclass(frozen=True)
class ThreeCounts:
    """疑点, 预警, 属实: what the engine raised, what the centre issued of it, what proved true. Three figures, never one."""

    raised: int
    issued: int
    confirmed: int


def three_counts(alerts: QuerySet[Alert]) -> ThreeCounts:
    """The three figures of some alerts."""
    parts = {"raised": RAISED, "issued": ISSUED, "confirmed": CONFIRMED}
    return ThreeCounts(**alerts.aggregate(**{name: Count("id", filter=which) for name, which in parts.items()}))


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
