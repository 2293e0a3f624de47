"""Leases on lanes: who may compute, and the proof at commit that nobody else has meanwhile."""

import secrets
from datetime import timedelta

from django.db.models import Min, Q
from django.utils import timezone

from ledger.kit.errors import MingjingError
from risk.scoring.models import DirtyMark, Lane

LEASE = timedelta(seconds=60)


class LeaseLost(MingjingError):
    """Another worker holds the lane by now; what was computed here is older than what it sees and is thrown away."""

    code = "lease_lost"


def claim() -> Lane | None:
    """Lease the lane whose fresh marks have waited longest (old data last), or None when nothing waits or all are held."""
    waiting = DirtyMark.objects.values("line", "subject_kind").annotate(fresh=Min("id", filter=Q(quiet=False)), oldest=Min("id"))
    ordered = sorted(waiting, key=lambda row: (row["fresh"] is None, row["fresh"] or row["oldest"]))
    for row in ordered:
        lane = Lane.objects.get_or_create(line=row["line"], subject_kind=row["subject_kind"])[0]
        now, token = timezone.now(), secrets.token_hex(16)
        free = Lane.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=lane.pk)
        if free.update(token=token, lease_until=now + LEASE):
            lane.token = token
            return lane
    return None


def renew(lane: Lane) -> None:
    """Hold the lane longer. Raises LeaseLost when it is no longer ours."""
    if not Lane.objects.filter(pk=lane.pk, token=lane.token).update(lease_until=timezone.now() + LEASE):
        raise LeaseLost(f"lane {lane}")


def confirm(lane: Lane) -> None:
    """Inside the committing transaction: lock the lane and prove that it is still ours. Raises LeaseLost."""
    if not Lane.objects.select_for_update().filter(pk=lane.pk, token=lane.token).exists():
        raise LeaseLost(f"lane {lane}")


def release(lane: Lane) -> None:
    Lane.objects.filter(pk=lane.pk, token=lane.token).update(token="", lease_until=None)
