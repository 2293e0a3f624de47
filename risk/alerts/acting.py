"""The frame of every act on an alert: lock it, ask the table, write the event, the new state and the audit entry. Inside a transaction."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict, NotAllowed
from ledger.roster.accounts import Role, User
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.queries import visible_alert
from risk.alerts.states import ROLES, TAKEN, Act, Move, Person, State, move_of

NOTE_LENGTH = 2_000


def locked(actor: User, number: str) -> Alert:
    """The alert, if the actor may see it, locked until the transaction ends."""
    seen = visible_alert(actor, number)
    return Alert.objects.select_for_update().get(pk=seen.pk)


def begin(act: Act, number: str, actor: User) -> tuple[Alert, Person]:
    """The locked alert, for somebody whose role may do such a thing at all. Raises NotAllowed, NotFound."""
    person = Person.of(actor)
    if person.roles.isdisjoint(ROLES[act]):
        if ROLES[act] == {Role.SUPERVISOR}:
            raise NotAllowed(_("Only a supervisor of the centre may judge an alert; ask the security admin for the role."))
        raise NotAllowed(_("Your role reads alerts and comments on them; it does not decide here."))
    if not person.officer:
        raise NotAllowed(_("Auxiliaries and employees may comment on an alert, but an officer must judge it."))
    return locked(actor, number), person


def permit(act: Act, alert: Alert, person: Person) -> Move:
    """Where the act leads from here. Raises Conflict when the alert is not (or no longer) there, NotAllowed for the wrong person."""
    move = move_of(act, alert)
    if move is None:
        raise taken(alert)
    if move.who(person, alert):
        return move
    if alert.status in TAKEN:
        raise taken(alert)
    if alert.handler_id == person.pk:
        raise NotAllowed(_("Somebody else must decide this: who proposed or dismissed does not confirm their own act."))
    raise NotAllowed(_("An orange warning is confirmed by a supervisor, a red one by a supervisor, a leader or the discipline inspection."))


def taken(alert: Alert) -> Conflict:
    """Somebody was faster: who, what and when."""
    last = alert.events.exclude(actor=None).exclude(kind=AlertEvent.Kind.COMMENTED).order_by("-id").select_related("actor").first()
    if last is None:
        return Conflict(_("Alert %(number)s changed meanwhile; nothing was written. Open it again.") % {"number": alert.number})
    return Conflict(
        _("This alert was already %(act)s by %(name)s at %(time)s; your action was not written.")
        % {"act": last.get_kind_display(), "name": str(last.actor), "time": f"{last.at.astimezone(SHANGHAI):%H:%M}"}
    )


def state_of(alert: Alert) -> State:
    return State(alert.status, alert.handler_id)


def turn(alert: Alert, state: State, **changes: Any) -> None:
    """Write the new state; whatever it was snoozed until ends, unless `changes` say otherwise."""
    values = {"status": state.status, "handler_id": state.handler_id, "snoozed_until": None, "updated_at": timezone.now()} | changes
    for name, value in values.items():
        setattr(alert, name, value)
    alert.save(update_fields=list(values))


def write(alert: Alert, kind: AlertEvent.Kind, actor: User | None, address: str, data: dict[str, Any]) -> AlertEvent:
    """The event and the audit entry of an act; actor None is the system, whose acts are told by events alone."""
    event = AlertEvent.objects.create(alert=alert, kind=kind, at=timezone.now(), actor=actor, data=data)
    if actor is not None:
        record(f"alert.{kind.value}", actor=actor, target=alert.number, address=address, level=alert.level)
    return event


def judged(alert: Alert) -> dict[str, Any]:
    """What lay before a person when they decided: only more than this brings the alert back."""
    return {"level": alert.level, "evidence": list(alert.evidence.order_by("row_id").values_list("row_id", flat=True))}


def checked_note(note: str, *, least: int = 0) -> str:
    """A text for the record, trimmed. Raises BadInput when it is too short or too long."""
    note = note.strip()
    if len(note) < least:
        raise BadInput(_("Write at least %(least)d characters.") % {"least": least})
    if len(note) > NOTE_LENGTH:
        message = _("The note has %(length)d characters, %(most)d are possible; shorten it and send again.")
        raise BadInput(message % {"length": len(note), "most": NOTE_LENGTH})
    return note
