"""Screens as their keepers see them, and how many people a part of the unit tree has."""

from collections import Counter

from django.db.models import Q, QuerySet

from ledger.roster.accounts import Role, User
from ledger.roster.models import Staff, Unit
from ledger.roster.rights import active_grants
from oversight.wall.models import DisplayToken

FEWEST_PEOPLE = 5


def units_for_screens(user: User) -> QuerySet[Unit]:
    """The units for which a system admin may make screens: those of the grant and all below."""
    paths = [grant.unit.path for grant in active_grants(user) if grant.role == Role.SYSTEM_ADMIN]
    within = Q(pk=None)
    for path in paths:
        within |= Q(path__startswith=path)
    return Unit.objects.filter(within).order_by("path")


def screens_of(user: User) -> QuerySet[DisplayToken]:
    """The screens a system admin keeps, newest first."""
    return DisplayToken.objects.filter(unit__in=units_for_screens(user)).select_related("unit").order_by("-created_at", "-id")


def people_below(path: str) -> int:
    """How many people of the roster are in a unit and all below it."""
    return Staff.objects.filter(unit_code__in=Unit.objects.filter(path__startswith=path).values("code")).count()


def people_by_path() -> Counter[str]:
    """How many people of the roster each unit has itself, by its path in the tree."""
    codes = Counter(Staff.objects.values_list("unit_code", flat=True))
    return Counter({path: codes[code] for path, code in Unit.objects.values_list("path", "code") if codes[code]})
