"""Two places at one time, or more work than hours: what one person cannot have done."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.chance import poisson_tail
from risk.detectors.parts.lags import lag, stamps
from risk.detectors.parts.links import MILLION, backward, day_groups, keyed, last_different
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.sorting import numbered
from risk.detectors.parts.ties import tie_windows
from risk.detectors.parts.windows import WEIGHT_UNIT, batch_stamped, coded, day_windows, scoped

MOST_PAIRS = 60
TWO_PLACES, OVERLOAD = "two_places", "overload"


@dataclass(frozen=True)
class Params:
    minutes: float = param(help="Two places: nearer than so many minutes. Overload: the least minutes one row takes")
    test: str = param(
        TWO_PLACES, help="What cannot be: two places within minutes, or more work in a day than hours", choices=(TWO_PLACES, OVERLOAD)
    )
    place: tuple[str, ...] = param((), help="With two places: the columns that name the place, e.g. attr.exam_site and attr.room")
    minutes_by: Mapping[str, float] | None = param(None, help="Overload: least minutes by the value of the column minutes_column")
    minutes_column: str = param("", help="Overload: the column whose values minutes_by names, e.g. action")
    day_hours: float = param(8.0, help="Two places: the hours of a day over which the subject's own rows fall when chance is reckoned")
    chance: float = param(0.0001, help="Two places: no hit where the subject's own load makes so many near pairs at least this likely")
    batch_rows: int = param(20, help="So many rows of a subject at the very same time are an upload and not judged (0: never)")
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")

    def __post_init__(self) -> None:
        if bool(self.place) != (self.test == TWO_PLACES):
            raise ParamError("place belongs to the test two_places, and it needs it")
        if bool(self.minutes_by) != bool(self.minutes_column) or (self.minutes_by and self.test != OVERLOAD):
            raise ParamError("minutes_by and minutes_column belong together, and to the test overload")
        if self.minutes <= 0 or self.day_hours <= 0 or self.batch_rows < 0 or not 0 < self.chance <= 1:
            raise ParamError("minutes and day_hours are above 0, batch_rows not below, chance above 0 and at most 1")
        wanted([*self.place, *([self.minutes_column] if self.minutes_column else [])])


class Impossible(Detector):
    """Near pairs are compared with what the subject's own load of the day, thrown anyhow over its hours, would make of them."""

    code = "impossible"
    Params = Params

    def check(self, spec: Spec) -> None:
        if spec.op != ">=":
            raise ParamError("the impossible is found upwards: op must be >=")
        if spec.params.test == OVERLOAD and spec.window_days != 1:
            raise ParamError("overload looks at single days: window_days must be 1")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        extra = [params.minutes_column] if params.minutes_column else []
        return needs_of(wanted([*params.place, *extra, *references(params.all)]), spec, "tie")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        judged = holds(frames, rows, params.all) & ~batch_stamped(rows, spec.subject_column, rows["accepted_at"], params.batch_rows)
        if params.test == OVERLOAD:
            return day_windows(rows, spec, judged, weights=_hours(frames, rows, params))
        subject, place = coded(rows[spec.subject_column])[0], keyed(frames, rows, params.place)
        partner = last_different(rows, judged, subject, place)
        at = stamps(frames, rows, "accepted_at")
        near = partner >= 0
        near[near] = lag(at[partner[near]], at[near], "minute") < params.minutes
        row = np.flatnonzero(near)
        expected = _by_chance(rows, judged & (place >= 0), subject, place, params)
        return tie_windows(rows, spec, backward(rows, row, partner[row]), expected=expected, chance=params.chance)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        mildest = min(spec.thresholds.values())
        if params.test == OVERLOAD:
            for _ in range(int(max(np.ceil(mildest * 60 / params.minutes - 1e-9), spec.min_n))):
                canary.row(params.all)
            return canary.frames()
        # Spread over the days of the window, where a small load of each makes the fewest by chance; more of them while chance still could.
        pairs, share = int(max(np.ceil(mildest), spec.min_n)), params.minutes / (params.day_hours * 60)
        while poisson_tail(pairs, 2 * pairs * share * -(-pairs // spec.window_days)) > params.chance and pairs < MOST_PAIRS:
            pairs += 1
        for number in range(2 * pairs):
            row = canary.row(params.all)
            row["accepted_at"] -= pd.Timedelta(days=number // 2 % spec.window_days)
            for name in params.place:
                canary.set(row, name, number % 2)
        return canary.frames()


def _hours(frames: Frames, rows: pd.DataFrame, params: Params) -> np.ndarray:
    """The hours each row takes at the least, in thousandths."""
    minutes = np.full(len(rows), params.minutes)
    if params.minutes_by:
        of_class = column(frames, rows, params.minutes_column).astype(str).map(dict(params.minutes_by)).to_numpy(dtype=float)
        minutes = np.where(np.isnan(of_class), params.minutes, of_class)
    return np.round(minutes / 60 * WEIGHT_UNIT).astype(np.int64)


def _by_chance(rows: pd.DataFrame, member: np.ndarray, subject: np.ndarray, place: np.ndarray, params: Params) -> np.ndarray:
    """How many near pairs each row would have by chance, in millionths: of n rows thrown over the day those at other places that fall into
    the minutes before one of them, n − 1 times the share of other places times minutes over hours."""
    member = member & (subject >= 0)
    group = day_groups(rows, member, subject)
    count = np.bincount(group[member], minlength=group.max(initial=-1) + 1)
    of_place = numbered(group[member] * (place.max(initial=0) + 1) + place[member])[1]
    same = np.zeros(len(rows))
    same[member] = np.bincount(of_place)[of_place]
    others = np.where(member, count[group] - same, 0.0)
    share = np.minimum(1.0, params.minutes / (params.day_hours * 60))
    return np.round(others * share * MILLION).astype(np.int64)
