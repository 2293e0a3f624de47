"""Records changed afterwards and records that came late, but not a feed that was late as a whole."""

import numpy as np
import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import find, spec, steps, told, transactions

LATE = {"test": "late", "hours": 24}


def test_altered_rows_that_were_approved():
    rows = transactions(
        {"at": "2026-03-02 09:00", "altered": True}, {"at": "2026-03-02 10:00"}, {"at": "2026-03-03 09:00", "altered": True}
    )
    trail = steps((1, 1, "approve", "P7", "2026-03-02 12:00"), (2, 1, "approve", "P7", "2026-03-02 12:00"))
    approved = {"all": [{"column": "step.approve.present", "op": "eq", "value": "yes"}]}
    assert told(find(spec("revision", {}, window_days=2), transactions=rows))[-1] == ("P1", "2026-03-03", "blue", 2.0, [1, 3])
    assert told(find(spec("revision", approved, window_days=2), transactions=rows, steps=trail)) == [("P1", "2026-03-02", "blue", 1.0, [1])]
    share = spec("revision", approved | {"metric": "share"}, window_days=2, thresholds={"blue": 50})
    assert told(find(share, transactions=rows, steps=trail)) == [("P1", "2026-03-02", "blue", 50.0, [1])]


def test_rows_entered_more_than_a_day_after_the_time_they_tell():
    rows = transactions(
        *[{"at": f"2026-03-02 0{n}:00", "arrived": f"2026-03-03 0{n}:00"} for n in range(1, 4)],
        {"at": "2026-03-02 08:00", "arrived": "2026-03-03 08:01"},
        {"at": "2026-03-02 09:00", "arrived": "NaT"},
    )
    assert told(find(spec("revision", LATE), transactions=rows)) == [("P1", "2026-03-02", "blue", 1.0, [4])]
    share = spec("revision", LATE | {"metric": "share"}, min_n=5, thresholds={"blue": 20})
    assert told(find(share, transactions=rows)) == [("P1", "2026-03-02", "blue", 20.0, [4])]


def test_where_most_of_a_day_came_late_the_feed_was_late_and_nobody_entered_anything_afterwards():
    made = [{"at": f"2026-03-02 09:0{n}", "arrived": f"2026-03-0{5 if n < 3 else 2} 10:00"} for n in range(6)]
    made += [{"at": f"2026-03-03 09:0{n}", "arrived": f"2026-03-0{5 if n < 2 else 3} 10:00"} for n in range(4)]
    rows = transactions(*made)
    assert len(find(spec("revision", LATE), transactions=rows)) == 2
    rows.loc[5, "arrived_at"] = np.datetime64("2026-03-05 10:00")
    hits = find(spec("revision", LATE, window_days=2), transactions=rows)
    assert told(hits) == [("P1", "2026-03-03", "blue", 2.0, [7, 8])]
    assert len(find(spec("revision", LATE | {"feed_percent": 67}), transactions=rows)) == 2


def test_rows_of_nobody_say_nothing_of_the_feed_of_anybody():
    nobody = [{"at": f"2026-03-02 10:0{n}", "arrived": "2026-03-09 10:00", "handler": ""} for n in range(5)]
    rows = transactions({"at": "2026-03-02 09:00"}, {"at": "2026-03-02 09:30", "arrived": "2026-03-09 10:00"}, *nobody)
    assert told(find(spec("revision", LATE), transactions=rows)) == [("P1", "2026-03-02", "blue", 1.0, [2])]


@pytest.mark.parametrize(
    ("params", "message"),
    [({"test": "late"}, "hours belongs"), ({"hours": 3}, "hours belongs"), (LATE | {"feed_percent": 0}, "feed_percent is above 0")],
)
def test_changes_that_make_no_sense_are_refused(params, message):
    with pytest.raises(ParamError, match=message):
        spec("revision", params)
