"""An act is scored like a row that came in: what it may change is marked in the transaction that writes it down."""

from ledger.audit.models import AuditEntry
from ledger.audit.services import follow
from ledger.kit.days import event_day
from ledger.roster.models import User
from oversight.actions.frame import ACTIONS, ACTS, FRAME, UNDONE
from risk.alerts.states import UNDO_WITHIN
from risk.frames import register, register_base
from risk.scoring.marks import mark_subject


def join_actions() -> None:
    """Make the frame known and have its acts marked; called once, at start."""
    register(FRAME, ACTIONS.frame)
    register_base(FRAME, ACTIONS.base())
    follow((*ACTS, UNDONE), mark_action)


def mark_action(entry: AuditEntry) -> None:
    """The day of the act, for its actor; that of what was taken back may be the day before."""
    if entry.actor_id is None:
        return
    held = User.objects.filter(pk=entry.actor_id, staff__isnull=False).values_list("staff__staff_no", flat=True).first()
    if held:
        first = entry.at - UNDO_WITHIN if entry.action == UNDONE else entry.at
        mark_subject(FRAME, held, event_day(first), event_day(entry.at))
