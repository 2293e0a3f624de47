"""What people do on this platform as rows of rules: the watchers watched by the engine that watches everybody else.

A row is an entry of the audit trail, which nothing changes or removes, so a row never looks different later; only a dismissal that was
taken back within the half minute for it is no dismissal any more. What the system does by itself is nobody's act and no row.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from ledger.audit.models import AuditEntry
from ledger.journal.queries import roster_spans
from ledger.kit.days import event_day
from ledger.roster.models import User
from oversight.duty.models import DutyShift
from oversight.duty.services import LONGEST
from risk.alerts.states import UNDO_WITHIN
from risk.frames.record_frames import Records, on_days

FRAME = "actions"
# What the audit trail calls an act, and what rules call it.
ACTS = {
    "alert.acknowledged": "acknowledge",
    "alert.dismissed": "dismiss",
    "alert.issued": "issue",
    "alerts.exported": "export",
    "case.opened": "open",
    "case.closed": "close",
    "transaction.revealed": "reveal",
    "alert.revealed": "reveal",
    "quarantine.revealed": "reveal",
    "rule.raised": "raise_threshold",
    "rule.missed": "missed_hit",
}
DISMISSED, UNDONE = "alert.dismissed", "alert.undone"
# A purpose that names no kind of work is none: 无案由.
NO_CASE = "other"
ON, OFF = "on", "off"


def _pictures(found: QuerySet[AuditEntry]) -> list[dict[str, Any]]:
    entries = _standing(list(found))
    people = _people({entry.actor_id for entry in entries})
    units = _units({staff_no: unit for staff_no, unit in people.values()})
    shifts = _shifts(entries)
    made = []
    for entry in entries:
        staff_no = people.get(entry.actor_id, ("", ""))[0]
        made.append(
            {
                "id": entry.pk,
                "at": entry.at,
                "arrived": entry.at,
                "unit": _on_day(units.get(staff_no, []), event_day(entry.at)),
                "source": "",
                "actor": staff_no,
                "act": ACTS[entry.action],
                "object": entry.target,
                "alert": entry.target if entry.action.startswith("alert.") else "",
                "level": entry.detail.get("level", ""),
                "purpose": purpose_of(entry),
                "duty": ON if any(begun <= entry.at <= end for begun, end in shifts.get(entry.actor_id, ())) else OFF,
                "name": f"action:{entry.pk}",
            }
        )
    return made


def purpose_of(entry: AuditEntry) -> str:
    """What kind of work was stated; empty where none was, or only that it is another."""
    purpose = entry.detail.get("purpose", "")
    return "" if purpose == NO_CASE else purpose


def _standing(entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """Without the dismissals that the same person took back in time."""
    dismissed = [entry.at for entry in entries if entry.action == DISMISSED]
    if not dismissed:
        return list(entries)
    undone: dict[tuple[int | None, str], list[datetime]] = defaultdict(list)
    within = AuditEntry.objects.filter(action=UNDONE, at__gte=min(dismissed), at__lte=max(dismissed) + UNDO_WITHIN)
    for actor, target, at in within.values_list("actor_id", "target", "at"):
        undone[actor, target].append(at)

    def taken_back(entry: AuditEntry) -> bool:
        return any(entry.at <= at <= entry.at + UNDO_WITHIN for at in undone.get((entry.actor_id, entry.target), ()))

    return [entry for entry in entries if entry.action != DISMISSED or not taken_back(entry)]


def _people(accounts: Collection[int | None]) -> dict[int | None, tuple[str, str]]:
    """Staff number and unit of today by account; an account of nobody on the roster is left out."""
    held = User.objects.filter(pk__in=[pk for pk in accounts if pk is not None], staff__isnull=False)
    return {pk: (staff_no, unit) for pk, staff_no, unit in held.values_list("pk", "staff__staff_no", "staff__unit_code")}


def _units(today: dict[str, str]) -> dict[str, list[tuple[date, str]]]:
    """From which day on each was of which unit, as far as the roster's versions tell; else what it says today."""
    told = roster_spans("staff", ("unit_code",), today)
    return {staff_no: told[staff_no, "unit_code"] or [(date.min, unit)] for staff_no, unit in today.items()}


def _on_day(spans: Iterable[tuple[date, str]], day: date) -> str:
    return next((value for begun, value in reversed(list(spans)) if begun <= day), "")


def _shifts(entries: Sequence[AuditEntry]) -> dict[int | None, list[tuple[datetime, datetime]]]:
    """From when to when each was on duty. A shift that nobody ended lasts as long as the timetable would let it: what was done then
    looks the same before and after it is closed."""
    found: dict[int | None, list[tuple[datetime, datetime]]] = defaultdict(list)
    if entries:
        first, last = min(entry.at for entry in entries), max(entry.at for entry in entries)
        touching = DutyShift.objects.filter(user__in={entry.actor_id for entry in entries}, started_at__range=(first - LONGEST, last))
        for user, begun, ended in touching.values_list("user", "started_at", "ended_at"):
            found[user].append((begun, min(ended or begun + LONGEST, begun + LONGEST)))
    return found


def _span() -> tuple[date, date] | None:
    """By the index of moments from both ends: asked for the least and the greatest, every act there was would be read."""
    moments = ACTIONS.model._default_manager.filter(ACTIONS.standing).values_list("at", flat=True)
    ends = [at for order in ("at", "-at") for at in moments.order_by(order)[:1]]
    return (event_day(ends[0]), event_day(ends[1])) if ends else None


def _by_actor(column: str, codes: Sequence[str]) -> Q:
    """Actors are the only subjects of these rows."""
    return Q(actor_id__in=list(User.objects.filter(staff__staff_no__in=codes).values_list("pk", flat=True)))


ACTIONS = Records(
    FRAME,
    FRAME,
    AuditEntry,
    _pictures,
    on_days("at"),
    _span,
    text=("actor", "act", "object", "alert", "level", "purpose", "duty"),
    people=("actor",),
    standing=Q(action__in=list(ACTS), actor_id__isnull=False),
    narrowed=_by_actor,
)


def pictures_of(ids: Collection[int]) -> list[dict[str, Any]]:
    """The acts of these entries, as the frame shows them."""
    return _pictures(AuditEntry.objects.filter(pk__in=ids))
