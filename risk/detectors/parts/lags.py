"""The time from a row to one it is tied to, measured between moments of either."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from risk.detectors.parts.references import column

SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
DAY_SECONDS = 86_400


def stamps(frames: Mapping[str, pd.DataFrame], rows: pd.DataFrame, reference: str) -> np.ndarray:
    """A moment of every row in microseconds, NaN where unknown."""
    moment = column(frames, rows, reference).to_numpy().astype("datetime64[us]")
    return np.where(np.isnat(moment), np.nan, moment.astype(np.int64).astype(np.float64))


def lag(start: np.ndarray, end: np.ndarray, unit: str) -> np.ndarray:
    """Time from start to end (microseconds) in the unit, to the second: rounding of large numbers must decide nothing."""
    return np.asarray(np.round((end - start) / 1e6) / SECONDS[unit])


def days_back(within: float, unit: str) -> int:
    """How many event days before its own a row `within` so much earlier may have."""
    return int(np.ceil(within * SECONDS[unit] / DAY_SECONDS))
