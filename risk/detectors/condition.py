"""One row meets a predicate: cancelled after payment, no company where one is required, handled by somebody who holds no post."""

from dataclasses import dataclass

import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.contrary import contradict, counted, mildest, shared
from risk.detectors.parts.found import Distinct
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import AlsoDistinct, Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.windows import coded, day_values, day_windows, scoped


@dataclass(frozen=True)
class Params:
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")
    any: tuple[Predicate, ...] = param((), help="Conditions of which at least one must hold")
    metric: str = param(
        "count",
        help="What is measured: the number of rows, their share of all rows in scope, or the greatest value of the day",
        choices=("count", "share", "value"),
    )
    value_column: str = param("", help="For the metric value: the number that is measured")
    also_distinct: AlsoDistinct | None = param(None, help="Rows must concern at least so many different counterparts")

    def __post_init__(self) -> None:
        if not self.all and not self.any:
            raise ParamError("at least one condition is needed, in all or any")
        if (self.metric == "value") != bool(self.value_column):
            raise ParamError("value_column belongs to the metric value, and the metric value needs it")
        if self.metric == "value" and self.also_distinct:
            raise ParamError("also_distinct does not apply to the metric value")
        if self.value_column:
            wanted([self.value_column])


class Condition(Detector):
    code = "condition"
    Params = Params

    def check(self, spec: Spec) -> None:
        if spec.params.metric == "value" and spec.window_days != 1:
            raise ParamError("the metric value looks at single days: window_days must be 1")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        extra = [params.value_column] if params.value_column else []
        extra += [params.also_distinct.column] if params.also_distinct else []
        return needs_of(wanted([*references((*params.all, *params.any)), *extra]), spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        matched = holds(frames, rows, params.all, params.any)
        if params.metric == "value":
            return day_values(rows, spec, matched, column(frames, rows, params.value_column).to_numpy(dtype=float))
        distinct = None
        if params.also_distinct:
            distinct = Distinct(coded(column(frames, rows, params.also_distinct.column))[0], params.also_distinct.min)
        return day_windows(rows, spec, matched, share=params.metric == "share", distinct=distinct)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        if spec.op == "<=" and params.metric != "value":
            return None
        canary = Canary(spec, self.needs(spec))
        if params.metric == "value":
            canary.row(params.all, params.any)[params.value_column] = mildest(spec)
            return canary.frames()
        matching, total = shared(spec) if params.metric == "share" else (counted(spec), 0)
        for number in range(matching):
            row = canary.row(params.all, params.any)
            if params.also_distinct:
                canary.set(row, params.also_distinct.column, number)
        for _ in range(matching, total):
            contradict(canary, canary.row(params.all[1:]), (params.all or params.any)[0])
        return canary.frames()
