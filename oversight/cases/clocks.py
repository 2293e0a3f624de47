"""正常 / 临期 / 超期 / 按期办结 / 超期办结: how whoever has a term stands to it, in words with the exact time, and for the database.

The one source for cases, their parties, escalations and approvals, and for orders and tasks of the cycle.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Approval, Party
from oversight.center.presenters.times import Deadline, left, overdue, short_time

# 临期: the last quarter of a term, a day at most.
SOON, SOON_PART = timedelta(days=1), 4
# The clocks a list can be cut by, the most pressing first.
CLOCKS: dict[str, Promise] = {"overdue": pgettext_lazy("clock", "Overdue"), "soon": pgettext_lazy("clock", "Due soon")}


def soon_at(begun_at: datetime, due_at: datetime) -> datetime:
    """From when on a term is 临期."""
    return due_at - min(SOON, (due_at - begun_at) / SOON_PART)


def running(due_at: datetime, *, begun_at: datetime, now: datetime) -> Deadline:
    """How a term that runs stands."""
    rest, exact = due_at - now, short_time(due_at, now)
    if rest <= timedelta(0):
        return Deadline("overdue", overdue(-rest), exact, due_at)
    return Deadline("soon" if soon_at(begun_at, due_at) <= now else "normal", left(rest), exact, due_at)


def clock(due_at: datetime, *, begun_at: datetime, ended_at: datetime | None = None, now: datetime | None = None) -> Deadline:
    """How a term that began and ends at these moments stands; `ended_at`: when what it was for was done."""
    now = now or timezone.now()
    if ended_at is None:
        return running(due_at, begun_at=begun_at, now=now)
    return Deadline("done", _("done in time") if ended_at <= due_at else _("done overdue"), short_time(due_at, now))


def ending(state: str, *, due: str, begun: str, now: datetime) -> Q:
    """Rows whose running term is in that one of CLOCKS, as `running` says it; `due` and `begun` name the columns."""
    if state == "overdue":
        return Q(**{f"{due}__lte": now})
    # A quarter of the term or less is left: what is left, three times, fits into what is over.
    rest: Any = F(due) - Value(now)
    last_quarter = LessThanOrEqual(F(begun) + rest + rest + rest, Value(now))
    return Q(**{f"{due}__gt": now, f"{due}__lte": now + SOON}) & Q(last_quarter)


def clock_links(counts: Mapping[str, int], chosen: str, address: Callable[[str], str]) -> list[dict[str, Any]]:
    """The buttons of cases/_clocks.html: [{state, label, count, url, active}]; `address` gives that of the list under a clock, or none."""
    told = ((state, label, state == chosen) for state, label in CLOCKS.items())
    return [
        {"state": state, "label": label, "count": counts[state], "url": address("" if active else state), "active": active}
        for state, label, active in told
    ]


def party_clock(party: Party, now: datetime | None = None) -> Deadline | None:
    """Of a party as oversight.cases.running gives it; None while others look at what it has answered."""
    if party.term_end is not None:
        return clock(party.term_end, begun_at=party.term_begun, now=now)
    return clock(party.due_at, begun_at=party.term_begun, ended_at=party.done_at, now=now) if party.done_at else None


def first_to_end(parties: Iterable[Party]) -> Party | None:
    """The party whose term ends first, of those for whom one runs."""
    ends = [(party.term_end, party.pk, party) for party in parties if party.term_end is not None]
    return min(ends)[2] if ends else None


def next_clock(parties: Iterable[Party], now: datetime | None = None) -> Deadline | None:
    """The term of a case that ends first, of those still running; None where none runs."""
    first = first_to_end(parties)
    return party_clock(first, now) if first else None


def escalation_clock(escalation: Escalation, now: datetime | None = None) -> Deadline:
    return clock(escalation.due_at, begun_at=escalation.raised_at, ended_at=escalation.finished_at, now=now)


def approval_clock(approval: Approval | None, now: datetime | None = None) -> Deadline | None:
    """None where nothing waits, or what waits has no term; nor has what lapsed, which nobody decided."""
    if approval is None or approval.due_at is None or approval.state == Approval.State.LAPSED:
        return None
    return clock(approval.due_at, begun_at=approval.asked_at, ended_at=approval.decided_at, now=now)
