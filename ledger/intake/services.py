"""Files and records in: checked row by row, put into the roster or the journal, and what could not be taken kept with its reason."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseFault
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.intake.corrections import unescaped
from ledger.intake.files import plan_files
from ledger.intake.headers import ATTRIBUTE_NAME_LENGTH, Header, match_header, readable_header
from ledger.intake.kinds import KINDS, TRANSACTIONS, Kind
from ledger.intake.readers import Broken, Faulty, Table, open_table
from ledger.intake.reasons import Fault
from ledger.intake.records import Repeating
from ledger.intake.spreadsheets import SheetTable, open_sheet
from ledger.intake.taking import BLOCK, Arrived, Tally, take_block, take_units
from ledger.intake.validation import Checker, Rosters, record_cells, shown
from ledger.intake.values import has_control
from ledger.intake.workbooks import is_spreadsheet
from ledger.journal.bulk import roomy_cache
from ledger.journal.fold import Record
from ledger.journal.models import Delivery
from ledger.kit.errors import BadInput

log = logging.getLogger(__name__)
Progress = Callable[[str, int], None]
MOST_COLUMNS = 200


@dataclass(frozen=True)
class Counts:
    """What became of one file or call: received = accepted + revised + duplicate + rejected + waiting."""

    kind: str
    name: str
    received: int
    accepted: int
    revised: int
    duplicate: int
    rejected: int
    waiting: int
    delivery_id: int
    seconds: float
    ignored: tuple[str, ...] = ()


def import_paths(
    *,
    paths: Sequence[Path | str],
    kind: str | None = None,
    sheet: str | None = None,
    source: str = "manual",
    actor: str = "",
    backfill: bool = False,
    progress: Progress | None = None,
) -> list[Counts]:
    """Import files, or folders of files named after their kind, in dependency order.

    All headers and encodings are looked at before the first row is written: Unreadable means that nothing changed. Each file is then taken
    in blocks, each in its own database transaction; `progress(kind, rows)` is called after each. `sheet`: name, or number from 1, of the
    sheet to read of spreadsheets (the first).
    """
    check_source(source)
    opened: list[tuple[Kind, Table | SheetTable, Header]] = []
    for planned, path in plan_files([Path(path) for path in paths], kind):
        table = _opened(path, sheet)
        opened.append((planned, table, readable_header(planned, table.header, name=table.name)))
    with roomy_cache():
        return [_import_table(*item, source=source, actor=actor, backfill=backfill, progress=progress) for item in opened]


def _opened(path: Path, sheet: str | None) -> Table | SheetTable:
    if is_spreadsheet(path):
        return open_sheet(path, sheet=sheet, max_bytes=settings.INTAKE_MAX_BYTES)
    return open_table(path, max_bytes=settings.INTAKE_MAX_BYTES)


def _import_table(
    kind: Kind, table: Table | SheetTable, header: Header, *, source: str, actor: str, backfill: bool, progress: Progress | None
) -> Counts:
    delivery = Delivery(
        source=source,
        kind=kind.code,
        name=table.name[:255],
        sha256=table.sha256,
        size=table.size,
        encoding=table.encoding,
        actor=actor,
        backfill=backfill,
    )
    checker = Checker(header, Rosters.load(), now=timezone.now())
    return _take(delivery, kind, _arrived_of_table(table, checker), header.ignored, progress)


@dataclass(frozen=True)
class Outcome:
    """What became of one record. `state`: accepted, revised, duplicate or rejected; `fault` says why it was rejected.

    `serial_no` is the one it was taken under; of a rejected record, as it was sent.
    """

    serial_no: str
    state: str
    fault: Fault | None


def take_records(
    *, kind: str, records: Iterable[Mapping[str, Any]], source: str, actor: str = "", name: str = "", backfill: bool = False
) -> Counts:
    """Take records keyed by column names, with text values; checked exactly as the rows of a file are. Row numbers count from 1."""
    check_source(source)
    if kind not in KINDS:
        raise BadInput(_("There is no kind “%(kind)s”; it is one of: %(kinds)s.") % {"kind": kind, "kinds": ", ".join(KINDS)})
    delivery = Delivery(source=source, kind=kind, name=name[:255], encoding="records", actor=actor, backfill=backfill)
    ignored: set[str] = set()
    return _take(delivery, KINDS[kind], _arrived_of_records(KINDS[kind], records, ignored), ignored, None)


def take_transactions(*, delivery: Delivery, records: Sequence[Any]) -> tuple[Counts, list[Outcome]]:
    """Take transactions as JSON has them, numbers only where the columns hold numbers, and tell of each what became of it, in order.

    `delivery` is not saved yet. Beyond that the same as take_records.
    """
    check_source(delivery.source)
    ignored: set[str] = set()
    seen: list[Arrived] = []
    counts = _take(delivery, TRANSACTIONS, _noted(_arrived_of_records(TRANSACTIONS, records, ignored, strict=True), seen), ignored, None)
    return counts, [_outcome(arrived) for arrived in seen]


def _noted(arrived: Iterator[Arrived], seen: list[Arrived]) -> Iterator[Arrived]:
    for one in arrived:
        seen.append(one)
        yield one


def _outcome(arrived: Arrived) -> Outcome:
    if isinstance(arrived.row, Record):
        return Outcome(arrived.row.serial_no, arrived.state, None)
    place = _serial_place(tuple(arrived.header))
    return Outcome("" if place is None or isinstance(arrived.cells, Broken) else arrived.cells[place], "rejected", arrived.fault)


@lru_cache(maxsize=64)
def _serial_place(header: tuple[str, ...]) -> int | None:
    return next((place.index for place in match_header(TRANSACTIONS, header).placed if place.stated == "serial_no"), None)


def check_source(source: str) -> None:
    """Raises BadInput for a source name that evidence could not name clearly."""
    if not source or len(source) > 40 or not source.isprintable() or any(c in source for c in " :;,"):
        message = _("“%(source)s” cannot name a source: 1 to 40 characters without blanks, colons, commas or semicolons.")
        raise BadInput(message % {"source": source})


def _take(delivery: Delivery, kind: Kind, arrived: Iterator[Arrived], ignored: Iterable[str], progress: Progress | None) -> Counts:
    started = monotonic()
    delivery.save()
    tally = Tally()
    try:
        if kind.code == "units":
            take_units(delivery, list(arrived), tally)
        else:
            while block := list(islice(arrived, BLOCK)):
                take_block(delivery, block, tally)
                if progress:
                    progress(kind.code, tally.received)
        delivery.status, delivery.finished_at = Delivery.Status.DONE, timezone.now()
        delivery.save(update_fields=["status", "finished_at"])
    except Exception as error:
        _note_failure(delivery, error)
        raise
    return Counts(
        kind=kind.code,
        name=delivery.name,
        delivery_id=delivery.pk,
        seconds=round(monotonic() - started, 2),
        ignored=tuple(sorted(ignored)),
        **tally.counts(),
    )


def _note_failure(delivery: Delivery, error: Exception) -> None:
    """The blocks committed so far stay and are counted; that the rest is missing is written down where the database still lets us."""
    try:
        Delivery.objects.filter(pk=delivery.pk).update(status=Delivery.Status.FAILED, finished_at=timezone.now(), error=str(error)[:500])
    except DatabaseFault as second:
        log.error("failure of delivery %s could not be noted: %s", delivery.pk, second)


def _arrived_of_table(table: Table | SheetTable, checker: Checker) -> Iterator[Arrived]:
    header = checker.header.received
    escaped = isinstance(table, Table) and checker.header.returned
    for number, cells in table.rows(checker.header.identifying):
        if escaped and isinstance(cells, list):
            cells = unescaped(cells)
        if isinstance(cells, Broken):
            yield Arrived(number, header, cells, None, cells.fault)
            continue
        if isinstance(cells, Faulty):
            yield Arrived(number, header, cells.cells, None, cells.fault)
            continue
        try:
            yield Arrived(number, header, cells, checker.check(cells), None)
        except Fault as fault:
            if cell := table.cell(number, fault.column):
                fault.detail["cell"] = cell
            yield Arrived(number, header, cells, None, fault)


def _arrived_of_records(kind: Kind, records: Iterable[Any], ignored: set[str], *, strict: bool = False) -> Iterator[Arrived]:
    rosters, now = Rosters.load(), timezone.now()
    checkers: dict[tuple[str, ...], tuple[Checker, frozenset[str]]] = {}
    for number, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            yield Arrived(number, (), [shown(record)], None, Fault("not_a_record"))
            continue
        keys = tuple(str(key) for key in record)
        received = [shown(value) for value in record.values()]
        try:
            if isinstance(record, Repeating):
                raise Fault("repeated_column", column=record.column)
            if keys not in checkers:
                checkers[keys] = _checker_of_record(kind, keys, rosters, now)
            checker, numeric = checkers[keys]
            ignored.update(checker.header.ignored)
            cells = record_cells(record, numeric if strict else None)
            yield Arrived(number, keys, received, checker.check(cells), None)
        except Fault as fault:
            yield Arrived(number, keys, received, None, fault)


def _checker_of_record(kind: Kind, keys: tuple[str, ...], rosters: Rosters, now: datetime) -> tuple[Checker, frozenset[str]]:
    """The checks for records with these keys, and those keys under which a number may stand. Raises Fault where the keys are at fault."""
    if len(keys) > MOST_COLUMNS:
        raise Fault("too_many_columns", found=len(keys), limit=MOST_COLUMNS)
    for key in keys:
        if has_control(key):
            raise Fault("control_character", column=key)
        if len(key) > ATTRIBUTE_NAME_LENGTH:
            raise Fault("too_long", column=key, limit=ATTRIBUTE_NAME_LENGTH)
    header = match_header(kind, keys)
    if header.missing:
        raise Fault("missing_column", column=header.missing[0])
    if header.repeated:
        raise Fault("repeated_column", column=header.repeated[0])
    return Checker(header, rosters, now=now), frozenset(place.received for place in header.placed if place.numeric)


__all__ = ["Counts", "Outcome", "check_source", "import_paths", "take_records", "take_transactions"]
