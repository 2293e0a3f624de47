"""超期提级: what the policy of a case asks for once a party's term is over; each step once, however often the clock asks."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation

from oversight.cases.escalations.raising import Reason, late_text, raise_by_policy
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
    due = [step for step in Policy.kept(locked.policy).steps if ends and min(ends) + timedelta(hours=step.after_hours) <= now]
    return sum(_raise(locked, step, late, now) for step in due)


def _raise(case: Case, step: Step, late: list[Party], now: datetime) -> bool:
    with translation.override(LANGUAGE):
        grounds = late_text(late)
    return raise_by_policy(case, Reason.DEADLINE, f"deadline:{step.number}", step, grounds[:1_000], now) is not None
