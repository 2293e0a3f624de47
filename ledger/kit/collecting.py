"""Python's search for unreachable cycles, while millions of rows that have none come and go."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

RARE = (200_000, 20, 20)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for garbage in cycles much more rarely: rows are freed by counting, and looking through them again and again cost a ninth of
    an import. Counts for the whole process; of two that overlap the first to end restores the usual."""
    usual = gc.get_threshold()
    gc.set_threshold(*RARE)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
