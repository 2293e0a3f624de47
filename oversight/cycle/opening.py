"""Opening a round: on the day of the calendar, each month, quarter and year once, with a task for every unit that has items."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ledger.kit.days import today
from ledger.kit.locks import hold
from ledger.kit.numbers import random_number
from oversight.cycle.assigning import items_by_unit
from oversight.cycle.models import Answer, Period, Round, Task, TaskEntry
from oversight.cycle.periods import Span, due_moment, opening_day, span_of
from oversight.cycle.terms import terms
from risk.checklist.models import ChecklistItem, ChecklistVersion
from risk.checklist.queries import version_at

Cadence = ChecklistItem.Cadence
# A clearance goes over everything, a month and a year over what is checked so often.
CADENCES = {Period.MONTH: (Cadence.MONTH,), Period.QUARTER: tuple(Cadence), Period.YEAR: (Cadence.YEAR,)}


def open_rounds(*, now: datetime | None = None) -> list[Round]:
    """The rounds whose day has come and that are not open yet. May run twice, or twice at once.

    One whose term would be over already (the platform was set up, or stood still, until then) is left out.
    """
    now = now or timezone.now()
    opened = (open_round(span=span_of(period, today(now)), now=now) for period in Period)
    return [one for one in opened if one is not None]


@transaction.atomic
def open_round(*, span: Span, now: datetime) -> Round | None:
    """Open the round of a span; None where it is open, before its day, past its term, and without a checklist or units to go through it."""
    if Round.objects.filter(period=span.period, first_day=span.first_day).exists() or today(now) < opening_day(span):
        return None
    due = due_moment(span, terms()[span.period].before_end)
    version = version_at(now)
    if version is None or now >= due:
        return None
    hold("cycle round")
    tasks = items_by_unit(_items(version, Period(span.period)), today(now))
    everybody = tasks if span.period != Period.YEAR else items_by_unit(version.items.all(), today(now))
    if not everybody or Round.objects.filter(period=span.period, first_day=span.first_day).exists():
        return None
    days = {"first_day": span.first_day, "last_day": span.last_day}
    made = Round.objects.create(period=span.period, version=version, opened_at=now, due_at=due, **days)
    numbered = (Task(number=random_number("QC", now), round=made, unit=unit, due_at=due) for unit in everybody)
    created = Task.objects.bulk_create(numbered)
    Answer.objects.bulk_create((Answer(task=task, item=item) for task in created for item in tasks.get(task.unit, ())), batch_size=1000)
    opened = {"to": Task.Status.OPEN.value}
    TaskEntry.objects.bulk_create(TaskEntry(task=task, kind="opened", at=now, data=opened) for task in created)
    return made


def _items(version: ChecklistVersion, period: Period) -> Iterable[ChecklistItem]:
    return version.items.filter(cadence__in=CADENCES[period]).order_by("place")
