"""Rows that could not be taken: kept as received, told with their reason, and given back as a file that can be corrected and sent again."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone

from ledger.intake.headers import QUARANTINE_COLUMNS
from ledger.intake.models import Quarantined
from ledger.intake.readers import Broken
from ledger.intake.reasons import Fault, sentence
from ledger.journal.models import Delivery

REST = "quarantine_rest"
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
    now = timezone.now()
    Quarantined.objects.bulk_create(
        [
            Quarantined(
                first_seen_at=now,
                delivery=delivery,
                source=delivery.source,
                kind=delivery.kind,
                row=row.number,
                column=storable(row.fault.column)[:60],
                value=storable(row.fault.value)[:200],
                reason=row.fault.reason,
                detail=row.fault.detail,
                content=_content(row),
                state=Quarantined.State.WAITING if row.waiting_for else Quarantined.State.REJECTED,
                serial_no=row.waiting_for,
            )
            for row in refused
        ],
        batch_size=500,
    )


def reason_of(row: Quarantined) -> str:
    """Why the row was not taken, as a sentence in the current language."""
    return sentence(row.reason, column=row.column, value=row.value, detail=row.detail)


def quarantine_csv(delivery: Delivery) -> Iterator[str]:
    """The rejected rows of a delivery as the lines of a CSV file: the columns as received, then the place and the reason.

    The corrected file can be imported as it is; what was added is ignored then.
    """
    rows = delivery.quarantined.filter(state=Quarantined.State.REJECTED).order_by("row", "id")
    columns: dict[str, None] = {}
    for content in rows.values_list("content", flat=True).iterator(chunk_size=2000):
        columns.update(dict.fromkeys(content))
    names = [name for name in columns if name != REST]
    yield _csv_line([*names, *QUARANTINE_COLUMNS])
    for row in rows.iterator(chunk_size=2000):
        told = [str(row.row), row.column, row.value, reason_of(row), row.content.get(REST, "")]
        yield _csv_line([*(row.content.get(name, "") for name in names), *told])


def _content(row: Refused) -> dict[str, str]:
    if isinstance(row.cells, Broken):
        return {**{storable(name): "" for name in row.header}, REST: storable(row.cells.text)}
    content = {storable(name): storable(cell) for name, cell in zip(row.header, row.cells, strict=False)}
    if len(row.cells) > len(row.header):
        content[REST] = storable(",".join(row.cells[len(row.header) :]))
    return content


def storable(text: str) -> str:
    """The text with what no database stores shown as a symbol: NUL, and halves of surrogate pairs."""
    return text.translate(_UNSTORABLE)


def _csv_line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
