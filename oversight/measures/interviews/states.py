"""What may become of an interview, and by whom."""

from typing import Any

from ledger.kit.moves import Move, Table
from oversight.cases.people import Person
from oversight.measures.interviews.models import Interview
from oversight.measures.who import handles, leads_or_inspects, proposed_it, stops

Status = Interview.Status
BEFORE = (Status.PROPOSED, Status.RETURNED, Status.PLANNED, Status.NOTIFIED)


def holds(person: Person, one: Interview) -> bool:
    """One of the two who hold it, an officer."""
    return person.officer and person.pk in (one.interviewer_id, one.second_id)


def interviewee(person: Person, one: Interview) -> bool:
    """The interviewee themselves, whatever they are, while nothing is signed."""
    return person.pk == one.interviewee_id and not one.signature


def takes_signature(person: Person, one: Interview) -> bool:
    return holds(person, one) and not one.signature


def files(person: Person, one: Interview) -> bool:
    return bool(one.signature) and (handles(person, one) or person.pk == one.follow_up_id)


TABLE: Table[Person, Any] = Table(
    ("edit", (Status.PROPOSED, Status.RETURNED), Move(Status.PROPOSED, proposed_it)),
    ("approve", (Status.PROPOSED,), Move(Status.PLANNED, leads_or_inspects)),
    ("refuse", (Status.PROPOSED,), Move(Status.RETURNED, leads_or_inspects)),
    ("notify", (Status.PLANNED,), Move(Status.NOTIFIED, handles)),
    ("reschedule", (Status.NOTIFIED,), Move(None, handles)),
    ("hold", (Status.NOTIFIED,), Move(Status.HELD, holds)),
    ("countersign", (Status.HELD,), Move(None, interviewee)),
    ("sign", (Status.HELD,), Move(None, takes_signature)),
    ("archive", (Status.HELD,), Move(Status.ARCHIVED, files)),
    ("cancel", BEFORE, Move(Status.CANCELLED, stops)),
)
