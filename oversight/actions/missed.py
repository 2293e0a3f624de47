"""上调阈值后漏报: what a rule would still have found in the days after somebody raised its threshold, noted as that person's acts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.audit.services import record
from ledger.columns.hashing import key64
from ledger.columns.services import sync
from ledger.kit.days import event_day
from ledger.roster.models import User
from risk.backtest.running import evaluate_rule
from risk.rules.models import Rule, RuleVersion
from risk.rules.queries import spec_of

WATCHED_DAYS = 3
RAISED, MISSED = "rule.raised", "rule.missed"


def note_missed_hits(*, as_of: datetime | None = None) -> int:
    """Note who raised a threshold, and every hit of the first days that only the version before would have made; returns how many.

    Only versions of people count: what is shipped comes from nobody here. Each is noted once, however often it is looked at.
    """
    now = as_of or timezone.now()
    sync()
    fresh = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED, published_at__gte=now - timedelta(days=2 * WATCHED_DAYS))
    return sum(_note(version, now) for version in fresh.select_related("rule").order_by("rule__code", "number"))


def raised(before: RuleVersion, after: RuleVersion) -> bool:
    """Whether some level is harder to reach than it was, or cannot be reached any more."""
    return any(_harder(level, before.thresholds, after) for level in before.thresholds)


def _harder(level: str, before: Mapping[str, float], after: RuleVersion) -> bool:
    now = after.thresholds.get(level)
    if now is None:
        return True
    return now > before[level] if after.op == ">=" else now < before[level]


def _note(version: RuleVersion, now: datetime) -> int:
    author = User.objects.filter(username=version.author).first()
    before = _before(version)
    if author is None or before is None or not raised(before, version):
        return 0
    return _write(version, author, _missed(before, version, now))


@transaction.atomic
def _write(version: RuleVersion, author: User, missed: set[str]) -> int:
    Rule.objects.select_for_update().get(pk=version.rule_id)
    told = AuditEntry.objects.filter(target=version.rule.code, detail__version=version.number)
    if not told.filter(action=RAISED).exists():
        record(RAISED, actor=author, target=version.rule.code, version=version.number)
    fresh = missed - set(told.filter(action=MISSED).values_list("detail__hit", flat=True))
    for digest in sorted(fresh):
        record(MISSED, actor=author, target=version.rule.code, version=version.number, hit=digest)
    return len(fresh)


def _before(version: RuleVersion) -> RuleVersion | None:
    published = version.rule.versions.filter(state=RuleVersion.State.PUBLISHED, number__lt=version.number)
    before = published.select_related("rule").order_by("-number").first()
    return before if before is not None and before.mode != RuleVersion.Mode.OFF else None


def _missed(before: RuleVersion, after: RuleVersion, now: datetime) -> set[str]:
    """Hits of the days that `after` judges first, as digests: whom they are about is not for the audit trail."""
    first = after.effective_from
    last = min(first + timedelta(days=WATCHED_DAYS - 1), event_day(now))
    if first > last:
        return set()
    return {f"{key64(one):x}" for one in _hits(before, first, last, now) - _hits(after, first, last, now)}


def _hits(version: RuleVersion, first: date, last: date, now: datetime) -> set[str]:
    _frames, hits = evaluate_rule(spec_of(version), first, last, as_of=now.astimezone(UTC))
    return {f"{subject} {day}" for subject, day in zip(hits["subject"], hits["day"], strict=True)}
