"""Reading sweeps: how far they are, how long they still take, and which alerts they raised for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from ledger.roster.accounts import User
from risk.alerts.models import Alert
from risk.alerts.queries import visible_to
from risk.sweeps.models import Sweep, SweepPart
from risk.sweeps.running import STARTS

# The pace is that of the last parts, with their rests; of fewer than so many nothing is said.
PACE_PARTS, PACE_LEAST = 40, 3


@dataclass(frozen=True)
class Progress:
    """Parts done of all, the same by weight (0–1), seconds of work, hits that changed."""

    done: int
    parts: int
    share: float
    seconds: float
    hits: int


def progress_of(sweeps: Sequence[Sweep]) -> dict[int, Progress]:
    """How far sweeps are, by id, in one query."""
    done = Q(done_at__isnull=False)
    rows = (
        SweepPart.objects.filter(sweep__in=sweeps)
        .values("sweep")
        .annotate(
            parts=Count("id"),
            done=Count("id", filter=done),
            whole=Sum("weight"),
            light=Sum("weight", filter=done),
            worked=Sum("seconds"),
            changed=Sum("hits"),
        )
    )
    return {
        row["sweep"]: Progress(row["done"], row["parts"], (row["light"] or 0) / max(row["whole"], 1), row["worked"], row["changed"])
        for row in rows
    }


def remaining(sweep: Sweep) -> timedelta | None:
    """How long a running sweep still takes at the pace of its last parts, rests included; None while too little is known of it."""
    since = max(filter(None, (sweep.begun_at, sweep.acted_at)), default=None)
    if sweep.state != Sweep.State.RUNNING or since is None:
        return None
    last = sweep.parts.filter(done_at__gte=since).order_by("-done_at").values_list("pk", flat=True)[:PACE_PARTS]
    pace = SweepPart.objects.filter(pk__in=list(last)).aggregate(
        whole=Sum("weight"), first=Min("done_at"), last=Max("done_at"), parts=Count("id")
    )
    if pace["parts"] < PACE_LEAST or pace["last"] <= pace["first"]:
        return None
    left = sweep.parts.filter(done_at=None).aggregate(whole=Sum("weight"))["whole"] or 0
    # Between the first and the last of them lies the work of all but one.
    worked = pace["whole"] * (pace["parts"] - 1) / pace["parts"]
    return (pace["last"] - pace["first"]) * (left / worked) if worked else None


def raised_alerts(user: User, sweep: Sweep) -> QuerySet[Alert]:
    """The alerts a sweep raised, as far as the person may see them."""
    return visible_to(user).filter(sweeps__sweep=sweep)


def stuck_part(sweep: Sweep) -> SweepPart | None:
    """The part that made a sweep pause itself, None where somebody paused it."""
    if sweep.state != Sweep.State.PAUSED or sweep.acted_by_id is not None:
        return None
    return sweep.parts.filter(done_at=None, starts__gte=STARTS).order_by("place").first()
