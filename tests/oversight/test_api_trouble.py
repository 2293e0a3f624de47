"""Calls at the same moment, a database that is busy or away, and lists made to cost much: an answer that says what to do, never a fault."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from ledger.intake.calls import MOST_UNITS
from ledger.intake.reading.kinds import TRANSACTIONS
from ledger.intake.records import MOST_NAMES, MOST_VALUES, read_records
from ledger.intake.services import MOST_HEADERS, take_each
from ledger.journal.models import Delivery, Transaction, Version
from ledger.kit.errors import TooLarge
from tests.ledger.filing import row
from tests.oversight.calling import System, make_system, states
from tests.servers import free_port

TOGETHER, ROUNDS, PIECE = 4, 3, 60


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_systems_of_one_source_that_send_overlapping_lists_at_once_lose_no_row_and_meet_no_fault() -> None:
    system, start = make_system(), Barrier(TOGETHER)
    codes: list[int] = []
    said: Counter[str] = Counter()

    def send(part: int) -> None:
        try:
            caller = System(system.secret)
            for turn in range(ROUNDS):
                start.wait(30)
                serials = range((turn + part) * PIECE // 2, (turn + part) * PIECE // 2 + PIECE)
                answer = caller.send([row(serial_no=f"S{n}", points=str(n % 12)) for n in serials])
                codes.append(answer.status_code)
                said.update(states(answer.json()))
        finally:
            connection.close()

    threads = [Thread(target=send, args=(part,)) for part in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert codes == [200] * TOGETHER * ROUNDS
    distinct = (TOGETHER + ROUNDS) * PIECE // 2
    assert said == {"created": distinct, "duplicate": TOGETHER * ROUNDS * PIECE - distinct}
    assert Transaction.objects.count() == Version.objects.count() == distinct


@contextmanager
def database_away() -> Iterator[None]:
    """New connections lead to a port where nobody listens, or to a folder that is not there."""
    kept = dict(connection.settings_dict)
    away = {"PORT": str(free_port())} if connection.vendor == "postgresql" else {"NAME": "/proc/nowhere/ledger.sqlite3"}
    connection.close()
    connection.settings_dict.update(away)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_a_call_is_answered_503_and_may_come_again() -> None:
    system = make_system()
    with database_away():
        answer = system.send([row()], "k-1")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "5")
    assert states(system.told([row()], "k-1")) == ["created"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_in_the_middle_of_a_call_leaves_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    system = make_system()

    def cut_off(**call: Any) -> Any:
        take_each(**call)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise_busy()

    with monkeypatch.context() as patch:
        patch.setattr("ledger.intake.calls.take_each", cut_off)
        answer = system.send([row()], "k-1")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    connection.close()
    assert not Delivery.objects.exists() and not Transaction.objects.exists()
    assert states(system.told([row()], "k-1")) == ["created"]


def raise_busy() -> None:
    from django.db import OperationalError

    raise OperationalError("database is locked")


@pytest.mark.django_db(transaction=True)
def test_a_call_that_waits_too_long_for_another_writer_of_sqlite_is_answered_503() -> None:
    system = make_system()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    writer = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        answer = system.send([row()])
        refused = system.send(b"{")  # its refusal is to be written down too
        writer.execute("ROLLBACK")
    finally:
        writer.close()
        connection.close()
    assert [one.status_code for one in (answer, refused)] == [503, 503]
    assert answer["Retry-After"] == "5"
    assert states(system.told([row()])) == ["created"]


def full(number: int, own: int) -> dict[str, Any]:
    """A transaction with every column and so many attributes."""
    return {column.name: f"{number}" for column in TRANSACTIONS.columns} | {f"own_{n}": "x" for n in range(own)}


def test_the_longest_list_may_hold_every_column_and_twenty_attributes() -> None:
    assert len(read_records(json.dumps([full(n, 20) for n in range(5000)]).encode())) == 5000


def test_a_list_of_too_many_values_is_refused_before_anything_of_it_is_looked_at(db: None) -> None:
    wide = [{"attrs": {f"c{m}": "" for m in range(150)}} for _n in range(2001)]
    with pytest.raises(TooLarge, match=str(MOST_VALUES)):
        read_records(json.dumps(wide).encode())
    answer = make_system().send(wide)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not Delivery.objects.exists()


def test_a_list_of_too_many_different_names_is_refused(db: None) -> None:
    answer = make_system().send([row(serial_no=str(n), **{f"c{n}": "1"}) for n in range(MOST_NAMES)])
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert str(MOST_NAMES + len(row())) in answer.json()["message"]


def test_records_that_leave_out_what_is_empty_each_something_else_are_all_taken(db: None) -> None:
    """More sets of names than are remembered, and a set that comes back after it was forgotten."""
    optional = [name for name in full(0, 0) if name not in row()]
    records = [
        row(serial_no=str(n), **{name: "1" for place, name in enumerate(optional) if n >> place & 1}) for n in range(MOST_HEADERS + 44)
    ]
    assert set(states(make_system().told([*records, records[0]]))) == {"created", "duplicate"}
    assert Transaction.objects.count() == MOST_HEADERS + 44


def test_of_units_fewer_go_in_one_list(db: None) -> None:
    system = make_system(scopes=["units:write"])
    answer = system.at("units").send([{"code": str(n)} for n in range(MOST_UNITS + 1)])
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert system.at("units").told([{"code": str(n)} for n in range(MOST_UNITS)])["rejected"] == MOST_UNITS
