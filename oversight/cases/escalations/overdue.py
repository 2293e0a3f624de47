"""超期提级: what the policy of a case asks for once a party's term is over; each step once, however often the clock asks."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from oversight.cases.escalations.raising import Reason, raise_by_policy
from oversight.cases.facts import LANGUAGE
from oversight.cases.models import Case, Party
from oversight.cases.policy.reading import Policy, Step


def late_parties(now: datetime) -> Q:
    """Parties that have not signed, or not reported, by the end of their term."""
    return Q(status=Party.Status.WAITING, sign_due_at__lte=now) | Q(status=Party.Status.SIGNED, due_at__lte=now)


def overdue_cases(now: datetime) -> QuerySet[Case]:
    """Cases being handled of which a party is late."""
    late = Party.objects.filter(late_parties(now), case=OuterRef("pk"))
    return Case.objects.filter(Exists(late), status=Case.Status.HANDLING)


def escalate_overdue(*, now: datetime | None = None) -> int:
    """Raise every overdue case by the steps that are due, each case in a transaction of its own; how many escalations were made.

    Of a sealed case no party knows, so none is late.
    """
    now = now or timezone.now()
    due = overdue_cases(now).filter(sealed=False).order_by("pk").values_list("pk", flat=True)
    return sum(_escalate(case, now) for case in list(due))


@transaction.atomic
def _escalate(pk: int, now: datetime) -> int:
    locked = overdue_cases(now).filter(pk=pk, sealed=False).select_for_update(of=("self",)).select_related("unit").first()
    if locked is None:
        return 0
    late = list(locked.parties.filter(late_parties(now)).select_related("unit").order_by("place"))
    since = min(_end(party) for party in late)
    made = 0
    for step in Policy.kept(locked.policy).steps:
        if since + timedelta(hours=step.after_hours) <= now:
            made += _raise(locked, step, late, now)
    return made


def _raise(case: Case, step: Step, late: list[Party], now: datetime) -> bool:
    with translation.override(LANGUAGE):
        units = _(", ").join(f"{party.get_part_display()} {party.unit.name}" for party in late)
        grounds = _("Late: %(units)s.") % {"units": units}
    return raise_by_policy(case, Reason.DEADLINE, f"deadline:{step.number}", step, grounds[:1_000], now) is not None


def _end(party: Party) -> datetime:
    return party.sign_due_at if party.status == Party.Status.WAITING else party.due_at
