"""Records changed afterwards: an item altered once it was decided, or entered into the system long after the day it claims."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary, needed_of, rows_for
from risk.detectors.parts.lags import lag, stamps
from risk.detectors.parts.links import day_shares
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import wanted
from risk.detectors.parts.windows import day_windows, scoped

ALTERED, LATE = "altered", "late"


@dataclass(frozen=True)
class Params:
    test: str = param(ALTERED, help="What is wrong: a known value was changed later, or the record arrived late", choices=(ALTERED, LATE))
    hours: float | None = param(None, help="With late: a record may arrive so many hours after the time it tells")
    feed_percent: float = param(
        50.0, help="With late: where more of the subject's rows of a day arrived late, the feed was late and the day is not judged"
    )
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row, e.g. that it was approved")
    metric: str = param(
        "count", help="What is measured: the number of rows or their share of the rows that satisfy all", choices=("count", "share")
    )

    def __post_init__(self) -> None:
        if (self.test == LATE) != (self.hours is not None):
            raise ParamError("hours belongs to the test late, and it needs it")
        if (self.hours or 0) < 0 or not 0 < self.feed_percent <= 100:
            raise ParamError("hours cannot be negative, feed_percent is above 0 and at most 100")


class Revision(Detector):
    """When a record arrived is when it was first heard of; an alteration is a later delivery that changed or emptied a known value."""

    code = "revision"
    Params = Params

    def check(self, spec: Spec) -> None:
        if spec.op != ">=":
            raise ParamError("later changes are found upwards: op must be >=")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        column = "altered" if params.test == ALTERED else "arrived_at"
        return needs_of(wanted([column, *references(params.all)]), spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        judged = holds(frames, rows, params.all)
        if params.test == ALTERED:
            wrong = judged & rows["altered"].to_numpy(dtype=bool)
        else:
            wrong = lag(stamps(frames, rows, "accepted_at"), stamps(frames, rows, "arrived_at"), "hour") > (params.hours or 0.0)
            of_feed = day_shares(rows, spec.subject_column, wrong) > params.feed_percent
            judged &= ~of_feed
            wrong &= judged
        if params.metric == "share":
            rows, wrong = rows[judged].reset_index(drop=True), wrong[judged]
        return day_windows(rows, spec, wrong, share=params.metric == "share")

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        rows = rows_for(spec, share=params.metric == "share")
        wrong = needed_of(spec, rows) if params.metric == "share" else rows
        timely = 0
        if params.test == LATE:
            # So many more that came in time that the feed cannot have been late.
            timely = int(np.ceil(wrong * (100 - params.feed_percent) / params.feed_percent)) if params.metric == "count" else 0
        for number in range(rows + timely):
            row = canary.row(params.all)
            row["altered"] = number < wrong
            row["arrived_at"] = row["accepted_at"] + pd.Timedelta(hours=(params.hours or 0.0) + 1 if number < wrong else 0)
        return canary.frames()
