"""正常 / 临期 / 超期 / 按期 / 超期完成: how a party, an escalation or a whole case stands to its term, in words with the exact time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Party
from oversight.center.presenters.times import Deadline, left, overdue, short_time

# 临期: the last quarter of a term, a day at most.
SOON_PART, SOON_MOST = 4, timedelta(days=1)


def clock(due_at: datetime, *, begun_at: datetime, ended_at: datetime | None = None, now: datetime | None = None) -> Deadline:
    """How a term that began and ends at these moments stands; `ended_at`: when what it was for was done."""
    now = now or timezone.now()
    exact = short_time(due_at, now)
    if ended_at is not None:
        return Deadline("done", _("done in time") if ended_at <= due_at else _("done overdue"), exact)
    rest = due_at - now
    if rest <= timedelta(0):
        return Deadline("overdue", overdue(-rest), exact)
    soon = rest <= min((due_at - begun_at) / SOON_PART, SOON_MOST)
    return Deadline("soon" if soon else "normal", left(rest), exact)


def party_clock(party: Party, begun_at: datetime, now: datetime | None = None) -> Deadline | None:
    """Of a party as oversight.cases.running gives it; None while others look at what it has answered."""
    if party.term_end is not None:
        return clock(party.term_end, begun_at=begun_at, now=now)
    return clock(party.due_at, begun_at=begun_at, ended_at=party.done_at, now=now) if party.done_at else None


def first_to_end(parties: Iterable[Party]) -> Party | None:
    """The party whose term ends first, of those for whom one runs."""
    running = [(party.term_end, party.pk, party) for party in parties if party.term_end is not None]
    return min(running)[2] if running else None


def next_clock(parties: Iterable[Party], begun_at: datetime, now: datetime | None = None) -> Deadline | None:
    """The term of a case that ends first, of those still running; None where none runs."""
    first = first_to_end(parties)
    return party_clock(first, begun_at, now) if first else None


def escalation_clock(escalation: Escalation, now: datetime | None = None) -> Deadline:
    return clock(escalation.due_at, begun_at=escalation.raised_at, ended_at=escalation.finished_at, now=now)
