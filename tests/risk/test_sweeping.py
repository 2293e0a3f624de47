"""The sweep: the hits of every rule as a backtest of it finds them, however the days and the memory cut it; nothing is written."""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.models import AuditEntry
from ledger.journal.models import Transaction
from risk.alerts.models import Alert, Hit
from risk.backtest.planning import IDLE_BYTES, MEGABYTE, plan, stretches
from risk.backtest.running import evaluate_rule
from risk.backtest.sweeping import BRIEF, Progress, Sweep, sweep
from risk.frames import TRANSACTIONS, base
from risk.rules.queries import current_versions, spec_of
from risk.rules.services import load_catalogue
from risk.scoring.models import DirtyMark
from tests.bench.instance import Instance
from tests.servers import platform_environment

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
Found = set[tuple[str, str | int, int, str, float, float]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten weeks of a small detachment with its misconduct."""
    folder = tmp_path_factory.mktemp("files")
    size = ("--transactions", "1200", "--days", "70", "--seed", "5", "--until", "2026-06-14")
    call_command("simulate", "-o", str(folder), *size, stdout=StringIO())
    return folder


@pytest.fixture(scope="module")
def history(module_rows: Callable[[], AbstractContextManager[None]], files: Path) -> tuple[date, date]:
    """The first and the last day of the business of those weeks, which is in the ledger."""
    with module_rows():
        load_catalogue()
        call_command("import_ledger", str(files), "--no-score", stdout=StringIO())
        span = base(TRANSACTIONS).span()
    assert span is not None
    return span


@pytest.fixture(scope="module")
def whole(module_rows: Callable[[], AbstractContextManager[None]], history: tuple[date, date]) -> Sweep:
    """All rules over those weeks (people hold their posts since years before), by one process with memory for everything."""
    with module_rows():
        return sweep(first_day=history[0], last_day=history[1], processes=1, as_of=AS_OF)


def found(done: Sweep) -> Found:
    return {(one.spec.rule_code, *hit) for one in done.rules for hit in one.hits[list(BRIEF)].itertuples(index=False, name=None)}


def one_of_each() -> list[str]:
    """A rule in force of every detector and every frame."""
    return list({(one.detector, one.rule.frame): one.rule.code for one in current_versions()}.values())


@pytest.mark.django_db
@pytest.mark.services
def test_every_rule_finds_what_it_finds_alone(history: tuple[date, date], whole: Sweep) -> None:
    alone: Found = set()
    for spec in map(spec_of, current_versions()):
        hits = evaluate_rule(spec, *history, as_of=AS_OF)[1]
        alone |= {(spec.rule_code, *hit) for hit in hits[list(BRIEF)].itertuples(index=False, name=None)}
    assert found(whole) == alone
    assert sum(len(one.hits) for one in whole.rules) == len(alone) > 20
    assert {one.spec.rule_code for one in whole.rules} == {one.rule.code for one in current_versions()}
    assert whole.transactions == Transaction.objects.count() > 1000


@pytest.mark.django_db
def test_days_swept_in_two_parts_are_the_days_swept_at_once(history: tuple[date, date], whole: Sweep) -> None:
    first, last = history
    codes = one_of_each()
    at_once = {hit for hit in found(whole) if hit[0] in codes}

    @settings(max_examples=6, deadline=None)
    @given(cut=st.integers(1, 69))
    def parts_make_the_whole(cut: int) -> None:
        middle = first + timedelta(days=cut)
        before = sweep(rule_codes=codes, first_day=first, last_day=middle - timedelta(days=1), processes=1, as_of=AS_OF)
        after = sweep(rule_codes=codes, first_day=middle, last_day=last, processes=1, as_of=AS_OF)
        assert found(before) | found(after) == at_once
        assert not found(before) & found(after)

    parts_make_the_whole()
    assert at_once


@pytest.mark.django_db
def test_little_memory_makes_many_tasks_and_the_same_hits(history: tuple[date, date], whole: Sweep) -> None:
    told: list[Progress] = []
    first, last = history
    tight = sweep(first_day=first, last_day=last, processes=1, as_of=AS_OF, memory=2 * IDLE_BYTES + 40_000, tell=told.append)
    assert found(tight) == found(whole)
    assert len(told) == tight.tasks > 20
    assert [one.done for one in told] == sorted({one.done for one in told})
    assert told[-1].done == told[-1].of
    assert sum(one.first_day > history[0] for one in told) > 5


@pytest.mark.django_db
def test_a_plan_gives_every_rule_every_day_once_within_its_memory(history: tuple[date, date]) -> None:
    specs = [spec_of(version) for version in current_versions()]
    for memory in (0, 441, 2500):
        days = {spec.rule_code: list[date]() for spec in specs}
        for task in plan(specs, *history, memory=memory * MEGABYTE, processes=1):
            for code in task.codes:
                days[code] += [task.first_day + timedelta(days=n) for n in range((task.last_day - task.first_day).days + 1)]
        every = [history[0] + timedelta(days=n) for n in range((history[1] - history[0]).days + 1)]
        assert all(sorted(own) == every for own in days.values())
        assert memory != 2500 or len(plan(specs, *history, memory=memory * MEGABYTE, processes=1)) < 15


def test_stretches_lie_side_by_side() -> None:
    cut = stretches(date(2026, 1, 1), date(2026, 1, 10), 3)
    assert cut == [(date(2026, 1, 1), date(2026, 1, 3)), (date(2026, 1, 4), date(2026, 1, 6)), (date(2026, 1, 7), date(2026, 1, 10))]


@pytest.mark.django_db
@pytest.mark.services
def test_the_command_counts_tells_and_writes_nothing_but_its_file(
    history: tuple[date, date], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (Hit.objects.count(), Alert.objects.count(), DirtyMark.objects.count())
    out, path = StringIO(), tmp_path / "hits.csv"
    call_command("sweep", "--from", str(history[0]), "--to", str(history[1]), "-o", str(path), "--json", stdout=out)
    facts = json.loads(out.getvalue())
    assert set(facts) == {"first", "last", "transactions", "hits", "rules", "processes", "seconds", "file"}
    assert set(facts["rules"][0]) == {"rule", "mode", "hits", "subjects", "by_level", "seconds"}
    assert facts["hits"] == sum(rule["hits"] for rule in facts["rules"]) == sum(sum(rule["by_level"].values()) for rule in facts["rules"])
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == facts["hits"] > 0
    assert list(rows[0]) == ["rule_code", "subject_kind", "subject_code", "day", "level", "observed", "threshold"]
    assert {row["rule_code"] for row in rows} == {rule["rule"] for rule in facts["rules"] if rule["hits"]}
    assert all(row["subject_code"].startswith("#") for row in rows if row["subject_kind"] in ("person", "vehicle", "agent"))
    assert AuditEntry.objects.filter(action="hits.exported").count() == 1
    assert before == (Hit.objects.count(), Alert.objects.count(), DirtyMark.objects.count())
    assert capsys.readouterr().err.rstrip().splitlines()[-1].startswith("100 %")


@pytest.fixture
def instance(tmp_path: Path, prepared_instance: Path, files: Path) -> dict[str, str]:
    """The environment of an instance with the same weeks."""
    folder = tmp_path / "var"
    shutil.copytree(prepared_instance, folder)
    made = Instance(folder, platform_environment(folder))
    made.run("import_ledger", str(files), "--no-score")
    return dict(made.environment)


def test_two_processes_find_what_one_finds(instance: dict[str, str]) -> None:
    told = []
    for processes in ("1", "2"):
        command = [sys.executable, "manage.py", "sweep", "--processes", processes, "--json"]
        done = subprocess.run(command, env=instance, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        facts = json.loads(done.stdout)
        assert facts["processes"] == int(processes)
        told.append([{name: value for name, value in rule.items() if name != "seconds"} for rule in facts["rules"]])
    assert told[0] == told[1]
    assert sum(rule["hits"] for rule in told[0]) > 0
