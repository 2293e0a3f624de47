"""超期提级: what the policy of a case asks for once a party's term is over; each step once, however often the clock asks."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation

from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.raising import Reason, fence, late_text, raise_by_policy
from oversight.cases.facts import LANGUAGE
from oversight.cases.models import Case, Party
from oversight.cases.policy.reading import Policy, Step
from oversight.cases.running import late_parties, overdue


def escalate_overdue(*, now: datetime | None = None) -> int:
    """Raise every overdue case by the steps that are due, each case in a transaction of its own; how many escalations were made.

    Of a sealed case no party knows, so none is late.
    """
    now = now or timezone.now()
    due = Case.objects.filter(overdue(now), sealed=False).order_by("pk").values_list("pk", flat=True)
    return sum(_escalate(case, now) for case in list(due))


@transaction.atomic
def _escalate(pk: int, now: datetime) -> int:
    cases = Case.objects.select_for_update(of=("self",)).select_related("unit")
    locked = cases.filter(overdue(now), pk=pk, sealed=False).first()
    if locked is None:
        return 0
    late = list(late_parties(now).filter(case=locked).select_related("unit").order_by("place"))
    ends = [party.term_end for party in late if party.term_end is not None]
    step = _next_step(locked, now)
    if step is None or not ends or min(ends) + timedelta(hours=step.after_hours) > now:
        return 0
    return int(_raise(locked, step, late, now))


def _next_step(case: Case, now: datetime) -> Step | None:
    """The first step the case has not taken, while nothing speaks for waiting: who was asked before has the hours between the two steps to
    react, and who has taken the case in hand the term they have for it."""
    steps = Policy.kept(case.policy).steps
    taken = {one.step: one for one in case.escalations.filter(reason=Reason.DEADLINE)}
    for before, step in zip((None, *steps), steps, strict=False):
        if fence(case, _name(step)) in taken:
            continue
        asked = taken.get(fence(case, _name(before))) if before else None
        return None if before and asked and _may_react(asked, timedelta(hours=step.after_hours - before.after_hours), now) else step
    return None


def _may_react(asked: Escalation, between: timedelta, now: datetime) -> bool:
    in_hand = asked.status == Escalation.Status.SUPERVISED and asked.due_at > now
    return in_hand or asked.raised_at + between > now


def _name(step: Step) -> str:
    return f"deadline:{step.number}"


def _raise(case: Case, step: Step, late: list[Party], now: datetime) -> bool:
    with translation.override(LANGUAGE):
        grounds = late_text(late)
    return raise_by_policy(case, Reason.DEADLINE, _name(step), step, grounds[:1_000], now) is not None
