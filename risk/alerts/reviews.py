"""排除复核: somebody else looks again at the dismissal of a red or orange alert, and upholds or overturns it."""

from django.db import transaction
from django.utils import timezone

from ledger.roster.accounts import User
from risk.alerts.acting import begin, checked_note, permit, state_of, taken, turn, write
from risk.alerts.models import Alert, AlertEvent, DismissalReview
from risk.alerts.returns import Overturned, checked_reason
from risk.alerts.states import Act, State
from risk.alerts.terms import due_at


@transaction.atomic
def uphold(*, number: str, actor: User, note: str = "", address: str = "") -> Alert:
    """同意排除: the dismissal stands."""
    note = checked_note(note)
    alert = _reviewed(Act.UPHOLD, number, actor, DismissalReview.State.UPHELD, note)
    turn(alert, state_of(alert))
    write(alert, AlertEvent.Kind.UPHELD, actor, address, {"note": note})
    return alert


@transaction.atomic
def overturn(*, number: str, actor: User, note: str = "", why: str = "", address: str = "") -> Alert:
    """推翻, with a reason (`why` of Overturned, or a note): the alert is to be checked again, by whoever takes it, and its term starts
    anew."""
    why, note = checked_reason(Overturned, why, note)
    alert = _reviewed(Act.OVERTURN, number, actor, DismissalReview.State.OVERTURNED, note)
    due = None if alert.backdated else due_at(alert.level, timezone.now())
    turn(alert, State(Alert.Status.NEW, None), due_at=due)
    write(alert, AlertEvent.Kind.OVERTURNED, actor, address, {"note": note, "why": why})
    return alert


def _reviewed(act: Act, number: str, actor: User, verdict: DismissalReview.State, note: str) -> Alert:
    """The locked alert, its waiting review decided. Raises Conflict when none waits, NotAllowed for who dismissed it."""
    alert, person = begin(act, number, actor)
    permit(act, alert, person)
    review = alert.reviews.filter(state=DismissalReview.State.WAITING).first()
    if review is None:
        raise taken(alert)
    review.state, review.note = verdict, note
    review.reviewed_by, review.reviewed_at = actor, timezone.now()
    review.save(update_fields=["state", "note", "reviewed_by", "reviewed_at"])
    return alert
