"""The working calendar of the force."""

from datetime import date, datetime

import pytest

from ledger.kit.calendar import is_published, is_working_day, working_days, working_deadline
from ledger.kit.days import SHANGHAI
from ledger.kit.models import DayOverride

OFFICE = ((510, 720), (810, 1050))


def always(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2025, 10, 1), False),  # National Day, a Wednesday
        (date(2025, 9, 28), True),  # a Sunday worked to make up for it
        (date(2025, 3, 8), False),
        (date(2025, 3, 10), True),
        (date(2099, 1, 1), True),  # a Thursday past every published year
        (date(2099, 1, 3), False),
    ],
)
def test_holidays_make_up_days_weekends_and_years_not_yet_published(day: date, working: bool) -> None:
    assert is_working_day(day) is working
    assert (day in working_days(day, day)) is working
    assert is_published(day) is (day.year < 2099)


@pytest.mark.django_db
def test_an_override_stands_above_the_published_calendar() -> None:
    DayOverride.objects.create(day=date(2025, 10, 1), working=True, reason="保障")
    DayOverride.objects.create(day=date(2025, 3, 10), working=False, reason="停电")
    assert is_working_day(date(2025, 10, 1)) and not is_working_day(date(2025, 3, 10))
    assert working_days(date(2025, 10, 1), date(2025, 10, 2)) == {date(2025, 10, 1)}


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (datetime(2026, 3, 2, 9, 0), 60, datetime(2026, 3, 2, 10, 0)),
        (datetime(2026, 3, 2, 11, 30), 60, datetime(2026, 3, 2, 14, 0)),
        (datetime(2026, 3, 2, 7, 0), 210, datetime(2026, 3, 2, 12, 0)),
        (datetime(2026, 3, 6, 17, 0), 60, datetime(2026, 3, 9, 9, 0)),
        (datetime(2026, 3, 7, 12, 0), 0, datetime(2026, 3, 9, 8, 30)),
    ],
)
def test_a_deadline_counts_opening_time_only(start: datetime, minutes: int, end: datetime) -> None:
    found = working_deadline(start.replace(tzinfo=SHANGHAI), minutes, OFFICE, is_working=always)
    assert found == end.replace(tzinfo=SHANGHAI)


def test_a_deadline_without_opening_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="hours"):
        working_deadline(datetime(2026, 3, 2, tzinfo=SHANGHAI), 10, (), is_working=always)
