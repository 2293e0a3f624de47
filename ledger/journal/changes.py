"""What a write to the ledger touched, told inside its own database transaction to whoever registered (the risk engine does).

The ledger knows nothing of rules: it says which rows changed, with their old and new picture, and which unit's days changed their meaning.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.journal.models import Batch, Transaction


@dataclass(frozen=True)
class RowChange:
    """One transaction before and after. `old` is None for a first delivery; `old` holds field values as they were, by field name."""

    new: Transaction
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
    """Days of units whose rows must be looked at again because shifts, postings or the roster changed. No unit codes: all units."""

    kind: str
    unit_codes: frozenset[str]
    first_day: date
    last_day: date
    staff_nos: frozenset[str] = field(default_factory=frozenset)


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
