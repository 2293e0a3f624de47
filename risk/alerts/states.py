"""What may become of an alert and by whom, as one table of status and act; and the status as a projection of what happened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from ledger.roster.accounts import Role, User
from ledger.roster.rights import roles_of
from risk.alerts.models import Alert, AlertEvent

Status = Alert.Status
Kind = AlertEvent.Kind
WAITING = (Status.NEW, Status.RECURRED)
TAKEN = (Status.ACKNOWLEDGED, Status.CHECKING)
LEVELS_OF_TWO = frozenset({"orange", "red"})
LEVELS_OF_ONE = frozenset({"blue", "yellow"})


class Act(StrEnum):
    """What a person does with an alert; the value is also the last part of the address it is posted to."""

    ACKNOWLEDGE = "acknowledge"
    CHECK = "check"
    DISMISS = "dismiss"
    SNOOZE = "snooze"
    WAKE = "wake"
    ASSIGN = "assign"
    ISSUE = "issue"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    RETURN = "return"
    UPHOLD = "uphold"
    OVERTURN = "overturn"


class Judged(Protocol):
    """What the table asks of an alert."""

    status: str
    level: str
    handler_id: int | None


@dataclass(frozen=True)
class Person:
    """What the table asks of a person. Auxiliaries and employees are no officers: they enter and remind, and decide nothing."""

    pk: int
    roles: frozenset[Role]
    officer: bool

    @classmethod
    def of(cls, user: User) -> "Person":
        return cls(user.pk, frozenset(roles_of(user)), user.staff is None or user.staff.kind == "officer")

    def has(self, *roles: Role) -> bool:
        return self.officer and not self.roles.isdisjoint(roles)


Who = Callable[[Person, Judged], bool]


def supervisor(person: Person, alert: Judged) -> bool:
    return person.has(Role.SUPERVISOR)


def handler(person: Person, alert: Judged) -> bool:
    return person.has(Role.SUPERVISOR) and alert.handler_id == person.pk


def handler_or_leader(person: Person, alert: Judged) -> bool:
    """A leader hands over what somebody has who fell ill."""
    return handler(person, alert) or person.has(Role.LEADER)


def supervisor_or_leader(person: Person, alert: Judged) -> bool:
    return person.has(Role.SUPERVISOR, Role.LEADER)


def second(person: Person, alert: Judged) -> bool:
    """双人: another officer who supervises; of a red alert also a leader or the discipline inspection."""
    more = (Role.LEADER, Role.DISCIPLINE) if alert.level == "red" else ()
    return alert.handler_id != person.pk and person.has(Role.SUPERVISOR, *more)


def handler_or_second(person: Person, alert: Judged) -> bool:
    """Who proposed may take it back, who does not confirm gives it back."""
    return handler(person, alert) or second(person, alert)


def reviewer(person: Person, alert: Judged) -> bool:
    """Anybody else than who dismissed it, which is the handler of a dismissed alert."""
    return alert.handler_id != person.pk and person.has(Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE)


@dataclass(frozen=True)
class Move:
    """Where an act leads. `to` None: back to what it was before it was snoozed."""

    to: Status | None
    who: Who
    levels: frozenset[str] = LEVELS_OF_ONE | LEVELS_OF_TWO


_ROWS: tuple[tuple[Act, tuple[Status, ...], Move], ...] = (
    (Act.ACKNOWLEDGE, WAITING, Move(Status.ACKNOWLEDGED, supervisor)),
    (Act.CHECK, (Status.ACKNOWLEDGED,), Move(Status.CHECKING, handler)),
    (Act.DISMISS, WAITING, Move(Status.DISMISSED, supervisor)),
    (Act.DISMISS, TAKEN, Move(Status.DISMISSED, handler)),
    (Act.SNOOZE, WAITING, Move(Status.SNOOZED, supervisor)),
    (Act.SNOOZE, TAKEN, Move(Status.SNOOZED, handler)),
    (Act.WAKE, (Status.SNOOZED,), Move(None, supervisor)),
    (Act.ASSIGN, WAITING, Move(Status.ACKNOWLEDGED, supervisor_or_leader)),
    (Act.ASSIGN, TAKEN, Move(Status.ACKNOWLEDGED, handler_or_leader)),
    (Act.ISSUE, TAKEN, Move(Status.ISSUED, handler, LEVELS_OF_ONE)),
    (Act.PROPOSE, TAKEN, Move(Status.PROPOSED, handler, LEVELS_OF_TWO)),
    (Act.CONFIRM, (Status.PROPOSED,), Move(Status.ISSUED, second)),
    (Act.RETURN, (Status.PROPOSED,), Move(Status.CHECKING, handler_or_second)),
    (Act.UPHOLD, (Status.DISMISSED,), Move(Status.DISMISSED, reviewer)),
    (Act.OVERTURN, (Status.DISMISSED,), Move(Status.NEW, reviewer)),
)
TABLE: dict[tuple[Status, Act], Move] = {(status, act): move for act, statuses, move in _ROWS for status in statuses}

# What a case does to its alerts, and from where. Who may open, close or reopen a case is for the table of cases to say.
BY_CASE: dict[Kind, tuple[Status, Status]] = {
    Kind.DISPATCHED: (Status.ISSUED, Status.ASSIGNED),
    Kind.CLOSED: (Status.ASSIGNED, Status.CLOSED),
    Kind.REOPENED: (Status.CLOSED, Status.ASSIGNED),
}

_SECOND = frozenset({Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE})
ROLES: dict[Act, frozenset[Role]] = dict.fromkeys(Act, frozenset({Role.SUPERVISOR})) | {
    Act.ASSIGN: frozenset({Role.SUPERVISOR, Role.LEADER}),
    **dict.fromkeys((Act.CONFIRM, Act.RETURN, Act.UPHOLD, Act.OVERTURN), _SECOND),
}

UNDOABLE = frozenset({Kind.ACKNOWLEDGED, Kind.CHECKING, Kind.DISMISSED, Kind.SNOOZED, Kind.ASSIGNED})
UNDO_WITHIN = timedelta(seconds=30)


def move_of(act: Act, alert: Judged) -> Move | None:
    """Where the act leads from here; None when it is not possible in this status or at this level, by whomever."""
    move = TABLE.get((Status(alert.status), act))
    return move if move is not None and alert.level in move.levels else None


def possible(person: Person, alert: Judged) -> frozenset[Act]:
    """What this person may do with the alert now. Upholding and overturning also want a review that waits."""
    found = ((act, move_of(act, alert)) for act in Act)
    return frozenset(act for act, move in found if move is not None and move.who(person, alert))


@dataclass(frozen=True)
class State:
    """What events come to: the status, and whose it is."""

    status: str = Status.NEW
    handler_id: int | None = None

    @property
    def told(self) -> dict[str, Any]:
        """As events keep it, to go back to."""
        return {"status": str(self.status), "handler": self.handler_id}

    @classmethod
    def back(cls, told: dict[str, Any]) -> "State":
        return cls(told["status"], told["handler"])


_LEADS = {
    Kind.RAISED: Status.NEW,
    Kind.RECURRED: Status.RECURRED,
    Kind.CHECKING: Status.CHECKING,
    Kind.SNOOZED: Status.SNOOZED,
    Kind.PROPOSED: Status.PROPOSED,
    Kind.RETURNED: Status.CHECKING,
    Kind.ISSUED: Status.ISSUED,
    **{kind: to for kind, (_from, to) in BY_CASE.items()},
}


def after(state: State, event: AlertEvent) -> State:
    """The state after one more event; kinds that change none leave it."""
    kind, data = Kind(event.kind), event.data
    if kind in _LEADS:
        return State(_LEADS[kind], state.handler_id)
    if kind is Kind.WITHDRAWN:
        return state if data.get("acted") else State(Status.WITHDRAWN, state.handler_id)
    if kind is Kind.ACKNOWLEDGED:
        return State(Status.ACKNOWLEDGED, event.actor_id)
    if kind is Kind.DISMISSED:
        return State(Status.DISMISSED, event.actor_id)
    if kind is Kind.ASSIGNED:
        return State(Status.ACKNOWLEDGED, data["to"])
    if kind in (Kind.WOKEN, Kind.UNDONE):
        return State.back(data["back"])
    return State(Status.NEW, None) if kind is Kind.OVERTURNED else state


def project(events: Iterable[AlertEvent]) -> State:
    """The state of an alert from its events, oldest first."""
    state = State()
    for event in events:
        state = after(state, event)
    return state
