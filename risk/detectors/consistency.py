"""Unequal treatment of equal cases (裁量): the same violation and facts, and a very different fine, or none, by one handler or agent."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import PEER, Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts import canaries
from risk.detectors.parts.discovery import digits, false_discovery
from risk.detectors.parts.found import reaches
from risk.detectors.parts.grid import Keys, Window, class_columns, classes, keys_of, merged_windows, totals, whole_weeks
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.suspects import Suspect, answered, dots, peer_hits
from risk.detectors.parts.treatment import LOG_UNIT, Treatment, treatment
from risk.detectors.parts.windows import kept_rows, scoped


@dataclass(frozen=True)
class Params:
    facts: tuple[str, ...] = param(help="Columns that make two cases equal, e.g. attr.violation_code, vehicle_type")
    all: tuple[Predicate, ...] = param((), help="What may be unequal: the share of rows that satisfy these conditions")
    value: str = param("", help="What may be unequal: this amount (instead of all)")
    below: float = param(
        0.0, help="With value: not the amount but the share of rows with less than this part of the median of equal facts (0: the amount)"
    )
    also: tuple[str, ...] = param((), help="Further circumstances with an effect each, e.g. unit; for an agent the handler")
    among: tuple[Predicate, ...] = param((), help="Conditions of the rows that count at all")
    only: tuple[Predicate, ...] = param(
        (), help="Judge only these rows, e.g. vehicles from elsewhere, against the subject's own way with all others"
    )
    side: str = param("both", help="Whether too high, too low or both are wrong", choices=("high", "low", "both"))
    measure: str = param(
        "difference",
        help="What the thresholds are about: the difference from the expected in percentage points, or the factor (to either side)",
        choices=("difference", "ratio"),
    )
    min_ratio: float = param(1.0, help="Observed and expected must differ by at least this factor, whatever is measured")
    min_peers: int = param(5, help="So many others with enough rows are needed")
    q: float = param(0.01, help="Share of false discoveries allowed among all subjects tested on one day")

    def __post_init__(self) -> None:
        if not self.facts or bool(self.all) == bool(self.value):
            raise ParamError("facts are needed, and either all (a share) or value (an amount)")
        if self.of_amounts and self.measure != "ratio":
            raise ParamError("an amount is measured as a ratio")
        if not 0 <= self.below < 1 or (self.below and not self.value):
            raise ParamError("below is a part of the median of value, above 0 and under 1")
        if self.min_ratio < 1 or self.min_peers < 3 or not 0 < self.q <= 0.2:
            raise ParamError("min_ratio is at least 1, min_peers at least 3, q above 0 and at most 0.2")
        class_columns([*self.facts, *self.also, *([self.value] if self.value else [])])

    @property
    def of_amounts(self) -> bool:
        """Means of amounts are compared, not shares of rows."""
        return bool(self.value) and not self.below


class Consistency(Detector):
    code = "consistency"
    Params = Params
    reach = PEER

    def check(self, spec: Spec) -> None:
        whole_weeks(spec)
        if spec.op != ">=":
            raise ParamError("a departure grows to either side: op is >=")
        if spec.subject_column in (*spec.params.facts, *spec.params.also):
            raise ParamError("the subject is no fact of its own cases")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted([*references((*params.all, *params.among, *params.only)), *([params.value] if params.value else [])])
        for frame, columns in class_columns([*params.facts, *params.also]).items():
            found.setdefault(frame, set()).update(columns)
        return needs_of(found, spec)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        return canaries.unequal(self, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        kept = (keys_of(rows[spec.subject_column]).codes > 0) & holds(frames, rows, params.among)
        if params.value:
            kept &= column(frames, rows, params.value).to_numpy(dtype=float) > 0
        rows = kept_rows(rows, kept)
        subject, judged = keys_of(rows[spec.subject_column]), holds(frames, rows, params.only)
        matched = holds(frames, rows, params.all)
        keys = [classes(frames, rows, params.facts), subject, Keys(judged.astype(np.int64), 2)]
        keys += [classes(frames, rows, [name]) for name in params.also]
        amount = keys_of(column(frames, rows, params.value)) if params.below else Keys(np.zeros(len(rows), dtype=np.int64), 1)
        keys += [amount] if params.below else []
        suspects, answers, limits = [], [], dict[int, np.ndarray]()
        for window in merged_windows(rows, spec, keys, _sums(frames, rows, params, matched)):
            if params.below:
                window, limits[window.day] = _small(window, amount, params.below)
            found = treatment(window, value=params.of_amounts, own_effect=bool(params.only), min_n=spec.min_n, min_peers=params.min_peers)
            answers.append(answered(found.subject, window.day, found.tested, found.total))
            suspects += _stand_out(found, window.day, spec)

        def evidence(one: Suspect, behind: np.ndarray) -> np.ndarray:
            behind = behind[judged[behind]]
            if params.of_amounts or not one.about:
                return behind
            if params.below:
                return behind[amount.codes[behind] < limits[one.day][keys[0].codes[behind]]]
            return behind[matched[behind]]

        return peer_hits(suspects, answers, rows, spec, subject, evidence)


def _small(window: Window, amount: Keys, below: float) -> tuple[Window, np.ndarray]:
    """The window without its last key, the amount, and with the rows of small amounts as matched; by facts the code from which an amount is
    not small. Half of the rows of equal facts have the median or less."""
    facts, value = window.keys[0], window.keys[-1]
    worth = np.concatenate([[0.0], amount.names[1:].astype(float)])
    (case, code), (n,), _ = totals([facts, value], [window.sums["rows"]])
    order = np.lexsort((code, case))
    case, code, up_to = case[order], code[order], np.cumsum(n[order])
    last = np.flatnonzero(np.append(case[1:] != case[:-1], True))
    before = np.concatenate([[0.0], up_to[last[:-1]]])
    middle = np.searchsorted(up_to, before + (up_to[last] - before) / 2)
    limit = np.zeros(int(facts.max(initial=0)) + 1, dtype=np.int64)
    limit[case[last]] = np.searchsorted(worth, below * worth[code[middle]])
    small = np.where(value < limit[facts], window.sums["rows"], 0.0)
    return Window(window.day, window.keys[:-1], window.age, {"rows": window.sums["rows"], "matched": small}), limit


def _sums(frames: Frames, rows: pd.DataFrame, params: Params, matched: np.ndarray) -> dict[str, np.ndarray]:
    """Whole numbers per row: whether it matched, or the logarithm of its amount and the square of that. Small amounts are known later."""
    if not params.of_amounts:
        return {"matched": matched}
    value = np.rint(np.log(column(frames, rows, params.value).to_numpy(dtype=float)) * LOG_UNIT)
    return {"value": value, "square": value**2}


def _stand_out(found: Treatment, day: int, spec: Spec) -> list[Suspect]:
    params: Params = spec.params
    tails = {"high": found.high, "low": found.low, "both": np.minimum(1.0, 2 * np.minimum(found.high, found.low))}[params.side]
    family = np.flatnonzero(found.tested)
    q = false_discovery(tails[family])
    suspects = []
    for one, chance in zip(family[q <= params.q], q[q <= params.q], strict=True):
        numbers = _told(found, int(one), params)
        if max(numbers["ratio"], 1 / max(numbers["ratio"], 1e-9)) < params.min_ratio:
            continue
        factor = max(numbers["ratio"], 1 / max(numbers["ratio"], 1e-3))
        observed = digits(factor) if params.measure == "ratio" else abs(numbers["difference"])
        if not reaches(observed, spec):
            continue
        numbers |= _beside(found, int(one), params) | {"p": digits(float(tails[one])), "q": digits(float(chance))}
        suspects.append(Suspect(int(found.subject[one]), day, observed, numbers, found.observed[one] > found.expected[one]))
    return suspects


def _told(found: Treatment, one: int, params: Params) -> dict[str, Any]:
    """The numbers of one subject, shares in percent or geometric means of amounts."""
    told: dict[str, Any] = {"total": int(found.total[one]), "peers": int(found.peers[one])}
    if params.of_amounts:
        mean, expected, lower, upper = (digits(math.exp(getattr(found, name)[one])) for name in ("observed", "expected", "lower", "upper"))
        told |= {"mean": mean, "value": mean, "scale": "amount"}
    else:
        percent, expected, lower, upper = (
            digits(100 * float(getattr(found, name)[one])) for name in ("observed", "expected", "lower", "upper")
        )
        told |= {"count": int(found.count[one]), "percent": percent, "difference": digits(percent - expected)}
        told |= {"value": percent, "scale": "%"}
    return told | {"expected": expected, "lower": lower, "upper": upper, "ratio": digits(told["value"] / max(expected, 1e-9))}


def _beside(found: Treatment, one: int, params: Params) -> dict[str, Any]:
    """The peers of one subject: a peer's value is what it would make of the subject's cases."""
    others = found.tested.copy()
    others[one] = False
    would = found.expected[one] + (found.observed[others] - found.expected[others])
    values = np.exp(would) if params.of_amounts else 100 * np.clip(would, 0, 1)
    expected = digits(math.exp(found.expected[one])) if params.of_amounts else digits(100 * float(found.expected[one]))
    return {"median": digits(float(np.median(values))) if len(values) else expected, "peer_values": dots(values)}
