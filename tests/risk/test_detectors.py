"""Each detector on examples small enough to check by hand, and what the windows do at their edges."""

from pathlib import Path

import numpy as np
import pytest

import risk.detectors as detector_files
from risk.detectors.base import HIT_COLUMNS
from risk.detectors.registry import BrokenDetector, detectors, load
from tests.risk.detector_rows import find, openings, postings, spec, staff, steps, told, transactions

NO_AGENCY = {"all": [{"column": "agency", "op": "empty"}]}
CANCELLED = [{"column": "status", "op": "eq", "value": "cancelled"}]


def test_every_detector_file_is_found_and_describes_its_parameters():
    files = {path.stem for path in Path(detector_files.__file__).parent.glob("*.py")} - {"__init__", "base", "registry"}
    assert set(detectors()) == files >= {"condition", "duration", "frequency", "off_hours", "same_person"}
    for detector in detectors().values():
        assert all(field.metadata["help"] for field in detector.Params.__dataclass_fields__.values())


def test_a_broken_detector_file_is_an_error_with_its_name(tmp_path, monkeypatch):
    (tmp_path / "lame_duck.py").write_text("import nothing_of_that_name\n")
    (tmp_path / "misnamed.py").write_text(
        "from dataclasses import dataclass\nfrom risk.detectors.base import Detector\n"
        "@dataclass\nclass P: pass\nclass D(Detector):\n    code = 'other'\n    Params = P\n    needs = find = lambda self, *a: None\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BrokenDetector, match="lame_duck.py cannot be loaded"):
        load("lame_duck")
    with pytest.raises(BrokenDetector, match="misnamed.py: code is 'other'"):
        load("misnamed")


# condition


def test_condition_counts_matching_rows_in_the_window_and_names_them():
    rows = transactions(
        {"at": "2026-03-02 09:00", "agency": ""},
        {"at": "2026-03-04 09:00", "agency": ""},
        {"at": "2026-03-04 10:00", "agency": "A1"},
        {"at": "2026-03-05 09:00", "agency": ""},
    )
    rule = spec("condition", NO_AGENCY, window_days=3, thresholds={"blue": 2, "red": 3})
    hits = find(rule, transactions=rows)
    assert list(hits.columns) == list(HIT_COLUMNS)
    assert told(hits) == [("P1", "2026-03-04", "blue", 2.0, [1, 2]), ("P1", "2026-03-05", "blue", 2.0, [2, 4])]
    assert hits["numbers"].iloc[0] == {"observed": 2.0, "threshold": 2.0, "window": 3, "count": 2, "total": 3}


def test_a_day_without_a_matching_row_is_never_a_hit_even_inside_a_full_window():
    rows = transactions({"at": "2026-03-02 09:00"}, {"at": "2026-03-03 09:00", "agency": "A1"})
    assert [hit[1] for hit in told(find(spec("condition", NO_AGENCY, window_days=5), transactions=rows))] == ["2026-03-02"]


def test_condition_share_needs_enough_rows_and_divides_by_all_of_them():
    rows = transactions(*[{"at": f"2026-03-02 09:{n:02d}", "status": "cancelled" if n < 3 else "finished"} for n in range(10)])
    share = {"all": CANCELLED, "metric": "share"}
    assert told(find(spec("condition", share, thresholds={"blue": 30.0}, min_n=10), transactions=rows)) == [
        ("P1", "2026-03-02", "blue", 30.0, [1, 2, 3])
    ]
    assert find(spec("condition", share, thresholds={"blue": 30.0}, min_n=11), transactions=rows).empty


def test_a_low_share_is_judged_on_every_day_and_shows_all_rows():
    rows = transactions(*[{"at": f"2026-03-02 09:{n:02d}", "status": "finished"} for n in range(4)])
    rule = spec("condition", {"all": CANCELLED, "metric": "share"}, op="<=", thresholds={"blue": 1.0, "red": 0.5}, min_n=4)
    assert told(find(rule, transactions=rows)) == [("P1", "2026-03-02", "red", 0.0, [1, 2, 3, 4])]


def test_condition_value_takes_the_greatest_of_the_day_and_the_rows_beyond_the_mildest_threshold():
    rows = transactions(*[{"at": f"2026-03-02 09:0{n}", "amount": amount} for n, amount in enumerate((100, 700, 500, np.nan))])
    params = {"all": [{"column": "line", "op": "eq", "value": "registration"}], "metric": "value", "value_column": "amount"}
    hits = find(spec("condition", params, thresholds={"yellow": 400, "red": 600}), transactions=rows)
    assert told(hits) == [("P1", "2026-03-02", "red", 700.0, [2, 3])]


def test_condition_asks_for_enough_different_counterparts():
    rows = transactions(*[{"at": f"2026-03-0{n} 09:00", "person": person} for n, person in ((2, 7), (3, 7), (4, 8), (5, 0))])
    params = NO_AGENCY | {"also_distinct": {"column": "person", "min": 2}}
    hits = find(spec("condition", params, window_days=9, thresholds={"blue": 2}), transactions=rows)
    assert [(hit[1], hit[4]) for hit in told(hits)] == [("2026-03-04", [1, 2, 3]), ("2026-03-05", [1, 2, 3, 4])]


def test_unknown_values_satisfy_nothing_but_empty():
    rows = transactions({"at": "2026-03-02 09:00", "agency": "", "amount": np.nan, "person": 0})
    for predicate in (
        {"column": "agency", "op": "ne", "value": "A1"},
        {"column": "agency", "op": "not_in", "value": ["A1"]},
        {"column": "amount", "op": "ne", "value": 5},
        {"column": "amount", "op": "lt", "value": 5},
        {"column": "approver", "op": "same_as", "value": "agency"},
        {"column": "person", "op": "not_empty"},
    ):
        assert find(spec("condition", {"all": [predicate]}), transactions=rows).empty, predicate
    assert len(find(spec("condition", {"all": [{"column": "person", "op": "empty"}]}), transactions=rows)) == 1


def test_scope_and_lines_narrow_the_rows_a_rule_sees():
    rows = transactions({"at": "2026-03-02 09:00", "action": "new"}, {"at": "2026-03-02 09:00", "action": "new", "line": "exam"})
    assert find(spec("condition", NO_AGENCY, scope={"action": ("transfer",)}), transactions=rows).empty
    assert told(find(spec("condition", NO_AGENCY, lines=("exam",), scope={"action": ("new",)}), transactions=rows))[0][4] == [2]


def test_the_roster_says_of_a_handler_whether_he_holds_a_post_that_day():
    rows = transactions(
        {"at": "2026-03-02 09:00", "handler": "P1", "post": "R"},
        {"at": "2026-03-02 09:00", "handler": "P2", "post": "R"},
        {"at": "2026-03-02 09:00", "handler": "P3", "post": "R"},
        {"at": "2026-03-02 09:00", "handler": "P4", "post": "R"},
    )
    held = postings(("P1", "R", "2026-03-02", "2026-03-02"), ("P2", "S", "2026-01-01", ""), ("P3", "R", "2025-01-01", "2026-03-01"))
    answers = {
        fact: {hit[0] for hit in told(find(spec("condition", _says(f"handler.{fact}", value)), transactions=rows, postings=held))}
        for fact, value in (("in_post", "yes"), ("posted", "no"), ("left", "yes"))
    }
    assert answers == {"in_post": {"P1"}, "posted": {"P3"}, "left": {"P3"}}
    wrong = find(spec("condition", _says("handler.in_post", "no")), transactions=rows, postings=held)
    assert {hit[0] for hit in told(wrong)} == {"P2", "P3"}, "of P4 the roster knows nothing"


def _says(column, value):
    return {"all": [{"column": column, "op": "eq", "value": value}]}


def test_a_rule_may_look_at_the_related_transaction_and_at_the_first_step_of_a_name():
    rows = transactions(
        {"id": 1, "tie": 11, "at": "2026-03-02 09:00", "action": "cancel", "handler": "P2"},
        {"id": 2, "tie": 12, "at": "2026-03-03 09:00", "action": "new", "related": 11},
        {"id": 3, "tie": 13, "at": "2026-03-03 09:00", "action": "new", "related": 99},
    )
    revived = spec("condition", _says("related.action", "cancel"))
    assert told(find(revived, transactions=rows, related=rows[rows["id"] == 1]))[0][4] == [2]
    trail = steps((2, 2, "pay", "X", "2026-03-03 09:10"), (2, 1, "pay", "Y", "2026-03-03 09:05"))
    assert told(find(spec("condition", _says("step.pay.staff", "Y")), transactions=rows, steps=trail))[0][4] == [2]
    assert {hit[0] for hit in told(find(spec("condition", _says("step.pay.present", "no")), transactions=rows, steps=trail))} == {
        "P1",
        "P2",
    }


# off_hours

OFFICE = openings("2026-02-01", "2026-05-01", closed=("2026-04-06",))


def test_off_hours_finds_nights_rest_days_and_holidays_and_allows_the_tolerance():
    times = ("2026-03-02 20:15", "2026-03-02 17:59", "2026-03-02 18:01", "2026-03-07 10:01", "2026-04-06 10:01", "2026-04-07 10:01")
    rows = transactions(*[{"at": at} for at in times])
    hits = find(spec("off_hours", {}), transactions=rows, openings=OFFICE)
    assert [(hit[1], hit[4]) for hit in told(hits)] == [("2026-03-02", [1, 3]), ("2026-03-07", [4]), ("2026-04-06", [5])]


def test_a_date_without_a_time_of_day_is_not_judged():
    rows = transactions({"at": "2026-03-07 00:00"}, {"at": "2026-03-07 08:00:00"}, {"at": "2026-03-07 08:00:01"})
    assert told(find(spec("off_hours", {}), transactions=rows, openings=OFFICE))[0][4] == [3]


def test_a_unit_whose_hours_nobody_knows_is_not_judged():
    rows = transactions({"at": "2026-03-07 22:01", "unit": "W9"}, {"at": "2026-03-07 22:01", "line": "exam"})
    assert find(spec("off_hours", {}), transactions=rows, openings=OFFICE).empty


def test_an_upload_with_one_stamp_is_not_a_night_shift():
    migrated = [{"at": "2026-03-07 03:04:05"} for _ in range(20)]
    assert find(spec("off_hours", {}), transactions=transactions(*migrated), openings=OFFICE).empty
    assert len(find(spec("off_hours", {"batch_rows": 0}), transactions=transactions(*migrated), openings=OFFICE)) == 1


def test_off_hours_may_judge_a_step_on_its_own_day():
    rows = transactions({"at": "2026-03-06 10:00"})
    trail = steps((1, 1, "review", "P2", "2026-03-07 10:01"))
    assert len(find(spec("off_hours", {"at": "step.review.at"}), transactions=rows, steps=trail, openings=OFFICE)) == 1


# duration


def test_duration_over_under_and_other_than():
    rows = transactions(*[{"at": "2026-03-02 09:00", "finished": f"2026-03-02 09:{minutes:02d}"} for minutes in (1, 10, 30)])
    between = {"start": "accepted_at", "end": "finished_at", "limit": 10, "unit": "minute"}
    evidence = {
        test: told(find(spec("duration", between | {"test": test}), transactions=rows))[0][4] for test in ("over", "under", "other_than")
    }
    assert evidence == {"over": [3], "under": [1], "other_than": [1, 3]}


def test_a_duration_needs_both_moments():
    rows = transactions({"at": "2026-03-02 09:00"}, {"at": "2026-03-02 09:00"})
    trail = steps((1, 1, "send", "", "2026-12-02 09:00"))
    rule = spec("duration", {"start": "create", "end": "send", "limit": 1, "unit": "day"})
    assert find(rule, transactions=rows, steps=trail).empty


def test_duration_crosses_midnight_and_the_leap_day():
    rows = transactions({"at": "2028-02-28 23:50", "finished": "2028-03-01 00:10"})
    between = {"start": "accepted_at", "end": "finished_at", "metric": "value", "unit": "minute"}
    assert told(find(spec("duration", between), transactions=rows)) == [("P1", "2028-02-28", "blue", 24 * 60 + 20.0, [1])]


def test_too_short_durations_of_zero_or_of_one_upload_are_not_judged():
    same = transactions({"at": "2026-03-02 09:00", "finished": "2026-03-02 09:00"})
    upload = transactions(*[{"at": f"2026-03-02 09:00:{n:02d}", "finished": "2026-03-02 09:01"} for n in range(20)])
    rule = spec("duration", {"start": "accepted_at", "end": "finished_at", "test": "under", "limit": 5})
    assert find(rule, transactions=same).empty and find(rule, transactions=upload).empty
    assert len(find(rule, transactions=upload.iloc[:19])) == 1


def test_limits_may_differ_by_class_and_the_share_counts_rows_with_both_times_only():
    rows = transactions(
        {"at": "2026-03-02 09:00", "finished": "2026-03-02 09:15", "plate_type": "01"},
        {"at": "2026-03-02 09:00", "finished": "2026-03-02 09:15", "plate_type": "02"},
        {"at": "2026-03-02 09:00"},
    )
    params = {"start": "accepted_at", "end": "finished_at", "test": "under", "limit": 10, "metric": "share"}
    params["limit_by"] = {"column": "plate_type", "limits": {"01": 20}}
    hits = find(spec("duration", params, thresholds={"blue": 50.0}), transactions=rows)
    assert told(hits) == [("P1", "2026-03-02", "blue", 50.0, [1])] and hits["numbers"].iloc[0]["total"] == 2


def test_workdays_are_the_days_the_unit_is_open():
    rows = transactions(
        {"at": "2026-04-03 09:00", "finished": "2026-04-08 09:00"}, {"at": "2026-04-03 09:00", "finished": "2026-04-06 20:00"}
    )
    between = {"start": "accepted_at", "end": "finished_at", "metric": "value", "unit": "workday"}
    assert told(find(spec("duration", between), transactions=rows, openings=OFFICE)) == [("P1", "2026-04-03", "blue", 2.0, [1])]


# same_person


def test_same_person_finds_one_in_two_roles_and_not_two_unknowns():
    rows = transactions(
        {"at": "2026-03-02 09:00", "approver": "P1"},
        {"at": "2026-03-02 09:00", "approver": "P2"},
        {"at": "2026-03-02 09:00", "handler": ""},
    )
    assert told(find(spec("same_person", {"pairs": [["handler", "approver"]]}), transactions=rows)) == [
        ("P1", "2026-03-02", "blue", 1.0, [1])
    ]


def test_same_person_looks_at_steps_and_at_the_related_transaction():
    rows = transactions(
        {"id": 1, "tie": 11, "at": "2026-03-02 09:00"},
        {"id": 2, "at": "2026-03-03 09:00", "related": 11},
        {"id": 3, "at": "2026-03-03 09:00"},
    )
    own = spec("same_person", {"pairs": [["handler", "related.handler"]]})
    assert told(find(own, transactions=rows, related=rows.iloc[:1]))[0][4] == [2]
    trail = steps((3, 1, "approve", "P1", "2026-03-03 09:30"))
    assert told(find(spec("same_person", {"pairs": [["handler", "step.approve.staff"]]}), transactions=rows, steps=trail))[0][4] == [3]


def test_an_auxiliary_in_a_role_for_officers_is_found_and_an_unknown_person_is_not():
    people = staff(("P1", "officer", "W1"), ("F1", "auxiliary", "W1"))
    rows = transactions(*[{"at": "2026-03-02 09:00", "approver": who} for who in ("P1", "F1", "X9", "")])
    rule = spec("same_person", {"officer_only": ["approver"]}, subject_column="approver")
    assert told(find(rule, transactions=rows, staff=people)) == [("F1", "2026-03-02", "blue", 1.0, [2])]


def test_a_unit_too_small_to_separate_duties_is_left_to_later_review():
    people = staff(("P1", "officer", "W1"), ("P2", "employee", "W1"), *[(f"Q{n}", "officer", "W2") for n in range(3)])
    rows = transactions(*[{"at": "2026-03-02 09:00", "approver": "P1", "unit": unit} for unit in ("W1", "W2", "W3")])
    rule = spec("same_person", {"pairs": [["handler", "approver"]], "small_unit_below": 3})
    assert told(find(rule, transactions=rows, staff=people))[0][4] == [2, 3], "of W3 the roster knows nobody: it is judged"


# frequency


def test_frequency_in_days_reaches_the_highest_threshold_it_can():
    rows = transactions(*[{"at": f"2026-03-0{n} 09:00", "agent": 5} for n in (1, 2, 3, 4)], {"at": "2026-03-04 09:00", "agent": 0})
    rule = spec("frequency", {}, subject_kind="agent", subject_column="agent", window_days=3, thresholds={"blue": 2, "orange": 3})
    assert [(hit[1], hit[2], hit[3]) for hit in told(find(rule, transactions=rows))] == [
        ("2026-03-02", "blue", 2.0),
        ("2026-03-03", "orange", 3.0),
        ("2026-03-04", "orange", 3.0),
    ]


def test_frequency_in_minutes_takes_the_fullest_window_and_crosses_midnight_only_as_far_as_the_days_allow():
    rows = transactions(*[{"at": at} for at in ("2026-03-02 23:58", "2026-03-02 23:59", "2026-03-03 00:01", "2026-03-03 00:07")])
    two_days = spec("frequency", {"minutes": 5}, window_days=2, thresholds={"blue": 3})
    assert told(find(two_days, transactions=rows)) == [("P1", "2026-03-03", "blue", 3.0, [1, 2, 3])]
    assert find(spec("frequency", {"minutes": 5}, window_days=1, thresholds={"blue": 3}), transactions=rows).empty


def test_rows_exactly_the_window_apart_do_not_share_it_and_equal_times_do():
    rows = transactions(*[{"at": at} for at in ("2026-03-02 09:00", "2026-03-02 09:10", "2026-03-02 09:10")])
    assert told(find(spec("frequency", {"minutes": 10}, thresholds={"blue": 2}), transactions=rows))[0][4] == [2, 3]


def test_weights_and_companions_narrow_a_frequency():
    rows = transactions(
        *[{"at": f"2026-03-02 09:0{n}", "plate_type": kind, "person_region": "4307"} for n, kind in enumerate(("01", "02", "02"))]
    )
    weighted = {"minutes": 30, "weight_by": {"column": "plate_type", "weights": {"01": 2}}}
    assert told(find(spec("frequency", weighted, thresholds={"blue": 4}), transactions=rows))[0][3] == 4.0
    outsiders = {"also_share": {"all": [{"column": "person_region", "op": "ne", "value": "4307"}], "percent": 50}}
    assert find(spec("frequency", outsiders), transactions=rows).empty
