"""Hits out of ties: by their number or share in a window, or by the best candidate of a day.

A tie counts in a window of W days only when every row it rests on lies in it, so that a hit stays a function of those W days.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from risk.detectors.base import Spec
from risk.detectors.parts.chance import poisson_tail
from risk.detectors.parts.found import Found, Slices, hits, no_hits
from risk.detectors.parts.links import MILLION, Ties, holding
from risk.detectors.parts.sorting import distinct, ordered
from risk.detectors.parts.windows import coded


def tie_windows(
    rows: pd.DataFrame, spec: Spec, ties: Ties, *, among: np.ndarray | None = None, expected: np.ndarray | None = None, chance: float = 1.0
) -> pd.DataFrame:
    """Hits by the number of ties in W days, or with `among` by their percentage of those rows (then a row has one tie at most).

    A day is judged when a tie is complete on it. Evidence is the rows of the ties and what they are tied to. `expected`: how many ties of
    each row chance alone would make, in millionths (int64); where so many ties are likelier than `chance` there is no hit.
    """
    subject, names = coded(rows[spec.subject_column])
    ties = ties.kept((subject[ties.row] >= 0) & (ties.since > ties.day - spec.window_days))
    if not len(ties.row):
        return no_hits()
    ties = ties.kept(ordered(subject[ties.row], ties.day, rows["tie"].to_numpy()[ties.row]))
    who = subject[ties.row]
    width = np.int64(2**22)
    keys = who * width + ties.day
    judged = distinct(keys)
    at_who, at_day = judged // width, judged % width
    count = holding(who, ties.day, ties.since + spec.window_days - 1, at_who, at_day)
    low, high = np.searchsorted(keys, judged - spec.window_days, side="right"), np.searchsorted(keys, judged, side="right")

    # Rows without a partner, none of them twice, each for its own day: what stands behind a hit lies side by side.
    alone, at_once = bool((ties.partner < 0).all()), bool((ties.since == ties.day).all())

    def evidence(hit: int) -> np.ndarray:
        part = slice(low[hit], high[hit])
        row, partner = ties.row[part], ties.partner[part]
        if not at_once:
            within_window = ties.since[part] > at_day[hit] - spec.window_days
            row, partner = row[within_window], partner[within_window]
        return distinct(row if alone else np.concatenate([row, partner[partner >= 0]]))

    plain = alone and at_once and len(distinct(ties.row)) == len(ties.row)
    behind = Slices(ties.row, low, high) if plain else evidence
    total, observed, enough = count, count.astype(np.float64), count >= spec.min_n
    if among is not None:
        own = np.flatnonzero(among & (subject >= 0))
        day = rows["day"].to_numpy().astype(np.int64)[own]
        total = holding(subject[own], day, day + spec.window_days - 1, at_who, at_day)
        observed, enough = 100.0 * count / np.maximum(total, 1), total >= spec.min_n
    found = Found(at_who, at_day, observed, behind, {"count": count, "total": total})
    if expected is not None:
        by_chance = _sums(rows, spec, subject, expected, at_who, at_day) / MILLION
        found.numbers["expected"] = np.round(by_chance, 4)
        enough &= np.array([poisson_tail(int(n), float(mean)) <= chance for n, mean in zip(count, by_chance, strict=True)])
    return hits(found.kept(enough), spec, rows, names)


def _sums(rows: pd.DataFrame, spec: Spec, subject: np.ndarray, values: np.ndarray, at_who: np.ndarray, at_day: np.ndarray) -> np.ndarray:
    """The sum of whole values over each asked subject's rows in the W days up to the asked day."""
    width = np.int64(2**22)
    chosen = np.flatnonzero(subject >= 0)
    keys = subject[chosen] * width + rows["day"].to_numpy().astype(np.int64)[chosen]
    order = ordered(keys)
    totals = np.concatenate([[0], np.cumsum(values[chosen][order])])
    asked = at_who * width + at_day
    return np.asarray(
        totals[np.searchsorted(keys[order], asked, side="right")]
        - totals[np.searchsorted(keys[order], asked - spec.window_days, side="right")]
    )


@dataclass
class Best:
    """Candidates of which the highest of a subject and day becomes its hit: subject codes (−1: none), days, what was observed, the order
    among equals."""

    who: np.ndarray
    day: np.ndarray
    observed: np.ndarray
    order: np.ndarray
    evidence: Callable[[int], np.ndarray]
    numbers: dict[str, np.ndarray] = field(default_factory=dict)


def best_of_day(rows: pd.DataFrame, spec: Spec, names: np.ndarray, best: Best) -> pd.DataFrame:
    """One hit per subject and day, by its highest candidate; of equal ones the first in their order."""
    chosen = np.flatnonzero(best.who >= 0)
    if not len(chosen):
        return no_hits()
    order = chosen[np.lexsort((best.order[chosen], -best.observed[chosen], best.day[chosen], best.who[chosen]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (best.who[order][1:] != best.who[order][:-1]) | (best.day[order][1:] != best.day[order][:-1])
    top = order[first]
    numbers = {name: values[top] for name, values in best.numbers.items()}
    found = Found(best.who[top], best.day[top], best.observed[top], lambda hit: best.evidence(int(top[hit])), numbers)
    return hits(found, spec, rows, names)
