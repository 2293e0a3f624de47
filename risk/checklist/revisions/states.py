"""What may be done with a revision, when, and by whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ledger.kit.moves import Move, Table
from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from ledger.roster.rights import active_grants
from risk.checklist.revisions.models import Revision

EDITORS = frozenset({Role.CHECKLIST_ADMIN})
PUBLISHERS = frozenset({Role.CHECKLIST_ADMIN, Role.LEADER})
EDITING, SUBMITTED = Revision.Status.EDITING.value, Revision.Status.SUBMITTED.value
PUBLISHED, DISCARDED = Revision.Status.PUBLISHED.value, Revision.Status.DISCARDED.value


class Act(StrEnum):
    CHANGE = "change"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    RETURN = "return"
    PUBLISH = "publish"
    DISCARD = "discard"


@dataclass(frozen=True)
class Person:
    """Somebody before a revision: what their roles over the whole detachment let them do."""

    pk: int
    edits: bool
    decides: bool

    @classmethod
    def of(cls, user: User) -> "Person":
        return cls(user.pk, edits(user), _holds(user, PUBLISHERS))


@dataclass(frozen=True)
class Standing:
    """A revision as the table asks for it: status, everybody who had a hand in it, whether its content is that of an older version."""

    status: str
    hands: frozenset[int]
    rolls_back: bool = False


def edits(user: User) -> bool:
    """Whether this person edits the checklist: an officer who administers it for the whole detachment."""
    return _holds(user, EDITORS)


def _holds(user: User, roles: Iterable[Role]) -> bool:
    if user.staff is not None and user.staff.kind != "officer":
        return False
    return any(Role(grant.role) in roles and len(grant.unit.path) == Unit.steplen for grant in active_grants(user))


def _editor(person: Person, standing: Standing) -> bool:
    return person.edits


def _changer(person: Person, standing: Standing) -> bool:
    return person.edits and not standing.rolls_back


def _another(person: Person, standing: Standing) -> bool:
    return person.decides and person.pk not in standing.hands


TABLE: Table[Person, Standing] = Table(
    (Act.CHANGE, (EDITING,), Move(None, _changer)),
    (Act.SUBMIT, (EDITING,), Move(SUBMITTED, _editor)),
    (Act.DISCARD, (EDITING,), Move(DISCARDED, _editor)),
    (Act.WITHDRAW, (SUBMITTED,), Move(EDITING, _editor)),
    (Act.RETURN, (SUBMITTED,), Move(EDITING, _another)),
    (Act.PUBLISH, (SUBMITTED,), Move(PUBLISHED, _another)),
)
