"""One act on many alerts: each alert for itself, so that one that somebody else took holds back no other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Conflict, MingjingError, NotFound
from ledger.roster.accounts import User
from risk.alerts import services
from risk.alerts.models import Alert, AlertEvent

MOST = 500


@dataclass(frozen=True)
class Act:
    """An act that may be carried out on many alerts: its service, and what it must be given beside number, actor and address."""

    service: Callable[..., Alert]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


ACTS: dict[str, Act] = {
    "acknowledge": Act(services.acknowledge),
    "dismiss": Act(services.dismiss, needs=("reason",), takes=("note",)),
    "snooze": Act(services.snooze, needs=("until",), takes=("why", "reason")),
    "assign": Act(services.assign, needs=("to",), takes=("note",)),
}


class Result(Enum):
    """What became of one alert."""

    DONE = "done"
    CONFLICT = "conflict"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True)
class Outcome:
    """One alert of a bulk act; `text` says who was faster and when, or why it was refused."""

    number: str
    result: Result
    text: str = ""


def act_on(*, numbers: Sequence[str], act: str, actor: User, address: str = "", given: Mapping[str, Any] | None = None) -> list[Outcome]:
    """Carry out an act of ACTS on each alert, in the order given; each is a transaction of its own.

    Raises BadInput, before anything is written, for an unknown act, for nothing or more than MOST alerts, and when something is missing.
    """
    known, given = ACTS.get(act), given or {}
    if known is None:
        raise BadInput(_("This cannot be done with several alerts at once."))
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        raise BadInput(_("Choose at least one alert."))
    if len(wanted) > MOST:
        raise BadInput(_("%(found)d alerts are more than one act takes (%(most)d); choose fewer.") % {"found": len(wanted), "most": MOST})
    if any(not given.get(name) for name in known.needs):
        raise BadInput(_("Something that this act needs is missing; nothing was written."))
    values = {name: given[name] for name in (*known.needs, *known.takes) if name in given}
    return [_one(number, known, actor, address, values) for number in wanted]


def _one(number: str, act: Act, actor: User, address: str, values: Mapping[str, Any]) -> Outcome:
    try:
        act.service(number=number, actor=actor, address=address, **values)
    except NotFound as error:
        return Outcome(number, Result.GONE, str(error))
    except Conflict as error:
        return Outcome(number, Result.CONFLICT, str(error))
    except MingjingError as error:
        return Outcome(number, Result.REFUSED, str(error))
    return Outcome(number, Result.DONE)


def seen_by(alerts: QuerySet[Alert], position: int) -> QuerySet[Alert]:
    """Those that had arrived when the event stream stood at `position`: not raised, and not come back, since then."""
    came = AlertEvent.objects.filter(alert=OuterRef("pk"), kind__in=(AlertEvent.Kind.RAISED, AlertEvent.Kind.RECURRED))
    return alerts.exclude(Exists(came.filter(Q(position=None) | Q(position__gt=position))))
