"""A large file is read by another process: nobody can tell by its rows, nor when that process is killed."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.intake import ahead, tables
from ledger.intake.ahead import blocks
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.readers import Broken
from ledger.intake.reading.validation import Rosters
from ledger.intake.tables import arrived_rows, look
from ledger.intake.taking import Arrived
from tests.ledger.filing import HEADER, STEP_HEADER, csv_text, found_town, outcome, row, send, step
from tests.ledger.standing import standing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
BLOCK = 7
STAFF_HEADER = ("staff_no", "name", "kind", "unit_code")


def transactions() -> str:
    rows = [row(serial_no=f"T{n}", points=str(n % 12), phone=f"1390000{n:04}") for n in range(40)]
    rows[3]["points"], rows[5]["accepted_at"] = "99", "yesterday"
    rows[8]["handler_no"] = "０７０００１"
    return csv_text(HEADER, rows) + '"never closed\n' + "too,few\n" + csv_text(HEADER, [row(serial_no="T99")]).split("\n", 1)[1]


def steps() -> str:
    return csv_text(STEP_HEADER, [step(serial_no=f"T{n}", seq=str(n)) for n in range(20)])


def staff() -> str:
    return csv_text(STAFF_HEADER, [{"staff_no": f"07000{n}", "name": "某", "kind": "officer", "unit_code": "D1"} for n in range(20)])


CONTENT = {"transactions": transactions, "steps": steps, "staff": staff}


@pytest.fixture(autouse=True)
def town(monkeypatch: pytest.MonkeyPatch) -> None:
    found_town()
    monkeypatch.setattr(ahead, "LARGE", 1)
    monkeypatch.setattr(ahead, "BLOCK", BLOCK)
    monkeypatch.setattr(tables, "CHUNK", 3)


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The reading processes that were started."""
    started: list[Any] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return started


def told(arrived: Arrived) -> tuple[Any, ...]:
    fault = arrived.fault and (arrived.fault.reason, arrived.fault.column, arrived.fault.value, arrived.fault.detail)
    cells = arrived.cells.text if isinstance(arrived.cells, Broken) else arrived.cells
    return arrived.number, arrived.header, cells, arrived.row, fault, arrived.state


def here(path: Path, kind: str) -> list[tuple[Any, ...]]:
    return [told(one) for one in arrived_rows(look(path, KINDS[kind]), rosters=Rosters.load())]


@pytest.mark.parametrize("kind", CONTENT)
@pytest.mark.parametrize("after", [0, 11])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_rows_are_those_read_in_this_process(tmp_path: Path, readers: list[Any], kind: str, after: int, encoding: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(CONTENT[kind](), encoding=encoding)
    found = list(blocks(look(path, KINDS[kind]), after=after))
    assert [told(one) for block in found for one in block] == here(path, kind)[after:]
    assert {len(block) for block in found[:-1]} == {BLOCK} and len(readers) == 1


def test_a_reader_that_is_killed_costs_no_row_and_repeats_none(tmp_path: Path, readers: list[Any]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(csv_text(HEADER, [row(serial_no=f"T{n}", note="x" * 900) for n in range(5000)]), encoding="utf-8")
    found: list[tuple[Any, ...]] = []
    coming: Iterator[list[Arrived]] = blocks(look(path, KINDS["transactions"]))
    for block in coming:
        found += map(told, block)
        if len(found) == 3 * BLOCK:
            os.kill(readers[0].pid, signal.SIGKILL)
    assert found == here(path, "transactions")


def test_a_reader_that_cannot_start_costs_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_START", "raise SystemExit(1)")
    path = tmp_path / "rows.csv"
    path.write_text(transactions(), encoding="utf-8")
    assert [told(one) for block in blocks(look(path, KINDS["transactions"])) for one in block] == here(path, "transactions")


def test_nobody_reads_on_when_nobody_takes_the_rows(tmp_path: Path, readers: list[Any]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(csv_text(HEADER, [row(serial_no=f"T{n}", note="x" * 900) for n in range(5000)]), encoding="utf-8")
    coming = blocks(look(path, KINDS["transactions"]))
    next(coming)
    coming.close()
    assert readers[0].returncode is not None


def test_small_files_start_no_process(tmp_path: Path, readers: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "LARGE", 1000)
    path = tmp_path / "rows.csv"
    path.write_text(transactions(), encoding="utf-8")
    assert [told(one) for block in blocks(look(path, KINDS["transactions"])) for one in block] == here(path, "transactions")
    assert not readers


def test_an_import_of_such_a_file_is_the_same(tmp_path: Path, readers: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    counts = outcome(send(tmp_path, transactions(), source="ahead"))
    assert len(readers) == 1
    monkeypatch.setattr(ahead, "LARGE", 1000)
    assert outcome(send(tmp_path, transactions(), source="plain")) == counts
    assert len(readers) == 1 and standing("ahead") == standing("plain")
