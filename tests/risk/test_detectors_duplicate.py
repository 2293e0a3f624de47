"""What must differ is equal: over subjects, within the window, and the same thing again is no duplicate."""

import pytest

from risk.detectors.parts.params import ParamError
from risk.detectors.registry import detectors
from tests.risk.detector_rows import find, spec, told, transactions

PHOTOS = {"columns": ["attr.photo_hash"]}


def shot(at: str, photo: int, vin: int, handler: str = "P1", **more: object) -> dict:
    return {"at": at, "attr.photo_hash": photo, "vin": vin, "handler": handler} | more


def test_the_later_row_answers_and_the_earlier_one_stands_as_evidence():
    rows = transactions(
        shot("2026-03-02 09:00", 5, 1, "P1"),
        shot("2026-03-02 10:00", 5, 1, "P2"),
        shot("2026-03-03 09:00", 6, 2, "P2"),
        shot("2026-03-04 09:00", 5, 3, "P2"),
        shot("2026-03-04 10:00", 0, 4, "P2"),
        shot("2026-03-04 11:00", 0, 5, "P2"),
    )
    hits = find(spec("duplicate", PHOTOS, window_days=5), transactions=rows)
    assert told(hits) == [("P2", "2026-03-04", "blue", 1.0, [2, 4])]
    assert detectors()["duplicate"].links(spec("duplicate", PHOTOS)) == ("attr.photo_hash",)


def test_both_rows_must_lie_in_the_window():
    rows = transactions(shot("2026-03-02 09:00", 5, 1), shot("2026-03-04 09:00", 5, 2), shot("2026-03-05 09:00", 5, 3))
    assert told(find(spec("duplicate", PHOTOS, window_days=2), transactions=rows)) == [("P1", "2026-03-05", "blue", 1.0, [2, 3])]
    assert told(find(spec("duplicate", PHOTOS, window_days=3), transactions=rows)) == [
        ("P1", "2026-03-04", "blue", 1.0, [1, 2]),
        ("P1", "2026-03-05", "blue", 1.0, [2, 3]),
    ]
    rule = spec("duplicate", PHOTOS, window_days=4, thresholds={"blue": 1, "red": 2})
    assert told(find(rule, transactions=rows))[-1] == ("P1", "2026-03-05", "red", 2.0, [1, 2, 3])


def test_within_one_subject_only():
    rows = transactions(shot("2026-03-02 09:00", 5, 1, "P1"), shot("2026-03-02 10:00", 5, 2, "P2"), shot("2026-03-02 11:00", 5, 3, "P1"))
    rule = spec("duplicate", PHOTOS | {"across": False})
    assert told(find(rule, transactions=rows)) == [("P1", "2026-03-02", "blue", 1.0, [1, 3])]
    assert detectors()["duplicate"].links(rule) == ()


def test_all_columns_must_be_equal_and_known_together():
    both = {"columns": ["attr.photo_hash", "amount"]}
    rows = transactions(
        shot("2026-03-02 09:00", 5, 1, amount=3.5), shot("2026-03-02 10:00", 5, 2, amount=3.6), shot("2026-03-02 11:00", 5, 3),
        shot("2026-03-02 12:00", 5, 4, amount=3.5),
    )  # fmt: skip
    assert told(find(spec("duplicate", both), transactions=rows)) == [("P1", "2026-03-02", "blue", 1.0, [1, 4])]


def test_the_largest_group_counts_different_things_once():
    rows = transactions(
        *[shot(f"2026-03-02 09:0{n}", photo, vin) for n, (photo, vin) in enumerate(((5, 1), (5, 1), (5, 2), (6, 3), (6, 4), (5, 5)))]
    )
    rule = spec("duplicate", PHOTOS | {"metric": "group"}, thresholds={"blue": 2, "red": 3})
    assert told(find(rule, transactions=rows)) == [("P1", "2026-03-02", "red", 3.0, [1, 2, 3, 6])]
    assert find(rule, transactions=rows[:2]).empty


@pytest.mark.parametrize(
    ("params", "message"),
    [({"columns": []}, "columns is needed"), ({"columns": ["vin"]}, "would be one"), ({"columns": ["weather"]}, "no such column")],
)
def test_equalities_that_make_no_sense_are_refused(params, message):
    with pytest.raises(ParamError, match=message):
        spec("duplicate", params)
