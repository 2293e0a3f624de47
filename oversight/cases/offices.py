"""For whom a person answers first in cases: the very units they hold an office over, not all below. Lists of the workbench and the bell."""

from django.db.models import Q

from ledger.roster.accounts import Role
from oversight.cases.models import Layer, Party
from oversight.viewer import Viewer

ANSWERS = (Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.DISCIPLINE, Role.LEADER)
# Who holds the office of a level over the unit of a case, as far as levels are told of cases without a part in them.
OF_LAYER = {Layer.COMMITTEE: Role.LEADER, Layer.DISCIPLINE: Role.DISCIPLINE, Layer.DEPARTMENT: Role.SUPERVISOR}


def answered_for(viewer: Viewer, unit: str, inspection: Q) -> Q:
    """What is this person's to answer for first, as a condition on the column `unit`. The discipline inspection is one body, wherever its
    unit stands in the tree: `inspection` says what is its."""
    own = Q(pk__in=[])
    for grant in viewer.grants:
        if grant.role == Role.DISCIPLINE:
            own |= inspection & Q(**{f"{unit}__path__startswith": grant.unit.path})
        elif grant.role in ANSWERS:
            own |= Q(**{unit: grant.unit})
    return own


def own_parties(viewer: Viewer) -> Q:
    """The parties they answer for, as a condition on Party."""
    return answered_for(viewer, "unit", Q(part=Party.Part.DISCIPLINE))


def held_over(viewer: Viewer, *roles: Role, column: str = "unit__path") -> Q:
    """Below a unit over which they hold one of the roles, as officers; nothing where they hold none."""
    found = Q(pk__in=[])
    if not viewer.person.officer:
        return found
    for grant in viewer.grants:
        if grant.role in roles:
            found |= Q(**{f"{column}__startswith": grant.unit.path})
    return found
