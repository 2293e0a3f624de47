"""A statutory or procedural term has run out: measured to the end for what is done, and to this moment for what is still open."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.duration import LATEST_START_DAYS, LONGEST_DAYS, SECONDS, WORKDAY, moment, seconds_between, working_days
from risk.detectors.parts.canary import Canary, needed_of, rows_for
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.terms import for_any_line
from risk.detectors.parts.windows import day_values, day_windows, scoped

UNITS = ("hour", "day", WORKDAY)


@dataclass(frozen=True)
class Params:
    start: str = param("", help="The term runs from: accepted_at, a time attribute or the name of a step; not used with due")
    end: str = param("", help="Done at: finished_at, a time attribute or the name of a step; where it is unknown the row is still open")
    due: str = param("", help="The column that holds the end of each row's term, e.g. due_at; then time past it is measured")
    limit: float | None = param(None, help="The term, in the unit; not with due, nor with the metric value, whose thresholds are the terms")
    unit: str = param("day", help="Unit of the term; workday counts the days the unit is open", choices=UNITS)
    metric: str = param(
        "count",
        help="What is measured: the number of rows beyond their term, their share of all rows in scope, or the day's longest time",
        choices=("count", "share", "value"),
    )
    open_rows: bool = param(True, help="Rows that are still open are measured up to the present moment")
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")

    def __post_init__(self) -> None:
        if not self.end:
            raise ParamError("end is needed")
        if bool(self.start) == bool(self.due):
            raise ParamError("either start or due is needed, the other stays empty")
        if (self.limit is not None) != (self.metric != "value" and not self.due):
            raise ParamError("limit is needed, except with due or the metric value, which take none")
        if self.limit is not None and self.limit < 0:
            raise ParamError("limit cannot be negative")
        if self.due and self.unit == WORKDAY:
            raise ParamError("time past due is measured in hours or days")
        wanted([moment(self.start or self.due), moment(self.end)])


class Deadline(Detector):
    """A clock rule while open rows count: the same rows say more every day. What lies in the future never counts beyond this moment."""

    code = "deadline"
    Params = Params

    def check(self, spec: Spec) -> None:
        if spec.params.metric == "value" and spec.window_days != 1:
            raise ParamError("the metric value looks at single days: window_days must be 1")
        if spec.op != ">=":
            raise ParamError("a term is exceeded upwards: op must be >=")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted([moment(params.start or params.due), moment(params.end), *references(params.all)])
        if params.unit == WORKDAY:
            found["openings"] = {"unit", "line", "day"}
        if params.open_rows:
            found["now"] = {"at"}
        return needs_of(found, spec, "unit")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        start, end = column(frames, rows, moment(params.start or params.due)), column(frames, rows, moment(params.end))
        if params.open_rows:
            end = until_now(end, frames["now"])
        length = length_of(frames, rows, start, end, params.unit)
        judged = ~np.isnan(length) & holds(frames, rows, params.all)
        if params.metric == "value":
            return day_values(rows, spec, judged & (length > 0), length)
        with np.errstate(invalid="ignore"):
            late = judged & (length > (params.limit or 0.0))
        return day_windows(rows, spec, late, share=params.metric == "share")

    def around(self, spec: Spec) -> tuple[int, int]:
        return (0, LATEST_START_DAYS + LONGEST_DAYS)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        mildest = min(spec.thresholds.values())
        if params.metric == "value":
            length, rows = _span(mildest, params.unit), 1
        else:
            length = _span((params.limit or 0.0) + 1, params.unit)
            rows = rows_for(spec, share=params.metric == "share")
        for late in range(rows):
            row = canary.row(params.all)
            begins = canary.at if params.metric != "share" or late < needed_of(spec, rows) else canary.at + length
            row[moment(params.start or params.due)] = begins
            if not params.open_rows:
                row[moment(params.end)] = canary.at + length
        return canary.frames(now=canary.at + length)


def length_of(frames: Frames, rows: pd.DataFrame, start: pd.Series, end: pd.Series, unit: str) -> np.ndarray:
    """Time from start to end in the unit; NaN where unknown or not yet begun."""
    elapsed = seconds_between(start, end)
    length = working_days(for_any_line(frames["openings"], rows), rows, start, end) if unit == WORKDAY else elapsed / SECONDS[unit]
    with np.errstate(invalid="ignore"):
        return np.where(elapsed < 0, np.nan, length)


def _span(amount: float, unit: str) -> pd.Timedelta:
    """So much of the unit from a Monday on, counting five working days a week."""
    if unit == WORKDAY:
        return pd.Timedelta(days=np.ceil(amount) // 5 * 7 + np.ceil(amount) % 5)
    return pd.Timedelta(seconds=amount * SECONDS[unit])


def until_now(end: pd.Series, now: pd.DataFrame) -> pd.Series:
    """Each end, where it is unknown or lies in the future the present moment."""
    moments, at = end.to_numpy().astype("datetime64[us]"), now["at"].to_numpy().astype("datetime64[us]")[0]
    return pd.Series(np.where(np.isnat(moments) | (moments > at), at, moments))
