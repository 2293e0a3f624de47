"""One pass of scoring: lease a lane, read its marks, evaluate outside any transaction, commit hits, alerts and done marks together."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from ledger.columns.services import sync
from ledger.kit.days import today
from risk.alerts.fold import Refold
from risk.alerts.sequencer import sequence_events
from risk.coverage.recording import record_coverage
from risk.rules.models import Reach
from risk.scoring import lanes
from risk.scoring.evaluate import Finding, evaluate
from risk.scoring.following import mark_hits_changed
from risk.scoring.hits import replace_hits, standing_hits
from risk.scoring.marks import LONG_SPAN, mark_of
from risk.scoring.models import DirtyMark, Lane
from risk.scoring.plan import Range, lane_eras, left_over, merged
from risk.scoring.suppressed import follow_suppressions

MARKS_AT_ONCE = 5_000
QUIET_DAYS_AT_ONCE = 200


@dataclass
class Result:
    """What scoring did. transactions: rows looked at; hits: hits that came, changed or went; raised: ids of alerts new to the centre."""

    transactions: int = 0
    hits: int = 0
    opened: int = 0
    updated: int = 0
    seconds: float = 0.0
    raised: list[int] = field(default_factory=list)

    def __iadd__(self, other: "Result") -> "Result":
        self.transactions += other.transactions
        self.hits += other.hits
        self.opened += other.opened
        self.updated += other.updated
        self.raised += other.raised
        return self


@dataclass(frozen=True)
class Pass:
    """One evaluation of a lane: the rows it looked at, when it began, and the moment that counted as now."""

    looked_at: int
    began: datetime
    as_of: datetime


def score_pending(*, budget_seconds: float | None = None, as_of: datetime | None = None, fresh: bool | None = None) -> Result:
    """Score what is marked, lane by lane, until nothing is left that nobody else holds (or the budget is spent), and place the events.

    `fresh`: only lanes of single subjects with fresh marks (True), only what can wait for those (False); all by default.
    `as_of` (default: the present) is now for rules that measure open rows; marks of peers wait for the days before it. With a budget, as
    workers have one, lanes that rest are left to rest. Safe to run any number of times at once, and to be killed anywhere: what was not
    committed is still marked.
    """
    began, total, done = time.monotonic(), Result(), set[int]()
    if follow_suppressions(as_of=as_of):
        sequence_events()
    while budget_seconds is None or time.monotonic() - began < budget_seconds:
        lane = lanes.claim(today(as_of), tidied=done, hurried=budget_seconds is None, fresh=fresh)
        if lane is None:
            break
        start = time.monotonic()
        try:
            part = score_lane(lane, as_of)
        except lanes.LeaseLost:
            continue
        # After a fault the lease is left to run out: the other lanes go on meanwhile, and this one is tried again.
        lanes.release(lane, worked=time.monotonic() - start)
        done.add(lane.pk)
        total += part
        if part.opened or part.updated:
            sequence_events()
    total.seconds = time.monotonic() - began
    return total


def score_lane(lane: Lane, as_of: datetime | None = None) -> Result:
    """One pass over a leased lane. Fresh marks go first; a long range of old days is taken in parts."""
    began = datetime.now(UTC)
    now = as_of or began
    marks = _take(lane)
    if not marks:
        return Result()
    if lane.reach == Reach.PEER:
        # A mark that waits may reach further back than those that are ready, and would hold back the part that is taken now for ever.
        ready = [mark for mark in marks if mark.ready_on is None or mark.ready_on <= today(now)]
        if not ready:
            _tidy(lane, marks)
            return Result()
        marks = ready
    sync()
    marks, rest = _cut(marks)
    if lane.reach == Reach.PEER:
        rest += _for_later(lane, marks, today(now))
    findings, looked_at = evaluate(lane, marks, now)
    return _commit(lane, marks, rest, findings, Pass(looked_at, began, now))


def score_days(
    lane: Lane, days: Range, rule_codes: Collection[str], *, settle: Callable[[Result], None], as_of: datetime | None = None
) -> Result:
    """One pass over a leased lane for all subjects on days that somebody asked for: the hits of these rules on these days, and no others.

    It is the pass of score_lane over marks that are not written down, so that a stretch of history and a fresh batch are one path.
    `settle` is called with the result in the transaction that commits it. Raises LeaseLost when live scoring took the lane.
    """
    began = datetime.now(UTC)
    now = as_of or began
    sync()
    marks = [mark_of(lane.key, days.first, days.last, rule_code=code) for code in sorted(rule_codes)]
    # Windows that reach to the present are compared again on the Sundays still to come, as those of a fresh batch are.
    rest = _for_later(lane, marks, today(now)) if lane.reach == Reach.PEER and days.last >= today(now) else []
    findings, looked_at = evaluate(lane, marks, now, within=days)
    return _commit(lane, [], rest, findings, Pass(looked_at, began, now), settle=settle)


def _take(lane: Lane) -> list[DirtyMark]:
    waiting = DirtyMark.objects.filter(line=lane.line, subject_kind=lane.subject_kind, reach=lane.reach).order_by("id")
    if lane.reach == Reach.PEER:
        return list(waiting.order_by("ready_on", "id")[:MARKS_AT_ONCE])
    return list(waiting.filter(quiet=False)[:MARKS_AT_ONCE]) or list(waiting[:MARKS_AT_ONCE])


def _for_later(lane: Lane, marks: Sequence[DirtyMark], now: date) -> list[DirtyMark]:
    """Marks for the grid days that are still to come of the windows these marks concern."""
    windows: dict[str, int] = {}
    for rule, rule_eras in lane_eras(lane):
        windows[rule.code] = max(era.version.window_days for era in rule_eras)
    yesterday = now - timedelta(days=1)
    return [
        mark_of(lane.key, one.first, one.last, rule_code=code, after=yesterday)
        for code, ranges in left_over(marks, windows, now).items()
        for one in ranges
    ]


@transaction.atomic
def _tidy(lane: Lane, marks: Sequence[DirtyMark]) -> None:
    """Join marks that wait for the same: while a week goes by, every batch leaves one for the peers."""
    lanes.confirm(lane)
    same: dict[tuple[str, date | None], list[Range]] = {}
    for mark in marks:
        same.setdefault((mark.rule_code, mark.after), []).append(Range(mark.first_day, mark.last_day))
    joined = [
        mark_of(lane.key, one.first, one.last, rule_code=code, after=after)
        for (code, after), ranges in same.items()
        for one in merged(ranges, LONG_SPAN.days)
    ]
    DirtyMark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    DirtyMark.objects.bulk_create(joined)


def _cut(marks: list[DirtyMark]) -> tuple[list[DirtyMark], list[DirtyMark]]:
    """The part of the marks to do now, and new marks for what is left of ranges too long for one pass."""
    end = min(mark.first_day for mark in marks) + timedelta(days=QUIET_DAYS_AT_ONCE)
    rest = []
    for mark in marks:
        if mark.last_day > end:
            first = max(mark.first_day, end + timedelta(days=1))
            lane = (mark.line, mark.subject_kind, mark.reach)
            rest.append(mark_of(lane, first, mark.last_day, key=mark.key, rule_code=mark.rule_code, quiet=mark.quiet, after=mark.after))
            mark.last_day = end
    return marks, rest


@transaction.atomic
def _commit(
    lane: Lane,
    marks: Sequence[DirtyMark],
    rest: Sequence[DirtyMark],
    findings: Sequence[Finding],
    done: Pass,
    *,
    settle: Callable[[Result], None] | None = None,
) -> Result:
    lanes.confirm(lane)
    result = Result(transactions=done.looked_at)
    quiet = all(mark.quiet for mark in marks)
    for finding, standing in zip(findings, standing_hits(findings), strict=True):
        touched, changed = replace_hits(finding, standing)
        if touched:
            refold = Refold(finding.rule, cause=finding.cause, as_of=done.as_of, clock=finding.clock)
            refold.run(touched)
            mark_hits_changed(finding.rule, touched, quiet=quiet)
            result += Result(hits=changed, opened=refold.opened, updated=refold.updated, raised=refold.raised)
    record_coverage([finding.looked for finding in findings if finding.looked], began=done.began)
    DirtyMark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    DirtyMark.objects.bulk_create(rest)
    if settle is not None:
        settle(result)
    return result
