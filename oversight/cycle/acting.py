"""The frame of every act on a task: lock it, ask the table, turn the status, write the entry. Inside the caller's transaction."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import Conflict, NotAllowed
from ledger.roster.accounts import User
from oversight.cases.people import Person
from oversight.cycle.models import Task, TaskEntry
from oversight.cycle.queries import visible_task
from oversight.cycle.states import TABLE
from oversight.cycle.words import DONE

REVIEWS = ("accept", "return")
TURNS = ("submitted", "accepted", "returned")


def begin(act: str, number: str, actor: User) -> tuple[Task, str | None]:
    """The locked task, and the status the act leads to (None: it stays).

    Raises NotFound for a task the actor does not see, Conflict where it is not (or no longer) there, NotAllowed for the wrong person.
    """
    seen = visible_task(actor, number)
    task = Task.objects.select_for_update(of=("self",)).select_related("round", "unit").get(pk=seen.pk)
    move = TABLE.move(act, task.status)
    if move is None:
        raise _taken(task)
    person = Person.of(actor)
    if not move.who(person, task):
        raise _refused(act, person, task)
    return task, move.to


def _refused(act: str, person: Person, task: Task) -> NotAllowed:
    if act in REVIEWS and person.pk == task.submitted_by_id:
        return NotAllowed(_("Somebody else must review this: you submitted it."))
    if not person.officer and act != "draft":
        return NotAllowed(_("Auxiliaries and employees enter; an officer submits and reviews."))
    if act in REVIEWS:
        return NotAllowed(_("An officer of the unit above, or a supervisor, reviews this."))
    return NotAllowed(_("Only a leader or officer of the unit %(unit)s does this.") % {"unit": task.unit.name})


def _taken(task: Task) -> Conflict:
    """Somebody was faster: who, what and when."""
    last = task.entries.select_related("actor").filter(kind__in=TURNS).order_by("id").last()
    if last is None:
        return Conflict(_("The task %(number)s is still being filled in.") % {"number": task.number})
    return Conflict(
        _("This task was already %(act)s by %(name)s at %(time)s; your action was not written.")
        % {"act": DONE[last.kind], "name": str(last.actor), "time": f"{last.at.astimezone(SHANGHAI):%m-%d %H:%M}"}
    )


def write(
    task: Task, kind: str, actor: User, address: str = "", *, to: str | None = None, changes: dict[str, Any] | None = None, **data: Any
) -> TaskEntry:
    """Turn the task (to a status, with other changes), and write down what happened, here and in the audit trail."""
    before, values = task.status, (changes or {}) | ({"status": to} if to else {})
    for name, value in values.items():
        setattr(task, name, value)
    if values:
        task.save(update_fields=list(values))
    moved = {"from": before, "to": to} if to else {}
    entry = TaskEntry.objects.create(task=task, kind=kind, at=timezone.now(), actor=actor, data=moved | data)
    record(f"cycle.{kind}", actor=actor, target=task.number, address=address, unit=task.unit.code)
    return entry
