"""Files as deliveries: received once, with the original kept, then taken in blocks by whoever has time, and never twice."""

import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic

from django.db import Error as DatabaseFault
from django.db import InterfaceError, OperationalError
from django.db import transaction as database
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.intake import leases, originals
from ledger.intake.ahead import blocks
from ledger.intake.reading.kinds import KINDS
from ledger.intake.tables import Looked, arrived_rows, look
from ledger.intake.taking import Counts, Tally, take_block, take_units
from ledger.journal.bulk import roomy_cache
from ledger.journal.models import Delivery
from ledger.kit import locks
from ledger.kit.collecting import rare_collections
from ledger.kit.errors import BadInput, Conflict, MingjingError, Unreadable

log = logging.getLogger(__name__)
Progress = Callable[[str, int], None]


def check_source(source: str) -> None:
    """Raises BadInput for a source name that evidence could not name clearly."""
    if not source or len(source) > 40 or not source.isprintable() or any(c in source for c in " :;,"):
        message = _("“%(source)s” cannot name a source: 1 to 40 characters without blanks, colons, commas or semicolons.")
        raise BadInput(message % {"source": source})


def receive(
    *, path: Path, kind: str, source: str, sheet: str | None = None, actor: str = "", backfill: bool = False, name: str | None = None
) -> Delivery:
    """Keep a file and queue it as a delivery; or give back the delivery of the same file that is not finished, so that it goes on.

    Raises Unreadable or BadInput for a file that cannot be taken; then nothing is kept.
    """
    check_source(source)
    if kind not in KINDS:
        raise BadInput(_("There is no kind “%(kind)s”; it is one of: %(kinds)s.") % {"kind": kind, "kinds": ", ".join(KINDS)})
    looked = look(path, KINDS[kind], sheet=sheet, name=name)
    _keep(looked)
    return _delivery_of(looked, source=source, sheet=sheet, actor=actor, backfill=backfill)


def receive_and_take(
    looked: Looked, *, source: str, sheet: str | None, actor: str, backfill: bool, progress: Progress | None = None
) -> Counts:
    """Receive a file and take it here; no other process gets it in between. Raises Conflict when one is at the same file already."""
    _keep(looked)
    with leases.sign_of_life() as token:
        with database.atomic():
            delivery = _delivery_of(looked, source=source, sheet=sheet, actor=actor, backfill=backfill)
            leases.lease(delivery, token)
        return _take(delivery, looked.at(originals.path_of(delivery.sha256)), progress)


def take(delivery: Delivery, *, progress: Progress | None = None) -> Counts:
    """Take what is left of a delivery and return the counts of the whole; `progress(kind, rows)` is called after each block.

    Raises Conflict when another process holds it. A database or disk that cannot be used now leaves it queued; any other failure is
    for good and written down, until the same file is sent again.
    """
    with leases.sign_of_life() as token:
        leases.lease(delivery, token)
        return _take(delivery, None, progress)


def take_queued(*, budget_seconds: float | None = None) -> int:
    """Take what waits or was left by a process that is gone, the oldest first, and return how many deliveries were finished.

    One at a time in the whole instance, since later files refer to earlier ones. None is begun after `budget_seconds`.
    """
    began, taken = monotonic(), 0
    with roomy_cache():
        while budget_seconds is None or monotonic() - began < budget_seconds:
            delivery = _next_in_line()
            if delivery is None:
                break
            try:
                take(delivery)
                taken += 1
            except Conflict:
                break
            except MingjingError as error:
                log.warning("delivery %s failed: %s", delivery.pk, error)
    return taken


def _next_in_line() -> Delivery | None:
    """The oldest unfinished delivery of a file, unless somebody is at it. Calls are taken as they come and are not in this queue."""
    files = Delivery.objects.filter(status=Delivery.Status.QUEUED) | Delivery.objects.filter(
        status=Delivery.Status.RUNNING, lease_until__isnull=False
    )
    oldest = files.order_by("id").first()
    held = oldest is not None and oldest.lease_until is not None and oldest.lease_until >= timezone.now()
    return None if held else oldest


def _keep(looked: Looked) -> None:
    if originals.keep(looked.table.path) != looked.table.sha256:
        raise Unreadable(_("%(name)s was changed while it was read; send it again.") % {"name": looked.name})


def _delivery_of(looked: Looked, *, source: str, sheet: str | None, actor: str, backfill: bool) -> Delivery:
    table = looked.table
    return queue(
        kind=looked.kind.code,
        source=source,
        sha256=table.sha256,
        sheet=sheet or "",
        backfill=backfill,
        name=looked.name,
        size=table.size,
        encoding=table.encoding,
        expected_rows=table.expected_rows,
        actor=actor,
    )


@database.atomic
def queue(
    *,
    kind: str,
    source: str,
    sha256: str,
    sheet: str,
    backfill: bool,
    name: str,
    size: int,
    encoding: str,
    expected_rows: int | None,
    actor: str,
) -> Delivery:
    """Queue an original that is kept and was found readable; or give back the delivery of the same file that is not finished."""
    identity = {"source": source, "kind": kind, "sha256": sha256, "sheet": sheet, "backfill": backfill}
    locks.hold(f"delivery:{source}:{kind}:{sha256}")
    last = Delivery.objects.filter(**identity).order_by("-id").first()
    if last is not None and last.status == Delivery.Status.FAILED:
        last.status, last.error, last.finished_at = Delivery.Status.QUEUED, "", None
        last.save(update_fields=["status", "error", "finished_at"])
    if last is not None and last.status != Delivery.Status.DONE:
        return last
    return Delivery.objects.create(
        **identity,
        name=name[:255],
        size=size,
        encoding=encoding,
        actor=actor,
        expected_rows=expected_rows,
        status=Delivery.Status.QUEUED,
    )


def _take(delivery: Delivery, looked: Looked | None, progress: Progress | None) -> Counts:
    """Take a leased delivery, and note how it ended."""
    started = monotonic()
    tally = Tally.of(delivery)
    try:
        looked = looked or _original(delivery)
        _take_rest(delivery, looked, tally, progress)
    except Conflict:
        raise
    except Exception as error:
        _note_failure(delivery, error)
        raise
    if not leases.release(delivery, status=Delivery.Status.DONE, finished_at=timezone.now()):
        raise leases.taken_elsewhere(delivery)
    return Counts.of(delivery, tally, seconds=monotonic() - started, ignored=looked.header.ignored)


def _take_rest(delivery: Delivery, looked: Looked, tally: Tally, progress: Progress | None) -> None:
    if delivery.kind == "units":
        take_units(delivery, list(arrived_rows(looked, after=tally.received)), tally)
        return
    with rare_collections(), closing(blocks(looked, after=tally.received)) as upcoming:
        for block in upcoming:
            take_block(delivery, block, tally)
            if progress:
                progress(delivery.kind, tally.received)


def _original(delivery: Delivery) -> Looked:
    path = originals.path_of(delivery.sha256)
    if not delivery.sha256 or not path.exists():
        raise Unreadable(_("The original of %(name)s is not there any more; send the file again.") % {"name": delivery.name})
    looked = look(path, KINDS[delivery.kind], sheet=delivery.sheet or None, name=delivery.name)
    if looked.table.sha256 != delivery.sha256:
        raise Unreadable(_("The original of %(name)s is no longer what was sent; send the file again.") % {"name": delivery.name})
    return looked


def _note_failure(delivery: Delivery, error: Exception) -> None:
    """The blocks committed so far stay and are counted; why the rest is missing is written down where the database still lets us."""
    told = str(error).replace(delivery.sha256 or "\0", delivery.name)[:500]
    passing = isinstance(error, OperationalError | InterfaceError | OSError)
    status = {"status": Delivery.Status.QUEUED} if passing else {"status": Delivery.Status.FAILED, "finished_at": timezone.now()}
    try:
        leases.release(delivery, error=told, **status)
    except DatabaseFault as second:
        log.error("failure of delivery %s could not be noted: %s", delivery.pk, second)


__all__ = ["Progress", "check_source", "queue", "receive", "receive_and_take", "take", "take_queued"]
