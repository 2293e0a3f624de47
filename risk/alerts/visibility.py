"""Who may see an alert, decided in one place: the same windows and recusals, as a query for lists and in memory for streams."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from ledger.roster.accounts import RoleGrant, User
from ledger.roster.rights import Window, windows
from risk.alerts.models import Alert, Hit, Recused
from risk.alerts.recusal import switched_off
from risk.rules.models import SubjectKind

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
    def of(cls, user: User, grants: Sequence[RoleGrant] | None = None) -> "Visibility":
        return cls(windows(user, "alert", grants), user.staff_no)

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
        return unrecused(alerts.filter(seen), self.staff_no)


def unrecused(alerts: QuerySet[Alert], staff_no: str) -> QuerySet[Alert]:
    """Without those the person is recused from: what may be summed up for somebody whose role opens no alert by itself.

    As a set found once by the person: asked of each alert by itself, PostgreSQL joined a million alerts with all that is recused.
    """
    return alerts.exclude(pk__in=_recused(staff_no).values("alert")) if staff_no else alerts


def hidden_from(staff_no: str) -> set[int]:
    """The ids of alerts the person is recused from."""
    return set(_recused(staff_no).values_list("alert_id", flat=True)) if staff_no else set()


def unrecused_hits(staff_no: str) -> QuerySet[Hit]:
    """Live hits that may be summed up for the person: without those of alerts they are recused from, and those about themselves."""
    hits = Hit.objects.filter(live=True)
    if not staff_no:
        return hits
    same = {f"alert__{name}": OuterRef(name) for name in ("rule", "subject_kind", "subject_code", "bucket")}
    return hits.exclude(subject_kind=SubjectKind.STAFF, subject_code=staff_no).exclude(Exists(_recused(staff_no).filter(**same)))


def _recused(staff_no: str) -> QuerySet[Recused]:
    return Recused.objects.filter(staff_no=staff_no).exclude(reason__in=switched_off())
