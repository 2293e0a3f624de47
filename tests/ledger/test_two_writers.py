"""Two systems that tell of the same transaction at the same moment."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from ledger.intake.services import Counts
from ledger.journal.models import Step, Transaction, Version
from tests.ledger.filing import found_town, row, step, tell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def at_once(*works: tuple[str, list[dict[str, str]]]) -> list[Counts]:
    """Tell the records of each (kind, records) in a thread of its own, all starting together."""
    start, results, errors = Barrier(len(works)), [], []

    def run(kind: str, records: list[dict[str, str]]) -> None:
        try:
            start.wait(10)
            results.append(tell(*records, kind=kind))
        except Exception as error:  # noqa: BLE001 - reported below, in the thread of the test
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors
    return results


def test_the_same_serial_from_two_writers_is_one_transaction_with_two_versions() -> None:
    found_town()
    records = [[row(serial_no=f"T{n}", points=points) for n in range(200)] for points in ("1", "2")]
    results = at_once(("transactions", records[0]), ("transactions", records[1][::-1]))
    assert sorted((counts.accepted, counts.revised) for counts in results) == [(0, 200), (200, 0)]
    assert (Transaction.objects.count(), Version.objects.count()) == (200, 400)


def test_the_same_content_from_two_writers_is_told_once() -> None:
    found_town()
    same = [row(serial_no=f"T{n}") for n in range(200)]
    results = at_once(("transactions", same), ("transactions", same))
    assert sorted((counts.accepted, counts.duplicate) for counts in results) == [(0, 200), (200, 0)]
    assert (Transaction.objects.count(), Version.objects.count()) == (200, 200)


def test_steps_and_their_transaction_at_the_same_moment_find_each_other() -> None:
    found_town()
    at_once(("transactions", [row(serial_no=f"T{n}") for n in range(200)]), ("steps", [step(serial_no=f"T{n}") for n in range(200)]))
    assert Step.objects.count() == 200
