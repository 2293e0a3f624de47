"""`python -m tests.bench.growth [transactions] [base]`: a fresh batch scored in a ledger of a million, and in one ten times as long.

A detachment is simulated for some 13 months, so that the longest window is full, with `base` transactions, and imported without its last
days. Two copies of the instance are then made `transactions` and ten times `transactions` long: the same months lie further and further
back too, in the journal and in the columnar copy (with other serial numbers; the texts of versions, which scoring does not read, are left
out). So the days are as full in both, and little need be imported. In each the same last 10,000 rows are imported and scored, with every
rule in force, as of the day after, three times in turns: the first time their columns are written too. The bar: at most 1.3 times.
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
import pandas as pd

from tests.bench.instance import Instance, fresh_instance
from tests.servers import CHECKOUT, platform_environment

TRANSACTIONS, BASE, DAYS, BATCH, TIMES, ROUNDS = 1_000_000, 250_000, 406, 10_000, 10, 3
CACHE_KIB = 2 * 2**20
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


def measure(transactions: int, base: int) -> None:
    base = min(base, transactions)
    with tempfile.TemporaryDirectory(prefix="mingjing-growth-") as place, fresh_instance() as instance:
        copies = made(instance, Path(place), transactions, base)
        rounds = [[_scored(copy) for copy in copies] for _round in range(ROUNDS)]
    for what, taken in (("with the columns of the batch written", rounds[:1]), ("without, least of the others", rounds[1:])):
        ratios = [min(one[1][name] for one in taken) / min(one[0][name] for one in taken) for name in ("cpu", "wall")]
        print(f"ratio {what}: {ratios[0]:.2f} by processor time, {ratios[1]:.2f} by the clock (bar: ≤ 1.3)")


def made(instance: Instance, place: Path, transactions: int, base: int) -> list[Instance]:
    """Two instances with so many transactions, and ten times as many, in which the same batch waits to be scored."""
    files = place / "files"
    _timed("simulated", instance.run, "simulate", "-o", str(files), "--transactions", str(base), "--days", str(DAYS), "--seed", "11")
    held = split(files, first_of_the_last(files, min(BATCH, base // 20)))
    _timed("imported", instance.run, "import_ledger", str(files), "--no-score")
    _timed("columns written", _child, "forget", dict(instance.environment))
    return [_a_copy(instance, place, held, times * transactions // base) for times in (1, TIMES)]


def _a_copy(instance: Instance, place: Path, held: Path, times: int) -> Instance:
    """A copy of the instance whose history is so many times as long, the held rows imported and not scored."""
    copy = place / f"times{times}"
    shutil.copytree(instance.folder, copy)
    longer = Instance(copy, platform_environment(copy))
    _timed(f"made {times} times as long", _child, "lengthen", dict(longer.environment), str(times))
    _timed("batch imported", longer.run, "import_ledger", str(held), "--no-score")
    return longer


def _scored(instance: Instance) -> dict[str, Any]:
    """Score what waits in an instance; afterwards the same waits again."""
    result: dict[str, Any] = _child("score", dict(instance.environment))
    lanes = ", ".join(f"{name} {seconds:.1f}" for name, seconds in result["lanes"].items())
    print(
        f"{result['ledger']} transactions over {result['days']} days: {result['rows']} rows looked at, {result['hits']} hits changed, "
        f"{result['wall']:.1f} s, {result['cpu']:.1f} s of processor time ({lanes}), peak {result['memory']} MB",
        flush=True,
    )
    return result


def _timed(what: str, act: Callable[..., Any], *arguments: Any) -> Any:
    began = time.monotonic()
    answer = act(*arguments)
    print(f"  ({what}: {time.monotonic() - began:.0f} s)", flush=True)
    return answer


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
    return {"ledger": Transaction.objects.count(), "days": (ends["last"] - ends["first"]).days + 1}


def _lengthen(times: str) -> dict[str, Any]:
    backs = range(1, int(times))
    _journal_back(backs)
    _columns_back(backs)
    return {}


def _journal_back(backs: range) -> None:
    """The rows of the journal again and again, each time a span of days earlier; indexes are made anew afterwards, sorted."""
    from django.db import connection

    from ledger.journal.models import Step, Transaction

    with connection.cursor() as cursor:
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
            cursor.execute(f"PRAGMA {setting}")
        for model in (Transaction, Step):
            table = model._meta.db_table
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL", [table])
            indexes = cursor.fetchall()
            for name, _sql in indexes:
                cursor.execute(f'DROP INDEX "{name}"')
            columns = [str(field.column) for field in model._meta.concrete_fields]
            for back in backs:
                said = ", ".join(_earlier(column, back) for column in columns)
                cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {said} FROM {table} WHERE id < {ID_STEP} ORDER BY id")
            for _name, sql in indexes:
                cursor.execute(sql)
        cursor.execute("PRAGMA journal_mode = WAL")


def _earlier(column: str, back: int) -> str:
    """What a column of a row of the journal says `back` spans of days earlier, in SQL."""
    if column in ("id", "transaction_id"):
        return f"{column} + {back * ID_STEP}"
    if column in ("serial_no", "related_serial"):
        return f"CASE WHEN {column} = '' THEN '' ELSE {column} || '~{back}' END"
    if column in ("accepted_at", "finished_at", "arrived_at", "at"):
        return f"datetime({column}, '-{back * DAYS} days')"
    return f"date({column}, '-{back * DAYS} days')" if column == "event_day" else column


def _columns_back(backs: range) -> None:
    from ledger.columns import encode, files, reader
    from ledger.columns.models import ColumnFile

    places: dict[tuple[str, str], list[str]] = {}
    for frame, line, path in ColumnFile.objects.order_by("id").values_list("frame", "line", "path"):
        places.setdefault((frame, line), []).append(path)
    for (frame, line), paths in places.items():
        columns = encode.file_columns(line) if frame == "transactions" else encode.STEP_COLUMNS
        rows = reader.frame_of(reader.place_table(frame, line, paths, columns)).assign(gone=False)
        for back in backs:
            older = _shifted(rows, back)
            months = older["day"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
            made = [files.write((frame, line, str(month)), older[months == month].reset_index(drop=True)) for month in np.unique(months)]
            ColumnFile.objects.bulk_create(made)


def _shifted(rows: pd.DataFrame, back: int) -> pd.DataFrame:
    """Rows of the columnar copy `back` spans of days earlier."""
    older = rows.assign(id=rows["id"] + back * ID_STEP, day=(rows["day"] - back * DAYS).astype(np.int32))
    for name in rows.columns:
        if rows[name].dtype.kind == "M":
            older[name] = rows[name] - np.timedelta64(back * DAYS, "D")
        elif name in ("tie", "related"):
            older[name] = np.where(rows[name] == 0, 0, rows[name] ^ np.int64(back * 0x9E3779B97F4A7C1 % 2**63))
    return older


def _score() -> dict[str, Any]:
    """Score what waits as of the day after the last, as a worker would, and tell how long each reach took."""
    from datetime import datetime

    from ledger.journal.models import Transaction
    from ledger.kit.days import SHANGHAI
    from risk.scoring import services
    from risk.scoring.models import DirtyMark

    waiting = list(DirtyMark.objects.all())
    last: date = Transaction.objects.order_by("-event_day").values_list("event_day", flat=True)[0]
    as_of = datetime(last.year, last.month, last.day, 3, tzinfo=SHANGHAI) + timedelta(days=1)
    lanes: dict[str, float] = {}
    score_lane = services.score_lane

    def timed(lane: Any, moment: Any = None) -> services.Result:
        began = time.process_time()
        try:
            return score_lane(lane, moment)
        finally:
            lanes[lane.reach] = lanes.get(lane.reach, 0.0) + time.process_time() - began

    began, used = time.monotonic(), time.process_time()
    with patch.object(services, "score_lane", timed):
        done = services.score_pending(as_of=as_of)
    wall, cpu = time.monotonic() - began, time.process_time() - used
    DirtyMark.objects.all().delete()
    DirtyMark.objects.bulk_create(waiting)
    return {
        **_count(),
        "rows": done.transactions,
        "hits": done.hits,
        "wall": wall,
        "cpu": cpu,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "lanes": lanes,
    }


def child(what: str, arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oversight.settings")
    import django

    django.setup()
    parts: dict[str, Callable[..., dict[str, Any]]] = {"forget": _forget, "lengthen": _lengthen, "score": _score}
    print(json.dumps(parts[what](*arguments)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
    else:
        given = [int(one) for one in sys.argv[1:3]]
        measure(*given, *(TRANSACTIONS, BASE)[len(given) :])
