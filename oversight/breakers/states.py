"""THE table of a breaker: which act leads where, from which status, and whose act it is. None as who: the breaker itself, by the clock."""

from enum import StrEnum

from ledger.kit.moves import Move, Table
from ledger.roster.accounts import Role
from oversight.breakers.models import Breaker
from oversight.cases.people import Person

Who = Person | None
CLOSED, OPEN, HALF_OPEN = Breaker.Status.CLOSED, Breaker.Status.OPEN, Breaker.Status.HALF_OPEN
PROPOSING = (Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE)
DECIDING = (Role.LEADER, Role.DISCIPLINE)
APPEALING = (Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.SUPERVISOR)


class Act(StrEnum):
    TRIP = "trip"
    EXPIRE = "expire"
    CLOSE = "close"
    PROPOSE_TRIP = "propose_trip"
    DECIDE_TRIP = "decide_trip"
    PROPOSE_LIFT = "propose_lift"
    DECIDE_LIFT = "decide_lift"
    APPEAL = "appeal"
    ANSWER = "answer"
    REVIEW = "review"


def itself(who: Who, breaker: Breaker) -> bool:
    return who is None


def proposes(who: Who, breaker: Breaker) -> bool:
    return who is not None and who.may(*PROPOSING, over=breaker.unit.path)


def decides(who: Who, breaker: Breaker) -> bool:
    return who is not None and who.may(*DECIDING, over=breaker.unit.path)


def appeals(who: Who, breaker: Breaker) -> bool:
    """Whoever enters what the subject says; that asks for no officer."""
    return who is not None and who.holds(*APPEALING, over=breaker.unit.path)


BREAKER: Table[Who, Breaker] = Table(
    (Act.TRIP, (CLOSED, HALF_OPEN), Move(OPEN, itself)),
    (Act.EXPIRE, (OPEN,), Move(HALF_OPEN, itself)),
    (Act.CLOSE, (HALF_OPEN,), Move(CLOSED, itself)),
    (Act.PROPOSE_TRIP, (CLOSED, HALF_OPEN), Move(None, proposes)),
    (Act.DECIDE_TRIP, (CLOSED, HALF_OPEN), Move(OPEN, decides)),
    (Act.PROPOSE_LIFT, (OPEN,), Move(None, proposes)),
    (Act.DECIDE_LIFT, (OPEN,), Move(HALF_OPEN, decides)),
    (Act.APPEAL, (OPEN, HALF_OPEN), Move(None, appeals)),
    (Act.ANSWER, (CLOSED, OPEN, HALF_OPEN), Move(None, decides)),
    (Act.REVIEW, (CLOSED, OPEN, HALF_OPEN), Move(None, proposes)),
)
