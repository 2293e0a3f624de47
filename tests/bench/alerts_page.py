"""`python -m tests.bench.alerts_page [alerts] [open]`: server time of the alerts page with 1,000,000 alerts, 5,000 open, on PostgreSQL.

Three databases on one private server: without an alert, with the 200 that fill a page several times, and with a million. Each page is asked
for through all of Django (session, access, view, template) in one process; given are the median and the 95th percentile of the clock, and
the processor time of the web process alone. What filling them has left to write is written first, and they are measured in turns, so that
a moment in which the machine is slow falls on all. The bars: p95 < 300 ms, and ≤ 1.5 × of the empty database.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from tests import servers
from tests.bench.instance import Instance

TIMES, WARM_UP, ROUNDS = 40, 3, 3
PAGES = {
    "first page, by matter": "/alerts/?tab=open",
    "first page, one by one": "/alerts/?tab=open&by=alert",
    "filtered by level and unit": "/alerts/?tab=open&level=orange&unit=B07",
    "sorted by deadline": "/alerts/?tab=open&sort=due",
    "sorted by unit": "/alerts/?tab=open&sort=unit",
    "dismissed in 30 days": "/alerts/?tab=dismissed&period=30",
    "dismissed, without a period": "/alerts/?tab=dismissed",
    "rows of the second page": "/alerts/?tab=open&fragment=rows&after={last}",
}
UNITS, STAFF, RULES = 40, 500, 30


def fill(alerts: int, still_open: int) -> None:
    """A detachment, its supervisor, and alerts raised one a minute until now, the last ones open. Runs with an instance's Django."""
    from django.db import connection

    from ledger.roster.models import Role
    from risk.alerts.models import Alert
    from tests import builders

    detachment = builders.make_unit("交警支队", code="D1", kind="detachment")
    units = [builders.make_unit(f"{number}大队", code=f"B{number:02d}", parent=detachment) for number in range(UNITS)]
    for number in range(STAFF):
        builders.make_staff(units[number % UNITS], staff_no=f"08{number:04d}")
    builders.make_user(Role.SUPERVISOR, detachment, username="bench")
    versions = [builders.make_rule(f"BE-{number:02d}") for number in range(RULES)]
    if not alerts:
        return
    pattern = builders.make_alert(units[0], version=versions[0], subject_code="080000")
    columns = [field.column for field in Alert._meta.concrete_fields if not field.primary_key]
    staff, rule = f"abs(hashint4(g)) % {STAFF}", f"abs(hashint4(g + 7)) % {RULES}"
    is_open = f"g > {alerts - still_open}"
    given = {
        "number": "'YD-B' || g",
        "matter_id": "m.id",
        "rule_id": "r.rule_id",
        "rule_version_id": "r.id",
        "subject_code": "s.code",
        "bucket": "g",
        "unit_id": "u.id",
        "level": "(ARRAY['blue', 'yellow', 'orange', 'red'])[1 + abs(hashint4(g + 3)) % 4]",
        "level_rank": "abs(hashint4(g + 3)) % 4",
        "status": f"CASE WHEN {is_open} THEN 'new' WHEN g % 20 = 0 THEN 'withdrawn' ELSE 'dismissed' END",
        "raised_at": f"now() - ({alerts} - g) * interval '1 minute'",
        "updated_at": f"now() - ({alerts} - g) * interval '1 minute'",
        "due_at": f"now() - ({alerts} - g) * interval '1 minute' + interval '4 hours'",
    }
    source = (
        f"FROM (SELECT g, '08' || lpad(({staff})::text, 4, '0') code, 'BE-' || lpad(({rule})::text, 2, '0') cause "
        f"FROM generate_series(1, {alerts}) g) s JOIN risk_rule rr ON rr.code = s.cause JOIN risk_ruleversion r ON r.rule_id = rr.id "
        "JOIN ledger_staff st ON st.staff_no = s.code JOIN ledger_unit u ON u.code = st.unit_code "
        f"JOIN risk_matter m ON m.subject_code = s.code AND m.cause = s.cause JOIN risk_alert t ON t.id = {pattern.pk}"
    )
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(given.get(column, f't."{column}"') for column in columns)
    statements = [
        f"""INSERT INTO risk_matter (number, subject_kind, subject_code, cause)
            SELECT 'SX-B' || s || '-' || r, 'staff', '08' || lpad(s::text, 4, '0'), 'BE-' || lpad(r::text, 2, '0')
            FROM generate_series(0, {STAFF - 1}) s, generate_series(0, {RULES - 1}) r ON CONFLICT DO NOTHING""",
        f"INSERT INTO risk_alert ({names}) SELECT {values} {source} ORDER BY g",
        "INSERT INTO risk_alertevidence (alert_id, row_id) SELECT id, id FROM risk_alert",
        "INSERT INTO risk_recused (alert_id, staff_no, reason) SELECT id, subject_code, 'subject' FROM risk_alert ON CONFLICT DO NOTHING",
        "INSERT INTO risk_recused (alert_id, staff_no, reason) SELECT id, 'L' || id % 40, 'leader' FROM risk_alert",
        "UPDATE risk_alertevent SET position = 0",
        "INSERT INTO risk_alertevent (alert_id, kind, at, data, position) SELECT id, 'raised', raised_at, '{}', id FROM risk_alert",
        """INSERT INTO risk_alertevent (alert_id, kind, at, data, position)
           SELECT id, 'dismissed', updated_at, '{}', id + 10000000 FROM risk_alert WHERE status = 'dismissed'""",
        "INSERT INTO risk_streamhead (position) SELECT max(position) FROM risk_alertevent",
        "INSERT INTO oversight_relatedhead (position) SELECT max(position) FROM risk_alertevent",
        """INSERT INTO oversight_relatedalerts (first_id, second_id) SELECT id, id + 1 FROM risk_alert
           WHERE id % 5 = 0 AND id < (SELECT max(id) FROM risk_alert)""",
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.set_autocommit(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure() -> None:
    """Print a line of JSON for each page: its name, the milliseconds of every request, processor ms. Runs with an instance's Django."""
    from django.test import Client

    import oversight.asgi  # noqa: F401  — what a web process does when it starts.
    from ledger.roster.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="bench"))
    shown = re.findall(r'data-number="([^"]+)"', client.get("/alerts/?tab=open").content.decode())
    for name, address in PAGES.items():
        wanted = address.format(last=shown[-1] if shown else "")
        for _time in range(WARM_UP):
            assert client.get(wanted).status_code == 200
        taken, before = [], time.process_time()
        for _time in range(TIMES):
            began = time.perf_counter()
            client.get(wanted)
            taken.append((time.perf_counter() - began) * 1000)
        used = (time.process_time() - before) / TIMES * 1000
        print(json.dumps([name, taken, used]), flush=True)


def run(instance: Instance, *arguments: str) -> str:
    command = [sys.executable, "-m", "tests.bench.alerts_page", *arguments]
    done = subprocess.run(command, cwd=servers.CHECKOUT, env=dict(instance.environment), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return done.stdout


def main(alerts: int = 1_000_000, still_open: int = 5_000) -> None:
    import psycopg2

    sizes = {"no alert": (0, 0), "200 alerts, all open": (200, 200), f"{alerts:,} alerts, {still_open:,} open": (alerts, still_open)}

    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.private_postgres())
        except servers.ServerUnavailable as reason:
            print(f"not measured: {reason}")
            return
        instances: dict[str, Instance] = {}
        link = psycopg2.connect(server.url)
        link.autocommit = True
        for place, (size, (number, left)) in enumerate(sizes.items()):
            link.cursor().execute(f"CREATE DATABASE size{place}")
            folder = stack.enter_context(servers.temporary_folder("alerts-page"))
            url = urlsplit(server.url)._replace(path=f"/size{place}").geturl()
            instances[size] = Instance(Path(folder), servers.platform_environment(Path(folder), DATABASE_URL=url))
            instances[size].run("prepare")
            began = time.monotonic()
            run(instances[size], "fill", str(number), str(left))
            print(f"{size}: filled in {time.monotonic() - began:.0f} s", flush=True)
        link.cursor().execute("CHECKPOINT")
        link.close()
        taken: dict[str, dict[str, list[float]]] = {size: {name: [] for name in PAGES} for size in sizes}
        used: dict[str, dict[str, float]] = {size: dict.fromkeys(PAGES, 0.0) for size in sizes}
        for _round in range(ROUNDS):
            for size, instance in instances.items():
                for name, some, processor in map(json.loads, run(instance, "measure").splitlines()):
                    taken[size][name] += some
                    used[size][name] += processor / ROUNDS
        found = {
            size: {
                name: (statistics.median(all_of), statistics.quantiles(all_of, n=20)[18], used[size][name])
                for name, all_of in pages.items()
            }
            for size, pages in taken.items()
        }
        empty, _small, full = found.values()
        print(f"load {os.getloadavg()[0]:.1f}; {ROUNDS * TIMES} requests each; median / p95 / processor of the web process, ms")
        for name in PAGES:
            told = "; ".join(
                f"{size} {figures[name][0]:.0f} / {figures[name][1]:.0f} / {figures[name][2]:.0f}" for size, figures in found.items()
            )
            middle, late = (full[name][which] / empty[name][which] for which in (0, 1))
            print(f"{name}: {told}; p95 {late:.2f}, median {middle:.2f} × of empty (bars: < 300 ms, ≤ 1.5 ×)", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] in (["fill"], ["measure"]):
        import django

        django.setup()
        if sys.argv[1] == "fill":
            fill(int(sys.argv[2]), int(sys.argv[3]))
        else:
            measure()
    else:
        main(*(int(text) for text in sys.argv[1:3]))
