"""Reading suppressions: those a person may know of, in parts, and the hits each keeps from raising an alert."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.kit.errors import NotFound
from ledger.roster.accounts import User
from ledger.roster.models import Unit
from ledger.roster.rights import windows
from risk.alerts.models import Hit, Suppression
from risk.alerts.recusal import BEHIND, recused_staff
from risk.alerts.suppressing import concerned_staff
from risk.frames import base
from risk.rules.models import Rule

# What ended longer ago is in the audit trail.
KEPT = timedelta(days=366)


def parts(day: date) -> dict[str, Q]:
    """Suppressions by where they stand on a day: to be decided, approved and not over, and over (refused, ended, run out)."""
    over = Q(expires_on__lt=day)
    return {
        "asked": Q(state=Suppression.State.ASKED) & ~over,
        "approved": Q(state=Suppression.State.APPROVED) & ~over,
        "over": Q(state__in=(Suppression.State.REFUSED, Suppression.State.ENDED)) | over,
    }


def visible_suppressions(user: User) -> QuerySet[Suppression]:
    """Those that reach no further than the units whose alerts the person sees, without those that concern them; of the last year."""
    found = Suppression.objects.filter(_within([window.path for window in windows(user, "alert") if not window.reach.verified_only]))
    found = found.filter(expires_on__gte=today() - KEPT)
    if not user.staff_no:
        return found
    about_somebody = found.exclude(subject_code="")
    return found.exclude(pk__in=[one.pk for one in about_somebody if user.staff_no in concerned_staff(one)])


def _within(paths: Collection[str]) -> Q:
    """Of the whole detachment for who sees all of it; else limited to units below one of the paths."""
    if any(len(path) == Unit.steplen for path in paths):
        return Q()
    reached = Q(pk__in=())
    for path in paths:
        reached |= Q(unit__path__startswith=path)
    return reached


def visible_suppression(user: User, number: str) -> Suppression:
    """Raises NotFound alike for an unknown one and one that the person must not know of."""
    found = (
        visible_suppressions(user)
        .filter(number=number)
        .select_related("rule", "unit", "owner", "asked_by", "decided_by", "ended_by")
        .first()
    )
    if found is None:
        raise NotFound(_("There is no suppression %(number)s that you may see.") % {"number": number})
    return found


def held_hits(user: User, suppression: Suppression) -> QuerySet[Hit]:
    """The live hits that raise no alert because of it, newest day first, without those whose alert the person would be recused from."""
    hits = suppression.hits.filter(live=True)
    if user.staff_no:
        hits = hits.exclude(pk__in=_hidden(user.staff_no, hits))
    return hits.select_related("rule", "rule_version").order_by("-day", "-id")


def _hidden(staff_no: str, hits: QuerySet[Hit]) -> list[int]:
    """Ids of the hits about subjects that concern the staff member, judged as the alert of these hits would be."""
    by_subject: dict[tuple[int, str], list[Hit]] = {}
    for hit in hits.only("rule_id", "subject_kind", "subject_code", "day", "evidence"):
        by_subject.setdefault((hit.rule_id, hit.subject_code), []).append(hit)
    frames = dict(Rule.objects.filter(pk__in={rule for rule, _code in by_subject}).values_list("pk", "frame"))
    hidden = []
    for (rule, code), of_subject in by_subject.items():
        kind = of_subject[0].subject_kind
        people: set[str] = set()
        if kind in BEHIND:
            facts = base(frames[rule]).facts({number for hit in of_subject for number in hit.evidence})
            people = {number for one in facts.values() for number in one.people}
        days = [hit.day for hit in of_subject]
        if staff_no in recused_staff(subject_kind=kind, subject_code=code, first_day=min(days), last_day=max(days), people=people):
            hidden += [hit.pk for hit in of_subject]
    return hidden
