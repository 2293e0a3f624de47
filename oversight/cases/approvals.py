"""Two people: one asks, another decides, and the decision binds to exactly what lay before both."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.journal.canonical import canonical_json, text_digest
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import Conflict, NotAllowed
from ledger.roster.models import User
from oversight.cases.models import Approval

State = Approval.State


def content_hash(content: dict[str, Any]) -> str:
    return text_digest(canonical_json(content))


def ask(*, about: str, kind: str, content: dict[str, Any], actor: User, due_at: datetime | None = None) -> Approval:
    """Ask for an approval, inside the caller's transaction; `due_at`: until when it is to be decided, None for no term. Raises Conflict
    while an earlier one of the same kind still waits."""
    waiting = Approval.objects.select_for_update().filter(about=about, kind=kind, state=State.ASKED).select_related("asked_by").first()
    if waiting is not None:
        raise Conflict(
            _("This was already asked for by %(name)s at %(time)s and waits for a decision.")
            % {"name": str(waiting.asked_by), "time": f"{waiting.asked_at.astimezone(SHANGHAI):%m-%d %H:%M}"}
        )
    return Approval.objects.create(
        about=about,
        kind=kind,
        content=content,
        content_hash=content_hash(content),
        asked_by=actor,
        asked_at=timezone.now(),
        due_at=due_at,
    )


def decide(*, about: str, kind: str, approve: bool, content: dict[str, Any], actor: User, note: str = "") -> Approval:
    """Approve or refuse what waits. `content` is what stands now.

    Raises Conflict when nothing waits, NotAllowed for who asked. What has changed since it was asked for cannot be approved: then the
    approval lapses, and the returned row says so, for the caller to tell.
    """
    waiting = Approval.objects.select_for_update().filter(about=about, kind=kind, state=State.ASKED).first()
    if waiting is None:
        raise Conflict(_("Nothing waits for your decision here any more; open the page again."))
    if waiting.asked_by_id == actor.pk:
        raise NotAllowed(_("Somebody else must decide this: you asked for it."))
    if approve and content_hash(content) != waiting.content_hash:
        return _end(waiting, State.LAPSED)
    return _end(waiting, State.APPROVED if approve else State.REFUSED, actor, note)


def lapse(*, about: str, kind: str) -> None:
    """What was asked for has changed, or its object is gone: nobody can approve it any more."""
    for waiting in Approval.objects.select_for_update().filter(about=about, kind=kind, state=State.ASKED):
        _end(waiting, State.LAPSED)


def _end(approval: Approval, state: str, actor: User | None = None, note: str = "") -> Approval:
    approval.state, approval.decided_by, approval.note = state, actor, note
    approval.decided_at = timezone.now() if actor is not None else None
    approval.save(update_fields=["state", "decided_by", "decided_at", "note"])
    return approval
