"""Transactions by source, event day and line: kept with every batch, and equal to counting the ledger at any time."""

from collections import Counter
from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.journal.counting import recount
from ledger.journal.models import DailyCount, Transaction
from ledger.journal.services import rebuild
from tests.ledger.filing import found_town, row, step, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]
sources = count(1)


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    found_town()


def kept() -> dict[tuple[str, date, str], int]:
    return {(one.source, one.day, one.line): one.rows for one in DailyCount.objects.exclude(rows=0)}


def counted() -> dict[tuple[str, date, str], int]:
    return dict(Counter(Transaction.objects.values_list("source", "event_day", "line")))


def test_new_rows_count_on_their_event_day_and_duplicates_and_steps_do_not() -> None:
    tell(
        row(), row(serial_no="T2"), row(serial_no="T3", accepted_at="2026-03-02 23:59"), row(serial_no="T4", accepted_at="2026-03-03 00:00")
    )
    tell(row(), row(serial_no="T2", points="6"), step())
    tell(step(), kind="steps")
    tell(row(), source="other")
    assert kept() == {
        ("manual", date(2026, 3, 2), "violation"): 3,
        ("manual", date(2026, 3, 3), "violation"): 1,
        ("other", date(2026, 3, 2), "violation"): 1,
    }


def test_an_alteration_takes_the_row_to_its_new_day_and_line() -> None:
    tell(row(), row(serial_no="T2"))
    tell(row(accepted_at="2026-03-05 09:00"), row(serial_no="T2", line="registration", action="transfer"))
    assert kept() == {("manual", date(2026, 3, 5), "violation"): 1, ("manual", date(2026, 3, 2), "registration"): 1}
    tell(row(), row(accepted_at="2026-03-05 09:00"), row())
    assert kept() == {("manual", date(2026, 3, 2), "violation"): 1, ("manual", date(2026, 3, 2), "registration"): 1}


def test_counts_that_were_lost_come_back_with_a_rebuild_and_never_stop_a_batch() -> None:
    tell(row(), row(serial_no="T2"), row(serial_no="T3"))
    tell(row(), source="other")
    DailyCount.objects.filter(source="manual").delete()
    tell(row(accepted_at="2026-03-05 09:00"))
    assert kept() == counted()
    DailyCount.objects.update(rows=7)
    rebuild("manual")
    assert kept() == counted() | {("other", date(2026, 3, 2), "violation"): 7}
    recount("other")
    assert kept() == counted()
    DailyCount.objects.update(rows=7)
    rebuild()
    assert kept() == counted()


rows = st.builds(
    lambda serial, day, line: row(
        serial_no=serial, accepted_at=f"2026-03-0{day} 09:00", line=line, action={"violation": "onsite", "exam": "subject1"}[line]
    ),
    st.sampled_from(["T1", "T2", "T3", "T4", ""]),
    st.integers(1, 4),
    st.sampled_from(["violation", "exam"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(st.tuples(st.sampled_from(["a", "b"]), st.lists(rows, max_size=6)), max_size=6))
def test_the_counts_are_those_of_the_ledger_after_any_deliveries_and_alterations(
    deliveries: list[tuple[str, list[dict[str, str]]]],
) -> None:
    run = next(sources)
    for source, records in deliveries:
        tell(*records, source=f"{source}{run}")
        assert kept() == counted()
