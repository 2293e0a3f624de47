"""Journal rows as the database driver gives them, without model instances or converters: several times faster."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from ledger.columns.encode import HASHED, STEP_FIELDS, TEXT, TRANSACTION_FIELDS
from ledger.journal.models import Step, Transaction, Version

KEYS_PER_QUERY = 10_000
MOMENT_FIELDS = ("accepted_at", "finished_at", "arrived_at", "at")
DAY_FIELDS = ("start_date", "end_date")
INDEXED = ("handler", "agency", "agent", "person", "plate")


def driver_rows(queryset: QuerySet, fields: Sequence[str]) -> list[tuple[Any, ...]]:
    """The rows of a query in the order of `fields`, values as the driver returns them."""
    compiler = queryset.order_by().values_list(*map(_unconverted, fields)).query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _unconverted(field: str) -> str | Cast:
    """SQLite's driver would parse every moment and day in Python; as text they are parsed all at once."""
    return Cast(field, TextField()) if field in (*MOMENT_FIELDS, *DAY_FIELDS) and connection.vendor == "sqlite" else field


def transaction_rows(queryset: QuerySet[Transaction]) -> list[tuple[Any, ...]]:
    return driver_rows(queryset, TRANSACTION_FIELDS)


def step_rows(transactions: QuerySet[Transaction]) -> list[tuple[Any, ...]]:
    """Every step of the transactions of a query."""
    return driver_rows(Step.objects.filter(transaction_id__in=transactions.order_by().values("id")), STEP_FIELDS)


def steps_of(ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Every step of the transactions with these ids."""
    return [row for keys in in_parts(sorted(ids)) for row in driver_rows(Step.objects.filter(transaction_id__in=keys), STEP_FIELDS)]


def altered_ids(transactions: QuerySet[Transaction]) -> set[int]:
    """Those of the transactions of a query that an alteration changed."""
    altered = Version.objects.filter(change=Version.Change.ALTERATION, transaction_id__in=transactions.order_by().values("id"))
    return set(altered.values_list("transaction_id", flat=True))


def transactions_of(column: str, codes: Sequence[str], *, lines: Sequence[str], first_day: date, last_day: date) -> QuerySet[Transaction]:
    """The transactions of a few subjects, found by index. `column` is one of INDEXED, `codes` are as in the files."""
    field = TEXT.get(column) or HASHED[column]
    # The indexes leave out rows without a code; SQLite takes them only for a query that says so too.
    named = Transaction.objects.exclude(**{field: ""})
    return named.filter(days_and_lines(lines, first_day, last_day), **{f"{field}__in": list(codes)})


def days_and_lines(lines: Sequence[str], first_day: date, last_day: date) -> Q:
    return Q(event_day__range=(first_day, last_day)) & (Q(line__in=list(lines)) if lines else Q())


def related_rows(ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """The transactions to which those with these ids point by related_serial."""
    rows = [row for keys in in_parts(sorted(ids)) for row in _pointed_to(keys)]
    return list({row[0]: row for row in rows}.values())


def _pointed_to(ids: Sequence[int]) -> list[tuple[Any, ...]]:
    table, quote = connection.ops.quote_name(Transaction._meta.db_table), connection.ops.quote_name
    as_text = MOMENT_FIELDS if connection.vendor == "sqlite" else ()
    wanted = ", ".join(f"CAST(r.{quote(field)} AS text)" if field in as_text else f"r.{quote(field)}" for field in TRANSACTION_FIELDS)
    join = f"{table} t JOIN {table} r ON r.source = t.source AND r.serial_no = t.related_serial"
    with connection.cursor() as cursor:
        chosen = ", ".join(["%s"] * len(ids))
        cursor.execute(f"SELECT {wanted} FROM {join} WHERE t.related_serial <> '' AND t.id IN ({chosen})", list(ids))
        return cursor.fetchall()


def in_parts(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), KEYS_PER_QUERY):
        yield keys[start : start + KEYS_PER_QUERY]
