"""Rows of a canary that must not match, and how many of a canary's rows must."""

import math
from typing import Any

from risk.detectors.base import Spec
from risk.detectors.parts.canary import Canary, Row
from risk.detectors.parts.predicates import Predicate

HUNDRED = 100


def mildest(spec: Spec) -> float:
    """The threshold of the mildest level."""
    return min(spec.thresholds.values()) if spec.op == ">=" else max(spec.thresholds.values())


def counted(spec: Spec, weight: float = 1.0) -> int:
    """How many matching rows of a weight just reach the mildest level."""
    return max(spec.min_n, math.ceil(mildest(spec) / weight - 1e-9), 1)


def shared(spec: Spec) -> tuple[int, int]:
    """(matching, all) rows whose percentage just reaches the mildest level: hundreds, so that it does not reach the next one too."""
    total = HUNDRED * math.ceil(max(spec.min_n, 1) / HUNDRED)
    return math.ceil(mildest(spec) * total / HUNDRED - 1e-9), total


def contradict(canary: Canary, row: Row, predicate: Predicate) -> None:
    """Make the row fail the condition."""
    name, value = predicate.column, predicate.value
    match predicate.op:
        case "eq" | "starts":
            row[name] = _other(value)
        case "in":
            row[name] = _other(value[0])
        case "ne":
            row[name] = value
        case "not_in":
            row[name] = value[0]
        case "lt" | "gt":
            row[name] = value
        case "le" | "ge":
            row[name] = value + (1 if predicate.op == "le" else -1)
        case "empty":
            canary.set(row, name, 1)
        case "not_empty":
            row.pop(name, None)
        case "same_as":
            canary.set(row, name, 1)
            canary.set(row, value, 2)
        case _:
            canary.set(row, name, 1)
            row[value] = row[name]


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else "X0"
