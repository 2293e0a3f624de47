"""The end of a day: what only the clock changes is measured anew, and every rule looks once at the whole day."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Min

from ledger.kit.days import today
from risk.alerts.models import Hit
from risk.frames import TRANSACTIONS, base
from risk.rules.models import Reach, RuleVersion
from risk.rules.queries import spec_of
from risk.rules.reach import is_clock
from risk.scoring.marks import mark_of
from risk.scoring.models import Closing, DirtyMark
from risk.scoring.watching import Watcher, watched, watchers

# How far back open transactions are measured anew every day: as far as the longest window a rule may have.
OPEN_DAYS = 400


@transaction.atomic
def close_days(*, as_of: datetime | None = None, again: bool = False) -> int:
    """Mark what the end of the days before `as_of` (default: now) makes look different; returns the number of marks written.

    Rules that measure open rows are marked for all days on which rows may still be open; every lane for the whole of the days that were
    not closed yet, so that what is known to have been seen does not rest on marks of single subjects alone. Peers need nothing: their
    marks become ready by themselves. Once a day, unless `again`; running it at any hour, twice, or at once is harmless.
    """
    now = today(as_of)
    yesterday = now - timedelta(days=1)
    closing, fresh = Closing.objects.select_for_update().get_or_create(pk=1, defaults={"day": yesterday})
    first = yesterday if fresh else closing.day + timedelta(days=1)
    if first > yesterday and not again:
        return 0
    marks = list(_clock_marks(now))
    if first <= yesterday:
        marks += [mark_of(lane, first, yesterday) for lane in watched() if lane[2] != Reach.PEER]
        marks += [mark_of(rule.lane, first, yesterday, rule_code=rule.code) for rule in watchers() if rule.reach != Reach.PEER]
        # A moment in the future, given by hand, must not keep the days until then from being closed when they are over.
        closing.day = min(yesterday, today() - timedelta(days=1))
        closing.save(update_fields=["day"])
    DirtyMark.objects.bulk_create(marks)
    return len(marks)


def _clock_marks(now: date) -> Iterator[DirtyMark]:
    for rule in clock_rules():
        first = _oldest_open(rule, now)
        if first is not None and first <= now:
            yield mark_of(rule.lane, first, now, rule_code=rule.code)


def clock_rules() -> list[Watcher]:
    """The published rules, not off, whose hits change by the clock alone."""
    published = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED).exclude(mode=RuleVersion.Mode.OFF)
    codes = {version.rule.code for version in published.select_related("rule") if is_clock(spec_of(version))}
    return [rule for rule in watchers(every=True) if rule.code in codes]


def _oldest_open(rule: Watcher, now: date) -> date | None:
    """The first day on which a row of the rule may be open, or a hit stands that may have to go; None where there is nothing."""
    span = base(rule.frame).span()
    stands = Hit.objects.filter(rule__code=rule.code, live=True).aggregate(first=Min("day"))["first"]
    known = [day for day in (span[0] if span else None, stands) if day is not None]
    if not known:
        return None
    return max(min(known), now - timedelta(days=OPEN_DAYS)) if rule.frame == TRANSACTIONS else min(known)
