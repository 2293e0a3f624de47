"""Steps that came before their transaction: they wait in the quarantine and are taken by themselves when it arrives."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby

from django.db import transaction as database
from django.utils import timezone

from ledger.intake.models import Quarantined
from ledger.intake.reading.headers import match_header
from ledger.intake.reading.kinds import STEPS
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.validation import Checker, Rosters
from ledger.intake.refused.settling import Taken, open_of, repeat_among, settle
from ledger.journal.fold import StepRecord
from ledger.journal.services import append_steps

WAITING_DAYS = 30
BLOCK = 5000


def take_waiting(*, source: str, serials: Iterable[str]) -> int:
    """Append the steps that waited for these transactions; part of the transaction that brought them. Returns how many were taken."""
    waiting = Quarantined.objects.filter(source=source, state=Quarantined.State.WAITING)
    if not waiting.exists():
        return 0
    rows = waiting.filter(serial_no__in=set(serials)).select_related("delivery").order_by("delivery_id", "id")
    taken = 0
    for _delivery_id, group in groupby(rows, key=lambda row: row.delivery_id):
        members = list(group)
        steps = {row.pk: step for row in members if (step := _step_of(row)) is not None}
        delivery = members[0].delivery
        append_steps(delivery=delivery, steps=list(steps.values()), backfill=delivery.backfill)
        Quarantined.objects.filter(pk__in=list(steps)).update(state=Quarantined.State.TAKEN, settled_at=timezone.now())
        for key, step in steps.items() if open_of(source=source, kind=delivery.kind).exists() else ():
            settle(delivery=delivery, taken=[Taken(f"{step.serial_no}/{step.seq}", line=0)], before=key)
        taken += len(steps)
    return taken


@database.atomic
def reject_overdue(*, now: datetime | None = None) -> int:
    """Reject steps whose transaction did not come within WAITING_DAYS; returns how many. Their age counts from now: they are work now."""
    deadline = (now or timezone.now()) - timedelta(days=WAITING_DAYS)
    overdue = Quarantined.objects.filter(state=Quarantined.State.WAITING, created_at__lt=deadline)
    done = 0
    while rows := list(overdue.select_for_update().order_by("pk")[:BLOCK]):
        for row in rows:
            row.state, row.reason, row.detail = Quarantined.State.REJECTED, "waited_too_long", {**row.detail, "days": WAITING_DAYS}
            row.first_seen_at = now or timezone.now()
        Quarantined.objects.bulk_update(rows, ("state", "reason", "detail", "first_seen_at"), batch_size=500)
        repeat_among(row.pk for row in rows)
        done += len(rows)
    return done


def _step_of(row: Quarantined) -> StepRecord | None:
    """The step of a waiting row, which passed the checks when it came; one that no longer passes is rejected with the reason."""
    names = row.columns
    try:
        step = _checker(names).check([row.content[name] for name in names])
    except Fault as fault:
        row.state, row.reason, row.detail = Quarantined.State.REJECTED, fault.reason, {**row.detail, **fault.detail}
        row.first_seen_at = timezone.now()
        row.column, row.value = fault.column[:60], fault.value[:200]
        row.save()
        return None
    return step if isinstance(step, StepRecord) else None


@lru_cache(maxsize=8)
def _checker(names: tuple[str, ...]) -> Checker:
    """The checks of steps refer to no roster and no present moment, so they may be kept."""
    return Checker(match_header(STEPS, names), Rosters(frozenset(), frozenset()), now=timezone.now())
