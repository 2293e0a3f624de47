"""Rules over a year of 5,000,000 transactions on the columns: a backtest of each rule in force.

`python -m tests.bench.history [transactions]`. A detachment of 100,000 transactions a year is simulated, imported, and its columnar copy
multiplied (tests.bench.province). Each figure is taken in a process of its own, with its peak memory.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from tests.bench.instance import fresh_instance
from tests.servers import CHECKOUT

SEED_TRANSACTIONS, DAYS = 100_000, 365
TRANSACTIONS = 5_000_000
RUNS = 3


def measure(transactions: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mingjing-files-") as folder, fresh_instance() as instance:
        instance.run("simulate", "-o", folder, "--transactions", str(SEED_TRANSACTIONS), "--days", str(DAYS), "--seed", "11")
        instance.run("import_ledger", folder, "--no-score")
        report(dict(instance.environment), max(1, transactions // SEED_TRANSACTIONS))


def report(environment: dict[str, str], copies: int) -> None:
    """Multiply the columns of the instance and print what was measured on them."""
    made = _in_process("multiply", environment, str(copies))
    print(f"columns: {made['transactions']} transactions over {DAYS} days", flush=True)
    rules = _in_process("backtests", environment)["rules"]
    for name, bar in (("one line", 1.0), ("all lines", 2.0)):
        took = sorted((rule["seconds"], rule["code"]) for rule in rules if rule["lines"] == name)
        if took:
            slowest = ", ".join(f"{code} {seconds:.2f} s" for seconds, code in took[-3:][::-1])
            median = statistics.median(seconds for seconds, _code in took)
            over = sum(seconds > bar for seconds, _code in took)
            print(
                f"backtest of a rule on {name}: median {median:.2f} s, slowest {slowest}; {over} of {len(took)} over the bar of {bar:.0f} s"
            )
    print(f"  peak memory {max(rule['memory'] for rule in rules)} MB", flush=True)


def _in_process(what: str, environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.history", "--child", what, *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{what}: {done.stderr.strip()[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _multiply(copies: str) -> dict[str, Any]:
    from ledger.columns.services import sync
    from tests.bench.province import multiply

    sync()
    return {"transactions": multiply(int(copies))}


def _backtests() -> dict[str, Any]:
    from risk.backtest.running import backtest
    from risk.rules.queries import current_versions

    rules = []
    for version in current_versions():
        took = []
        for _run in range(RUNS):
            began = time.monotonic()
            backtest(rule_code=version.rule.code)
            took.append(time.monotonic() - began)
        rules.append(
            {
                "code": version.rule.code,
                "lines": "one line" if len(version.lines) == 1 else "all lines",
                "seconds": statistics.median(took),
                "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            }
        )
        print(rules[-1], file=sys.stderr, flush=True)
    return {"rules": rules}


def child(what: str, arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oversight.settings")
    import django

    django.setup()
    print(json.dumps({"multiply": _multiply, "backtests": _backtests}[what](*arguments)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
    else:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else TRANSACTIONS)
