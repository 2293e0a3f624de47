"""The time between two moments of a transaction is too long, too short, or not what it must be. Both moments must be known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.contrary import counted, mildest, shared
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import STEP_FIELDS, column, is_own, split, wanted
from risk.detectors.parts.units import places_of_units
from risk.detectors.parts.windows import batch_stamped, day_values, day_windows, scoped

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
WORKDAY = "workday"
LONGEST_DAYS = 45
LATEST_START_DAYS = 15


@dataclass(frozen=True)
class LimitBy:
    column: str = param(help="The column by whose value the limit differs, e.g. vehicle_type or action")
    limits: Mapping[str, float] = param(help="Limit by value; other values use the general limit")

    def __post_init__(self) -> None:
        wanted([self.column])


@dataclass(frozen=True)
class Params:
    start: str = param(help="From: accepted_at, finished_at, a time attribute or the name of a step")
    end: str = param(help="To: accepted_at, finished_at, a time attribute or the name of a step")
    unit: str = param("minute", help="Unit of the duration; workday counts the days the unit is open", choices=(*SECONDS, WORKDAY))
    test: str = param(
        "over", help="Which durations are wrong: over, under or other than the limit", choices=("over", "under", "other_than")
    )
    limit: float | None = param(None, help="The limit, in the unit; not used by the metric value, whose thresholds are the limits")
    limit_by: LimitBy | None = param(None, help="Limits by class, e.g. by type of vehicle")
    tolerance: float = param(0.0, help="For other than: how far from the limit a duration may lie, in the unit")
    metric: str = param(
        "count",
        help="What is measured: the number of rows, their share of all rows with both times, or the day's extreme duration",
        choices=("count", "share", "value"),
    )
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")
    skip_equal: bool = param(True, help="With under: durations of exactly zero are not judged, one time was written twice")
    batch_rows: int = param(
        20, help="With under: so many rows of a subject ending at the very same time are an upload, not judged (0: never)"
    )

    def __post_init__(self) -> None:
        if (self.metric == "value") == (self.limit is not None):
            raise ParamError("limit is needed, except with the metric value, whose thresholds are the limits")
        if self.metric == "value" and (self.test == "other_than" or self.limit_by):
            raise ParamError("the metric value takes neither other_than nor limit_by")
        if self.tolerance < 0 or self.batch_rows < 0:
            raise ParamError("tolerance and batch_rows cannot be negative")
        wanted([moment(self.start), moment(self.end)])


def moment(name: str) -> str:
    """The reference behind a moment's name: a bare step name means the time of that step."""
    if name.endswith("_at") and is_own(name) or "." in name:
        kind, _, field = split(name)
        if kind == "steps" and field != "at":
            raise ParamError("%(name)s is not a time; of %(known)s only at is", name=repr(name), known=", ".join(STEP_FIELDS))
        return name
    return f"step.{name}.at"


class Duration(Detector):
    code = "duration"
    Params = Params

    def check(self, spec: Spec) -> None:
        params: Params = spec.params
        if params.metric == "value":
            if spec.window_days != 1:
                raise ParamError("the metric value looks at single days: window_days must be 1")
            if (params.test == "under") != (spec.op == "<="):
                raise ParamError("the metric value of test under needs op <=, of test over op >=")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        extra = [params.limit_by.column] if params.limit_by else []
        found = wanted([moment(params.start), moment(params.end), *references(params.all), *extra])
        if params.unit == WORKDAY:
            found["openings"] = {"unit", "line", "day"}
        return needs_of(found, spec, "unit")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        start, end = column(frames, rows, moment(params.start)), column(frames, rows, moment(params.end))
        elapsed = seconds_between(start, end)
        length = working_days(frames["openings"], rows, start, end) if params.unit == WORKDAY else elapsed / SECONDS[params.unit]
        judged = ~np.isnan(length)
        if params.test == "under":
            judged &= ~batch_stamped(rows, spec.subject_column, end, params.batch_rows)
            judged &= (elapsed != 0) | (not params.skip_equal)
        judged &= holds(frames, rows, params.all)
        if params.metric == "value":
            return day_values(rows, spec, judged, length)
        with np.errstate(invalid="ignore"):
            wrong = judged & _wrong(frames, rows, length, params)
        if params.metric == "share":
            rows, wrong = rows[judged].reset_index(drop=True), wrong[judged]
        return day_windows(rows, spec, wrong, share=params.metric == "share")

    def around(self, spec: Spec) -> tuple[int, int]:
        return (0, LATEST_START_DAYS + LONGEST_DAYS)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        if params.metric != "value" and spec.op == "<=":
            return None
        canary = Canary(spec, self.needs(spec))
        limit = mildest(spec) if params.limit is None else params.limit
        if params.metric == "value":
            matching, total, wrong, right = 1, 0, limit, limit
        else:
            matching, total = shared(spec) if params.metric == "share" else (counted(spec), 0)
            wrong = {"over": limit + 1, "under": limit / 2 if limit > 0 else limit - 1, "other_than": limit + params.tolerance + 1}[
                params.test
            ]
            right = {"over": limit / 2, "under": limit + 1, "other_than": limit}[params.test]
        for number in range(max(matching, total)):
            _last(canary.row(params.all), params, wrong if number < matching else right)
        return canary.frames()


def _last(row: dict[str, Any], params: Params, length: float) -> None:
    """Make the time from start to end of a canary's row so long, in the unit; of the two the time of acceptance stays where it is."""
    if params.unit == WORKDAY:
        weeks, days = divmod(int(np.ceil(length)), 5)
        span = pd.Timedelta(days=7 * weeks + days)
    else:
        span = pd.Timedelta(seconds=length * SECONDS[params.unit])
    start, end = moment(params.start), moment(params.end)
    if end == "accepted_at":
        row[start] = row[end] - span
    else:
        row[start] = row["accepted_at"]
        row[end] = row[start] + span
    for name in (start, end):
        if name.startswith("related.") and "related.day" in row:
            row["related.day"] = (row[name] - pd.Timestamp(0)).days


def _wrong(frames: Frames, rows: pd.DataFrame, length: np.ndarray, params: Params) -> np.ndarray:
    general = np.nan if params.limit is None else params.limit
    limit: float | np.ndarray = general
    if params.limit_by:
        of_row = column(frames, rows, params.limit_by.column).astype(str).map(dict(params.limit_by.limits))
        of_class = of_row.to_numpy(dtype=float, na_value=np.nan)
        limit = np.where(np.isnan(of_class), general, of_class)
    if params.test == "over":
        return np.asarray(length > limit)
    if params.test == "under":
        return np.asarray(length < limit)
    return np.asarray(np.abs(length - limit) > params.tolerance)


def seconds_between(start: pd.Series, end: pd.Series) -> np.ndarray:
    """Seconds from start to end as float64, NaN where either is unknown."""
    difference = (end.to_numpy().astype("datetime64[us]") - start.to_numpy().astype("datetime64[us]")).astype("timedelta64[us]")
    return np.where(np.isnat(difference), np.nan, difference.astype(np.int64) / 1e6)


def working_days(openings: pd.DataFrame, rows: pd.DataFrame, start: pd.Series, end: pd.Series) -> np.ndarray:
    """Days after the start's, up to the end's, on which the row's unit is open for its line; NaN where unknown.

    Counts 45 calendar days ahead at most; the openings are known for 60 days after the event day. Not judged: a start before the event
    day or more than 15 days after it, a unit never open.
    """
    first = start.to_numpy().astype("datetime64[D]").astype(np.int64)
    last = np.minimum(end.to_numpy().astype("datetime64[D]").astype(np.int64), first + LONGEST_DAYS)
    after = first - rows["day"].to_numpy()
    judged = start.notna().to_numpy() & end.notna().to_numpy() & (after >= 0) & (after <= LATEST_START_DAYS)
    place, opening_place, places = places_of_units(rows, openings)
    kept = opening_place >= 0
    judged &= np.bincount(opening_place[kept], minlength=places + 1)[place] > 0
    width = np.int64(2**32)
    open_days = np.unique(opening_place[kept] * width + openings["day"].to_numpy().astype(np.int64)[kept])
    first, last = np.where(judged, first, 0), np.where(judged, np.maximum(last, first), 0)
    counted = np.searchsorted(open_days, place * width + last, side="right") - np.searchsorted(
        open_days, place * width + first, side="right"
    )
    return np.where(judged, counted.astype(np.float64), np.nan)
