"""More business than plausible: a count per subject in a sliding window of days or of minutes, optionally weighted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.contrary import counted
from risk.detectors.parts.found import Distinct
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import AlsoDistinct, Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.windows import WEIGHT_UNIT, Company, batch_stamped, coded, day_windows, minute_windows, scoped


@dataclass(frozen=True)
class WeightBy:
    column: str = param(help="The column by whose value a row weighs differently, e.g. vehicle_type")
    weights: Mapping[str, float] = param(help="Weight by value; other values weigh 1. Three decimals count")

    def __post_init__(self) -> None:
        wanted([self.column])
        if any(weight < 0 for weight in self.weights.values()):
            raise ParamError("weights cannot be negative")


@dataclass(frozen=True)
class AlsoShare:
    all: tuple[Predicate, ...] = param(help="Conditions that part of the rows must satisfy")
    percent: float = param(help="The least percentage of the rows that satisfy them")

    def __post_init__(self) -> None:
        if not self.all or not 0 < self.percent <= 100:
            raise ParamError("also_share needs conditions and a percentage above 0, at most 100")


@dataclass(frozen=True)
class Params:
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")
    any: tuple[Predicate, ...] = param((), help="Conditions of which at least one must hold")
    minutes: int = param(0, help="Length of the sliding window in minutes; 0: the rule's window of days")
    weight_by: WeightBy | None = param(None, help="Weights by class, e.g. large vehicles count double")
    also_distinct: AlsoDistinct | None = param(None, help="Rows must concern at least so many different counterparts")
    also_share: AlsoShare | None = param(None, help="At least this part of the rows must satisfy further conditions")
    batch_rows: int = param(
        20, help="With minutes: a subject's rows at exactly the same time, if so many or more, are an upload and not judged (0: never)"
    )

    def __post_init__(self) -> None:
        if self.minutes < 0 or self.batch_rows < 0:
            raise ParamError("minutes and batch_rows cannot be negative")
        if self.minutes and self.also_share:
            raise ParamError("also_share belongs to windows of days")


class Frequency(Detector):
    code = "frequency"
    Params = Params

    def check(self, spec: Spec) -> None:
        if spec.params.minutes > 1440 * spec.window_days:
            raise ParamError("the window in minutes is longer than window_days")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        extra = references((*params.all, *params.any, *(params.also_share.all if params.also_share else ())))
        extra += [params.weight_by.column] if params.weight_by else []
        extra += [params.also_distinct.column] if params.also_distinct else []
        return needs_of(wanted(extra), spec, "tie")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        matched = holds(frames, rows, params.all, params.any)
        weights = _weights(column(frames, rows, params.weight_by.column), params.weight_by.weights) if params.weight_by else None
        distinct = None
        if params.also_distinct:
            distinct = Distinct(coded(column(frames, rows, params.also_distinct.column))[0], params.also_distinct.min)
        if params.minutes:
            matched &= ~batch_stamped(rows, spec.subject_column, rows["accepted_at"], params.batch_rows)
            return minute_windows(rows, spec, matched, params.minutes, weights=weights, distinct=distinct)
        company = Company(holds(frames, rows, params.also_share.all), params.also_share.percent) if params.also_share else None
        return day_windows(rows, spec, matched, weights=weights, distinct=distinct, company=company)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        if spec.op == "<=":
            return None
        canary = Canary(spec, self.needs(spec))
        conditions = (*params.all, *(params.also_share.all if params.also_share else ()))
        number, needed = 0, 1
        while number < needed:
            row = canary.row(conditions, params.any)
            if params.also_distinct:
                canary.set(row, params.also_distinct.column, number)
            if params.weight_by:
                needed = counted(spec, params.weight_by.weights.get(str(row.get(params.weight_by.column, "")), 1.0))
            else:
                needed = counted(spec)
            number += 1
        return canary.frames()


def _weights(values: pd.Series, weights: Mapping[str, float]) -> np.ndarray:
    """Weight of every row in thousandths."""
    of_row = values.astype(str).map(dict(weights)).to_numpy(dtype=float, na_value=np.nan)
    return np.rint(np.where(np.isnan(of_row), 1.0, of_row) * WEIGHT_UNIT).astype(np.int64)
