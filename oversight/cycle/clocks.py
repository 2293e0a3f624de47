"""How near the end of its term a task is, as people say it."""

from datetime import datetime

from django.utils.translation import gettext as _

from oversight.cases.clocks import running
from oversight.center.presenters.times import Deadline, short_time
from oversight.cycle.models import Task


def deadline(task: Task, now: datetime) -> Deadline:
    """Running while the unit works on it, else whether it came in time."""
    if task.status not in Task.AT_WORK:
        exact = short_time(task.submitted_at, now) if task.submitted_at else ""
        return Deadline("done", _("submitted overdue") if task.late else _("submitted in time"), exact)
    return running(task.due_at, begun_at=task.round.opened_at, now=now)
