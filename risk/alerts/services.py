"""What people do with an alert before it becomes a warning. Each act is one transaction: the event, the new state, the audit entry."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Conflict
from ledger.roster.accounts import User
from risk.alerts.acting import begin, checked_note, judged, locked, permit, state_of, taken, turn, write
from risk.alerts.models import Alert, AlertEvent, DismissalReview
from risk.alerts.queries import possible_handlers
from risk.alerts.snoozing import Why, checked_until, wake_up
from risk.alerts.states import LEVELS_OF_TWO, UNDO_WITHIN, UNDOABLE, Act, State

Kind = AlertEvent.Kind
REASON_LENGTH = 2


@transaction.atomic
def acknowledge(*, number: str, actor: User, address: str = "") -> Alert:
    """受理: the actor takes the alert. Raises Conflict, naming who and when, if somebody else was first."""
    alert, person = begin(Act.ACKNOWLEDGE, number, actor)
    permit(Act.ACKNOWLEDGE, alert, person)
    was = state_of(alert)
    turn(alert, State(Alert.Status.ACKNOWLEDGED, actor.pk))
    write(alert, Kind.ACKNOWLEDGED, actor, address, {"was": was.told})
    return alert


@transaction.atomic
def start_checking(*, number: str, actor: User, address: str = "") -> Alert:
    """核查中: the handler says that the check has begun."""
    alert, person = begin(Act.CHECK, number, actor)
    permit(Act.CHECK, alert, person)
    was = state_of(alert)
    turn(alert, State(Alert.Status.CHECKING, actor.pk))
    write(alert, Kind.CHECKING, actor, address, {"was": was.told})
    return alert


@transaction.atomic
def dismiss(*, number: str, actor: User, reason: str, note: str = "", address: str = "") -> Alert:
    """排除 with a reason. What was judged (evidence and level) is kept, so that only more than it makes the alert return.

    The dismissal of a red or orange alert waits for the second look of somebody else.
    """
    if reason not in Alert.Dismissal.values:
        raise BadInput(_("Choose a reason for the dismissal: false alarm, repeated, ordinary business or data quality."))
    note = checked_note(note)
    alert, person = begin(Act.DISMISS, number, actor)
    permit(Act.DISMISS, alert, person)
    was = state_of(alert)
    turn(alert, State(Alert.Status.DISMISSED, actor.pk))
    event = write(alert, Kind.DISMISSED, actor, address, {"reason": reason, "note": note, "was": was.told} | judged(alert))
    if alert.level in LEVELS_OF_TWO:
        DismissalReview.objects.create(alert=alert, dismissal=event, dismissed_by=actor, level=alert.level)
    return alert


@transaction.atomic
def comment(*, number: str, actor: User, note: str, address: str = "") -> Alert:
    """备注: one more line in the record of the alert; anybody who sees the alert may write it."""
    note = checked_note(note)
    if not note:
        raise BadInput(_("Write something before you save the comment."))
    alert = locked(actor, number)
    write(alert, Kind.COMMENTED, actor, address, {"note": note})
    return alert


@transaction.atomic
def snooze(*, number: str, actor: User, until: datetime | None, reason: str = "", why: str = "", address: str = "") -> Alert:
    """挂起 until a moment: for one of the usual reasons (`why`, see Why), or for another in one's own words.

    The first-check term runs on; more evidence or a higher level wakes it before.
    Raises BadInput for a moment that is over, too far away, or more than two hours away for a red alert.
    """
    why = why or Why.OTHER
    if why not in Why.values:
        raise BadInput(_("Choose why the alert has to wait."))
    reason = checked_note(reason, least=REASON_LENGTH if why == Why.OTHER else 0)
    alert, person = begin(Act.SNOOZE, number, actor)
    permit(Act.SNOOZE, alert, person)
    until = checked_until(until, alert.level, timezone.now())
    was = state_of(alert)
    turn(alert, State(Alert.Status.SNOOZED, alert.handler_id), snoozed_until=until)
    told = {"until": until.isoformat(), "why": why, "note": reason, "was": was.told}
    write(alert, Kind.SNOOZED, actor, address, told | judged(alert))
    return alert


@transaction.atomic
def wake(*, number: str, actor: User, address: str = "") -> Alert:
    """End a snooze by hand: the alert is again what it was before, and whose."""
    alert, person = begin(Act.WAKE, number, actor)
    permit(Act.WAKE, alert, person)
    wake_up(alert, "hand", actor=actor, address=address)
    return alert


@transaction.atomic
def assign(*, number: str, actor: User, to: int, note: str = "", address: str = "") -> Alert:
    """分派: hand the alert over to another supervisor (`to`: account id), who must be one of `possible_handlers`."""
    note = checked_note(note)
    alert, person = begin(Act.ASSIGN, number, actor)
    permit(Act.ASSIGN, alert, person)
    chosen = next((user for user in possible_handlers(alert, actor=actor) if user.pk == to), None)
    if chosen is None:
        raise BadInput(_("Choose one of the supervisors who may handle this alert."))
    was, before = state_of(alert), alert.handler
    turn(alert, State(Alert.Status.ACKNOWLEDGED, chosen.pk))
    told = {"to": chosen.pk, "name": str(chosen), "from": str(before) if before else "", "note": note, "was": was.told}
    write(alert, Kind.ASSIGNED, actor, address, told)
    return alert


@transaction.atomic
def undo(*, number: str, actor: User, address: str = "") -> Alert:
    """撤销 of one's own last act within half a minute: status and handler are what they were; the record keeps both events.

    Raises Conflict when somebody else, or the engine, has changed the state since, when it is too late, or when it is no act to undo.
    """
    alert = locked(actor, number)
    last = alert.events.exclude(kind__in=(Kind.COMMENTED, Kind.CHANGED)).order_by("-id").first()
    if last is None or last.actor_id != actor.pk:
        raise taken(alert)
    if last.kind not in UNDOABLE:
        raise Conflict(_("There is no act of yours on this alert that could be undone."))
    if timezone.now() - last.at > UNDO_WITHIN:
        seconds = int(UNDO_WITHIN.total_seconds())
        raise Conflict(_("An act can be undone within %(seconds)d seconds; this one is older.") % {"seconds": seconds})
    back = State.back(last.data["was"])
    if last.kind == Kind.DISMISSED:
        alert.reviews.filter(state=DismissalReview.State.WAITING).update(state=DismissalReview.State.LAPSED)
    turn(alert, back)
    write(alert, Kind.UNDONE, actor, address, {"kind": last.kind, "back": back.told})
    return alert
