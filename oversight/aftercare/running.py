"""What the clock does for watches: relapses first, then the weeks that are over, then the terms."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Q

from ledger.kit.days import event_day
from oversight.aftercare.measuring import measure
from oversight.aftercare.models import Relapse, Watch
from oversight.aftercare.policy import figures_of
from oversight.aftercare.services import end_watch, join, record_relapse
from oversight.cases.models import Case
from risk.alerts.models import Alert, Hit
from risk.rules.models import LEVELS

# What nobody believes, or what later data undid, brings no case back.
OVER = (Alert.Status.DISMISSED, Alert.Status.WITHDRAWN)


def follow_up(*, now: datetime | None = None) -> int:
    """Look at every watch, each in transactions of its own; how many cases were reopened, so that the caller may tell the stream."""
    running = Watch.objects.filter(status=Watch.Status.RUNNING).select_related("alert__rule", "alert__rule_version", "case")
    reopened = 0
    for watch in list(running.order_by("pk")):
        came_back = next(relapses_of(watch), None)
        if came_back is not None and record_relapse(watch=watch, alert=came_back[0], day=came_back[1]):
            reopened += 1
            continue
        measure(watch, now)
        end_watch(watch=watch, now=now)
    return reopened + _join_issued()


def _join_issued() -> int:
    waiting = Relapse.objects.filter(alert__status=Alert.Status.ISSUED, alert__of_case=None).exclude(watch__case__status=Case.Status.CLOSED)
    return sum(join(relapse=one) for one in list(waiting.select_related("watch").order_by("pk")))


def relapses_of(watch: Watch) -> Iterator[tuple[Alert, date]]:
    """Alerts of the same rule or the same checklist item about the subject, at the level of a relapse or above, that rest on days after the
    closing and within the term; each with the first such event day, the earliest raised first."""
    alert = watch.alert
    same = Q(matter=alert.matter_id) | Q(rule=alert.rule_id, subject_kind=alert.subject_kind, subject_code=alert.subject_code)
    later = Alert.objects.filter(same, level_rank__gte=_least(watch), last_day__gt=event_day(watch.closed_at), relapse=None)
    for one in later.exclude(status__in=OVER).select_related("rule_version").order_by("raised_at", "pk"):
        day = _since(one, watch)
        if day is not None:
            yield one, day


def _least(watch: Watch) -> int:
    """The rank of the lowest level that is a relapse."""
    return LEVELS.index(figures_of(watch).least_level)


def _since(alert: Alert, watch: Watch) -> date | None:
    """The first day on which the rule spoke again of nothing but what happened after the closing: its window lies wholly behind it, or
    all evidence does. A hit the day after still rests on the old rows."""
    closed = event_day(watch.closed_at)
    hits = Hit.objects.filter(rule=alert.rule_id, subject_kind=alert.subject_kind, subject_code=alert.subject_code, bucket=alert.bucket)
    hits = hits.filter(
        live=True, shadow=False, suppression=None, level__in=LEVELS[_least(watch) :], day__gt=closed, day__lte=watch.until_day
    )
    for hit in hits.select_related("rule_version").order_by("day"):
        if hit.day - timedelta(days=hit.rule_version.window_days) >= closed or alert.first_at > watch.closed_at:
            return hit.day
    return None
