"""A departure from the own past that the peers do not share: cancellations of one post triple in a month, complaints of one unit rise."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import GRID_DAYS, PEER, Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts import canaries
from risk.detectors.parts.discovery import digits, false_discovery
from risk.detectors.parts.found import reaches
from risk.detectors.parts.grid import Keys, class_columns, classes, keys_of, whole_weeks, windows
from risk.detectors.parts.history import Change, changes
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import wanted
from risk.detectors.parts.suspects import Suspect, answered, dots, peer_hits
from risk.detectors.parts.windows import kept_rows, scoped


@dataclass(frozen=True)
class Params:
    all: tuple[Predicate, ...] = param((), help="Conditions of the rows whose share or number changes; all must hold")
    any: tuple[Predicate, ...] = param((), help="Conditions of the rows whose share or number changes; at least one must hold")
    metric: str = param("rate", help="What changes: the share of such rows, or their number", choices=("rate", "volume"))
    peers: tuple[str, ...] = param(("line",), help="Columns that peers have in common; their change is taken off")
    case_mix: tuple[str, ...] = param((), help="Columns by which cases differ; each class is compared with its own past")
    company: tuple[Predicate, ...] = param(
        (),
        help="Volume: further rows whose numbers say what is ordinary while nobody is judged by them, e.g. the business of windows beside"
        " the cancellations of one section, which has no peers; all must hold",
    )
    recent_days: int = param(28, help="The last so many days are compared with the rest of the window, a multiple of 7")
    measure: str = param(
        "ratio",
        help="What the thresholds are about: the ratio of now to expected, the difference in percentage points (rate), or the number now",
        choices=("ratio", "difference", "count"),
    )
    min_ratio: float = param(1.5, help="Now must differ from expected by at least this factor (to either side of op), whatever is measured")
    min_expected: float = param(3.0, help="So many matched rows must be expected in the recent days, else nothing can be said")
    run: float = param(2.0, help="The weekly sum of departures (CUSUM, in standard deviations) must have reached this by the day")
    min_past_days: int = param(
        0, help="The own business must have begun so many days before the recent ones: an office just opened has no past"
    )
    min_peers: int = param(5, help="So many peers with a past are needed to know what changes are ordinary")
    q: float = param(0.01, help="Share of false discoveries allowed among all subjects tested on one day")

    def __post_init__(self) -> None:
        if self.recent_days < GRID_DAYS or self.recent_days % GRID_DAYS:
            raise ParamError("recent_days is a multiple of 7")
        if self.metric == "rate" and not (self.all or self.any):
            raise ParamError("a rate needs at least one condition, in all or any")
        if self.metric == "volume" and self.measure == "difference":
            raise ParamError("difference belongs to the metric rate")
        if self.company and (self.metric == "rate" or not (self.all or self.any)):
            raise ParamError("company stands beside the rows of a volume that all or any choose")
        if self.min_past_days < 0 or self.min_past_days % GRID_DAYS:
            raise ParamError("min_past_days is a multiple of 7")
        if self.min_ratio < 1 or self.run < 0 or self.min_peers < 3 or not 0 < self.q <= 0.2 or self.min_expected <= 0:
            raise ParamError("min_ratio is at least 1, run at least 0, min_peers at least 3, min_expected above 0, q above 0, at most 0.2")
        class_columns([*self.peers, *self.case_mix])


class Drift(Detector):
    """Op >= finds rises, op <= falls (a ratio or number below its threshold; a difference counts the points fallen, with op >= never)."""

    code = "drift"
    Params = Params
    reach = PEER

    def check(self, spec: Spec) -> None:
        whole_weeks(spec)
        if 2 * spec.params.recent_days > spec.window_days:
            raise ParamError("the past must be at least as long as the recent days: recent_days at most half of window_days")
        if spec.params.recent_days + spec.params.min_past_days > spec.window_days:
            raise ParamError("min_past_days and recent_days together are at most window_days")
        if spec.op == "<=" and spec.params.measure == "difference":
            raise ParamError("falls are measured as a ratio or a count")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted(references((*params.all, *params.any, *params.company)))
        for frame, columns in class_columns([*params.peers, *params.case_mix]).items():
            found.setdefault(frame, set()).update(columns)
        return needs_of(found, spec)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        return canaries.change(self, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        matched = holds(frames, rows, params.all, params.any)
        kept = keys_of(rows[spec.subject_column]).codes > 0
        if params.metric == "volume":
            kept &= matched | (holds(frames, rows, params.company) if params.company else False)
        rows, matched = kept_rows(rows, kept), matched[kept]
        subject, group = keys_of(rows[spec.subject_column]), classes(frames, rows, params.peers)
        judged = subject.size
        if params.company:
            subject = _apart(subject, matched)
        mix = classes(frames, rows, params.case_mix)
        suspects, answers = [], []
        for window in windows(rows, spec, [group, subject, mix], {"matched": matched}):
            found = changes(window, spec, judged)
            tested = found.tested & (found.expected >= params.min_expected)
            own = ~found.beside
            answers.append(answered(found.subject[own], window.day, tested[own], found.total[own]))
            suspects += _stand_out(found, tested, window.day, spec)
        day = rows["day"].to_numpy()

        def evidence(one: Suspect, behind: np.ndarray) -> np.ndarray:
            lately = behind[day[behind] > one.day - params.recent_days]
            if spec.op == ">=":
                return lately[matched[lately]]
            # Of a subject that fell silent altogether, the last day on which it did anything; without a row no alert can name it.
            return lately if len(lately) else behind[day[behind] == day[behind].max()]

        return peer_hits(suspects, answers, rows, spec, subject, evidence)


def _apart(subject: Keys, matched: np.ndarray) -> Keys:
    """The same numbers for matched rows; company bears the numbers after them, so that a subject's company is never its own business."""
    codes = np.where(matched, subject.codes, subject.codes + subject.size)
    return Keys(codes, 2 * subject.size, np.concatenate([subject.names, subject.names]))


def _stand_out(found: Change, tested: np.ndarray, day: int, spec: Spec) -> list[Suspect]:
    params: Params = spec.params
    low = spec.op == "<="
    tail = found.low if low else found.high
    family = np.flatnonzero(tested)
    q = false_discovery(tail[family])
    ratio = found.count / np.maximum(found.expected, 1e-9)
    suspects = []
    for one, chance in zip(family[q <= params.q], q[q <= params.q], strict=True):
        far = ratio[one] * params.min_ratio <= 1 if low else ratio[one] >= params.min_ratio
        if not far or found.run[one] < params.run:
            continue
        numbers = _told(found, int(one)) | {"p": digits(float(tail[one])), "q": digits(float(chance))}
        observed = {"ratio": numbers["ratio"], "difference": numbers.get("difference", 0.0), "count": float(numbers["count"])}[
            params.measure
        ]
        if reaches(observed, spec):
            numbers |= _beside(found, tested, int(one))
            suspects.append(Suspect(int(found.subject[one]), day, observed, numbers))
    return suspects


def _beside(found: Change, tested: np.ndarray, one: int) -> dict[str, Any]:
    """The peers of one subject."""
    others = (tested | found.beside) & (found.group == found.group[one])
    others[one] = False
    ratios = found.count[others] / np.maximum(found.expected[others], 1e-9)
    median = digits(float(np.median(ratios))) if len(ratios) else 1.0
    return {"peers": int(others.sum()), "median": median, "peer_values": dots(ratios)}


def _told(found: Change, one: int) -> dict[str, Any]:
    """The numbers of one subject, its peers aside. `past` is its own before; `expected` is that, changed as the peers changed."""
    numbers: dict[str, Any] = {
        "count": int(found.count[one]),
        "total": int(found.total[one]),
        "expected": digits(float(found.expected[one])),
        "ratio": digits(float(found.count[one] / found.expected[one])),
        "past": digits(float(found.past[one])),
        "lower": digits(float(found.lower[one] / found.expected[one])),
        "upper": digits(float(found.upper[one] / found.expected[one])),
        "value": digits(float(found.count[one] / found.expected[one])),
        "scale": "times",
        "cusum": digits(float(found.run[one])),
        "weeks": int(found.weeks[one]),
    }
    if found.rate:
        numbers["percent"] = digits(100 * found.count[one] / found.total[one])
        numbers["expected_percent"] = digits(100 * found.expected[one] / found.total[one])
        numbers["difference"] = digits(100 * (found.count[one] - found.expected[one]) / found.total[one])
    return numbers
