"""Reads of the journal."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db.models import QuerySet

from ledger.journal.canonical import canonical_json
from ledger.journal.fold import SPELLING
from ledger.journal.history import roster_key
from ledger.journal.models import Delivery, Recorded, RecordVersion, Step, Transaction, Version
from ledger.kit.days import event_day

DEFAULT_SOURCE = "manual"
Span = tuple[date, str]  # from which day on, which value
Identity = tuple[str, str]  # source, serial number
NAMED_AT_ONCE = 500


def transaction_of(source: str, serial_no: str) -> Transaction | None:
    """The transaction of that identity, or None."""
    return Transaction.objects.filter(source=source, serial_no=serial_no).first()


def transactions_named(identities: Collection[Identity]) -> dict[Identity, Transaction]:
    """Those of the transactions that are there, by source and serial number.

    Both are asked for: serial numbers alone are looked for through the whole index, whose length is that of the ledger.
    """
    wanted, found = sorted(identities), {}
    for start in range(0, len(wanted), NAMED_AT_ONCE):
        part = set(wanted[start : start + NAMED_AT_ONCE])
        sources, serials = zip(*part, strict=True)
        for row in Transaction.objects.filter(source__in=set(sources), serial_no__in=serials):
            if (row.source, row.serial_no) in part:
                found[row.source, row.serial_no] = row
    return found


def transactions_in(ids: Iterable[int]) -> dict[int, Transaction]:
    """Transactions by id; ids that are not there are absent."""
    return Transaction.objects.in_bulk(list(ids))


def versions_of(transaction: Transaction) -> QuerySet[Version]:
    """Everything that was ever said of the transaction, oldest first."""
    return Version.objects.filter(transaction_id=transaction.pk).order_by("number")


def record_versions_of(record: Recorded) -> QuerySet[RecordVersion]:
    """The same of a record that is no transaction."""
    key = getattr(record, record.key_field)
    return RecordVersion.objects.filter(kind=record.kind, source=record.source, key=key).order_by("number")


def roster_versions_of(kind: str, **identity: object) -> QuerySet[RecordVersion]:
    """The same of a row of the roster, by its identifying values, e.g. ("staff", staff_no="070001")."""
    return RecordVersion.objects.filter(kind=kind, source="", key=roster_key(kind, identity)).order_by("number")


def respelled_in(delivery_ids: Collection[int]) -> QuerySet[RecordVersion]:
    """Versions these deliveries brought, of the roster or of records beside the transactions, in which a code is spelled another way."""
    return RecordVersion.objects.filter(delivery_id__in=delivery_ids, text__contains=f'"{SPELLING}"').order_by("-id")


def roster_keys_naming(kind: str, value: str) -> set[str]:
    """Keys of the rows of the roster in a version of which the text stands, in whatever column: none too few, some too many."""
    versions = RecordVersion.objects.filter(kind=kind, source="", text__contains=canonical_json(value))
    return set(versions.values_list("key", flat=True))


def roster_spans(kind: str, columns: Collection[str], keys: Collection[str]) -> dict[tuple[str, str], list[Span]]:
    """From which day on the roster had which value, by the key of the row (its only identifying value) and the column.

    A value holds from the arrival of the delivery that said it; the first one held before too, from the beginning of time. Empty: no
    version tells.
    """
    versions: dict[str, list[RecordVersion]] = {key: [] for key in keys}
    for version in RecordVersion.objects.filter(kind=kind, source="", key__in=versions).order_by("number"):
        versions[version.key].append(version)
    return {(key, column): _spans(told, column) for key, told in versions.items() for column in columns}


def _spans(versions: Iterable[RecordVersion], column: str) -> list[Span]:
    spans: list[Span] = []
    for version in versions:
        content = json.loads(version.text)["content"]
        if not spans:
            spans.append((date.min, content.get("before", content).get(column, "")))
        if column in content or column in content.get("emptied", ()):
            spans.append((event_day(version.arrived_at), content.get(column, "")))
    return spans


def values_between(spans: Sequence[Span], first_day: date, last_day: date) -> set[str]:
    """Every value of the spans on some day of the range; empty values left out."""
    ends = [day for day, _value in spans[1:]] + [date.max]
    return {value for (begun, value), end in zip(spans, ends, strict=False) if value and begun <= last_day and end >= first_day}


def steps_of(transaction: Transaction) -> QuerySet[Step]:
    return transaction.steps.order_by("seq")


def known_sources() -> list[str]:
    """The sources that ever delivered anything, and the one files have by default."""
    return sorted({DEFAULT_SOURCE, *Delivery.objects.order_by().values_list("source", flat=True).distinct()})


def related_to(transaction: Transaction, limit: int = 50) -> list[Transaction]:
    """Of the same source: the transaction this one names as related, and those that name this one, the newest first, `limit` at most."""
    source = transaction.source
    # Said as the index over those that name one says it; together with the source the other index would be walked through.
    naming = Transaction.objects.exclude(related_serial="").filter(related_serial=transaction.serial_no).order_by("-accepted_at", "-id")
    found = [row for row in naming[: 2 * limit] if row.source == source][:limit]
    named = transaction_of(source, transaction.related_serial) if transaction.related_serial else None
    return [*([named] if named else []), *(row for row in found if named is None or row.pk != named.pk)]


def evidence_name(source: str, serial_no: str) -> str:
    """How evidence names a transaction: with its source only where that is not the default."""
    return serial_no if source == DEFAULT_SOURCE else f"{source}:{serial_no}"


def evidence_names(ids: Sequence[int]) -> list[str]:
    """Evidence names in the order of the ids."""
    named = Transaction.objects.filter(pk__in=ids).values_list("id", "source", "serial_no")
    names = {key: evidence_name(source, serial_no) for key, source, serial_no in named}
    return [names[key] for key in ids if key in names]


def recent_deliveries(limit: int = 50) -> QuerySet[Delivery]:
    return Delivery.objects.order_by("-started_at")[:limit]
