"""A parameter that is unknown, of the wrong type or senseless is refused with its rule and name."""

import pytest

from risk.detectors.parts.params import ParamError, build, plain
from risk.detectors.registry import detectors

DURATION = {"start": "accepted_at", "end": "finished_at", "limit": 5}


@pytest.mark.parametrize(
    ("detector", "params", "message"),
    [
        ("condition", {}, "REG-01: at least one condition is needed"),
        ("condition", {"every": []}, r"REG-01\.every: unknown parameter"),
        ("condition", {"all": [{"column": "amount", "op": "about", "value": 5}]}, r"REG-01\.all\[0\]\.op: 'about' is not one of"),
        ("condition", {"all": [{"column": "amount", "op": "lt", "value": "5"}]}, r"REG-01\.all\[0\]: lt needs a number"),
        ("condition", {"all": [{"column": "price", "op": "empty"}]}, r"'price': no such column"),
        ("condition", {"all": [{"column": "step.pay.colour", "op": "empty"}]}, "a step is named step"),
        ("condition", {"all": [{"column": "agency", "op": "in", "value": "A1"}]}, "in needs a list"),
        ("condition", {"all": [{"column": "agency", "op": "empty"}], "metric": "value"}, "value_column belongs"),
        ("off_hours", {"tolerance": "30"}, r"REG-01\.tolerance: expected a whole number"),
        ("off_hours", {"tolerance": True}, r"REG-01\.tolerance: expected a whole number"),
        ("off_hours", {"at": "handler.kind"}, "is not a time"),
        ("duration", {"start": "accepted_at"}, r"REG-01\.end: missing"),
        ("duration", DURATION | {"unit": "week"}, r"REG-01\.unit: 'week' is not one of"),
        ("duration", DURATION | {"metric": "value"}, "limit is needed, except"),
        ("duration", DURATION | {"limit_by": {"column": "action", "limits": {"new": "5"}}}, r"limits\.new: expected a number"),
        ("same_person", {}, "pairs or officer_only is needed"),
        ("same_person", {"pairs": [["handler"]]}, "expected 2 items, got 1"),
        ("same_person", {"officer_only": ["handler"], "kind_of": ["robot"]}, "'robot' is not one of"),
        ("frequency", {"minutes": -1}, "cannot be negative"),
        ("frequency", {"also_distinct": {"column": "person", "min": 0}}, "min must be at least 1"),
    ],
)
def test_senseless_parameters_are_refused_by_name(detector, params, message):
    with pytest.raises(ParamError, match=message):
        build(detectors()[detector].Params, params, "REG-01")


def test_parameters_return_to_the_plain_data_they_came_from():
    raw = {"all": [{"column": "agency", "op": "in", "value": ["A1", "A2"]}], "minutes": 30, "also_distinct": {"column": "person", "min": 2}}
    kind = detectors()["frequency"].Params
    assert plain(build(kind, raw)) == raw
    assert build(kind, plain(build(kind, raw))) == build(kind, raw)
