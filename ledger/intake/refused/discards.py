"""Doing away with refused rows: one person asks with a reason, another decides. Nothing is removed, and everything is written down."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.intake.models import Discard, Quarantined
from ledger.intake.reading.values import plain
from ledger.intake.refused.telling import tell_settled
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound, TooLarge
from ledger.roster.accounts import Role, User
from ledger.roster.queries import units_led_by
from ledger.roster.rights import roles_of

ASKING = frozenset({Role.SYSTEM_ADMIN, Role.SUPERVISOR})
DECIDING = frozenset({Role.SYSTEM_ADMIN, Role.SUPERVISOR, Role.DISCIPLINE})
SHORTEST, LONGEST = 5, 500
MOST_ROWS = 20_000
# Open, and in no request that still waits for its decision.
FREE = Q(state=Quarantined.State.REJECTED) & (Q(discard=None) | ~Q(discard__state=Discard.State.ASKED))


@dataclass(frozen=True)
class Asked:
    """A request made; `left_out`: rows that were settled, or asked for by somebody else, meanwhile."""

    discard: Discard
    left_out: int


@dataclass(frozen=True)
class Decided:
    """A request decided. `rows`: how many were discarded; `left_out`: those that were settled before the decision."""

    discard: Discard
    rows: int
    left_out: int


@transaction.atomic
def ask_discard(*, rows: QuerySet[Quarantined], reason: str, actor: User, address: str = "") -> Asked:
    """Ask that these rows be discarded. Raises NotAllowed where they concern the actor, Conflict when none of them is free any more."""
    if not ASKING & roles_of(actor):
        raise NotAllowed(_("Only a system admin or a supervisor may ask that rows be discarded; ask the security admin for the role."))
    reason = _checked(reason, needed=True)
    wanted = list(rows.order_by().values_list("pk", flat=True)[: MOST_ROWS + 1])
    if not wanted:
        raise BadInput(_("No row is chosen; mark at least one."))
    if len(wanted) > MOST_ROWS:
        raise TooLarge(_("More than %(limit)d rows at once cannot be judged; narrow the filter.") % {"limit": MOST_ROWS})
    held = Quarantined.objects.filter(pk__in=wanted).select_for_update(of=("self",)).order_by("pk")
    free = {key for (key,) in held.values_list("pk")} & set(Quarantined.objects.filter(FREE, pk__in=wanted).values_list("pk", flat=True))
    if not free:
        raise Conflict(_("These rows were settled or asked for meanwhile; nothing was written. Load the list again."))
    _must_not_concern(actor, Quarantined.objects.filter(pk__in=free))
    discard = Discard.objects.create(reason=reason, rows_count=len(free), asked_by=actor, asked_at=timezone.now())
    Quarantined.objects.filter(pk__in=free).update(discard=discard)
    record("quarantine.discard_asked", actor=actor, target=str(discard.pk), address=address, rows=len(free), reason=reason)
    return Asked(discard, len(wanted) - len(free))


@transaction.atomic
def decide_discard(*, discard: int, approve: bool, actor: User, note: str = "", address: str = "") -> Decided:
    """Approve or refuse a request of somebody else. Rows settled meanwhile are left out; a refusal says why and frees the rows.

    Raises NotFound, Conflict naming who was first, NotAllowed for whoever asked, is concerned or may not decide.
    """
    if not DECIDING & roles_of(actor):
        raise NotAllowed(_("Only a supervisor, a discipline inspector or a system admin may decide; ask the security admin for the role."))
    if actor.staff is not None and actor.staff.kind != "officer":
        raise NotAllowed(_("Auxiliaries and employees may ask that rows be discarded, but an officer must decide."))
    note = _checked(note, needed=not approve)
    asked = Discard.objects.select_for_update().filter(pk=discard).first()
    if asked is None:
        raise NotFound(_("There is no request %(number)s that you may see.") % {"number": discard})
    if asked.state != Discard.State.ASKED:
        raise _decided_before(asked)
    if asked.asked_by_id == actor.pk:
        raise NotAllowed(_("You asked for this yourself; another person must decide."))
    _must_not_concern(actor, Quarantined.objects.filter(discard=asked))
    open_rows = Quarantined.objects.filter(discard=asked, state=Quarantined.State.REJECTED)
    rows = list(open_rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    now = timezone.now()
    asked.state = Discard.State.APPROVED if approve else Discard.State.REFUSED
    asked.decided_by, asked.decided_at, asked.note = actor, now, note
    asked.save(update_fields=["state", "decided_by", "decided_at", "note"])
    if approve:
        tell_settled(open_rows.filter(pk__in=rows))
        open_rows.filter(pk__in=rows).update(state=Quarantined.State.DISCARDED, settled_at=now)
    done = Decided(asked, len(rows) if approve else 0, asked.rows_count - len(rows))
    action = "quarantine.discard_approved" if approve else "quarantine.discard_refused"
    record(action, actor=actor, target=str(asked.pk), address=address, rows=len(rows), left_out=done.left_out, note=note)
    return done


def concerned(actor: User, rows: QuerySet[Quarantined]) -> int:
    """How many of the rows name the person anywhere, or are of a unit the person leads."""
    if not actor.staff_no:
        return 0
    led = units_led_by(actor.staff_no)
    return sum(unit in led or actor.staff_no in _named(staff_no, content) for staff_no, unit, content in _facts(rows))


def _facts(rows: QuerySet[Quarantined]) -> Iterator[tuple[str, str, dict[str, str]]]:
    return rows.order_by().values_list("staff_no", "unit_code", "content").iterator(chunk_size=2000)


def _named(staff_no: str, content: dict[str, str]) -> set[str]:
    return {staff_no, *(plain(cell) for cell in content.values())}


def _must_not_concern(actor: User, rows: QuerySet[Quarantined]) -> None:
    if found := concerned(actor, rows):
        message = _("%(found)d of these rows name you or are of the unit you lead; somebody else must take care of them.")
        raise NotAllowed(message % {"found": found})


def _checked(text: str, *, needed: bool) -> str:
    text = text.strip()
    if len(text) > LONGEST or (needed and len(text) < SHORTEST):
        message = _("Give the reason in %(shortest)d to %(longest)d characters; it has %(length)d.")
        raise BadInput(message % {"shortest": SHORTEST, "longest": LONGEST, "length": len(text)})
    return text


def _decided_before(asked: Discard) -> Conflict:
    message = _("This request was already %(state)s by %(name)s at %(time)s; your decision was not written.")
    time = f"{asked.decided_at.astimezone(SHANGHAI):%m-%d %H:%M}" if asked.decided_at else ""
    return Conflict(message % {"state": asked.get_state_display(), "name": str(asked.decided_by), "time": time})


__all__ = ["ASKING", "DECIDING", "FREE", "Asked", "Decided", "ask_discard", "concerned", "decide_discard"]
