"""提级: the one way an escalation comes into being, by the policy or by hand, inside the transaction that holds the case."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.roster.accounts import User
from ledger.roster.models import Unit
from oversight.cases.escalations.models import Escalation
from oversight.cases.facts import LANGUAGE
from oversight.cases.models import Case, CaseEntry, Layer, Party
from oversight.cases.policy.reading import Policy, Step
from oversight.cases.policy.terms import Terms
from oversight.cases.record import enter
from risk.alerts.numbers import random_number

Reason = Escalation.Reason
# Entered of a case that goes on; by nobody, because what it had ended came back.
REOPENED = "case.reopened"
_URGENCY = {"red": Escalation.Urgency.PRESSING, "orange": Escalation.Urgency.URGENT}
_TOP = Step(1, 0, Layer.COMMITTEE.value, Unit.Kind.DETACHMENT.value, "")


def raise_on_dispatch(case: Case, now: datetime) -> None:
    """What the policy raises without anybody being late: by the level, and by the subject's n-th case within its days."""
    policy = Policy.kept(case.policy)
    step = policy.steps[0] if policy.steps else _TOP
    with translation.override(LANGUAGE):
        if policy.at_once:
            raise_by_policy(case, Reason.LEVEL, "level", step, _("A case of this level is supervised from above at once."), now)
        _raise_repeated(case, policy, step, now)


def raise_on_relapse(case: Case, now: datetime) -> None:
    """What had been ended came back, which counts like another case on the subject. Of a sealed case the clock raises nothing."""
    policy = Policy.kept(case.policy)
    if not case.sealed:
        _raise_repeated(case, policy, policy.steps[0] if policy.steps else _TOP, now)


def _raise_repeated(case: Case, policy: Policy, step: Step, now: datetime) -> None:
    cases, relapses = times_of_subject(case, now - timedelta(days=policy.repeat_days), among=Case.objects.all())
    if not policy.repeats or cases + relapses < policy.repeats:
        return
    with translation.override(LANGUAGE):
        grounds = repeated_text(cases, relapses, policy.repeat_days)
    raise_by_policy(case, Reason.REPETITION, "repetition", step, grounds, now)


def repeated_text(cases: int, relapses: int, days: int) -> str:
    """How often a subject had a case within so many days, and how often one came back."""
    told = {"number": cases, "relapses": relapses, "days": days}
    if relapses:
        return _("%(number)d cases and %(relapses)d relapses on the same subject within %(days)d days.") % told
    return _("Case %(number)d on the same subject within %(days)d days.") % told


def late_text(late: Sequence[Party]) -> str:
    """Who is late; the parties with their units."""
    return _("Late: %(units)s.") % {"units": _(", ").join(f"{party.get_part_display()} {party.unit.name}" for party in late)}


def fence(case: Case, name: str) -> str:
    """Under what a step of that name is written down once; a case that was reopened goes its steps anew."""
    return f"{name}:{case.reopened}" if case.reopened else name


def raise_by_policy(case: Case, reason: str, name: str, step: Step, grounds: str, now: datetime) -> Escalation | None:
    """Raise the locked case by a step of its policy; None where that step was taken before, by whichever clock or worker."""
    once = fence(case, name)
    if Escalation.objects.filter(case=case, step=once).exists():
        return None
    unit = target(case, step)
    return create(case, reason=reason, once=once, layer=step.to_layer, unit=unit, grounds=grounds, addressee=step.addressee, now=now)


def create(
    case: Case,
    *,
    reason: str,
    layer: str,
    unit: Unit,
    grounds: str,
    now: datetime | None = None,
    once: str = "",
    addressee: str = "",
    requirement: str = "",
    actor: User | None = None,
    actor_layer: str = "",
    address: str = "",
) -> Escalation:
    """The escalation and its entry. `once` is its fence; empty: raised by hand, which may happen again."""
    now = now or timezone.now()
    number = random_number("DB", now)
    from_layer, from_unit = stands_at(case)
    made = Escalation.objects.create(
        number=number,
        case=case,
        reason=reason,
        step=once or number,
        urgency=_URGENCY.get(case.level, Escalation.Urgency.NORMAL),
        from_layer=from_layer,
        from_unit=from_unit,
        to_layer=layer,
        to_unit=unit,
        addressee=addressee,
        grounds=grounds,
        requirement=requirement,
        due_at=Terms(now).end(Policy.kept(case.policy).feedback, unit),
        raised_by=actor,
        raised_at=now,
    )
    told = {"reason": reason, "to_unit": unit.name, "grounds": grounds}
    by = actor_layer if actor is not None else layer
    enter(case, "escalation.raised", actor=actor, about=number, layer=by, address=address, after=made.status, **told)
    return made


def target(case: Case, step: Step) -> Unit:
    """The unit a step leads to: the department or discipline party of the case, else the nearest of the kind at or above its unit, else
    the top of the tree."""
    part = {Unit.Kind.DEPARTMENT: Party.Part.DEPARTMENT, Unit.Kind.DISCIPLINE: Party.Part.DISCIPLINE}.get(Unit.Kind(step.to_kind))
    party = case.parties.filter(part=part).select_related("unit").first() if part else None
    if party is not None:
        return party.unit
    ladder = superiors(case.unit)
    return next((unit for unit in ladder if unit.kind == step.to_kind), ladder[-1])


def superiors(unit: Unit) -> list[Unit]:
    """The unit itself and its business superiors, nearest first."""
    paths = [unit.path[:end] for end in range(Unit.steplen, len(unit.path) + 1, Unit.steplen)]
    return list(Unit.objects.filter(path__in=paths).order_by("-depth"))


def stands_at(case: Case) -> tuple[str, Unit]:
    """Who stands over the case until now: where it was last raised to, else its lead unit."""
    last = case.escalations.order_by("-id").select_related("to_unit").first()
    if last is not None:
        return last.to_layer, last.to_unit
    lead = case.parties.filter(part=Party.Part.LEAD).select_related("unit").first()
    return (lead.layer, lead.unit) if lead else (Layer.UNIT.value, case.unit)


def times_of_subject(case: Case, since: datetime, *, among: QuerySet[Case]) -> tuple[int, int]:
    """How many of these cases are on its subject and were opened since then, and how often one came back. Those of which nothing was
    found to be true do not count."""
    same = among.filter(subject_kind=case.subject_kind, subject_code=case.subject_code)
    same = same.exclude(status__in=(Case.Status.ASKED, Case.Status.RETURNED)).exclude(outcome=Case.Outcome.UNFOUNDED)
    relapses = CaseEntry.objects.filter(case__in=same, kind=REOPENED, actor=None, at__gte=since)
    return same.filter(opened_at__gte=since).count(), relapses.count()
