"""Search for what was never looked at: the ledger took a row, no mark waits for it, and no pass since has covered its day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from ledger.journal.models import Batch, Transaction, Version
from ledger.kit.days import event_day, from_ordinal, ordinal, today
from ledger.lines import lines
from risk.coverage.models import Coverage, Gap
from risk.detectors.base import grid_days
from risk.frames import TRANSACTIONS
from risk.frames.transaction_base import FIELDS, parts, subject_code
from risk.rules.models import Reach, Rule, RuleVersion
from risk.scoring.marks import mark_of
from risk.scoring.models import DirtyMark
from risk.scoring.plan import Era, eras

LOOK_BACK = timedelta(hours=26)
GRID_BACK = timedelta(days=35)
AT_ONCE = 2_000


@dataclass
class Arrivals:
    """When rows last came, by line and event day: of any subject, and of those with a subject in a column."""

    latest: dict[tuple[str, str, date], datetime] = field(default_factory=dict)

    def note(self, line: str, column: str, day: date, at: datetime) -> None:
        key = (line, column, day)
        self.latest[key] = max(at, self.latest.get(key, at))

    def of(self, rule_lines: Iterable[str], column: str) -> dict[date, datetime]:
        found: dict[date, datetime] = {}
        wanted = set(rule_lines)
        for (line, name, day), at in self.latest.items():
            if name == column and line in wanted:
                found[day] = max(at, found.get(day, at))
        return found


def find_gaps(*, as_of: datetime | None = None) -> int:
    """Mark again what rules have missed of the rows that came in the last day; returns how many rule days they were.

    Each is kept as a Gap. Running it at any time is harmless: what waits or is being scored is no gap.
    """
    now = as_of or datetime.now(UTC)
    versions = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED, rule__frame=TRANSACTIONS).select_related("rule")
    by_rule: dict[Rule, list[RuleVersion]] = {}
    for version in versions.order_by("rule__code", "number"):
        by_rule.setdefault(version.rule, []).append(version)
    arrivals = _arrivals(now - LOOK_BACK, {version.subject_column for version in versions})
    if not arrivals.latest:
        return 0
    # The marks before the coverage: what is committed between the two reads is then covered, not missed.
    waiting = list(DirtyMark.objects.all())
    missed = [
        (rule, day)
        for rule, of_rule in by_rule.items()
        for era in eras(of_rule)
        if era.version.mode != RuleVersion.Mode.OFF
        for day in sorted(_missed(era, arrivals, waiting, today(now)))
    ]
    _mark(missed, now)
    return len(missed)


def _arrivals(since: datetime, columns: set[str]) -> Arrivals:
    arrivals = Arrivals()
    latest: dict[int, datetime] = {}
    batches = Batch.objects.filter(committed_at__gte=since).values("pk")
    for number, at in Version.objects.filter(batch_id__in=batches).values_list("transaction_id", "arrived_at").iterator(chunk_size=AT_ONCE):
        latest[number] = max(at, latest.get(number, at))
    for part in parts(latest):
        for row in Transaction.objects.filter(pk__in=part).values("pk", "line", "event_day", "attrs", *FIELDS.values()):
            arrivals.note(row["line"], "", row["event_day"], latest[row["pk"]])
            for column in columns:
                if subject_code(row, column):
                    arrivals.note(row["line"], column, row["event_day"], latest[row["pk"]])
    return arrivals


def _missed(era: Era, arrivals: Arrivals, waiting: list[DirtyMark], now: date) -> Iterator[date]:
    """Days (peers: grid days that are over) the version should have looked at since rows came; none before it was published."""
    version = era.version
    came = arrivals.of(version.lines or lines(), "" if version.rule.reach != Reach.SUBJECT else version.subject_column)
    came = {day: at for day, at in came.items() if version.published_at is None or at > version.published_at}
    if version.rule.reach == Reach.PEER:
        came = _of_windows(came, version, now)
    came = {day: at for day, at in came.items() if era.first <= day <= era.last}
    seen = dict(Coverage.objects.filter(rule_version=version, day__in=came).values_list("day", "scored_at"))
    for day, at in came.items():
        if (day not in seen or seen[day] < at) and not any(_waits(mark, version, day) for mark in waiting):
            yield day


def _of_windows(came: Mapping[date, datetime], version: RuleVersion, now: date) -> dict[date, datetime]:
    """Grid days of the last weeks that are over, with the latest arrival in their window."""
    first = max(now - GRID_BACK, event_day(version.published_at)) if version.published_at else now - GRID_BACK
    found = {}
    for day in map(from_ordinal, grid_days(ordinal(first), ordinal(now) - 1)):
        window = [at for row_day, at in came.items() if timedelta(0) <= day - row_day < timedelta(days=version.window_days)]
        if window:
            found[day] = max(window)
    return found


def _waits(mark: DirtyMark, version: RuleVersion, day: date) -> bool:
    rule = version.rule
    if (mark.line, mark.subject_kind, mark.reach) != (rule.line, rule.subject_kind, rule.reach) or mark.rule_code not in ("", rule.code):
        return False
    wide = timedelta(days=version.window_days - 1) if rule.reach == Reach.PEER else timedelta(0)
    return mark.first_day <= day <= mark.last_day + wide


@transaction.atomic
def _mark(missed: list[tuple[Rule, date]], now: datetime) -> None:
    DirtyMark.objects.bulk_create(
        mark_of((rule.line, rule.subject_kind, rule.reach), day, day, rule_code=rule.code) for rule, day in missed
    )
    Gap.objects.bulk_create(Gap(rule=rule, day=day, found_at=now) for rule, day in missed)
