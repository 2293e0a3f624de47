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


def running_until(party: Party) -> datetime:
    """The end of the term that runs for the party: to sign, then to report."""
    return party.sign_due_at if party.status == Party.Status.WAITING else party.due_at


def party_clock(party: Party, begun_at: datetime, now: datetime | None = None) -> Deadline:
    return clock(running_until(party), begun_at=begun_at, ended_at=party.done_at, now=now)


def next_clock(parties: Iterable[Party], begun_at: datetime, now: datetime | None = None) -> Deadline | None:
    """The term of a case that ends first, of those still running; None where every party is done."""
    running = [party for party in parties if party.status != Party.Status.DONE]
    return party_clock(min(running, key=running_until), begun_at, now) if running else None


def escalation_clock(escalation: Escalation, now: datetime | None = None) -> Deadline:
    return clock(escalation.due_at, begun_at=escalation.raised_at, ended_at=escalation.finished_at, now=now)
