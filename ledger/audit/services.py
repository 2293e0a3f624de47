from typing import Any, Protocol

from django.utils import timezone

from ledger.audit.models import AuditEntry


class Actor(Protocol):
    pk: Any

    def get_username(self) -> str: ...


def record(action: str, *, actor: Actor | None = None, target: str = "", address: str = "", **detail: Any) -> AuditEntry:
    """Write down that `actor` (None: the system) did or saw `action` on `target`; in the caller's transaction."""
    return AuditEntry.objects.create(
        at=timezone.now(),
        actor_id=actor.pk if actor else None,
        actor=actor.get_username() if actor else "",
        action=action,
        target=target,
        address=address,
        detail=detail,
    )
