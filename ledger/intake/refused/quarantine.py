"""Rows that could not be taken: kept as received, told with their reason, and given back as a file that can be corrected and sent again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ledger.intake.models import Quarantined
from ledger.intake.reading.headers import REST, added_place
from ledger.intake.reading.identities import Told, fingerprint, own_columns, told_by
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.readers import Broken
from ledger.intake.reading.reasons import Fault, sentence
from ledger.intake.refused.corrections import csv_lines
from ledger.intake.refused.settling import take_over
from ledger.journal import bulk
from ledger.journal.models import Delivery
from ledger.roster.queries import known_units

COLUMNS = tuple(field.attname for field in Quarantined._meta.concrete_fields if not field.primary_key)
_UNSTORABLE = {0: "\u2400"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


@dataclass(slots=True)
class Refused:
    """A row that is not taken now: its place, what it said, and why. `waiting_for`: the serial number a step waits for."""

    number: int
    header: Sequence[str]
    cells: Sequence[str] | Broken
    fault: Fault
    waiting_for: str = ""


def keep(*, delivery: Delivery, refused: Sequence[Refused]) -> None:
    """Write the rows into the quarantine of their delivery, in the caller's transaction."""
    if not refused:
        return
    now = timezone.now()
    told = [Told() if isinstance(row.cells, Broken) else told_by(KINDS[delivery.kind], row.header, row.cells) for row in refused]
    units = known_units({one.unit_code for one in told if one.unit_code})
    rows = [_row(delivery, row, one, one.unit_code if one.unit_code in units else "", now) for row, one in zip(refused, told, strict=True)]
    take_over(delivery=delivery, rows=rows)
    bulk.insert_rows(Quarantined, COLUMNS, [tuple(getattr(row, name) for name in COLUMNS) for row in rows])


def _row(delivery: Delivery, row: Refused, told: Told, unit_code: str, now: datetime) -> Quarantined:
    content = _content(row)
    return Quarantined(
        created_at=now,
        first_seen_at=now,
        delivery=delivery,
        source=delivery.source,
        kind=delivery.kind,
        row=row.number,
        column=storable(row.fault.column)[:60],
        value=storable(row.fault.value)[:200],
        reason=row.fault.reason,
        detail={**row.fault.detail, "columns": list(content)},
        content=content,
        state=Quarantined.State.WAITING if row.waiting_for else Quarantined.State.REJECTED,
        serial_no=row.waiting_for,
        identity=told.identity,
        unit_code=unit_code,
        staff_no=told.staff_no,
        fingerprint=fingerprint(delivery.kind, content),
    )


def reason_of(row: Quarantined) -> str:
    """Why the row was not taken, as a sentence in the current language."""
    return sentence(row.reason, column=row.column, value=row.value, detail=row.detail)


def quarantine_csv(delivery: Delivery) -> Iterator[str]:
    """The rejected rows of a delivery as the lines of a CSV file: the columns as received, then the place and the reason.

    The corrected file can be imported as it is; what was added says which rows it corrects, and nothing else.
    """
    rows = delivery.quarantined.filter(state=Quarantined.State.REJECTED).order_by("row", "id")
    return csv_lines(KINDS[delivery.kind], rows)


def _content(row: Refused) -> dict[str, str]:
    """What the sender said; what the quarantine once added to it is left off, but for what still has no place."""
    own = own_columns(row.header)
    names = [storable(row.header[index]) for index in own]
    if isinstance(row.cells, Broken):
        return {**dict.fromkeys(names, ""), REST: storable(row.cells.text)}
    content = {name: storable(row.cells[index]) for name, index in zip(names, own, strict=True) if index < len(row.cells)}
    place = added_place(row.header, REST)
    rest = row.cells[place] if place is not None and place < len(row.cells) else ""
    if len(row.cells) > len(row.header):
        rest = ",".join([*([rest] if rest else []), *row.cells[len(row.header) :]])
    return {**content, REST: storable(rest)} if rest else content


def storable(text: str) -> str:
    """The text with what no database stores shown as a symbol: NUL, and halves of surrogate pairs."""
    return text.translate(_UNSTORABLE)
