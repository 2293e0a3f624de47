"""The cycle as lines of the workbench: what waits to be filled in, to be reviewed, to be decided."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ledger.roster.accounts import Role
from oversight.cases.people import Person
from oversight.center.presenters.times import full_time, short_time
from oversight.center.requests import line
from oversight.cycle.clocks import deadline
from oversight.cycle.lists import Wanted
from oversight.cycle.models import Proposal, Task
from oversight.cycle.queries import visible_proposals, visible_tasks
from oversight.cycle.states import TABLE, UNIT
from oversight.cycle.words import STATUS_MARKS, title_of
from oversight.viewer import Viewer

Line = dict[str, Any]
MOST = 500
ROLES = frozenset({*UNIT, Role.SUPERVISOR})


def tasks_to_do(viewer: Viewer) -> list[Line]:
    """A line for each task to fill in; one for each round of which tasks wait for a review, since they may be many."""
    if not viewer.roles & ROLES:
        return []
    own = [grant.unit_id for grant in viewer.grants if grant.role in UNIT]
    wanted = Q(status=Task.Status.SUBMITTED) | Q(status__in=Task.AT_WORK, unit__in=own)
    found = visible_tasks(viewer.user, viewer.grants).filter(wanted).select_related("unit", "round").order_by("pk")[:MOST]
    person = Person.of(viewer.user, viewer.grants)
    lines: list[Line] = []
    reviews: dict[int, list[Task]] = {}
    for task in found:
        possible = TABLE.possible(person, task)
        if "draft" in possible:
            lines.append(_to_fill(task))
        elif "accept" in possible:
            reviews.setdefault(task.round_id, []).append(task)
    return [*lines, *(_to_review(tasks) for tasks in reviews.values())]


def _to_fill(task: Task) -> Line:
    now = timezone.now()
    returned = task.status == Task.Status.RETURNED
    kind = pgettext("cycle to do", "Check returned") if returned else pgettext("cycle to do", "Check to be filled in")
    told = line(
        kind,
        title_of(task.round),
        task.unit.name,
        task.due_at,
        mark=STATUS_MARKS[Task.Status(task.status)],
        label=str(task.get_status_display()),
        url=reverse("cycle:fill", args=[task.number]),
        deadline=deadline(task, now),
    )
    return told | {"time": short_time(task.due_at, now), "time_full": full_time(task.due_at)}


def _to_review(tasks: list[Task]) -> Line:
    first = tasks[0]
    url = reverse("cycle:task", args=[first.number]) if len(tasks) == 1 else Wanted(first.round_id, "submitted").url()
    units = first.unit.name
    if len(tasks) > 1:
        units = ngettext("%(number)d unit", "%(number)d units", len(tasks)) % {"number": len(tasks)}
    since = min(task.submitted_at for task in tasks if task.submitted_at is not None)
    status = Task.Status.SUBMITTED
    kind = pgettext("cycle to do", "Check to be reviewed")
    return line(kind, title_of(first.round), units, since, mark=STATUS_MARKS[status], label=str(status.label), url=url)


def proposals_to_decide(viewer: Viewer) -> list[Line]:
    """One line for all proposals that wait, for who administers the checklist."""
    if Role.CHECKLIST_ADMIN not in viewer.roles:
        return []
    waiting = list(visible_proposals(viewer.user, viewer.grants).filter(state=Proposal.State.OPEN).order_by("pk")[:MOST])
    if not waiting:
        return []
    number = ngettext("%(number)d proposal", "%(number)d proposals", len(waiting)) % {"number": len(waiting)}
    told = {"mark": "pending", "label": str(Proposal.State.OPEN.label), "url": reverse("cycle:proposals")}
    return [line(_("Proposals for the checklist"), number, "", waiting[0].proposed_at, **told)]
