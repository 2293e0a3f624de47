"""What may be done with a task of the cycle, where it leads and by whom: the one table that services ask and pages read."""

from ledger.kit.moves import Move, Table
from ledger.roster.accounts import Role
from oversight.cases.people import Person
from oversight.cycle.models import Task

S = Task.Status
# The side that fills in: of the unit itself, not of one above it.
UNIT = (Role.SQUAD_LEADER, Role.UNIT_OFFICER)


def of_the_unit(who: Person, task: Task) -> bool:
    """Auxiliaries and employees too: they enter, officers submit."""
    return any(role in UNIT and path == task.unit.path for role, path in who.grants)


def _submits(who: Person, task: Task) -> bool:
    return who.officer and of_the_unit(who, task)


def _above(who: Person, task: Task) -> bool:
    path = task.unit.path
    return any(role == Role.UNIT_OFFICER and path.startswith(held) and path != held for role, held in who.grants)


def _reviews(who: Person, task: Task) -> bool:
    """An officer of a unit above, or a supervisor over it; never who submitted it."""
    if not who.officer or who.pk == task.submitted_by_id:
        return False
    return _above(who, task) or who.holds(Role.SUPERVISOR, over=task.unit.path)


TABLE: Table[Person, Task] = Table(
    ("draft", Task.AT_WORK, Move(None, of_the_unit)),
    ("submit", Task.AT_WORK, Move(S.SUBMITTED, _submits)),
    ("accept", (S.SUBMITTED,), Move(S.ACCEPTED, _reviews)),
    ("return", (S.SUBMITTED,), Move(S.RETURNED, _reviews)),
)
