"""Who answers for what in the demonstration: the accounts of its cast, and further ones for units that get something to answer."""

from functools import cache

from django.contrib.auth.hashers import make_password
from django.db import transaction

from ledger.kit.days import today
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.models import Staff, Unit
from oversight.cases.models import Party
from oversight.cases.people import Person
from oversight.cases.states import SIGNERS
from oversight.cases.visibility import openly_visible_cases
from oversight.demo.cast import PASSWORD, Part
from risk.alerts.models import Recused

SMALL = (Unit.Kind.SQUAD, Unit.Kind.WINDOW)


@transaction.atomic
def make_account(part: Part) -> User:
    """The account of a part of the cast, held by an officer of its unit, or by any free one where it has none left."""
    free = Staff.objects.filter(kind="officer", user=None).order_by("staff_no")
    own = free.filter(unit_code=Unit.objects.get(name=part.unit).code)[part.place :]
    return _held(part.username, part.role, Unit.objects.get(name=part.over), own.first() or free.first())


def _held(username: str, role: Role, over: Unit, holder: Staff | None) -> User:
    user = User.objects.create(username=username, password=hashed(), name=holder.name if holder else username, staff=holder)
    RoleGrant.objects.create(user=user, role=role, unit=over, valid_from=today())
    return user


@cache
def hashed() -> str:
    """Hashing is slow on purpose, and all of them have one password."""
    return make_password(PASSWORD)


def person(username: str) -> User:
    return User.objects.get(username=username)


def answering(party: Party) -> User:
    """An officer who answers for the unit of a party and may know whom its case is about; a new account where nobody has one."""
    roles = SIGNERS[party.part]
    near = User.objects.filter(grants__role__in=roles)
    if party.part != Party.Part.DISCIPLINE:
        near = near.filter(grants__unit=party.unit)
    for user in near.distinct().order_by("pk"):
        if Person.of(user).may(*roles, over=party.unit.path) and openly_visible_cases(user).filter(pk=party.case_id).exists():
            return user
    return _new(party)


@transaction.atomic
def _new(party: Party) -> User:
    concerned = Recused.objects.filter(alert__of_case__case=party.case_id).values("staff_no")
    free = Staff.objects.filter(kind="officer", user=None).exclude(staff_no__in=concerned).order_by("staff_no")
    small = party.unit.kind in SMALL
    stem, role = ("squad", Role.SQUAD_LEADER) if small else ("unit", Role.UNIT_OFFICER)
    place = User.objects.filter(username__startswith=stem).count() + 1
    return _held(f"{stem}{place}", role, party.unit, free.filter(unit_code=party.unit.code).last() or free.first())
