"""What may be done with a case and with a party of it, and by whom: two tables of status and act."""

from enum import StrEnum

from ledger.kit.moves import Move, Table
from ledger.roster.accounts import Role
from oversight.cases.models import Case, Party
from oversight.cases.people import Person

Status = Case.Status
ALIVE = (Status.HANDLING.value, Status.PROPOSED.value)
# Who watches over cases, by the unit of the case.
WATCHING = (Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE)
LEVELS_OF_TWO = frozenset({"orange", "red"})


class Act(StrEnum):
    """What a person does with a case; the value is also the last part of the address it is posted to."""

    ASK = "ask"
    APPROVE = "approve"
    RETURN = "return"
    PROPOSE = "propose"
    CLOSE = "close"
    SEND_BACK = "send-back"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    HAND_OVER = "hand-over"
    INSTRUCT = "instruct"
    COMMENT = "comment"
    SEAL = "seal"
    UNSEAL = "unseal"
    LED_BY = "led-by"
    LED_END = "led-end"


def handler(person: Person, case: Case) -> bool:
    """Who handles it, while they may: a supervisor; of a sealed case whoever leads it."""
    return case.handler_id == person.pk and person.may(Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE, over=case.unit.path)


def leader(person: Person, case: Case) -> bool:
    return person.may(Role.LEADER, over=case.unit.path)


def approver(person: Person, case: Case) -> bool:
    """交办由监管中心主任决定: a leader who did not ask."""
    return leader(person, case) and person.pk not in (case.handler_id, case.opened_by_id)


def closer(person: Person, case: Case) -> bool:
    """销号审批: another than the handler; a leader, of a blue or yellow case also a supervisor."""
    if case.handler_id == person.pk:
        return False
    return leader(person, case) or (case.level not in LEVELS_OF_TWO and person.may(Role.SUPERVISOR, over=case.unit.path))


def handler_or_closer(person: Person, case: Case) -> bool:
    """Who put it up may take it back, who does not agree gives it back."""
    return handler(person, case) or closer(person, case)


def handler_or_leader(person: Person, case: Case) -> bool:
    return handler(person, case) or leader(person, case)


def higher(person: Person, case: Case) -> bool:
    return person.may(Role.LEADER, Role.DISCIPLINE, over=case.unit.path)


def raiser(person: Person, case: Case) -> bool:
    """提级由监管中心或纪检提出, or ordered by a leader."""
    return person.may(Role.SUPERVISOR, Role.DISCIPLINE, Role.LEADER, over=case.unit.path)


def raiser_of_led(person: Person, case: Case) -> bool:
    return case.led and raiser(person, case)


def inspector_of_open(person: Person, case: Case) -> bool:
    return not case.sealed and person.may(Role.DISCIPLINE, over=case.unit.path)


def inspector_of_sealed(person: Person, case: Case) -> bool:
    return case.sealed and person.may(Role.DISCIPLINE, over=case.unit.path)


def whoever_sees(person: Person, case: Case) -> bool:
    """成员监督: officers, auxiliaries and employees alike may enter a remark; sight is decided before."""
    return True


TABLE: Table[Person, Case] = Table(
    (Act.APPROVE, (Status.ASKED,), Move(Status.HANDLING, approver)),
    (Act.RETURN, (Status.ASKED,), Move(Status.RETURNED, approver)),
    (Act.ASK, (Status.RETURNED,), Move(Status.ASKED, handler)),
    (Act.PROPOSE, (Status.HANDLING,), Move(Status.PROPOSED, handler)),
    (Act.CLOSE, (Status.PROPOSED,), Move(Status.CLOSED, closer)),
    (Act.SEND_BACK, (Status.PROPOSED,), Move(Status.HANDLING, handler_or_closer)),
    (Act.REOPEN, (Status.CLOSED,), Move(Status.HANDLING, higher)),
    (Act.ESCALATE, (Status.HANDLING,), Move(None, raiser)),
    (Act.HAND_OVER, (Status.RETURNED, Status.HANDLING), Move(None, handler_or_leader)),
    (Act.INSTRUCT, ALIVE, Move(None, leader)),
    (Act.COMMENT, (Status.ASKED, Status.RETURNED, *ALIVE), Move(None, whoever_sees)),
    (Act.SEAL, (Status.HANDLING,), Move(None, inspector_of_open)),
    (Act.UNSEAL, (Status.HANDLING,), Move(None, inspector_of_sealed)),
    (Act.LED_BY, ALIVE, Move(None, raiser)),
    (Act.LED_END, ALIVE, Move(None, raiser_of_led)),
)


class PartyAct(StrEnum):
    """What is done with a party; the value is also the last part of the address."""

    SIGN = "sign"
    REPORT = "report"
    RETURN = "return"
    REMIND = "remind"


SIGNERS: dict[str, tuple[Role, ...]] = {
    Party.Part.LEAD: (Role.SQUAD_LEADER, Role.UNIT_OFFICER),
    Party.Part.SUPERIOR: (Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.LEADER),
    Party.Part.DEPARTMENT: (Role.SQUAD_LEADER, Role.UNIT_OFFICER),
    Party.Part.DISCIPLINE: (Role.DISCIPLINE, Role.UNIT_OFFICER),
    Party.Part.LEGAL: (Role.UNIT_OFFICER,),
}


def of_party(person: Person, party: Party) -> bool:
    """Who answers for the unit of a party, as an officer."""
    return person.may(*SIGNERS[party.part], over=party.unit.path)


def reminds(person: Person, party: Party) -> bool:
    """催办 by who watches over the case, auxiliaries too; nobody reminds the unit they answer for themselves."""
    own = SIGNERS[party.part]
    watching = ((role, path) for role, path in person.grants if role in WATCHING and party.case.unit.path.startswith(path))
    return any(role not in own or (role == Role.LEADER and path != party.unit.path) for role, path in watching)


def handler_of_case(person: Person, party: Party) -> bool:
    return handler(person, party.case)


PARTY_TABLE: Table[Person, Party] = Table(
    (PartyAct.SIGN, (Party.Status.WAITING,), Move(Party.Status.SIGNED, of_party)),
    (PartyAct.REPORT, (Party.Status.SIGNED,), Move(Party.Status.DONE, of_party)),
    (PartyAct.RETURN, (Party.Status.DONE,), Move(Party.Status.SIGNED, handler_of_case)),
    (PartyAct.REMIND, (Party.Status.WAITING, Party.Status.SIGNED), Move(None, reminds)),
)


def possible(person: Person, case: Case) -> frozenset[str]:
    """What this person may do with a case they see. Who sees it without its subject does only their own party's part."""
    return frozenset() if case.redacted else TABLE.possible(person, case)


def possible_with(person: Person, party: Party) -> frozenset[str]:
    """The same with a party, whose part is done while the case is being handled."""
    return PARTY_TABLE.possible(person, party) if party.case.status == Status.HANDLING else frozenset()
