"""A small detachment with one account for each role."""

from dataclasses import dataclass

from django.test import Client

from ledger.roster.models import Role, Unit, User
from tests.builders import make_unit, make_user


@dataclass(frozen=True)
class Cast:
    """The detachment with its centre and two brigades; `of` holds one person for each role, over the whole detachment."""

    detachment: Unit
    centre: Unit
    first: Unit
    second: Unit
    of: dict[str, User]

    @property
    def supervisor(self) -> User:
        return self.of[Role.SUPERVISOR]


def make_cast() -> Cast:
    detachment = make_unit("交警支队", kind="detachment")
    centre = make_unit("大监管中心", kind="supervision_centre", parent=detachment)
    first, second = make_unit("一大队", parent=detachment), make_unit("二大队", parent=detachment)
    surnames = iter("赵钱孙李周吴郑王冯")
    people = {role: make_user(role, detachment, username=role, name=f"{next(surnames)}某") for role in Role.values}
    return Cast(detachment, centre, first, second, people)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
