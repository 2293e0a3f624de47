"""Evaluate the rules of a lane on the dirty neighbourhood: frames in, findings out. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ledger.columns.hashing import key64
from ledger.kit.days import from_ordinal, ordinal
from ledger.lines import lines
from risk.detectors.base import Spec
from risk.detectors.registry import detectors
from risk.frames import load
from risk.rules.models import Rule, RuleVersion
from risk.rules.queries import spec_of
from risk.scoring import lanes
from risk.scoring.models import DirtyMark, Lane
from risk.scoring.plan import Range, affected, dirty, lane_eras

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


def evaluate(lane: Lane, marks: Sequence[DirtyMark]) -> tuple[list[Finding], int]:
    """All findings of the lane for these marks, and how many rows were looked at (the largest neighbourhood)."""
    findings, looked_at = [], 0
    for rule, rule_eras in lane_eras(lane.line, lane.subject_kind):
        wanted = dirty(marks, rule.code)
        if not wanted.everyone and not wanted.subjects:
            continue
        for era in rule_eras:
            version = era.version
            everyone = affected(wanted.everyone, version.window_days, era)
            subjects = {key: days for key, ranges in wanted.subjects.items() if (days := affected(ranges, version.window_days, era))}
            if not everyone and not subjects:
                continue
            lanes.renew(lane)
            spec = spec_of(version)
            finding = Finding(rule, spec.subject_column, everyone, subjects, cause=version.checklist_item or rule.code)
            if version.mode != RuleVersion.Mode.OFF:
                finding.found, rows = _find(version, spec, everyone, subjects)
                looked_at = max(looked_at, rows)
            findings.append(finding)
    return findings, looked_at


def _find(version: RuleVersion, spec: Spec, everyone: list[Range], subjects: dict[str, list[Range]]) -> tuple[list[Found], int]:
    """Run the detector on every row that can matter, and keep the hits that fall into the ranges to replace."""
    detector = detectors()[spec.detector]
    ranges = everyone or [one for found in subjects.values() for one in found]
    first, last = min(one.first for one in ranges), max(one.last for one in ranges)
    if everyone and subjects:
        first = min(first, min(one.first for found in subjects.values() for one in found))
        last = max(last, max(one.last for found in subjects.values() for one in found))
    neighbourhood = Range(first, last).widened(before=spec.window_days - 1)
    frames = load(
        detector.needs(spec),
        lines=spec.lines or tuple(lines()),
        first_day=neighbourhood.first,
        last_day=neighbourhood.last,
        subject=None if everyone else (spec.subject_column, sorted(subjects)),
    )
    rows = frames["transactions"]
    if rows.empty:
        return [], 0
    hits = detector.find(frames, spec)
    return _kept(version, spec, hits, everyone, subjects), len(rows)


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
