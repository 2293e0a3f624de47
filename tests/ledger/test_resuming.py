"""An import that was cut short goes on where it was, and nobody can tell afterwards."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from ledger.intake import ahead, originals, tables
from ledger.intake.deliveries import receive, take, take_queued
from ledger.intake.reading.validation import Checker
from ledger.intake.taking import Counts
from ledger.journal import changes
from ledger.journal.models import Delivery, Transaction
from ledger.kit.errors import Conflict, Unreadable
from risk.scoring.models import DirtyMark
from tests.builders import make_rule
from tests.ledger.filing import HEADER, STEP_HEADER, csv_text, found_town, outcome, row, send, step
from tests.ledger.killing import NOWHERE, killing
from tests.ledger.standing import Standing, standing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
BLOCK = 4
COMPLAINTS = ("complaint_no", "received_at", "unit_code", "content")


def transactions() -> str:
    """Eleven rows: two of them again with another content, one again with the same, one that is refused."""
    rows = [row(serial_no=f"T{n}", points=str(n), phone=f"1390000{n:04}") for n in range(7)]
    revised = [row(serial_no="T1", points="9"), row(serial_no="T6", points="9")]
    refused = row(serial_no="T9", points="99")
    return csv_text(HEADER, [*rows, *revised, refused, rows[2]])


def steps() -> str:
    """Steps of known transactions, one of them told twice, and two that wait."""
    told = [step(serial_no=f"T{n % 5}", seq=str(n)) for n in range(1, 9)]
    return csv_text(STEP_HEADER, [*told, step(serial_no="T1", seq="1", result="x"), step(serial_no="W1"), step(serial_no="W2")])


def complaints() -> str:
    return csv_text(
        COMPLAINTS,
        [{"complaint_no": f"C{n % 7}", "received_at": "2026-03-02 09:00", "unit_code": "D1", "content": str(n)} for n in range(10)],
    )


CONTENT: dict[str, Callable[[], str]] = {"transactions": transactions, "steps": steps, "complaints": complaints}


@pytest.fixture(autouse=True)
def town(monkeypatch: pytest.MonkeyPatch) -> None:
    found_town()
    monkeypatch.setattr(ahead, "BLOCK", BLOCK)
    monkeypatch.setattr(tables, "CHUNK", BLOCK)


def file_of(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.csv"
    path.write_text(CONTENT[kind](), encoding="utf-8")
    return path


def prepared(folder: Path, kind: str, source: str) -> None:
    """What the kind refers to is there, and no mark of it."""
    if kind == "steps":
        send(folder, transactions(), source=source)
    DirtyMark.objects.all().delete()


def imported(folder: Path, kind: str, source: str) -> tuple[Counts, Standing]:
    """The file imported (once more), and all that stands then."""
    counts = send(folder, CONTENT[kind](), kind=kind, source=source)
    found = standing(source)
    DirtyMark.objects.all().delete()
    return counts, found


def clean(folder: Path, kind: str = "transactions") -> Standing:
    prepared(folder, kind, "clean")
    return imported(folder, kind, "clean")[1]


@pytest.mark.parametrize("kind", CONTENT)
def test_an_import_killed_anywhere_and_sent_again_equals_one_clean_import(tmp_path: Path, kind: str) -> None:
    make_rule()
    expected = clean(tmp_path, kind)
    path, place = file_of(tmp_path, kind), 1
    with killing() as killed:
        while True:
            source = f"killed{place}"
            prepared(tmp_path, kind, source)
            if not killed(path, source, place, BLOCK) or Delivery.objects.filter(source=source, kind=kind, status="done").exists():
                break
            counts, found = imported(tmp_path, kind, source)
            assert found == expected, f"killed before its place {place}"
            assert counts.received == expected["deliveries"][-1]["received"]
            place += 1 if kind == "transactions" and place < 24 else 3
    assert place > 20


def test_an_import_killed_again_and_again_at_any_moment_comes_through(tmp_path: Path) -> None:
    make_rule()
    expected = clean(tmp_path)
    path, chance = file_of(tmp_path, "transactions"), Random(5)
    with killing() as killed:
        for _ in range(6):
            killed(path, "unlucky", NOWHERE, BLOCK, after=chance.uniform(0.01, 0.2))
            if Delivery.objects.filter(source="unlucky", status="done").exists():
                break
    if not Delivery.objects.filter(source="unlucky", status="done").exists():
        imported(tmp_path, "transactions", "unlucky")
    found = standing("unlucky")
    assert {**found, "marks": []} == {**expected, "marks": []}


def test_a_killed_import_is_taken_up_once_its_lease_has_run_out(tmp_path: Path) -> None:
    make_rule()
    expected = clean(tmp_path)
    with killing() as killed:
        assert killed(file_of(tmp_path, "transactions"), "killed", 30, BLOCK)
    delivery = Delivery.objects.get(source="killed")
    assert delivery.status == Delivery.Status.RUNNING and 0 < delivery.received < 11
    assert take_queued() == 0
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert take_queued() == 1
    assert standing("killed") == expected


def test_a_process_that_overslept_its_lease_writes_nothing(tmp_path: Path) -> None:
    expected = clean(tmp_path)
    delivery = receive(path=file_of(tmp_path, "transactions"), kind="transactions", source="late")
    taken_over: list[Counts] = []

    def oversleep(_kind: str, _rows: int) -> None:
        if not taken_over:
            Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
            taken_over.append(take(Delivery.objects.get(pk=delivery.pk)))

    with pytest.raises(Conflict):
        take(delivery, progress=oversleep)
    assert outcome(taken_over[0]) == (11, 7, 2, 1, 1, 0)
    assert standing("late") == expected


def test_nobody_else_takes_a_delivery_while_it_is_taken(tmp_path: Path) -> None:
    expected = clean(tmp_path)
    path = file_of(tmp_path, "transactions")
    delivery = receive(path=path, kind="transactions", source="busy")
    refused: list[str] = []

    def others(_kind: str, _rows: int) -> None:
        for attempt in (lambda: take(Delivery.objects.get(pk=delivery.pk)), lambda: send(tmp_path, transactions(), source="busy")):
            with pytest.raises(Conflict) as refusal:
                attempt()
            refused.append(str(refusal.value))
        assert take_queued() == 0

    assert outcome(take(delivery, progress=others)) == (11, 7, 2, 1, 1, 0)
    assert len(refused) == 6 and all("transactions.csv" in told for told in refused)
    assert standing("busy") == expected
    with pytest.raises(Conflict):
        take(Delivery.objects.get(pk=delivery.pk))


def test_of_two_processes_at_the_same_moment_one_takes_it(tmp_path: Path) -> None:
    expected = clean(tmp_path)
    delivery = receive(path=file_of(tmp_path, "transactions"), kind="transactions", source="two")
    start, results = Barrier(2), list[Counts | Conflict]()

    def run() -> None:
        try:
            mine = Delivery.objects.get(pk=delivery.pk)
            start.wait(10)
            results.append(take(mine))
        except Conflict as conflict:
            results.append(conflict)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Counts"]
    assert standing("two") == expected


def test_an_import_that_somebody_stopped_goes_on_at_once_when_it_is_asked_for_again(tmp_path: Path) -> None:
    expected = clean(tmp_path)
    signs = Path(settings.VAR_DIR) / "taking"
    before = set(signs.iterdir())

    def stop(_kind: str, _rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(tmp_path, transactions(), source="stopped", progress=stop)
    assert Delivery.objects.get(source="stopped").received == BLOCK
    assert imported(tmp_path, "transactions", "stopped")[1] == expected
    assert set(signs.iterdir()) == before


def test_a_block_that_is_rolled_back_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = clean(tmp_path)
    told: list[int] = []

    def refuse(change: changes.LedgerChange) -> None:
        told.append(len(change.rows))
        if len(told) == 2:
            raise RuntimeError("no marks today")

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(changes, "_ledger_listeners", [refuse])
        imported(tmp_path, "transactions", "undone")
    delivery = Delivery.objects.get(source="undone")
    assert (delivery.status, delivery.received, delivery.accepted, delivery.error) == ("failed", BLOCK, BLOCK, "no marks today")
    assert Transaction.objects.filter(source="undone").count() == BLOCK
    assert imported(tmp_path, "transactions", "undone")[1] == expected


def test_files_that_wait_are_taken_in_their_order_one_at_a_time(tmp_path: Path) -> None:
    units = tmp_path / "units.csv"
    units.write_text("code,name,kind\nN1,新窗口,window\n", encoding="utf-8")
    trade = tmp_path / "transactions.csv"
    trade.write_text(csv_text(HEADER, [row(unit_code="N1")]), encoding="utf-8")
    first = receive(path=units, kind="units", source="queue")
    second = receive(path=trade, kind="transactions", source="queue", name="四月.csv", actor="zhang")
    assert [(one.status, one.expected_rows, one.received) for one in (first, second)] == [("queued", 1, 0)] * 2
    assert (second.name, second.actor, second.size, second.encoding) == ("四月.csv", "zhang", trade.stat().st_size, "utf-8-sig")
    units.unlink()
    trade.unlink()
    assert take_queued(budget_seconds=0) == 0
    assert take_queued() == 2
    assert Transaction.objects.get().unit_code == "N1"
    assert take_queued() == 0


def test_the_same_file_again_is_the_same_delivery_until_it_is_done_and_adds_nothing_then(tmp_path: Path) -> None:
    path = file_of(tmp_path, "transactions")
    given = {"path": path, "kind": "transactions", "source": "again"}
    first = receive(**given)
    assert receive(**given) == first
    assert receive(**given, backfill=True) != first
    assert receive(**(given | {"source": "other"})) != first
    assert outcome(take(first)) == (11, 7, 2, 1, 1, 0)
    again = receive(**given)
    assert again != first
    counts = take(again)
    assert (counts.received, counts.accepted, counts.rejected) == (11, 0, 1)
    assert originals.path_of(first.sha256).read_bytes() == path.read_bytes()


def test_a_lost_or_changed_original_fails_in_words_and_sending_the_file_again_goes_on(tmp_path: Path) -> None:
    path = file_of(tmp_path, "transactions")
    delivery = receive(path=path, kind="transactions", source="lost")
    kept = originals.path_of(delivery.sha256)
    for damage in (kept.unlink, lambda: kept.write_bytes(b"serial_no\n")):
        damage()
        assert take_queued() == 0
        delivery.refresh_from_db()
        assert delivery.status == Delivery.Status.FAILED and "transactions.csv" in delivery.error
        kept.unlink(missing_ok=True)
        assert receive(path=path, kind="transactions", source="lost") == delivery
    assert take_queued() == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.received, delivery.error) == ("done", 11, "")


def test_a_file_that_cannot_be_read_is_neither_kept_nor_queued(tmp_path: Path) -> None:
    path = tmp_path / "transactions.csv"
    path.write_text("serial_no,line\nT1,exam\n", encoding="utf-8")
    with pytest.raises(Unreadable) as refusal:
        receive(path=path, kind="transactions", source="bad", name="五月.csv")
    assert "五月.csv" in str(refusal.value) and "transactions.csv" not in str(refusal.value)
    assert not Delivery.objects.exists()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert not originals.path_of(digest).exists()


def test_no_more_rows_are_read_than_the_next_blocks_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, beyond = 0, list[int]()
    check = Checker.check_all

    def counted(checker: Checker, rows: Sequence[Sequence[str]]) -> object:
        nonlocal read
        read += len(rows)
        return check(checker, rows)

    monkeypatch.setattr(Checker, "check_all", counted)
    many = csv_text(HEADER, [row(serial_no=f"T{n}") for n in range(200)])
    send(tmp_path, many, source="many", progress=lambda _kind, taken: beyond.append(read - taken))
    assert read == 200 and len(beyond) == 200 / BLOCK
    assert max(beyond) <= BLOCK


def test_an_original_is_kept_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = file_of(tmp_path, "complaints")
    sha256 = originals.keep(path)
    kept = originals.path_of(sha256)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert kept.read_bytes() == path.read_bytes() and kept.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in (kept.parent, kept.parent.parent)] == [0o700, 0o700]
    written = kept.stat().st_mtime_ns
    assert originals.keep(path) == sha256
    assert kept.stat().st_mtime_ns == written
    assert not list(kept.parent.parent.glob("new-*"))
