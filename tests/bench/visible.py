"""From the commit of transactions to the alert being announced in an open browser: embedded, then on PostgreSQL with Redis.

The whole platform runs (`manage.py up`: web, worker, beat); Chromium has the alerts page open. Each sample commits one burst of on-site
tickets by an officer nobody has seen yet, rings the doorbell as an intake does, and waits until the page announces the new alert.
"""

import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests import browser, servers
from tests.bench.instance import fresh_instance

SAMPLES, TICKETS, PAUSE_SECONDS = 40, 14, 0.7
COUNT_OF_NEW = "() => Number((document.querySelector('#new-alerts b')?.textContent || '0').match(/\\d+/)?.[0] || 0)"


def sample(url: str) -> list[float]:
    """Seconds from commit to announcement. Runs in a process whose Django is that of the running instance."""
    import django

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    django.setup()
    from playwright.sync_api import sync_playwright

    from ledger.intake.services import take_records
    from ledger.roster.models import Role
    from oversight import doorbell
    from tests import builders

    detachment = builders.make_unit("交警支队", code="D1", kind="detachment")
    squad = builders.make_unit("一中队", code="S1", kind="squad", parent=detachment)
    builders.make_user(Role.SUPERVISOR, detachment, username="first")
    officers = [builders.make_staff(squad, staff_no=f"T{number:04d}") for number in range(SAMPLES)]
    delays = []
    with sync_playwright() as playwright:
        executable = browser.chromium()
        if executable is None:
            sys.exit("no Chromium that starts")
        with playwright.chromium.launch(**browser.launch_options(executable)) as chromium:
            page = chromium.new_context(base_url=url, locale="zh-CN").new_page()
            page.goto("/accounts/login/")
            page.fill("#username", "first")
            page.fill("#password", builders.PASSWORD)
            page.press("#password", "Enter")
            page.goto("/alerts/")
            page.wait_for_selector("html[data-live=live]")
            for number, officer in enumerate(officers):
                before = page.evaluate(COUNT_OF_NEW)
                take_records(kind="transactions", records=burst(number, officer.staff_no), source="bench")
                committed = time.monotonic()
                doorbell.publish()
                page.wait_for_function(f"before => ({COUNT_OF_NEW})() > before", arg=before, timeout=20_000, polling=10)
                delays.append(time.monotonic() - committed)
                time.sleep(PAUSE_SECONDS)
    return delays


def burst(number: int, staff_no: str) -> list[dict[str, str]]:
    """Tickets of one officer within ten minutes of the last hours."""
    start = datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(hours=2)
    return [
        {
            "serial_no": f"B{number:03d}{ticket:02d}",
            "line": "violation",
            "action": "onsite",
            "unit_code": "S1",
            "handler_no": staff_no,
            "accepted_at": f"{start + timedelta(seconds=35 * ticket):%Y-%m-%d %H:%M:%S}",
            "finished_at": f"{start + timedelta(seconds=35 * ticket + 30):%Y-%m-%d %H:%M:%S}",
            "result": "penalised",
            "amount": "50.00",
            "points": "0",
        }
        for ticket in range(TICKETS)
    ]


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
            command = [sys.executable, "-m", "tests.bench.visible", platform.url]
            environment = dict(instance.environment)
            done = subprocess.run(command, cwd=servers.CHECKOUT, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{name}: not measured, {done.stderr.strip()[-600:]}")
                continue
            delays = sorted(float(text) for text in done.stdout.split())
            cuts = statistics.quantiles(delays, n=20)
            found = f"{len(delays)} samples, p50 {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s (bar: p95 < {bar})"
            print(f"{name}: commit → announced in the browser: {found}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(*sample(sys.argv[1]))
    else:
        measure()
