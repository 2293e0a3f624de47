"""From the commit of transactions to the alert being announced in an open browser: embedded, then on PostgreSQL with Redis.

The whole platform runs (`manage.py up`: web, worker, beat); tests.bench.visible_samples says what happens on it.
"""

import statistics
import subprocess
import sys
from contextlib import ExitStack

from tests import servers
from tests.bench.instance import fresh_instance


def measure() -> None:
    for name, bar in (("embedded", "2 s"), ("PostgreSQL and Redis", "1 s")):
        with ExitStack() as stack:
            settings = {}
            if name != "embedded":
                try:
                    settings = {
                        "DATABASE_URL": stack.enter_context(servers.private_postgres()).url,
                        "REDIS_URL": stack.enter_context(servers.private_redis()).url,
                    }
                except servers.ServerUnavailable as reason:
                    print(f"{name}: not measured, {reason}")
                    continue
            instance = stack.enter_context(fresh_instance(**settings))
            platform = stack.enter_context(servers.running_platform(instance.folder, **settings))
            command = [sys.executable, "-m", "tests.bench.visible_samples", platform.url]
            environment = dict(instance.environment)
            done = subprocess.run(command, cwd=servers.CHECKOUT, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name}: not measured, {done.stderr.strip()[-600:]}")
                continue
            delays = sorted(float(text) for text in done.stdout.split())
            cuts = statistics.quantiles(delays, n=20)
            found = f"50 streams, 200 transactions/s; {len(delays)} samples, p50 {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s (bar: p95 < {bar})"
            print(f"{name}: commit → announced in the browser: {found}", flush=True)


if __name__ == "__main__":
    measure()
