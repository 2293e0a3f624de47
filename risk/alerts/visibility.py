"""Who may see an alert, decided in one place: the same windows and recusals, as a query for lists and in memory for streams."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from ledger.roster.accounts import User
from ledger.roster.rights import Window, windows
from risk.alerts.models import Alert, Recused
from risk.alerts.recusal import switched_off

VERIFIED_STATUSES = frozenset({Alert.Status.ISSUED, Alert.Status.ASSIGNED, Alert.Status.CLOSED})


@dataclass(frozen=True)
class AlertView:
    """What visibility depends on, of one alert."""

    unit_path: str
    status: str
    recused: frozenset[str]


@dataclass(frozen=True)
class Visibility:
    """One person's sight, held in memory by a live stream and asked again from time to time."""

    windows: tuple[Window, ...]
    staff_no: str

    @classmethod
    def of(cls, user: User) -> "Visibility":
        return cls(windows(user, "alert"), user.staff_no)

    def sees(self, view: AlertView) -> bool:
        if self.staff_no and self.staff_no in view.recused:
            return False
        verified = view.status in VERIFIED_STATUSES
        return any(view.unit_path.startswith(window.path) and (verified or not window.reach.verified_only) for window in self.windows)

    def filter(self, alerts: QuerySet[Alert]) -> QuerySet[Alert]:
        if not self.windows:
            return alerts.none()
        seen = Q()
        for window in self.windows:
            part = Q(unit__path__startswith=window.path)
            if window.reach.verified_only:
                part &= Q(status__in=VERIFIED_STATUSES)
            seen |= part
        alerts = alerts.filter(seen)
        if self.staff_no:
            own = Recused.objects.filter(alert=OuterRef("pk"), staff_no=self.staff_no)
            alerts = alerts.exclude(Exists(own.exclude(reason__in=switched_off())))
        return alerts
