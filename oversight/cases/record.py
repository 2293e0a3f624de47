"""办理记录: the one way anything that happens in a case is written down, beside the audit entry, in the caller's transaction."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import NotAllowed
from ledger.roster.models import User
from oversight.cases.models import Case, CaseEntry, TookPart


def enter(
    case: Case,
    kind: str,
    *,
    actor: User | None,
    about: str = "",
    layer: str = "",
    address: str = "",
    before: str | None = None,
    after: str | None = None,
    **data: Any,
) -> CaseEntry:
    """Append one entry. `about`: the number of the object, the case itself if empty.

    `before`, `after`: the object's status, where the act changed it. `actor` None is the system, which has no audit entry: what it does is
    the case's own record.
    """
    moved = {} if after is None else {"from": before, "to": after}
    entry = CaseEntry.objects.create(
        case=case, about=about or case.number, kind=kind, at=timezone.now(), actor=actor, layer=layer, data=moved | data
    )
    if actor is not None:
        record(kind, actor=actor, target=entry.about, address=address, case=case.number)
    return entry


def take_part(about: str, user: User, part: str) -> None:
    """Write down that the person did this part of the object. Raises NotAllowed when they did another part of it before."""
    had, _made = TookPart.objects.get_or_create(about=about, user=user, defaults={"part": part})
    if had.part != part:
        raise NotAllowed(_("You have already taken another part in %(number)s; somebody else must do this.") % {"number": about})
