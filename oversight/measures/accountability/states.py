"""What may become of holding somebody to account, and by whom: proposed, found by legal, heard, decided — by different people."""

from typing import Any

from ledger.kit.days import today
from ledger.kit.moves import Move, Table
from oversight.cases.people import Person
from oversight.measures.accountability.models import Accountability
from oversight.measures.who import handles, leads, legal, proposed_it

Status = Accountability.Status


def ends(person: Person, one: Accountability) -> bool:
    """Once its period of effect is over."""
    return handles(person, one) and one.effect_until is not None and one.effect_until <= today()


TABLE: Table[Person, Any] = Table(
    ("edit", (Status.PROPOSED, Status.RETURNED, Status.FOUND, Status.HEARD), Move(Status.PROPOSED, proposed_it)),
    ("find", (Status.PROPOSED,), Move(Status.FOUND, legal)),
    ("send_back", (Status.PROPOSED,), Move(Status.RETURNED, legal)),
    ("hear", (Status.FOUND,), Move(Status.HEARD, handles)),
    ("decide", (Status.HEARD,), Move(Status.DECIDED, leads)),
    ("refuse", (Status.HEARD,), Move(Status.RETURNED, leads)),
    ("drop", (Status.HEARD,), Move(Status.DROPPED, leads)),
    ("serve", (Status.DECIDED,), Move(Status.SERVED, handles)),
    ("appeal", (Status.SERVED, Status.EXECUTED), Move(None, handles)),
    ("execute", (Status.SERVED,), Move(Status.EXECUTED, handles)),
    ("end", (Status.EXECUTED,), Move(Status.ENDED, ends)),
    ("revoke", (Status.DECIDED, Status.SERVED, Status.EXECUTED), Move(Status.REVOKED, leads)),
)
