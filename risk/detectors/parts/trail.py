"""The steps of one business against the order they must come in."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from risk.detectors.parts.references import column

FAULTS = ("reversed", "missing", "repeated")
MINUTE_US = 60e6


def out_of_order(
    frames: Mapping[str, pd.DataFrame], rows: pd.DataFrame, steps: Sequence[str], faults: Sequence[str], tolerance: float
) -> np.ndarray:
    """Rows whose steps are reversed by more than `tolerance` minutes, lack one before a later one that is there, or come twice."""
    wrong = np.zeros(len(rows), dtype=bool)
    if "repeated" in faults:
        wrong |= _repeated(frames["steps"], rows, steps)
    latest = np.full(len(rows), -np.inf)
    missing = np.zeros(len(rows), dtype=bool)
    for name in steps:
        at = column(frames, rows, f"step.{name}.at").to_numpy().astype("datetime64[us]")
        there = ~np.isnat(at)
        moment = np.where(there, at.astype(np.int64).astype(np.float64), -np.inf)
        if "reversed" in faults:
            wrong |= there & (moment + tolerance * MINUTE_US < latest)
        if "missing" in faults:
            wrong |= there & missing
        latest, missing = np.maximum(latest, moment), missing | ~there
    return wrong


def _repeated(trail: pd.DataFrame, rows: pd.DataFrame, steps: Sequence[str]) -> np.ndarray:
    wrong = np.zeros(len(rows), dtype=bool)
    for name in steps:
        ids, times = np.unique(trail["id"].to_numpy()[(trail["step"] == name).to_numpy()], return_counts=True)
        wrong |= np.isin(rows["id"].to_numpy(), ids[times > 1])
    return wrong
