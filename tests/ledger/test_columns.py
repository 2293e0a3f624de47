"""The columnar copy says what the journal says: after any changes, from either route, through compaction, moves and interruptions."""

import random
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from django.utils import timezone

from ledger.columns import encode, files, queries, reader, services
from ledger.columns.hashing import key64, keys64, tie
from ledger.columns.models import ColumnFile, ColumnLock
from ledger.intake.services import take_records
from ledger.journal.models import Batch, Transaction
from ledger.kit.errors import Conflict
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.services]
ALL = {"first_day": date(2025, 1, 1), "last_day": date(2027, 12, 31)}
COLUMNS = (*encode.CORE, "attr.use", "attr.phone", "attr.mileage", "attr.evidence_at", "attr.colour")


@pytest.fixture(autouse=True)
def unit():
    return builders.make_unit(code="U1", kind="window")


def record(serial_no: str, **fields: str) -> dict[str, str]:
    base = {"line": "registration", "action": "new", "unit_code": "U1", "handler_no": "P1", "accepted_at": "2026-03-31 23:59:30"}
    return {"serial_no": serial_no} | base | fields


def take(*records: dict[str, str], kind: str = "transactions") -> None:
    counts = take_records(kind=kind, records=records, source="manual")
    assert counts.rejected == 0 and counts.waiting == 0, counts


def from_journal(columns: tuple[str, ...] = COLUMNS) -> pd.DataFrame:
    everything = Transaction.objects.all()
    return encode.encode_transactions(queries.transaction_rows(everything), columns=columns, altered=queries.altered_ids(everything))


def plain(frame: pd.DataFrame, *order: str) -> pd.DataFrame:
    """The frame as comparable values, in the order of `order`."""
    values = {
        name: frame[name].astype(str) if isinstance(frame[name].dtype, pd.CategoricalDtype) else frame[name] for name in sorted(frame)
    }
    return pd.DataFrame(values).sort_values(list(order)).reset_index(drop=True)


def assert_copy_equals_journal() -> None:
    read = reader.read("transactions", columns=COLUMNS, **ALL)
    pd.testing.assert_frame_equal(plain(read, "id"), plain(from_journal(), "id"), check_dtype=False)
    owners = from_journal(("id", "day", "line"))
    steps = encode.encode_steps(queries.step_rows(Transaction.objects.all()), owners)
    pd.testing.assert_frame_equal(
        plain(reader.read("steps", columns=encode.STEP_COLUMNS, **ALL), "id", "seq"), plain(steps, "id", "seq"), check_dtype=False
    )


# keys and encoding


def test_keys_are_equal_for_equal_text_keyed_by_the_instance_and_zero_for_nothing(settings):
    assert key64("") == 0 and tie("manual", "") == 0 and key64("湘J12345") == key64("湘J12345") != key64("湘J12346")
    assert keys64(["a", "", "b", "a"]).tolist() == [key64("a"), 0, key64("b"), key64("a")]
    before = key64("a")
    settings.HASH_KEY = b"another instance"
    assert key64("a") != before


def test_a_row_is_encoded_on_the_shanghai_clock_with_region_age_and_typed_attributes():
    take(
        record(
            "R1", person_id_no="430702198003070017", plate_no="湘J12345", amount="12.50", use="A", phone="10012345678", colour="red",
            vin="V1", related_serial="R0",
        )
    )  # fmt: skip
    take(record("I1", line="inspection", action="periodic", mileage="1200", accepted_at="2026-04-01 00:00:00"))
    take(record("V1", line="violation", action="entry", evidence_at="2026-03-30 08:00:00", points="3"))
    rows = from_journal().set_index("id").sort_index()
    first, second, third = (rows.iloc[place] for place in range(3))
    assert (first["accepted_at"], first["day"]) == (pd.Timestamp("2026-03-31 23:59:30"), (date(2026, 3, 31) - date(1970, 1, 1)).days)
    assert second["day"] == first["day"] + 1 and second["attr.mileage"] == 1200.0 and np.isnan(first["attr.mileage"])
    assert (first["person"], first["person_region"], first["person_birth_year"]) == (key64("430702198003070017"), "4307", 1980)
    assert (first["plate"], first["plate_region"], first["plate_type"]) == (key64("湘J12345"), "湘J", "")
    assert (first["amount"], first["attr.use"], first["attr.phone"], first["attr.colour"]) == (1250.0, "A", key64("10012345678"), "red")
    assert (first["tie"], first["related"], second["related"]) == (tie("manual", "R1"), tie("manual", "R0"), 0)
    assert third["attr.evidence_at"] == pd.Timestamp("2026-03-30 08:00:00") and third["points"] == 3.0


def test_no_rows_still_have_the_columns_and_types():
    services.sync()
    empty, full = reader.read("transactions", columns=COLUMNS, **ALL), None
    take(record("R1"))
    services.sync()
    full = reader.read("transactions", columns=COLUMNS, **ALL)
    assert list(empty) == list(full) and len(empty) == 0
    assert [kind.kind for kind in empty.dtypes] == [kind.kind for kind in full.dtypes]


# the copy follows the journal


@pytest.mark.parametrize("seed", range(4))
def test_the_copy_equals_the_journal_after_random_changes(seed, monkeypatch):
    chance = random.Random(seed)
    monkeypatch.setattr(services, "MOST_FILES", chance.choice((2, 64)))
    monkeypatch.setattr(services, "SMALL_FILES", chance.choice((1, 2, 8)))
    monkeypatch.setattr(services, "ROWS_PER_CHUNK", chance.choice((3, 50_000)))
    known: dict[str, dict[str, str]] = {}
    for _round in range(8):
        delivery = {}
        for _row in range(chance.randint(1, 6)):
            serial = f"S{chance.randint(1, 12)}"
            line, action = chance.choice((("registration", "new"), ("inspection", "periodic"), ("violation", "entry")))
            at = date(2026, 1, 28) + timedelta(days=chance.randint(0, 40))
            known[serial] = record(serial, line=line, action=action, accepted_at=f"{at} 10:00:00", handler_no=f"P{chance.randint(1, 3)}")
            known[serial] |= {
                "use": chance.choice("AB"),
                "colour": chance.choice(("red", "blue")),
                "result": chance.choice(("pass", "fail")),
            }
            delivery[serial] = known[serial]
        take(*delivery.values())
        if chance.random() < 0.7:
            step = {"serial_no": chance.choice(list(known)), "seq": str(chance.randint(1, 3)), "step": chance.choice(("examine", "review"))}
            take(step | {"at": "2026-02-01 11:00:00", "staff_no": "P1"}, kind="steps")
        if chance.random() < 0.6:
            services.sync()
    services.sync()
    assert_copy_equals_journal()
    assert not Batch.objects.filter(in_columns=False).exists() and services.sync() == 0
    assert services.rebuild() == Transaction.objects.count()
    assert_copy_equals_journal()
    assert services.check() == []


def test_a_row_that_moves_to_another_line_and_month_leaves_its_old_place():
    take(record("R1"), record("R2"))
    take({"serial_no": "R1", "seq": "1", "step": "examine", "at": "2026-03-31 10:00:00"}, kind="steps")
    services.sync()
    take(record("R1", line="exam", action="study", accepted_at="2026-05-02 10:00:00"))
    services.sync()
    march = {"first_day": date(2026, 3, 1), "last_day": date(2026, 3, 31)}
    moved = Transaction.objects.get(serial_no="R1").pk
    assert moved not in reader.read("transactions", columns=["id"], **march)["id"].tolist()
    assert reader.read("steps", columns=["id"], **march).empty
    assert reader.read("steps", columns=["id", "line"], first_day=date(2026, 5, 1), last_day=date(2026, 5, 31))["line"].tolist() == ["exam"]
    assert_copy_equals_journal()


def test_a_changed_row_is_found_by_its_new_value_and_not_by_the_old_one():
    take(record("R1", handler_no="P1"))
    services.sync()
    take(record("R1", handler_no="P2"))
    services.sync()
    by = {who: len(reader.read("transactions", columns=["id"], only={"handler": [who]}, **ALL)) for who in ("P1", "P2")}
    assert by == {"P1": 0, "P2": 1}
    assert reader.read("transactions", columns=["altered"], **ALL)["altered"].tolist() == [True]


def test_reading_narrows_by_lines_days_and_keys():
    take(
        record("R1", plate_no="湘J1"),
        record("R2", plate_no="湘J2", accepted_at="2026-03-30 10:00:00"),
        record("E1", line="exam", action="study"),
    )
    services.sync()

    def serials(**narrow):
        read = reader.read("transactions", columns=["tie"], **(ALL | narrow))
        return {name for name in ("R1", "R2", "E1") if tie("manual", name) in read["tie"].tolist()}

    assert serials() == {"R1", "R2", "E1"}
    assert serials(lines=["exam"]) == {"E1"}
    assert serials(last_day=date(2026, 3, 30)) == {"R2"}
    assert serials(only={"plate": [key64("湘J1"), key64("湘J9")]}) == {"R1"}


def test_crowded_months_are_compacted_and_old_files_removed(monkeypatch):
    monkeypatch.setattr(services, "MOST_FILES", 3)
    for number in range(6):
        take(record(f"R{number % 4}", result=f"r{number}"))
        services.sync()
    listed = set(ColumnFile.objects.values_list("path", flat=True))
    assert ColumnFile.objects.filter(frame="transactions").count() <= 4
    assert listed <= {str(path.relative_to(files.root())) for path in files.root().rglob("*.parquet")}
    assert_copy_equals_journal()


def test_a_reader_with_a_list_from_before_a_compaction_reads_the_fresh_list(monkeypatch):
    take(record("R1"))
    services.sync()
    stale, fresh = {("registration", "2026-03"): ["transactions/registration/2026-03/gone.parquet"]}, reader.places
    answers = [stale]
    monkeypatch.setattr(reader, "places", lambda *narrow: answers.pop() if answers else fresh(*narrow))
    assert len(reader.read("transactions", columns=["id"], **ALL)) == 1
    ColumnFile.objects.update(path="transactions/registration/2026-03/gone.parquet")
    with pytest.raises(FileNotFoundError):
        reader.read("transactions", columns=["id"], **ALL)


# files checked


def test_an_edited_and_a_missing_file_are_reported_and_a_rebuild_mends_them():
    take(record("R1"), record("E1", line="exam", action="study"))
    services.sync()
    first, second = ColumnFile.objects.order_by("path")
    path = files.root() / first.path
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    (files.root() / second.path).unlink()
    problems = services.check()
    assert len(problems) == 2 and first.path in problems[0] and second.path in problems[1]
    services.rebuild()
    assert services.check() == []
    assert_copy_equals_journal()


def test_a_rebuild_removes_what_nobody_lists():
    stray = files.root() / "transactions" / "exam" / "2026-01" / "stray.tmp"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"half")
    services.rebuild()
    assert not stray.exists()


# one writer at a time


def test_while_another_process_writes_sync_waits_and_then_says_so():
    take(record("R1"))
    ColumnLock.objects.create(pk=1, token="other", lease_until=timezone.now() + timedelta(seconds=30))
    with pytest.raises(Conflict):
        services.sync(wait_seconds=0.2)
    assert Batch.objects.filter(in_columns=False).count() == 1
    with pytest.raises(Conflict):
        services.rebuild()


def test_a_lease_that_ran_out_is_taken_over():
    take(record("R1"))
    ColumnLock.objects.create(pk=1, token="dead", lease_until=timezone.now() - timedelta(seconds=1))
    assert services.sync() == 1
    assert ColumnLock.objects.get().lease_until is None


def test_a_writer_that_lost_its_lease_publishes_nothing_and_leaves_no_file(monkeypatch):
    take(record("R1"))
    write = files.write

    def slow_write(*args):
        ColumnLock.objects.update(token="other", lease_until=timezone.now() + timedelta(seconds=30))
        return write(*args)

    before = set(files.root().rglob("*.parquet"))
    monkeypatch.setattr(files, "write", slow_write)
    with pytest.raises(Conflict):
        services.sync()
    assert ColumnFile.objects.count() == 0 and Batch.objects.filter(in_columns=False).count() == 1
    assert set(files.root().rglob("*.parquet")) == before
    assert ColumnLock.objects.get().token == "other"


def test_months_with_many_different_words_are_read_together():
    """Each file numbers at most 127 words in one byte; all files together have more."""
    for month in (1, 2, 3):
        take(*(record(f"M{month}-{n}", terminal=f"10.0.{month}.{n}", accepted_at=f"2026-{month:02d}-10 09:00:00") for n in range(100)))
        services.sync()
    read = reader.read("transactions", columns=("id", "terminal"), **ALL)
    assert read["terminal"].astype(str).nunique() == 300
