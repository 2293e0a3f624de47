"""`python -m tests.bench.growth [transactions]`: a fresh batch scored in a ledger of a million, and in one ten times as long.

A detachment is simulated for some 13 months, so that the longest window is full, and imported without its last days. Then two copies of
the instance are made; in the second the same months lie nine times further back too, in the journal and in the columnar copy (with other
serial numbers; the texts of versions, which scoring does not read, are left out). In each the same last 10,000 rows are imported and
scored, with every rule in force, as of the day after. The bar: at most 1.3 times.
"""

import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from tests.bench.instance import Instance, fresh_instance
from tests.servers import CHECKOUT, platform_environment

TRANSACTIONS, DAYS, BATCH, TIMES = 1_000_000, 406, 10_000, 10
ID_STEP = 10**9
LARGE = ("transactions", "steps")


def split(folder: Path, first_held: str) -> Path:
    """Move the rows of transactions accepted on or after a day, and their steps, into files of a folder beside; the folder."""
    held, serials = folder / "held", set[str]()
    held.mkdir()
    for kind in LARGE:
        path = folder / f"{kind}.csv"
        with path.open(encoding="utf-8-sig", newline="") as stream, (folder / "kept.csv").open("w", encoding="utf-8", newline="") as kept:
            rows = csv.reader(stream)
            header = next(rows)
            serial, moment = header.index("serial_no"), header.index("accepted_at") if kind == "transactions" else -1
            with (held / f"{kind}.csv").open("w", encoding="utf-8", newline="") as stream_held:
                writers = csv.writer(kept), csv.writer(stream_held)
                for writer in writers:
                    writer.writerow(header)
                for row in rows:
                    late = row[moment] >= first_held if kind == "transactions" else row[serial] in serials
                    if late and kind == "transactions":
                        serials.add(row[serial])
                    writers[late].writerow(row)
        (folder / "kept.csv").replace(path)
    return held


def first_of_the_last(folder: Path, count: int) -> str:
    """The acceptance of the first of the last `count` transactions of a folder."""
    with (folder / "transactions.csv").open(encoding="utf-8-sig", newline="") as stream:
        moments = sorted(row["accepted_at"] for row in csv.DictReader(stream))
    return moments[-count]


def measure(transactions: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mingjing-growth-") as place, fresh_instance() as instance:
        files = Path(place) / "files"
        instance.run("simulate", "-o", str(files), "--transactions", str(transactions), "--days", str(DAYS), "--seed", "11")
        batch = min(BATCH, transactions // 20)
        held = split(files, first_of_the_last(files, batch))
        instance.run("import_ledger", str(files), "--no-score")
        _child("forget", dict(instance.environment))
        results = []
        for times in (1, TIMES):
            copy = Path(place) / f"times{times}"
            shutil.copytree(instance.folder, copy)
            longer = Instance(copy, platform_environment(copy))
            there = _child("lengthen", dict(longer.environment), str(times)) if times > 1 else _child("count", dict(longer.environment))
            longer.run("import_ledger", str(held), "--no-score")
            result = _child("score", dict(longer.environment))
            results.append(result)
            print(
                f"{there['transactions']} transactions over {there['days']} days: {result['rows']} rows looked at, "
                f"{result['hits']} hits changed, {result['wall']:.1f} s, {result['cpu']:.1f} s of processor time, "
                f"peak {result['memory']} MB",
                flush=True,
            )
            for name, seconds in result["lanes"].items():
                print(f"  {name}: {seconds:.1f} s", flush=True)
            shutil.rmtree(copy)
        cpu, wall = (results[1][name] / results[0][name] for name in ("cpu", "wall"))
        print(f"ratio {cpu:.2f} by processor time, {wall:.2f} by the clock (bar: ≤ 1.3)")


def _child(what: str, environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.growth", "--child", what, *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{what}: {done.stderr.strip()[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _forget() -> dict[str, Any]:
    """Take the past as scored, and write its columns."""
    from ledger.columns.services import sync
    from risk.scoring.models import DirtyMark

    sync()
    DirtyMark.objects.all().delete()
    return {}


def _count() -> dict[str, Any]:
    from django.db.models import Max, Min

    from ledger.journal.models import Transaction

    ends = Transaction.objects.aggregate(first=Min("event_day"), last=Max("event_day"))
    return {"transactions": Transaction.objects.count(), "days": (ends["last"] - ends["first"]).days + 1}


def _lengthen(times: str) -> dict[str, Any]:
    for back in range(1, int(times)):
        _journal_back(back)
    _columns_back(range(1, int(times)))
    return _count()


def _journal_back(times: int) -> None:
    """The rows of the journal once more, `times` spans of days earlier."""
    from django.db import connection

    from ledger.journal.models import Step, Transaction

    days = times * DAYS
    for model, ids, names, moments in (
        (Transaction, ("id",), ("serial_no", "related_serial"), ("accepted_at", "finished_at", "arrived_at", "event_day")),
        (Step, ("id", "transaction_id"), (), ("at",)),
    ):
        columns = [str(field.column) for field in model._meta.concrete_fields]
        said = []
        for column in columns:
            if column in ids:
                said.append(f"{column} + {times * ID_STEP}")
            elif column in names:
                said.append(f"CASE WHEN {column} = '' THEN '' ELSE {column} || '~{times}' END")
            elif column in moments:
                said.append(f"{'date' if column == 'event_day' else 'datetime'}({column}, '-{days} days')")
            else:
                said.append(column)
        with connection.cursor() as cursor:
            table, listed = model._meta.db_table, ", ".join(columns)
            cursor.execute(f"INSERT INTO {table} ({listed}) SELECT {', '.join(said)} FROM {table} WHERE id < {ID_STEP}")


def _columns_back(backs: range) -> None:
    from ledger.columns import encode, files, reader
    from ledger.columns.models import ColumnFile
    from ledger.kit.days import from_ordinal

    places: dict[tuple[str, str, str], list[str]] = {}
    for frame, line, month, path in ColumnFile.objects.order_by("id").values_list("frame", "line", "month", "path"):
        places.setdefault((frame, line, month), []).append(path)
    for (frame, line, _month), paths in places.items():
        columns = encode.file_columns(line) if frame == "transactions" else encode.STEP_COLUMNS
        rows = reader.frame_of(reader.place_table(frame, line, paths, columns)).assign(gone=False)
        for back in backs:
            older = rows.assign(id=rows["id"] + back * ID_STEP, day=(rows["day"] - back * DAYS).astype(np.int32))
            for name in rows.columns:
                if rows[name].dtype.kind == "M":
                    older[name] = rows[name] - np.timedelta64(back * DAYS, "D")
                elif name in ("tie", "related"):
                    older[name] = np.where(rows[name] == 0, 0, rows[name] ^ (back * 0x9E3779B97F4A7C1))
            month = older["day"].map({day: f"{from_ordinal(day):%Y-%m}" for day in older["day"].unique()})
            made = [files.write((frame, line, name), part.reset_index(drop=True)) for name, part in older.groupby(month)]
            ColumnFile.objects.bulk_create(made)


def _score() -> dict[str, Any]:
    """Score what waits as of the day after the last, as a worker would, and tell how long each reach took."""
    from datetime import datetime

    from ledger.journal.models import Transaction
    from ledger.kit.days import SHANGHAI
    from risk.scoring import services

    last: date = Transaction.objects.order_by("-event_day").values_list("event_day", flat=True)[0]
    as_of = datetime(last.year, last.month, last.day, 3, tzinfo=SHANGHAI) + timedelta(days=1)
    lanes: dict[str, float] = {}
    score_lane = services.score_lane

    def timed(lane: Any, moment: Any = None) -> services.Result:
        began = time.monotonic()
        try:
            return score_lane(lane, moment)
        finally:
            lanes[lane.reach] = lanes.get(lane.reach, 0.0) + time.monotonic() - began

    began = time.monotonic()
    with patch.object(services, "score_lane", timed):
        done = services.score_pending(as_of=as_of)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": done.transactions,
        "hits": done.hits,
        "wall": time.monotonic() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss >> 10,
        "lanes": lanes,
    }


def child(what: str, arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oversight.settings")
    import django

    django.setup()
    parts: dict[str, Callable[..., dict[str, Any]]] = {"forget": _forget, "count": _count, "lengthen": _lengthen, "score": _score}
    print(json.dumps(parts[what](*arguments)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
    else:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else TRANSACTIONS)
