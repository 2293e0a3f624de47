"""Business under a hold: its first and last moment, days as well as moments, and who it is upon."""

import numpy as np
import pandas as pd
import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import category, day, find, spec, steps, told, transactions

AGENCY = {"who": [["agency", "agency"]]}


def held(*rows: tuple[str, str, object, object], days: bool = False) -> pd.DataFrame:
    """Holds of (kind, code, start, end or None)."""
    kinds, codes, starts, ends = zip(*rows, strict=True)
    frame = pd.DataFrame({"subject_kind": category(kinds), "subject_code": category(codes)})
    if days:
        return frame.assign(
            start=np.array([day(text) for text in starts], dtype=np.int32),
            end=np.array([day(text) if text else 2**31 - 1 for text in ends], dtype=np.int32),
        )
    return frame.assign(
        start=np.array(starts, dtype="datetime64[us]"), end=np.array([end or "NaT" for end in ends], dtype="datetime64[us]")
    )


def test_business_counts_from_the_beginning_of_the_hold_until_its_end():
    rows = transactions(
        *[
            {"at": at, "agency": agency}
            for at, agency in (
                ("2026-03-02 08:59", "A1"), ("2026-03-02 09:00", "A1"), ("2026-03-02 09:00", "A2"), ("2026-03-03 17:59", "A1"),
                ("2026-03-03 18:00", "A1"), ("2026-03-09 09:00", ""),
            )
        ]
    )  # fmt: skip
    holds = held(("agency", "A1", "2026-03-02 09:00", "2026-03-03 18:00"), ("staff", "A2", "2026-01-01", None))
    rule = spec("hold", AGENCY, subject_kind="agency", subject_column="agency", window_days=5, thresholds={"orange": 1, "red": 2})
    assert told(find(rule, transactions=rows, holds=holds)) == [
        ("A1", "2026-03-02", "orange", 1.0, [2]),
        ("A1", "2026-03-03", "red", 2.0, [2, 4]),
    ]
    late = spec("hold", AGENCY | {"grace_hours": 1}, subject_kind="agency", subject_column="agency")
    assert told(find(late, transactions=rows, holds=holds)) == [("A1", "2026-03-03", "blue", 1.0, [4])]


def test_days_hold_from_midnight_to_midnight_and_an_open_hold_for_good():
    rows = transactions(*[{"at": f"2026-03-0{n} 23:59", "handler": "P1", "agency": "A1"} for n in range(1, 5)])
    rule = spec("hold", {"who": [["staff", "handler"], ["agency", "agency"]]}, window_days=9)
    days = held(("staff", "P1", "2026-03-02", "2026-03-03"), ("agency", "A9", "2026-01-01", ""), days=True)
    assert told(find(rule, transactions=rows, holds=days))[-1] == ("P1", "2026-03-03", "blue", 2.0, [2, 3])
    open_days = held(("agency", "A1", "2026-03-04", ""), days=True)
    assert told(find(rule, transactions=rows, holds=open_days)) == [("P1", "2026-03-04", "blue", 1.0, [4])]


def test_overlapping_holds_and_the_moment_of_a_step():
    rows = transactions({"at": "2026-03-01 09:00"}, {"at": "2026-03-01 09:00"})
    trail = steps((1, 1, "approve", "P7", "2026-03-04 10:00"), (2, 1, "approve", "P7", "2026-03-06 10:00"))
    holds = held(("staff", "P7", "2026-03-02", "2026-03-05"), ("staff", "P7", "2026-03-03", "2026-03-04"))
    rule = spec("hold", {"who": [["staff", "step.approve.staff"]], "at": "approve"})
    assert told(find(rule, transactions=rows, steps=trail, holds=holds)) == [("P1", "2026-03-01", "blue", 1.0, [1])]


def test_no_holds_at_all():
    none = held(("agency", "A1", "2026-03-02", None))[:0]
    assert find(spec("hold", AGENCY), transactions=transactions({"at": "2026-03-02 09:00", "agency": "A1"}), holds=none).empty


@pytest.mark.parametrize(
    ("params", "message"),
    [({"who": []}, "who is needed"), ({"who": [["person", "person"]]}, "is not one of"), ({"who": [["agency", "amount"]]}, "names nobody")],
)
def test_holds_that_make_no_sense_are_refused(params, message):
    with pytest.raises(ParamError, match=message):
        spec("hold", params)
