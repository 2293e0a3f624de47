"""Synthetic populations for detectors that compare: honest subjects that differ more than by chance, and effects planted in them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

FIRST_MONDAY = 20_514  # 2026-03-02; the Sunday that ends its week is a grid day
EPOCH = np.datetime64("1970-01-01", "us")


def codes(prefix: str, numbers: np.ndarray) -> pd.Categorical:
    known, places = np.unique(numbers, return_inverse=True)
    return pd.Categorical.from_codes(places, categories=[f"{prefix}{number:03d}" for number in known])


def frame(day: np.ndarray, **columns: Any) -> pd.DataFrame:
    """Transactions at ten o'clock of `day` (ordinals); whatever is not given is unknown."""
    n = len(day)
    made: dict[str, Any] = {"id": np.arange(1, n + 1), "tie": np.arange(1, n + 1), "day": day.astype(np.int32)}
    made["accepted_at"] = EPOCH + (day * 86_400 + 36_000).astype("timedelta64[s]")
    made["line"] = pd.Categorical(["exam"] * n, categories=["", "exam"])
    for name in ("unit", "post", "action", "handler", "agency", "result", "attr.code"):
        made[name] = pd.Categorical([""] * n, categories=[""])
    return pd.DataFrame(made | columns)


def texts(values: Sequence[str] | np.ndarray) -> pd.Categorical:
    return pd.Categorical(np.asarray(values), categories=sorted({*map(str, values), ""}))


def centres(
    seed: int,
    *,
    offices: int = 3,
    staff: int = 12,
    rows: int = 200,
    rate: float = 0.1,
    spread: float = 0.3,
    weeks: int = 4,
    planted: dict[int, float] | None = None,
) -> pd.DataFrame:
    """Handlers H000 … in offices of `staff` each; the log odds that a row passes vary by `spread` between them.

    `planted` adds to the log odds of some. Sizes vary around `rows`.
    """
    rng = np.random.default_rng(seed)
    people = offices * staff
    size = 20 + (rows * np.exp(rng.normal(0, 0.5, people))).astype(int)
    odds = np.log(rate / (1 - rate)) + rng.normal(0, spread, people)
    for who, extra in (planted or {}).items():
        odds[who] += extra
    who = np.repeat(np.arange(people), size)
    passed = rng.random(len(who)) < 1 / (1 + np.exp(-odds[who]))
    day = rng.integers(FIRST_MONDAY, FIRST_MONDAY + 7 * weeks, len(who))
    return frame(day, handler=codes("H", who), unit=codes("W", who // staff), result=texts(np.where(passed, "pass", "fail")))


def on_last_grid_day(hits: pd.DataFrame, weeks: int = 4) -> pd.DataFrame:
    """The hits of the Sunday that ends the population's last week."""
    return hits[hits["day"] == FIRST_MONDAY + 7 * weeks - 1]
