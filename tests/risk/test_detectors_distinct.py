"""Different counterparts per subject and window, counted apart by phone or licence, and over all subjects."""

import numpy as np
import pytest

from risk.detectors.parts.params import ParamError
from risk.detectors.registry import detectors
from tests.risk.detector_rows import find, spec, told, transactions

OWNERS = {"column": "person"}


def test_different_known_counterparts_are_counted_once_in_the_window():
    rows = transactions(
        {"at": "2026-03-02 09:00", "person": 1},
        {"at": "2026-03-02 10:00", "person": 1},
        {"at": "2026-03-03 09:00", "person": 2},
        {"at": "2026-03-04 09:00", "person": 3},
        {"at": "2026-03-04 10:00", "person": 0},
        {"at": "2026-03-05 09:00", "person": 3},
        {"at": "2026-03-05 09:00", "person": 2},
    )
    hits = find(spec("distinct", OWNERS, window_days=3, thresholds={"blue": 2, "red": 3}), transactions=rows)
    assert told(hits) == [
        ("P1", "2026-03-03", "blue", 2.0, [1, 2, 3]),
        ("P1", "2026-03-04", "red", 3.0, [1, 2, 3, 4]),
        ("P1", "2026-03-05", "blue", 2.0, [3, 4, 6, 7]),
    ]
    assert hits["numbers"].iloc[0] == {
        "observed": 2.0, "threshold": 2.0, "window": 3, "count": 3, "total": 3, "distinct": 2, "percent": 100.0,
    }  # fmt: skip


def test_owners_of_one_phone_are_counted_apart_from_those_of_another():
    rows = transactions(
        *[{"at": f"2026-03-02 09:0{n}", "person": n, "attr.phone": phone} for n, phone in enumerate((5, 6, 5, 6, 5, 0), start=1)]
    )
    hits = find(spec("distinct", OWNERS | {"by": ["attr.phone"]}, thresholds={"blue": 3}), transactions=rows)
    assert told(hits) == [("P1", "2026-03-02", "blue", 3.0, [1, 3, 5])]


def test_across_subjects_whoever_handles_the_licence_next_answers_for_all_its_vehicles():
    rows = transactions(
        {"at": "2026-03-02 09:00", "handler": "P1", "person": 9, "plate": 1},
        {"at": "2026-03-03 09:00", "handler": "P2", "person": 9, "plate": 2},
        {"at": "2026-03-04 09:00", "handler": "P3", "person": 9, "plate": 3},
        {"at": "2026-03-04 09:00", "handler": "P3", "person": 8, "plate": 4},
    )
    licence = {"column": "plate", "by": ["person"]}
    assert find(spec("distinct", licence, window_days=30, thresholds={"blue": 2}), transactions=rows).empty
    rule = spec("distinct", licence | {"across": True}, window_days=30, thresholds={"blue": 2, "red": 3})
    assert told(find(rule, transactions=rows)) == [
        ("P2", "2026-03-03", "blue", 2.0, [1, 2]),
        ("P3", "2026-03-04", "red", 3.0, [1, 2, 3]),
    ]
    assert detectors()["distinct"].links(rule) == ("person",)
    assert detectors()["distinct"].links(spec("distinct", licence)) == ()


def test_a_least_share_of_further_conditions():
    rows = transactions(*[{"at": f"2026-03-02 09:0{n}", "person": n, "agency": "A1" if n < 3 else ""} for n in range(1, 5)])
    also = {"all": [{"column": "agency", "op": "empty"}], "percent": 50}
    assert len(find(spec("distinct", OWNERS | {"also_share": also}, thresholds={"blue": 4}), transactions=rows)) == 1
    assert find(spec("distinct", OWNERS | {"also_share": also | {"percent": 51}}, thresholds={"blue": 4}), transactions=rows).empty


def test_it_agrees_with_counting_sets_one_by_one():
    rng = np.random.default_rng(7)
    rows = transactions(
        *[
            {
                "at": f"2026-03-{rng.integers(1, 20):02d} {rng.integers(8, 18):02d}:{rng.integers(60):02d}",
                "handler": f"P{rng.integers(3)}",
                "person": int(rng.integers(6)),
                "attr.phone": int(rng.integers(3)),
            }
            for _ in range(300)
        ]
    )
    hits = find(spec("distinct", OWNERS | {"by": ["attr.phone"]}, window_days=4, thresholds={"blue": 1}), transactions=rows)
    seen = {}
    known = rows[(rows["person"] != 0) & (rows["attr.phone"] != 0)]
    for who, day in {(row.handler, row.day) for row in known.itertuples()}:
        near = known[(known["handler"] == who) & (known["day"] > day - 4) & (known["day"] <= day)]
        today = near[near["day"] == day]["attr.phone"].unique()
        seen[who, day] = max(near[near["attr.phone"] == phone]["person"].nunique() for phone in today)
    assert {(hit.subject, hit.day): hit.observed for hit in hits.itertuples()} == seen


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        (OWNERS | {"by": ["person"]}, {}, "always be one"),
        (OWNERS | {"across": True}, {}, "across needs by"),
        ({"column": "weather"}, {}, "no such column"),
        (OWNERS, {"op": "<="}, "op must be >="),
    ],
)
def test_counts_that_make_no_sense_are_refused(params, parts, message):
    with pytest.raises(ParamError, match=message):
        spec("distinct", params, **parts)
