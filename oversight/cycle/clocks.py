"""How near the end of its term a task is, as people say it."""

from datetime import datetime

from django.utils.translation import gettext as _

from oversight.center.presenters.times import Deadline, left, overdue, short_time
from oversight.cycle.models import Task
from oversight.orders.terms import soon_at


def deadline(task: Task, now: datetime) -> Deadline:
    """Running while the unit works on it, else whether it came in time."""
    if task.status not in Task.AT_WORK:
        exact = short_time(task.submitted_at, now) if task.submitted_at else ""
        return Deadline("done", _("submitted overdue") if task.late else _("submitted in time"), exact)
    rest, exact = task.due_at - now, short_time(task.due_at, now)
    if task.due_at <= now:
        return Deadline("overdue", overdue(-rest), exact)
    return Deadline("soon" if soon_at(task.round.opened_at, task.due_at) <= now else "normal", left(rest), exact)
