"""What was found, and how it becomes hits: the level each candidate reaches, its numbers, and the ids of the rows behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import HIT_COLUMNS, LEVELS, Spec
from risk.detectors.parts.sorting import ranges, sorted_pairs


@dataclass(frozen=True)
class Distinct:
    """At least `least` different known values of `codes` (−1 unknown, one per row) among the rows that count."""

    codes: np.ndarray
    least: int


@dataclass(frozen=True)
class Slices:
    """Evidence where the rows of every candidate lie side by side: rows[first:last]. Of all candidates it is had at once."""

    rows: np.ndarray
    first: np.ndarray
    last: np.ndarray

    def __call__(self, hit: int) -> np.ndarray:
        return np.asarray(self.rows[self.first[hit] : self.last[hit]])

    def kept(self, places: np.ndarray) -> "Slices":
        return Slices(self.rows, self.first[places], self.last[places])

    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """(the rows of every candidate one after the other, how many each has)."""
        return self.rows[ranges(self.first, self.last)[0]], self.last - self.first


@dataclass
class Found:
    """Candidates that reached a level, one per subject and day: what was seen and which counted rows stand behind it."""

    subject: np.ndarray
    day: np.ndarray
    observed: np.ndarray
    evidence: Callable[[int], np.ndarray]
    numbers: dict[str, np.ndarray] = field(default_factory=dict)

    def kept(self, keep: np.ndarray) -> "Found":
        places, evidence = np.flatnonzero(keep), self.evidence
        numbers = {name: values[keep] for name, values in self.numbers.items()}
        behind = evidence.kept(places) if isinstance(evidence, Slices) else lambda hit: evidence(int(places[hit]))
        return Found(self.subject[keep], self.day[keep], self.observed[keep], behind, numbers)


def hits(found: Found, spec: Spec, rows: pd.DataFrame, names: np.ndarray, distinct: Distinct | None = None) -> pd.DataFrame:
    """The candidates that reach a level (and see enough different counterparts) as a hits frame."""
    found = found.kept(level_of(found.observed, spec) >= 0)
    if distinct is not None:
        seen = [distinct.codes[found.evidence(hit)] for hit in range(len(found.day))]
        found.numbers["distinct"] = np.array([len(np.unique(values[values >= 0])) for values in seen], dtype=np.int64)
        found = found.kept(found.numbers["distinct"] >= distinct.least)
    if not len(found.day):
        return no_hits()
    level = level_of(found.observed, spec)
    levels = [name for name in LEVELS if name in spec.thresholds]
    thresholds = np.array([float(spec.thresholds[name]) for name in levels])
    ids = rows["id"].to_numpy()
    frame = pd.DataFrame(
        {
            "subject": names[found.subject],
            "day": found.day.astype(np.int32),
            "level": np.asarray(levels, dtype=object)[level],
            "observed": found.observed,
            "threshold": thresholds[level],
            "numbers": _numbers(found, thresholds[level], spec),
            "evidence": _evidence(found, ids),
        }
    )
    return frame[list(HIT_COLUMNS)]


def no_hits() -> pd.DataFrame:
    """An empty frame of hits. Most rules find nothing at most looks, and making its columns anew took longer than looking."""
    return _empty().copy()


@cache
def _empty() -> pd.DataFrame:
    kinds = ("object", "int32", "object", "float64", "float64", "object", "object")
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in zip(HIT_COLUMNS, kinds, strict=True)})


def reaches(observed: float, spec: Spec) -> bool:
    """Whether it reaches the mildest level; what does not becomes no hit, and nothing need be told of it."""
    steps = spec.thresholds.values()
    return observed <= max(steps) if spec.op == "<=" else observed >= min(steps)


def level_of(observed: np.ndarray, spec: Spec) -> np.ndarray:
    """Number of the highest threshold reached (−1 none), counting the rule's own levels from the mildest."""
    thresholds: Mapping[str, float] = spec.thresholds
    steps = [thresholds[name] for name in LEVELS if name in thresholds]
    reached = [(observed <= step) if spec.op == "<=" else (observed >= step) for step in steps]
    return np.asarray(np.sum(reached, axis=0) - 1)


def _numbers(found: Found, thresholds: np.ndarray, spec: Spec) -> list[dict[str, Any]]:
    window = np.full(len(thresholds), spec.window_days)
    told = {"observed": found.observed.astype(float), "threshold": thresholds, "window": window} | found.numbers
    return [dict(zip(told, values, strict=True)) for values in zip(*(values.tolist() for values in told.values()), strict=True)]


def _evidence(found: Found, ids: np.ndarray) -> list[np.ndarray]:
    """Ascending ids of the rows behind every hit."""
    if isinstance(found.evidence, Slices):
        rows, many = found.evidence.all()
    else:
        listed = [found.evidence(hit) for hit in range(len(found.day))]
        rows, many = np.concatenate(listed).astype(np.int64), np.array([len(one) for one in listed])
    every = sorted_pairs(np.repeat(np.arange(len(many)), many), ids[rows].astype(np.int64))[1]
    ends = np.cumsum(many)
    return [every[low:high] for low, high in zip((ends - many).tolist(), ends.tolist(), strict=True)]
