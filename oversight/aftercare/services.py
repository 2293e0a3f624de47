"""A watch begins when its case is closed, stops when the case goes on, ends with a verdict when its term is over."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.kit.days import event_day, today
from oversight.aftercare.measuring import LAG, verdict_so_far
from oversight.aftercare.models import Relapse, Verdict, Watch
from oversight.aftercare.policy import figures_now
from oversight.cases.closing import reopen_by_system
from oversight.cases.escalations.raising import LANGUAGE
from oversight.cases.models import Case, CaseAlert
from oversight.cases.policy.reading import Policy
from oversight.cases.record import enter
from risk.alerts.handling import assign_to_case
from risk.alerts.models import Alert
from risk.alerts.sentences import title

# A case without an outcome of these ended nothing that could come back.
WATCHED = (Case.Outcome.CONFIRMED, Case.Outcome.PARTLY)
JOINED_WHILE = (Case.Status.HANDLING, Case.Status.PROPOSED)


def begin_watches(case: Case) -> None:
    """In the transaction that closes the case: a watch for each rule and subject of its alerts, where its policy states a term."""
    days = Policy.kept(case.policy).watch_days if case.policy else 0
    if case.outcome not in WATCHED or not days or case.closed_at is None:
        return
    alerts = Alert.objects.filter(of_case__case=case).select_related("rule_version").order_by("-level_rank", "pk")
    gravest: dict[tuple[int, str], Alert] = {}
    for alert in alerts:
        gravest.setdefault((alert.rule_id, alert.subject_code), alert)
    closed_day, (figures, _edited) = event_day(case.closed_at), figures_now()
    for alert in gravest.values():
        Watch.objects.create(
            case=case,
            closing=case.reopened,
            alert=alert,
            closed_at=case.closed_at,
            figures=figures.snapshot(),
            from_day=closed_day + timedelta(days=alert.rule_version.window_days),
            until_day=closed_day + timedelta(days=days),
        )
    last = f"{closed_day + timedelta(days=days)}"
    enter(case, "watch.began", actor=None, until=last, rules=[alert.rule.code for alert in gravest.values()])


def stop_watches(case: Case) -> None:
    """In the transaction that reopens the case: nothing that was closed is left to be watched."""
    Watch.objects.filter(case=case, status=Watch.Status.RUNNING).update(status=Watch.Status.STOPPED, ended_at=timezone.now())


@transaction.atomic
def record_relapse(*, watch: Watch, alert: Alert, day: date) -> bool:
    """反弹: the case is reopened for the alert, once. Whether it was this call that did it."""
    case = Case.objects.select_for_update(of=("self",)).select_related("unit").get(pk=watch.case_id)
    running = Watch.objects.select_for_update(of=("self",)).filter(pk=watch.pk, status=Watch.Status.RUNNING).first()
    if running is None or case.status != Case.Status.CLOSED or Relapse.objects.filter(alert=alert).exists():
        return False
    now = timezone.now()
    Relapse.objects.create(watch=running, alert=alert, day=day, at=now)
    Watch.objects.filter(pk=running.pk).update(status=Watch.Status.RELAPSED, ended_at=now)
    with translation.override(LANGUAGE):
        # Without its number: not all who see the case may know of an alert that has not joined it yet.
        told = {"rule": title(watch.alert.rule_version, LANGUAGE), "day": f"{day}", "level": alert.get_level_display()}
        grounds = _("Relapse within the term of the watch: “%(rule)s” came back at %(level)s on %(day)s.") % told
    enter(case, "watch.relapsed", actor=None, alert=alert.number, day=f"{day}")
    return reopen_by_system(case=case, grounds=grounds)


@transaction.atomic
def join(*, relapse: Relapse) -> bool:
    """The alert for which the case was reopened joins it, once it is issued and where it has no case. Whether it did now."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=relapse.watch.case_id)
    alert = Alert.objects.select_for_update(of=("self",)).get(pk=relapse.alert_id)
    if alert.status != Alert.Status.ISSUED or case.status not in JOINED_WHILE or CaseAlert.objects.filter(alert=alert).exists():
        return False
    CaseAlert.objects.create(case=case, alert=alert)
    assign_to_case(alert, case=case.number, actor=None)
    enter(case, "watch.joined", actor=None, alert=alert.number)
    return True


@transaction.atomic
def end_watch(*, watch: Watch, now: datetime | None = None) -> bool:
    """达标与否: the verdict of all weeks, when the term is over. Whether the watch ended by this call."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=watch.case_id)
    running = Watch.objects.select_for_update(of=("self",)).filter(pk=watch.pk, status=Watch.Status.RUNNING).first()
    if running is None or today(now) < running.until_day + LAG:
        return False
    found = list(watch.measurements.order_by("week"))
    running.verdict = verdict_so_far(watch, found) if len(found) > 1 else Verdict.TOO_LITTLE
    running.status, running.ended_at = Watch.Status.ENDED, now or timezone.now()
    running.save(update_fields=["verdict", "status", "ended_at"])
    enter(case, "watch.ended", actor=None, rule=watch.alert.rule.code, verdict=running.verdict)
    return True


def alerts_unchecked(case: Case) -> list[str]:
    """Against closing: the alert for which the case was reopened has not been judged yet, or not joined it."""
    left = Relapse.objects.filter(watch__case=case, alert__status__in=[*Alert.OPEN, Alert.Status.ISSUED], alert__of_case=None)
    return [_("The alert for which the case was reopened has not been checked yet.")] if left.exists() else []
