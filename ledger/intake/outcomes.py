"""What became of one record of a call, told to whoever sent it."""

from dataclasses import dataclass
from functools import lru_cache

from ledger.intake.reading.headers import match_header
from ledger.intake.reading.kinds import Kind
from ledger.intake.reading.readers import Broken
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.validation import Checked
from ledger.intake.taking import Arrived
from ledger.journal.fold import Record, StepRecord


@dataclass(frozen=True)
class Outcome:
    """What became of one record. `state`: accepted, revised, duplicate, rejected or waiting; `fault` says why it was not taken.

    `identity` holds the values of the kind's identifying columns: those it was taken under; of a record that failed its checks, as they
    were sent, and "" where there is none.
    """

    identity: tuple[str, ...]
    state: str
    fault: Fault | None


def outcome_of(kind: Kind, arrived: Arrived) -> Outcome:
    """To be asked once the block of the record was taken."""
    identity = _taken_under(kind, arrived.row) if arrived.row else _as_sent(kind, arrived)
    return Outcome(identity, arrived.state, arrived.fault)


def _taken_under(kind: Kind, row: Checked) -> tuple[str, ...]:
    if isinstance(row, Record):
        return (row.serial_no,)
    if isinstance(row, StepRecord):
        return row.serial_no, str(row.seq)
    return tuple(str(row.values[name]) for name in kind.identity)


def _as_sent(kind: Kind, arrived: Arrived) -> tuple[str, ...]:
    cells = () if isinstance(arrived.cells, Broken) else arrived.cells
    places = _places(kind, tuple(arrived.header))
    return tuple("" if place is None else cells[place] for place in places)


@lru_cache(maxsize=64)
def _places(kind: Kind, header: tuple[str, ...]) -> tuple[int | None, ...]:
    at = {place.stated: place.index for place in match_header(kind, header).placed}
    return tuple(at.get(name) for name in kind.identity)
