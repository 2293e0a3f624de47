"""What becomes of refused rows when others arrive: the same row again takes over their age, a row of their identity settles them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from ledger.intake.models import Quarantined
from ledger.intake.reading.headers import NUMBER, added_place, match_header
from ledger.intake.reading.identities import identity_of
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.validation import Checked
from ledger.intake.refused.telling import tell_settled
from ledger.journal.models import Delivery

State = Quarantined.State
LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that was taken: its identity, its line, and the number of the refused row it says it corrects."""

    identity: str
    line: int
    corrects: int | None = None

    @classmethod
    def of(cls, kind: str, line: int, header: Sequence[str], cells: Sequence[str], row: Checked) -> "Taken":
        place = _number_place(tuple(header))
        said = cells[place].strip() if place is not None and place < len(cells) else ""
        number = int(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0
        return cls(identity_of(KINDS[kind], row), line, number if 0 < number <= LARGEST_NUMBER else None)


def open_of(*, source: str, kind: str) -> QuerySet[Quarantined]:
    return Quarantined.objects.filter(source=source, kind=kind, state=State.REJECTED)


def settle(*, delivery: Delivery, taken: Sequence[Taken], before: int | None = None) -> int:
    """Settle the open rows that these rows of the delivery correct, in the caller's transaction; returns how many.

    A row is corrected by one of the same source, kind and identity; where its own identity was at fault, by one that gives its number.
    What was refused later stays open: below it in the same file, or from the row `before` on.
    """
    identities = {row.identity: row.line for row in taken}
    numbers = {row.corrects: row for row in taken if row.corrects is not None}
    found = open_of(source=delivery.source, kind=delivery.kind)
    rows = [*_locked(found.filter(identity__in=set(identities)).exclude(identity=""))]
    settled = {row.pk: row for row in rows if _earlier(row, delivery, identities[row.identity], before)}
    for row, number in _numbered(delivery, set(numbers)) if numbers else ():
        new = numbers[number]
        if row.pk not in settled and _identity_was_wrong(row) and _earlier(row, delivery, new.line, before):
            row.detail = {**row.detail, "taken_as": new.identity}
            row.save(update_fields=["detail"])
            settled[row.pk] = row
    if settled:
        _settled_as(State.CORRECTED, settled, delivery, timezone.now())
    return len(settled)


def _numbered(delivery: Delivery, numbers: set[int]) -> list[tuple[Quarantined, int]]:
    """The open rows of these numbers, each with its number. One sent again since stands for the one whose number the sheet still has."""
    of_kind = Quarantined.objects.filter(source=delivery.source, kind=delivery.kind).exclude(fingerprint="")
    known = of_kind.filter(pk__in=numbers, state__in=(State.REJECTED, State.REPEATED))
    same = {fingerprint: number for number, fingerprint in known.values_list("pk", "fingerprint")}
    rows = _locked(of_kind.filter(state=State.REJECTED, fingerprint__in=set(same)))
    return [(row, row.pk if row.pk in numbers else same[row.fingerprint]) for row in rows]


def take_over(*, delivery: Delivery, rows: Sequence[Quarantined]) -> None:
    """Give rows about to be kept the age of the same rows refused before, which are then repeated; in the caller's transaction.

    Within the rows the last of the same ones stays open. Waiting rows are left alone.
    """
    newest = {row.fingerprint: row for row in rows if row.state == State.REJECTED}
    for row in rows:
        if row.state == State.REJECTED and newest[row.fingerprint] is not row:
            row.state, row.settled_at, row.settled_by = State.REPEATED, row.first_seen_at, delivery
    same = open_of(source=delivery.source, kind=delivery.kind).filter(fingerprint__in=set(newest))
    older = _locked(same.only("fingerprint", "first_seen_at"))
    for row in older:
        new = newest[row.fingerprint]
        new.first_seen_at = min(new.first_seen_at, row.first_seen_at)
    _settled_as(State.REPEATED, [row.pk for row in older], delivery, timezone.now())


def repeat_among(rows: Iterable[int]) -> None:
    """The same for rows that waited and were rejected now: of the same open ones the latest stays, as old as the oldest."""
    rejected = Quarantined.objects.filter(pk__in=list(rows)).exclude(fingerprint="").select_related("delivery")
    same: dict[tuple[str, str, str], list[Quarantined]] = {}
    wanted = {(row.source, row.kind, row.fingerprint) for row in rejected}
    for row in _locked(Quarantined.objects.filter(state=State.REJECTED, fingerprint__in={key[2] for key in wanted})):
        same.setdefault((row.source, row.kind, row.fingerprint), []).append(row)
    for key, found in same.items():
        *older, newest = sorted(found, key=lambda row: row.pk)
        if key in wanted and older:
            newest.first_seen_at = min(row.first_seen_at for row in found)
            newest.save(update_fields=["first_seen_at"])
            _settled_as(State.REPEATED, [row.pk for row in older], newest.delivery, timezone.now())


def _locked(rows: QuerySet[Quarantined]) -> list[Quarantined]:
    """In the order in which everybody locks them, so that two never wait for each other."""
    return list(rows.select_for_update().order_by("pk"))


def _settled_as(state: State, rows: Collection[int] | Mapping[int, Any], delivery: Delivery, now: datetime) -> None:
    settled = Quarantined.objects.filter(pk__in=list(rows), state=State.REJECTED)
    tell_settled(settled)
    settled.update(state=state, settled_by=delivery, settled_at=now)


def _earlier(row: Quarantined, delivery: Delivery, line: int, before: int | None) -> bool:
    if before is not None:
        return row.pk < before
    return row.delivery_id != delivery.pk or row.row < line


def _identity_was_wrong(row: Quarantined) -> bool:
    """Otherwise a number alone settles nothing: any good row could do away with any bad one."""
    kind = KINDS[row.kind]
    if not row.identity or not row.column:
        return True
    return any(place.stated in kind.identity for place in match_header(kind, [row.column]).placed)


@lru_cache(maxsize=64)
def _number_place(header: tuple[str, ...]) -> int | None:
    return added_place(header, NUMBER)
