"""Reads of the quarantine. Whoever is shown rows starts from `visible_rows`; rules start from `open_rows`."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from ledger.intake.models import Discard, Quarantined
from ledger.intake.refused.discards import FREE
from ledger.roster.accounts import RoleGrant, User
from ledger.roster.rights import windows

State = Quarantined.State
# Every row is in exactly one of these.
PARTS: dict[str, Q] = {
    "open": FREE,
    "asked": Q(state=State.REJECTED, discard__state=Discard.State.ASKED),
    "waiting": Q(state=State.WAITING),
    "settled": Q(state__in=(State.TAKEN, State.CORRECTED, State.REPEATED, State.DISCARDED)),
}


def open_rows() -> QuerySet[Quarantined]:
    """Rejected rows nobody has settled, also those somebody asked to discard; for rules, oldest first.

    Of use there: id, source, kind, unit_code, staff_no, first_seen_at and reason.
    """
    return Quarantined.objects.filter(state=State.REJECTED).order_by("first_seen_at", "id")


def visible_rows(user: User, grants: Sequence[RoleGrant] | None = None) -> QuerySet[Quarantined]:
    """The rows a person may see: all of them by the roles that look after intake, without those that name the person as handler.

    `grants` as in `windows`.
    """
    if not windows(user, "quarantine", grants):
        return Quarantined.objects.none()
    rows = Quarantined.objects.all()
    return rows.exclude(staff_no=user.staff_no) if user.staff_no else rows


def visible_discards(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Discard]:
    """The requests a person may see: those without a row that is hidden from them. `grants` as in `windows`."""
    if not windows(user, "quarantine", grants):
        return Discard.objects.none()
    if not user.staff_no:
        return Discard.objects.all()
    return Discard.objects.exclude(Exists(Quarantined.objects.filter(discard=OuterRef("pk"), staff_no=user.staff_no)))


__all__ = ["PARTS", "open_rows", "visible_discards", "visible_rows"]
