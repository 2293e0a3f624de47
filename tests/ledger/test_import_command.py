"""import_ledger as a person or a script runs it."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from ledger.journal.models import Delivery, Step, Transaction
from ledger.journal.services import rebuild
from ledger.kit import doorbell
from tests.environment import CHECKOUT
from tests.ledger.filing import HEADER, csv_text, found_town, row

TRAFFIC_FINES = CHECKOUT.parent / "shared" / "data" / "traffic-fines"
COUNTS = ("received", "accepted", "revised", "duplicate", "rejected", "waiting")


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    bells: list[str] = []

    def ring(task: str) -> bool:
        bells.append(task)
        return True

    monkeypatch.setattr(doorbell, "ring", ring)
    return bells


def run(*arguments: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("import_ledger", *map(str, arguments), "--json", stdout=out, stderr=StringIO())
    result: dict[str, Any] = json.loads(out.getvalue())
    return result


@pytest.mark.django_db
@pytest.mark.services
def test_the_result_names_counts_and_a_quarantine_file_that_can_be_sent_again(tmp_path: Path, rung: list[str]) -> None:
    found_town()
    path = tmp_path / "transactions.csv"
    path.write_text(csv_text(HEADER, [row(), row(serial_no="T2", points="99")]))
    (told,) = run(path)["files"]
    assert [told[name] for name in ("kind", *COUNTS)] == ["transactions", 2, 1, 0, 0, 1, 0]
    assert told["seconds"] >= 0
    assert rung == ["risk.tasks.score_pending"]
    back = Path(told["quarantine"])
    back.write_text(back.read_text(encoding="utf-8-sig").replace(",99,", ",9,"), encoding="utf-8-sig")
    (again,) = run(back, "--kind", "transactions", "--no-score")["files"]
    assert [again[name] for name in COUNTS] == [1, 1, 0, 0, 0, 0]
    assert len(rung) == 1


@pytest.mark.django_db
@pytest.mark.services
@pytest.mark.skipif(not TRAFFIC_FINES.is_dir(), reason="the traffic-fines sample does not lie beside the checkout")
def test_the_traffic_fines_of_a_real_force_import_completely(rung: list[str]) -> None:
    files = {told["kind"]: told for told in run(TRAFFIC_FINES, "--backfill")["files"]}
    assert {kind: [told[name] for name in COUNTS] for kind, told in files.items()} == {
        "units": [1, 1, 0, 0, 0, 0],
        "staff": [14, 14, 0, 0, 0, 0],
        "transactions": [10_000, 10_000, 0, 0, 0, 0],
        "steps": [34_724, 34_724, 0, 0, 0, 0],
    }
    assert (Transaction.objects.count(), Step.objects.count()) == (10_000, 34_724)
    assert Delivery.objects.filter(backfill=True, status="done").count() == 4
    before = list(Transaction.objects.order_by("id").values_list())
    assert rebuild() == 10_000
    assert list(Transaction.objects.order_by("id").values_list()) == before
    again = {told["kind"]: told["duplicate"] for told in run(TRAFFIC_FINES, "--no-score")["files"]}
    assert again == {"units": 1, "staff": 14, "transactions": 10_000, "steps": 34_724}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fault", ["database or disk is full", "attempt to write a readonly database", "no such table: x", "disk I/O error"]
)
def test_a_fault_of_the_database_is_one_line_and_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    def fail(**_kwargs: object) -> None:
        raise DatabaseError(fault)

    monkeypatch.setattr("ledger.management.commands.import_ledger.import_paths", fail)
    with pytest.raises(CommandError) as refusal:
        run(tmp_path)
    assert refusal.value.returncode == 2
    assert fault in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.django_db
def test_a_full_disk_in_the_middle_keeps_what_was_committed_and_sending_again_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rung: list[str]
) -> None:
    found_town()
    path = tmp_path / "transactions.csv"
    path.write_text(csv_text(HEADER, [row(serial_no=f"T{n}") for n in range(4)]))
    monkeypatch.setattr("ledger.intake.ahead.BLOCK", 2)
    from ledger.intake import deliveries, taking

    def fails_later(delivery: Delivery, block: Any, tally: taking.Tally) -> None:
        if tally.received:
            raise OSError(28, "No space left on device")
        taking.take_block(delivery, block, tally)

    with monkeypatch.context() as disk, pytest.raises(CommandError) as refusal:
        disk.setattr(deliveries, "take_block", fails_later)
        run(path)
    assert "No space left" in str(refusal.value)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.received, delivery.accepted) == ("queued", 2, 2)
    assert "No space left" in delivery.error
    assert Transaction.objects.count() == 2
    (told,) = run(path)["files"]
    assert [told[name] for name in COUNTS] == [4, 4, 0, 0, 0, 0]
    assert Delivery.objects.get().status == "done"


def test_a_broker_that_cannot_be_reached_blocks_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr("ledger.kit.doorbell.current_app.send_task", refuse)
    assert doorbell.ring("risk.tasks.score_pending") is False
    assert "no broker" in caplog.text


@pytest.mark.parametrize("arguments", [["nowhere.csv"], [], ["x.csv", "--kind", "cars"], ["--wrong"]])
def test_what_cannot_run_ends_with_2_and_one_line_on_stderr(tmp_path: Path, arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), "import_ledger", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"VAR_DIR": str(tmp_path / "var")},
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.strip().splitlines()) == 1
