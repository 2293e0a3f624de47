"""A rule that compares with peers, over a long history: its later grid days are judged by a copy of this process, the earlier ones here.

A hit of a grid day is a function of the rows of its window, so that both parts together are the whole. The copy has the rows already; it
only reckons, and touches neither database nor files.
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
from risk.backtest.looking import found_in
from risk.detectors.base import PEER, Spec
from risk.detectors.registry import detectors

WORTH_A_COPY = 200_000
Frames = dict[str, pd.DataFrame]


def found_on_two_cores(frames: Frames, spec: Spec, first_day: date, last_day: date, as_of: datetime) -> pd.DataFrame:
    """The hits that `looking.found_in` finds, by two processes where that is worth it: without what could be said of everybody."""
    days = frames[spec.frame]["day"]
    if detectors()[spec.detector].reach != PEER or len(days) < WORTH_A_COPY or not _can_be_copied():
        return found_in(frames, spec, first_day, last_day, as_of)
    # Windows grow until the first is full: half of what all of them hold lies before this day.
    low, high = int(days.min()), int(days.max())
    middle = (low + high) // 2 + spec.window_days // 4
    if middle - spec.window_days <= low or middle >= high:
        return found_in(frames, spec, first_day, last_day, as_of)
    return in_two(frames, spec, first_day, last_day, as_of, middle=middle)


def in_two(frames: Frames, spec: Spec, first_day: date, last_day: date, as_of: datetime, *, middle: int) -> pd.DataFrame:
    """Hits of the days up to `middle` (ordinal) found here, those of later days by a copy. Where the copy comes to nothing, all here."""
    frames = {name: frames[name][list(columns)] for name, columns in detectors()[spec.detector].needs(spec).items()}
    rows, split = frames[spec.frame], from_ordinal(middle + 1)
    day = rows["day"].to_numpy()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def later() -> pd.DataFrame:
        near = frames | {spec.frame: rows[day > middle - spec.window_days + 1]}
        return found_in(near, spec, max(first_day, split), last_day, as_of)

    copy = context.Process(target=_send, args=(sender, later), daemon=True)
    copy.start()
    sender.close()
    earlier = found_in(frames | {spec.frame: rows[day <= middle]}, spec, first_day, min(last_day, from_ordinal(middle)), as_of)
    try:
        rest = receiver.recv()
    except EOFError:
        rest = later()
    copy.join()
    parts = [part for part in (earlier, rest) if len(part)] or [earlier]
    for part in parts:
        part.attrs = {}
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _send(sender: Connection, find: Callable[[], pd.DataFrame]) -> None:
    sender.send(find())


def _can_be_copied() -> bool:
    """A copy of a process has only one of its threads: what the others were in the middle of would never end."""
    alone = threading.active_count() == 1 and not multiprocessing.current_process().daemon
    return sys.platform == "linux" and alone and len(os.sched_getaffinity(0)) > 1
