"""A rule that compares with peers, over a long history: its later grid days are judged by a copy of this process, the earlier ones here.

A hit of a grid day is a function of the rows of its window, so that both parts together are the whole. The copy has the rows already; it
reckons, and touches neither database nor files. What it finds it folds into alerts, for these are fewer than hits and sooner handed over.
"""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime
from multiprocessing.connection import Connection

import pandas as pd

from ledger.kit.days import from_ordinal
from risk.backtest.folding import Candidate, candidates_of, in_order, overseers_of
from risk.backtest.looking import found_in
from risk.detectors.base import PEER, Spec
from risk.detectors.registry import detectors
from risk.rules.models import Rule

WORTH_A_COPY = 200_000
# The part of all days that the earlier half has, by what halves took: windows that still grow are cheaper than their rows.
EARLIER = 0.57
Frames = dict[str, pd.DataFrame]
Found = tuple[list[Candidate], pd.DataFrame]


def candidates_on_two_cores(rule: Rule, spec: Spec, frames: Frames, first_day: date, last_day: date, as_of: datetime) -> list[Candidate]:
    """The alerts that the rule's hits would raise, as `folding.candidates_of` folds them, by two processes where that is worth it."""
    rows = frames[spec.frame]
    if detectors()[spec.detector].reach == PEER and len(rows) >= WORTH_A_COPY and _can_be_copied():
        # Windows grow until the first is full, so that half of what all of them hold lies after half of the days.
        low, high = int(rows["day"].min()), int(rows["day"].max())
        middle = low + int(EARLIER * (high - low)) + spec.window_days // 4
        if low + spec.window_days < middle < high:
            return in_two(rule, spec, frames, first_day, last_day, as_of, middle=middle)
    return candidates_of(rule, spec, found_in(frames, spec, first_day, last_day, as_of), rows)


def in_two(rule: Rule, spec: Spec, frames: Frames, first_day: date, last_day: date, as_of: datetime, *, middle: int) -> list[Candidate]:
    """Days up to `middle` (ordinal) judged here, later ones by a copy. Where the copy comes to nothing, all here."""
    rows, split, overseers = frames[spec.frame], from_ordinal(middle + 1), overseers_of(rule)
    day = rows["day"].to_numpy()

    def later() -> Found:
        near = rows[day > middle - spec.window_days + 1]
        hits = found_in(frames | {spec.frame: near}, spec, max(first_day, split), last_day, as_of)
        hits.attrs = {}
        # An alert may have hits on both sides: those are folded together.
        both = (hits["day"] // rule.merge_days == middle // rule.merge_days).to_numpy()
        return candidates_of(rule, spec, hits[~both], near, overseers), hits[both]

    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    copy = context.Process(target=_send, args=(sender, later), daemon=True)
    copy.start()
    sender.close()
    earlier = found_in(frames | {spec.frame: rows[day <= middle]}, spec, first_day, min(last_day, from_ordinal(middle)), as_of)
    try:
        candidates, rest = receiver.recv()
    except EOFError:
        candidates, rest = later()
    copy.join()
    earlier.attrs = {}
    hits = pd.concat([earlier, rest], ignore_index=True) if len(earlier) and len(rest) else earlier if len(earlier) else rest
    return in_order([*candidates, *candidates_of(rule, spec, hits, rows, overseers)])


def _send(sender: Connection, find: Callable[[], Found]) -> None:
    sender.send(find())


def _can_be_copied() -> bool:
    """A copy of a process has only one of its threads: what the others were in the middle of would never end."""
    alone = threading.active_count() == 1 and not multiprocessing.current_process().daemon
    return sys.platform == "linux" and alone and len(os.sched_getaffinity(0)) > 1
