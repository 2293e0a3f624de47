"""发预警: a verified alert becomes a warning under a number of its own. Orange and red ones take two people."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import NotAllowed
from ledger.roster.accounts import User
from risk.alerts.acting import begin, checked_note, judged, permit, taken, turn, write
from risk.alerts.models import Alert, AlertEvent, IssuedWarning
from risk.alerts.numbers import random_number
from risk.alerts.returns import Returned, checked_reason
from risk.alerts.states import LEVELS_OF_TWO, Act, State

Kind = AlertEvent.Kind
CONCLUSION_LENGTH = 5


@transaction.atomic
def issue(*, number: str, actor: User, text: str, address: str = "") -> Alert:
    """The handler's conclusion: a blue or yellow warning is out with it, an orange or red one waits for a second person."""
    text = checked_note(text, least=CONCLUSION_LENGTH)
    alert, person = begin(Act.ISSUE, number, actor)
    act = Act.PROPOSE if alert.level in LEVELS_OF_TWO else Act.ISSUE
    permit(act, alert, person)
    if act is Act.PROPOSE:
        turn(alert, State(Alert.Status.PROPOSED, alert.handler_id))
        write(alert, Kind.PROPOSED, actor, address, {"text": text} | judged(alert))
    else:
        _put_out(alert, text, actor, None, actor, address)
    return alert


@transaction.atomic
def confirm(*, number: str, actor: User, address: str = "") -> Alert:
    """The second person stands by the conclusion: the warning is out. Raises NotAllowed for who proposed it."""
    alert, person = begin(Act.CONFIRM, number, actor)
    permit(Act.CONFIRM, alert, person)
    proposal = _proposal(alert)
    if proposal.actor is None or proposal.actor_id == actor.pk:
        raise NotAllowed(_("Somebody else must decide this: who proposed or dismissed does not confirm their own act."))
    _put_out(alert, proposal.data["text"], proposal.actor, actor, actor, address)
    return alert


@transaction.atomic
def send_back(*, number: str, actor: User, note: str = "", why: str = "", address: str = "") -> Alert:
    """The second person gives the proposal back with a reason (`why` of Returned, or a note), or who proposed takes it back: the check
    goes on."""
    note = checked_note(note)
    alert, person = begin(Act.RETURN, number, actor)
    permit(Act.RETURN, alert, person)
    own = alert.handler_id == actor.pk
    if not own:
        why, note = checked_reason(Returned, why, note)
    turn(alert, State(Alert.Status.CHECKING, alert.handler_id))
    write(alert, Kind.RETURNED, actor, address, {"note": note, "own": own} | ({} if own else {"why": why}))
    return alert


def _proposal(alert: Alert) -> AlertEvent:
    found = alert.events.filter(kind=Kind.PROPOSED).order_by("-id").select_related("actor").first()
    if found is None:
        raise taken(alert)
    return found


def _put_out(alert: Alert, text: str, proposer: User, second: User | None, actor: User, address: str) -> None:
    now = timezone.now()
    warning = IssuedWarning.objects.create(
        number=random_number("YJ", now), alert=alert, level=alert.level, text=text, proposed_by=proposer, confirmed_by=second, at=now
    )
    turn(alert, State(Alert.Status.ISSUED, alert.handler_id))
    write(alert, Kind.ISSUED, actor, address, {"warning": warning.number, "text": text, "confirmed": second is not None})
