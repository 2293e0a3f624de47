"""Transactions by what names them: source and serial number."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.journal import queries
from ledger.journal.queries import transactions_named
from tests.builders import make_transaction, make_unit

pytestmark = pytest.mark.django_db


@pytest.mark.services
def test_each_is_found_by_source_and_serial_number_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "NAMED_AT_ONCE", 2)
    unit = make_unit("一大队")
    made = {(source, serial): make_transaction(unit, source=source, serial_no=serial) for source in "ab" for serial in ("1", "2", "3")}
    wanted = {("a", "1"), ("b", "2"), ("a", "3"), ("c", "1"), ("a", "4")}
    assert transactions_named(wanted) == {name: made[name] for name in wanted & made.keys()}
    assert transactions_named(set()) == {}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, and rightly")
def test_they_are_found_by_index_and_not_by_reading_the_whole_ledger() -> None:
    with CaptureQueriesContext(connection) as asked:
        transactions_named({("a", "1"), ("b", "2")})
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[0]['sql']}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert "SEARCH" in plan and "source=? AND serial_no=?" in plan
