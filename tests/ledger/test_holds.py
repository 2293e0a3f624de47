"""Holds: what stands upon whom from when to when, that it is found at any moment with one query, and that days under it are told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from ledger.audit.models import AuditEntry
from ledger.holds.models import Hold
from ledger.holds.queries import Question, standing, verdicts
from ledger.holds.services import lift, place
from ledger.journal.changes import RosterChange
from ledger.kit.errors import BadInput

pytestmark = [pytest.mark.django_db, pytest.mark.services]
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[RosterChange]:
    """What is told of changes."""
    found: list[RosterChange] = []
    monkeypatch.setattr("ledger.holds.services.tell_roster_change", found.append)
    return found


def held(code: str = "A1", kind: str = "agency", effect: str = "acceptance", **more: object) -> Hold:
    fields = {"subject_kind": kind, "subject_code": code, "effect": effect, "cause": "breaker", "cause_number": "RD-1", "starts_at": START}
    return place(**fields | more)


def test_a_hold_stands_from_its_beginning_until_its_end_and_not_at_it():
    hold = held(ends_at=START + DAY)
    found = [bool(standing("agency", "A1", at)) for at in (START - HOUR, START, START + DAY - HOUR, START + DAY)]
    assert found == [False, True, True, False]
    assert AuditEntry.objects.get(action="hold.placed").target == hold.number
    assert not standing("unit", "A1", START) and not standing("agency", "A2", START)


def test_a_lifted_hold_stood_until_then_and_stands_no_more():
    held()
    other = held("A2", cause_number="RD-2")
    (lifted,) = lift(cause_number="RD-1", at=START + DAY)
    assert lifted.lifted_at == START + DAY
    assert standing("agency", "A1", START + HOUR) and not standing("agency", "A1", START + DAY)
    assert list(standing("agency", "A2", START + 9 * DAY)) == [other]
    assert lift(cause_number="RD-1", at=START + 2 * DAY) == []
    assert lift(hold=other, at=START) and not standing("agency", "A2", START)


def test_what_is_over_by_itself_is_not_lifted():
    held(ends_at=START + HOUR)
    assert lift(cause_number="RD-1", at=START + DAY) == []
    with pytest.raises(ValueError, match="name a hold or a cause"):
        lift(at=START)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "person"},
        {"kind": "agent"},
        {"code": " "},
        {"code": "A" * 81},
        {"effect": "duty"},
        {"kind": "staff", "effect": "acceptance"},
        {"kind": "staff", "effect": "all"},
        {"cause": "whim"},
        {"cause_number": ""},
        {"ends_at": START},
    ],
)
def test_what_can_be_no_hold_is_refused(wrong: dict[str, object]):
    with pytest.raises(BadInput):
        held(**wrong)
    assert not Hold.objects.exists()


def test_the_database_itself_never_stops_the_duty_of_a_person():
    fields = {"number": "TQ-1", "subject_kind": "staff", "subject_code": "1", "cause": "breaker", "cause_number": "X", "placed_at": START}
    for effect in ("all", "acceptance", "exam_booking"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Hold.objects.create(**fields, effect=effect, starts_at=START)
    with pytest.raises(TypeError):
        Hold.objects.update(ends_at=START)


def test_many_questions_are_one_query_and_each_is_answered_for_its_own_moment_and_action(
    django_assert_num_queries: DjangoAssertNumQueries,
):
    held(ends_at=START + DAY)
    held(effect="data", ends_at=START + 2 * DAY)
    held("070001", "staff", "permissions")
    held("W1", "unit", "all")
    asked = [
        Question("agency", " Ａ1", START),
        Question("agency", "A1", START, "data"),
        Question("agency", "A1", START, "exam_site"),
        Question("agency", "A1", START + DAY, "acceptance"),
        Question("staff", "070001", START),
        Question("staff", "070001", START, "allocation"),
        Question("unit", "W1", START, "exam_booking"),
        Question("post", "W1", START),
    ]
    with django_assert_num_queries(1):
        found = verdicts(asked)
    assert [[hold.effect for hold in one.holds] for one in found] == [
        ["acceptance", "data"], ["data"], [], [], ["permissions"], [], ["all"], [],
    ]  # fmt: skip
    assert [one.until for one in found[:2]] == [START + 2 * DAY] * 2
    assert found[4].until is None and not found[4].allowed and found[7].allowed
    with django_assert_num_queries(0):
        assert verdicts([]) == []


def test_days_that_look_different_are_told_and_what_bars_no_business_is_not(told: list[RosterChange]):
    held(ends_at=START + 3 * DAY)
    held("A2", cause_number="RD-2")
    held("A3", effect="exam_booking")
    held("070001", "staff", "allocation")
    assert [(change.kind, change.first_day, change.last_day) for change in told] == [
        ("holds", date(2026, 3, 2), date(2026, 3, 5)),
        ("holds", date(2026, 3, 2), date.max),
    ]
    told.clear()
    lift(cause_number="RD-1", at=START + DAY)
    lift(cause_number="RD-2", at=START - DAY)
    assert [(change.first_day, change.last_day) for change in told] == [
        (date(2026, 3, 3), date(2026, 3, 5)),
        (date(2026, 3, 2), date.max),
    ]
