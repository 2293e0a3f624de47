"""Reading shifts: who is on duty, what an earlier shift handed over to whom, and which lines of it they may read."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from ledger.kit.days import today
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.models import Unit
from ledger.roster.rights import windows
from oversight.duty.models import DutyShift, HandoverRead
from risk.alerts.models import Alert
from risk.alerts.queries import visible_to

# What was handed over longer ago is history: whoever comes back from leave reads the last two days.
HANDOVERS_FOR = timedelta(hours=48)
ALERT_NUMBER = re.compile(r"\bYD-\d{6}-[0-9A-Z]{6}\b", re.IGNORECASE | re.ASCII)


def holders_of(role: Role, unit: Unit | None = None) -> QuerySet[User]:
    """The people who hold a role today; `unit`: over this very unit."""
    day = today()
    grants = RoleGrant.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), user=OuterRef("pk"), role=role, valid_from__lte=day)
    if unit is not None:
        grants = grants.filter(unit=unit)
    return User.objects.filter(Exists(grants), is_active=True).select_related("staff").order_by("name", "pk")


def open_shifts() -> QuerySet[DutyShift]:
    """The shifts of those who are on duty now, the longest first. Whoever is no supervisor any more is on duty no more."""
    return DutyShift.objects.filter(ended_at=None, user__in=holders_of(Role.SUPERVISOR).order_by()).select_related("user").order_by("pk")


def seeing(alert: Alert, people: Iterable[User]) -> list[User]:
    """Those of the people who may see the alert: by their units, and not recused."""
    return [person for person in people if visible_to(person).filter(pk=alert.pk).exists()]


def shares_sight(reader: User, owner: User) -> bool:
    """Whether the reader sees all units whose alerts the owner sees: what is said of units beyond is not for them.

    Of an owner who sees none any more it is not known how far they saw; then the reader must see everything.
    """
    seen = [window.path for window in windows(reader, "alert") if not window.reach.verified_only]
    needed = [window.path for window in windows(owner, "alert")]
    if not needed:
        return any(len(path) == Unit.steplen for path in seen)
    return all(any(path.startswith(own) for own in seen) for path in needed)


def handovers_to_read(user: User, now: datetime) -> list[DutyShift]:
    """What others handed over since this person's own last shift ended, and the person has not confirmed; the newest first."""
    last = DutyShift.objects.filter(user=user, ended_at__isnull=False).order_by("-ended_at").values_list("ended_at", flat=True).first()
    since = max(filter(None, (last, now - HANDOVERS_FOR)))
    read = HandoverRead.objects.filter(shift=OuterRef("pk"), user=user)
    found = DutyShift.objects.filter(~Exists(read), ended_at__gt=since).exclude(user=user).select_related("user", "handed_to")
    sharing: dict[int, bool] = {}
    shown = []
    for shift in found.order_by("-ended_at", "-pk"):
        if sharing.setdefault(shift.user_id, shares_sight(user, shift.user)):
            shown.append(shift)
    return shown


def note_for(shift: DutyShift, reader: User) -> str:
    """The note as the reader may know it: without the lines that name an alert they do not see, and without a trace of those."""
    if reader.pk == shift.user_id:
        return shift.note
    numbers = numbers_in(shift.note)
    seen = set(visible_to(reader).filter(number__in=numbers).values_list("number", flat=True)) if numbers else set()
    return "\n".join(line for line in shift.note.splitlines() if set(numbers_in(line)) <= seen)


def numbers_in(text: str) -> Sequence[str]:
    """The numbers of alerts that a text names."""
    return [found.upper() for found in ALERT_NUMBER.findall(text)]


def shifts_touching(first: datetime, last: datetime) -> Q:
    """Shifts of which some part lies within [first, last)."""
    return Q(started_at__lt=last) & (Q(ended_at=None) | Q(ended_at__gt=first))
