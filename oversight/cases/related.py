"""Which alerts may be one case: of one subject, or paired as standing on the same business."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from ledger.roster.accounts import User
from oversight.cases.models import Case
from oversight.center.models import RelatedAlerts
from risk.alerts.models import Alert
from risk.alerts.queries import visible_to


def together(alerts: Sequence[Alert]) -> bool:
    """Whether each of them hangs together with the first, perhaps through others of them."""
    ids = [alert.pk for alert in alerts]
    pairs = set(RelatedAlerts.objects.filter(first__in=ids, second__in=ids).values_list("first", "second")) if len(ids) > 1 else set()
    joined, left = [alerts[0]], list(alerts[1:])
    for alert in joined:
        near = [one for one in left if _same_subject(alert, one) or (min(alert.pk, one.pk), max(alert.pk, one.pk)) in pairs]
        joined += near
        left = [one for one in left if one not in near]
    return not left


def may_join(alert: Alert, user: User) -> QuerySet[Alert]:
    """Issued alerts in no case that the user sees and that could be dispatched with this one."""
    pairs = RelatedAlerts.objects.filter(Q(first=alert) | Q(second=alert))
    same = Q(subject_kind=alert.subject_kind, subject_code=alert.subject_code)
    near = same | Q(pk__in=pairs.values("first")) | Q(pk__in=pairs.values("second"))
    return visible_to(user).filter(near, status=Alert.Status.ISSUED, of_case=None).exclude(pk=alert.pk).order_by("-level_rank", "pk")


def _same_subject(one: Alert, other: Alert) -> bool:
    return (one.subject_kind, one.subject_code) == (other.subject_kind, other.subject_code)


def handling(alert: Alert) -> list[User]:
    """Who handles the case the alert is in."""
    return list(User.objects.filter(pk__in=Case.objects.filter(alerts__alert=alert).values("handler")))
