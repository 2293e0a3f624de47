"""Too many different counterparts: one phone for many owners, one licence clearing the points of many vehicles."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.frequency import AlsoShare
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.links import different, holding, in_order, keyed, shared, within
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import wanted
from risk.detectors.parts.ties import Best, best_of_day
from risk.detectors.parts.windows import coded, kept_rows, scoped


@dataclass(frozen=True)
class Params:
    column: str = param(help="The counterpart: the column whose different known values are counted, e.g. person, plate, agent")
    by: tuple[str, ...] = param((), help="Counted apart for every value of these columns, e.g. phone or person; the greatest number counts")
    across: bool = param(False, help="With by: counterparts are counted whoever's rows they are in; the latest subject answers")
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")
    also_share: AlsoShare | None = param(None, help="At least this part of the rows must satisfy further conditions")

    def __post_init__(self) -> None:
        wanted([self.column, *self.by])
        if self.column in self.by:
            raise ParamError("column is among by: there would always be one")
        if self.across and not self.by:
            raise ParamError("across needs by")


class Distinct(Detector):
    """Counterparts are those of the rows in (d−W, d]; a day is judged when it has such a row."""

    code = "distinct"
    Params = Params
    linked = ("by",)

    def check(self, spec: Spec) -> None:
        if spec.op != ">=":
            raise ParamError("too many counterparts are found upwards: op must be >=")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        also = params.also_share.all if params.also_share else ()
        return needs_of(wanted([params.column, *params.by, *references((*params.all, *also))]), spec, "tie")

    def links(self, spec: Spec) -> tuple[str, ...]:
        return super().links(spec) if spec.params.across else ()

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        rows = kept_rows(rows, holds(frames, rows, params.all))
        # A group of fewer rows than the mildest level asks for counterparts can never reach it.
        least = int(np.ceil(min(spec.thresholds.values())))
        rows = kept_rows(rows, shared(frames, rows, params.by if params.across else (*params.by, spec.subject_column), least))
        subject, names = coded(rows[spec.subject_column])
        by = keyed(frames, rows, params.by) if params.by else np.zeros(len(rows), dtype=np.int64)
        counterpart = keyed(frames, rows, (params.column,))
        member = (counterpart >= 0) & (by >= 0) & ((subject >= 0) | params.across)
        group = by if params.across else within(by, subject)
        also = holds(frames, rows, params.also_share.all) if params.also_share else member
        many = np.flatnonzero(member)
        many = many[np.bincount(group[many], minlength=1)[group[many]] >= least]
        day = rows["day"].to_numpy().astype(np.int64)
        order = in_order(rows, many, group)
        keys = group[order] * 2**22 + day[order]
        who, at = subject[order], day[order]
        seen = different(group[order], counterpart[order], at, spec.window_days)
        count = holding(group[order], at, at + spec.window_days - 1, group[order], at)
        part = also[order]
        with_also = holding(group[order][part], at[part], (at + spec.window_days - 1)[part], group[order], at)
        percent = 100.0 * with_also / np.maximum(count, 1)
        good = (count >= spec.min_n) & (percent >= (params.also_share.percent if params.also_share else 0.0))
        low, high = np.searchsorted(keys, keys - spec.window_days, side="right"), np.searchsorted(keys, keys, side="right")

        def evidence(place: int) -> np.ndarray:
            rows_of = order[low[place] : high[place]]
            return np.asarray(rows_of[group[rows_of] == group[order[place]]])

        numbers = {"count": count, "total": count, "distinct": seen, "percent": percent}
        tie = rows["tie"].to_numpy()[order]
        best = Best(np.where(good, who, -1), at, seen.astype(np.float64), tie, evidence, numbers)
        return best_of_day(rows, spec, names, best)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        wanted_values = int(np.ceil(min(spec.thresholds.values())))
        for number in range(max(wanted_values, spec.min_n)):
            row = canary.row((*params.all, *(params.also_share.all if params.also_share else ())))
            canary.set(row, params.column, min(number, wanted_values - 1))
            for name in params.by:
                canary.set(row, name, 0)
        return canary.frames()
