"""What a rule saw of whole days: rows in scope, and of peers how many could be compared."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from ledger.kit.days import from_ordinal, ordinal
from risk.coverage.recording import Seen
from risk.detectors.base import PEER, Spec, grid_days
from risk.detectors.parts.windows import in_scope
from risk.detectors.registry import detectors
from risk.scoring.plan import Range

ANSWERS = "answers"


class OnDay(Protocol):
    @property
    def day(self) -> int: ...


def seen(rows: pd.DataFrame, spec: Spec, whole: Sequence[Range], hits: pd.DataFrame, found: Sequence[OnDay]) -> dict[date, Seen]:
    """By day, those of the whole days on which the rule's lines have any rows (peers: grid days whose window has any).

    `hits` as the detector gave them, with its answers about peers; `found` those of them that are kept.
    """
    if not whole or not len(rows):
        return {}
    days = rows["day"].to_numpy().astype(np.int64)
    start = int(days.min())
    there = np.concatenate([[0], np.cumsum(np.bincount(days - start))])
    counted = np.concatenate([[0], np.cumsum(np.bincount((days - start)[in_scope(rows, spec)], minlength=len(there) - 1))])
    peer = detectors()[spec.detector].reach == PEER
    width = spec.window_days if peer else 1
    hit_days = Counter(one.day for one in found)
    tested, unjudged = _answers(hits)
    result = {}
    for one in whole:
        first, last = max(ordinal(one.first), start), min(ordinal(one.last), start + len(there) - 2 + (width - 1))
        for day in grid_days(first, last) if peer else range(first, last + 1):
            low, high = max(day - width + 1 - start, 0), min(day + 1 - start, len(there) - 1)
            if there[high] > there[low]:
                answers = (tested[day], unjudged.get(day, {})) if peer else (None, None)
                result[from_ordinal(day)] = Seen(int(counted[high] - counted[low]), hit_days[day], *answers)
    return result


def _answers(hits: pd.DataFrame) -> tuple[Counter[int], dict[int, dict[str, int]]]:
    """Subjects compared, and subjects of whom too little is known with the number of their rows, by day."""
    answers = hits.attrs.get(ANSWERS)
    if answers is None or not len(answers):
        return Counter(), {}
    few = (answers["answer"].astype(str) == "insufficient").to_numpy()
    unjudged: dict[int, dict[str, int]] = {}
    for subject, day, n in zip(*(answers[name][few].tolist() for name in ("subject", "day", "n")), strict=True):
        unjudged.setdefault(day, {})[str(subject)] = n
    return Counter(answers["day"][~few].tolist()), unjudged
