"""Days and moments in the zone the force lives in."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
EPOCH = date(1970, 1, 1)


def event_day(moment: datetime) -> date:
    """The Shanghai calendar day on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()


def today(now: datetime | None = None) -> date:
    return event_day(now or datetime.now(UTC))


def day_start(day: date) -> datetime:
    """Midnight in Shanghai at the start of the day, aware."""
    return datetime.combine(day, time.min, SHANGHAI)


def days_between(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def ordinal(day: date) -> int:
    """Days since 1970-01-01, the unit in which frames and buckets count."""
    return (day - EPOCH).days


def from_ordinal(number: int) -> date:
    return EPOCH + timedelta(days=int(number))
