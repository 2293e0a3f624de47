"""How what a test has committed is removed: from the few tables that hold anything, not by truncating all of them.

Django's flush truncates every table (on PostgreSQL a new file for each of them and for each of their indexes) and then writes content
types and permissions anew; these are left alone here, because no test writes any.
"""

from django.db import connections, transaction
from django.test import TransactionTestCase

KEPT = frozenset({"django_content_type", "auth_permission", "django_migrations"})


def empty_what_holds_rows(alias: str = "default") -> None:
    """Deletes every row of the database but those of KEPT. Sequences go on, as after a flush."""
    connection = connections[alias]
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    quoted = [connection.ops.quote_name(name) for name in names if name not in KEPT]
    asked = " UNION ALL ".join(f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {name})" for number, name in enumerate(quoted))
    # References between tables are checked at the end of the transaction, so the order does not matter.
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute(asked)
        for (number,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quoted[number]}")


def instead_of_flushing() -> None:
    """From here on tests that commit are cleaned up after in this way."""

    def tear_down(case: TransactionTestCase) -> None:
        for alias in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
            empty_what_holds_rows(alias)

    TransactionTestCase._fixture_teardown = tear_down  # type: ignore[attr-defined]
