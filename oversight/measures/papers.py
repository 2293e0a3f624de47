"""How values stand on the papers of measures."""

from datetime import date, datetime

from ledger.kit.days import SHANGHAI
from ledger.roster.models import User


def day(value: date | None) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if value else ""


def clock(value: datetime | None) -> str:
    """To the minute, in Shanghai."""
    if value is None:
        return ""
    local = value.astimezone(SHANGHAI)
    return f"{day(local.date())}{local:%H时%M分}"


def name(user: User | None) -> str:
    return str(user) if user else ""


def lines(value: str) -> list[str]:
    return [one for one in value.splitlines() if one]
