"""What people do with an alert. Each act is one transaction: the event, the new state, the audit entry."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict, NotAllowed
from ledger.roster.accounts import Role, User
from ledger.roster.rights import roles_of
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.queries import visible_alert

NOTE_LENGTH = 2_000


def _locked(actor: User, number: str) -> Alert:
    """The alert, if the actor may see it, locked until the transaction ends."""
    seen = visible_alert(actor, number)
    return Alert.objects.select_for_update().get(pk=seen.pk)


def _must_judge(actor: User) -> None:
    """Only supervisors judge an alert, and of them only officers: auxiliaries and employees enter and remind."""
    if Role.SUPERVISOR not in roles_of(actor):
        raise NotAllowed(_("Only a supervisor of the centre may judge an alert; ask the security admin for the role."))
    if actor.staff is not None and actor.staff.kind != "officer":
        raise NotAllowed(_("Auxiliaries and employees may comment on an alert, but an officer must judge it."))


def _taken(alert: Alert) -> Conflict:
    last = alert.events.exclude(actor=None).exclude(kind=AlertEvent.Kind.COMMENTED).order_by("-id").select_related("actor").first()
    if last is None:
        return Conflict(_("Alert %(number)s changed meanwhile; nothing was written. Open it again.") % {"number": alert.number})
    return Conflict(
        _("This alert was already %(act)s by %(name)s at %(time)s; your action was not written.")
        % {"act": last.get_kind_display(), "name": str(last.actor), "time": f"{last.at.astimezone(SHANGHAI):%H:%M}"}
    )


def _event(alert: Alert, kind: AlertEvent.Kind, actor: User, address: str, data: dict[str, Any]) -> AlertEvent:
    event = AlertEvent.objects.create(alert=alert, kind=kind, at=timezone.now(), actor=actor, data=data)
    record(f"alert.{kind.value}", actor=actor, target=alert.number, address=address)
    return event


@transaction.atomic
def acknowledge(*, number: str, actor: User, address: str = "") -> Alert:
    """受理: the actor takes the alert. Raises Conflict, naming who and when, if somebody else was first."""
    _must_judge(actor)
    alert = _locked(actor, number)
    if alert.status not in (Alert.Status.NEW, Alert.Status.RECURRED):
        raise _taken(alert)
    alert.status, alert.handler, alert.updated_at = Alert.Status.ACKNOWLEDGED, actor, timezone.now()
    alert.save(update_fields=["status", "handler", "updated_at"])
    _event(alert, AlertEvent.Kind.ACKNOWLEDGED, actor, address, {})
    return alert


@transaction.atomic
def dismiss(*, number: str, actor: User, reason: str, note: str = "", address: str = "") -> Alert:
    """排除 with a reason. What was judged (evidence and level) is kept, so that only more than it makes the alert return."""
    _must_judge(actor)
    if reason not in Alert.Dismissal.values:
        raise BadInput(_("Choose a reason for the dismissal: false alarm, repeated, ordinary business or data quality."))
    note = _checked_note(note)
    alert = _locked(actor, number)
    free = alert.status in (Alert.Status.NEW, Alert.Status.RECURRED)
    if not free and not (alert.status in (Alert.Status.ACKNOWLEDGED, Alert.Status.CHECKING) and alert.handler_id == actor.pk):
        raise _taken(alert)
    alert.status, alert.handler, alert.updated_at = Alert.Status.DISMISSED, actor, timezone.now()
    alert.save(update_fields=["status", "handler", "updated_at"])
    judged = list(alert.evidence.order_by("row_id").values_list("row_id", flat=True))
    data = {"reason": reason, "note": note, "level": alert.level, "evidence": judged}
    _event(alert, AlertEvent.Kind.DISMISSED, actor, address, data)
    return alert


@transaction.atomic
def comment(*, number: str, actor: User, note: str, address: str = "") -> Alert:
    """备注: one more line in the record of the alert; anybody who sees the alert may write it."""
    note = _checked_note(note)
    if not note:
        raise BadInput(_("Write something before you save the comment."))
    alert = _locked(actor, number)
    _event(alert, AlertEvent.Kind.COMMENTED, actor, address, {"note": note})
    return alert


def _checked_note(note: str) -> str:
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        message = _("The note has %(length)d characters, %(most)d are possible; shorten it and send again.")
        raise BadInput(message % {"length": len(note), "most": NOTE_LENGTH})
    return note
