"""Canaries of the peer detectors: ordinary subjects and one that is not, made from the rule's own conditions."""

from typing import Any

import pandas as pd

from risk.detectors.base import GRID_DAYS, LEVELS, Detector, Spec
from risk.detectors.parts.canary import MONDAY, Canary
from risk.detectors.parts.params import ParamError
from risk.detectors.parts.predicates import Predicate
from risk.detectors.parts.references import KEY_COLUMNS

_OPPOSITE = {
    "eq": "ne",
    "ne": "eq",
    "in": "not_in",
    "not_in": "in",
    "lt": "ge",
    "ge": "lt",
    "gt": "le",
    "le": "gt",
    "empty": "not_empty",
    "not_empty": "empty",
    "same_as": "differs_from",
    "differs_from": "same_as",
}
Conditions = tuple[Predicate, ...]


def opposite(one: Predicate) -> Predicate:
    """A condition that fails where `one` holds. ParamError for those of which nobody can say it."""
    if one.op == "starts":
        return Predicate(one.column, "ne", one.value)
    if one.op not in _OPPOSITE:
        raise ParamError(f"{one.op} has no opposite")
    return Predicate(one.column, _OPPOSITE[one.op], one.value)


def split(every: Conditions, some: Conditions = ()) -> tuple[Conditions, Conditions]:
    """(conditions of a row that satisfies `every` and `some`, conditions of one that does not)."""
    if every:
        return (*every, *some[:1]), (opposite(every[0]), *every[1:], *some[:1])
    return some[:1], tuple(opposite(one) for one in some)


def named(column: str, number: int) -> str | int:
    """A code for the column's `number`-th value."""
    return 7000 + number if column in KEY_COLUMNS else f"X{number + 1}"


def at_week(canary: Canary, weeks_ago: int) -> None:
    """The next rows are of the Monday so many weeks before the canary's week."""
    canary.at = MONDAY - pd.Timedelta(days=GRID_DAYS * weeks_ago)


def aim(spec: Spec) -> float:
    """An observation that reaches the mildest level and no graver one."""
    steps = [float(spec.thresholds[level]) for level in LEVELS if level in spec.thresholds]
    return steps[0] + 0.3 * (steps[1] - steps[0]) if len(steps) > 1 else steps[0]


def rates(detector: Detector, spec: Spec) -> dict[str, pd.DataFrame]:
    """Peers at one rate, and one subject at the rate that reaches the mildest level."""
    params, target = spec.params, aim(spec)
    low, rows = params.side == "low", max(spec.min_n, 1000)
    if params.measure == "rate":
        usual = min(95.0, 5 * target + 20) if low else max(target / 5, 1.2 * params.min_median)
        odd = target
    elif params.measure == "ratio":
        usual = 40.0 if low else min(20.0, 80 / target)
        odd = usual * target
    else:
        usual = 50 + target / 2 if low else 50 - target / 2
        odd = usual - target if low else usual + target
    canary = Canary(spec, detector.needs(spec))
    yes, no = split(params.all, params.any)
    for number in range(params.min_peers + 6):
        matched = round(rows * (usual if number else odd) / 100)
        for place in range(rows):
            who: dict[str, Any] = {spec.subject_column: named(spec.subject_column, number)}
            canary.row((*params.among, *(yes if place < matched else no)), **who)
    return canary.frames()
