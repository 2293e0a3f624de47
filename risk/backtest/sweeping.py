"""The whole catalogue over a range of days: every rule in force looks at the columnar copy, on all cores, in bounded memory. Reads only."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
from django.db.models import Sum
from django.utils.translation import gettext as _

from ledger.columns.services import sync
from ledger.journal.models import DailyCount
from ledger.kit.errors import NotFound
from risk.backtest.children import begin
from risk.backtest.looking import found_in, frames_of
from risk.backtest.planning import MEGABYTE, Task, plan
from risk.detectors.base import HIT_COLUMNS, LEVELS, Spec
from risk.frames import base
from risk.rules.models import RuleVersion
from risk.rules.queries import current_versions, spec_of

MEMORY = 2500 * MEGABYTE
WORTH_A_PROCESS = 200 * MEGABYTE
BRIEF = tuple(name for name in HIT_COLUMNS if name not in ("numbers", "evidence"))


@dataclass(frozen=True)
class Progress:
    """How far a sweep is: rules times days, of how many; the rules that have just looked at a stretch."""

    done: int
    of: int
    codes: tuple[str, ...]
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Seen:
    """What a task found: the hits of each of its rules in brief, its seconds (its part of reading included), and the rows shown."""

    hits: tuple[pd.DataFrame, ...]
    seconds: tuple[float, ...]
    rows: int


@dataclass
class Swept:
    """One rule's share of a sweep. `hits` has subject, day, level, observed and threshold, by day and subject."""

    version: RuleVersion
    spec: Spec
    hits: pd.DataFrame
    seconds: float = 0.0

    @property
    def subjects(self) -> int:
        return int(self.hits["subject"].nunique())

    @property
    def by_level(self) -> dict[str, int]:
        counts = self.hits["level"].value_counts()
        return {level: int(counts[level]) for level in LEVELS if level in counts}


@dataclass
class Sweep:
    """What came of it: the rules in the order of their codes, the days, and the transactions of these days."""

    first_day: date | None = None
    last_day: date | None = None
    rules: list[Swept] = field(default_factory=list)
    transactions: int = 0
    tasks: int = 0
    processes: int = 1
    seconds: float = 0.0


def sweep(
    *,
    rule_codes: Sequence[str] = (),
    first_day: date | None = None,
    last_day: date | None = None,
    processes: int | None = None,
    memory: int = MEMORY,
    as_of: datetime | None = None,
    tell: Callable[[Progress], None] = lambda _progress: None,
) -> Sweep:
    """What every rule in force (or those named) finds on event days first_day to last_day; days not given: the whole history.

    `processes`: how many work at once, by default one for every core this process may use. `memory`: bytes that all of them may hold
    together; it bounds how many rows a task is given, not what one long window needs. `as_of` counts as now, by default the present. `tell`
    hears of every task done. Raises NotFound for a rule that is not in force.
    """
    began, as_of = time.monotonic(), as_of or datetime.now(UTC)
    versions = _versions(rule_codes)
    specs = [spec_of(version) for version in versions]
    sync()
    found_spans = {frame: span for frame in {spec.frame for spec in specs} if (span := base(frame).span()) is not None}
    if not found_spans:
        return Sweep(seconds=time.monotonic() - began)
    spans = [span for frame, span in found_spans.items() if not base(frame).endures] or list(found_spans.values())
    first_day, last_day = first_day or min(span[0] for span in spans), last_day or max(span[1] for span in spans)
    cores = len(os.sched_getaffinity(0))
    tasks = plan(specs, first_day, last_day, memory=memory, processes=processes or cores)
    # Starting a process costs seconds: unless told how many, so much work is each to have.
    processes = processes or min(cores, 1 + sum(task.bytes for task in tasks) // WORTH_A_PROCESS)
    processes = max(1, min(processes, len(tasks)))
    found: dict[str, list[tuple[date, pd.DataFrame, float]]] = {spec.rule_code: [] for spec in specs}
    done = 0
    for task, seen in _run(tasks, as_of, processes):
        for code, hits, seconds in zip(task.codes, seen.hits, seen.seconds, strict=True):
            found[code].append((task.first_day, hits, seconds))
        done += _size(task)
        tell(Progress(done, sum(map(_size, tasks)), task.codes, task.first_day, task.last_day))
    rules = [_joined(version, spec, found[spec.rule_code]) for version, spec in zip(versions, specs, strict=True)]
    return Sweep(first_day, last_day, rules, _transactions(first_day, last_day), len(tasks), processes, seconds=time.monotonic() - began)


def run_task(task: Task, as_of: datetime) -> Seen:
    """One task, in this process."""
    began = time.perf_counter()
    frames = frames_of(task.specs, task.first_day, task.last_day, as_of, copied=True)
    reading = (time.perf_counter() - began) / len(task.specs)
    hits, seconds = [], []
    for spec in task.specs:
        began = time.perf_counter()
        found = found_in(frames, spec, task.first_day, task.last_day, as_of)[list(BRIEF)].reset_index(drop=True)
        found.attrs = {}  # what peers were told of everybody stays here
        hits.append(found)
        seconds.append(time.perf_counter() - began + reading)
    rows = len(frames[task.specs[0].frame])
    del frames
    pa.default_memory_pool().release_unused()
    return Seen(tuple(hits), tuple(seconds), rows)


def _versions(rule_codes: Sequence[str]) -> list[RuleVersion]:
    versions = [one for one in current_versions() if not rule_codes or one.rule.code in rule_codes]
    if missing := sorted(set(rule_codes) - {one.rule.code for one in versions}):
        raise NotFound(_("There is no rule %(codes)s in force, live or in shadow.") % {"codes": ", ".join(missing)})
    return versions


def _run(tasks: Sequence[Task], as_of: datetime, processes: int) -> Iterator[tuple[Task, Seen]]:
    """What each task found, as they are done. Alone in this process; several in children that are started afresh and share nothing."""
    if processes == 1:
        for task in tasks:
            yield task, run_task(task, as_of)
        return
    pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"), initializer=begin)
    try:
        running = {pool.submit(run_task, task, as_of): task for task in tasks}
        for future in as_completed(running):
            yield running[future], future.result()
    finally:
        # Somebody stopped listening, or a task failed: what has not begun need not. The children are gone when this returns.
        pool.shutdown(wait=True, cancel_futures=True)


def _joined(version: RuleVersion, spec: Spec, parts: list[tuple[date, pd.DataFrame, float]]) -> Swept:
    """The stretches of one rule side by side."""
    every = [hits for _day, hits, _seconds in sorted(parts, key=lambda part: part[0]) if len(hits)]
    hits = pd.concat(every, ignore_index=True) if every else pd.DataFrame({name: [] for name in BRIEF})
    return Swept(version, spec, hits.sort_values(["day", "subject"], ignore_index=True), sum(seconds for _day, _hits, seconds in parts))


def _size(task: Task) -> int:
    return len(task.specs) * ((task.last_day - task.first_day).days + 1)


def _transactions(first_day: date, last_day: date) -> int:
    return int(DailyCount.objects.filter(day__range=(first_day, last_day)).aggregate(rows=Sum("rows"))["rows"] or 0)
