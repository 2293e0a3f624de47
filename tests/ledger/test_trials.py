"""A dry run: it writes nothing, and what it says is what the import then does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake import deliveries, taking, trials, uploads
from ledger.intake.models import Quarantined, Upload
from ledger.journal.models import Delivery
from ledger.roster.models import Unit, User
from tests.ledger.filing import HEADER, STEP_HEADER, csv_text, found_town, make_clerk, row, step, tell

pytestmark = pytest.mark.django_db
COUNTS = ("received", "accepted", "revised", "duplicate", "rejected", "waiting")


@pytest.fixture
def clerk(db: None) -> User:
    found_town()
    return make_clerk()


def put(folder: Path, text: str, actor: User, name: str = "transactions.csv") -> Upload:
    path = folder / "sent"
    path.write_text(text, encoding="utf-8")
    return uploads.look(upload=uploads.put(path=path, name=name, actor=actor))


def tried(upload: Upload, actor: User, **options: Any) -> dict[str, Any]:
    return trials.try_out(upload=uploads.ask_trial(upload=upload, actor=actor), **options).trial


def rows_of_every_table() -> dict[str, int]:
    """The number of rows of every table but the two a trial may speak in, which must not grow either."""
    with connection.cursor() as cursor:
        found = {}
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')
            found[model._meta.db_table] = cursor.fetchone()[0]
    return found


def taken(upload: Upload, actor: User) -> Delivery:
    (delivery,) = uploads.take(uploads=[upload], actor=actor).deliveries
    deliveries.take(delivery)
    return Delivery.objects.get(pk=delivery.pk)


FILES = {
    "transactions": (
        HEADER,
        [
            row(),
            row(serial_no="T2", amount="1,5"),
            row(serial_no="T3", unit_code="NO"),
            row(),
            row(points="4"),
            row(serial_no="OLD", points="5"),
        ],
    ),
    "steps": (STEP_HEADER, [step(serial_no="OLD"), step(serial_no="OLD", seq="x"), step(serial_no="GONE")]),
    "units": (
        ("code", "name", "kind", "parent_code"),
        [{"code": "S9", "name": "九中队", "kind": "squad", "parent_code": "D1"}, {"code": "D1"}],
    ),
    "staff": (
        ("staff_no", "name", "kind", "unit_code"),
        [{"staff_no": "070009", "name": "周某", "kind": "officer", "unit_code": "D1"}] * 2,
    ),
    "complaints": (
        ("complaint_no", "received_at", "unit_code", "content"),
        [{"complaint_no": "K1", "received_at": "2026-03-02 09:00", "unit_code": unit} for unit in ("D1", "NO")],
    ),
    "impounds": (("serial_no", "lot"), [{"serial_no": "OLD", "lot": "一号场"}, {"serial_no": "V2", "lot": "二号场"}]),
}


@pytest.mark.services
@pytest.mark.parametrize("kind", FILES)
def test_a_trial_writes_nothing_and_says_what_the_import_then_does(clerk: User, tmp_path: Path, kind: str):
    tell(row(serial_no="OLD"))
    upload = uploads.ask_trial(upload=put(tmp_path, csv_text(*FILES[kind]), clerk, name=f"{kind}.csv"), actor=clerk)
    before = rows_of_every_table()
    found = trials.try_out(upload=upload)
    assert rows_of_every_table() == before
    counts = found.trial["counts"]
    assert found.state == Upload.State.TRIED
    assert counts["received"] == len(FILES[kind][1]) == sum(counts[name] for name in (*COUNTS[1:], "again"))
    done = taken(found, clerk)
    assert {name: counts[name] for name in COUNTS} == {name: getattr(done, name) for name in COUNTS}
    refused = Quarantined.objects.filter(delivery=done).exclude(state="waiting")
    assert {(told["reason"], told["column"]) for told in found.trial["reasons"]} == set(refused.values_list("reason", "column"))
    assert sum(told["count"] for told in found.trial["reasons"]) == done.rejected


LETTERS = st.sampled_from(["A", "B", "C", "D"])
LINES = st.lists(
    st.builds(lambda serial, points, unit: row(serial_no=serial, points=points, unit_code=unit), LETTERS, st.sampled_from("123"), LETTERS),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=LINES)
def test_rows_that_meet_again_in_a_later_block_are_told_apart_from_all_others(clerk: User, tmp_path: Path, rows: list[dict[str, str]]):
    Unit.objects.get_or_create(code="A", defaults={"name": "甲", "kind": "squad", "path": "ZZZZ", "depth": 1})
    blocks, before = (taking.BLOCK, trials.BLOCK), Delivery.objects.count()
    trials.BLOCK = 3
    try:
        counts = tried(put(tmp_path, csv_text(HEADER, rows), clerk), clerk)["counts"]
    finally:
        taking.BLOCK, trials.BLOCK = blocks
    assert Delivery.objects.count() == before
    first: set[str] = set()
    again = 0
    for start in range(0, len(rows), 3):
        good = [one["serial_no"] for one in rows[start : start + 3] if one["unit_code"] == "A"]
        again += sum(serial in first for serial in good)
        first.update(good)
    assert counts["again"] == again
    assert counts["accepted"] == len(first)
    assert counts["rejected"] == sum(one["unit_code"] != "A" for one in rows)
    assert counts["received"] == len(rows) == sum(counts[name] for name in (*COUNTS[1:], "again"))


def test_reasons_come_most_frequent_first_with_one_example_masked(clerk: User, tmp_path: Path):
    rows = [row(serial_no=f"T{number}", unit_code="NO") for number in range(3)]
    rows += [row(serial_no="X1", person_id_no="4.30702198001010E+17"), row(serial_no="X2", phone="13900000000", points="99")]
    found = tried(put(tmp_path, csv_text((*HEADER, "person_id_no"), rows), clerk), clerk)
    assert [(told["reason"], told["count"], told["row"]) for told in found["reasons"]] == [
        ("unknown_unit", 3, 2),
        ("float_id", 1, 5),
        ("bad_points", 1, 6),
    ]
    assert found["reasons"][1]["value"] == "4.30**17"


def test_of_a_huge_file_the_first_rows_are_tried_and_that_is_said(clerk: User, tmp_path: Path):
    upload = put(tmp_path, csv_text(HEADER, [row(serial_no=f"T{number}") for number in range(7)]), clerk)
    assert tried(upload, clerk, limit=5)["truncated_after"] == 5
    assert tried(upload, clerk, limit=7)["truncated_after"] is None


def test_units_and_staff_of_files_not_yet_taken_count_as_known(clerk: User, tmp_path: Path):
    rows = [row(unit_code="Q1", handler_no="070077")]
    upload = put(tmp_path, csv_text(HEADER, rows), clerk)
    assert tried(upload, clerk)["counts"]["rejected"] == 1
    units = put(tmp_path, "code,name,kind,parent_code\nQ1,新中队,squad,D1\n", clerk, name="units.csv")
    put(tmp_path, "staff_no,name,kind,unit_code\n070077,周某,officer,Q1\n", clerk, name="staff.csv")
    found = tried(upload, clerk)
    assert (found["counts"]["accepted"], found["assumed"]) == (1, ["units.csv", "staff.csv"])
    uploads.drop(upload=units, actor=clerk)
    assert tried(upload, clerk)["counts"]["rejected"] == 1


@pytest.mark.services
def test_the_background_looks_at_and_tries_what_is_asked_for_once(clerk: User, tmp_path: Path):
    path = tmp_path / "sent"
    path.write_text(csv_text(HEADER, [row()]))
    upload = uploads.put(path=path, name="transactions.csv", actor=clerk)
    assert trials.try_pending() == 1
    upload.refresh_from_db()
    assert upload.kind == "transactions"
    uploads.ask_trial(upload=upload, actor=clerk)
    assert trials.try_pending() == 1
    upload.refresh_from_db()
    assert (upload.state, upload.trial["counts"]["accepted"]) == ("tried", 1)
    assert trials.try_pending() == 0


def test_what_another_process_works_on_is_left_alone_until_its_time_is_over(clerk: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    upload = uploads.ask_trial(upload=put(tmp_path, csv_text(HEADER, [row()]), clerk), actor=clerk)
    monkeypatch.setattr(trials, "try_out", lambda **_options: None)  # the process is killed in the middle
    assert trials.try_pending() == 1
    monkeypatch.undo()
    assert trials.try_pending() == 0
    assert trials.try_pending(now=timezone.now() + trials.LEASE + timedelta(seconds=1)) == 1
    upload.refresh_from_db()
    assert upload.state == "tried"


def test_a_trial_that_always_breaks_is_given_up_and_can_be_asked_for_again(clerk: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    upload = uploads.ask_trial(upload=put(tmp_path, csv_text(HEADER, [row()]), clerk), actor=clerk)
    monkeypatch.setattr(trials, "try_out", lambda **_options: None)
    later = [timezone.now() + number * (trials.LEASE + timedelta(minutes=1)) for number in range(1, 6)]
    assert [trials.try_pending(now=now) for now in later] == [1, 1, 1, 0, 0]
    upload.refresh_from_db()
    assert uploads.given_up(upload.trial)
    assert not uploads.given_up(uploads.ask_trial(upload=upload, actor=clerk).trial)


def test_a_trial_of_what_was_changed_meanwhile_is_thrown_away(clerk: User, tmp_path: Path):
    asked = uploads.ask_trial(upload=put(tmp_path, csv_text(HEADER, [row()]), clerk), actor=clerk)
    uploads.change(upload=asked, actor=clerk, kind="transactions", sheet="", source="vms", backfill=False)
    assert trials.try_out(upload=asked).state == "new"
    taken(uploads.look(upload=Upload.objects.get(pk=asked.pk)), clerk)
    assert trials.try_out(upload=asked).state == "taken"


def test_a_file_that_cannot_be_read_when_it_is_tried_gets_its_problem(clerk: User, tmp_path: Path):
    upload = uploads.ask_trial(upload=put(tmp_path, csv_text(HEADER, [row()]), clerk), actor=clerk)
    Upload.objects.filter(pk=upload.pk).update(kind="staff")
    upload.refresh_from_db()
    found = trials.try_out(upload=upload)
    assert (found.state, found.trial) == ("new", {})
    assert found.problem.startswith("transactions.csv")
