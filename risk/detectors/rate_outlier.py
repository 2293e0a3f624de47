"""A rate far from that of fair peers: passes, cancellations, returns, waivers, results of zero. Too few says as much as too many."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import GRID_DAYS, PEER, Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts import canaries
from risk.detectors.parts.discovery import digits, false_discovery
from risk.detectors.parts.found import reaches
from risk.detectors.parts.grid import Window, class_columns, classes, homes, keys_of, merged_windows, totals, whole_weeks, windows
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.peers import Comparison, compare, limits
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import wanted
from risk.detectors.parts.sorting import numbered, ordered
from risk.detectors.parts.suspects import Suspect, answered, dots, peer_hits
from risk.detectors.parts.windows import kept_rows, scoped

MEASURES = ("rate", "ratio", "difference")
SIDES = ("high", "low", "both")


@dataclass(frozen=True)
class Params:
    all: tuple[Predicate, ...] = param((), help="Conditions of the rows whose share is compared; all must hold")
    any: tuple[Predicate, ...] = param((), help="Conditions of the rows whose share is compared; at least one must hold")
    among: tuple[Predicate, ...] = param((), help="Conditions of the rows that count at all")
    peers: tuple[str, ...] = param(("line", "post"), help="Columns that peers have in common, e.g. post, unit, action, shift")
    case_mix: tuple[str, ...] = param((), help="Columns by which cases differ; peers are compared as if they had the same mixture")
    measure: str = param(
        "rate",
        help="What the thresholds are about: the rate in percent, its ratio to the peers' median, or the difference in percentage points",
        choices=MEASURES,
    )
    side: str = param("high", help="Whether too high, too low or both are wrong", choices=SIDES)
    min_peers: int = param(5, help="So many peers with enough rows are needed; fewer are too few to say anything")
    min_median: float = param(0.0, help="The peers' median must be at least so many percent")
    min_ratio: float = param(1.0, help="The rate must differ from the peers' median by at least this factor, whatever is measured")
    recent_days: int = param(0, help="Only the last so many days are compared among peers, a multiple of 7 (0: the whole window)")
    own_past: bool = param(
        False,
        help="Where peers are too few, compare with the earlier periods of the same office; needs recent_days below a third of the window",
    )
    q: float = param(0.01, help="Share of false discoveries allowed among all subjects tested on one day")

    def __post_init__(self) -> None:
        if not self.all and not self.any:
            raise ParamError("at least one condition is needed, in all or any")
        if not self.peers:
            raise ParamError("peers needs at least one column, else everybody is compared with everybody")
        if not 0 < self.q <= 0.2 or self.min_peers < 2:
            raise ParamError("q is above 0 and at most 0.2, min_peers at least 2")
        if self.side == "both" and self.measure != "difference":
            raise ParamError("both sides can only be measured as a difference")
        if self.min_ratio < 1 or self.recent_days < 0 or self.recent_days % GRID_DAYS:
            raise ParamError("min_ratio is at least 1; recent_days a multiple of 7")
        if self.own_past and not self.recent_days:
            raise ParamError("own_past needs recent_days")
        class_columns([*self.peers, *self.case_mix])


class RateOutlier(Detector):
    """A subject's home group is that in which most of its rows of the window lie; only its rows there are judged."""

    code = "rate_outlier"
    Params = Params
    reach = PEER

    def check(self, spec: Spec) -> None:
        whole_weeks(spec)
        params: Params = spec.params
        if (params.side == "low" and params.measure != "difference") != (spec.op == "<="):
            raise ParamError("op <= belongs to side low of a rate or ratio; a difference grows to either side")
        if params.own_past and 3 * params.recent_days >= spec.window_days:
            raise ParamError("own_past needs at least two earlier periods: recent_days below a third of window_days")
        if params.recent_days >= spec.window_days:
            raise ParamError("recent_days must be below window_days")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted(references((*params.all, *params.any, *params.among)))
        for frame, columns in class_columns([*params.peers, *params.case_mix]).items():
            found.setdefault(frame, set()).update(columns)
        return needs_of(found, spec)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        return canaries.rates(self, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        rows = kept_rows(rows, (keys_of(rows[spec.subject_column]).codes > 0) & holds(frames, rows, params.among))
        matched = holds(frames, rows, params.all, params.any)
        subject, group = keys_of(rows[spec.subject_column]), classes(frames, rows, params.peers)
        mix = classes(frames, rows, params.case_mix)
        suspects, answers = [], []
        # Where the whole window is compared, its weeks need not be told apart.
        weekly = windows if params.recent_days else merged_windows
        for window in weekly(rows, spec, [group, subject, mix], {"matched": matched}):
            judged = _Judged.of(window, spec)
            answers.append(answered(judged.subject, window.day, judged.tested, judged.total))
            suspects += _stand_out(judged, window.day, spec)
        recent, day = params.recent_days or spec.window_days, rows["day"].to_numpy()

        def evidence(one: Suspect, behind: np.ndarray) -> np.ndarray:
            home, too_many = one.about
            lately = behind[(day[behind] > one.day - recent) & (group.codes[behind] == home)]
            return lately[matched[lately]] if too_many else lately

        return peer_hits(suspects, answers, rows, spec, subject, evidence)


@dataclass(frozen=True)
class _Judged:
    """The subjects with rows in the last week, and the comparison that holds for each: with peers, or with its office's own past."""

    subject: np.ndarray
    group: np.ndarray
    total: np.ndarray
    tested: np.ndarray
    place: np.ndarray
    by_past: np.ndarray
    peers: Comparison
    past: Comparison | None
    peers_group: np.ndarray
    past_group: np.ndarray

    @classmethod
    def of(cls, window: Window, spec: Spec) -> "_Judged":
        params: Params = spec.params
        weeks = (params.recent_days or spec.window_days) // GRID_DAYS
        lately = window.age < weeks
        subject, home = homes(window, lately)
        dense = numbered(home)[1]
        entity, klass, n, o = _cells(window, lately, subject, home)
        fresh = np.isin(subject, window.keys[1][window.age == 0])
        peers = compare(entity, klass, n, o, dense, min_n=spec.min_n, min_peers=params.min_peers, candidates=fresh)
        raw = np.bincount(entity, weights=n, minlength=len(subject)).astype(np.int64)
        by_past, tested, place = np.zeros(len(subject), dtype=bool), peers.tested.copy(), np.arange(len(subject))
        past, past_group = None, dense
        if params.own_past:
            few = np.flatnonzero(fresh & (raw >= spec.min_n) & (peers.peers < params.min_peers))
            past, past_group = _against_past(window, subject[few], home[few], weeks, spec)
            by_past[few], place[few], tested[few] = True, np.arange(len(few)), past.tested[: len(few)]
        return cls(
            subject=subject[fresh],
            group=home[fresh],
            total=raw[fresh],
            tested=tested[fresh],
            place=place[fresh],
            by_past=by_past[fresh],
            peers=peers,
            past=past,
            peers_group=dense,
            past_group=past_group,
        )

    def comparison(self, one: int) -> tuple[Comparison, int, np.ndarray]:
        """(comparison, place in it, group of every place in it) of the one-th subject."""
        if self.by_past[one] and self.past is not None:
            return self.past, int(self.place[one]), self.past_group
        return self.peers, int(self.place[one]), self.peers_group

    def tails(self, *, low: bool) -> np.ndarray:
        """The chance of so low, or so high, a rate for every subject."""
        found = (self.peers.low if low else self.peers.high)[np.where(self.by_past, 0, self.place)]
        if self.past is not None and self.by_past.any():
            found[self.by_past] = (self.past.low if low else self.past.high)[self.place[self.by_past]]
        return found


def _cells(window: Window, lately: np.ndarray, subject: np.ndarray, home: np.ndarray) -> tuple[np.ndarray, ...]:
    """(subject's number, class, rows, matched rows) of the subjects' rows in their own group lately."""
    group, who, klass = window.keys
    number = np.minimum(np.searchsorted(subject, who), max(0, len(subject) - 1))
    kept = lately & (subject[number] == who) & (home[number] == group)
    (entity, mix), (n, o), _ = totals([number[kept], klass[kept]], [window.sums["rows"][kept], window.sums["matched"][kept]])
    return entity, mix, n, o


def _against_past(window: Window, subject: np.ndarray, home: np.ndarray, weeks: int, spec: Spec) -> tuple[Comparison, np.ndarray]:
    """Each of a few subjects against the earlier periods, as long as the recent one, of everybody in its group. The subjects come first."""
    group, who, klass = window.keys
    period = window.age // weeks
    whole = period < spec.window_days // GRID_DAYS // weeks
    parts = [[np.zeros(0, dtype=np.int64)] * 5]
    for chosen in _one_per_group(home):
        number = chosen[np.minimum(np.searchsorted(home[chosen], group), len(chosen) - 1)]
        here = np.flatnonzero(whole & (home[number] == group) & ((period > 0) | (who == subject[number])))
        parts.append([number[here], period[here], klass[here], window.sums["rows"][here], window.sums["matched"][here]])
    owner, when, mix, n, o = (np.concatenate(one) for one in zip(*parts, strict=True))
    periods = spec.window_days // GRID_DAYS // weeks
    entity = np.where(when == 0, owner, len(subject) + owner * (periods - 1) + when - 1)
    (entity, mix), (n, o), _ = totals([entity, mix], [n, o])
    own = np.arange(len(subject))
    groups = np.concatenate([own, np.repeat(own, periods - 1)])
    candidates = np.arange(len(groups)) < len(subject)
    found = compare(entity, mix, n, o, groups, min_n=spec.min_n, min_peers=2, candidates=candidates, counted=~candidates)
    return found, groups


def _one_per_group(home: np.ndarray) -> list[np.ndarray]:
    """Places of `home`, in turns that hold every group at most once, each turn in the order of the groups."""
    order = ordered(home)
    turn = np.arange(len(home)) - np.searchsorted(home[order], home[order])
    return [order[turn == number] for number in range(int(turn.max(initial=-1)) + 1)]


def _stand_out(judged: _Judged, day: int, spec: Spec) -> list[Suspect]:
    """Those whose rate passes the false-discovery limit of the day, with everything that is told of them."""
    params: Params = spec.params
    p = {"high": [False], "low": [True], "both": [False, True]}[params.side]
    tails = np.minimum.reduce([judged.tails(low=low) for low in p]) * len(p) if len(judged.subject) else np.zeros(0)
    family = np.flatnonzero(judged.tested)
    q = false_discovery(np.minimum(tails[family], 1.0))
    suspects = []
    for one, chance in zip(family[q <= params.q], q[q <= params.q], strict=True):
        numbers, values = _told(judged, one)
        centre = numbers["median"] if numbers["median"] > 0 else numbers["expected"]
        rate, high = numbers["standardised"], numbers["standardised"] >= numbers["expected"]
        if numbers["median"] < params.min_median or not _far(rate, centre, high, params.min_ratio):
            continue
        numbers |= {"ratio": digits(rate / centre), "difference": digits(rate - centre), "p": digits(tails[one]), "q": digits(chance)}
        observed = {"rate": rate, "ratio": numbers["ratio"], "difference": abs(numbers["difference"])}[params.measure]
        if reaches(observed, spec):
            numbers["peer_values"] = dots(values)
            suspects.append(Suspect(int(judged.subject[one]), day, observed, numbers, (int(judged.group[one]), high)))
    return suspects


def _far(rate: float, centre: float, high: bool, factor: float) -> bool:
    return rate >= factor * centre if high else rate * factor <= centre


def _told(judged: _Judged, one: int) -> tuple[dict, np.ndarray]:
    """(the numbers of one subject, the rates of its peers), rates in percent."""
    comparison, place, group = judged.comparison(one)
    others = comparison.ordinary & (group == group[place])
    others[place] = False
    values = 100 * comparison.standardised[others]
    lower, upper = limits(comparison, place)
    count, total = int(comparison.count[place]), int(comparison.total[place])
    numbers = {
        "count": count,
        "total": total,
        "percent": digits(100 * count / total),
        "standardised": digits(100 * comparison.standardised[place]),
        "expected": digits(100 * comparison.expected[place]),
        "median": digits(float(np.median(values))),
        "lower": digits(100 * lower),
        "upper": digits(100 * upper),
        "peers": len(values),
        "reference": "past" if judged.by_past[one] else "peers",
        "value": digits(100 * comparison.standardised[place]),
        "scale": "%",
    }
    return numbers, values
