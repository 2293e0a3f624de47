"""Leases on lanes: who may compute, and the proof at commit that nobody else has meanwhile."""

import secrets
from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone

from ledger.kit.errors import MingjingError
from risk.rules.models import Reach
from risk.scoring.models import DirtyMark, Lane

LEASE = timedelta(seconds=60)
TIDY_FROM = 1_000
REST = 9
ORDER = {Reach.SUBJECT.value: 0, Reach.LINKED.value: 1, Reach.PEER.value: 2}


class LeaseLost(MingjingError):
    """Another worker holds the lane by now; what was computed here is older than what it sees and is thrown away."""

    code = "lease_lost"


def claim(today: date, *, tidied: Collection[int] = (), hurried: bool = True, fresh: bool | None = None) -> Lane | None:
    """Lease the lane whose fresh marks have waited longest (old data last), or None when nothing waits or all are held.

    Lanes of subjects come before those of linked rows, and those before peers. Of the two wider ones, whose passes take long, one lane of
    a kind is worked at a time, so that they never hold every worker. Peers wait until their grid day is over; what waits is tidied
    when it has become much, but not again in lanes that were `tidied` just now. Unless `hurried`, lanes that rest are left to rest. With
    `fresh` only lanes of subjects with fresh marks (True), or only the others (False).
    """
    ready = Q(ready_on=None) | Q(ready_on__lte=today)
    waiting = DirtyMark.objects.values("line", "subject_kind", "reach").annotate(
        fresh=Min("id", filter=ready & Q(quiet=False)), oldest=Min("id", filter=ready), marks=Count("id"), first=Min("id")
    )
    worth = [row for row in waiting if row["oldest"] is not None or row["marks"] >= TIDY_FROM]
    if fresh is not None:
        worth = [row for row in worth if fresh == (row["reach"] == Reach.SUBJECT and row["fresh"] is not None)]
    ordered = sorted(worth, key=lambda row: (ORDER[row["reach"]], row["fresh"] is None, row["fresh"] or row["oldest"] or row["first"]))
    for row in ordered:
        held = Lane.objects.filter(reach=row["reach"], lease_until__gte=timezone.now(), gives_way=False)
        if row["reach"] != Reach.SUBJECT and held.exists():
            continue
        lane = Lane.objects.get_or_create(line=row["line"], subject_kind=row["subject_kind"], reach=row["reach"])[0]
        now, token = timezone.now(), secrets.token_hex(16)
        if row["oldest"] is None and lane.pk in tidied:
            continue
        free = Lane.objects.filter(_unheld() | Q(gives_way=True), pk=lane.pk)
        if not hurried:
            free = free.filter(Q(rest_until=None) | Q(rest_until__lte=now))
        if free.update(token=token, lease_until=now + LEASE, gives_way=False):
            lane.token = token
            return lane
    return None


def _unheld() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


def claim_for_history(key: tuple[str, str, str], *, gives_way: bool) -> Lane | None:
    """Lease one lane for days that somebody asked for; None when it is held. With `gives_way` live scoring may take it away any time."""
    line, kind, reach = key
    lane = Lane.objects.get_or_create(line=line, subject_kind=kind, reach=reach)[0]
    token = secrets.token_hex(16)
    if not Lane.objects.filter(_unheld(), pk=lane.pk).update(token=token, lease_until=timezone.now() + LEASE, gives_way=gives_way):
        return None
    lane.token = token
    return lane


def renew(lane: Lane) -> None:
    """Hold the lane longer. Raises LeaseLost when it is no longer ours."""
    if not Lane.objects.filter(pk=lane.pk, token=lane.token).update(lease_until=timezone.now() + LEASE):
        raise LeaseLost(f"lane {lane}")


def confirm(lane: Lane) -> None:
    """Inside the committing transaction: lock the lane and prove that it is still ours. Raises LeaseLost."""
    if not Lane.objects.select_for_update().filter(pk=lane.pk, token=lane.token).exists():
        raise LeaseLost(f"lane {lane}")


def release(lane: Lane, *, worked: float) -> None:
    """Give the lane back after so many seconds of work. One of a wider reach rests nine times as long: it takes a tenth of a core.

    Those of linked rows take it together, for they are at work all day beside what is live; peers have their nights for themselves.
    """
    rest = None if lane.reach == Reach.SUBJECT else timezone.now() + timedelta(seconds=REST * worked)
    Lane.objects.filter(pk=lane.pk, token=lane.token).update(token="", lease_until=None, rest_until=rest)
    if lane.reach == Reach.LINKED:
        awake = Q(rest_until=None) | Q(rest_until__lt=rest)
        Lane.objects.filter(awake, reach=lane.reach).exclude(pk=lane.pk).update(rest_until=rest)


def release_from_history(lane: Lane) -> None:
    """Give the lane back as it was found: a sweep rests by a rule of its own, and must not make live scoring rest or wake."""
    Lane.objects.filter(pk=lane.pk, token=lane.token).update(token="", lease_until=None, gives_way=False)
