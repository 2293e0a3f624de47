"""A forbidden succession: two actions on one vehicle or person that must not follow each other, or steps of one business out of order."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.duration import moment
from risk.detectors.parts.canary import Canary, needed_of, rows_for
from risk.detectors.parts.lags import SECONDS, days_back, lag, stamps
from risk.detectors.parts.links import backward, differ, follows, keyed, latest_before, shared, side, unanswered
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import wanted
from risk.detectors.parts.ties import tie_windows
from risk.detectors.parts.trail import FAULTS, out_of_order
from risk.detectors.parts.windows import day_windows, kept_rows, scoped


@dataclass(frozen=True)
class Params:
    key: tuple[str, ...] = param((), help="Between rows: the columns that tie them together, e.g. plate, vin or person")
    first: tuple[Predicate, ...] = param((), help="Conditions of the earlier row; the last such row before a row of all counts")
    all: tuple[Predicate, ...] = param((), help="Conditions of the row that is held against its subject: the later one")
    differs: tuple[str, ...] = param((), help="Columns that must be known and different in the two rows, e.g. agent")
    unless: tuple[Predicate, ...] = param((), help="A row with these conditions between the two makes it right, e.g. a repair")
    start: str = param("accepted_at", help="The lag runs from this moment of the earlier row")
    end: str = param("accepted_at", help="The lag runs to this moment of the later row")
    unit: str = param("day", help="Unit of the lag", choices=tuple(SECONDS))
    within: float | None = param(None, help="Wrong only when the lag is at most this long")
    at_least: float | None = param(None, help="Wrong only when the lag is at least this long")
    absent: bool = param(False, help="Wrong is that no such earlier row lies within the lag")
    steps: tuple[str, ...] = param((), help="Within one business: the names of its steps in the order they must come")
    faults: tuple[str, ...] = param(FAULTS, help="With steps: which faults count: reversed, missing (a later one is there), repeated")
    tolerance: float = param(0.0, help="With steps: minutes by which times may stand in the wrong order")
    metric: str = param(
        "count", help="What is measured: the number of rows or their share of the rows that satisfy all", choices=("count", "share")
    )

    def __post_init__(self) -> None:
        if bool(self.key) == bool(self.steps):
            raise ParamError("either key or steps is needed, the other stays empty")
        if self.key and not self.first:
            raise ParamError("key needs first: what the earlier row is")
        if self.steps and (len(set(self.steps)) < 2 or set(self.faults) - set(FAULTS) or not self.faults):
            raise ParamError("steps needs at least two different names, and faults of %(known)s", known=", ".join(FAULTS))
        if self.absent and (self.within is None or self.differs or self.at_least is not None):
            raise ParamError("absent needs within, and takes neither differs nor at_least")
        if min(self.within or 0, self.at_least or 0, self.tolerance) < 0:
            raise ParamError("within, at_least and tolerance cannot be negative")
        wanted([*self.key, *self.differs, moment(self.start), moment(self.end)])


class Sequence(Detector):
    """Rows follow one another by time, whoever handled them; the later row's subject answers."""

    code = "sequence"
    Params = Params
    linked = ("key",)

    def check(self, spec: Spec) -> None:
        params: Params = spec.params
        if spec.op != ">=":
            raise ParamError("successions are found upwards: op must be >=")
        if params.within is not None and params.key and days_back(params.within, params.unit) >= spec.window_days:
            raise ParamError("window_days must be longer than within")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        conditions = references((*params.first, *params.all, *params.unless))
        if params.steps:
            return needs_of(wanted([*(f"step.{name}.at" for name in params.steps), *conditions]), spec, "tie")
        return needs_of(wanted([*params.key, *params.differs, moment(params.start), moment(params.end), *conditions]), spec, "tie")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        if params.key and params.metric == "count" and not params.absent:
            rows = _mattering(frames, rows, params)
        judged = holds(frames, rows, params.all)
        if params.steps:
            wrong = judged & out_of_order(frames, rows, params.steps, params.faults, params.tolerance)
            if params.metric == "share":
                rows, wrong = rows[judged].reset_index(drop=True), wrong[judged]
            return day_windows(rows, spec, wrong, share=params.metric == "share")
        key = keyed(frames, rows, params.key)
        later = side(rows, judged, key)
        partner = latest_before(later, side(rows, holds(frames, rows, params.first), key))
        if params.unless:
            between = latest_before(later, side(rows, holds(frames, rows, params.unless), key))
            partner = np.where(follows(rows, between, partner), -1, partner)
        near = (partner >= 0) & _near(frames, rows, later.row, partner, params)
        if params.absent:
            ties = unanswered(rows, later.row[~near], days_back(params.within or 0.0, params.unit))
        else:
            near &= differ(frames, rows, later.row, partner, params.differs)
            ties = backward(rows, later.row[near], partner[near])
        return tie_windows(rows, spec, ties, among=judged & (key >= 0) if params.metric == "share" else None)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        rows = rows_for(spec, share=params.metric == "share")
        wrong = needed_of(spec, rows) if params.metric == "share" else rows
        for number in range(rows):
            if params.steps:
                _trail(canary, params, wrong=number < wrong)
            else:
                _pair(canary, params, number, tied=(number < wrong) != params.absent)
        return canary.frames()


def _mattering(frames: Frames, rows: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The rows that can be one of a pair, or stand between: a key that comes once ties nothing."""
    matter = holds(frames, rows, params.all) | holds(frames, rows, params.first)
    if params.unless:
        matter |= holds(frames, rows, params.unless)
    rows = kept_rows(rows, matter)
    return kept_rows(rows, shared(frames, rows, params.key))


def _near(frames: Frames, rows: pd.DataFrame, row: np.ndarray, partner: np.ndarray, params: Params) -> np.ndarray:
    """Where the lag from the partner (wherever there is one) lies within its limits; an unknown moment lies in none."""
    start, end = stamps(frames, rows, moment(params.start)), stamps(frames, rows, moment(params.end))
    length = lag(start[np.maximum(partner, 0)], end[row], params.unit) if len(rows) else np.zeros(0)
    with np.errstate(invalid="ignore"):
        near = ~np.isnan(length)
        if params.within is not None:
            near &= length <= params.within
        if params.at_least is not None:
            near &= length >= params.at_least
    return near


def _trail(canary: Canary, params: Params, *, wrong: bool) -> None:
    """A business with its steps in order, or with the first of the faults."""
    row, steps = canary.row(params.all), params.steps
    if wrong and params.faults[0] == "missing":
        steps = steps[-1:]
    elif wrong and params.faults[0] == "reversed":
        steps = steps[::-1]
    for place, name in enumerate(steps):
        row[f"step.{name}.at"] = canary.at + place * pd.Timedelta(minutes=params.tolerance + 1)
    if wrong and params.faults[0] == "repeated":
        canary.twice.append((row, steps[0]))


def _pair(canary: Canary, params: Params, number: int, *, tied: bool) -> None:
    """A later row under a key of its own, and where `tied` an earlier one before it."""
    lag_of_pair = params.at_least if params.at_least is not None else 1.0 if params.within is None else params.within / 2
    earlier = canary.row(params.first) if tied else {}
    later = canary.row(params.all)
    begun = earlier.get("accepted_at", canary.at)
    later["accepted_at"] = later[moment(params.end)] = begun + pd.Timedelta(seconds=lag_of_pair * SECONDS[params.unit])
    for row, value in ((earlier, 1), (later, 2)):
        if row:
            for name in params.differs:
                canary.set(row, name, value)
            for name in params.key:
                canary.set(row, name, number)
    if tied:
        earlier[moment(params.start)] = begun
