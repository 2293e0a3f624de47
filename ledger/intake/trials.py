"""A file tried without being taken: every block goes the real way, in a database transaction that is undone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any

from django.db import transaction as database
from django.utils import timezone

from ledger.intake import originals, tables
from ledger.intake.models import Quarantined, Upload
from ledger.intake.reading.headers import Header
from ledger.intake.reading.kinds import KINDS, STAFF, UNIT
from ledger.intake.reading.masks import covered
from ledger.intake.reading.validation import RosterRow, Rosters
from ledger.intake.tables import Looked, arrived_rows
from ledger.intake.taking import BLOCK, Arrived, Tally, take_block, take_units
from ledger.intake.uploads import OPEN, given_up, is_looked_at, look
from ledger.journal.fold import StepRecord
from ledger.journal.models import Delivery
from ledger.kit.errors import MingjingError

# Of a larger file the first rows are tried, and that is said.
MOST_ROWS = 200_000
MOST_REASONS = 12
LEASE = timedelta(minutes=2)
KEYS: dict[str, tuple[str, ...]] = {
    "staff": ("staff_no",),
    "postings": ("staff_no", "post_code", "unit_code", "start_date"),
    "shifts": ("unit_code", "date", "start", "end"),
}


@dataclass
class _Found:
    """What a trial found so far. `again`: rows whose identity came in an earlier block of this file; they would revise or repeat it."""

    tally: Tally = field(default_factory=Tally)
    again: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.tally.received + self.again


def try_pending(*, now: datetime | None = None) -> int:
    """Look at the files not yet looked at, then try those somebody asked to have tried; returns how many. May be killed at any time."""
    done = 0
    for upload in Upload.objects.filter(state__in=OPEN).order_by("id"):
        if not is_looked_at(upload) and _claimed(upload, "preview", now):
            look(upload=upload)
            done += 1
    for upload in Upload.objects.filter(state=Upload.State.TRYING).order_by("id"):
        if _is_trying_another(upload, now):
            break
        if _claimed(upload, "trial", now):
            try_out(upload=upload)
            done += 1
    return done


def _is_trying_another(upload: Upload, now: datetime | None) -> bool:
    """Whether some process is at another file: trials go one after the other, so that they leave the workers and the database to others."""
    others = Upload.objects.filter(state=Upload.State.TRYING).exclude(pk=upload.pk)
    return any(_is_claimed(other.trial, now or timezone.now()) for other in others)


def _is_claimed(work: dict[str, Any], now: datetime) -> bool:
    claim = work.get("claim")
    return claim is not None and datetime.fromisoformat(claim["until"]) > now


def try_out(*, upload: Upload, limit: int = MOST_ROWS) -> Upload:
    """Try the file and write down what would become of it; nothing else is written.

    trial: {counts {received, accepted, revised, duplicate, rejected, waiting, again}, where received is the sum of the others;
    truncated_after or None; reasons [{reason, column, count, row, value, detail}], most frequent first; assumed [names of files not yet
    taken whose units and staff were taken as known]; seconds, rate (rows a second), at}. A file that cannot be read gets its problem.
    """
    chosen = (upload.kind, upload.sheet, upload.source, upload.backfill)
    try:
        trial, problem = _tried(upload, limit), ""
    except MingjingError as error:
        trial, problem = {}, str(error)
    with database.atomic():
        now = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        # Changed, taken or dropped meanwhile: what was found no longer tells anything.
        if now.state == Upload.State.TRYING and (now.kind, now.sheet, now.source, now.backfill) == chosen:
            now.state, now.trial = (Upload.State.NEW if problem else Upload.State.TRIED), trial
            now.problem = problem[:500]
            now.save(update_fields=["state", "trial", "problem"])
    return now


def _claimed(upload: Upload, where: str, now: datetime | None) -> bool:
    """Make this process the one that works on the upload for a while; one that failed too often is left alone."""
    now = now or timezone.now()
    with database.atomic():
        fresh = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        claim = getattr(fresh, where).get("claim", {})
        if fresh.state != upload.state or _is_claimed(getattr(fresh, where), now) or given_up(getattr(fresh, where)):
            return False
        claim = {"until": (now + LEASE).isoformat(), "attempts": claim.get("attempts", 0) + 1}
        setattr(fresh, where, {"claim": claim, "rows": 0})
        fresh.save(update_fields=[where])
    setattr(upload, where, getattr(fresh, where))
    return True


def _renew(upload: Upload, rows: int) -> None:
    """Tell how far the trial is, and that somebody is still at it."""
    claim = upload.trial.get("claim")
    if claim:
        state = {"claim": claim | {"until": (timezone.now() + LEASE).isoformat()}, "rows": rows}
        Upload.objects.filter(pk=upload.pk, state=Upload.State.TRYING).update(trial=state)


def _tried(upload: Upload, limit: int) -> dict[str, Any]:
    started, found = monotonic(), _Found()
    looked = _looked(upload)
    rosters, assumed = _rosters(upload)
    arrived = arrived_rows(looked, rosters=rosters)
    seen: set[tuple[Any, ...]] = set()
    for block in _blocks(upload.kind, islice(arrived, limit)):
        _try_block(upload, looked.header, block, seen, found)
        _renew(upload, found.rows)
    more = next(arrived, None) is not None
    seconds = monotonic() - started
    return {
        "counts": {**found.tally.counts(), "received": found.rows, "again": found.again},
        "truncated_after": found.rows if more else None,
        "reasons": [found.examples[key] | {"count": count} for key, count in found.reasons.most_common(MOST_REASONS)],
        "assumed": assumed,
        "seconds": round(seconds, 2),
        "rate": round(found.rows / seconds) if seconds else 0,
        "at": timezone.now().isoformat(),
    }


def _blocks(kind: str, arrived: Iterator[Arrived]) -> Iterator[list[Arrived]]:
    if kind == "units":
        yield list(arrived)
        return
    while block := list(islice(arrived, BLOCK)):
        yield block


def _try_block(upload: Upload, header: Header, block: Sequence[Arrived], seen: set[tuple[Any, ...]], found: _Found) -> None:
    first = [one for one in block if one.row is None or _identity(one, upload.kind) not in seen]
    found.again += len(block) - len(first)
    with database.atomic():
        delivery = Delivery.objects.create(source=upload.source, kind=upload.kind, name=upload.name, backfill=upload.backfill)
        (take_units if upload.kind == "units" else take_block)(delivery, first, found.tally)
        refused = list(Quarantined.objects.filter(delivery=delivery))
        database.set_rollback(True)
    for row in refused:
        if row.state != Quarantined.State.WAITING:
            _note(found, header, row)
    left = {row.row for row in refused}
    seen.update(_identity(one, upload.kind) for one in first if one.row is not None and one.number not in left)


def _note(found: _Found, header: Header, row: Quarantined) -> None:
    key = (row.reason, row.column)
    found.reasons[key] += 1
    if key in found.examples:
        return
    shown = covered(header.kind, row.column, row.value)
    found.examples[key] = {"reason": row.reason, "column": row.column, "row": row.row, "value": shown, "detail": row.detail}


def _identity(arrived: Arrived, kind: str) -> tuple[Any, ...]:
    row = arrived.row
    if isinstance(row, RosterRow):
        return tuple(row.values.get(name) for name in KEYS.get(kind, ("code",)))
    if isinstance(row, StepRecord):
        return row.serial_no, row.seq
    return (row.serial_no if row else None,)


def _rosters(upload: Upload) -> tuple[Rosters, list[str]]:
    """The rosters with what files not yet taken would add to them: together they are taken in the order of their kinds."""
    known = Rosters.load()
    units, staff, assumed = set(known.units), set(known.staff), []
    refers = {column.refers for column in KINDS[upload.kind].columns}
    order = list(KINDS)
    wanted = {kind for kind, what in (("units", UNIT), ("staff", STAFF)) if what in refers and order.index(kind) < order.index(upload.kind)}
    pending = Upload.objects.filter(state__in=OPEN, kind__in=wanted, problem="").exclude(pk=upload.pk)
    for other in sorted(pending, key=lambda one: (order.index(one.kind), one.pk)):
        into = units if other.kind == "units" else staff
        if codes := _codes(other, Rosters(frozenset(units), frozenset(staff))) - into:
            into |= codes
            assumed.append(other.name)
    return Rosters(frozenset(units), frozenset(staff)), assumed


def _codes(upload: Upload, rosters: Rosters) -> set[str]:
    """The codes of the rows of a roster file that pass the checks; none of a file that cannot be read now."""
    try:
        looked = _looked(upload)
    except (MingjingError, OSError):
        return set()
    code = "code" if upload.kind == "units" else "staff_no"
    return {str(one.row.values[code]) for one in arrived_rows(looked, rosters=rosters) if isinstance(one.row, RosterRow)}


def _looked(upload: Upload) -> Looked:
    return tables.look(originals.path_of(upload.sha256), KINDS[upload.kind], sheet=upload.sheet or None, name=upload.name)
