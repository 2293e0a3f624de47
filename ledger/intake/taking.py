"""One block of checked rows into the database, in one transaction: what is good, what is refused, and the count of all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from django.db import transaction as database

from ledger.complaints.models import Complaint
from ledger.complaints.services import save_complaints
from ledger.discipline.models import DisciplineCase
from ledger.discipline.services import save_cases
from ledger.impounds.models import Impound
from ledger.impounds.services import save_impounds
from ledger.intake import leases
from ledger.intake.reading.headers import received_name
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.readers import Broken
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.validation import Checked, RosterRow
from ledger.intake.refused import quarantine
from ledger.intake.refused.quarantine import Refused
from ledger.intake.refused.settling import Taken, open_of, settle
from ledger.intake.refused.waiting import take_waiting
from ledger.journal.changes import RosterChange, tell_roster_change
from ledger.journal.fold import Record, StepRecord
from ledger.journal.history import keep_history
from ledger.journal.models import Delivery
from ledger.journal.records import Kept
from ledger.journal.services import append, append_steps
from ledger.manifests.models import Manifest
from ledger.manifests.services import save_manifests
from ledger.roster import services as roster

BLOCK = 10_000
ROSTER_SERVICES: Mapping[str, Callable[..., roster.Saved]] = {
    "units": roster.save_units,
    "agencies": roster.save_agencies,
    "posts": roster.save_posts,
    "staff": roster.save_staff,
    "postings": roster.save_postings,
    "shifts": roster.save_shifts,
}
RECORD_SERVICES: Mapping[str, Callable[..., Kept]] = {
    Complaint.kind: save_complaints,
    DisciplineCase.kind: save_cases,
    Impound.kind: save_impounds,
    Manifest.kind: save_manifests,
}
# Kinds whose change gives past days another meaning.


@dataclass(slots=True)
class Arrived:
    """One row as it arrived: the checked row, or the fault that rejects it. `state`: the count it is in once its block was taken."""

    number: int
    header: Sequence[str]
    cells: Sequence[str] | Broken
    row: Checked | None
    fault: Fault | None
    state: str = "rejected"

    def refused(self, fault: Fault, waiting_for: str = "") -> Refused:
        self.fault, self.state = fault, "waiting" if waiting_for else "rejected"
        return Refused(self.number, self.header, self.cells, fault, waiting_for)


@dataclass(slots=True)
class Tally:
    """The running count of a delivery."""

    received: int = 0
    accepted: int = 0
    revised: int = 0
    duplicate: int = 0
    rejected: int = 0
    waiting: int = 0

    @classmethod
    def of(cls, delivery: Delivery) -> "Tally":
        """What is committed of it."""
        return cls(*(getattr(delivery, count.name) for count in fields(cls)))

    def counts(self) -> dict[str, int]:
        return asdict(self)

    def count(self, state: str) -> None:
        setattr(self, state, getattr(self, state) + 1)

    def plus(self, other: "Tally") -> None:
        for name, value in other.counts().items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True)
class Counts:
    """What became of one file or call: received = accepted + revised + duplicate + rejected + waiting. `seconds`: of this run."""

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

    @classmethod
    def of(cls, delivery: Delivery, tally: Tally, *, seconds: float, ignored: Iterable[str]) -> "Counts":
        return cls(
            kind=delivery.kind,
            name=delivery.name,
            delivery_id=delivery.pk,
            seconds=round(seconds, 2),
            ignored=tuple(sorted(ignored)),
            **tally.counts(),
        )


def take_block(delivery: Delivery, block: Sequence[Arrived], tally: Tally) -> None:
    """Write a block and add it to the delivery's counts, all or nothing. Raises Conflict when the delivery is no longer ours."""
    good = [arrived for arrived in block if arrived.row is not None]
    refused = [arrived.refused(arrived.fault) for arrived in block if arrived.fault is not None]
    with database.atomic():
        if delivery.kind == "transactions":
            counted = _take_transactions(delivery, good)
        elif delivery.kind == "steps":
            counted = _take_steps(delivery, good, refused)
        elif delivery.kind in RECORD_SERVICES:
            counted = _take_recorded(delivery, good, refused)
        else:
            counted = _take_roster(delivery, good, refused)
        counted.received = len(block)
        counted.rejected = sum(not row.waiting_for for row in refused)
        quarantine.keep(delivery=delivery, refused=refused)
        _settle(delivery, good, refused)
        total = Tally(**tally.counts())
        total.plus(counted)
        leases.confirm(delivery, **total.counts())
    tally.plus(counted)


def _settle(delivery: Delivery, good: Sequence[Arrived], refused: Sequence[Refused]) -> None:
    """What this block took may correct rows refused before; nearly always there are none, and one look tells."""
    if not good or not open_of(source=delivery.source, kind=delivery.kind).exists():
        return
    left = {row.number for row in refused}
    taken = [
        Taken.of(delivery.kind, arrived.number, arrived.header, arrived.cells, arrived.row)
        for arrived in good
        if arrived.number not in left and arrived.row is not None and not isinstance(arrived.cells, Broken)
    ]
    settle(delivery=delivery, taken=taken)


def take_units(delivery: Delivery, rows: Sequence[Arrived], tally: Tally) -> None:
    """Units go in together, whatever their number: only the whole file shows whether it is a tree."""
    take_block(delivery, rows, tally)


def _take_transactions(delivery: Delivery, good: Sequence[Arrived]) -> Tally:
    records = [arrived.row for arrived in good if isinstance(arrived.row, Record)]
    done = append(delivery=delivery, records=records, backfill=delivery.backfill)
    _note(good, done.states)
    if done.new_serials:
        take_waiting(source=delivery.source, serials=done.new_serials)
    return Tally(accepted=done.accepted, revised=done.revised, duplicate=done.duplicate)


def _note(good: Sequence[Arrived], states: Sequence[str]) -> None:
    for arrived, state in zip(good, states, strict=True):
        arrived.state = state


def _take_steps(delivery: Delivery, good: Sequence[Arrived], refused: list[Refused]) -> Tally:
    records = [arrived.row for arrived in good if isinstance(arrived.row, StepRecord)]
    done = append_steps(delivery=delivery, steps=records, backfill=delivery.backfill)
    _note(good, done.states)
    for position in done.homeless:
        serial_no = records[position].serial_no
        refused.append(good[position].refused(Fault("waiting", column="serial_no", value=serial_no), waiting_for=serial_no))
    return Tally(accepted=done.accepted, revised=done.revised, duplicate=done.duplicate, waiting=len(done.homeless))


def _take_recorded(delivery: Delivery, good: Sequence[Arrived], refused: list[Refused]) -> Tally:
    records = [arrived.row for arrived in good if isinstance(arrived.row, Record)]
    kept = RECORD_SERVICES[delivery.kind](delivery=delivery, records=records)
    counted = Tally()
    for arrived, record, outcome in zip(good, records, kept.outcomes, strict=True):
        if outcome.state == "rejected":
            column = received_name(KINDS[delivery.kind], arrived.header, outcome.column)
            refused.append(arrived.refused(Fault(outcome.reason, column=column, value=record.serial_no)))
        else:
            arrived.state = outcome.state
            counted.count(outcome.state)
    return counted


def _take_roster(delivery: Delivery, good: Sequence[Arrived], refused: list[Refused]) -> Tally:
    rows = [arrived.row for arrived in good if isinstance(arrived.row, RosterRow)]
    saved = ROSTER_SERVICES[delivery.kind](rows=rows)
    outcomes = keep_history(kind=delivery.kind, delivery=delivery, rows=rows, saved=saved)
    counted = Tally()
    for arrived, row, outcome in zip(good, rows, outcomes, strict=True):
        if outcome.state == "rejected":
            column = row.received.get(outcome.column, outcome.column)
            refused.append(arrived.refused(Fault(outcome.reason, column=column, value=str(row.values.get(outcome.column, "")))))
        else:
            arrived.state = outcome.state
            counted.count(outcome.state)
    if saved.changed:
        tell_roster_change(
            RosterChange(
                kind=delivery.kind,
                unit_codes=frozenset(saved.unit_codes),
                first_day=saved.first_day,
                last_day=saved.last_day,
                staff_nos=frozenset(saved.staff_nos),
                agency_codes=frozenset(saved.agency_codes),
            )
        )
    return counted


__all__ = ["BLOCK", "Arrived", "Counts", "Tally", "take_block", "take_units"]
