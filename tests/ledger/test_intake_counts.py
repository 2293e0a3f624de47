"""No row is lost silently: whatever a file looks like, received = accepted + revised + duplicate + rejected + waiting."""

from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake.models import Quarantined
from ledger.intake.services import Counts
from ledger.journal.models import Delivery, Step, Transaction, Version
from ledger.kit.errors import Unreadable
from tests.ledger.filing import HEADER, STEP_HEADER, csv_text, found_town, row, send, step

pytestmark = [pytest.mark.django_db, pytest.mark.services]
GOOD = csv_text(HEADER, [row(serial_no=f"T{n}", points=str(n)) for n in range(6)]).splitlines()
STEPS = csv_text(STEP_HEADER, [step(serial_no=f"T{n % 4}", seq=str(n)) for n in range(1, 7)]).splitlines()
SPOILERS = ['"', "\x00", ",", "\n", "\r", "''", "，", "\u200b", "E+17", "\ufeff", " ", "-", "9" * 70, "T1", "D9"]
sources = count(1)

mangles = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 90), st.integers(0, 4), st.one_of(st.sampled_from(SPOILERS), st.text(max_size=3))),
    max_size=5,
)


def mangled(lines: list[str], changes: list[tuple[int, int, int, str]]) -> str:
    """The lines with each change put into its line: some characters out, others in; a line may then stand twice."""
    lines = list(lines)
    for number, place, out, spoiler in changes:
        line = lines[number]
        lines[number] = line[:place] + spoiler + line[place + out :]
        if out == 4:
            lines.append(lines[number])
    return "\n".join(lines)


def adds_up(counts: Counts) -> None:
    assert counts.received == counts.accepted + counts.revised + counts.duplicate + counts.rejected + counts.waiting
    delivery = Delivery.objects.get(pk=counts.delivery_id)
    assert (delivery.received, delivery.accepted, delivery.rejected) == (counts.received, counts.accepted, counts.rejected)
    assert delivery.quarantined.count() == counts.rejected + counts.waiting
    assert delivery.quarantined.filter(state=Quarantined.State.WAITING).count() == counts.waiting


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=mangles)
def test_the_counts_of_a_mangled_file_of_transactions_add_up(town: None, tmp_path: Path, changes: list[tuple[int, int, int, str]]) -> None:
    source = f"mangled{next(sources)}"
    text = mangled(GOOD, changes).encode(errors="replace")
    first = send(tmp_path, text, source=source)
    adds_up(first)
    assert Transaction.objects.filter(source=source).count() == first.accepted
    assert Version.objects.filter(batch_id__in=Delivery.objects.get(pk=first.delivery_id).batches.values("id")).count() == (
        first.accepted + first.revised
    )
    again = send(tmp_path, text, source=source)
    adds_up(again)
    assert again.received == first.received and again.accepted == 0 and again.rejected == first.rejected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=mangles)
def test_the_counts_of_mangled_steps_add_up_with_some_waiting(town: None, tmp_path: Path, changes: list[tuple[int, int, int, str]]) -> None:
    source = f"mangled{next(sources)}"
    send(tmp_path, "\n".join(GOOD[:3]), source=source)
    counts = send(tmp_path, mangled(STEPS, changes).encode(errors="replace"), kind="steps", source=source)
    adds_up(counts)
    assert Step.objects.filter(transaction__source=source).count() == counts.accepted


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_arbitrary_bytes_are_unreadable_or_add_up(town: None, tmp_path: Path, content: bytes) -> None:
    for kind, head in (("transactions", b""), ("units", b"code,name,kind\n")):
        try:
            counts = send(tmp_path, head + content, kind=kind, source=f"bytes{next(sources)}")
        except Unreadable:
            continue
        adds_up(counts)


@pytest.fixture
def town(db: None) -> None:
    found_town()
