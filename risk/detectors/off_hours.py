"""Handled outside the unit's working calendar: at night, on a rest day, during a holiday; declared shifts count as open."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.contrary import counted, shared
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, held, split, wanted
from risk.detectors.parts.units import places_of_units
from risk.detectors.parts.windows import batch_stamped, day_windows, scoped

MOMENTS = ("accepted_at", "finished_at")
DAYS_BEFORE, DAYS_AFTER = 15, 60


@dataclass(frozen=True)
class Params:
    at: str = param(
        "accepted_at", help="The time that must fall into opening hours: accepted_at, finished_at or a step such as step.review.at"
    )
    tolerance: int = param(30, help="Minutes before opening and after closing that still count as open")
    metric: str = param(
        "count", help="What is measured: the number of rows or their share of all rows in scope", choices=("count", "share")
    )
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")
    batch_rows: int = param(
        20, help="A subject's rows with exactly the same time, if so many or more, are an upload and not judged (0: never)"
    )

    def __post_init__(self) -> None:
        kind, _, field = split(self.at)
        if self.at not in MOMENTS and not (kind == "steps" and field == "at") and kind != "own":
            raise ParamError("at: %(value)s is not a time", value=repr(self.at))
        if self.tolerance < 0 or self.batch_rows < 0:
            raise ParamError("tolerance and batch_rows cannot be negative")


class OffHours(Detector):
    """Not judged: a date without a time of day (midnight in Shanghai or in UTC), uploads with one stamp, times far from the event day, and
    units of which no opening at all is known for the line (their hours were never stated, so nothing can be outside them)."""

    code = "off_hours"
    Params = Params

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted([params.at, *references(params.all)])
        found["openings"] = {"unit", "line", "day", "start", "end"}
        return needs_of(found, spec, "unit")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        moment = column(frames, rows, params.at)
        judged = moment.notna().to_numpy() & has_time_of_day(moment) & ~batch_stamped(rows, spec.subject_column, moment, params.batch_rows)
        judged &= near(moment, rows)
        outside = judged & closed(frames["openings"], rows, moment, params.tolerance)
        return day_windows(rows, spec, outside & holds(frames, rows, params.all), share=params.metric == "share")

    def around(self, spec: Spec) -> tuple[int, int]:
        return (0, 0) if spec.params.at == "accepted_at" else (DAYS_BEFORE, DAYS_AFTER)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        if spec.op == "<=":
            return None
        canary = Canary(spec, self.needs(spec))
        matching, total = shared(spec) if params.metric == "share" else (counted(spec), 0)
        for number in range(max(matching, total)):
            row = canary.row(params.all)
            # Seven hours earlier it is night; a step may be of another day than the row.
            row[params.at] = row["accepted_at"] - pd.Timedelta(hours=7 if number < matching else 0)
        return canary.frames()


def has_time_of_day(moment: pd.Series) -> np.ndarray:
    """False where a time is exactly midnight in Shanghai or 08:00, midnight UTC: a date that went through a conversion."""
    within = moment.to_numpy().astype("datetime64[us]").astype(np.int64) % 86_400_000_000
    return np.asarray((within != 0) & (within != 8 * 3_600_000_000))


def near(moment: pd.Series, rows: pd.DataFrame) -> np.ndarray:
    """Moments between 15 days before and 60 days after the event day: so far the openings are known whatever else was loaded."""
    away = moment.to_numpy().astype("datetime64[D]").astype(np.int64) - rows["day"].to_numpy()
    return np.asarray((away >= -DAYS_BEFORE) & (away <= DAYS_AFTER))


def closed(openings: pd.DataFrame, rows: pd.DataFrame, moment: pd.Series, tolerance: int) -> np.ndarray:
    """Whether each moment lies outside every opening of the row's unit and line on its day, widened by `tolerance` minutes."""
    if not len(openings) or not len(rows):
        return np.zeros(len(rows), dtype=bool)
    stamps = moment.to_numpy().astype("datetime64[us]").astype(np.int64)
    minute, day = stamps // 60_000_000 % 1440, stamps // 86_400_000_000
    place, opening_place, places = places_of_units(rows, openings)
    opening_day = openings["day"].to_numpy().astype(np.int64)
    first, last = int(opening_day.min()), int(opening_day.max())
    known = np.bincount(opening_place[opening_place >= 0], minlength=places)[place] > 0
    known &= (day >= first) & (day <= last) & moment.notna().to_numpy()
    span = last - first + 1
    cell = place * span + np.clip(day, first, last) - first
    opening = np.where(opening_place >= 0, opening_place * span + opening_day - first, -1)
    opens, shuts = openings["start"].to_numpy().astype(np.int64) - tolerance, openings["end"].to_numpy().astype(np.int64) + tolerance
    return known & ~held(cell, opening, opens, shuts, minute)
