"""`python -m tests.bench.import_speed [transactions] [rows of a sheet]`: a large import beside the raw COPY of what it wrote.

Imports a file of transactions (1,000,000) into a private PostgreSQL with `import_ledger --no-score`, in a process of its own. The rows it
wrote are then dumped, the tables emptied, and the dumps loaded with COPY into the same tables with the same indexes by the same server: the
bar is 2.5 times that, and 600 MB. A spreadsheet of 500,000 rows, all cells text, goes into SQLite: the bar is 600 MB.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2

from tests import servers
from tests.bench.instance import Instance, fresh_instance

TRANSACTIONS, SHEET_ROWS = 1_000_000, 500_000
SIMULATED, DAYS = 100_000, 180
POLL_SECONDS = 0.1
ROSTER = ("units", "agencies", "posts", "staff", "postings", "shifts")


@dataclass(frozen=True)
class Run:
    """One import by a process of its own: wall seconds of the whole command, peak memory in bytes (with the processes it started), and what
    it said of its file."""

    seconds: float
    memory: int
    facts: dict[str, Any]


def measured(instance: Instance, path: Path) -> Run:
    command = [sys.executable, "manage.py", "import_ledger", str(path), "--kind", "transactions", "--no-score", "--json"]
    with tempfile.TemporaryFile("w+") as out:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=servers.CHECKOUT, env=dict(instance.environment), stdout=out)
        memory = 0
        while process.poll() is None:
            memory = max(memory, sum(map(peak_memory, [process.pid, *children(process.pid)])))
            time.sleep(POLL_SECONDS)
        seconds = time.monotonic() - began
        if process.returncode:
            sys.exit(f"import_ledger ended with {process.returncode}")
        out.seek(0)
        return Run(seconds, memory, json.load(out)["files"][0])


def children(pid: int) -> list[int]:
    """The process that reads ahead, and whatever else a process started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def peak_memory(pid: int) -> int:
    """VmHWM of a process: the most it ever held, so that the last look is enough. 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def many_rows(simulated: Path, count: int) -> Iterator[list[str]]:
    """The header, then `count` transactions: the simulated ones again and again, each time further back and under other serial numbers."""
    with simulated.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    yield header
    serials = [header.index("serial_no"), header.index("related_serial")]
    times = [header.index(name) for name in ("accepted_at", "finished_at", "evidence_at")]
    for number in range(count):
        again, place = divmod(number, len(rows))
        row = list(rows[place])
        for index in serials:
            row[index] = row[index] and f"{row[index]}{again:02}"
        for index in times:
            row[index] = row[index] and earlier(row[index][:10], again) + row[index][10:]
        yield row


@cache
def earlier(day: str, again: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=DAYS * again)).isoformat()


def write_csv(simulated: Path, path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(many_rows(simulated, count))


def write_sheet(simulated: Path, path: Path, count: int) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("transactions")
        for number, row in enumerate(many_rows(simulated, count)):
            for place, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, place, cell)


def sizes(connection: Any) -> dict[str, int]:
    cursor = connection.cursor()
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '^(ledger|risk)_'")
    counts = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        counts[table] = cursor.fetchone()[0]
    return counts


def raw_copy(connection: Any, tables: list[str], folder: Path) -> float:
    """Seconds that COPY takes to load these tables with what they hold now, in one transaction, after they were emptied."""
    cursor = connection.cursor()
    for table in tables:
        with (folder / table).open("wb") as dump:
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', dump)
    cursor.execute("TRUNCATE {} CASCADE".format(", ".join(f'"{table}"' for table in tables)))
    connection.commit()
    connection.autocommit = True
    cursor.execute("CHECKPOINT")
    connection.autocommit = False
    began = time.monotonic()
    for table in sorted(tables, key=lambda name: name != "ledger_delivery"):
        with (folder / table).open("rb") as dump:
            cursor.copy_expert(f'COPY "{table}" FROM STDIN', dump, 1 << 20)
    connection.commit()
    return time.monotonic() - began


def on_postgres(simulated: Path, count: int) -> None:
    with servers.private_postgres() as server, tempfile.TemporaryDirectory(prefix="mingjing-rows-") as folder:
        path = Path(folder) / "transactions.csv"
        write_csv(simulated / "transactions.csv", path, count)
        with fresh_instance(DATABASE_URL=server.url) as instance:
            instance.run("import_ledger", "--no-score", *(str(simulated / f"{kind}.csv") for kind in ROSTER))
            connection = psycopg2.connect(server.url)
            before = sizes(connection)
            connection.commit()
            run = measured(instance, path)
            after = sizes(connection)
            written = [table for table, rows in after.items() if rows > before[table]]
            raw = raw_copy(connection, written, Path(folder))
            connection.close()
        taken = run.facts["accepted"]
        print(
            f"import on {server.origin}: {taken} of {run.facts['received']} transactions accepted in {run.seconds:.1f} s "
            f"({taken / run.seconds:.0f} a second), peak memory {run.memory / 2**20:.0f} MB (bar: ≤ 600 MB)"
        )
        rows = ", ".join(f"{table} {after[table]}" for table in written)
        print(f"raw COPY of the rows written ({rows}): {raw:.1f} s; the import took {run.seconds / raw:.2f} × as long (bar: ≤ 2.5 ×)")


def on_sqlite(simulated: Path, count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mingjing-rows-") as folder, fresh_instance() as instance:
        path = Path(folder) / "transactions.xlsx"
        write_sheet(simulated / "transactions.csv", path, count)
        instance.run("import_ledger", "--no-score", *(str(simulated / f"{kind}.csv") for kind in ROSTER))
        run = measured(instance, path)
        print(
            f"spreadsheet on SQLite: {run.facts['accepted']} of {run.facts['received']} transactions accepted in {run.seconds:.1f} s, "
            f"peak memory {run.memory / 2**20:.0f} MB (bar: ≤ 600 MB)"
        )


def measure(transactions: int = TRANSACTIONS, sheet_rows: int = SHEET_ROWS) -> None:
    with tempfile.TemporaryDirectory(prefix="mingjing-files-") as folder:
        with fresh_instance() as instance:
            instance.run("simulate", "-o", folder, "--transactions", str(SIMULATED), "--days", str(DAYS), "--seed", "11")
        if transactions:
            on_postgres(Path(folder), transactions)
        if sheet_rows:
            on_sqlite(Path(folder), sheet_rows)


if __name__ == "__main__":
    measure(*map(int, sys.argv[1:]))
