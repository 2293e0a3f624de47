"""What may become of a suspension, and by whom: reviewed, heard, decided and served; then accepted by others, lifted where it came from."""

from typing import Any

from ledger.kit.days import today
from ledger.kit.moves import Move, Table
from ledger.roster.accounts import Role
from oversight.cases.people import Person
from oversight.measures.suspensions.models import STANDING, Suspension
from oversight.measures.who import HANDLING, handles, leads, legal, proposed_it

Status = Suspension.Status
TEAM = 2


def accepts(person: Person, one: Suspension) -> bool:
    """验收: an officer with none of the parts in its deciding, once a round."""
    apart = person.pk not in one.hands and person.pk != one.decided_by_id and person.pk not in one.accepted_by
    return apart and person.may(*HANDLING, Role.UNIT_OFFICER, over=one.case.unit.path)


def refuses(person: Person, one: Suspension) -> bool:
    """Whoever may accept, and who accepted and sees better now."""
    return accepts(person, one) or (person.officer and person.pk in one.accepted_by)


def asks_to_extend(person: Person, one: Suspension) -> bool:
    return one.extending_by_id is None and handles(person, one)


def extends(person: Person, one: Suspension) -> bool:
    """The level that decided; never who asked for it."""
    return one.extending_by_id not in (None, person.pk) and leads(person, one)


def asks_to_revoke(person: Person, one: Suspension) -> bool:
    """Who carries it through, or a leader; one at a time."""
    return one.revoking_by_id is None and (handles(person, one) or person.may(Role.LEADER, over=one.case.unit.path))


def revokes(person: Person, one: Suspension) -> bool:
    """The level that decided; never who asked for it."""
    return one.revoking_by_id not in (None, person.pk) and leads(person, one)


def takes_objection(person: Person, one: Suspension) -> bool:
    """One at a time."""
    return one.objected_at is None and handles(person, one)


def answers(person: Person, one: Suspension) -> bool:
    """Who had no hand in the decision: another leader, or the discipline inspection."""
    apart = person.pk not in one.hands and person.pk != one.decided_by_id
    return one.objected_at is not None and apart and person.may(Role.LEADER, Role.DISCIPLINE, over=one.case.unit.path)


def asks_to_lift(person: Person, one: Suspension) -> bool:
    """Once two have accepted it."""
    return len(one.accepted_by) >= TEAM and handles(person, one)


def lifts(person: Person, one: Suspension) -> bool:
    """The level that decided; never one of the team that accepted, nor who proposed it."""
    return person.pk not in one.accepted_by and person.pk != one.proposed_by_id and person.may(Role.LEADER, over=one.case.unit.path)


def ends(person: Person, one: Suspension) -> bool:
    """Once the probation is over."""
    return handles(person, one) and one.probation_until is not None and one.probation_until <= today()


BEFORE = (Status.PROPOSED, Status.RETURNED, Status.REVIEWED, Status.HEARD)
RUNNING = (Status.DECIDED, *STANDING)
TABLE: Table[Person, Any] = Table(
    ("edit", BEFORE, Move(Status.PROPOSED, proposed_it)),
    ("review", (Status.PROPOSED,), Move(Status.REVIEWED, legal)),
    ("send_back", (Status.PROPOSED,), Move(Status.RETURNED, legal)),
    ("hear", (Status.REVIEWED,), Move(Status.HEARD, handles)),
    ("decide", (Status.HEARD,), Move(Status.DECIDED, leads)),
    ("refuse", (Status.HEARD,), Move(Status.RETURNED, leads)),
    ("withdraw", BEFORE, Move(Status.WITHDRAWN, proposed_it)),
    ("serve", (Status.DECIDED,), Move(Status.IN_FORCE, handles)),
    ("ask_extension", STANDING, Move(None, asks_to_extend)),
    ("extend", STANDING, Move(None, extends)),
    ("refuse_extension", STANDING, Move(None, extends)),
    ("object", STANDING, Move(None, takes_objection)),
    ("answer", (*STANDING, Status.PROBATION), Move(None, answers)),
    ("apply", (Status.IN_FORCE,), Move(Status.APPLIED, handles)),
    ("accept", (Status.APPLIED,), Move(None, accepts)),
    ("fail", (Status.APPLIED,), Move(Status.IN_FORCE, refuses)),
    ("ask_lifting", (Status.APPLIED,), Move(Status.ACCEPTED, asks_to_lift)),
    ("lift", (Status.ACCEPTED,), Move(Status.PROBATION, lifts)),
    ("keep", (Status.ACCEPTED,), Move(Status.IN_FORCE, lifts)),
    ("end", (Status.PROBATION,), Move(Status.ENDED, ends)),
    ("ask_revocation", RUNNING, Move(None, asks_to_revoke)),
    ("revoke", RUNNING, Move(Status.REVOKED, revokes)),
    ("refuse_revocation", RUNNING, Move(None, revokes)),
)
