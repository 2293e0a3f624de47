"""Who stood out among peers on a grid day, and how that is told: hits with their evidence, and what could be said of everybody else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import GRID_DAYS, Spec
from risk.detectors.parts.found import Found, Slices, hits, no_hits
from risk.detectors.parts.grid import Keys
from risk.detectors.parts.sorting import ordered

Answers = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass
class Suspect:
    """One subject that stood out on one grid day, before its level is known.

    `numbers` is everything besides observed, threshold and window; `about` says to the detector which rows are its evidence.
    """

    subject: int
    day: int
    observed: float
    numbers: dict[str, Any]
    about: Any = None


def peer_hits(
    suspects: Sequence[Suspect],
    answers: Sequence[Answers],
    rows: pd.DataFrame,
    spec: Spec,
    subject: Keys,
    evidence: Callable[[Suspect, np.ndarray], np.ndarray] | Slices,
) -> pd.DataFrame:
    """Hits of the suspects that reach a level; evidence is what `evidence` picks of the subject's rows (row numbers) in the window, or the
    rows of every suspect."""
    if suspects:
        numbers = {"place": np.arange(len(suspects))}
        found = Found(
            np.array([one.subject for one in suspects]),
            np.array([one.day for one in suspects]),
            np.array([one.observed for one in suspects], dtype=float),
            evidence if isinstance(evidence, Slices) else _picked(suspects, evidence, rows, spec, subject),
            numbers,
        )
        result = hits(found, spec, rows, subject.names)
    else:
        result = no_hits()
    for told in result["numbers"]:
        told.update(suspects[told.pop("place")].numbers)
    result.attrs["answers"] = _all_answers(answers, subject.names)
    return result


def _picked(
    suspects: Sequence[Suspect],
    evidence: Callable[[Suspect, np.ndarray], np.ndarray],
    rows: pd.DataFrame,
    spec: Spec,
    subject: Keys,
) -> Callable[[int], np.ndarray]:
    behind = _rows_behind(suspects, rows, spec, subject)
    return lambda place: evidence(suspects[place], behind[place])


def _rows_behind(suspects: Sequence[Suspect], rows: pd.DataFrame, spec: Spec, subject: Keys) -> list[np.ndarray]:
    """Row numbers of each suspect's rows in its window."""
    wanted_subjects = np.zeros(subject.size, dtype=bool)
    wanted_subjects[[one.subject for one in suspects]] = True
    chosen = np.flatnonzero(wanted_subjects[subject.codes])
    day = rows["day"].to_numpy().astype(np.int64)
    order = chosen[ordered(subject.codes[chosen], day[chosen])]
    start = int(day.min()) - spec.window_days if len(day) else 0
    span = (int(day.max()) if len(day) else 0) - start + GRID_DAYS + 1
    sorted_keys = subject.codes[order] * span + day[order] - start
    ends = np.array([one.subject * span + one.day - start for one in suspects], dtype=np.int64)
    low = np.searchsorted(sorted_keys, ends - spec.window_days, side="right")
    high = np.searchsorted(sorted_keys, ends, side="right")
    return [order[a:b] for a, b in zip(low, high, strict=True)]


def answered(subject: np.ndarray, day: int, tested: np.ndarray, n: np.ndarray) -> Answers:
    """What could be said of each subject (by number) on a grid day: tested, or insufficient data; n is the number of rows there were."""
    return subject, np.full(len(subject), day, dtype=np.int32), tested.astype(np.int64), n.astype(np.int64)


def _all_answers(answers: Sequence[Answers], names: np.ndarray) -> pd.DataFrame:
    """One frame of them all; every word is made once."""
    if not answers:
        kinds = {"subject": "object", "day": "int32", "answer": "object", "n": "int64"}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    subject, day, tested, n = (np.concatenate(one) for one in zip(*answers, strict=True))
    words = pd.array(["insufficient", "tested"], dtype="str")
    return pd.DataFrame({"subject": pd.Series(names).array.take(subject), "day": day, "answer": words.take(tested), "n": n})


def dots(values: np.ndarray, most: int = 60) -> list[float]:
    """At most `most` of the values, rounded and in order, for the dots of a chart: the ends and evenly between."""
    ordered = np.sort(values)
    if len(ordered) > most:
        ordered = ordered[np.linspace(0, len(ordered) - 1, most).round().astype(int)]
    return rounded(ordered)


def rounded(values: np.ndarray) -> list[float]:
    """Values rounded to two digits, as `round` does it, many at once; whatever is near the middle of two is left to `round` itself."""
    hundreds = values * 100
    found = (np.rint(hundreds) / 100).tolist()
    near = (np.abs(hundreds - np.floor(hundreds) - 0.5) < 1e-6) | (np.abs(hundreds) > 1e8)
    for spot in np.flatnonzero(near).tolist():
        found[spot] = round(float(values[spot]), 2)
    return found
