"""Three months of sources at work: their deliveries and kept counts, written directly, because only their health is looked at."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from ledger.journal.models import DailyCount, Delivery
from ledger.kit.calendar import published_working_day
from ledger.kit.days import day_start, days_between, today

HISTORY = 84


def make_deliveries(source: str, days: Collection[date], *, kind: str = "transactions", hour: int = 2, **fields: object) -> None:
    """A delivery on each of the days, at that hour."""
    for day in days:
        one = Delivery.objects.create(source=source, kind=kind, **{"status": "done", **fields})
        moment = day_start(day) + timedelta(hours=hour)
        Delivery.objects.filter(pk=one.pk).update(started_at=moment, finished_at=moment + timedelta(minutes=3))


def make_counts(
    source: str, line: str, *, working: int, resting: int, changes: Mapping[int, int] | None = None, days: int = HISTORY
) -> None:
    """Rows a day like these, swaying a little from day to day; `changes` gives rows by days ago."""
    rows = []
    for day in days_between(today() - timedelta(days=days), today()):
        level = working if published_working_day(day) else resting
        usual = level + (day.toordinal() * 7 % 11 - 5) * level // 60
        ago = (today() - day).days
        rows.append(DailyCount(source=source, day=day, line=line, rows=(changes or {}).get(ago, usual)))
    DailyCount.objects.bulk_create(rows)


def last_days(first_ago: int, last_ago: int = 0) -> list[date]:
    return days_between(today() - timedelta(days=first_ago), today() - timedelta(days=last_ago))
