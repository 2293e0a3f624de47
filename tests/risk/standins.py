"""Detectors for tests of the engine: the simplest that depend on the rows of others. Found among the real ones while a test runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from risk.detectors.base import HIT_COLUMNS, LEVELS, PEER, Detector, Frames, Needs, Spec, grid_days, needs_of
from risk.detectors.parts.params import param
from risk.detectors.parts.windows import scoped
from risk.detectors.registry import detectors


@dataclass(frozen=True)
class Params:
    by: str = param("plate", help="The column whose value is shared")


def _hit(spec: Spec, subject: object, day: int, observed: float, rows: pd.DataFrame) -> tuple | None:
    reached = [level for level in LEVELS if level in spec.thresholds and observed >= spec.thresholds[level]]
    if not reached:
        return None
    numbers = {"observed": observed, "threshold": spec.thresholds[reached[-1]], "window": spec.window_days, "count": len(rows)}
    return (subject, day, reached[-1], observed, spec.thresholds[reached[-1]], numbers, np.sort(rows["id"].to_numpy()))


def _frame(hits: list[tuple | None]) -> pd.DataFrame:
    return pd.DataFrame([hit for hit in hits if hit is not None], columns=list(HIT_COLUMNS))


class ShareOfAll(Detector):
    """A subject's part of all rows of the window, in percent, on grid days."""

    code, Params, reach = "share_of_all", Params, PEER

    def needs(self, spec: Spec) -> Needs:
        return needs_of({}, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        rows = scoped(frames[spec.frame], spec)
        found: list[tuple | None] = []
        answers = []
        for day in grid_days(int(rows["day"].min()), int(rows["day"].max()) + spec.window_days) if len(rows) else ():
            window = rows[(rows["day"] > day - spec.window_days) & (rows["day"] <= day)]
            for subject, own in window.groupby(spec.subject_column, observed=True):
                answers.append((subject, day, "tested" if len(own) >= spec.min_n else "insufficient", len(own)))
                if len(own) >= spec.min_n:
                    found.append(_hit(spec, subject, day, round(100 * len(own) / len(window), 6), own))
        hits = _frame(found)
        hits.attrs["answers"] = pd.DataFrame(answers, columns=["subject", "day", "answer", "n"])
        return hits


class SharedWithOthers(Detector):
    """How many rows of the window share a value with a row of the subject, whosesoever they are."""

    code, Params, linked = "shared_with_others", Params, ("by",)

    def needs(self, spec: Spec) -> Needs:
        return needs_of({}, spec, spec.params.by)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        rows = scoped(frames[spec.frame], spec)
        found: list[tuple | None] = []
        for day in range(int(rows["day"].min()), int(rows["day"].max()) + 1) if len(rows) else ():
            window = rows[(rows["day"] > day - spec.window_days) & (rows["day"] <= day)]
            for subject, own in window.groupby(spec.subject_column, observed=True):
                if (own["day"] == day).any():
                    sharing = window[window[spec.params.by].isin(own[spec.params.by])]
                    found.append(_hit(spec, subject, day, float(len(sharing)), own))
        return _frame(found)


@contextmanager
def standing_in() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        for detector in (ShareOfAll(), SharedWithOthers()):
            patched.setitem(detectors(), detector.code, detector)
        yield


@pytest.fixture
def standins() -> Iterator[None]:
    with standing_in():
        yield
