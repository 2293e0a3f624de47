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


def dealings(
    seed: int,
    *,
    handlers: int = 9,
    agencies: int = 15,
    rows: int = 4000,
    weeks: int = 9,
    affinity: float = 0.3,
    drawn_to: float = 0.0,
    favour: float = 0.0,
) -> pd.DataFrame:
    """Rows of handlers H000 … of one office with agencies A000 …; some pairs meet more often than others by chance alone (`affinity`).

    `drawn_to`: so much of the business of A003 goes to H000. `favour`: added to the log odds that their rows pass.
    """
    rng = np.random.default_rng(seed)
    weight = np.exp(rng.normal(0, affinity, (handlers, agencies))) * np.exp(rng.normal(0, 0.5, agencies))
    pair = rng.choice(handlers * agencies, rows, p=(weight / weight.sum()).ravel())
    who, whom = pair // agencies, pair % agencies
    who = np.where((whom == 3) & (rng.random(rows) < drawn_to), 0, who)
    odds = 0.7 + rng.normal(0, 0.25, agencies)[whom] + rng.normal(0, 0.2, handlers)[who] + favour * ((who == 0) & (whom == 3))
    passed = rng.random(rows) < 1 / (1 + np.exp(-odds))
    day = FIRST_MONDAY + rng.integers(0, 7 * weeks, rows)
    result = texts(np.where(passed, "pass", "fail"))
    return frame(day, handler=codes("H", who), agency=codes("A", whom), unit=codes("W", 0 * who), result=result)


def posts(
    seed: int, *, people: int = 20, weeks: int = 16, rows: int = 30, rate: float = 0.1, jump: float = 0.0, surge: float = 1.0
) -> pd.DataFrame:
    """Weekly business of handlers H000 … that wobbles from week to week; in the last four weeks everybody has 30 % more and passes more.

    H000 besides: `jump` added to its log odds, `surge` times the rows, in those weeks.
    """
    rng = np.random.default_rng(seed)
    usual = np.log(rate / (1 - rate)) + rng.normal(0, 0.3, people)
    first = np.arange(people) == 0
    parts = []
    for week in range(weeks):
        late = week >= weeks - 4
        busy = rows * np.exp(rng.normal(0, 0.15, people)) * (1.3 if late else 1.0) * np.where(first & late, surge, 1.0)
        odds = usual + rng.normal(0, 0.2, people) + (0.3 if late else 0.0) + np.where(first & late, jump, 0.0)
        who = np.repeat(np.arange(people), rng.poisson(busy))
        passed = rng.random(len(who)) < 1 / (1 + np.exp(-odds[who]))
        parts.append((who, passed, FIRST_MONDAY + 7 * week + rng.integers(0, 7, len(who))))
    who, passed, day = (np.concatenate(one) for one in zip(*parts, strict=True))
    return frame(day, handler=codes("H", who), unit=codes("W", 0 * who), result=texts(np.where(passed, "pass", "fail")))


def penalties(
    seed: int, *, people: int = 20, rows: int = 4000, lenient: float = 0.0, cheap: float = 1.0, local: float = 0.0
) -> pd.DataFrame:
    """Violations of eight codes at four units: waived (result pass) or fined, by habits of code, unit and handler.

    H000: `lenient` added to the log odds of waiving, fines `cheap` times the usual, `local` added only for vehicles of A000.
    """
    rng = np.random.default_rng(seed)
    who, code, agency = rng.integers(0, people, rows), rng.integers(0, 8, rows), rng.integers(0, 4, rows)
    unit = who % 4
    odds = rng.normal(-1, 0.8, 8)[code] + rng.normal(0, 0.3, 4)[unit] + rng.normal(0, 0.2, people)[who]
    odds += (who == 0) * (lenient + local * (agency == 0))
    waived = rng.random(rows) < 1 / (1 + np.exp(-odds))
    fine = np.exp(rng.normal(9.5, 0.6, 8)[code] + rng.normal(0, 0.05, people)[who] + rng.normal(0, 0.2, rows)) * np.where(
        who == 0, cheap, 1.0
    )
    made = frame(
        rng.integers(FIRST_MONDAY, FIRST_MONDAY + 14, rows),
        handler=codes("H", who),
        agency=codes("A", agency),
        unit=codes("W", unit),
        result=texts(np.where(waived, "pass", "fail")),
        amount=np.round(fine),
    )
    return made.assign(**{"attr.code": codes("c", code)})
