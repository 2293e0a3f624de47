"""Rules shown the rows of some days: those that look at the same rows share one load of them, every column read once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from ledger.columns import encode, reader
from ledger.kit.days import event_day, ordinal
from risk.detectors.base import PEER, Spec
from risk.detectors.parts.references import steps_of
from risk.detectors.registry import detectors
from risk.frames import TRANSACTIONS, base, load

RELATED = "related"
Wanted = dict[str, set[str]]


def wanted(specs: Sequence[Spec]) -> Wanted:
    """Frames and their columns that the rules read together."""
    found: Wanted = {}
    for spec in specs:
        for frame, columns in detectors()[spec.detector].needs(spec).items():
            found.setdefault(frame, set()).update(columns)
    return found


def shares(spec: Spec) -> tuple[Any, ...]:
    """Rules of equal answers may look at one load: their rows come from one frame and the same lines."""
    return spec.frame, tuple(sorted(spec.lines)) if spec.frame == TRANSACTIONS else ()


def shown(specs: Sequence[Spec]) -> dict[str, tuple[Any, ...]]:
    """Columns in which each of the rules looks at rows with some values only, and all the values any of them looks at."""
    scopes = [detectors()[spec.detector].shown(spec) for spec in specs]
    shared = set.intersection(*(set(scope) for scope in scopes))
    return {name: tuple({value for scope in scopes for value in scope[name]}) for name in sorted(shared)}


def frames_of(
    specs: Sequence[Spec], first_day: date, last_day: date, as_of: datetime, *, also: Sequence[str] = (), copied: bool = False
) -> dict[str, pd.DataFrame]:
    """The frames that rules which share (see `shares`) need to judge these days, with the columns `also` of the rows themselves.

    Transactions and steps at which none of the rules looks are left out.

    `copied`: the transactions that others point to come from the columnar copy instead of the journal: one pass for all of them.
    """
    needs, frame = wanted(specs), specs[0].frame
    needs[frame] = needs.get(frame, set()) | set(also)
    pointed = needs.pop(RELATED, None) if copied and frame == TRANSACTIONS else None
    if pointed is not None:
        needs[frame].add(RELATED)
    loaded = load(
        needs,
        lines=specs[0].lines if frame == TRANSACTIONS else (),
        first_day=first_day - timedelta(days=max(spec.window_days for spec in specs) - 1),
        last_day=last_day,
        base=frame,
        as_of=as_of,
        only=shown(specs) if frame == TRANSACTIONS else {},
        steps=sorted({name for spec in specs for name in steps_of(spec.params)}),
    )
    if pointed is not None:
        loaded[RELATED] = _pointed_to(loaded[frame], pointed)
    return loaded


def found_in(frames: dict[str, pd.DataFrame], spec: Spec, first_day: date, last_day: date, as_of: datetime) -> pd.DataFrame:
    """The rule's hits of the days. It is shown the columns it needs and no others: what it keeps of its rows it copies."""
    detector = detectors()[spec.detector]
    own = {name: frames[name][list(columns)] for name, columns in detector.needs(spec).items()}
    hits = detector.find(own, spec)
    if detector.reach == PEER:
        last_day = min(last_day, event_day(as_of) - timedelta(days=1))
    return hits[hits["day"].between(ordinal(first_day), ordinal(last_day))]


def _pointed_to(rows: pd.DataFrame, columns: set[str]) -> pd.DataFrame:
    """The transactions that the rows point to, of whatever line and day, from the columnar copy."""
    keys = rows[RELATED].to_numpy()
    keys, span = pd.unique(keys[keys != 0]), base(TRANSACTIONS).span()
    wanted_columns = tuple(sorted(columns | {"tie"}))
    if span is None or not len(keys):
        return encode.encode_transactions([], columns=wanted_columns)
    return reader.read("transactions", columns=wanted_columns, first_day=span[0], last_day=span[1], only={"tie": keys}, seldom=True)
