"""Going on duty, handing over, confirming what was handed over. Each act is one transaction with its audit entry."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role, User
from ledger.roster.rights import roles_of
from oversight.duty.models import NOTE_LENGTH, BellMark, DutyShift, HandoverRead
from oversight.duty.queries import handovers_to_read, holders_of, numbers_in, shares_sight
from risk.alerts.queries import visible_to

LONGEST = timedelta(hours=14)


def _must_supervise(actor: User) -> None:
    if Role.SUPERVISOR not in roles_of(actor):
        raise NotAllowed(_("Only supervisors of the centre go on duty; ask the security admin for the role."))


@transaction.atomic
def start_shift(*, actor: User, read: Collection[int] = (), address: str = "") -> DutyShift:
    """开始值班. `read`: ids of the shifts whose handover the actor confirms having read.

    Raises BadInput while a handover is unread, Conflict when the actor is on duty already.
    """
    _must_supervise(actor)
    now = timezone.now()
    if DutyShift.objects.filter(user=actor, ended_at=None).exists():
        raise Conflict(_("You are on duty already."))
    waiting = handovers_to_read(actor, now)
    if {shift.pk for shift in waiting} - set(read):
        raise BadInput(_("Read what the shift before handed over, and confirm it."))
    for shift in waiting:
        _read(shift, actor, address)
    try:
        with transaction.atomic():
            started = DutyShift.objects.create(user=actor, started_at=now)
    except IntegrityError as error:
        raise Conflict(_("You are on duty already.")) from error
    record("duty.started", actor=actor, target=str(started.pk), address=address)
    return started


@transaction.atomic
def end_shift(*, actor: User, note: str = "", handed_to: User | None = None, address: str = "") -> DutyShift:
    """结束值班 with a note for the next shift. Raises BadInput for a note or a person that will not do, Conflict when not on duty."""
    shift = DutyShift.objects.select_for_update(of=("self",)).filter(user=actor, ended_at=None).first()
    if shift is None:
        raise Conflict(_("You are not on duty (any more); nothing was written."))
    note = note.replace("\r\n", "\n").strip()
    if len(note) > NOTE_LENGTH:
        message = _("The note has %(length)d characters, %(most)d are possible; shorten it and send again.")
        raise BadInput(message % {"length": len(note), "most": NOTE_LENGTH})
    _must_know(actor, note)
    if handed_to is not None and (handed_to == actor or handed_to not in successors(actor)):
        raise BadInput(_("Choose who takes over from the list."))
    shift.ended_at, shift.note, shift.handed_to = timezone.now(), note, handed_to
    shift.save(update_fields=["ended_at", "note", "handed_to"])
    taken_by = handed_to.get_username() if handed_to else ""
    record("duty.ended", actor=actor, target=str(shift.pk), address=address, handed_to=taken_by)
    return shift


def _must_know(actor: User, note: str) -> None:
    """A number of an alert decides who reads its line, so a wrong one would hide the line from everybody."""
    named = numbers_in(note)
    known = set(visible_to(actor).filter(number__in=named).values_list("number", flat=True)) if named else set()
    for number in named:
        if number not in known:
            raise BadInput(_("There is no alert %(number)s that you may see.") % {"number": number})


def successors(actor: User) -> list[User]:
    """Who may be named to take over: the other supervisors who see all that the actor sees."""
    return [user for user in holders_of(Role.SUPERVISOR).exclude(pk=actor.pk) if shares_sight(user, actor)]


@transaction.atomic
def confirm_handover(*, actor: User, shift: int, address: str = "") -> HandoverRead:
    """Confirm having read what a shift handed over. Raises NotFound for one that is not the actor's to read (any more)."""
    _must_supervise(actor)
    found = next((one for one in handovers_to_read(actor, timezone.now()) if one.pk == shift), None)
    if found is None:
        raise NotFound(_("There is no handover that waits for you; it may be confirmed already."))
    return _read(found, actor, address)


def _read(shift: DutyShift, actor: User, address: str) -> HandoverRead:
    made, _created = HandoverRead.objects.get_or_create(shift=shift, user=actor, defaults={"at": timezone.now()})
    record("duty.handover_read", actor=actor, target=str(shift.pk), address=address)
    return made


@transaction.atomic
def close_forgotten(*, now: datetime | None = None) -> int:
    """Close the shifts nobody ended within LONGEST, as ended then; how many there were. Running it twice closes none twice."""
    now = now or timezone.now()
    forgotten = DutyShift.objects.select_for_update(of=("self",)).filter(ended_at=None, started_at__lte=now - LONGEST)
    closed = 0
    for shift in forgotten.order_by("pk"):
        shift.ended_at, shift.closed_late = shift.started_at + LONGEST, True
        shift.save(update_fields=["ended_at", "closed_late"])
        record("duty.closed", target=str(shift.pk), hours=LONGEST.total_seconds() / 3600)
        closed += 1
    return closed


@transaction.atomic
def mark_read(*, actor: User, until: datetime) -> None:
    """Note that the actor has read what concerns them up to a moment; an earlier moment takes nothing back."""
    until = min(until, timezone.now())
    mark, created = BellMark.objects.select_for_update().get_or_create(user=actor, defaults={"read_until": until})
    if not created and mark.read_until < until:
        mark.read_until = until
        mark.save(update_fields=["read_until"])
