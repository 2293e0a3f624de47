"""What may become of a circular, and by whom."""

from typing import Any

from ledger.kit.moves import Move, Table
from oversight.cases.people import Person
from oversight.measures.circulars.models import Circular
from oversight.measures.circulars.reading import RECEIVING
from oversight.measures.who import handles, leads, proposed_it, reviews

Status = Circular.Status


def receives(person: Person, one: Circular) -> bool:
    """An officer who answers for one of the units it was issued to and that has not signed yet."""
    waiting = one.recipients.filter(signed_by=None).values_list("unit__path", flat=True)
    return any(person.may(*RECEIVING, over=path) for path in waiting)


TABLE: Table[Person, Any] = Table(
    ("edit", (Status.DRAFT, Status.RETURNED, Status.REVIEWED), Move(Status.DRAFT, proposed_it)),
    ("review", (Status.DRAFT,), Move(Status.REVIEWED, reviews)),
    ("send_back", (Status.DRAFT,), Move(Status.RETURNED, reviews)),
    ("decide", (Status.REVIEWED,), Move(Status.SIGNED, leads)),
    ("refuse", (Status.REVIEWED,), Move(Status.RETURNED, leads)),
    ("issue", (Status.SIGNED,), Move(Status.ISSUED, handles)),
    ("receive", (Status.ISSUED,), Move(None, receives)),
    ("withdraw", (Status.DRAFT, Status.RETURNED, Status.REVIEWED), Move(Status.WITHDRAWN, proposed_it)),
)
