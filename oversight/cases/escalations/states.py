"""What may be done with an escalation and by whom."""

from enum import StrEnum

from ledger.kit.moves import Move, Table
from ledger.roster.accounts import Role
from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Layer
from oversight.cases.people import Person

Status = Escalation.Status


class EscalationAct(StrEnum):
    """The value is also the last part of the address it is posted to."""

    RECEIVE = "receive"
    INSTRUCT = "instruct"
    FINISH = "finish"


ANSWERABLE: dict[str, tuple[Role, ...]] = {
    Layer.COMMITTEE: (Role.LEADER,),
    Layer.DISCIPLINE: (Role.DISCIPLINE,),
    Layer.DEPARTMENT: (Role.UNIT_OFFICER, Role.SQUAD_LEADER, Role.LEADER),
    Layer.UNIT: (Role.UNIT_OFFICER, Role.SQUAD_LEADER, Role.LEADER),
    Layer.MEMBERS: (Role.UNIT_OFFICER, Role.SQUAD_LEADER),
}


def addressed(person: Person, escalation: Escalation) -> bool:
    """An officer who answers for the unit it was raised to, at the layer it was raised to."""
    return person.may(*ANSWERABLE[escalation.to_layer], over=escalation.to_unit.path)


def another_addressed(person: Person, escalation: Escalation) -> bool:
    """Who raised it is not who is content with it."""
    return addressed(person, escalation) and escalation.raised_by_id != person.pk


TABLE: Table[Person, Escalation] = Table(
    (EscalationAct.RECEIVE, (Status.RAISED,), Move(Status.SUPERVISED, addressed)),
    (EscalationAct.INSTRUCT, (Status.RAISED, Status.SUPERVISED), Move(Status.SUPERVISED, addressed)),
    (EscalationAct.FINISH, (Status.SUPERVISED,), Move(Status.FINISHED, another_addressed)),
)
