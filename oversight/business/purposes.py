"""What somebody needs a citizen's data for: asked before it is searched by or shown in clear, kept for an hour of the session, recorded."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.kit.errors import BadInput

PURPOSES: dict[str, Promise] = {
    "alert": gettext_lazy("to check an alert"),
    "complaint": gettext_lazy("to handle a complaint or report"),
    "case": gettext_lazy("to handle a case of discipline"),
    "inspection": gettext_lazy("to inspect business at random"),
    "other": gettext_lazy("another purpose"),
}
SHORTEST, LONGEST = 2, 200
LASTS = timedelta(hours=1)
KEPT_AS = "ledger_purpose"


@dataclass(frozen=True)
class Purpose:
    """Which kind of work, and in a few words which matter."""

    purpose: str
    note: str

    @property
    def told(self) -> dict[str, str]:
        """As the audit trail keeps it."""
        return asdict(self)


def stated(purpose: str, note: str) -> Purpose:
    """What somebody said it is for. Raises BadInput when they chose nothing or did not say which matter."""
    words = " ".join(note.split())
    if purpose not in PURPOSES:
        raise BadInput(_("Choose what you need it for."))
    if not SHORTEST <= len(words) <= LONGEST:
        raise BadInput(_("Say in %(least)d to %(most)d characters which matter it is for.") % {"least": SHORTEST, "most": LONGEST})
    return Purpose(purpose, words)


def keep(session: SessionBase, purpose: Purpose, now: datetime | None = None) -> None:
    """For an hour the session need not say it again."""
    session[KEPT_AS] = purpose.told | {"until": ((now or timezone.now()) + LASTS).isoformat()}


def kept(session: SessionBase, now: datetime | None = None) -> Purpose | None:
    """What was said within the last hour."""
    told: dict[str, Any] | None = session.get(KEPT_AS)
    if told is None or datetime.fromisoformat(told["until"]) <= (now or timezone.now()):
        return None
    return Purpose(told["purpose"], told["note"])


def offered() -> list[tuple[str, Promise]]:
    return list(PURPOSES.items())
