"""Canaries of the peer detectors: ordinary subjects and one that is not, made from the rule's own conditions."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
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
        raise ParamError("%(op)s has no opposite", op=one.op)
    return Predicate(one.column, _OPPOSITE[one.op], one.value)


def split(every: Conditions, some: Conditions = ()) -> tuple[Conditions, Conditions]:
    """(conditions of a row that satisfies `every` and `some`, conditions of one that does not)."""
    if every:
        return (*every, *some[:1]), (opposite(every[0]), *every[1:], *some[:1])
    return some[:1], tuple(opposite(one) for one in some)


def named(column: str, number: int) -> str | int:
    """A code for the column's `number`-th value."""
    return 7000 + number if column in KEY_COLUMNS else f"X{number + 1}"


class Crowd:
    """A canary of many rows: kinds of rows, each as often as wanted."""

    def __init__(self, detector: Detector, spec: Spec) -> None:
        self.canary = Canary(spec, detector.needs(spec))
        self.spec, self.counts = spec, list[int]()

    def add(self, count: int, conditions: Iterable[Predicate], values: Mapping[str, Any], *, days_ago: int = 0) -> None:
        """`count` rows of one kind, so many days before the canary's Monday."""
        if count > 0:
            self.canary.at = MONDAY - pd.Timedelta(days=days_ago)
            made: dict[str, Any] = dict(values)
            self.canary.row(conditions, **made)
            self.counts.append(count)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every needed frame; the rows of a kind share what they point to, and each has its steps."""
        frames = self.canary.frames()
        kinds = frames[self.spec.frame]
        many = kinds.take(np.repeat(np.arange(len(kinds)), self.counts)).reset_index(drop=True)
        of_kind = many["id"].to_numpy()
        many["id"] = np.arange(1, len(many) + 1)
        if "steps" in frames:
            steps = frames["steps"].rename(columns={"id": "kind"})
            repeated = pd.DataFrame({"id": many["id"], "kind": of_kind}).merge(steps, on="kind")
            frames["steps"] = repeated[list(frames["steps"].columns)]
        return frames | {self.spec.frame: many}


def aim(spec: Spec) -> float:
    """An observation that reaches the mildest level and no graver one."""
    steps = [float(spec.thresholds[level]) for level in LEVELS if level in spec.thresholds]
    return steps[0] + 0.3 * (steps[1] - steps[0]) if len(steps) > 1 else steps[0]


def rates(detector: Detector, spec: Spec) -> dict[str, pd.DataFrame]:
    """Peers at one rate, and one subject at the rate that reaches the mildest level."""
    params, target = spec.params, aim(spec)
    # A stricter false-discovery limit wants more rows to pass it at the mildest level.
    low, rows = params.side == "low", max(spec.min_n, round(1000 * max(1.0, 0.01 / params.q)))
    if params.measure == "rate":
        usual = min(95.0, 5 * target + 20) if low else max(target / 5, 1.2 * params.min_median)
        odd = target
    elif params.measure == "ratio":
        usual = 40.0 if low else min(20.0, 80 / target)
        odd = usual * target
    else:
        usual = 50 + target / 2 if low else 50 - target / 2
        if not low and params.min_ratio > 1:
            usual = min(usual, 0.8 * target / (params.min_ratio - 1))
        odd = usual - target if low else usual + target
    crowd = Crowd(detector, spec)
    yes, no = split(params.all, params.any)
    for number in range(params.min_peers + 6):
        matched = round(rows * (usual if number else odd) / 100)
        who = {spec.subject_column: named(spec.subject_column, number)}
        crowd.add(matched, (*params.among, *yes), who)
        crowd.add(rows - matched, (*params.among, *no), who)
    return crowd.frames()


def tuned(detector: Detector, spec: Spec, build: Callable[[float], Crowd]) -> dict[str, pd.DataFrame]:
    """The frames of the weakest strength (of 200 up to 1) at which the detector sees anything, found by halving: the mildest level then."""
    nothing, something, best = 0, 200, build(1.0).frames()
    while something - nothing > 1:
        middle = (nothing + something) // 2
        frames = build(middle / 200).frames()
        if len(detector.find(frames, spec)):
            something, best = middle, frames
        else:
            nothing = middle
    return best


def one_counterpart(detector: Detector, spec: Spec) -> dict[str, pd.DataFrame]:
    """Everybody deals with everybody alike, but for the first subject and the first counterpart."""
    return tuned(detector, spec, lambda strength: (_one_outcome if spec.params.outcome else _one_volume)(detector, spec, strength))


def _one_volume(detector: Detector, spec: Spec, strength: float) -> Crowd:
    """The pair's further visits come last, so that no earlier window sees more of it than the whole does."""
    crowd, params = Crowd(detector, spec), spec.params
    days = spec.window_days - GRID_DAYS
    usual = max(2, days // 4)
    for number in range(params.min_colleagues + 3):
        for other in range(max(12, spec.min_n // usual + 1)):
            visits = usual
            if not number:
                visits = round(usual * (1 - strength)) + 1 if other else usual + round(strength * (days - usual))
            for visit in range(visits):
                crowd.add(1, params.all, _pair(spec, number, other), days_ago=days - visit)
        crowd.add(1, params.all, _pair(spec, number, number + 1))
    return crowd


def _one_outcome(detector: Detector, spec: Spec, strength: float) -> Crowd:
    crowd, params = Crowd(detector, spec), spec.params
    yes, no = split(params.outcome)
    size = max(spec.params.min_count, 150)
    for number in range(params.min_colleagues + 6):
        for other in range(8):
            matched = round(size * (0.2 + (0.8 * strength if not number and not other else 0)))
            crowd.add(matched, (*params.all, *yes), _pair(spec, number, other))
            crowd.add(size - matched, (*params.all, *no), _pair(spec, number, other))
    return crowd


def _pair(spec: Spec, number: int, other: int) -> dict[str, Any]:
    return {spec.subject_column: named(spec.subject_column, number), spec.params.counterpart: named(spec.params.counterpart, other)}


def change(detector: Detector, spec: Spec) -> dict[str, pd.DataFrame]:
    """Everybody goes on as before; the first subject has more, or less, of it in the recent days."""
    return tuned(detector, spec, lambda strength: _changed(detector, spec, strength))


def _changed(detector: Detector, spec: Spec, strength: float) -> Crowd:
    crowd, params = Crowd(detector, spec), spec.params
    yes, no = split(params.all, params.any)
    rate, low = params.metric == "rate", spec.op == "<="
    size = max(2 * spec.min_n, 2000) if rate else max(40, round(2 * params.min_expected * GRID_DAYS / params.recent_days))
    if params.measure == "count":
        size = max(1, round(aim(spec) * GRID_DAYS / (2 * params.min_ratio * params.recent_days)))
    for number in range(params.min_peers + 4):
        who = {spec.subject_column: named(spec.subject_column, number)}
        for days_ago in range(0, spec.window_days, GRID_DAYS):
            odd = not number and days_ago < params.recent_days
            if number and not days_ago and params.measure == "count":
                continue  # peers without rows in the last week are no part of the family, and small numbers can pass
            usual = size // 4 if rate else size
            matched = round(usual * ((1 - strength if low else 1 + 3 * strength) if odd else 1))
            crowd.add(matched, yes, who, days_ago=days_ago)
            crowd.add(size - matched if rate else 0, no, who, days_ago=days_ago)
    return crowd


def unequal(detector: Detector, spec: Spec) -> dict[str, pd.DataFrame]:
    """Everybody decides alike; the first subject decides otherwise in the rows that are judged."""
    return tuned(detector, spec, lambda strength: _unequal(detector, spec, strength))


def _unequal(detector: Detector, spec: Spec, strength: float) -> Crowd:
    crowd, params = Crowd(detector, spec), spec.params
    low, size = params.side == "low", max(2 * spec.min_n, 200)
    judged, rest = split(params.only) if params.only else ((), None)
    for number in range(params.min_peers + 8):
        who: dict[str, Any] = {spec.subject_column: named(spec.subject_column, number)}
        if params.below:
            small = round(size * strength) if not number else 0
            for count, amount in ((small, params.below / 2), (size - small, 1.0)):
                crowd.add(count, (*params.among, *judged), who | {params.value: round(20_000 * amount)})
            continue
        if params.value:
            factor = (1 - 0.9 * strength if low else 1 + 5 * strength) if not number else 1.0
            for step in (0.9, 1.0, 1.1):
                crowd.add(size // 3, (*params.among, *judged), who | {params.value: round(20_000 * step * factor)})
            continue
        yes, no = split(params.all)
        # A few points more than a few are told from chance by fewer rows than a few more than many.
        usual = 0.4 if low else 0.2 if params.measure == "ratio" else min(0.2, min(spec.thresholds.values()) / 100)
        share = (usual * (1 - strength) if low else usual + (1 - usual) * strength) if not number else usual
        for kind, of in ((judged, share), *(((rest, usual),) if rest is not None else ())):
            crowd.add(round(size * of), (*params.among, *kind, *yes), who)
            crowd.add(size - round(size * of), (*params.among, *kind, *no), who)
    return crowd


def closed_group(detector: Detector, spec: Spec) -> dict[str, pd.DataFrame]:
    """Everybody deals with everybody alike, but the first handlers and the first counterparts much more with each other."""
    return tuned(detector, spec, lambda strength: _closed_group(detector, spec, strength))


def _closed_group(detector: Detector, spec: Spec, strength: float) -> Crowd:
    crowd, params = Crowd(detector, spec), spec.params
    days, usual = spec.window_days - GRID_DAYS, 3
    inside = max(params.min_handlers, 2), max(params.min_counterparts, 2)
    for number in range(inside[0] + params.min_colleagues + 8):
        for other in range(max(20, spec.min_n + 5)):
            bound = number < inside[0] and other < inside[1]
            visits = usual + (round(strength * (days - usual)) if bound else 0)
            for visit in range(visits):
                sides = {name: named(name, other) for name in params.through}
                crowd.add(1, params.all, {params.handler: named(params.handler, number), **sides}, days_ago=days - visit)
        last: dict[str, Any] = {name: named(name, number % 2) for name in params.through}
        crowd.add(1, params.all, {params.handler: named(params.handler, number), **last})
    return crowd


def steered(detector: Detector, spec: Spec) -> dict[str, pd.DataFrame]:
    """Everybody serves everybody in turn, but for the first counterparts, who come to the first handlers ever more often."""
    return tuned(detector, spec, lambda strength: _steered(detector, spec, strength))


def _steered(detector: Detector, spec: Spec, strength: float) -> Crowd:
    crowd, params = Crowd(detector, spec), spec.params
    days, people = spec.window_days - GRID_DAYS, params.min_colleagues + 6
    bound = max(params.min_counterparts, 2)
    for day in range(days):
        for number in range(people):
            crowd.add(3, params.all, _pair(spec, number, bound + (number + day) % 20), days_ago=days - day)
    for visit in range(round(strength * days)):
        for other in range(bound):
            crowd.add(1, params.all, _pair(spec, (visit + other) % params.few, other), days_ago=days - visit)
    for number in range(people):
        crowd.add(1, params.all, _pair(spec, number, bound + number))
    return crowd
