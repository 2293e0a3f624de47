"""`python -m tests.bench.breaker_checks [calls]`: one question a call, over one kept connection, to one web process as deploy/ runs it.

Embedded (SQLite), then on PostgreSQL with Redis; 10,000 holds upon 5,000 agencies, every second question about one of them. The bar: p95
under 20 ms.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack

from tests import servers
from tests.bench.api_speed import UNBOUNDED, processor_seconds, web_process
from tests.bench.instance import fresh_instance

CALLS, WARM_UP, HOLDS = 1_000, 50, 10_000
# Rows as the service writes them, without its audit entries: they are not what is measured.
FILL = f"""
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from ledger.holds.models import Hold
now = timezone.now()
Hold.objects.bulk_create([
    Hold(number=f"TB-{{n}}", subject_kind="agency", subject_code=f"A{{n % 5000:05d}}", effect="acceptance", cause="breaker",
         cause_number=f"RD-{{n}}", starts_at=now - timedelta(days=n % 400), placed_at=now)
    for n in range({HOLDS})
], batch_size=500)
"""


def ask(port: int, secret: str, calls: int) -> list[float]:
    """Seconds of each call. Raises RuntimeError for an answer other than the expected one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Token {secret}", "Content-Type": "application/json"}
    seconds = []
    for number in range(calls):
        held = number % 2 == 0
        body = json.dumps({"subject_kind": "agency", "subject_code": f"A{number:05d}" if held else f"B{number:05d}"})
        began = time.perf_counter()
        connection.request("POST", "/api/v1/breakers/check", body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        seconds.append(time.perf_counter() - began)
        if answer.status != 200 or told["results"][0]["allowed"] == held:
            raise RuntimeError(f"{answer.status}: {str(told)[:500]}")
    connection.close()
    return seconds


def measure(place: str, calls: int, settings: Mapping[str, str]) -> str:
    with fresh_instance(**settings, **UNBOUNDED) as instance:
        environment = dict(instance.environment) | {"DJANGO_SETTINGS_MODULE": "oversight.settings"}
        subprocess.run([sys.executable, "-c", FILL], cwd=servers.CHECKOUT, env=environment, check=True)
        secret = instance.facts("add_token", "bench", "--source", "bench", "--scope", "breakers:check")["secret"]
        with web_process(instance) as (pid, port):
            ask(port, secret, WARM_UP)
            used = processor_seconds(pid)
            seconds = ask(port, secret, calls)
            processor = (processor_seconds(pid) - used) / calls * 1000
    cuts = statistics.quantiles(seconds, n=20)
    return (
        f"breakers/check, {place}: {calls} calls, {HOLDS} holds; p50 {cuts[9] * 1000:.1f} ms, p95 {cuts[18] * 1000:.1f} ms, "
        f"{processor:.1f} ms of processor a call in the web process; load {os.getloadavg()[0]:.1f} (bar: p95 < 20 ms)"
    )


def main(arguments: list[str]) -> None:
    calls = int(arguments[0]) if arguments else CALLS
    print(measure("SQLite", calls, {}), flush=True)
    with ExitStack() as stack:
        try:
            database, redis = stack.enter_context(servers.private_postgres()), stack.enter_context(servers.private_redis())
        except servers.ServerUnavailable as reason:
            print(f"breakers/check, PostgreSQL and Redis: skipped, {reason}")
            return
        print(measure("PostgreSQL and Redis", calls, {"DATABASE_URL": database.url, "REDIS_URL": redis.url}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
