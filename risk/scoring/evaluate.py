"""Evaluate the rules of a lane on the dirty neighbourhood: frames in, findings out. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from ledger.columns.hashing import key64
from ledger.kit.days import event_day, from_ordinal, ordinal
from ledger.lines import lines
from risk.coverage.recording import Looked
from risk.detectors.base import Spec
from risk.detectors.registry import detectors
from risk.frames import TRANSACTIONS, load
from risk.rules.models import Reach, Rule, RuleVersion
from risk.rules.queries import spec_of
from risk.rules.reach import is_clock
from risk.scoring import lanes
from risk.scoring.models import DirtyMark, Lane
from risk.scoring.plan import ALWAYS, Plan, Range, Reached, compared, lane_eras
from risk.scoring.seen import seen

HASHED = frozenset({"agent", "person", "plate", "vin"})


@dataclass(frozen=True)
class Found:
    """One hit as a detector found it; the subject is still the value of its frame column."""

    version: RuleVersion
    subject: str | int
    day: int
    level: str
    observed: float
    threshold: float
    numbers: dict[str, Any]
    evidence: list[int]


@dataclass
class Finding:
    """What one rule found, and the part of its hits it replaces: all subjects on `everyone`, single ones on their own days."""

    rule: Rule
    subject_column: str
    everyone: list[Range]
    subjects: dict[str, list[Range]]
    found: list[Found] = field(default_factory=list)
    cause: str = ""
    clock: bool = False
    looked: Looked | None = None


@dataclass(frozen=True)
class Job:
    """One version of one rule to run, and the rows it must be shown; `whole` and `part` are the days it looks at for all, for some."""

    finding: Finding
    version: RuleVersion
    spec: Spec
    neighbourhood: Range
    whole: Sequence[Range] = ()
    part: Sequence[date] = ()

    @property
    def shares(self) -> tuple[Any, ...]:
        """Jobs that may look at the same frames: a few subjects are read once for all rules, bulk only for windows of one length."""
        bulk = self.spec.window_days if self.finding.everyone else 0
        return (self.spec.frame, self.spec.lines, self.spec.subject_column, bulk)


def evaluate(lane: Lane, marks: Sequence[DirtyMark], as_of: datetime, *, within: Range = ALWAYS) -> tuple[list[Finding], int]:
    """All findings of the lane for these marks, and how many rows were looked at (the largest neighbourhood).

    `as_of` is now for rules that measure open rows; peers are compared on grid days before its day. Hits are found, and will be replaced,
    only on days `within`.
    """
    findings: list[Finding] = []
    groups: dict[tuple[Any, ...], list[Job]] = {}
    plan = Plan(marks)
    for rule, rule_eras in lane_eras(lane):
        for era in filter(None, (one.cut(within) for one in rule_eras)):
            version = era.version
            if lane.reach == Reach.PEER:
                days = compared(marks, rule, version.window_days, era, event_day(as_of))
                reached = Reached(days, {}, marked=days, marked_of_some=[])
            else:
                reached = plan.reached(rule, era)
            if not reached.everyone and not reached.subjects:
                continue
            spec = spec_of(version)
            finding = Finding(
                rule,
                spec.subject_column,
                reached.everyone,
                reached.subjects,
                cause=version.checklist_item or rule.code,
                clock=is_clock(spec),
            )
            findings.append(finding)
            if version.mode != RuleVersion.Mode.OFF:
                # The event days whose rows can matter to the hits to replace.
                neighbourhood = reached.span.widened(before=version.window_days - 1)
                job = Job(finding, version, spec, neighbourhood, reached.marked, reached.marked_of_some)
                groups.setdefault(job.shares, []).append(job)
    looked_at = 0
    kept: dict[str, pd.DataFrame] = {}
    for jobs in groups.values():
        lanes.renew(lane)
        looked_at = max(looked_at, _run(jobs, as_of, kept))
    return findings, looked_at


def _run(jobs: Sequence[Job], as_of: datetime, kept: dict[str, pd.DataFrame]) -> int:
    """Load the rows that any of the jobs needs, once, and let every detector look; returns how many rows they were.

    More rows than a rule needs do it no harm: a hit is the same in every set that holds the rows of its window. `kept`: see frames.load.
    """
    base = jobs[0].spec.frame
    needs: dict[str, set[str]] = {}
    keys: set[str] = set()
    for job in jobs:
        keys |= job.finding.subjects.keys()
        for frame, columns in detectors()[job.spec.detector].needs(job.spec).items():
            needs.setdefault(frame, set()).update(columns)
    frames = load(
        needs,
        lines=(jobs[0].spec.lines or tuple(lines())) if base == TRANSACTIONS else (),
        first_day=min(job.neighbourhood.first for job in jobs),
        last_day=max(job.neighbourhood.last for job in jobs),
        subject=None if any(job.finding.everyone for job in jobs) else (jobs[0].spec.subject_column, sorted(keys)),
        base=base,
        as_of=as_of,
        kept=kept,
    )
    rows = len(frames[base])
    if rows:
        for job in jobs:
            hits = detectors()[job.spec.detector].find(frames, job.spec)
            job.finding.found = _kept(job.version, job.spec, hits, job.finding.everyone, job.finding.subjects)
            job.finding.looked = Looked(job.version.pk, seen(frames[base], job.spec, job.whole, hits, job.finding.found), job.part)
    return rows


def _kept(version: RuleVersion, spec: Spec, hits: pd.DataFrame, everyone: list[Range], subjects: dict[str, list[Range]]) -> list[Found]:
    hashed = spec.subject_column in HASHED
    by_subject = {(key64(key) if hashed else key): ranges for key, ranges in subjects.items()}
    kept = []
    for hit in hits.itertuples(index=False):
        subject = int(hit.subject) if hashed else str(hit.subject)
        day = from_ordinal(hit.day)
        if not any(one.first <= day <= one.last for one in (*everyone, *by_subject.get(subject, ()))):
            continue
        kept.append(
            Found(
                version=version,
                subject=subject,
                day=ordinal(day),
                level=str(hit.level),
                observed=float(hit.observed),
                threshold=float(hit.threshold),
                numbers=dict(hit.numbers),
                evidence=[int(number) for number in hit.evidence],
            )
        )
    return kept
