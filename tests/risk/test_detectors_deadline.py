"""Terms: done too late, still open too long, and nothing counted beyond the present moment."""

import numpy as np
import pandas as pd
import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import category, day, find, openings, spec, steps, told, transactions

TEN_DAYS = {"start": "accepted_at", "end": "finished_at", "limit": 10}


def now(text: str) -> pd.DataFrame:
    return pd.DataFrame({"at": np.array([text], dtype="datetime64[us]")})


def impounds(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Rows of (taken, due, released or "NaT") of one unit, as a frame of records."""
    taken, due, released = (np.array(values, dtype="datetime64[us]") for values in zip(*rows, strict=True))
    count = np.arange(1, len(rows) + 1, dtype=np.int64)
    days = taken.astype("datetime64[D]").astype(np.int64).astype(np.int32)
    names = {"line": category([""] * len(rows)), "unit": category(["D1"] * len(rows))}
    return pd.DataFrame({"id": count, "tie": count, "day": days, "accepted_at": taken, "due_at": due, "released_at": released} | names)


def test_what_is_done_counts_by_its_end_and_what_is_open_by_the_clock():
    rows = transactions(
        {"at": "2026-03-02 09:00", "finished": "2026-03-12 09:00"},
        {"at": "2026-03-02 10:00", "finished": "2026-03-12 10:01"},
        {"at": "2026-03-03 09:00"},
        {"at": "2026-03-04 09:00"},
    )
    rule = spec("deadline", TEN_DAYS, window_days=30)
    assert told(find(rule, transactions=rows, now=now("2026-03-13 12:00"))) == [
        ("P1", "2026-03-02", "blue", 1.0, [2]),
        ("P1", "2026-03-03", "blue", 2.0, [2, 3]),
    ]
    assert told(find(rule, transactions=rows, now=now("2026-03-14 12:00")))[-1] == ("P1", "2026-03-04", "blue", 3.0, [2, 3, 4])


def test_an_open_row_grows_graver_by_the_clock_alone():
    rows = transactions({"at": "2026-03-02 09:00"})
    rule = spec("deadline", {"start": "accepted_at", "end": "archive", "metric": "value"}, thresholds={"blue": 3, "red": 20})
    levels = [
        [(hit[2], round(hit[3], 2)) for hit in told(find(rule, transactions=rows, steps=steps(), now=now(at)))]
        for at in ("2026-03-05 08:59", "2026-03-05 09:00", "2026-03-23 21:00")
    ]
    assert levels == [[], [("blue", 3.0)], [("red", 21.5)]]


def test_the_future_counts_for_nothing():
    rows = transactions({"at": "2026-03-02 09:00", "finished": "2031-01-01 09:00"}, {"at": "2031-03-02 09:00"})
    assert find(spec("deadline", TEN_DAYS), transactions=rows, now=now("2026-03-12 09:00")).empty
    hits = find(spec("deadline", TEN_DAYS), transactions=rows, now=now("2026-03-12 09:01"))
    assert told(hits) == [("P1", "2026-03-02", "blue", 1.0, [1])]


def test_without_open_rows_there_is_no_clock():
    rows = transactions({"at": "2026-03-02 09:00"}, {"at": "2026-03-02 09:30", "finished": "2026-03-20 09:00"})
    rule = spec("deadline", TEN_DAYS | {"open_rows": False})
    assert told(find(rule, transactions=rows)) == [("P1", "2026-03-02", "blue", 1.0, [2])]


def test_share_of_all_rows_in_scope():
    rows = transactions(*[{"at": f"2026-03-02 09:0{n}", "finished": "2026-03-02 12:00" if n else "NaT"} for n in range(4)])
    rule = spec("deadline", TEN_DAYS | {"metric": "share"}, min_n=4, thresholds={"blue": 25.0})
    assert told(find(rule, transactions=rows, now=now("2026-04-01 09:00"))) == [("P1", "2026-03-02", "blue", 25.0, [1])]
    assert find(rule, transactions=rows[:3], now=now("2026-04-01 09:00")).empty


def test_working_days_leave_out_the_days_on_which_the_unit_is_closed():
    rows = transactions({"at": "2026-02-27 16:00"})
    rule = spec("deadline", {"start": "accepted_at", "end": "archive", "limit": 3, "unit": "workday"})
    office = openings("2026-02-01", "2026-05-01", closed=("2026-03-04",))
    late = [len(find(rule, transactions=rows, steps=steps(), openings=office, now=now(f"2026-03-0{n} 09:00"))) for n in range(1, 10)]
    assert late == [0, 0, 0, 0, 0, 1, 1, 1, 1]


def test_records_are_measured_past_the_end_of_their_own_term():
    rows = impounds(
        ("2026-03-02 09:00", "2026-04-01 00:00", "2026-03-20 09:00"),
        ("2026-03-02 09:00", "2026-04-01 00:00", "2026-04-03 00:00"),
        ("2026-03-02 09:00", "2026-04-01 00:00", "NaT"),
    )
    rule = spec(
        "deadline",
        {"due": "due_at", "end": "released_at", "metric": "value"},
        frame="impounds",
        subject_kind="unit",
        subject_column="unit",
        thresholds={"blue": 1, "yellow": 15},
    )
    assert told(find(rule, impounds=rows, now=now("2026-04-02 12:00"))) == [("D1", "2026-03-02", "blue", 1.5, [2, 3])]
    assert told(find(rule, impounds=rows, now=now("2026-04-16 00:00"))) == [("D1", "2026-03-02", "yellow", 15.0, [2, 3])]
    assert find(rule, impounds=rows, now=now("2026-04-01 00:00")).empty


def test_working_days_of_a_record_without_a_line_are_those_on_which_every_line_is_open():
    office = openings("2026-02-01", "2026-05-01", units=("D1",))
    everyday = pd.DataFrame({"day": np.arange(day("2026-02-01"), day("2026-05-01"), dtype=np.int32)}).assign(start=0, end=1440)
    everyday = everyday.assign(unit=category(["D1"] * len(everyday)), line=category(["accident"] * len(everyday)))
    both = pd.concat([office, everyday], ignore_index=True).astype({"unit": "category", "line": "category"})
    rule = spec(
        "deadline",
        {"start": "accepted_at", "end": "released_at", "metric": "value", "unit": "workday"},
        frame="impounds",
        subject_kind="unit",
        subject_column="unit",
    )
    rows = impounds(("2026-02-27 09:00", "NaT", "NaT"))
    observed = [told(find(rule, impounds=rows, openings=both, now=now(f"2026-03-{n:02d} 12:00")))[0][3] for n in (2, 9)]
    assert observed == [1.0, 6.0]


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        ({"start": "accepted_at"}, {}, "end is needed"),
        ({"end": "finished_at"}, {}, "either start or due"),
        (TEN_DAYS | {"due": "due_at"}, {}, "either start or due"),
        ({"start": "accepted_at", "end": "finished_at"}, {}, "limit is needed"),
        ({"due": "due_at", "end": "released_at", "limit": 3}, {}, "take none"),
        ({"due": "due_at", "end": "released_at", "unit": "workday"}, {}, "hours or days"),
        (TEN_DAYS | {"limit": -1}, {}, "cannot be negative"),
        ({"start": "accepted_at", "end": "finished_at", "metric": "value"}, {"window_days": 2}, "window_days must be 1"),
        (TEN_DAYS, {"op": "<="}, "op must be >="),
        (TEN_DAYS | {"end": "step.pay.staff"}, {}, "is not a time"),
    ],
)
def test_terms_that_make_no_sense_are_refused(params, parts, message):
    with pytest.raises(ParamError, match=message):
        spec("deadline", params, **parts)
