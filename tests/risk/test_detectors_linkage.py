"""Lines that contradict each other: by what came before, what came after, and what was missing on the same day."""

import pytest

from risk.detectors.parts.params import ParamError
from risk.detectors.registry import detectors
from tests.risk.detector_rows import find, spec, staff, told, transactions


def eq(**wanted: object) -> list[dict]:
    return [{"column": column, "op": "eq", "value": value} for column, value in wanted.items()]


BOTH = {"lines": ("inspection", "registration"), "scope": {"line": ("inspection",)}}
CANCELLED = {"key": ["vin"], "other": eq(line="registration", action="cancel"), "all": eq(result="pass")}


def test_a_pass_after_the_vehicle_was_cancelled_in_another_line():
    rows = transactions(
        {"at": "2026-03-02 09:00", "line": "registration", "action": "cancel", "vin": 1, "handler": "P9"},
        {"at": "2026-03-05 09:00", "line": "inspection", "result": "pass", "vin": 1},
        {"at": "2026-03-05 09:30", "line": "inspection", "result": "pass", "vin": 2},
        {"at": "2026-03-06 09:00", "line": "inspection", "result": "fail", "vin": 1},
        {"at": "2026-03-06 10:00", "line": "registration", "result": "pass", "vin": 1},
    )
    rule = spec("linkage", CANCELLED, window_days=30, **BOTH)
    assert told(find(rule, transactions=rows)) == [("P1", "2026-03-05", "blue", 1.0, [1, 2])]
    assert detectors()["linkage"].links(rule) == ("vin",)
    revived = CANCELLED | {"unless": eq(line="registration", action="change")}
    middle = {"at": "2026-03-03 09:00", "line": "registration", "action": "change", "vin": 1}
    with_revival = transactions(*rows_of(rows), middle)
    assert len(find(rule, transactions=with_revival)) == 1
    assert find(spec("linkage", revived, window_days=30, **BOTH), transactions=with_revival).empty


def rows_of(frame):
    """The rows of a frame as what they were made from."""
    kept = ("line", "action", "vin", "result", "handler")
    return [{"at": str(row["accepted_at"])} | {name: row[name] for name in kept} for row in frame.to_dict("records")]


def test_what_comes_after_is_held_against_the_earlier_row_on_the_later_day():
    rows = transactions(
        {"at": "2026-03-02 09:00", "line": "inspection", "result": "pass", "plate": 1},
        {"at": "2026-03-04 09:00", "line": "violation", "action": "onsite", "plate": 1, "handler": "P9"},
        {"at": "2026-03-02 09:00", "line": "inspection", "result": "pass", "plate": 2},
        {"at": "2026-03-08 09:00", "line": "violation", "action": "onsite", "plate": 2, "handler": "P9"},
    )
    params = {"key": ["plate"], "other": eq(line="violation"), "all": eq(result="pass"), "relation": "after", "within": 5}
    rule = spec("linkage", params, window_days=9, lines=("inspection", "violation"), scope={"line": ("inspection",)})
    assert told(find(rule, transactions=rows)) == [("P1", "2026-03-04", "blue", 1.0, [1, 2])]
    mended = spec("linkage", params | {"unless": eq(line="violation", status="cancelled")}, window_days=9, lines=(), scope=BOTH["scope"])
    undone = transactions(*[row | {"status": "cancelled" if n == 4 else ""} for n, row in enumerate(two_of(rows), start=1)])
    assert len(find(mended, transactions=undone)) == 1
    assert find(spec("linkage", params | {"metric": "share"}, window_days=9, thresholds={"blue": 51}, **BOTH), transactions=rows).empty


def two_of(frame):
    return [
        {"at": str(row["accepted_at"])} | {name: row[name] for name in ("line", "action", "plate", "result", "handler")}
        for row in frame.to_dict("records")
    ]


def test_nobody_who_answers_for_an_auxiliary_was_at_work_that_day():
    people = staff(("A1", "auxiliary", "W1"), ("A2", "auxiliary", "W1"), ("P1", "officer", "W1"))
    people["responsible"] = people["staff"].map({"A1": "P1", "A2": "P2", "P1": ""}).astype("category")
    rows = transactions(
        {"at": "2026-03-02 09:00", "handler": "A1"},
        {"at": "2026-03-02 10:00", "handler": "A2"},
        {"at": "2026-03-02 16:00", "handler": "P1"},
        {"at": "2026-03-03 09:00", "handler": "A1"},
        {"at": "2026-03-03 10:00", "handler": "A2", "approver": "P2"},
    )
    params = {
        "key": ["handler.responsible"], "other_keys": [["handler"], ["approver"]], "relation": "same_day", "absent": True,
        "other": [{"column": "handler", "op": "not_empty"}], "all": [{"column": "handler.kind", "op": "eq", "value": "auxiliary"}],
    }  # fmt: skip
    hits = told(find(spec("linkage", params), transactions=rows, staff=people))
    assert hits == [("A1", "2026-03-03", "blue", 1.0, [4]), ("A2", "2026-03-02", "blue", 1.0, [2])]
    present = told(find(spec("linkage", params | {"absent": False}), transactions=rows, staff=people))
    assert present == [("A1", "2026-03-02", "blue", 1.0, [1, 3]), ("A2", "2026-03-03", "blue", 1.0, [5])]


def test_a_moment_told_by_the_other_row_and_a_place_that_must_differ():
    rows = transactions(
        {"at": "2026-03-02 09:00", "line": "registration", "vin": 1, "finished": "2026-03-20 00:00", "unit": "W1"},
        {"at": "2026-03-19 09:00", "line": "inspection", "result": "pass", "vin": 1, "unit": "W2"},
        {"at": "2026-03-20 09:00", "line": "inspection", "result": "pass", "vin": 1, "unit": "W2"},
        {"at": "2026-03-21 09:00", "line": "inspection", "result": "pass", "vin": 1, "unit": "W1"},
    )
    params = {"key": ["vin"], "other": eq(line="registration"), "start": "finished_at", "at_least": 0, "differs": ["unit"]}
    assert told(find(spec("linkage", params, window_days=60, **BOTH), transactions=rows)) == [("P1", "2026-03-20", "blue", 1.0, [1, 3])]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"key": []}, "key and other are needed"),
        ({"other_keys": [["vin", "plate"]]}, "as many columns as key"),
        ({"relation": "same_day", "within": 3}, "the same day takes neither"),
        ({"absent": True, "relation": "after"}, "absent is of what came before"),
        ({"absent": True}, "absent before needs within"),
        ({"within": 30}, "window_days must be longer"),
    ],
)
def test_contradictions_that_make_no_sense_are_refused(params, message):
    with pytest.raises(ParamError, match=message):
        spec("linkage", CANCELLED | params, window_days=30)
