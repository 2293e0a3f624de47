"""A large file is read and checked by a process of its own, a block ahead of the one that writes: both are bound by Python."""

import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from typing import IO, Any

from django.conf import settings
from django.utils import timezone

from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.readers import Table
from ledger.intake.reading.validation import Rosters
from ledger.intake.tables import Looked, arrived_rows, looked_at
from ledger.intake.taking import BLOCK, Arrived
from ledger.journal.fold import Record
from ledger.kit.collecting import rare_collections

# A process of its own takes a second or two to start, as long as some twenty thousand rows take.
LARGE = 50_000
# Reading needs the ledger and nothing above it: without the engine's pandas the process starts with 57 MB instead of 152.
_APPS = ("ledger", "django.contrib.auth", "django.contrib.contenttypes")
_START = (
    f"import django; from django.conf import settings; settings.INSTALLED_APPS = {_APPS!r}; django.setup(); "
    "from ledger.intake.ahead import serve; serve()"
)
_Plain = tuple[Any, ...]


def blocks(looked: Looked, *, after: int = 0) -> Generator[list[Arrived], None, None]:
    """The rows of a file in order and in blocks, without the first `after`; checked against the rosters as they stand now."""
    rosters, now = Rosters.load(), timezone.now()
    # A sheet is unpacked in large pieces: two processes would hold more of it than one may.
    if isinstance(looked.table, Table) and looked.table.expected_rows - after >= LARGE:
        with _another_process(looked, after, rosters, now) as answers:
            while (block := _received(answers, looked)) is not None:
                if not block:
                    return
                after += len(block)
                yield block
        # It was killed, or failed; whatever stopped it says so again here, or does not matter.
    rows = arrived_rows(looked, after=after, rosters=rosters, now=now)
    yield from iter(lambda: list(islice(rows, BLOCK)), [])


@contextmanager
def _another_process(looked: Looked, after: int, rosters: Rosters, now: datetime) -> Iterator[IO[bytes]]:
    """What a reading process answers. It ends with the last block, or when nobody listens any more."""
    command = [sys.executable, "-c", _START]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(BrokenPipeError), process.stdin as questions:
                pickle.dump((looked.table, looked.kind.code, looked.name, after, rosters, now, BLOCK), questions)
            yield process.stdout
        finally:
            process.kill()


def serve() -> None:
    """The other process: the question on standard input, pickled blocks on standard output, an empty one last."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whoever prints must not speak between the blocks
    table, kind, name, after, rosters, now, size = pickle.load(sys.stdin.buffer)
    rows = arrived_rows(looked_at(table, KINDS[kind], name), after=after, rosters=rosters, now=now)
    with suppress(BrokenPipeError), answers, ThreadPoolExecutor(max_workers=1) as sender, rare_collections():
        sent: Future[Any] = sender.submit(answers.flush)
        more = True
        while more:
            block = list(islice(rows, size))
            more = bool(block)
            packed = pickle.dumps([_plain(arrived) for arrived in block], pickle.HIGHEST_PROTOCOL)
            sent.result()  # at most one block waits while the next is made
            sent = sender.submit(answers.write, packed)
        sent.result()


def _plain(arrived: Arrived) -> _Plain:
    """A row as tuple, which is packed and unpacked in half the time of what it is."""
    row = arrived.row
    if isinstance(row, Record):
        return arrived.number, arrived.cells, row.serial_no, row.content, row.stated, row.status_given, row.marks
    return arrived.number, arrived.cells, row, arrived.fault


def _arrived(header: tuple[str, ...], plain: _Plain) -> Arrived:
    number, cells, *rest = plain
    if len(rest) == 2:
        return Arrived(number, header, cells, *rest)
    return Arrived(number, header, cells, Record(*rest), None)


def _received(answers: IO[bytes], looked: Looked) -> list[Arrived] | None:
    """The next block; None when no more can be understood."""
    try:
        plain: list[_Plain] = pickle.load(answers)
    except (EOFError, pickle.UnpicklingError):
        return None
    header = looked.header.received
    return [_arrived(header, one) for one in plain]
