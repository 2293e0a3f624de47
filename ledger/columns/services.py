"""Keeping the columnar copy equal to the journal: pending batches written, crowded months compacted, the whole rebuilt, files checked."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import takewhile
from secrets import token_hex

import numpy as np
import pandas as pd
from django.db import transaction as database
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.columns import encode, files, queries, reader
from ledger.columns.files import Place
from ledger.columns.models import ColumnFile, ColumnLock
from ledger.journal.canonical import moment_of
from ledger.journal.models import Batch, Transaction, Version
from ledger.kit.days import event_day
from ledger.kit.errors import Conflict

LEASE_SECONDS = 60
WAIT_SECONDS = 15.0
PAUSE_SECONDS = 0.05
ROWS_PER_CHUNK = 50_000
ROWS_AT_ONCE = 1_000_000
MOST_BATCHES = 1000
MOST_FILES = 64
SMALL_FILES, SMALL_ROWS = 8, 2_000


def sync(*, wait_seconds: float = WAIT_SECONDS) -> int:
    """Bring every committed batch into the columnar copy; the number of batches written by this call.

    While another process writes, waits until the batches committed before the call are in. Raises Conflict when that takes longer than
    `wait_seconds`. Everything is written outside database transactions; each chunk becomes visible in one short one.
    """
    needed = Batch.objects.filter(in_columns=False).order_by("-id").values_list("id", flat=True).first()
    if needed is None:
        return 0
    deadline = time.monotonic() + wait_seconds
    while Batch.objects.filter(in_columns=False, id__lte=needed).exists():
        token = _take_lock()
        if token:
            try:
                return _write_pending(token)
            finally:
                _release_lock(token)
        if time.monotonic() > deadline:
            raise Conflict(_("The columnar copy is being written by another process for too long; try again shortly."))
        time.sleep(PAUSE_SECONDS)
    return 0


def rebuild() -> int:
    """Write the whole columnar copy anew from the journal and replace the old one at once; the number of transactions in it.

    Readers keep reading the old copy meanwhile. Raises Conflict while another process writes.
    """
    token = _take_lock()
    if not token:
        raise Conflict(_("The columnar copy is being written by another process; try again when it has finished."))
    try:
        synced = list(Batch.objects.filter(in_columns=False).values_list("id", flat=True))
        written: list[ColumnFile] = []
        count = 0
        for ids in _id_ranges():
            part, of_part = _files(Transaction.objects.filter(id__range=ids), {})
            count += part
            written += of_part
            _renew(token)
        _publish(token, written, synced, replaced=list(ColumnFile.objects.values_list("path", flat=True)))
        _compact(token, {(file.frame, file.line, file.month) for file in written})
        _remove_unlisted()
        return count
    finally:
        _release_lock(token)


def check() -> list[str]:
    """What is wrong with the files of the columnar copy: each missing or edited file in one sentence. Empty when all is well."""
    problems = []
    for path, digest in ColumnFile.objects.order_by("path").values_list("path", "digest"):
        found = files.digest(path)
        if found is None:
            problems.append(_("The file %(path)s of the columnar copy is missing; rebuild the copy.") % {"path": path})
        elif found != digest:
            problems.append(_("The file %(path)s of the columnar copy was edited; rebuild the copy.") % {"path": path})
    return problems


def _write_pending(token: str) -> int:
    """Write what is pending, each touched transaction once, as it stands now: a later batch about it needs no second writing."""
    done = 0
    touched: set[Place] = set()
    while batches := _next_batches():
        versions = Version.objects.filter(batch_id__in=batches)
        spoken = list(versions.values_list("transaction_id", "change", "part"))
        ids = sorted({key for key, _change, _part in spoken})
        old_places = _old_places(sorted({key for key, *kind in spoken if kind == [Version.Change.ALTERATION, Version.Part.RECORD]}))
        for start in range(0, len(ids), ROWS_PER_CHUNK):
            chunk = ids[start : start + ROWS_PER_CHUNK]
            transactions = Transaction.objects.filter(id__range=(chunk[0], chunk[-1]))
            if chunk[-1] - chunk[0] >= len(chunk):
                transactions = transactions.filter(id__in=versions.values("transaction_id"))
            _count, written = _files(transactions, {key: old_places[key] for key in chunk if key in old_places})
            _publish(token, written, [])
            touched |= {(file.frame, file.line, file.month) for file in written}
        _publish(token, [], batches)
        done += len(batches)
    _compact(token, touched)
    return done


def _next_batches() -> list[int]:
    """The oldest pending batches, up to a bound of rows and one at least."""
    chosen: list[int] = []
    total = 0
    for key, rows in Batch.objects.filter(in_columns=False).order_by("id").values_list("id", "rows")[:MOST_BATCHES]:
        total += rows
        if chosen and total > ROWS_AT_ONCE:
            break
        chosen.append(key)
    return chosen


def _old_places(ids: Sequence[int]) -> dict[int, set[tuple[str, str]]]:
    """Every (line, month) in which these transactions, changed by alterations, ever stood."""
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for keys in queries.in_parts(ids):
        versions = Version.objects.filter(transaction_id__in=keys, part=Version.Part.RECORD).order_by("transaction_id", "number")
        stood: dict[int, tuple[str, str]] = {}
        for key, text in versions.values_list("transaction_id", "text"):
            content = json.loads(text)["content"]
            line, accepted = stood.get(key, ("", ""))
            stood[key] = content.get("line", line), content.get("accepted_at", accepted)
            found[key].add((stood[key][0], f"{event_day(moment_of(stood[key][1])):%Y-%m}"))
    return found


def _files(transactions: QuerySet[Transaction], old_places: dict[int, set[tuple[str, str]]]) -> tuple[int, list[ColumnFile]]:
    """Write the files that state these transactions and their steps, and that they are gone from their old places.

    Returns how many transactions there are, and the files, not yet listed.
    """
    rows = queries.transaction_rows(transactions)
    if not rows:
        return 0, []
    altered = queries.altered_ids(transactions)
    parts: dict[Place, list[pd.DataFrame]] = defaultdict(list)
    line_at = encode.TRANSACTION_FIELDS.index("line")
    by_line: dict[str, list[tuple]] = defaultdict(list)
    for row in rows:
        by_line[row[line_at]].append(row)
    where = []
    for line, own in by_line.items():
        frame = encode.encode_transactions(own, columns=encode.file_columns(line), altered=altered)
        _part(parts, "transactions", line, frame.assign(gone=False))
        where.append(pd.DataFrame({"id": frame["id"], "day": frame["day"], "line": line}))
    owners = pd.concat(where, ignore_index=True)
    owners["line"] = encode.category(owners["line"])
    steps = encode.encode_steps(queries.step_rows(transactions), owners)
    for line in by_line:
        _part(parts, "steps", line, steps[(steps["line"] == line).to_numpy()].assign(gone=False))
    _add_tombstones(parts, owners, old_places)
    return len(rows), [files.write(place, frame) for place, frames in parts.items() for frame in frames if len(frame)]


def _part(parts: dict[Place, list[pd.DataFrame]], kind: str, line: str, frame: pd.DataFrame) -> None:
    """Divide a line's rows by month of their day."""
    months = frame["day"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
    for month in np.unique(months):
        parts[kind, line, str(month)].append(frame[months == month].reset_index(drop=True))


def _add_tombstones(parts: dict[Place, list[pd.DataFrame]], where: pd.DataFrame, old_places: dict[int, set[tuple[str, str]]]) -> None:
    months = where["day"].to_numpy().astype("datetime64[D]").astype("datetime64[M]").astype(str)
    now = {key: (line, month) for key, line, month in zip(where["id"], where["line"].astype(str), months, strict=True) if key in old_places}
    gone: dict[tuple[str, str], list[int]] = defaultdict(list)
    for key, stood in old_places.items():
        for place in stood - {now.get(key)}:  # type: ignore[arg-type]
            gone[place].append(key)
    for (line, month), keys in gone.items():
        day = int(np.datetime64(f"{month}-01", "D").astype(np.int64))
        for kind, empty in (
            ("transactions", encode.encode_transactions([], columns=encode.file_columns(line))),
            ("steps", reader.nothing("steps")),
        ):
            parts[kind, line, month].append(_tombstones(empty, keys, day))


def _tombstones(empty: pd.DataFrame, keys: Sequence[int], day: int) -> pd.DataFrame:
    """Rows of the frame's types that say of each key only that it is gone."""
    frame = empty.reindex(range(len(keys)))
    for name in frame.columns:
        if empty[name].dtype.kind in "iub":
            frame[name] = np.zeros(len(keys), dtype=empty[name].dtype)
    return frame.assign(id=np.array(keys, dtype=np.int64), day=np.full(len(keys), day, dtype=np.int32), gone=True)


def _publish(token: str, written: Sequence[ColumnFile], batches: Sequence[int], *, replaced: Sequence[str] = ()) -> None:
    """Make files count and batches done in one transaction. Raises Conflict and takes the files back when the lease was lost meanwhile."""
    try:
        with database.atomic():
            _renew(token)
            for paths in queries.in_parts(replaced):
                ColumnFile.objects.filter(path__in=paths).delete()
            ColumnFile.objects.bulk_create(written, batch_size=500)
            for keys in queries.in_parts(batches):
                Batch.objects.filter(id__in=keys).update(in_columns=True)
    except BaseException:
        files.remove([file.path for file in written])
        raise
    files.remove(replaced)


def _compact(token: str, touched: set[Place]) -> None:
    """Merge the files of each place that has too many into one, dropping what is stale or gone; and its newest small ones before that.

    Of the newest small files what is gone must stay said: an older file may still hold it.
    """
    for frame, line, month in sorted(touched):
        listed = list(ColumnFile.objects.filter(frame=frame, line=line, month=month).order_by("id").values_list("path", "rows"))
        small = list(takewhile(lambda file: file[1] <= SMALL_ROWS, reversed(listed)))
        whole = len(listed) > MOST_FILES
        if not whole and len(small) <= SMALL_FILES:
            continue
        paths = [path for path, _rows in (listed if whole else reversed(small))]
        columns = encode.file_columns(line) if frame == "transactions" else encode.STEP_COLUMNS
        merged = reader.frame_of(reader.place_table(frame, line, paths, columns, with_gone=not whole))
        if whole:
            merged = merged.assign(gone=False)
        _publish(token, [files.write((frame, line, month), merged)] if len(merged) else [], [], replaced=paths)


def _id_ranges() -> Iterator[tuple[int, int]]:
    """Ranges of transaction ids of about one chunk each."""
    last = Transaction.objects.order_by("-id").values_list("id", flat=True).first() or 0
    for start in range(1, last + 1, ROWS_PER_CHUNK):
        yield start, min(last, start + ROWS_PER_CHUNK - 1)


def _remove_unlisted() -> None:
    """Remove files nobody lists: left by a process that died between writing and listing."""
    listed = set(ColumnFile.objects.values_list("path", flat=True))
    found = [str(path.relative_to(files.root())) for path in files.root().rglob("*") if path.is_file()]
    files.remove([path for path in found if path not in listed])


def _take_lock() -> str:
    """A token when the lock was free or its lease ran out, else ""."""
    token, now = token_hex(16), timezone.now()
    ColumnLock.objects.get_or_create(pk=1)
    free = ColumnLock.objects.filter(pk=1, lease_until__isnull=True) | ColumnLock.objects.filter(pk=1, lease_until__lt=now)
    return token if free.update(token=token, lease_until=now + timedelta(seconds=LEASE_SECONDS)) else ""


def _renew(token: str) -> None:
    """Prolong the lease. Raises Conflict when another process took the lock meanwhile."""
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    if not ColumnLock.objects.filter(pk=1, token=token).update(lease_until=until):
        raise Conflict(_("Writing the columnar copy took too long and another process took over; nothing was lost, try again."))


def _release_lock(token: str) -> None:
    ColumnLock.objects.filter(pk=1, token=token).update(token="", lease_until=None)
