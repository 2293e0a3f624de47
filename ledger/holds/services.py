"""The only writer of holds. Whatever changes what stood on which day is told, so that business done under it is found."""

import unicodedata
from datetime import date, datetime

from django.db import transaction as database
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.holds.models import BARS_BUSINESS, OF_STAFF, Effect, Hold, SubjectKind
from ledger.journal.changes import RosterChange, tell_roster_change
from ledger.kit.days import event_day
from ledger.kit.errors import BadInput
from ledger.kit.numbers import random_number

TOLD = "holds"
CODE_LENGTH = 80


def code_of(text: str) -> str:
    """A code as holds keep it and as it is asked for: two spellings of one code are one subject."""
    return unicodedata.normalize("NFKC", text).strip()


@database.atomic
def place(
    *,
    subject_kind: str,
    subject_code: str,
    effect: str,
    cause: str,
    cause_number: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
) -> Hold:
    """Stop one thing for one subject from a moment on. Times are aware; a hold may begin in the past or the future.

    Raises BadInput for a subject, effect or time that cannot be; of a person only permissions and allocation are stopped.
    """
    code = code_of(subject_code)
    if subject_kind not in SubjectKind.values or not code or len(code) > CODE_LENGTH:
        raise BadInput(_("A hold is upon a person, a post, a unit, an agency or a terminal, named by its code."))
    if effect not in Effect.values or cause not in Hold.Cause.values or not cause_number:
        raise BadInput(_("A hold says what it stops, and why."))
    if subject_kind == SubjectKind.STAFF and effect not in OF_STAFF:
        raise BadInput(_("Of a person only permissions and the allocation of work can be stopped, never duty."))
    if ends_at is not None and ends_at <= starts_at:
        raise BadInput(_("A hold ends after it begins."))
    now = timezone.now()
    made = Hold.objects.create(
        number=random_number("TQ", now),
        subject_kind=subject_kind,
        subject_code=code,
        effect=effect,
        cause=cause,
        cause_number=cause_number,
        starts_at=starts_at,
        ends_at=ends_at,
        placed_at=now,
    )
    record("hold.placed", target=made.number, subject_kind=subject_kind, subject_code=code, effect=effect, cause=cause_number)
    _tell(made, starts_at, ends_at)
    return made


@database.atomic
def lift(*, at: datetime, hold: Hold | None = None, cause_number: str = "") -> list[Hold]:
    """End a hold, or all of one cause, at a moment; what is over by then, or was lifted before, stays as it is.

    Returns those that were ended. Raises ValueError when neither or both are named.
    """
    if (hold is None) == (not cause_number):
        raise ValueError("name a hold or a cause")
    which = Q(pk=hold.pk) if hold is not None else Q(cause_number=cause_number)
    unended = Q(ends_at=None) | Q(ends_at__gt=at)
    found = list(Hold.objects.select_for_update().filter(which, unended, lifted_at=None).order_by("id"))
    Hold.objects.filter(pk__in=[one.pk for one in found]).update(lifted_at=at)
    for one in found:
        one.lifted_at = at
        record("hold.lifted", target=one.number, subject_kind=one.subject_kind, subject_code=one.subject_code, cause=one.cause_number)
        _tell(one, max(at, one.starts_at), one.ends_at)
    return found


def _tell(changed: Hold, first: datetime, last: datetime | None) -> None:
    """The days on which business is under the hold now and was not, or the other way round."""
    if changed.effect in BARS_BUSINESS:
        tell_roster_change(RosterChange(TOLD, frozenset(), event_day(first), event_day(last) if last else date.max))
