"""Suppressions that began, ran out or were ended change alerts without any new data: the buckets they cover are folded again."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from ledger.kit.days import today
from risk.alerts.fold import Refold
from risk.alerts.models import Hit, Suppression
from risk.alerts.suppressing import covered, in_force
from risk.rules.models import Rule
from risk.rules.queries import version_on
from risk.scoring.following import mark_hits_changed
from risk.scoring.models import Lane


def follow_suppressions(*, as_of: datetime | None = None) -> int:
    """Bring alerts in line with the suppressions in force as of a moment; returns how many alerts were opened or changed.

    Swept with the scoring: it asks one small question when nothing changed. Running it twice at once is harmless.
    """
    done = 0
    for number in _changed(today(as_of)):
        done += _follow(number, as_of)
    return done


def _changed(day: date) -> list[int]:
    begun = Q(pk__in=in_force(day), applied=False)
    over = Q(applied=True) & ~Q(pk__in=in_force(day))
    return list(Suppression.objects.filter(begun | over).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _follow(number: int, as_of: datetime | None) -> int:
    suppression = Suppression.objects.select_for_update().get(pk=number)
    force = in_force(today(as_of)).filter(pk=number).exists()
    if suppression.applied == force:
        return 0
    hits = covered(suppression) if force else Hit.objects.filter(suppression=suppression, live=True)
    touched: dict[int, set[tuple[str, int]]] = {}
    for rule_id, code, bucket in hits.values_list("rule_id", "subject_code", "bucket"):
        touched.setdefault(rule_id, set()).add((code, bucket))
    done = 0
    for rule in Rule.objects.filter(pk__in=touched).order_by("pk"):
        # The lane is locked as a committing worker locks it: one of the two folds the buckets after the other.
        lane, _created = Lane.objects.get_or_create(line=rule.line, subject_kind=rule.subject_kind, reach=rule.reach)
        Lane.objects.select_for_update().get(pk=lane.pk)
        refold = Refold(rule, cause=_cause(rule), as_of=as_of)
        refold.run(touched[rule.pk])
        mark_hits_changed(rule, touched[rule.pk], quiet=False)
        done += refold.opened + refold.updated
    suppression.applied = force
    suppression.save(update_fields=["applied"])
    return done


def _cause(rule: Rule) -> str:
    """The matter's cause, as scoring takes it from the version in force."""
    version = version_on(rule)
    return (version.checklist_item if version else "") or rule.code
