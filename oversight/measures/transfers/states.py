"""What may become of a transfer, and by whom."""

from typing import Any

from ledger.kit.moves import Move, Table
from ledger.roster.accounts import Role
from oversight.cases.people import Person
from oversight.measures.transfers.models import Transfer
from oversight.measures.who import handles, leads_or_inspects, proposed_it

Status = Transfer.Status


def carries(person: Person, one: Transfer) -> bool:
    """Who handles it; once the case is sealed these are the inspectors, and the leaders."""
    return handles(person, one) or (one.case.sealed and person.may(Role.LEADER, over=one.case.unit.path))


TABLE: Table[Person, Any] = Table(
    ("edit", (Status.PROPOSED, Status.RETURNED), Move(Status.PROPOSED, proposed_it)),
    ("approve", (Status.PROPOSED,), Move(Status.APPROVED, leads_or_inspects)),
    ("refuse", (Status.PROPOSED,), Move(Status.RETURNED, leads_or_inspects)),
    ("send", (Status.APPROVED,), Move(Status.SENT, carries)),
    ("conclude", (Status.SENT,), Move(Status.CONCLUDED, carries)),
    ("withdraw", (Status.PROPOSED, Status.RETURNED, Status.APPROVED), Move(Status.WITHDRAWN, proposed_it)),
)
