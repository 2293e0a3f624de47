"""What the clock does to orders: 临期 and 超期 are entered once for each term."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from oversight.cases.clocks import SOON
from oversight.orders.acting import write
from oversight.orders.clocks import RUNNING_UNTIL, running
from oversight.orders.models import Order, Sending, TermMark

# What was sent of a file is removed from the disk after a day (oversight.intake.incoming); the row that knows of it goes after that.
FORGOTTEN = timedelta(days=2)


def remind_due(*, now: datetime | None = None) -> int:
    """Enter every term that has come near its end or ended since the last stroke; how many. May run twice, or twice at once."""
    now = now or timezone.now()
    Sending.objects.filter(begun_at__lt=now - FORGOTTEN).delete()
    near = Order.objects.annotate(term_end=RUNNING_UNTIL).filter(term_end__lte=now + SOON).prefetch_related("marks")
    return sum(_mark(order.pk, now) for order in near.order_by("pk") if _unmarked(order, now))


def _unmarked(order: Order, now: datetime) -> bool:
    run = running(order, now)
    if run is None or run.state is None:
        return False
    return (run.clock, run.state, run.due_at) not in {(mark.clock, mark.state, mark.due_at) for mark in order.marks.all()}


@transaction.atomic
def _mark(order_id: int, now: datetime) -> bool:
    order = Order.objects.select_for_update(of=("self",)).select_related("case").get(pk=order_id)
    run = running(order, now)
    if run is None or run.state is None:
        return False
    _one, new = TermMark.objects.get_or_create(order=order, clock=run.clock, state=run.state, due_at=run.due_at, defaults={"at": now})
    if new:
        write(order, f"order.{run.state}", None, clock=run.clock.value, due_at=run.due_at.isoformat())
    return new
