"""Working a sweep: one part after another, each with its hits and alerts and its being done in one transaction, behind live scoring.

Killed anywhere, a sweep loses at most the part it was doing. Live scoring is never in its debt: a part is begun only when no fresh mark
waits, live scoring takes a lane away from it, and after every second of work it rests so long that it keeps to its share of one core.
"""

import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ledger.audit.services import record
from risk.alerts.sequencer import sequence_events
from risk.rules.models import Reach
from risk.scoring import lanes
from risk.scoring.models import DirtyMark, Lane
from risk.scoring.plan import Range
from risk.scoring.services import Result, score_days
from risk.sweeps.models import Sweep, SweepPart, SweptAlert

LEASE = timedelta(seconds=60)
BURST_SECONDS = 1.0
# How often live scoring may take the lane from a part; then the part holds it, or a busy lane would never be swept.
YIELDS = 3
# How often a part is begun in all; one that fails as often needs somebody, and the sweep waits for them.
STARTS = 6
LOOK_AHEAD = 20


def run_sweeps(*, as_of: datetime | None = None) -> int:
    """What a worker does for sweeps at one stroke of the clock: parts of the one whose turn it is, for a second or so. Returns how many.

    Safe to run any number of times at once: one worker has the sweep at a time.
    """
    if live_waits():
        return 0
    turn = Sweep.objects.filter(state__in=Sweep.WORKABLE).order_by("id").first()
    if turn is None or not _claim(turn, hurried=False):
        return 0
    began, worked, done = time.monotonic(), 0.0, 0
    while worked < BURST_SECONDS and not (done and live_waits()) and work_part(turn, as_of=as_of):
        done, worked = done + 1, time.monotonic() - began
    _release(turn, rest=worked * (100 / settings.SWEEP_SHARE_PERCENT - 1))
    return done


def run_to_end(sweep: Sweep, *, tell: Callable[[Sweep], None], as_of: datetime | None = None, wait: float = 0.5) -> None:
    """Work a sweep in this process without resting, until it is done or somebody paused or stopped it; `tell` after every part.

    Waits `wait` seconds where a worker has it, or where live scoring holds all lanes in question.
    """
    while sweep.state in Sweep.WORKABLE:
        # Only what was leased here is given back: the row may bear the token of a worker by now.
        if _claim(sweep, hurried=True):
            worked = work_part(sweep, as_of=as_of)
            _release(sweep, rest=0)
        else:
            worked = False
        sweep.refresh_from_db()
        if not worked and sweep.state in Sweep.WORKABLE:
            time.sleep(wait)
        tell(sweep)


def live_waits() -> bool:
    """Whether fresh marks wait that live scoring can work at once; what is of a wider reach has a rest of its own."""
    return DirtyMark.objects.filter(reach=Reach.SUBJECT, quiet=False).exists()


def _claim(sweep: Sweep, *, hurried: bool) -> bool:
    now, token = timezone.now(), secrets.token_hex(16)
    free = Sweep.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=sweep.pk, state__in=Sweep.WORKABLE)
    if not hurried:
        free = free.filter(Q(rest_until=None) | Q(rest_until__lte=now))
    if not free.update(token=token, lease_until=now + LEASE):
        return False
    sweep.token = token
    return True


def _release(sweep: Sweep, *, rest: float) -> None:
    until = timezone.now() + timedelta(seconds=rest)
    Sweep.objects.filter(pk=sweep.pk, token=sweep.token).update(token="", lease_until=None, rest_until=until)


def work_part(sweep: Sweep, *, as_of: datetime | None = None) -> bool:
    """Do the next part of a leased sweep whose lane is free; False when there is none, or the sweep ended or was paused."""
    if sweep.parts.filter(done_at=None).exists():
        found = _begin(sweep)
        if found is None:
            return False
        part, lane = found
        start = time.monotonic()
        try:
            result = score_days(
                lane,
                Range(part.first_day, part.last_day),
                part.rule_codes,
                settle=lambda result: _settle(part, result, time.monotonic() - start),
                as_of=as_of,
            )
        except lanes.LeaseLost:  # live scoring took the lane, or the sweep was stopped: nothing was written
            return True
        finally:
            lanes.release_from_history(lane)
        if result.raised:
            sequence_events()
    return not _finish(sweep)


@transaction.atomic
def _begin(sweep: Sweep) -> tuple[SweepPart, Lane] | None:
    """The first of the parts to do whose lane could be leased, counted as begun."""
    held = Sweep.objects.select_for_update(no_key=True).filter(pk=sweep.pk, token=sweep.token, state__in=Sweep.WORKABLE).first()
    if held is None:
        return None
    busy = set()
    for part in held.parts.filter(done_at=None).order_by("place")[:LOOK_AHEAD]:
        if part.starts >= STARTS:
            _pause_for_somebody(held, part)
            return None
        if part.lane_key in busy:
            continue
        lane = lanes.claim_for_history(part.lane_key, gives_way=part.starts < YIELDS)
        if lane is None:
            busy.add(part.lane_key)
            continue
        part.starts += 1
        part.save(update_fields=["starts"])
        now = timezone.now()
        held.state, held.begun_at, held.lease_until = Sweep.State.RUNNING, held.begun_at or now, now + LEASE
        held.save(update_fields=["state", "begun_at", "lease_until"])
        return part, lane
    return None


def _pause_for_somebody(sweep: Sweep, part: SweepPart) -> None:
    """A part that was begun so often and never done would keep the rest from being done for ever."""
    sweep.state, sweep.acted_by, sweep.acted_at = Sweep.State.PAUSED, None, timezone.now()
    sweep.save(update_fields=["state", "acted_by", "acted_at"])
    days = [part.first_day.isoformat(), part.last_day.isoformat()]
    record("sweep.stuck", target=sweep.number, rules=part.rule_codes, days=days)


def _settle(part: SweepPart, result: Result, seconds: float) -> None:
    """In the transaction that commits the hits: the part is done, once. Raises LeaseLost when it is, or when the sweep was stopped."""
    wanted = Sweep.objects.filter(pk=part.sweep_id).exclude(state=Sweep.State.STOPPED).exists()
    undone = SweepPart.objects.filter(pk=part.pk, done_at=None)
    if not wanted or not undone.update(done_at=timezone.now(), seconds=seconds, hits=result.hits):
        raise lanes.LeaseLost(f"part {part}")
    raised = [SweptAlert(sweep_id=part.sweep_id, alert_id=number) for number in result.raised]
    SweptAlert.objects.bulk_create(raised, batch_size=500, ignore_conflicts=True)


@transaction.atomic
def _finish(sweep: Sweep) -> bool:
    """Whether nothing is left to do; the sweep is done then, if nobody ended or paused it."""
    if SweepPart.objects.filter(sweep=sweep.pk, done_at=None).exists():
        return False
    held = Sweep.objects.select_for_update(no_key=True).get(pk=sweep.pk)
    if held.state in Sweep.WORKABLE:
        held.state, held.ended_at = Sweep.State.DONE, timezone.now()
        held.save(update_fields=["state", "ended_at"])
        record("sweep.done", target=held.number)
    return True
