"""When a unit is open for the work of a line."""

from datetime import date, time

import pytest

from ledger.roster.hours import Opening, openings, parse_hours
from ledger.roster.models import Shift, Unit
from tests.ledger.filing import found_town

MONDAY, SATURDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 7), date(2026, 3, 8)
OFFICE = [(510, 720), (810, 1050)]


@pytest.fixture
def town(db: None) -> None:
    found_town()


def windows(unit: str, line: str, day: date) -> list[tuple[int, int]]:
    found = openings(unit_codes=[unit], lines=[line], first_day=day, last_day=day)
    return [(opening.start, opening.end) for opening in found]


@pytest.mark.parametrize(
    ("unit", "line", "weekday", "weekend"),
    [
        ("D1", "accident", [(0, 1440)], [(0, 1440)]),
        ("S1", "violation", [(0, 1440)], [(0, 1440)]),
        ("ZD", "violation", [(0, 1440)], [(0, 1440)]),
        ("D1", "registration", OFFICE, []),
        ("W1", "violation", OFFICE, []),
        ("W1", "exam", OFFICE, []),
    ],
)
def test_the_default_follows_from_kind_and_line(
    town: None, unit: str, line: str, weekday: list[tuple[int, int]], weekend: list[tuple[int, int]]
) -> None:
    assert windows(unit, line, MONDAY) == weekday
    assert windows(unit, line, SATURDAY) == weekend


def test_hours_of_its_own_hold_for_every_line_on_working_days(town: None) -> None:
    Unit.objects.filter(code="D1").update(hours="09:00-17:00")
    assert windows("D1", "accident", MONDAY) == [(540, 1020)]
    assert windows("D1", "accident", SATURDAY) == []


def test_a_shift_opens_the_unit_and_the_units_below_it(town: None) -> None:
    Shift.objects.create(unit_code="ZD", date=SATURDAY, start=time(9), end=time(12))
    assert windows("W1", "registration", SATURDAY) == [(540, 720)]
    assert windows("S1", "registration", SATURDAY) == [(540, 720)]
    Shift.objects.create(unit_code="S1", date=SATURDAY, start=time(11), end=time(13))
    assert windows("S1", "registration", SATURDAY) == [(540, 780)]
    assert windows("W1", "registration", SATURDAY) == [(540, 720)]


def test_a_shift_past_midnight_runs_into_the_next_day(town: None) -> None:
    Shift.objects.create(unit_code="W1", date=SATURDAY, start=time(22), end=time(2))
    assert windows("W1", "exam", SATURDAY) == [(1320, 1440)]
    assert windows("W1", "exam", SUNDAY) == [(0, 120)]


def test_every_unit_line_and_day_is_told_in_one_call(town: None) -> None:
    found = openings(unit_codes=["D1", "W1"], lines=["accident", "exam"], first_day=date(2026, 3, 6), last_day=SATURDAY)
    assert Opening("D1", "accident", SATURDAY, 0, 1440) in found
    assert {(o.unit_code, o.line, o.day.day) for o in found} == {
        ("D1", "accident", 6),
        ("D1", "accident", 7),
        ("D1", "exam", 6),
        ("W1", "accident", 6),
        ("W1", "exam", 6),
    }


def test_hours_over_midnight_and_round_the_clock() -> None:
    assert parse_hours("13:00-17:30,08:30-12:00") == ((510, 720), (780, 1050))
    assert parse_hours("20:00-04:00") == ((1200, 1680),)
    assert parse_hours("00:00-24:00") == ((0, 1440),)
    with pytest.raises(ValueError, match="hours"):
        parse_hours("always")
