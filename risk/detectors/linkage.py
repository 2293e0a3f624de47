"""One line contradicts another: a vehicle passes inspection after it was cancelled, or is registered right after it failed elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.duration import moment
from risk.detectors.parts.canary import Canary, needed_of, rows_for
from risk.detectors.parts.lags import SECONDS, days_back, lag, stamps
from risk.detectors.parts.links import (
    Side,
    Ties,
    backward,
    differ,
    first_of_day,
    follows,
    joint,
    latest_before,
    met_on_day,
    shared,
    side,
    unanswered,
    within,
)
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.ties import tie_windows
from risk.detectors.parts.windows import allowed, kept_rows, scoped

BEFORE, AFTER, SAME_DAY = "before", "after", "same_day"


@dataclass(frozen=True)
class Params:
    key: tuple[str, ...] = param(help="The columns by which rows of the two sides belong together, e.g. vin or person")
    other: tuple[Predicate, ...] = param(
        help="Conditions of a row of the other side; of all the rule's lines, whatever its scope, which narrows this side only"
    )
    other_keys: tuple[tuple[str, ...], ...] = param(
        (), help="The key's columns on the other side, each list an alternative, where they are called otherwise there"
    )
    all: tuple[Predicate, ...] = param((), help="Conditions of the row that is held against its subject")
    relation: str = param(BEFORE, help="Where the other row lies in time", choices=(BEFORE, AFTER, SAME_DAY))
    start: str = param("accepted_at", help="The lag runs from this moment of the earlier row")
    end: str = param("accepted_at", help="The lag runs to this moment of the later row")
    unit: str = param("day", help="Unit of the lag", choices=tuple(SECONDS))
    within: float | None = param(None, help="Wrong only when the lag is at most this long")
    at_least: float | None = param(None, help="Wrong only when the lag is at least this long; below zero the order may be reversed")
    differs: tuple[str, ...] = param((), help="Columns that must be known and different in the two rows, e.g. unit")
    unless: tuple[Predicate, ...] = param((), help="A row of the other side with these conditions between the two makes it right")
    absent: bool = param(False, help="Wrong is that there is no such other row (before: within the lag; or on the same day)")
    metric: str = param(
        "count", help="What is measured: the number of rows or their share of the rows that satisfy all", choices=("count", "share")
    )

    def __post_init__(self) -> None:
        if not self.key or not self.other:
            raise ParamError("key and other are needed")
        if any(len(names) != len(self.key) for names in self.other_keys):
            raise ParamError("every one of other_keys names as many columns as key")
        if self.relation == SAME_DAY and (self.within is not None or self.at_least is not None or self.unless):
            raise ParamError("the same day takes neither within, at_least nor unless")
        if self.absent and (self.differs or self.at_least is not None or self.relation == AFTER):
            raise ParamError("absent is of what came before or the same day, without differs and at_least")
        if self.absent and self.relation == BEFORE and self.within is None:
            raise ParamError("absent before needs within")
        if self.within is not None and self.within < 0:
            raise ParamError("within cannot be negative")
        wanted([*self.key, *(name for names in self.other_keys for name in names), *self.differs, moment(self.start), moment(self.end)])


class Linkage(Detector):
    """Both sides are rows of the rule's lines. The hit is this row's subject's, on the day of the later of the two."""

    code = "linkage"
    Params = Params
    linked = ("key", "other_keys")

    def check(self, spec: Spec) -> None:
        params: Params = spec.params
        if spec.op != ">=":
            raise ParamError("contradictions are found upwards: op must be >=")
        if params.within is not None and days_back(params.within, params.unit) >= spec.window_days:
            raise ParamError("window_days must be longer than within")

    def links(self, spec: Spec) -> tuple[str, ...]:
        params: Params = spec.params
        return tuple(dict.fromkeys((*params.key, *(name for names in params.other_keys for name in names))))

    def shown(self, spec: Spec) -> Mapping[str, tuple[Any, ...]]:
        return {}

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        conditions = references((*params.other, *params.all, *params.unless))
        return needs_of(wanted([*self.links(spec), *params.differs, moment(params.start), moment(params.end), *conditions]), spec, "tie")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], replace(spec, scope={}))
        if params.metric == "count" and not params.absent:
            rows = _mattering(frames, rows, spec)
        judged = allowed(rows, spec.scope) & holds(frames, rows, params.all)
        key, *other_keys = _keys(frames, rows, params)
        among = judged & (key >= 0) if params.metric == "share" else None
        other = holds(frames, rows, params.other)
        if params.absent and params.relation == SAME_DAY:
            asked = np.flatnonzero(judged & (key >= 0))
            met = met_on_day(rows, asked, key, [(other, one) for one in other_keys])
            return tie_windows(rows, spec, unanswered(rows, asked[~met], 0), among=among)
        these, others = side(rows, judged, key), _sides(rows, other, other_keys)
        if params.relation == SAME_DAY:
            partner = first_of_day(rows, these, others)
            near = partner >= 0
        else:
            partner = _nearest(frames, rows, spec, these, others, other_keys)
            near = (partner >= 0) & _near(frames, rows, these.row, partner, params)
        if params.absent:
            return tie_windows(rows, spec, unanswered(rows, these.row[~near], days_back(params.within or 0.0, params.unit)), among=among)
        near &= differ(frames, rows, these.row, partner, params.differs)
        return tie_windows(rows, spec, _ties(rows, these.row[near], partner[near], params.relation), among=among)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        rows = rows_for(spec, share=params.metric == "share")
        wrong = needed_of(spec, rows) if params.metric == "share" else rows
        for number in range(rows):
            _pair(canary, params, number, tied=(number < wrong) != params.absent)
        return canary.frames()


def _mattering(frames: Frames, rows: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """The rows that can be one of a pair, or stand between: a key that comes once ties nothing."""
    params: Params = spec.params
    matter = (allowed(rows, spec.scope) & holds(frames, rows, params.all)) | holds(frames, rows, params.other)
    if params.unless:
        matter |= holds(frames, rows, params.unless)
    rows = kept_rows(rows, matter)
    return rows if params.other_keys else kept_rows(rows, shared(frames, rows, params.key))


def _keys(frames: Frames, rows: pd.DataFrame, params: Params) -> list[np.ndarray]:
    """The key of every row on this side, and on the other by each of its alternatives, in numbers that are equal where the values are."""
    sides = [params.key, *(params.other_keys or (params.key,))]
    if len(params.key) == 1:
        return joint(*(column(frames, rows, names[0]) for names in sides))
    key: np.ndarray | None = None
    for place in range(len(params.key)):
        codes = np.concatenate(joint(*(column(frames, rows, names[place]) for names in sides)))
        key = codes if key is None else within(key, codes)
    return [] if key is None else np.split(key, len(sides))


def _sides(rows: pd.DataFrame, member: np.ndarray, keys: list[np.ndarray]) -> Side:
    parts = [side(rows, member, key) for key in keys]
    row, key, at, tie = (np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "key", "at", "tie"))
    return Side(row, key, at, tie)


def _nearest(frames: Frames, rows: pd.DataFrame, spec: Spec, these: Side, others: Side, other_keys: list[np.ndarray]) -> np.ndarray:
    """The nearest other row before (or after) each of these, −1 where there is none or a row of `unless` lies between."""
    params: Params = spec.params
    backwards = params.relation == AFTER
    asked = these.reversed() if backwards else these
    partner = latest_before(asked, others.reversed() if backwards else others)
    if params.unless:
        right = _sides(rows, holds(frames, rows, params.unless), other_keys)
        between = latest_before(asked, right.reversed() if backwards else right)
        undone = (between >= 0) & (follows(rows, partner, between) if backwards else follows(rows, between, partner))
        partner = np.where(undone, -1, partner)
    return partner


def _near(frames: Frames, rows: pd.DataFrame, row: np.ndarray, partner: np.ndarray, params: Params) -> np.ndarray:
    """Where the lag lies within its limits; an unknown moment lies in none."""
    start, end = stamps(frames, rows, moment(params.start)), stamps(frames, rows, moment(params.end))
    earlier, later = (row, partner) if params.relation == AFTER else (partner, row)
    length = lag(start[earlier], end[later], params.unit) if len(rows) else np.zeros(0)
    with np.errstate(invalid="ignore"):
        near = ~np.isnan(length)
        near &= (length <= params.within) if params.within is not None else True
        near &= (length >= params.at_least) if params.at_least is not None else True
    return near


def _ties(rows: pd.DataFrame, row: np.ndarray, partner: np.ndarray, relation: str) -> Ties:
    if relation != AFTER:
        return backward(rows, row, partner)
    day = rows["day"].to_numpy().astype(np.int64)
    return Ties(row, partner, day[partner], day[row])


def _pair(canary: Canary, params: Params, number: int, *, tied: bool) -> None:
    """A row under a key of its own, and where `tied` one of the other side as far off as the rule asks."""
    rows = [canary.row(params.all)]
    if tied:
        rows.append(canary.row(params.other))
    for row, names in zip(rows, (params.key, (params.other_keys or (params.key,))[0]), strict=False):
        for name in names:
            canary.set(row, name, 0 if params.relation == SAME_DAY else number)
    if params.relation == SAME_DAY:
        # The wrong ones a day after the right ones: then the last day sees both.
        for row in rows if tied != params.absent else []:
            row["accepted_at"] += pd.Timedelta(days=1)
        return
    if not tied:
        return
    for value, row in enumerate(rows):
        for name in params.differs:
            canary.set(row, name, value)
    earlier, later = rows if params.relation == AFTER else rows[::-1]
    far = params.at_least if params.at_least is not None else 1.0 if params.within is None else params.within / 2
    far_off = pd.Timedelta(seconds=far * SECONDS[params.unit])
    later["accepted_at"] = earlier["accepted_at"] + max(far_off, pd.Timedelta(minutes=1))
    if not isinstance(earlier.get(moment(params.start)), pd.Timestamp):
        earlier[moment(params.start)] = earlier["accepted_at"]
    later[moment(params.end)] = earlier[moment(params.start)] + far_off if params.end != "accepted_at" else later["accepted_at"]
