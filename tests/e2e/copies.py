"""The processes of a journey, copies of one that has loaded the platform: loading Django, pandas and the rules takes longer than most acts.

A copy differs from a process that was started only in that its modules are there already. All see the environment that was there when
the first was loaded: one instance to a test session.
"""

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from unittest import mock

from tests import servers

END_SECONDS = 10


def load(environment: dict[str, str]) -> None:
    """Loads the platform in this environment, of which all that follow are copies."""
    multiprocessing.set_forkserver_preload(["tests.e2e.stage", "oversight.asgi", "uvicorn"])
    # Where there is no script to start from, Python looks for modules in the working folder.
    with mock.patch.dict(os.environ, environment | {"PYTHONPATH": str(servers.CHECKOUT)}, clear=True):
        forkserver.ensure_running()


def run(module: str, *arguments: str, log: Path) -> ForkServerProcess:
    """Starts `python -m module arguments` in a copy that ends with this process at the latest; what it prints goes to `log`."""
    process = multiprocessing.get_context("forkserver").Process(target=_become, args=(module, arguments, log), daemon=True)
    process.start()
    return process


def _become(module: str, arguments: tuple[str, ...], log: Path) -> None:
    servers.dies_with_parent(signal.SIGTERM)()
    with log.open("wb") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def act(*arguments: str, log: Path) -> None:
    """One act of the stage (tests/e2e/stage.py) from beginning to end."""
    process = run("tests.e2e.stage", *arguments, log=log)
    process.join()
    assert process.exitcode == 0, log.read_text(encoding="utf-8", errors="replace")[-3000:]


@contextmanager
def web_server(port: int, log: Path) -> Iterator[None]:
    """The platform's web server on a port of this machine for the length of a block."""
    told = ["oversight.asgi:application", "--port", str(port), "--lifespan", "off", "--timeout-graceful-shutdown", "1", "--no-access-log"]
    process = run("uvicorn", *told, log=log)
    try:
        servers.wait_until(lambda: servers.healthy(f"http://127.0.0.1:{port}"), lambda: process.exitcode, log=log, name="uvicorn")
        yield
    finally:
        process.terminate()
        process.join(END_SECONDS)
        process.kill()
