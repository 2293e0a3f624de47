"""Many rows in few statements: the journal's writes, several times faster than model instances one by one."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, models

from ledger.kit import locks

ROWS_PER_STATEMENT = 1000
CACHE_KIB = 64 * 1024


def lock_source(source: str) -> None:
    """Let one writer at a time append for a source, until the transaction ends."""
    locks.hold(f"journal:{source}")


@contextmanager
def roomy_cache() -> Iterator[None]:
    """Give SQLite room for the indexes while many rows go in: with its 2 MB it spent more time rereading pages than writing rows."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        before = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {before}")


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows whose values stand in the order of the field `names`."""
    if not rows:
        return
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    values = _columns_ready(fields, rows)
    quote = connection.ops.quote_name
    into = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(quote(field.column) for field in fields)}) VALUES "
    one = "(" + ", ".join(["%s"] * len(fields)) + ")"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(into + one, values)
            return
        for start in range(0, len(values), ROWS_PER_STATEMENT):
            part = values[start : start + ROWS_PER_STATEMENT]
            cursor.execute(into + ", ".join([one] * len(part)), [value for row in part for value in row])


def update_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set the fields `names` of rows found by primary key, which is the last value of each row."""
    if not rows:
        return
    key: Any = model._meta.pk
    fields: list[Any] = [*(model._meta.get_field(name) for name in names), key]
    values = _columns_ready(fields, rows)
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            sets = ", ".join(f"{quote(field.column)} = %s" for field in fields[:-1])
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {quote(key.column)} = %s", values)
            return
        sets = ", ".join(f"{quote(field.column)} = new.{quote(field.column)}" for field in fields[:-1])
        names_sql = ", ".join(quote(field.column) for field in fields)
        one = "(" + ", ".join(f"%s::{_cast(field)}" for field in fields) + ")"
        for start in range(0, len(values), ROWS_PER_STATEMENT):
            part = values[start : start + ROWS_PER_STATEMENT]
            cursor.execute(
                f"UPDATE {table} SET {sets} FROM (VALUES {', '.join([one] * len(part))}) AS new ({names_sql})"
                f" WHERE {table}.{quote(key.column)} = new.{quote(key.column)}",
                [value for row in part for value in row],
            )


def _cast(field: Any) -> str:
    """The type without its length: an explicit cast to varchar(n) would cut silently, an assignment refuses."""
    return str(field.rel_db_type(connection)).split("(")[0]


def _columns_ready(fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The rows with moments, days and JSON in the form the database takes."""
    ready = {index: _preparer(field) for index, field in enumerate(fields) if isinstance(field, models.DateField | models.JSONField)}
    if not ready:
        return list(rows)
    columns: list[Any] = list(zip(*rows, strict=True))
    for index, prepare in ready.items():
        columns[index] = [None if value is None else prepare(value) for value in columns[index]]
    return list(zip(*columns, strict=True))


def _sqlite_moment(value: datetime) -> str:
    """As Django writes an aware moment there, without its detour over the connection's zone."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _preparer(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, ensure_ascii=False)
    if isinstance(field, models.DateTimeField):
        if connection.vendor == "sqlite":
            return _sqlite_moment
        moment: Callable[[datetime], Any] = connection.ops.adapt_datetimefield_value
        return moment
    day: Callable[[date], Any] = connection.ops.adapt_datefield_value
    return day
