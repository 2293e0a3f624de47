"""One pass of scoring: lease a lane, read its marks, evaluate outside any transaction, commit hits, alerts and done marks together."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from ledger.columns.services import sync
from risk.alerts.fold import Refold
from risk.alerts.sequencer import sequence_events
from risk.scoring import lanes
from risk.scoring.evaluate import Finding, evaluate
from risk.scoring.hits import replace_hits
from risk.scoring.models import DirtyMark, Lane

MARKS_AT_ONCE = 5_000
QUIET_DAYS_AT_ONCE = 200


@dataclass
class Result:
    """What scoring did. transactions: rows looked at; hits: hits that came, changed or went."""

    transactions: int = 0
    hits: int = 0
    opened: int = 0
    updated: int = 0
    seconds: float = 0.0

    def __iadd__(self, other: "Result") -> "Result":
        self.transactions += other.transactions
        self.hits += other.hits
        self.opened += other.opened
        self.updated += other.updated
        return self


def score_pending(*, budget_seconds: float | None = None) -> Result:
    """Score what is marked, lane by lane, until nothing is left that nobody else holds (or the budget is spent), and place the events.

    Safe to run any number of times at once, and to be killed anywhere: what was not committed is still marked.
    """
    began, total = time.monotonic(), Result()
    while budget_seconds is None or time.monotonic() - began < budget_seconds:
        lane = lanes.claim()
        if lane is None:
            break
        try:
            part = score_lane(lane)
        except lanes.LeaseLost:
            continue
        # After a fault the lease is left to run out: the other lanes go on meanwhile, and this one is tried again.
        lanes.release(lane)
        total += part
        if part.opened or part.updated:
            sequence_events()
    total.seconds = time.monotonic() - began
    return total


def score_lane(lane: Lane) -> Result:
    """One pass over a leased lane. Fresh marks go first; a long range of old days is taken in parts."""
    marks = _take(lane)
    if not marks:
        return Result()
    sync()
    marks, rest = _cut(marks)
    findings, looked_at = evaluate(lane, marks)
    return _commit(lane, marks, rest, findings, looked_at)


def _take(lane: Lane) -> list[DirtyMark]:
    waiting = DirtyMark.objects.filter(line=lane.line, subject_kind=lane.subject_kind).order_by("id")
    return list(waiting.filter(quiet=False)[:MARKS_AT_ONCE]) or list(waiting[:MARKS_AT_ONCE])


def _cut(marks: list[DirtyMark]) -> tuple[list[DirtyMark], list[DirtyMark]]:
    """The part of the marks to do now, and new marks for what is left of ranges too long for one pass."""
    end = min(mark.first_day for mark in marks) + timedelta(days=QUIET_DAYS_AT_ONCE)
    rest = []
    for mark in marks:
        if mark.last_day > end:
            rest.append(
                DirtyMark(
                    line=mark.line,
                    subject_kind=mark.subject_kind,
                    key=mark.key,
                    rule_code=mark.rule_code,
                    first_day=max(mark.first_day, end + timedelta(days=1)),
                    last_day=mark.last_day,
                    quiet=mark.quiet,
                    created_at=mark.created_at,
                )
            )
            mark.last_day = end
    return marks, rest


@transaction.atomic
def _commit(lane: Lane, marks: Sequence[DirtyMark], rest: Sequence[DirtyMark], findings: Sequence[Finding], looked_at: int) -> Result:
    lanes.confirm(lane)
    result = Result(transactions=looked_at)
    for finding in findings:
        touched, changed = replace_hits(finding)
        if touched:
            refold = Refold(finding.rule, cause=finding.cause)
            refold.run(touched)
            result += Result(hits=changed, opened=refold.opened, updated=refold.updated)
    DirtyMark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    DirtyMark.objects.bulk_create(rest)
    return result
