"""Forbidden successions between rows of one vehicle or person, and steps of one business out of order."""

import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import find, spec, steps, told, transactions


def eq(column: str, value: object) -> list[dict]:
    return [{"column": column, "op": "eq", "value": value}]


RETEST = {"key": ["plate"], "first": eq("result", "fail"), "all": eq("result", "pass"), "within": 30, "unit": "minute"}
LOST_TITLE = {"key": ["vin"], "first": eq("action", "plate"), "all": eq("action", "mortgage"), "differs": ["agent"], "within": 7}


def test_fail_then_pass_of_one_vehicle_within_minutes_is_held_against_who_passed_it():
    rows = transactions(
        {"at": "2026-03-02 09:00", "plate": 1, "result": "fail", "handler": "P1"},
        {"at": "2026-03-02 09:10", "plate": 2, "result": "pass", "handler": "P2"},
        {"at": "2026-03-02 09:30", "plate": 1, "result": "pass", "handler": "P2"},
        {"at": "2026-03-02 09:31", "plate": 3, "result": "fail", "handler": "P2"},
        {"at": "2026-03-02 10:02", "plate": 3, "result": "pass", "handler": "P2"},
        {"at": "2026-03-02 10:03", "plate": 0, "result": "fail"},
        {"at": "2026-03-02 10:04", "plate": 0, "result": "pass"},
    )
    assert told(find(spec("sequence", RETEST, window_days=2), transactions=rows)) == [("P2", "2026-03-02", "blue", 1.0, [1, 3])]


def test_the_last_such_row_before_counts_and_a_repair_between_makes_it_right():
    rows = transactions(
        {"at": "2026-03-02 09:00", "plate": 1, "result": "fail"},
        {"at": "2026-03-02 09:10", "plate": 1, "result": "fail"},
        {"at": "2026-03-02 09:15", "plate": 1, "result": "repaired"},
        {"at": "2026-03-02 09:20", "plate": 1, "result": "pass"},
        {"at": "2026-03-02 09:25", "plate": 1, "result": "pass"},
    )
    assert [hit[4] for hit in told(find(spec("sequence", RETEST, window_days=2), transactions=rows))] == [[2, 4, 5]]
    mended = RETEST | {"unless": eq("result", "repaired")}
    assert find(spec("sequence", mended, window_days=2), transactions=rows).empty
    early = rows.assign(accepted_at=rows["accepted_at"].where(rows["result"] != "repaired", rows["accepted_at"].min()))
    assert len(find(spec("sequence", mended, window_days=2), transactions=early)) == 1


def test_what_must_differ_must_be_known_and_different():
    base = [{"at": "2026-03-02 09:00", "vin": n, "action": "plate", "agent": agent} for n, agent in ((1, 5), (2, 5), (3, 0))]
    after = [{"at": "2026-03-06 09:00", "vin": n, "action": "mortgage", "agent": agent} for n, agent in ((1, 6), (2, 5), (3, 6))]
    rows = transactions(*base, *after)
    assert told(find(spec("sequence", LOST_TITLE, window_days=9), transactions=rows)) == [("P1", "2026-03-06", "blue", 1.0, [1, 4])]


def test_only_what_lies_wholly_in_the_window_counts():
    rows = transactions(
        {"at": "2026-03-02 09:00", "plate": 1, "action": "cancel"}, {"at": "2026-03-07 09:00", "plate": 1, "action": "transfer"}
    )
    revived = {"key": ["plate"], "first": eq("action", "cancel"), "all": eq("action", "transfer")}
    assert find(spec("sequence", revived, window_days=5), transactions=rows).empty
    assert told(find(spec("sequence", revived, window_days=6), transactions=rows)) == [("P1", "2026-03-07", "blue", 1.0, [1, 2])]
    assert find(spec("sequence", revived | {"at_least": 6}, window_days=6), transactions=rows).empty


def test_a_row_before_which_nothing_came():
    lacking = {"key": ["plate"], "first": eq("action", "impound"), "all": eq("action", "release"), "within": 3, "absent": True}
    rows = transactions(
        {"at": "2026-03-02 09:00", "plate": 1, "action": "impound"},
        {"at": "2026-03-05 09:00", "plate": 1, "action": "release"},
        {"at": "2026-03-05 10:00", "plate": 2, "action": "release"},
    )
    assert told(find(spec("sequence", lacking, window_days=4), transactions=rows)) == [("P1", "2026-03-05", "blue", 1.0, [3])]
    share = lacking | {"metric": "share"}
    assert told(find(spec("sequence", share, window_days=4, thresholds={"blue": 50}), transactions=rows))[0][3:] == (50.0, [3])


def test_what_did_not_come_is_only_said_while_its_whole_lag_lies_in_the_window():
    lacking = {"key": ["plate"], "first": eq("action", "impound"), "all": eq("action", "release"), "within": 3, "absent": True}
    rows = transactions(*[{"at": f"2026-03-0{n} 09:00", "plate": n, "action": "release"} for n in (5, 6)])
    hits = {days: told(find(spec("sequence", lacking, window_days=days), transactions=rows))[-1][4] for days in (4, 5)}
    assert hits == {4: [2], 5: [1, 2]}


def test_steps_reversed_missing_or_repeated():
    rows = transactions(*[{"at": "2026-03-02 09:00"} for _ in range(5)])
    trail = steps(
        (1, 1, "pay", "P1", "2026-03-02 10:00"), (1, 2, "release", "P1", "2026-03-02 10:30"),
        (2, 1, "pay", "P1", "2026-03-02 10:30"), (2, 2, "release", "P1", "2026-03-02 10:10"),
        (3, 1, "release", "P1", "2026-03-02 10:00"),
        (4, 1, "pay", "P1", "2026-03-02 10:00"),
        (5, 1, "pay", "P1", "2026-03-02 10:00"), (5, 2, "pay", "P1", "2026-03-02 10:01"),
    )  # fmt: skip
    order = {"steps": ["pay", "release"]}
    found = {
        fault: told(find(spec("sequence", order | {"faults": [fault], "tolerance": tolerance}), transactions=rows, steps=trail))
        for fault, tolerance in (("reversed", 19), ("missing", 0), ("repeated", 0))
    }
    assert {fault: hits[0][4] for fault, hits in found.items()} == {"reversed": [2], "missing": [3], "repeated": [5]}
    assert find(spec("sequence", order | {"faults": ["reversed"], "tolerance": 20}), transactions=rows, steps=trail).empty
    share = spec("sequence", order | {"metric": "share"}, thresholds={"blue": 60})
    assert told(find(share, transactions=rows, steps=trail)) == [("P1", "2026-03-02", "blue", 60.0, [2, 3, 5])]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "either key or steps"),
        (RETEST | {"steps": ["pay", "issue"]}, "either key or steps"),
        ({"key": ["plate"]}, "key needs first"),
        ({"steps": ["pay", "pay"]}, "at least two different names"),
        ({"steps": ["pay", "issue"], "faults": ["late"]}, "faults of"),
        (RETEST | {"absent": True, "differs": ["agent"]}, "absent needs within"),
        (RETEST | {"at_least": -1}, "cannot be negative"),
        (LOST_TITLE | {"within": 1}, "window_days must be longer"),
        (RETEST | {"key": ["weather"]}, "no such column"),
    ],
)
def test_successions_that_make_no_sense_are_refused(params, message):
    with pytest.raises(ParamError, match=message):
        spec("sequence", params)
