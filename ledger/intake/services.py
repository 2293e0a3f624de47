"""Files and records in: checked row by row, put into the roster or the journal, and what could not be taken kept with its reason."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from django.db import Error as DatabaseFault
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.intake.deliveries import Progress, check_source, receive_and_take
from ledger.intake.outcomes import Outcome, outcome_of
from ledger.intake.reading.files import plan_files
from ledger.intake.reading.headers import ATTRIBUTE_NAME_LENGTH, match_header
from ledger.intake.reading.kinds import KINDS, Kind
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.validation import Checker, Rosters, record_cells, shown
from ledger.intake.reading.values import has_control
from ledger.intake.records import Repeating
from ledger.intake.tables import look
from ledger.intake.taking import BLOCK, Arrived, Counts, Tally, take_block, take_units
from ledger.journal.bulk import roomy_cache
from ledger.journal.models import Delivery
from ledger.kit.errors import BadInput

log = logging.getLogger(__name__)
MOST_COLUMNS = 200
MOST_HEADERS = 256  # kept at a time: records may leave out what is empty, each something else


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
    in blocks, each in its own database transaction; `progress(kind, rows)` is called after each. A file whose import was cut short goes on
    where it was. `sheet`: name, or number from 1, of the sheet to read of spreadsheets (the first).
    """
    check_source(source)
    files = [look(path, planned, sheet=sheet) for planned, path in plan_files([Path(path) for path in paths], kind)]
    with roomy_cache():
        return [receive_and_take(looked, source=source, sheet=sheet, actor=actor, backfill=backfill, progress=progress) for looked in files]


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


def take_each(*, delivery: Delivery, records: Sequence[Any]) -> tuple[Counts, list[Outcome]]:
    """Take records as JSON has them, numbers only where the columns hold numbers, and tell of each what became of it, in order.

    `delivery` names the kind and is not saved yet. Beyond that the same as take_records.
    """
    check_source(delivery.source)
    kind, ignored = KINDS[delivery.kind], set[str]()
    arrived = list(_arrived_of_records(kind, records, ignored, strict=True))
    counts = _take(delivery, kind, iter(arrived), ignored, None)
    return counts, [outcome_of(kind, one) for one in arrived]


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
    return Counts.of(delivery, tally, seconds=monotonic() - started, ignored=ignored)


def _note_failure(delivery: Delivery, error: Exception) -> None:
    """The blocks committed so far stay and are counted; that the rest is missing is written down where the database still lets us."""
    try:
        Delivery.objects.filter(pk=delivery.pk).update(status=Delivery.Status.FAILED, finished_at=timezone.now(), error=str(error)[:500])
    except DatabaseFault as second:
        log.error("failure of delivery %s could not be noted: %s", delivery.pk, second)


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
                if len(checkers) >= MOST_HEADERS:
                    checkers.clear()
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


__all__ = ["Counts", "check_source", "import_paths", "take_each", "take_records"]
