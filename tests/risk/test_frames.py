"""Frames: the same rows whether they come from the columnar copy or, for a few subjects, straight from the database."""

import random
from datetime import date, time

import pandas as pd
import pytest
from django.db import connection

from ledger.columns import services
from ledger.columns.hashing import tie
from ledger.columns.queries import transactions_of
from ledger.intake.services import take_records
from ledger.roster.models import Shift
from risk import frames
from risk.frames import ledger_frames
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.services]
MARCH = {"first_day": date(2026, 3, 1), "last_day": date(2026, 3, 31)}
COLUMNS = ("id", "tie", "day", "line", "handler", "person", "plate", "accepted_at", "amount", "altered", "attr.use")
NEEDS = {"transactions": COLUMNS, "steps": ("id", "seq", "step", "at"), "related": ("tie", "handler", "action")}


def record(serial_no: str, day: int, **fields: str) -> dict[str, str]:
    base = {"line": "registration", "action": "new", "unit_code": "U1", "handler_no": "P1", "accepted_at": f"2026-03-{day:02d} 10:00:00"}
    return {"serial_no": serial_no, "use": "A"} | base | fields


@pytest.fixture(autouse=True)
def ledger():
    unit = builders.make_unit(code="U1", kind="window")
    builders.make_unit(code="U2", kind="window")
    post = builders.make_post("R")
    builders.make_posting(builders.make_staff(unit, staff_no="P1"), post, unit, start=date(2020, 1, 1), end=date(2026, 3, 5))
    builders.make_agency(unit, code="A1", kind="dealer")
    rows = [record("OLD", 1, accepted_at="2025-01-01 10:00:00", handler_no="P9")]
    rows += [record(f"R{day}", day, person_id_no=f"43070219800101{day:04d}", plate_no=f"湘J{day % 3}") for day in range(2, 12)]
    rows += [
        record("R20", 20, handler_no="P2", related_serial="OLD"),
        record("R21", 21, related_serial="R20"),
        record("X1", 5, line="exam", action="study"),
    ]
    take_records(kind="transactions", records=rows, source="manual")
    take_records(kind="transactions", records=[record("R2", 2, amount="5.00")], source="manual")
    steps = [{"serial_no": f"R{day}", "seq": "1", "step": "examine", "at": f"2026-03-{day:02d} 10:30:00"} for day in range(2, 8)]
    take_records(kind="steps", records=steps, source="manual")
    services.sync()


def plain(frame: pd.DataFrame, *order: str) -> pd.DataFrame:
    values = {
        name: frame[name].astype(str) if isinstance(frame[name].dtype, pd.CategoricalDtype) else frame[name] for name in sorted(frame)
    }
    return pd.DataFrame(values).sort_values(list(order)).reset_index(drop=True)


@pytest.mark.parametrize("subject", [("handler", ["P1", "P2"]), ("plate", ["湘J1"]), ("person", ["430702198001010004"])])
def test_a_few_subjects_read_from_the_database_are_as_in_the_copy(subject, monkeypatch):
    direct = frames.load(NEEDS, lines=("registration",), subject=subject, **MARCH)
    monkeypatch.setattr(ledger_frames, "FEW_SUBJECTS", 0)
    copied = frames.load(NEEDS, lines=("registration",), subject=subject, **MARCH)
    assert len(direct["transactions"]) > 0
    for name, order in (("transactions", ["id"]), ("steps", ["id", "seq"]), ("related", ["tie"])):
        pd.testing.assert_frame_equal(plain(direct[name], *order), plain(copied[name], *order), check_dtype=False)


def test_related_rows_are_the_same_from_the_copy_and_from_the_database(monkeypatch):
    """Rows point to others of other days, lines and sources' numbers, to each other, to themselves and to nothing."""
    rng = random.Random(26)
    serials = [f"{prefix}{number}" for prefix in ("R", "X", "O") for number in range(2, 12)] + ["OLD", "R20", "NEVER"]
    for source in ("manual", "other"):
        rows = [record(f"X{day}", day, line="exam", action="study", related_serial=rng.choice(serials)) for day in range(2, 12)]
        rows += [record(f"O{n}", 1, accepted_at=f"2024-0{n % 9 + 1}-05 09:00:00", related_serial=f"O{n}") for n in range(2, 12)]
        rows += [record(f"P{n}", n, related_serial=rng.choice(serials), handler_no="P3") for n in range(2, 28)]
        take_records(kind="transactions", records=rows, source=source)
    services.sync()
    needs = {"transactions": ("id", "related"), "related": ("id", "tie", "day", "line", "source", "handler", "accepted_at", "altered")}
    for lines in ((), ("registration",), ("exam",)):
        for days in (MARCH, {"first_day": date(2026, 3, 9), "last_day": date(2026, 3, 12)}, {"first_day": date.min, "last_day": date.max}):
            from_database = frames.load(needs, lines=lines, **days)["related"]
            # None at all from the database, and only those that the lines asked for do not have.
            for few in (0, 19):
                monkeypatch.setattr(ledger_frames, "FEW_POINTING", few)
                from_copy = frames.load(needs, lines=lines, **days)["related"]
                monkeypatch.undo()
                pd.testing.assert_frame_equal(plain(from_database, "id"), plain(from_copy, "id"))
                assert len(from_copy)


def test_related_rows_come_whatever_their_day():
    loaded = frames.load(NEEDS, lines=("registration",), **MARCH)
    assert set(loaded["related"]["tie"]) == {tie("manual", "OLD"), tie("manual", "R20")}
    assert tie("manual", "OLD") not in set(loaded["transactions"]["tie"])


def test_openings_are_those_of_the_units_loaded_with_their_shifts_and_reach_beyond_the_days():
    Shift.objects.create(unit_code="U1", date=date(2026, 3, 7), start=time(9), end=time(11))
    needs = {"transactions": ("id", "day"), "openings": ("unit", "line", "day", "start", "end")}
    opened = frames.load(needs, lines=("registration",), **MARCH)["openings"]
    saturday = opened[opened["day"] == (date(2026, 3, 7) - date(1970, 1, 1)).days]
    assert set(opened["unit"]) == {"U1"} and set(opened["line"]) == {"registration"}
    assert saturday[["start", "end"]].to_numpy().tolist() == [[540, 660]]
    assert opened["day"].max() > (date(2026, 4, 20) - date(1970, 1, 1)).days


def test_nothing_to_load_still_has_every_frame_with_its_columns():
    needs = NEEDS | {"openings": ("unit", "line", "day", "start", "end"), "staff": ("staff", "kind"), "postings": ("staff", "start", "end")}
    needs |= {"agencies": ("agency", "kind"), "units": ("unit", "kind")}
    loaded = frames.load(needs, lines=("accident",), **MARCH)
    assert loaded["transactions"].empty and loaded["steps"].empty and loaded["related"].empty and loaded["openings"].empty
    assert all(set(columns) <= set(loaded[name]) for name, columns in needs.items())
    assert loaded["postings"].iloc[0].to_dict()["end"] == (date(2026, 3, 5) - date(1970, 1, 1)).days
    assert loaded["staff"]["kind"].tolist() == ["officer"] and loaded["agencies"]["kind"].tolist() == ["dealer"]
    assert dict(zip(loaded["units"]["unit"], loaded["units"]["kind"], strict=True))["U1"] == "window"


def test_what_is_kept_is_read_once_and_widened_when_more_of_it_is_asked_for():
    kept: dict[str, pd.DataFrame] = {}

    def staff(*columns: str) -> pd.DataFrame:
        return frames.load({"complaints": ("id",), "staff": columns}, lines=(), base="complaints", kept=kept, **MARCH)["staff"]

    first = staff("staff", "kind")
    assert staff("kind") is first
    wider = staff("unit")
    assert set(wider) == {"staff", "kind", "unit"} and staff("staff", "kind", "unit") is wider
    assert set(kept) == {"staff"}


def test_an_unknown_frame_is_an_error_and_a_name_belongs_to_one_loader():
    with pytest.raises(KeyError, match="no frame named clouds"):
        frames.load({"clouds": ("id",)}, lines=(), **MARCH)
    with pytest.raises(ValueError, match="two loaders for the frame staff"):
        frames.register("staff", lambda request: pd.DataFrame())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, and rightly")
@pytest.mark.parametrize("column", ["agent", "person", "plate", "agency", "handler"])
def test_a_few_subjects_are_found_by_index_and_not_by_reading_the_whole_ledger(column):
    plan = transactions_of(column, ["A", "B"], lines=(), first_day=date(2026, 1, 1), last_day=date(2026, 2, 1)).explain()
    assert "USING INDEX" in plan and "SCAN ledger_transaction" not in plan
