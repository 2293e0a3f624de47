from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from ledger.audit.models import AuditEntry


class Actor(Protocol):
    pk: Any

    def get_username(self) -> str: ...


_followers: dict[str, list[Callable[[AuditEntry], None]]] = {}


def follow(actions: Iterable[str], listener: Callable[[AuditEntry], None]) -> None:
    """Register who is told of entries of these actions, in the transaction that writes them; an error there undoes the entry."""
    for action in actions:
        told = _followers.setdefault(action, [])
        if listener not in told:
            told.append(listener)


def record(action: str, *, actor: Actor | None = None, target: str = "", address: str = "", **detail: Any) -> AuditEntry:
    """Write down that `actor` (None: the system) did or saw `action` on `target`; in the caller's transaction."""
    entry = AuditEntry(
        at=timezone.now(),
        actor_id=actor.pk if actor else None,
        actor=actor.get_username() if actor else "",
        action=action,
        target=target,
        address=address,
        detail=detail,
    )
    followers = _followers.get(action, ())
    if not followers:
        entry.save()
        return entry
    with transaction.atomic(savepoint=False):
        entry.save()
        for follower in followers:
            follower(entry)
    return entry
