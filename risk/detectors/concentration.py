"""A counterpart too near: one intermediary takes a share of a handler's business that colleagues' business does not explain, or one school
passes with one examiner as with nobody else."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import PEER, Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts import canaries, pairs
from risk.detectors.parts.discovery import digits
from risk.detectors.parts.found import reaches
from risk.detectors.parts.grid import Keys, class_columns, classes, joined, keys_of, label, merged_windows, whole_weeks
from risk.detectors.parts.pairs import Pairs
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.sorting import numbered
from risk.detectors.parts.suspects import Suspect, answered, dots, peer_hits
from risk.detectors.parts.windows import kept_rows, scoped


@dataclass(frozen=True)
class Params:
    counterpart: str = param(help="The column of the counterpart, e.g. agency, agent, attr.exam_site")
    within: tuple[str, ...] = param(("unit", "action"), help="Columns that make colleagues comparable, e.g. unit, action, day, shift")
    all: tuple[Predicate, ...] = param((), help="Conditions of the rows that count")
    outcome: tuple[Predicate, ...] = param(
        (), help="When given: not the volume of a pair is judged but the share of its rows that satisfies these conditions"
    )
    measure: str = param(
        "lift",
        help="What the thresholds are about: observed ÷ expected, the pair's share of the subject's volume in percent, or for outcomes "
        "the difference from the expected in percentage points",
        choices=("lift", "share", "difference"),
    )
    min_lift: float = param(2.0, help="Observed ÷ expected must be at least this, whatever is measured; 1 with outcomes that are usual")
    min_count: int = param(8, help="A pair needs at least so many visits (with outcome: rows)")
    min_colleagues: int = param(2, help="So many colleagues must do the same work, else nothing can be said")
    count_days: bool = param(True, help="All that a counterpart brings to a subject on one day counts once, as one visit")
    q: float = param(0.01, help="Share of false discoveries allowed among all pairs of one day")

    def __post_init__(self) -> None:
        if self.min_lift < 1 or self.min_count < 2 or self.min_colleagues < 1 or not 0 < self.q <= 0.2:
            raise ParamError("min_lift is at least 1, min_count at least 2, min_colleagues at least 1, q above 0 and at most 0.2")
        if (self.measure == "difference") and not self.outcome or (self.measure == "share" and self.outcome):
            raise ParamError("difference belongs to outcomes, share to volumes")
        class_columns([self.counterpart, *self.within])


class Concentration(Detector):
    """One hit per subject and day, about the counterpart that stands out most; it is named in the numbers."""

    code = "concentration"
    Params = Params
    reach = PEER

    def check(self, spec: Spec) -> None:
        whole_weeks(spec)
        if spec.op != ">=":
            raise ParamError("a concentration is too high, never too low: op is >=")
        if spec.params.counterpart == spec.subject_column:
            raise ParamError("the counterpart is another column than the subject's")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted(references((*params.all, *params.outcome)))
        for frame, columns in class_columns([params.counterpart, *params.within]).items():
            found.setdefault(frame, set()).update(columns)
        return needs_of(found, spec)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        return canaries.one_counterpart(self, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        rows = kept_rows(rows, (keys_of(rows[spec.subject_column]).codes > 0) & holds(frames, rows, params.all))
        subject, counterpart = keys_of(rows[spec.subject_column]), classes(frames, rows, [params.counterpart])
        names = _names(frames, rows, params.counterpart)
        within = classes(frames, rows, params.within)
        counted = np.ones(len(rows), dtype=np.int64)
        if params.count_days and not params.outcome:
            counted = first_of_day([within, subject, counterpart], rows["day"].to_numpy())
        sums = {"visits": counted, "matched": holds(frames, rows, params.outcome)}
        suspects, answers = [], []
        for window in merged_windows(rows, spec, [within, subject, counterpart], sums):
            judge = pairs.by_outcome if params.outcome else pairs.by_volume
            found = judge(window, min_n=spec.min_n, min_count=params.min_count, min_colleagues=params.min_colleagues)
            answers.append(answered(found.subject, window.day, found.tested, found.total))
            suspects += _stand_out(found, window.day, names, spec)
        return peer_hits(suspects, answers, rows, spec, subject, lambda one, behind: behind[counterpart.codes[behind] == one.about])


def _names(frames: Frames, rows: pd.DataFrame, counterpart: str) -> np.ndarray:
    """What the counterpart's numbers stand for."""
    return keys_of(column(frames, rows, counterpart)).names


def first_of_day(keys: list[Keys], day: np.ndarray) -> np.ndarray:
    """1 for one row of every combination of the keys and a day, else 0."""
    once = np.zeros(len(day), dtype=np.int64)
    if not len(day):
        return once
    day = day.astype(np.int64)
    whole = joined([*keys, Keys(day - day.min(), int(day.max() - day.min()) + 1)], len(day)).codes
    different, place = numbered(whole)
    some = np.empty(len(different), dtype=np.int64)
    some[place] = np.arange(len(day))
    once[some] = 1
    return once


def _stand_out(found: Pairs, day: int, names: np.ndarray, spec: Spec) -> list[Suspect]:
    """Of every subject the pair that passes the limit with the smallest chance, if that reaches a level."""
    params: Params = spec.params
    lift = found.count / found.expected
    good = np.flatnonzero((found.q <= params.q) & (lift >= params.min_lift) & (found.count > 0))
    good = good[np.lexsort((found.counterpart[good], -lift[good], found.p[good], found.owner[good]))]
    first = np.ones(len(good), dtype=bool)
    first[1:] = found.owner[good][1:] != found.owner[good][:-1]
    suspects = []
    for one in good[first]:
        numbers = _told(found, int(one)) | {"counterpart": label(names[found.counterpart[one]])}
        observed = {"lift": numbers["lift"], "share": numbers["percent"], "difference": numbers.get("difference")}[params.measure]
        if not reaches(float(observed), spec):
            continue
        others = found.others(int(one))
        numbers |= {"median": digits(float(np.median(others)) if len(others) else 0.0), "peer_values": dots(others)}
        suspects.append(Suspect(int(found.owner[one]), day, float(observed), numbers, int(found.counterpart[one])))
    return suspects


def _told(found: Pairs, one: int) -> dict[str, Any]:
    """The numbers of a pair, its peers aside; shares in percent. Of a volume the total is the subject's, of an outcome the pair's."""
    count, total, expected = float(found.count[one]), float(found.of[one]), float(found.expected[one])
    return {
        "count": int(count),
        "total": int(total),
        "percent": digits(100 * count / total),
        "expected": digits(expected),
        "expected_percent": digits(100 * expected / total),
        "lift": digits(count / expected),
        "difference": digits(100 * (count - expected) / total),
        "lower": digits(100 * float(found.lower[one]) / total),
        "upper": digits(100 * float(found.upper[one]) / total),
        "peers": int(found.colleagues[one]),
        "p": digits(float(found.p[one])),
        "q": digits(float(found.q[one])),
        "value": digits(100 * count / total),
        "scale": "%",
    }
