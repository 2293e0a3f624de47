"""Many rows in few statements: the journal's writes, many times faster than model instances one by one."""

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.expressions import RawSQL

from ledger.journal.canonical import canonical_json
from ledger.journal.copying import copy_text
from ledger.kit import locks

ROWS_PER_STATEMENT = 1000
CACHE_KIB = 64 * 1024
# Stands in no code: they are refused with control characters in them.
_SEPARATOR = "\x1f"
_Row = TypeVar("_Row", bound=models.Model)
Insert = Callable[[type[models.Model], Sequence[str], Sequence[Sequence[Any]]], None]


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


def new_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Ids for that many new rows, to be inserted in the same transaction: in rising order, given to nobody else."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # the transaction is the only writer
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            last = (cursor.fetchone() or (0,))[0]
            return range(last + 1, last + 1 + count)
        # As one text: rows of one number each took ten times as long to fetch.
        given = "SELECT nextval((SELECT pg_get_serial_sequence(%s, %s))::regclass) AS id FROM generate_series(1, %s)"
        cursor.execute(f"SELECT string_agg(id::text, ' ') FROM ({given}) AS given", [table, str(model._meta.pk.column), count])
        return sorted(map(int, (cursor.fetchone()[0] or "").split()))


def among(rows: "models.QuerySet[_Row]", name: str, codes: Collection[str] | Collection[int]) -> "models.QuerySet[_Row]":
    """The rows whose field `name`, which has an index of its own, is one of many codes or ids.

    To PostgreSQL they go as one text from a subquery: it reads that far faster than a list, and as it cannot count them while it plans, it
    asks the index. A list of ten thousand had it read the whole table.
    """
    if connection.vendor == "sqlite":
        return rows.filter(**{f"{name}__in": codes})
    field: Any = rows.model._meta.get_field(name)
    kind = "text" if field.get_internal_type() == "CharField" else field.rel_db_type(connection)
    one_of = f"{connection.ops.quote_name(field.column)} = ANY((SELECT string_to_array(%s, %s))::{kind}[])"
    return rows.extra(where=[one_of], params=[_SEPARATOR.join(map(str, codes)), _SEPARATOR])


def identified(rows: "models.QuerySet[_Row]", name: str, codes: Collection[str]) -> "models.QuerySet[_Row]":
    """The same where `rows` are narrowed to what makes `name` unique, such as the serial numbers of a source.

    PostgreSQL is made to look each code up: otherwise, while its statistics are those of a smaller table, as they are when a large file
    goes in, it takes the index for the source alone and compares every row of it with every code.
    """
    if connection.vendor == "sqlite":
        return rows.filter(**{f"{name}__in": codes})
    one: Any = rows.order_by().filter(**{name: RawSQL("wanted.code", [])}).values("pk")
    inner, given = one.query.sql_with_params()
    quote = connection.ops.quote_name
    table, key = quote(rows.model._meta.db_table), quote(str(rows.model._meta.pk.column))
    each = f"unnest(string_to_array(%s, %s)) AS wanted(code) CROSS JOIN LATERAL ({inner} OFFSET 0) AS found({key})"
    where = f"{table}.{key} = ANY(ARRAY(SELECT found.{key} FROM {each}))"
    return rows.model._default_manager.extra(where=[where], params=[_SEPARATOR.join(codes), _SEPARATOR, *given])


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows whose values stand in the order of the field `names`, by COPY on PostgreSQL. A moment may be canonical text."""
    with inserting() as insert:
        insert(model, names, rows)


@contextmanager
def inserting() -> Iterator[Insert]:
    """Insert as `insert_rows` does, several times; on PostgreSQL the server takes in what it was given while the next is made. All is in
    when this ends, and what failed is raised then. Nothing else may be asked of the database meanwhile."""
    if connection.vendor == "sqlite":
        yield _insert_in_statements
        return
    sent: list[Future[None]] = []
    with ThreadPoolExecutor(max_workers=1) as line:

        def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
            if rows:
                sent.append(line.submit(_copy_of(model, names, rows)))

        yield insert
    for one in sent:
        one.result()


def _insert_in_statements(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        into, columns = _into(model, names, rows)
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join(['%s'] * len(columns))})", list(zip(*columns, strict=True)))


def _copy_of(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Callable[[], None]:
    """What sends the rows; it may be called in another thread, to which Django would give another connection."""
    into, columns = _into(model, names, rows)
    text = copy_text(columns)
    ours, faults_told = connection.cursor(), connection.wrap_database_errors

    def copy() -> None:
        with faults_told, ours.cursor as cursor:
            cursor.copy_expert(f"COPY {into} FROM STDIN", io.BytesIO(text), len(text))

    return copy


def _into(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Sequence[Any]]]:
    """The table with its columns as SQL names them, and the values by the column."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    return f"{quote(model._meta.db_table)} ({', '.join(quote(field.column) for field in fields)})", _columns_ready(fields, rows)


def insert_all(instances: Sequence[models.Model]) -> None:
    """Insert new instances of one model, of which no JSON is null; their ids are not told."""
    if not instances:
        return
    fields = [field for field in instances[0]._meta.concrete_fields if not field.primary_key]
    rows = [[getattr(instance, field.attname) for field in fields] for instance in instances]
    insert_rows(type(instances[0]), [field.name for field in fields], rows)


def update_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set the fields `names` of rows found by primary key, which is the last value of each row. A moment may be canonical text."""
    if not rows:
        return
    key: Any = model._meta.pk
    fields: list[Any] = [*(model._meta.get_field(name) for name in names), key]
    values = list(zip(*_columns_ready(fields, rows), strict=True))
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
    """The columns of the rows, with moments, days and JSON in the form the database takes."""
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for index, field in enumerate(fields):
        if isinstance(field, models.DateField | models.JSONField):
            columns[index] = _ready(field, columns[index])
    return columns


def _ready(field: Any, column: Sequence[Any]) -> Sequence[str | None]:
    if column.count(column[0]) == len(column) > 1:  # a moment of arrival, or no marks
        return [*_ready(field, column[:1])] * len(column)
    if isinstance(field, models.JSONField):
        return list(map(canonical_json, column))
    if connection.vendor != "sqlite" and set(map(type, column)) <= {str, type(None)}:
        return column  # canonical moments, which PostgreSQL reads as they are
    prepare: Callable[[Any], str] = date.isoformat
    if isinstance(field, models.DateTimeField):
        prepare = _sqlite_moment if connection.vendor == "sqlite" else _moment
    return [None if value is None else prepare(value) for value in column]


def _moment(value: datetime | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


def _sqlite_moment(value: datetime | str) -> str:
    """As Django writes an aware moment there, without its detour over the connection's zone. Text is canonical, in UTC."""
    if isinstance(value, str):
        return value[:-1].replace("T", " ")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
