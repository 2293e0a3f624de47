"""What the clock enters in the record of a case: 临期 and 超期 of parties, escalations and of who is to approve the dispatch, once
for each term; the bell tells of it."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from oversight.cases.clocks import CLOCKS, running
from oversight.cases.escalations.models import Escalation
from oversight.cases.lists import dispatches_asked
from oversight.cases.models import Case
from oversight.cases.record import enter
from oversight.cases.running import handled, raised, undecided, with_terms, without_given
from oversight.cases.states import ALIVE, Status

PARTY_SOON, PARTY_OVERDUE = (f"party.{clock}" for clock in ("soon", "overdue"))
ESCALATION_SOON, ESCALATION_OVERDUE = (f"escalation.{clock}" for clock in ("soon", "overdue"))
DISPATCH_SOON, DISPATCH_OVERDUE = (f"dispatch.{clock}" for clock in ("soon", "overdue"))
KINDS = (DISPATCH_SOON, DISPATCH_OVERDUE, PARTY_SOON, PARTY_OVERDUE, ESCALATION_SOON, ESCALATION_OVERDUE)


@dataclass(frozen=True)
class Mark:
    """That the term of a party, an escalation or a decision is near its end or over."""

    kind: str
    about: str
    due_at: datetime
    told: dict[str, str] = field(default_factory=dict, compare=False)


def remind_due(*, now: datetime | None = None) -> int:
    """Enter every term that has come near its end or ended since the last stroke; how many. May run twice, or twice at once. Of a sealed
    case nobody is told; what parties were given to do beside has marks of its own."""
    now = now or timezone.now()
    standing = Q()
    for clock in CLOCKS:
        standing |= handled(clock, now) | undecided(clock, now) | Q(raised(clock, now), status__in=ALIVE)
    return sum(_enter(case.pk, now) for case in Case.objects.filter(standing, sealed=False).order_by("pk") if _unmarked(case, now))


@transaction.atomic
def _enter(pk: int, now: datetime) -> int:
    case = Case.objects.select_for_update(of=("self",)).get(pk=pk)
    marks = _unmarked(case, now)
    for mark in marks:
        enter(case, mark.kind, actor=None, about=mark.about, due_at=mark.due_at.isoformat(), **mark.told)
    return len(marks)


def _unmarked(case: Case, now: datetime) -> list[Mark]:
    entries = case.entries.filter(kind__in=KINDS).values_list("kind", "about", "data__due_at")
    had = {(kind, about, datetime.fromisoformat(due)) for kind, about, due in entries}
    return [mark for mark in _marks(case, now) if (mark.kind, mark.about, mark.due_at) not in had]


def _marks(case: Case, now: datetime) -> list[Mark]:
    """How the terms stand that run in the case, as far as they press."""
    if case.sealed:
        return []
    marks = []
    asked = dispatches_asked([case]).get(case.number)
    if asked is not None and asked.due_at is not None:
        state = running(asked.due_at, begun_at=asked.asked_at, now=now).state
        marks.append(Mark(f"dispatch.{state}", case.number, asked.due_at))
    if case.status == Status.HANDLING:
        for party in without_given(with_terms(case.parties.all())).select_related("unit").order_by("place"):
            party.case = case
            if party.term_end is not None:
                state = running(party.term_end, begun_at=party.term_begun, now=now).state
                marks.append(Mark(f"party.{state}", party.about, party.term_end, {"unit": party.unit.name, "part": party.part}))
    for one in case.escalations.exclude(status=Escalation.Status.FINISHED).order_by("id"):
        state = running(one.due_at, begun_at=one.raised_at, now=now).state
        marks.append(Mark(f"escalation.{state}", one.number, one.due_at))
    return [mark for mark in marks if mark.kind in KINDS]
