"""Who may do an act: what the tables of all measures ask of a person and a measure."""

from typing import Any

from ledger.roster.accounts import Role
from oversight.cases.people import Person

HANDLING = (Role.SUPERVISOR, Role.DISCIPLINE)


def handles(person: Person, one: Any) -> bool:
    """经办: the centre and the discipline inspection carry a measure through."""
    return person.may(*HANDLING, over=one.case.unit.path)


def proposed_it(person: Person, one: Any) -> bool:
    return handles(person, one) and person.pk == one.proposed_by_id


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
