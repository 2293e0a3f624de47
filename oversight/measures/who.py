"""Who may do an act: what the tables of all measures ask of a person and a measure."""

from typing import Any

from ledger.roster.accounts import Role
from oversight.cases.models import Case, Party
from oversight.cases.people import Person
from oversight.measures.kinds import Kind

HANDLING = (Role.SUPERVISOR, Role.DISCIPLINE)


def handles(person: Person, one: Any) -> bool:
    """经办: the centre and the discipline inspection carry a measure through."""
    return person.may(*HANDLING, over=one.case.unit.path)


def may_propose(person: Person, kind: Kind, case: Case) -> bool:
    """提出: the offices of the kind over the case, and where the kind says so an officer of the business department that is party to it."""
    return person.may(*kind.proposers, over=case.unit.path) or (kind.by_department and of_department(person, case))


def of_department(person: Person, case: Case) -> bool:
    """业务科室: an officer of the department that takes part in the case as its business department."""
    if not person.officer or all(role != Role.UNIT_OFFICER for role, _path in person.grants):
        return False
    paths = case.parties.filter(part=Party.Part.DEPARTMENT).values_list("unit__path", flat=True)
    return any(person.may(Role.UNIT_OFFICER, over=path) for path in paths)


def proposed_it(person: Person, one: Any) -> bool:
    """Who proposed it, while they still hold an office in which they may."""
    return person.pk == one.proposed_by_id and (handles(person, one) or of_department(person, one.case))


def reviews(person: Person, one: Any) -> bool:
    """Another officer who looks it through before it is decided."""
    return person.pk != one.proposed_by_id and person.may(*HANDLING, Role.UNIT_OFFICER, over=one.case.unit.path)


def legal(person: Person, one: Any) -> bool:
    """法制审核: an officer of the legal department the measure went to, who did not propose it."""
    return person.pk != one.proposed_by_id and one.legal_unit is not None and person.may(Role.UNIT_OFFICER, over=one.legal_unit.path)


def leads(person: Person, one: Any) -> bool:
    """决定: a leader who had no hand in it before."""
    return person.pk not in one.hands and person.may(Role.LEADER, over=one.case.unit.path)


def leads_or_inspects(person: Person, one: Any) -> bool:
    return person.pk not in one.hands and person.may(Role.LEADER, Role.DISCIPLINE, over=one.case.unit.path)


def stops(person: Person, one: Any) -> bool:
    """Who proposed it takes it back; a leader stops it."""
    return proposed_it(person, one) or person.may(Role.LEADER, over=one.case.unit.path)
