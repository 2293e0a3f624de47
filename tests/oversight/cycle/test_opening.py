"""Rounds open on the working calendar, each once, with a task for every unit that answers for an item."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from ledger.kit.days import SHANGHAI
from ledger.kit.models import DayOverride
from ledger.roster.models import Role
from oversight.cycle.models import Answer, Period, Round, Task
from oversight.cycle.opening import open_rounds
from oversight.cycle.periods import Span, due_moment, opening_day, span_before, span_of
from oversight.cycle.terms import save_terms
from risk.checklist.models import ChecklistItem
from tests.builders import make_agency, make_user
from tests.oversight.cycle.building import OPENED, Scene


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def test_a_period_has_its_days():
    assert span_of(Period.MONTH, date(2026, 2, 14)) == Span(Period.MONTH, date(2026, 2, 1), date(2026, 2, 28))
    assert span_of(Period.QUARTER, date(2026, 5, 31)) == Span(Period.QUARTER, date(2026, 4, 1), date(2026, 6, 30))
    assert span_of(Period.YEAR, date(2026, 12, 31)) == Span(Period.YEAR, date(2026, 1, 1), date(2026, 12, 31))
    assert span_before(span_of(Period.MONTH, date(2026, 1, 9))) == span_of(Period.MONTH, date(2025, 12, 9))


@pytest.mark.django_db
def test_a_round_opens_on_the_first_working_day_and_ends_on_one():
    # National Day: the holiday lasts until the 7th or beyond, and weekdays within it are none.
    october = span_of(Period.MONTH, date(2025, 10, 1))
    assert opening_day(october) == date(2025, 10, 9)
    # The first of February 2026 is a Sunday; made a working day it is the first.
    february = span_of(Period.MONTH, date(2026, 2, 1))
    assert opening_day(february) == date(2026, 2, 2)
    DayOverride.objects.create(day=date(2026, 2, 1), working=True)
    assert opening_day(february) == date(2026, 2, 1)
    assert opening_day(span_of(Period.QUARTER, date(2026, 11, 5))) == date(2026, 12, 1)
    november = span_of(Period.MONTH, date(2026, 11, 5))
    assert due_moment(november, 5) == at(11, 23, 17, 30)
    assert due_moment(november, 0) == at(11, 30, 17, 30)
    assert due_moment(november, 99) == at(11, 2, 17, 30)


@pytest.mark.services
def test_a_round_is_opened_once_for_the_units_that_answer_for_something(scene: Scene):
    assert open_rounds(now=OPENED - timedelta(hours=9)) == []
    (made,) = open_rounds(now=OPENED)
    assert (made.period, made.first_day, made.due_at) == ("month", date(2026, 11, 1), at(11, 23, 17, 30))
    assert open_rounds(now=OPENED) == open_rounds(now=OPENED + timedelta(days=3)) == []
    # Somebody works in the squad, the brigade and the window; only the squad has the post.
    tasks = Task.objects.filter(round=made)
    assert set(tasks.values_list("unit__name", flat=True)) == {"一大队", "三中队", "城西窗口"}
    squad = set(Answer.objects.filter(task__unit=scene.squad).values_list("item__no", flat=True))
    assert {"REG-C1", "REG-C2", "REG-C3"} <= squad
    assert not {"REG-C1"} & set(Answer.objects.filter(task__unit=scene.window).values_list("item__no", flat=True))
    assert set(Answer.objects.values_list("item__cadence", flat=True)) == {"month"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(number="QC-X", round=made, unit=scene.squad, due_at=made.due_at)
    days = {"first_day": made.first_day, "last_day": made.last_day}
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.create(period="month", **days, version=made.version, opened_at=OPENED, due_at=OPENED)


def test_in_december_month_quarter_and_year_open_together(scene: Scene):
    make_agency(scene.window, kind="driving_school")
    made = {one.period: one for one in open_rounds(now=at(12, 1, 8))}
    assert set(made) == set(Period.values)
    quarter = set(Answer.objects.filter(task__round=made["quarter"], task__unit=scene.window).values_list("item__no", flat=True))
    # 社会考场、驾校: of no post of the force, so with who oversees a driving school; all cadences.
    assert "EXM-I1" in quarter
    assert quarter == set(ChecklistItem.objects.filter(no__in=quarter).values_list("no", flat=True))
    assert Answer.objects.filter(task__round=made["quarter"], item__cadence="quarter").exists()
    assert Task.objects.filter(round=made["year"]).count() == 3
    assert not Answer.objects.filter(task__round=made["year"]).exists()


def test_a_round_whose_term_is_over_is_not_opened_and_terms_are_for_later_rounds(scene: Scene):
    assert open_rounds(now=at(11, 23, 17, 30)) == []
    admin = make_user(Role.SYSTEM_ADMIN, scene.detachment)
    save_terms(before_end={"month": 2, "quarter": 5, "year": 5}, actor=admin)
    (made,) = open_rounds(now=at(11, 23, 17, 30))
    assert made.due_at == at(11, 26, 17, 30)
    save_terms(before_end={"month": 9, "quarter": 5, "year": 5}, actor=admin)
    made.refresh_from_db()
    assert made.due_at == at(11, 26, 17, 30)
