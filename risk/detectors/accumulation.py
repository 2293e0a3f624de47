"""Several weak signals on one subject add up: hits of many rules, weighed by level and age, that together say more than any of them.

It reads the frame of hits: which rule found something about the subject, on which day, at which level.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import HIT_COLUMNS, LEVELS, Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.found import no_hits
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.windows import WEIGHT_UNIT, coded, scoped

FRAME = "hits"


@dataclass(frozen=True)
class Params:
    weights: tuple[float, float, float, float] = param(
        (1.0, 2.0, 4.0, 8.0), help="What a hit of today adds to the score by its level: blue, yellow, orange, red"
    )
    half_life: int = param(30, help="Days after which a hit adds half of that")
    min_rules: int = param(3, help="The least number of different rules that must have hits in the window")
    same_item: float = param(0.5, help="What the second rule of one checklist item counts, 0 to 1; the third counts that part of it again")
    shadow: float = param(0.25, help="What a hit of a rule in shadow counts, 0 to 1; at 0 it is no signal at all")

    def __post_init__(self) -> None:
        if self.weights[0] < 0 or any(later < earlier for earlier, later in zip(self.weights, self.weights[1:], strict=False)):
            raise ParamError("weights are not negative and do not fall from blue to red")
        if self.half_life < 1 or self.min_rules < 2:
            raise ParamError("half_life is 1 day at least, min_rules 2")
        if not (0 <= self.same_item <= 1 and 0 <= self.shadow <= 1):
            raise ParamError("same_item and shadow are from 0 to 1")


class Accumulation(Detector):
    """The score of a subject on a day on which a signal came: of every rule the hit of the window that adds most, each once.

    A hit only where the level the score reaches is graver than that of every live part: what one rule has said is not said again. Scores
    are sums of whole thousandths, so that the order of the rows cannot matter.
    """

    code = "accumulation"
    Params = Params

    def check(self, spec: Spec) -> None:
        if spec.frame != FRAME:
            raise ParamError("it adds up rows of the frame %(frame)s", frame=FRAME)
        if spec.op != ">=":
            raise ParamError("a score is compared with >=")
        if LEVELS[0] in spec.thresholds:
            raise ParamError("a sum is graver than its parts: it cannot be %(level)s", level=LEVELS[0])

    def needs(self, spec: Spec) -> Needs:
        return needs_of({"transactions": {"kind", "rule", "item", "level", "shadow"}}, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        counts = (rows["kind"] == spec.subject_kind).to_numpy() & rows["level"].isin(LEVELS).to_numpy()
        if not params.shadow:
            counts &= ~rows["shadow"].to_numpy()
        rows = rows[counts & (coded(rows[spec.subject_column])[0] >= 0)].reset_index(drop=True)
        if not len(rows):
            return no_hits()
        signals = _Signals(rows, spec)
        parts = _parts(signals, params)
        return _hits(signals, parts, spec)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        mildest = LEVELS.index(next(level for level in LEVELS if level in spec.thresholds))
        weight = params.weights[mildest - 1]
        if not weight:
            return None
        needed = max(params.min_rules, int(np.ceil(spec.thresholds[LEVELS[mildest]] / weight)))
        for number in range(needed):
            row = canary.row(kind=spec.subject_kind, level=LEVELS[mildest - 1], shadow=False)
            canary.set(row, "rule", number)
            canary.set(row, "item", number)
        return canary.frames()


class _Signals:
    """The rows that count, by subject and day; `cases` are the subjects and days to judge, each with the rows of its window."""

    def __init__(self, rows: pd.DataFrame, spec: Spec) -> None:
        subject, self.names = coded(rows[spec.subject_column])
        day = rows["day"].to_numpy().astype(np.int64)
        start = int(day.min())
        span = int(day.max()) - start + 1 + spec.window_days
        key = subject * span + day - start
        order = np.argsort(key, kind="stable")
        self.rows = rows.iloc[order].reset_index(drop=True)
        key, self.day = key[order], day[order]
        self.cases = np.unique(key)
        low = np.searchsorted(key, self.cases - spec.window_days, side="right")
        high = np.searchsorted(key, self.cases, side="right")
        self.case_subject, self.case_day = self.cases // span, self.cases % span + start
        # One entry for every case and row of its window.
        width = high - low
        self.case = np.repeat(np.arange(len(self.cases)), width)
        self.place = np.arange(width.sum()) - np.repeat(np.cumsum(width) - width, width) + np.repeat(low, width)


def _parts(signals: _Signals, params: Params) -> pd.DataFrame:
    """Of every case and rule the row that adds most (the latest of equals): case, place, and value in thousandths, gravest first."""
    rows, place = signals.rows, signals.place
    rank = rows["level"].astype(str).map({level: number for number, level in enumerate(LEVELS)}).to_numpy().astype(np.int64)
    shadow = rows["shadow"].to_numpy().astype(bool)
    weight = np.asarray(params.weights)[rank] * np.where(shadow, params.shadow, 1.0)
    age = signals.case_day[signals.case] - signals.day[place]
    text = rows["rule"].astype(str).to_numpy().astype(object)
    item = rows["item"].astype(str).to_numpy().astype(object)
    made = pd.DataFrame(
        {
            "case": signals.case,
            "place": place,
            "age": age,
            "rank": rank[place],
            "shadow": shadow[place],
            "rule": text[place],
            "item": np.where(item == "", text, item)[place],
            "value": np.rint(weight[place] * 0.5 ** (age / params.half_life) * WEIGHT_UNIT).astype(np.int64),
        }
    )
    once = made.sort_values(["case", "rule", "value", "age"], ascending=[True, True, False, True]).drop_duplicates(["case", "rule"])
    once = once.sort_values(["case", "value", "rule"], ascending=[True, False, True]).reset_index(drop=True)
    earlier = once.groupby(["case", "item"], sort=False).cumcount().to_numpy()
    once["value"] = np.rint(once["value"].to_numpy() * float(params.same_item) ** earlier).astype(np.int64)
    return once.sort_values(["case", "value", "rule"], ascending=[True, False, True]).reset_index(drop=True)


def _hits(signals: _Signals, parts: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """The cases with enough rules whose score reaches a level graver than that of every live part."""
    number = len(signals.cases)
    case = parts["case"].to_numpy()
    score = np.bincount(case, weights=parts["value"].to_numpy(), minlength=number).astype(np.int64)
    said = np.full(number, -1)
    live = ~parts["shadow"].to_numpy()
    np.maximum.at(said, case[live], parts["rank"].to_numpy()[live])
    # Both sides in thousandths: 2.9999 and 3 are told apart by whole numbers only.
    steps = {LEVELS.index(level): round(step * WEIGHT_UNIT) for level, step in spec.thresholds.items()}
    reached = np.full(number, -1)
    for rank in sorted(steps):
        reached[score >= steps[rank]] = rank
    good = np.flatnonzero((np.bincount(case, minlength=number) >= spec.params.min_rules) & (reached > said))
    if not len(good):
        return no_hits()
    ends = np.searchsorted(case, [good, good + 1])
    found = []
    for one, low, high in zip(good, *ends, strict=True):
        level = LEVELS[reached[one]]
        observed, threshold = score[one] / WEIGHT_UNIT, float(spec.thresholds[level])
        told = _told(signals, parts.iloc[low:high], float(observed), threshold, spec)
        evidence = np.sort(signals.rows["id"].to_numpy()[parts["place"].to_numpy()[low:high]]).astype(np.int64)
        subject = signals.names[signals.case_subject[one]]
        found.append((subject, np.int32(signals.case_day[one]), level, float(observed), threshold, told, evidence))
    return pd.DataFrame(found, columns=list(HIT_COLUMNS))


def _told(signals: _Signals, parts: pd.DataFrame, observed: float, threshold: float, spec: Spec) -> dict[str, object]:
    """The numbers of the sentence, and `parts`: rule, level, day (since 1970-01-01), value and whether in shadow, gravest first."""
    told = [
        {
            "rule": str(part.rule),
            "level": LEVELS[part.rank],
            "day": int(signals.day[part.place]),
            "value": part.value / WEIGHT_UNIT,
            "shadow": bool(part.shadow),
        }
        for part in parts.itertuples(index=False)
    ]
    numbers = {"observed": observed, "threshold": threshold, "window": spec.window_days, "signals": len(told)}
    return numbers | {"items": int(parts["item"].nunique()), "rules": " ".join(part["rule"] for part in told), "parts": told}
