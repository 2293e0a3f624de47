"""Which term of an order runs, how near its end is, and how people say it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, DateTimeField, F, Q, When
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from oversight.cases import clocks
from oversight.center.presenters.times import Deadline, short_time
from oversight.orders.models import Order, TermMark
from oversight.orders.states import first_report_wanted

Clock, State = TermMark.Clock, TermMark.State
S = Order.Status
_FIRST_WANTED = Q(first_due_at__isnull=False, first_reported_at=None)
# The end of the term that runs, for the database: the same as `running`.
RUNNING_UNTIL = Case(
    When(status=S.ISSUED, then=F("sign_due_at")),
    When(_FIRST_WANTED, status__in=Order.AT_WORK, then=F("first_due_at")),
    When(status__in=Order.AT_WORK, then=F("due_at")),
    output_field=DateTimeField(),
)


@dataclass(frozen=True)
class Running:
    """The term that runs. `state` None: its end is not near."""

    clock: TermMark.Clock
    due_at: datetime
    state: TermMark.State | None


def running(order: Order, now: datetime) -> Running | None:
    """None while the unit has nothing to do: its answer is being looked at, or the order has ended."""
    if order.status == S.ISSUED:
        clock, due = Clock.SIGN, order.sign_due_at
    elif order.status not in Order.AT_WORK:
        return None
    elif first_report_wanted(order) and order.first_due_at is not None:
        clock, due = Clock.FIRST, order.first_due_at
    else:
        clock, due = Clock.FINAL, order.due_at
    if due <= now:
        return Running(clock, due, State.OVERDUE)
    return Running(clock, due, State.SOON if clocks.soon_at(order.issued_at, due) <= now else None)


def deadline(order: Order, now: datetime) -> Deadline | None:
    """In speech, with the exact time beside it; None for an order that was withdrawn."""
    run = running(order, now)
    if run is not None:
        return clocks.running(run.due_at, begun_at=order.issued_at, now=now)
    if order.status == S.WITHDRAWN:
        return None
    if order.status == S.CLOSED:
        text = _("done overdue") if order.late else _("done in time")
    else:
        text = pgettext("order", "answered overdue") if order.late else pgettext("order", "answered in time")
    return Deadline("done", text, short_time(order.answered_at, now) if order.answered_at else "")


def clock_name(order: Order, now: datetime) -> str:
    """What the term that runs is for; empty where none runs."""
    run = running(order, now)
    return str(run.clock.label) if run else ""
