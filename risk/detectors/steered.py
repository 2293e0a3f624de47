"""Regular counterparts whom the same few handlers serve, where the queue would have shared them out among all colleagues."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import GRID_DAYS, PEER, Detector, Frames, Needs, Spec, needs_of
from risk.detectors.concentration import first_of_day
from risk.detectors.parts import canaries
from risk.detectors.parts.circles import Circles, Terms, circles
from risk.detectors.parts.discovery import digits
from risk.detectors.parts.found import Slices, reaches
from risk.detectors.parts.grid import Keys, class_columns, classes, keys_of, label, whole_weeks
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.regulars import OfficeWindow, office_windows
from risk.detectors.parts.sorting import distinct, numbered, ordered, ranges, recurring, starts
from risk.detectors.parts.suspects import Suspect, answered, peer_hits
from risk.detectors.parts.windows import kept_rows, scoped

MOST_FEW = 3


@dataclass(frozen=True)
class Params:
    counterpart: str = param(help="The column of those who come, e.g. agent, agency")
    within: tuple[str, ...] = param(("unit", "post"), help="Columns that make an office, whose people could all have served")
    alike: tuple[str, ...] = param((), help="Columns by which an office may share out its work, e.g. action")
    all: tuple[Predicate, ...] = param((), help="Conditions of the rows that count")
    few: int = param(2, help="So many handlers at most are few")
    min_visits: int = param(8, help="Who comes regularly has at least so many visits (all of one to a handler on one day are one)")
    min_share: float = param(80.0, help="At least this percentage of a counterpart's visits is with the few")
    min_counterparts: int = param(1, help="So many counterparts are bound to the same few")
    min_colleagues: int = param(3, help="So many colleagues must do the same work, else nothing can be said")
    chance: float = param(0.0001, help="No hit where chance makes such a group, anywhere on that day, at least this likely")

    def __post_init__(self) -> None:
        if not 1 <= self.few <= MOST_FEW or self.min_visits < 2 or self.min_counterparts < 1 or self.min_colleagues < self.few:
            raise ParamError("few is 1 to 3, min_visits at least 2, min_counterparts at least 1, min_colleagues at least few")
        if not 0 < self.min_share <= 100 or not 0 < self.chance <= 0.2:
            raise ParamError("min_share is above 0 and at most 100, chance above 0 and at most 0.2")
        class_columns([self.counterpart, *self.within, *self.alike])


class Steered(Detector):
    """The subject is each of the few; measured are the visits to them beyond what their part of the office's work makes expected."""

    code = "steered"
    Params = Params
    reach = PEER

    def check(self, spec: Spec) -> None:
        whole_weeks(spec)
        if spec.op != ">=":
            raise ParamError("too many visits are too many, never too few: op is >=")
        if spec.params.counterpart == spec.subject_column:
            raise ParamError("the counterpart is another column than the subject's")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted(references(params.all))
        for frame, columns in class_columns([params.counterpart, *params.within, *params.alike]).items():
            found.setdefault(frame, set()).update(columns)
        return needs_of(found, spec)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        return canaries.steered(self, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        rows = kept_rows(rows, (keys_of(rows[spec.subject_column]).codes > 0) & holds(frames, rows, params.all))
        subject, office = keys_of(rows[spec.subject_column]), classes(frames, rows, params.within)
        side = keys_of(column(frames, rows, params.counterpart))
        kind = classes(frames, rows, params.alike)
        often, guest, visits = _visits(rows, params.min_visits, office, kind, subject, side)
        terms = Terms(params.few, params.min_share, params.min_counterparts, params.chance)
        suspects, answers = [], []
        for window in office_windows(
            rows["day"].to_numpy(),
            (office, subject, guest, kind),
            visits,
            window_days=spec.window_days,
            min_visits=params.min_visits,
            min_colleagues=params.min_colleagues,
        ):
            answers.append(answered(window.lately, window.day, window.judged, window.visits))
            suspects += _suspects(circles(window.regulars, window.offices, terms), window, side.names, spec)
        behind = _behind(suspects, often, rows, spec, subject, office, side)
        return peer_hits(suspects, answers, rows, spec, subject, behind)


@dataclass(frozen=True)
class Group:
    """The office and the counterparts of a circle, by code."""

    office: int
    counterparts: np.ndarray


def _visits(
    rows: pd.DataFrame, min_visits: int, office: Keys, kind: Keys, subject: Keys, side: Keys
) -> tuple[np.ndarray, Keys, np.ndarray]:
    """(rows of counterparts that may come regularly somewhere; the counterpart of each of these and 0 of all others; 1 for each visit)."""
    known = np.flatnonzero(side.codes > 0)
    keys = [Keys(one.codes[known], one.size) for one in (office, kind, subject, side)]
    visits = np.zeros(len(rows), dtype=np.int64)
    visits[known] = first_of_day(keys, rows["day"].to_numpy()[known])
    often = known[recurring(min_visits, keys[0].codes, keys[3].codes)]
    guest = np.zeros(len(rows), dtype=np.int64)
    guest[often] = side.codes[often]
    return often, Keys(guest, side.size), visits


def _suspects(found: Circles, window: OfficeWindow, names: np.ndarray, spec: Spec) -> list[Suspect]:
    """Each handler with business in the last week, about the least likely circle they belong to, if that reaches a level."""
    of, place = np.nonzero(found.members >= 0)
    who = found.members[of, place]
    order = np.lexsort((of, found.chance[of], who))
    order = order[starts(who[order]) & np.isin(who[order], window.lately)]
    count, total, expected = (np.add.reduceat(one, found.first[:-1]) for one in (found.with_them, found.visits, found.expected))
    first, handlers, told = found.first.tolist(), np.bincount(of).tolist(), {}
    for circle in distinct(of[order]).tolist():
        bound = found.guest[first[circle] : first[circle + 1]]
        sums = float(count[circle]), float(total[circle]), float(expected[circle])
        numbers = _numbers(*sums, float(found.chance[circle]), handlers[circle], len(bound))
        if reaches(numbers["excess"], spec):
            numbers["counterpart"] = label(names[bound[0]])
            told[circle] = (window.day, numbers["excess"], numbers, Group(int(found.office[circle]), bound))
    members = zip(who[order].tolist(), of[order].tolist(), strict=True)
    return [Suspect(one, *told[circle]) for one, circle in members if circle in told]


def _numbers(count: float, total: float, expected: float, chance: float, handlers: int, counterparts: int) -> dict[str, Any]:
    """Of a circle: visits with its handlers, all visits of its counterparts, expected visits, the logarithm of its chance, its members."""
    percent = digits(100 * count / total)
    return {
        "count": int(count),
        "total": int(total),
        "percent": percent,
        "closed": percent,
        "expected": digits(expected),
        "expected_percent": digits(100 * expected / total),
        "excess": digits(count - expected),
        "lift": digits(count / expected),
        "handlers": handlers,
        "counterparts": counterparts,
        "size": handlers + counterparts,
        "p": digits(math.exp(max(chance, -690.0))),
        "peer_values": [],
    }


def _behind(
    suspects: Sequence[Suspect], often: np.ndarray, rows: pd.DataFrame, spec: Spec, subject: Keys, office: Keys, side: Keys
) -> Slices:
    """The rows of every suspect with the counterparts of its circle in that office; `often` are the rows among which they are."""
    day = rows["day"].to_numpy()[often].astype(np.int64)
    pairs, pair = numbered(subject.codes[often] * office.size + office.codes[often])
    order = ordered(pair, side.codes[often], day)
    begins = int(day.min()) - spec.window_days if len(day) else 0
    span = int(day.max(initial=0)) + GRID_DAYS - begins
    keys = ((pair * side.size + side.codes[often]) * span + day - begins)[order]
    many = np.array([len(one.about.counterparts) for one in suspects], dtype=np.int64)
    whose = np.array([one.subject * office.size + one.about.office for one in suspects], dtype=np.int64)
    # Who only completes a set may never have met anybody who is often there: no rows have that number.
    mine = np.where(np.isin(whose, pairs), np.searchsorted(pairs, whose), len(pairs))
    asked = np.repeat(mine, many) * side.size
    asked += np.concatenate([one.about.counterparts for one in suspects]) if len(suspects) else 0
    until = asked * span + np.repeat(np.array([one.day for one in suspects], dtype=np.int64), many) - begins
    low = np.searchsorted(keys, until - spec.window_days, side="right")
    high = np.searchsorted(keys, until, side="right")
    ends = np.cumsum(np.bincount(np.repeat(np.arange(len(many)), many), weights=high - low, minlength=len(many))).astype(np.int64)
    return Slices(often[order[ranges(low, high)[0]]], np.append(0, ends[:-1]), ends)
