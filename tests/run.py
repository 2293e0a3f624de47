"""`python -m tests.run all|sqlite|services|e2e [pytest arguments]`: the passes of the suite, each with the servers it needs.

sqlite    everything except the browser, on SQLite, without a server
services  what is marked "services" once more, on a private PostgreSQL and Redis
e2e       what drives a browser; with "all" beside the others, because it waits most of its time, and told of at the end
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import IO

from tests import servers

NOTHING_COLLECTED = 5
PASSES = {"sqlite": "not e2e", "services": "services and not e2e", "e2e": "e2e"}
JOURNEYS = "tests/e2e"


def run_pass(name: str, arguments: list[str], settings: dict[str, str], workers: int, output: IO[bytes] | None) -> tuple[int, float]:
    """Runs one pass and returns pytest's exit code, 0 when it had nothing to do, and what all its processes that ended have worked, in
    seconds of processor. It prints to `output`, by default where this process does."""
    # A pass starts dozens of processes, and each would compile two thousand modules and tests anew where none may keep what it compiled.
    unwanted = ("DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE")
    inherited = {key: value for key, value in os.environ.items() if key not in unwanted}
    told = ["-rsfE", "-q", "--durations=20", "--durations-min=2"]
    # Migrations are run by every journey of real processes, and compared with the models by `make check`: here they only take time.
    told += [] if name == "e2e" else ["--no-migrations"]
    # Reading what will not run takes every worker long; tests/conftest.py sees to it that no browser is driven elsewhere.
    told += [JOURNEYS] if name == "e2e" and not any(one.startswith("tests") for one in arguments) else []
    told += [] if name == "e2e" else [f"--ignore={JOURNEYS}"]
    spread = ["-n", str(workers), "--dist", "worksteal"] if workers > 1 else []
    command = [sys.executable, "-m", "pytest", "-m", PASSES[name], *told, *spread, *arguments]
    process = subprocess.Popen(command, env=inherited | settings, stdout=output, stderr=output)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = code = os.waitstatus_to_exitcode(status)
    return 0 if code == NOTHING_COLLECTED else code, used.ru_utime + used.ru_stime


def server_settings(stack: ExitStack) -> dict[str, str]:
    """DATABASE_URL and REDIS_URL: as given, else of private servers that end with `stack`. Raises ServerUnavailable."""
    settings = {}
    for name, start in (("DATABASE_URL", servers.private_postgres), ("REDIS_URL", servers.private_redis)):
        given = os.environ.get(name)
        if given:
            settings[name] = given
            print(f"{name}: as given in the environment", flush=True)
        else:
            server = stack.enter_context(start())
            settings[name] = server.url
            print(f"{name}: {server.origin}, private", flush=True)
    return settings


def whole_pass(name: str, arguments: list[str], workers: int, output: IO[bytes] | None = None) -> tuple[bool, str]:
    """One pass with its servers: whether it failed, and a line that tells of it."""
    started = time.monotonic()
    with ExitStack() as stack:
        try:
            settings = server_settings(stack) if name == "services" else {}
        except servers.ServerUnavailable as reason:
            return False, f"{name}: SKIPPED, {reason}"
        code, worked = run_pass(name, arguments, settings, workers, output)
    outcome = "passed" if code == 0 else f"FAILED (pytest exit code {code})"
    return code != 0, f"{name}: {outcome} in {time.monotonic() - started:.0f} s, {worked:.0f} s of processor"


def main(arguments: list[str]) -> int:
    wanted, rest = (arguments[0], arguments[1:]) if arguments else ("all", [])
    if wanted != "all" and wanted not in PASSES:
        print(__doc__, file=sys.stderr)
        return 2
    # A debugger wants one process; more than the cores only waits.
    workers = 1 if {"--pdb", "-n0"} & set(rest) else min(os.cpu_count() or 1, 8)
    beside = ["e2e"] if wanted == "all" and workers > 1 else []
    in_turn = [name for name in PASSES if wanted in ("all", name) and name not in beside]
    results = []
    with tempfile.TemporaryFile() as output, ThreadPoolExecutor() as pool:
        waiting = {name: pool.submit(whole_pass, name, rest, 1, output) for name in beside}
        for name in in_turn:
            print(f"\n=== {name} ===", flush=True)
            results.append(whole_pass(name, rest, workers))
        for name, result in waiting.items():
            results.append(result.result())
            output.seek(0)
            print(f"\n=== {name} ===\n{output.read().decode(errors='replace')}", flush=True)
    print("\n" + "\n".join(line for _failed, line in results), flush=True)
    return 1 if any(failed for failed, _line in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
