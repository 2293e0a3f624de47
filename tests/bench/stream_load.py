"""`python -m tests.bench.stream_load [streams] [events]`: idle live streams on one web process.

Prints the memory one stream costs and how long an event takes from the commit of its place in the stream to each open stream, first
polled and then, where a Redis program is found, with Redis. The bar: 1,000 streams within 300 MB over idle, delivery p99 under 1 s.
"""

import asyncio
import contextlib
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests import environment, servers

CHECKOUT = Path(__file__).resolve().parents[2]
PER_USER = 8
PAUSE_SECONDS = 0.35
SETTLE_SECONDS = 2.0
NUMBER = re.compile(rb'"number":"([^"]+)"')


@dataclass
class Measured:
    """What one run found. Times in seconds, sizes in bytes; one delay per event and stream."""

    doorbell: str
    streams: int
    opened_in: float
    grown: int
    threads: int
    expected: int
    delays: list[float] = field(repr=False)

    def __str__(self) -> str:
        cuts = [cut * 1000 for cut in statistics.quantiles(self.delays, n=100)]
        return (
            f"live streams, {self.doorbell}: {self.streams} opened in {self.opened_in:.1f} s; {self.grown / 2**20:.0f} MB over idle, "
            f"{self.grown / self.streams / 1024:.0f} KB each; {self.threads} threads; {len(self.delays)} of {self.expected} deliveries, "
            f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, max {max(self.delays) * 1000:.0f} ms"
        )


@dataclass
class Crowd:
    """Clients of one web process, all on this process's event loop."""

    port: int
    sent: dict[bytes, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    open: int = 0

    async def client(self, key: str, gate: asyncio.Semaphore) -> None:
        """One stream until it is cancelled; every alert adds its delay."""
        from django.conf import settings

        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(f"GET /sse/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {settings.SESSION_COOKIE_NAME}={key}\r\n\r\n".encode())
            answer = await reader.readuntil(b"event: hello\n")
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"no stream: {answer.decode(errors='replace')}")
            self.open += 1
        try:
            while line := await reader.readline():
                self.delays += [time.perf_counter() - self.sent[number] for number in NUMBER.findall(line)]
        finally:
            writer.close()


def process_figure(pid: int, name: str) -> int:
    """VmRSS (bytes) or Threads of a process."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * (1024 if line.endswith("kB") else 1)


@contextlib.contextmanager
def web_process(var_dir: Path, redis_url: str) -> Iterator[tuple[int, int]]:
    """One uvicorn as it runs in production; yields its process id and port."""
    port, log = servers.free_port(), var_dir / "uvicorn.log"
    command = [sys.executable, "-m", "uvicorn", "oversight.asgi:application", "--port", str(port)]
    settings = servers.platform_environment(var_dir, LOG_LEVEL="WARNING", **({"REDIS_URL": redis_url} if redis_url else {}))
    command += ["--log-level", "warning", "--timeout-graceful-shutdown", "3"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        servers.wait_until(lambda: servers.healthy(f"http://127.0.0.1:{port}"), process.poll, log=log, name="uvicorn")
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)


def make_world(people: int) -> list[str]:
    """A detachment in a fresh database with so many supervisors; returns a session key for each."""
    from django.core.management import call_command

    from tests.builders import make_unit
    from tests.oversight import live_rig

    call_command("migrate", verbosity=0)
    unit = make_unit()
    return [live_rig.sign_in(live_rig.make_supervisor(f"officer{n}", unit)) for n in range(people)]


def raise_alert(sent: dict[bytes, float]) -> None:
    """One new alert, stamped the moment its place in the stream is committed, and announced."""
    from ledger.roster.models import Unit
    from oversight.live.announce import announce
    from risk.alerts.sequencer import sequence_events
    from tests.oversight import live_rig

    alert = live_rig.make_alert(Unit.objects.get())
    live_rig.happen(alert, sequenced=False)
    # Stamped before the commit, so that the commit itself counts.
    sent[alert.number.encode()] = time.perf_counter()
    announce(sequence_events())


async def run(pid: int, port: int, keys: list[str], events: int, doorbell: str) -> Measured:
    crowd, gate = Crowd(port), asyncio.Semaphore(50)
    warm_up = asyncio.create_task(Crowd(port).client(keys[0], gate))
    await asyncio.sleep(1)
    warm_up.cancel()
    idle, started = process_figure(pid, "VmRSS"), time.perf_counter()
    clients = [asyncio.create_task(crowd.client(key, gate)) for key in keys]
    while crowd.open < len(keys):
        await asyncio.sleep(0.05)
        for client in clients:
            if client.done():
                client.result()
    opened_in = time.perf_counter() - started
    await asyncio.sleep(SETTLE_SECONDS)
    for _ in range(events):
        await asyncio.to_thread(raise_alert, crowd.sent)
        await asyncio.sleep(PAUSE_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)
    grown, threads = process_figure(pid, "VmRSS") - idle, process_figure(pid, "Threads")
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    return Measured(doorbell, len(keys), opened_in, grown, threads, len(keys) * events, crowd.delays)


def measure(streams: int, events: int) -> Iterator[Measured]:
    """One run polled, one with Redis when there is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    streams = min(streams, hard - 100)
    var_dir = environment.isolate()
    import django
    from django.conf import settings

    django.setup()
    keys = make_world(-(-streams // PER_USER)) * PER_USER
    with contextlib.ExitStack() as stack:
        urls = [("polling", "")]
        try:
            urls.append(("Redis", stack.enter_context(servers.private_redis()).url))
        except servers.ServerUnavailable as reason:
            print(f"live streams, Redis: skipped, {reason}")
        for doorbell, url in urls:
            settings.REDIS_URL = url
            with web_process(var_dir, url) as (pid, port):
                yield asyncio.run(run(pid, port, keys[:streams], events, doorbell))


def main(arguments: list[str]) -> None:
    streams, events = [int(text) for text in arguments[:2]] + [1000, 20][len(arguments[:2]) :]
    for measured in measure(streams, events):
        print(measured, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
