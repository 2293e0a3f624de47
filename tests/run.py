"""`python -m tests.run all|sqlite|services|e2e [pytest arguments]`: the passes of the suite, each with the servers it needs.

sqlite    everything except the browser, on SQLite, without a server
services  what is marked "services" once more, on a private PostgreSQL and Redis
e2e       what drives a browser
"""

import os
import resource
import subprocess
import sys
import time
from contextlib import ExitStack

from tests import servers

NOTHING_COLLECTED = 5
PASSES = {"sqlite": "not e2e", "services": "services and not e2e", "e2e": "e2e"}
JOURNEYS = "tests/e2e"


def run_pass(name: str, arguments: list[str], settings: dict[str, str], workers: int) -> int:
    """Runs one pass and returns pytest's exit code, 0 when it had nothing to do."""
    inherited = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    told = ["-rs", "-q", "--durations=20", "--durations-min=2"]
    # Migrations are run by every journey of real processes, and compared with the models by `make check`: here they only take time.
    told += [] if name == "e2e" else ["--no-migrations"]
    # Reading what will not run takes every worker long; tests/conftest.py sees to it that no browser is driven elsewhere.
    told += [JOURNEYS] if name == "e2e" and not any(one.startswith("tests") for one in arguments) else []
    told += [] if name == "e2e" else [f"--ignore={JOURNEYS}"]
    spread = ["-n", str(workers), "--dist", "worksteal"] if workers > 1 else []
    command = [sys.executable, "-m", "pytest", "-m", PASSES[name], *told, *spread, *arguments]
    code = subprocess.run(command, env=inherited | settings, check=False).returncode
    return 0 if code == NOTHING_COLLECTED else code


def processor_seconds() -> float:
    """What all processes that were started from here, and have ended, have worked."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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


def main(arguments: list[str]) -> int:
    wanted, rest = (arguments[0], arguments[1:]) if arguments else ("all", [])
    if wanted != "all" and wanted not in PASSES:
        print(__doc__, file=sys.stderr)
        return 2
    # A debugger wants one process; more than the cores only waits.
    workers = 1 if {"--pdb", "-n0"} & set(rest) else min(os.cpu_count() or 1, 8)
    results: list[str] = []
    failed = False
    for name in PASSES if wanted == "all" else [wanted]:
        print(f"\n=== {name} ===", flush=True)
        started, worked = time.monotonic(), processor_seconds()
        with ExitStack() as stack:
            try:
                settings = server_settings(stack) if name == "services" else {}
            except servers.ServerUnavailable as reason:
                results.append(f"{name}: SKIPPED, {reason}")
                continue
            code = run_pass(name, rest, settings, workers)
        failed = failed or code != 0
        outcome = "passed" if code == 0 else f"FAILED (pytest exit code {code})"
        took, worked = time.monotonic() - started, processor_seconds() - worked
        results.append(f"{name}: {outcome} in {took:.0f} s, {worked:.0f} s of processor")
    print("\n" + "\n".join(results), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
