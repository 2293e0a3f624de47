"""`python -m tests.bench.api_speed [lists] [records]`: lists of full transactions sent to one web process over one kept connection.

Embedded (SQLite), then on PostgreSQL with Redis: one uvicorn as it runs in production, one token, one sender that waits for each answer.
Every record has all columns and twenty attributes and is new. The bar: 500 records a second.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import servers
from tests.bench.instance import Instance, fresh_instance
from tests.bench.stream_load import process_figure

LISTS, RECORDS, WARM_UP = 60, 500, 3
OWN_ATTRIBUTES = 19
# One sender may then send as fast as it is answered.
UNBOUNDED = {"API_CALLS_PER_MINUTE": "1000000", "API_RECORDS_PER_MINUTE": "1000000000"}


@dataclass(frozen=True)
class Measured:
    """What one run found: seconds for each call; of the web process the processor seconds for all, and resident bytes before and after."""

    place: str
    records: int
    seconds: list[float]
    processor: float
    idle: int
    after: int

    def __str__(self) -> str:
        cuts = statistics.quantiles(self.seconds, n=20)
        rate = self.records * len(self.seconds) / sum(self.seconds)
        return (
            f"API, {self.place}: {len(self.seconds)} lists of {self.records} full transactions, {rate:.0f} records/s; "
            f"a call p50 {cuts[9] * 1000:.0f} ms, p95 {cuts[18] * 1000:.0f} ms; "
            f"{self.processor / self.records / len(self.seconds) * 1000:.2f} ms of processor a record in the web process; "
            f"it holds {self.after / 2**20:.0f} MB, {(self.after - self.idle) / 2**20:+.0f} MB over idle; load {os.getloadavg()[0]:.1f} "
            "(bar: 500 records/s)"
        )


def full_record(number: int) -> dict[str, Any]:
    """A violation with every column and twenty attributes, unlike every other."""
    minute = f"{number // 60 % 10:02d}:{number % 60:02d}"
    named = {
        "serial_no": f"B{number:09d}",
        "line": "violation",
        "action": "camera",
        "status": "finished",
        "unit_code": f"W{number % 20:02d}",
        "post_code": f"P{number % 7}",
        "handler_no": f"07{number % 300:04d}",
        "approver_no": f"07{number % 11:04d}",
        "terminal": f"10.1.{number % 200}.7",
        "agency_code": f"A{number % 50:03d}",
        "agent_id_no": f"4307021985{number % 10**8:08d}",
        "person_id_no": f"4307021990{number * 7 % 10**8:08d}",
        "plate_no": f"湘J{number % 10**5:05d}",
        "plate_type": "02",
        "vin": f"LSVAA4187E{number % 10**7:07d}",
        "vehicle_type": "K33",
        "accepted_at": f"2026-03-{number % 27 + 1:02d} 1{minute[1:]}",
        "finished_at": f"2026-03-{number % 27 + 1:02d} 1{minute[1:]}",
        "result": "penalised",
        "amount": number % 2000 + 0.5,
        "points": number % 13,
        "related_serial": f"B{number // 2:09d}",
        "violation_code": "1345",
    }
    return named | {f"field_{place}": f"值{number % (place + 2)}" for place in range(OWN_ATTRIBUTES)}


@contextmanager
def web_process(instance: Instance) -> Iterator[tuple[int, int]]:
    """One uvicorn as deploy/ runs it; yields its process id and port."""
    port, log = servers.free_port(), instance.folder / "uvicorn.log"
    command = [sys.executable, "-m", "uvicorn", "oversight.asgi:application", "--port", str(port), "--loop", "uvloop", "--lifespan", "off"]
    command += ["--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "3"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=servers.CHECKOUT, env=dict(instance.environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        servers.wait_until(lambda: servers.healthy(f"http://127.0.0.1:{port}"), process.poll, log=log, name="uvicorn")
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)


def processor_seconds(pid: int) -> float:
    """What a process has used so far: unlike the clock, the same while others use the machine too."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def send(port: int, secret: str, lists: range, records: int) -> list[float]:
    """Seconds of each call, over one connection. Raises RuntimeError where a record was not created."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Authorization": f"Token {secret}", "Content-Type": "application/json"}
    seconds = []
    for number in lists:
        rows = [full_record(number * records + place) for place in range(records)]
        body = json.dumps(rows, ensure_ascii=False).encode()
        began = time.perf_counter()
        connection.request("POST", "/api/v1/transactions/", body, headers | {"Idempotency-Key": f"bench/{number}"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
        seconds.append(time.perf_counter() - began)
        if answer.status != 200 or told["created"] != records:
            raise RuntimeError(f"{answer.status}: {str(told)[:500]}")
    connection.close()
    return seconds


def measure(place: str, lists: int, records: int, settings: Mapping[str, str]) -> Measured:
    with fresh_instance(**settings, **UNBOUNDED) as instance:
        units = instance.folder / "units.csv"
        units.write_text("code,name,kind\n" + "".join(f"W{n:02d},窗口{n},window\n" for n in range(20)), encoding="utf-8")
        instance.run("import_ledger", str(units))
        secret = instance.facts("add_token", "bench", "--source", "bench", "--scope", "transactions:write")["secret"]
        with web_process(instance) as (pid, port):
            idle = process_figure(pid, "VmRSS")
            send(port, secret, range(WARM_UP), records)
            began = processor_seconds(pid)
            seconds = send(port, secret, range(WARM_UP, WARM_UP + lists), records)
            return Measured(place, records, seconds, processor_seconds(pid) - began, idle, process_figure(pid, "VmRSS"))


def main(arguments: list[str]) -> None:
    lists, records = [int(text) for text in arguments[:2]] + [LISTS, RECORDS][len(arguments[:2]) :]
    print(measure("SQLite", lists, records, {}), flush=True)
    with ExitStack() as stack:
        try:
            database, redis = stack.enter_context(servers.private_postgres()), stack.enter_context(servers.private_redis())
        except servers.ServerUnavailable as reason:
            print(f"API, PostgreSQL and Redis: skipped, {reason}")
            return
        measured = measure("PostgreSQL and Redis", lists, records, {"DATABASE_URL": database.url, "REDIS_URL": redis.url})
        print(measured, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
