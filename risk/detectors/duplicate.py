"""What must differ is equal: one certificate for two vehicles, identical measurement curves or photographs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.links import backward, different, in_order, keyed, last_different, shared, within
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import wanted
from risk.detectors.parts.ties import Best, best_of_day, tie_windows
from risk.detectors.parts.windows import coded, kept_rows, scoped


@dataclass(frozen=True)
class Params:
    columns: tuple[str, ...] = param(help="What must differ: columns that may not all be equal together, e.g. attr.photo_hash")
    apart: str = param("vin", help="What tells the things apart: rows with one value of it are the same vehicle, person or business")
    across: bool = param(True, help="Equality with rows of other subjects counts; the later row's subject answers")
    metric: str = param(
        "count",
        help="What is measured: the number of rows that repeat what an earlier one had, or the most things under one value",
        choices=("count", "group"),
    )
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")

    def __post_init__(self) -> None:
        if not self.columns:
            raise ParamError("columns is needed")
        if self.apart in self.columns:
            raise ParamError("apart is among columns: equal things would be one")
        wanted([*self.columns, self.apart])


class Duplicate(Detector):
    """A row repeats when an earlier one in the window has the same values and is another thing; unknown values equal nothing."""

    code = "duplicate"
    Params = Params
    linked = ("columns",)

    def check(self, spec: Spec) -> None:
        if spec.op != ">=":
            raise ParamError("equality is found upwards: op must be >=")

    def links(self, spec: Spec) -> tuple[str, ...]:
        return super().links(spec) if spec.params.across else ()

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        return needs_of(wanted([*params.columns, params.apart, *references(params.all)]), spec, "tie")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        rows = kept_rows(rows, holds(frames, rows, params.all))
        rows = kept_rows(rows, shared(frames, rows, params.columns))
        key, thing = keyed(frames, rows, params.columns), keyed(frames, rows, (params.apart,))
        if not params.across:
            key = within(key, coded(rows[spec.subject_column])[0])
        partner = last_different(rows, np.ones(len(rows), dtype=bool), key, thing)
        repeats = np.flatnonzero(partner >= 0)
        if params.metric == "count":
            return tie_windows(rows, spec, backward(rows, repeats, partner[repeats]))
        return _largest(rows, spec, (key >= 0) & (thing >= 0), key, thing)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        things = int(np.ceil(min(spec.thresholds.values()))) + (1 if params.metric == "count" else 0)
        for number in range(max(things, spec.min_n + 1)):
            row = canary.row(params.all)
            for name in params.columns:
                canary.set(row, name, 0)
            canary.set(row, params.apart, number)
        return canary.frames()


def _largest(rows: pd.DataFrame, spec: Spec, member: np.ndarray, key: np.ndarray, thing: np.ndarray) -> pd.DataFrame:
    """Hits by the most different things that shared one value in W days, among the values of the subject's rows of the day."""
    subject, names = coded(rows[spec.subject_column])
    several = np.flatnonzero(member)
    several = several[np.bincount(key[several], minlength=1)[key[several]] > 1]
    order = in_order(rows, several, key)
    day = rows["day"].to_numpy().astype(np.int64)[order]
    count = different(key[order], thing[order], day, spec.window_days)
    keys = key[order] * 2**22 + day
    low, high = np.searchsorted(keys, keys - spec.window_days, side="right"), np.searchsorted(keys, keys, side="right")
    who = np.where(count >= max(2, spec.min_n), subject[order], -1)
    numbers = {"count": high - low, "total": high - low}
    tie = rows["tie"].to_numpy()[order]
    return best_of_day(
        rows, spec, names, Best(who, day, count.astype(np.float64), tie, lambda place: order[low[place] : high[place]], numbers)
    )
