"""One writer at a time where rows of a transaction alone do not settle who was first."""

from hashlib import blake2b

from django.db import connection


def hold(name: str) -> None:
    """Hold the lock `name` until the current database transaction ends. SQLite's immediate transactions are that lock already."""
    if connection.vendor == "postgresql":
        key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
