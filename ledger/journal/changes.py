"""What a write to the ledger touched, told inside its own database transaction to whoever registered (the risk engine does).

The ledger knows nothing of rules: it says which rows changed, with their old and new picture, and which unit's days changed their meaning.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from ledger.journal.models import Batch
from ledger.journal.pictures import CurrentRow


class RowChange(NamedTuple):
    """One transaction before and after. `old` is None for a first delivery; `old` holds field values as they were, by field name."""

    new: CurrentRow
    old: dict[str, Any] | None = None
    steps: bool = False


@dataclass(frozen=True)
class LedgerChange:
    """All that one batch changed. `backfill`: asked to be taken as old data, whatever its age."""

    batch: Batch
    rows: Sequence[RowChange]
    backfill: bool = False


@dataclass(frozen=True)
class RosterChange:
    """Days whose rows must be looked at again because the roster, or records beside them, changed: rows of these units, or of these people
    in whatever part, or of these agencies. None of any are named: all rows.
    """

    kind: str
    unit_codes: frozenset[str]
    first_day: date
    last_day: date
    staff_nos: frozenset[str] = field(default_factory=frozenset)
    agency_codes: frozenset[str] = field(default_factory=frozenset)


# Days that lie further apart are told as ranges of their own, so that one old impound does not have years looked at again.
FAR_APART = timedelta(days=7)

_ledger_listeners: list[Callable[[LedgerChange], None]] = []
_roster_listeners: list[Callable[[RosterChange], None]] = []


def on_ledger_change(listener: Callable[[LedgerChange], None]) -> None:
    """Register a listener, called in the transaction of every batch; an error in it undoes the batch."""
    if listener not in _ledger_listeners:
        _ledger_listeners.append(listener)


def on_roster_change(listener: Callable[[RosterChange], None]) -> None:
    if listener not in _roster_listeners:
        _roster_listeners.append(listener)


def tell_ledger_change(change: LedgerChange) -> None:
    for listener in _ledger_listeners:
        listener(change)


def tell_roster_change(change: RosterChange) -> None:
    for listener in _roster_listeners:
        listener(change)


def tell_unit_days(kind: str, touched: Iterable[tuple[str, date]]) -> None:
    """Tell that records of `kind` about these units and days changed: one roster change for each run of days that lie close together."""
    runs: list[list[tuple[date, str]]] = []
    for day, unit_code in sorted((day, unit_code) for unit_code, day in touched):
        if not runs or day - runs[-1][-1][0] > FAR_APART:
            runs.append([])
        runs[-1].append((day, unit_code))
    for run in runs:
        tell_roster_change(RosterChange(kind, frozenset(unit_code for _day, unit_code in run), run[0][0], run[-1][0]))
