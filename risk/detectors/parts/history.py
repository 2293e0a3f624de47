"""Now against the own past, with what changed for everybody taken off."""

from dataclasses import dataclass

import numpy as np

from risk.detectors.base import GRID_DAYS, Spec
from risk.detectors.parts.discovery import LEAST_FREEDOM, spread_of_others, varying_binomial_tail
from risk.detectors.parts.grid import Window, homes, totals
from risk.detectors.parts.peers import PSEUDO_ROWS, compare, departure
from risk.detectors.parts.sorting import numbered

_BAND, _SLACK, _WORTH_A_TAIL = 3.09, 0.5, 1.5
# Where next to nothing is known the band is as good as endless, and endless is no number that can be stored.
_HALF_MOST = 20.0


@dataclass(frozen=True)
class Change:
    """Subjects with rows in the last week (of a falling number: in the window): `count` matched rows lately of `total`, and as many as
    `expected` from the past and the peers.

    `past`: the own share before in percent, or the own number before in so many days as are recent. `lower`, `upper`: the band of ordinary
    counts. `run`: the CUSUM of weekly departures at the day, `weeks` long. `beside`: company with enough rows, which is never tested. Of a
    volume the total is that of the whole window.
    """

    rate: bool
    subject: np.ndarray
    group: np.ndarray
    beside: np.ndarray
    tested: np.ndarray
    total: np.ndarray
    count: np.ndarray
    expected: np.ndarray
    past: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    high: np.ndarray
    low: np.ndarray
    run: np.ndarray
    weeks: np.ndarray


def changes(window: Window, spec: Spec, judged: int) -> Change:
    """The change of every subject of a window whose last `recent_days` are now and whose rest is the past, by the rule's parameters.

    Only subjects numbered below `judged` are told of; the others are company.
    """
    volume, recent, min_peers = spec.params.metric == "volume", spec.params.recent_days, spec.params.min_peers
    subject, home = homes(window, np.ones(len(window.age), dtype=bool))
    number = np.minimum(np.searchsorted(subject, window.keys[1]), max(0, len(subject) - 1))
    kept = (subject[number] == window.keys[1]) & (home[number] == window.keys[0])
    if spec.params.min_past_days:
        kept &= _with_a_past(number, window.age, kept, (recent + spec.params.min_past_days) // GRID_DAYS)
    own = _Own(
        number[kept],
        window.keys[2][kept],
        window.age[kept],
        window.sums["rows"][kept],
        window.sums["matched"][kept],
        numbered(home)[1],
        recent // GRID_DAYS,
        spec.window_days // GRID_DAYS,
    )
    # Who has stopped altogether has no rows in the last week: that is what a fall in numbers looks for.
    fresh = (np.isin(subject, window.keys[1][window.age == 0]) | (volume and spec.op == "<=")) & (subject < judged)
    parts = _volume(own, fresh, spec, min_peers) if volume else _rate(own, fresh, spec, min_peers)
    run, weeks = _run(parts.pop("departures"), 1 if spec.op == ">=" else -1)
    beside = (subject >= judged) & (parts["total"] >= spec.min_n)
    told = fresh | beside
    values = {name: one[told] for name, one in parts.items()}
    return Change(not volume, subject[told], home[told], beside[told], run=run[told], weeks=weeks[told], **values)


def _with_a_past(number: np.ndarray, age: np.ndarray, kept: np.ndarray, weeks: int) -> np.ndarray:
    """Cells of subjects whose business began so many weeks ago or earlier: no others are judged, or say what is ordinary."""
    begun = np.zeros(int(number.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(begun, number[kept], age[kept] + 1)
    return begun[number] >= weeks


@dataclass(frozen=True)
class _Own:
    """Cells of subject (0 … S−1), class and age in weeks, with rows and matched rows; the group of every subject; weeks now and in all."""

    subject: np.ndarray
    klass: np.ndarray
    age: np.ndarray
    n: np.ndarray
    o: np.ndarray
    group: np.ndarray
    now: int
    weeks: int

    def weekly(self, values: np.ndarray) -> np.ndarray:
        """Sums by subject and week, the oldest week first."""
        size = len(self.group)
        place = self.subject * self.weeks + (self.weeks - 1 - self.age)
        return np.bincount(place, weights=values, minlength=size * self.weeks).reshape(size, self.weeks)


def _volume(own: _Own, fresh: np.ndarray, spec: Spec, min_peers: int) -> dict[str, np.ndarray]:
    """Is more of the subject's number recent than of its peers'? A binomial given the number of the whole window."""
    lately = np.where(own.age < own.now, own.n, 0.0)
    (who, klass), (n, o), _ = totals([own.subject, own.klass], [own.n, lately])
    found = compare(who, klass, n, o, own.group, min_n=spec.min_n, min_peers=min_peers, candidates=fresh)
    before = found.total - found.count
    expected = (before + 0.5) * found.expected / np.maximum(1 - found.expected, 1e-9)
    weekly = own.weekly(own.n)
    of_group = np.zeros((int(own.group.max(initial=-1)) + 1, own.weeks))
    np.add.at(of_group, own.group, weekly)
    others = of_group[own.group] - weekly
    pace = before[:, None] * others / np.maximum(others[:, : own.weeks - own.now].sum(axis=1, keepdims=True), 1.0)
    half = _BAND * np.sqrt(1 / np.maximum(expected, 0.5) + found.variance)
    return {
        "tested": found.tested,
        "total": found.total,
        "count": found.count,
        "expected": expected,
        "past": before * own.now / (own.weeks - own.now),
        "lower": expected * np.exp(-half),
        "upper": expected * np.exp(np.minimum(half, _HALF_MOST)),
        "high": found.high,
        "low": found.low,
        "departures": (weekly - pace) / np.sqrt(pace + 1.0),
    }


def _rate(own: _Own, fresh: np.ndarray, spec: Spec, min_peers: int) -> dict[str, np.ndarray]:
    """Recent matched rows against the own past rate, class by class; the mean change of the others of the group is taken off."""
    size, lately = len(own.group), own.age < own.now
    sums = [np.where(lately, own.n, 0), np.where(lately, own.o, 0), np.where(lately, 0, own.n), np.where(lately, 0, own.o)]
    (who, klass), (n, o, n_before, o_before), _ = totals([own.subject, own.klass], sums)
    _, (all_n, all_o), stratum = totals([own.group[who], klass], [n_before, o_before])
    usual = (all_o + 0.5) / (all_n + 1.0)
    rate = (o_before + PSEUDO_ROWS * usual[stratum]) / (n_before + PSEUDO_ROWS)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(who, weights=values, minlength=size)

    now, count, before = total(n), total(o), total(n_before)
    spread, expected = total(n * rate * (1 - rate)), total(n * rate)
    sampling_of_past = total(n**2 * rate * (1 - rate) / (n_before + PSEUDO_ROWS)) / np.maximum(spread, 1e-12) ** 2
    known = (now >= spec.min_n) & (before >= spec.min_n) & (spread > 0)
    share = np.where(now > 0, expected / np.maximum(now, 1), 0.5)
    effect, sampling = departure(count, expected, now, share), 1 / np.maximum(spread, 1e-12) + sampling_of_past
    variance, mean, freedom = np.zeros(size), np.zeros(size), np.zeros(size)
    if known.any():
        dense = numbered(own.group[known])[1]
        others = spread_of_others(effect[known], sampling[known], dense)
        variance[known], mean[known], freedom[known] = others.between + others.mean_variance, others.mean, others.freedom
    members = np.bincount(own.group, weights=known, minlength=int(own.group.max(initial=-1)) + 1)
    tested = known & fresh & (members[own.group] - known >= min_peers) & (freedom >= LEAST_FREEDOM)
    moved = 1 / (1 + np.exp(-(np.log(np.clip(share, 1e-9, 1 - 1e-9) / np.clip(1 - share, 1e-9, 1)) + mean)))
    tails = {"high": np.ones(size), "low": np.ones(size)}
    away = (effect - mean) / np.sqrt(sampling + variance)
    for name, side in (("high", away), ("low", -away)):
        worth = tested & (side > _WORTH_A_TAIL)
        if worth.any():
            widened = (variance + sampling_of_past)[worth]
            tails[name][worth] = varying_binomial_tail(count[worth], now[worth], moved[worth], widened, freedom[worth], low=name == "low")
    weekly_n, weekly_o = own.weekly(own.n), own.weekly(own.o)
    of_week = np.where(np.arange(own.weeks) >= own.weeks - own.now, moved[:, None], share[:, None])
    half = _BAND * np.sqrt((1 / np.maximum(spread, 1e-9) + variance + sampling_of_past) * moved * (1 - moved))
    middle = 2 * np.arcsin(np.sqrt(moved))
    lower, upper = (now * np.sin(np.clip(middle + side * half, 0, np.pi) / 2) ** 2 for side in (-1, 1))
    return {
        "tested": tested,
        "total": now,
        "count": count,
        "expected": now * moved,
        "past": 100 * total(o_before) / np.maximum(before, 1),
        "lower": lower,
        "upper": upper,
        **tails,
        "departures": (weekly_o - weekly_n * of_week) / np.sqrt(np.maximum(weekly_n * of_week * (1 - of_week), 1e-9) + 0.25),
    }


def _run(departures: np.ndarray, sign: int) -> tuple[np.ndarray, np.ndarray]:
    """(the CUSUM of the weekly departures to one side at the last week, how many weeks it has been above nothing)."""
    level, weeks = np.zeros(len(departures)), np.zeros(len(departures), dtype=np.int64)
    for week in range(departures.shape[1]):
        level = np.maximum(0.0, level + sign * departures[:, week] - _SLACK)
        weeks = np.where(level > 0, weeks + 1, 0)
    return level, weeks
