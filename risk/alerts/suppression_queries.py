"""Reading suppressions: those a person may know of, in parts, and the hits each keeps from raising an alert."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.kit.errors import NotFound
from ledger.roster.accounts import User
from ledger.roster.models import Unit
from ledger.roster.rights import windows
from risk.alerts.models import Hit, Suppression
from risk.alerts.recusal import BY_EVIDENCE, possibly_recused_from, recused_staff
from risk.alerts.suppressing import concerned_staff
from risk.frames import base

# What ended longer ago is in the audit trail.
KEPT = timedelta(days=366)
Held = tuple[int, int, str]  # suppression, rule, code of the subject


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
    near = found.filter(_about(possibly_recused_from(user.staff_no)))
    return found.exclude(pk__in=[one.pk for one in near if user.staff_no in concerned_staff(one)])


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


def held_counts(user: User, suppressions: Collection[Suppression]) -> Counter[int]:
    """How many hits `held_hits` lists for each of the suppressions, by its primary key."""
    hits = Hit.objects.filter(suppression__in=[one.pk for one in suppressions], live=True)
    counts = Counter(dict(hits.order_by().values_list("suppression").annotate(Count("pk"))))
    if user.staff_no:
        counts.subtract(Counter(_hidden(user.staff_no, hits).values()))
    return counts


def _hidden(staff_no: str, hits: QuerySet[Hit]) -> dict[int, int]:
    """The hits about subjects that concern the staff member, judged as the alert of these hits would be: suppression by id of the hit.

    However many subjects there are, the number of queries depends on those alone that may concern the staff member.
    """
    hidden = _recused(staff_no, hits) | _handled(staff_no, hits.filter(subject_kind__in=BY_EVIDENCE))
    if not hidden:
        return {}
    rules, codes = {rule for _by, rule, _code in hidden}, {code for _by, _rule, code in hidden}
    found = hits.order_by().filter(rule__in=rules, subject_code__in=codes).values_list("pk", "suppression", "rule", "subject_code")
    return {pk: by for pk, by, rule, code in found if (by, rule, code) in hidden}


def _recused(staff_no: str, hits: QuerySet[Hit]) -> set[Held]:
    """By the roster of the days of the hits, or a declared relation."""
    near = hits.order_by().filter(_about(possibly_recused_from(staff_no)))
    spans = near.values_list("suppression", "rule", "subject_kind", "subject_code").annotate(Min("day"), Max("day"))
    return {
        (by, rule, code)
        for by, rule, kind, code, first, last in spans
        if staff_no in recused_staff(subject_kind=kind, subject_code=code, first_day=first, last_day=last, people=())
    }


def _handled(staff_no: str, hits: QuerySet[Hit]) -> set[Held]:
    """By rows of the evidence."""
    behind: dict[str, list[tuple[Held, list[int]]]] = {}
    for by, rule, code, frame, evidence in hits.order_by().values_list("suppression", "rule", "subject_code", "rule__frame", "evidence"):
        behind.setdefault(frame, []).append(((by, rule, code), evidence))
    found = set[Held]()
    for frame, held in behind.items():
        own = base(frame).handled_by({number for _held, evidence in held for number in evidence}, staff_no)
        found |= {one for one, evidence in held if not own.isdisjoint(evidence)}
    return found


def _about(codes: Mapping[str, Collection[str]]) -> Q:
    """Of suppressions or hits: those about one of the subjects, given by kind."""
    found = Q(pk__in=())
    for kind, of_kind in codes.items():
        found |= Q(subject_kind=kind, subject_code__in=of_kind)
    return found
