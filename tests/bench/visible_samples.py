"""`python -m tests.bench.visible_samples URL`, on the instance of VAR_DIR: seconds from commit to announcement, one for each sample.

Chromium has the alerts page open and 49 more streams are held, while 200 transactions a second of ordinary business come in. Each sample
commits one burst of on-site tickets by an officer nobody has seen yet, rings the doorbell as an intake does, and waits until the page
announces the new alert. Ordinary business raises none: it goes round the officers of a large city, the tickets of one ten minutes apart.
"""

import contextlib
import itertools
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import django

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from ledger.intake.services import take_records  # noqa: E402
from ledger.roster.models import Role, Staff, User  # noqa: E402
from oversight import doorbell  # noqa: E402
from risk.alerts.models import Alert  # noqa: E402
from tests import browser, builders  # noqa: E402
from tests.oversight.live_rig import sign_in  # noqa: E402

SAMPLES, TICKETS, PAUSE_SECONDS = 40, 14, 0.7
STREAMS, PER_USER = 50, 8
RATE, EVERY_SECONDS, ORDINARY, APART_SECONDS = 200, 0.5, 2_000, 600
COUNT_OF_NEW = "() => Number((document.querySelector('#new-alerts b')?.textContent || '0').match(/\\d+/)?.[0] || 0)"


def sample(url: str) -> list[float]:
    detachment = builders.make_unit("交警支队", code="D1", kind="detachment")
    squad = builders.make_unit("一中队", code="S1", kind="squad", parent=detachment)
    builders.make_user(Role.SUPERVISOR, detachment, username="first")
    watching = [builders.make_user(Role.SUPERVISOR, detachment, username=f"watch{number}") for number in range(-(-STREAMS // PER_USER))]
    officers = [f"T{number:04d}" for number in range(SAMPLES)]
    everybody = [*officers, *(f"Z{number:05d}" for number in range(ORDINARY))]
    Staff.objects.bulk_create([Staff(staff_no=number, name="某民警", kind="officer", unit_code=squad.code) for number in everybody])
    with streams(url, watching), business():
        delays = in_browser(url, officers)
    alerts = Alert.objects.count()
    if alerts != SAMPLES:
        sys.exit(f"{alerts} alerts for {SAMPLES} samples: this is not what was to be measured")
    return delays


@contextlib.contextmanager
def streams(url: str, people: list[User]) -> Iterator[None]:
    """All streams but the browser's, each read by a thread of its own."""
    at, keys = urlsplit(url), [sign_in(person) for person in people] * PER_USER
    held = []
    for key in keys[: STREAMS - 1]:
        held.append(socket.create_connection((at.hostname or "", at.port or 80)))
        cookie = f"Cookie: {settings.SESSION_COOKIE_NAME}={key}"
        held[-1].sendall(f"GET /sse/alerts HTTP/1.1\r\nHost: {at.netloc}\r\n{cookie}\r\n\r\n".encode())
        first = held[-1].recv(65536)
        if not first.startswith(b"HTTP/1.1 200"):
            sys.exit(f"no stream: {first[:200]!r}")
        threading.Thread(target=_drain, args=(held[-1],), daemon=True).start()
    try:
        yield
    finally:
        for one in held:
            one.close()


def _drain(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while one.recv(65536):
            pass


@contextlib.contextmanager
def business() -> Iterator[None]:
    """Ordinary business at its rate until the block ends."""
    over = threading.Event()
    thread = threading.Thread(target=_business, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _business(over: threading.Event) -> None:
    size, numbers, due = int(RATE * EVERY_SECONDS), itertools.count(), time.monotonic()
    while not over.is_set():
        rows = [
            ticket(f"O{number:06d}", f"Z{number % ORDINARY:05d}", -APART_SECONDS * (number // ORDINARY))
            for number in itertools.islice(numbers, size)
        ]
        take_records(kind="transactions", records=rows, source="ordinary")
        doorbell.publish()
        due = max(due + EVERY_SECONDS, time.monotonic())
        over.wait(due - time.monotonic())
    connections.close_all()


def in_browser(url: str, officers: list[str]) -> list[float]:
    delays: list[float] = []
    executable = browser.chromium()
    if executable is None:
        sys.exit("no Chromium that starts")
    with sync_playwright() as playwright, playwright.chromium.launch(**browser.launch_options(executable)) as chromium:
        page = chromium.new_context(base_url=url, locale="zh-CN").new_page()
        page.goto("/accounts/login/")
        page.fill("#username", "first")
        page.fill("#password", builders.PASSWORD)
        page.press("#password", "Enter")
        page.goto("/alerts/")
        page.wait_for_selector("html[data-live=live]")
        for number, officer in enumerate(officers):
            before = page.evaluate(COUNT_OF_NEW)
            rows = [ticket(f"B{number:03d}{place:02d}", officer, 35 * place) for place in range(TICKETS)]
            take_records(kind="transactions", records=rows, source="bench")
            committed = time.monotonic()
            doorbell.publish()
            page.wait_for_function(f"before => ({COUNT_OF_NEW})() > before", arg=before, timeout=20_000, polling=10)
            delays.append(time.monotonic() - committed)
            time.sleep(PAUSE_SECONDS)
    return delays


def ticket(serial_no: str, staff_no: str, seconds: int) -> dict[str, str]:
    """An on-site ticket, so many seconds after the moment two hours ago."""
    begun = datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(hours=2) + timedelta(seconds=seconds)
    return {
        "serial_no": serial_no,
        "line": "violation",
        "action": "onsite",
        "unit_code": "S1",
        "handler_no": staff_no,
        "accepted_at": f"{begun:%Y-%m-%d %H:%M:%S}",
        "finished_at": f"{begun + timedelta(seconds=30):%Y-%m-%d %H:%M:%S}",
        "result": "penalised",
        "amount": "50.00",
        "points": "0",
    }


if __name__ == "__main__":
    print(*sample(sys.argv[1]))
