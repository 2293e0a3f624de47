"""Two places within minutes more often than one's own load makes of it, and more work in a day than hours."""

import numpy as np
import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import find, spec, told, transactions

ROOMS = {"place": ["attr.line_no"], "minutes": 5}


def on(at: str, line: str, **more: object) -> dict:
    return {"at": at, "attr.line_no": line} | more


def test_two_lines_within_minutes():
    rows = transactions(
        on("2026-03-02 09:00", "L1"), on("2026-03-02 09:02", "L1"), on("2026-03-02 09:06", "L2"), on("2026-03-02 09:12", "L1"),
        on("2026-03-02 09:13", ""), on("2026-03-02 09:12", "L2", handler="P2"),
    )  # fmt: skip
    hits = find(spec("impossible", ROOMS | {"chance": 1.0}), transactions=rows)
    assert told(hits) == [("P1", "2026-03-02", "blue", 1.0, [2, 3])]
    # Four rows: three on L1 have one elsewhere, one on L2 has three; five minutes of 480.
    assert hits["numbers"].iloc[0]["expected"] == pytest.approx(6 * 5 / 480)


def test_near_pairs_that_ones_own_load_makes_are_no_finding():
    rng = np.random.default_rng(11)
    made = []
    for number in range(30):
        minutes = np.sort(rng.integers(0, 480, 60))
        made += [
            on(f"2026-03-02 {8 + m // 60:02d}:{m % 60:02d}:{rng.integers(60):02d}", f"L{rng.integers(2)}", handler=f"P{number}")
            for m in minutes
        ]
    rows = transactions(*made)
    assert find(spec("impossible", ROOMS | {"minutes": 3}), transactions=rows).empty
    assert len(find(spec("impossible", ROOMS | {"minutes": 3, "chance": 1.0}), transactions=rows)) == 30


def test_a_planted_pair_of_posts_is_found():
    made = [on(f"2026-03-02 {hour:02d}:{n}0", f"L{n % 2}") for hour in range(9, 17) for n in (0, 3)]
    made += [on(f"2026-03-02 {hour:02d}:01", "L1") for hour in range(9, 17)]
    (hit,) = told(find(spec("impossible", ROOMS | {"minutes": 2}, thresholds={"blue": 3, "red": 6}), transactions=transactions(*made)))
    assert hit[:4] == ("P1", "2026-03-02", "red", 8.0)


def test_uploads_with_one_stamp_are_not_judged():
    rows = transactions(*[on("2026-03-02 09:00", f"L{n % 2}") for n in range(6)])
    assert find(spec("impossible", ROOMS | {"batch_rows": 6, "chance": 1.0}), transactions=rows).empty
    assert len(find(spec("impossible", ROOMS | {"batch_rows": 7, "chance": 1.0}), transactions=rows)) == 1


def test_more_work_than_hours_by_class():
    rows = transactions(*[{"at": f"2026-03-02 09:{n:02d}", "action": "subject3" if n < 20 else "subject2"} for n in range(50)])
    load = {"test": "overload", "minutes": 10, "minutes_by": {"subject3": 24}, "minutes_column": "action"}
    hits = find(spec("impossible", load, thresholds={"blue": 9, "red": 13}), transactions=rows)
    assert [hit[:4] for hit in told(hits)] == [("P1", "2026-03-02", "red", pytest.approx(20 * 0.4 + 30 * 0.167))]


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        ({"minutes": 5}, {}, "place belongs"),
        (ROOMS | {"test": "overload"}, {}, "place belongs"),
        (ROOMS | {"minutes_column": "action"}, {}, "belong together"),
        (ROOMS | {"minutes": 0}, {}, "above 0"),
        ({"test": "overload", "minutes": 5}, {"window_days": 2}, "window_days must be 1"),
    ],
)
def test_impossibilities_that_make_no_sense_are_refused(params, parts, message):
    with pytest.raises(ParamError, match=message):
        spec("impossible", params, **parts)
