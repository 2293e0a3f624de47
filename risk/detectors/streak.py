"""A run of equal results far beyond chance: seat after seat passes, candidate after candidate, whatever their class usually does."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.chance import run_bound
from risk.detectors.parts.links import in_order
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.ties import Best, best_of_day
from risk.detectors.parts.windows import coded, scoped

# Logarithms as whole numbers of this part: sums of floats would depend on the rows before the window.
UNIT = 1e-9


@dataclass(frozen=True)
class RateBy:
    column: str = param(help="The column by whose value the usual rate differs, e.g. action or vehicle_type")
    rates: Mapping[str, float] = param(help="Usual rate by value, between 0 and 1; other values use the general rate")

    def __post_init__(self) -> None:
        wanted([self.column])
        if any(not 0 < rate < 1 for rate in self.rates.values()):
            raise ParamError("rates lie between 0 and 1")


@dataclass(frozen=True)
class Params:
    all: tuple[Predicate, ...] = param(help="Conditions of a row that goes on with the run, e.g. that the candidate passed")
    rate: float = param(help="How often a row goes on with the run where nothing is wrong, between 0 and 1")
    among: tuple[Predicate, ...] = param((), help="Conditions of the rows that take part at all, e.g. that the result is known")
    rate_by: RateBy | None = param(None, help="Usual rates by class")
    chance: float = param(0.000001, help="No hit where chance alone makes such a run among the subject's rows at least this likely")
    whole_window: bool = param(False, help="The run must be all rows of the window; min_n says how many there must be")

    def __post_init__(self) -> None:
        if not self.all:
            raise ParamError("all is needed: what goes on with the run")
        if not 0 < self.rate < 1 or not 0 < self.chance <= 1:
            raise ParamError("rate lies between 0 and 1, chance above 0 and at most 1")


class Streak(Detector):
    """The run up to a row reaches back W days at most. A row that takes part and does not go on breaks it."""

    code = "streak"
    Params = Params

    def check(self, spec: Spec) -> None:
        if spec.op != ">=":
            raise ParamError("runs are found upwards: op must be >=")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        extra = [params.rate_by.column] if params.rate_by else []
        return needs_of(wanted([*references((*params.all, *params.among)), *extra]), spec, "tie")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        subject, names = coded(rows[spec.subject_column])
        chosen = np.flatnonzero(holds(frames, rows, params.among) & (subject >= 0))
        order = in_order(rows, chosen, subject)
        goes_on = holds(frames, rows, params.all)[order]
        who, day = subject[order], rows["day"].to_numpy().astype(np.int64)[order]
        places = np.arange(len(order))
        oldest = np.searchsorted(who * 2**22 + day, who * 2**22 + day - spec.window_days, side="right")
        broken = np.maximum.accumulate(np.where(goes_on, -1, places)) if len(order) else places
        begun = np.maximum(oldest, broken + 1)
        length = np.where(goes_on, places - begun + 1, 0)
        last_of_day = np.searchsorted(who * 2**22 + day, who * 2**22 + day, side="right")
        total = last_of_day - oldest
        good = goes_on & (total >= spec.min_n) & (length >= min(spec.thresholds.values()))
        if params.whole_window:
            good &= length == total
        logs = _log_rates(frames, rows, params)[order]
        sums = np.concatenate([[0], np.cumsum(logs)])
        of_run = (sums[places + 1] - sums[begun]) * UNIT
        usual = (sums[last_of_day] - sums[oldest]) * UNIT / np.maximum(total, 1)
        bound = run_bound(length, total, of_run, -np.expm1(usual))
        good &= bound <= np.log(params.chance)
        numbers = {"count": length, "total": total, "percent": 100.0 * length / np.maximum(total, 1), "log10_chance": bound / np.log(10)}
        best = Best(np.where(good, who, -1), day, length.astype(np.float64), places, lambda n: order[begun[n] : n + 1], numbers)
        return best_of_day(rows, spec, names, best)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        for _ in range(int(max(min(spec.thresholds.values()), spec.min_n))):
            canary.row((*params.among, *params.all))
        return canary.frames()


def _log_rates(frames: Frames, rows: pd.DataFrame, params: Params) -> np.ndarray:
    """Logarithm of each row's usual rate, in whole numbers of UNIT."""
    rate = np.full(len(rows), params.rate)
    if params.rate_by:
        of_class = column(frames, rows, params.rate_by.column).astype(str).map(dict(params.rate_by.rates)).to_numpy(dtype=float)
        rate = np.where(np.isnan(of_class), params.rate, of_class)
    return np.round(np.log(rate) / UNIT).astype(np.int64)
