"""What a case does to its alerts: handed out with it, closed with its outcome, reopened. Inside the transaction of the case."""

from typing import Any

from ledger.roster.accounts import User
from risk.alerts.acting import taken, turn, write
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.states import BY_CASE, State

Kind = AlertEvent.Kind


def assign_to_case(alert: Alert, *, case: str, actor: User | None, address: str = "") -> None:
    """交办: the locked, issued alert is in the hands of the parties of the case numbered `case`; actor None is the system.
    Raises Conflict when it is not issued."""
    _move(alert, Kind.DISPATCHED, actor, address, {"case": case})


def close_alert(alert: Alert, *, case: str, outcome: str, actor: User, address: str = "") -> None:
    """办结: the locked alert ends with its case. `outcome`: of the case; one that is none of Alert.Outcome (transferred) is told by the
    event alone, because nobody has judged yet whether the problem is true. Raises Conflict when it is not in hand."""
    kept = outcome if outcome in Alert.Outcome.values else ""
    _move(alert, Kind.CLOSED, actor, address, {"case": case, "outcome": outcome}, outcome=kept)


def reopen_alert(alert: Alert, *, case: str, actor: User | None, address: str = "") -> None:
    """重新办理: the locked alert is in hand again with its case; actor None is the system. Raises Conflict when it is not closed."""
    _move(alert, Kind.REOPENED, actor, address, {"case": case}, outcome="")


def _move(alert: Alert, kind: AlertEvent.Kind, actor: User | None, address: str, data: dict[str, Any], **changes: Any) -> None:
    origin, to = BY_CASE[kind]
    if alert.status != origin:
        raise taken(alert)
    turn(alert, State(to, alert.handler_id), **changes)
    write(alert, kind, actor, address, data)
