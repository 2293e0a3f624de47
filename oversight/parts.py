"""The parts of the open alerts that have a figure somewhere: the views of the list, and red ones nobody has taken.

Each is told once and asked in two ways: as a query, for the alerts in it, and of kinds of alerts counted together, for its figure: ten
conditions of every alert took longer to ask than to tell apart the few kinds there are.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from ledger.roster.accounts import Role, User
from risk.alerts.models import Alert
from risk.alerts.states import TAKEN, WAITING
from risk.rules.models import Level

SOON = timedelta(hours=2)


class Kind(NamedTuple):
    """What parts tell open alerts apart by. `own`: the person has it; `soon`: its term ends soon or has ended."""

    status: str
    level: str
    backdated: bool
    own: bool
    soon: bool


class Part(NamedTuple):
    """Open alerts that are all that is said; nothing is said by "" and None."""

    statuses: Collection[str] = Alert.OPEN
    level: str = ""
    backdated: bool | None = None
    own: bool | None = None
    soon: bool | None = None

    def query(self, user: User) -> Q:
        said = asked(user, timezone.now())
        found = Q(status__in=self.statuses)
        if self.level:
            # By rank, which the index of open alerts begins with.
            found &= Q(level_rank=Level(self.level).rank)
        if self.backdated is not None:
            found &= Q(backdated=self.backdated)
        for name, wanted in (("own", self.own), ("soon", self.soon)):
            if wanted is not None:
                found &= said[name] if wanted else ~said[name]
        return found

    def holds(self, kind: Kind) -> bool:
        wanted = ((self.backdated, kind.backdated), (self.own, kind.own), (self.soon, kind.soon))
        of_level = not self.level or kind.level == self.level
        return kind.status in self.statuses and of_level and all(one is None or one == other for one, other in wanted)


# Each of one or several Parts.
Parts = dict[str, tuple[Part, ...]]


def asked(user: User, now: datetime) -> dict[str, Q]:
    """What a Kind tells that no column does."""
    return {"own": Q(handler=user), "soon": Q(due_at__lte=now + SOON)}


def parts_of(roles: Collection[Role]) -> Parts:
    """The parts for a person with these roles.

    A snoozed alert leaves what is to be worked on, but not the view of what is due: its term runs on.
    """
    waiting, own = Part(WAITING), Part(TAKEN, own=True)
    return {
        "mine": (waiting, own),
        "new": (waiting,),
        "own": (own,),
        "taken": (Part(TAKEN),),
        "due": (Part(soon=True),),
        "open": (Part([status for status in Alert.OPEN if status != Alert.Status.SNOOZED]),),
        "snoozed": (Part([Alert.Status.SNOOZED]),),
        "confirm": (Part([Alert.Status.PROPOSED], own=False, level="" if Role.SUPERVISOR in roles else Level.RED),),
        "red": (waiting._replace(level=Level.RED, backdated=False),),
        "old_red": (waiting._replace(level=Level.RED, backdated=True),),
    }


def query(several: tuple[Part, ...], user: User) -> Q:
    """The alerts of any of several Parts."""
    return reduce(or_, (part.query(user) for part in several))
