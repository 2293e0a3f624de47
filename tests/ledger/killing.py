"""Imports that are killed with SIGKILL at a chosen place, each in a process of its own, for tests of what is left of them.

Run as a program it forks a child for every line {"source", "path", "place", "block", "after"} of its input, and prints whether the child
was killed, or had finished before because it has no such place. Places are counted: every statement to the database, every COPY and every
commit is one, and the child kills itself before it; or it is killed after so many seconds, wherever it is.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from tests.servers import CHECKOUT

NOWHERE = 0


class Killed(Protocol):
    """Import a file of a source, kill that at a place or after so many seconds, and say whether that came before its end."""

    def __call__(self, path: Path, source: str, place: int, block: int, after: float | None = None) -> bool: ...


@contextmanager
def killing() -> Iterator[Killed]:
    """A function that does so in the test database, from the first call on without the time a start takes."""
    from django.db import connection

    command = [sys.executable, "-m", "tests.ledger.killing", str(connection.settings_dict["NAME"])]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
    assert program.stdin is not None and program.stdout is not None
    orders, answers = program.stdin, program.stdout

    def killed(path: Path, source: str, place: int, block: int, after: float | None = None) -> bool:
        orders.write(json.dumps({"path": str(path), "source": source, "place": place, "block": block, "after": after}) + "\n")
        orders.flush()
        answer = json.loads(answers.readline())
        assert isinstance(answer, bool)
        return answer

    try:
        yield killed
    finally:
        orders.close()
        program.wait(30)
        answers.close()


def serve(database: str) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            import_and_die(Path(order["path"]), order["source"], order["place"], order["block"])
            os._exit(0)
        if order["after"] is not None:
            time.sleep(order["after"])
            os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        print(json.dumps(os.WIFSIGNALED(status) if status == 0 or os.WIFSIGNALED(status) else "failed by itself"), flush=True)


def import_and_die(path: Path, source: str, place: int, block: int) -> None:
    from django.db import connection

    from ledger.intake import ahead, tables
    from ledger.intake.services import import_paths
    from ledger.journal import bulk

    places = count(1)

    def counted(call: Any) -> Any:
        def wrapped(*given: Any, **named: Any) -> Any:
            if next(places) == place:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **named)

        return wrapped

    ahead.BLOCK = tables.CHUNK = block
    bulk.copy_text = counted(bulk.copy_text)
    connection._commit = counted(connection._commit)
    with connection.execute_wrapper(lambda execute, *call: counted(execute)(*call)):
        import_paths(paths=[path], source=source)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oversight.settings")
    serve(sys.argv[1])
