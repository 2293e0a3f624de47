"""The main job through real processes: a file is imported, the bell rings, a Celery worker scores it, the alert is there."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from tests.servers import CHECKOUT, Platform, platform_environment, running_platform

WAIT_SECONDS = 30


@contextmanager
def database_of_its_own(postgres_url: str) -> Iterator[str]:
    name = f"chain_{os.getpid()}"
    connection = psycopg2.connect(postgres_url)
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    connection.cursor().execute(f'CREATE DATABASE "{name}"')
    yield f"{postgres_url.rpartition('/')[0]}/{name}"
    connection.cursor().execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    connection.close()


def write_files(folder: Path) -> None:
    """A squad, one officer, and fourteen of his on-site tickets within ten minutes, two hours ago."""
    folder.mkdir()
    (folder / "units.csv").write_text("code,name,kind,parent_code\nS1,一中队,squad,\n", encoding="utf-8")
    (folder / "staff.csv").write_text("警号,姓名,类别,单位\nT1,王某,officer,S1\n", encoding="gb18030")
    start = datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(hours=2)
    rows = ["serial_no,line,action,unit_code,handler_no,accepted_at,finished_at,result,amount,points"]
    for number in range(14):
        at = start + timedelta(seconds=35 * number)
        times = f"{at:%Y-%m-%d %H:%M:%S},{at + timedelta(seconds=30):%Y-%m-%d %H:%M:%S}"
        rows.append(f"C{number:02d},violation,onsite,S1,T1,{times},penalised,50.00,0")
    (folder / "transactions.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def command(environment: dict[str, str], *arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments, "--json"], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def burst_is_raised(platform: Platform, database: str) -> bool:
    """Asked of the database itself: a command for every look would take the processor from the worker that is waited for."""
    asked = "SELECT count(*) FROM risk_alert JOIN risk_rule ON risk_rule.id = risk_alert.rule_id WHERE risk_rule.code = 'VIO-08'"
    with closing(psycopg2.connect(database) if database else sqlite3.connect(platform.var_dir / "mingjing.sqlite3")) as connection:
        cursor = connection.cursor()
        cursor.execute(asked)
        return cursor.fetchone()[0] > 0


@contextmanager
def chain(tmp_path: Path, **settings: str) -> Iterator[Platform]:
    """Starts a platform from nothing, sees it through, and yields it while it runs."""
    write_files(tmp_path / "files")
    with running_platform(tmp_path / "var", **settings) as platform:
        environment = platform_environment(platform.var_dir, **settings)
        counts = command(environment, "import_ledger", str(tmp_path / "files"))["files"]
        assert [(one["kind"], one["accepted"]) for one in counts] == [("units", 1), ("staff", 1), ("transactions", 14)]
        deadline = time.monotonic() + WAIT_SECONDS
        while not burst_is_raised(platform, settings.get("DATABASE_URL", "")):
            assert time.monotonic() < deadline, (platform.var_dir / "logs" / "worker.log").read_text()[-3000:]
            time.sleep(0.1)
        alert = next(row for row in command(environment, "export_alerts")["rows"] if row["rule_code"] == "VIO-08")
        assert (alert["subject_code"], alert["status"]) == ("T1", "new")
        assert len(alert["evidence_serials"].split(";")) > 1
        yield platform


def test_an_imported_file_becomes_an_alert_embedded(tmp_path: Path) -> None:
    with chain(tmp_path) as platform:
        assert (platform.var_dir / "mingjing.sqlite3").exists()


def test_an_imported_file_becomes_an_alert_on_postgresql_and_redis(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    with database_of_its_own(postgres_url) as database, chain(tmp_path, DATABASE_URL=database, REDIS_URL=redis_url) as platform:
        assert "Connected to redis" in (platform.var_dir / "logs" / "worker.log").read_text()
        assert not (platform.var_dir / "mingjing.sqlite3").exists()
        assert not (platform.var_dir / "broker").exists()
