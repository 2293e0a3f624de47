"""How a source usually delivers and where it does not: the verdicts on days and counts, and the same read from the database."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from ledger.complaints.models import Complaint
from ledger.intake import sources
from ledger.intake.health import Day, Reconciled, Rhythm, State, Usual, Verdict, judged_days, rhythm_of, state_of, usual_of
from ledger.intake.sources import SourceHealth, source_health, sources_health
from ledger.journal.models import DailyCount, Delivery
from ledger.kit.calendar import published_working_day
from ledger.kit.days import day_start, days_between
from tests.ledger.filing import found_town, row, tell

TODAY = date(2026, 3, 31)
START = TODAY - timedelta(days=84)
WORKING = {day for day in days_between(date(2025, 9, 1), TODAY) if published_working_day(day)}
YESTERDAY = TODAY - timedelta(days=1)


def steady(working: int = 100, resting: int = 0, **changes: int) -> dict[date, int]:
    """Counts of 84 days; `changes` by days ago, e.g. ago3=0."""
    counts = {day: working if day in WORKING else resting for day in days_between(START, TODAY)}
    return counts | {TODAY - timedelta(days=int(name[3:])): rows for name, rows in changes.items()}


def judged(counts: dict[date, int], complete_to: date | None = YESTERDAY) -> list[Day]:
    return judged_days(counts, working=WORKING, complete_to=complete_to, today=TODAY)


def unusual(days: list[Day]) -> dict[date, Verdict]:
    return {one.day: one.verdict for one in days if one.verdict not in (Verdict.USUAL, Verdict.OPEN)}


def test_the_usual_is_the_median_with_three_spreads_and_at_least_the_play_of_chance() -> None:
    assert usual_of([100] * 8) == Usual(100, 70, 130)
    assert usual_of([60, 80, 100, 120, 140]) == Usual(100, 12, 188)  # distances 40 20 0 20 40: median 20, spread 29.652
    assert usual_of([0] * 5) == Usual(0, 0, 3)
    assert usual_of([100] * 3) is None


def test_days_are_compared_with_days_of_their_class() -> None:
    days = judged(steady(100, 20))
    assert unusual(days) == {}
    assert {(one.working, one.usual.median) for one in days if one.usual} == {(True, 100), (False, 20)}
    assert (len(days), days[-1].day, days[-1].verdict) == (28, TODAY, Verdict.OPEN)


def test_gaps_and_numbers_beyond_the_usual_are_told_and_rest_days_without_rows_are_not() -> None:
    days = judged(steady(ago5=0, ago6=12, ago7=400))  # 26, 25 and 24 March: working days
    assert unusual(days) == {date(2026, 3, 26): Verdict.GAP, date(2026, 3, 25): Verdict.BELOW, date(2026, 3, 24): Verdict.ABOVE}


def test_nothing_is_missed_where_nothing_is_usual() -> None:
    assert unusual(judged(steady(4, ago5=0, ago6=9))) == {}


def test_a_day_is_open_until_a_delivery_came_after_it() -> None:
    days = judged(steady(ago1=0, ago2=0), complete_to=TODAY - timedelta(days=2))
    assert [one.verdict for one in days[-3:]] == [Verdict.GAP if days[-3].working else Verdict.USUAL, Verdict.OPEN, Verdict.OPEN]
    assert {one.verdict for one in judged({}, complete_to=None)} == {Verdict.OPEN}


def test_two_weeks_of_history_are_needed_to_say_anything() -> None:
    counts = {day: 100 for day in days_between(TODAY - timedelta(days=17), TODAY)}
    days = judged(counts)
    assert {one.verdict for one in days[:-4]} == {Verdict.UNKNOWN}
    assert [one.verdict for one in days[-4:]] == [Verdict.USUAL, Verdict.USUAL, Verdict.USUAL, Verdict.OPEN]


@given(level=st.integers(12, 5000), ago=st.integers(1, 27))
def test_a_day_without_rows_is_a_gap_exactly_where_its_class_usually_has_some(level: int, ago: int) -> None:
    day = TODAY - timedelta(days=ago)
    found = unusual(judged(steady(level) | {day: 0}))
    assert found == ({day: Verdict.GAP} if day in WORKING else {})


@given(st.lists(st.integers(0, 10_000), min_size=4, max_size=56))
def test_the_usual_holds_its_median(counts: list[int]) -> None:
    usual = usual_of(counts)
    assert usual is not None and 0 <= usual.low <= usual.median + 1 and usual.median - 1 <= usual.high


def delivered(*ago: int) -> Rhythm:
    return rhythm_of({TODAY - timedelta(days=number) for number in ago}, working=WORKING, today=TODAY)


def test_a_source_is_late_when_it_is_silent_for_longer_than_it_usually_is() -> None:
    assert delivered(*range(1, 30)) == Rhythm(1, 1, True)
    assert delivered(*range(2, 30)).late
    assert not delivered(7, 14, 21, 28, 35).late  # every Tuesday; only working days count, the usual week has up to six
    assert delivered(14, 21, 28, 35, 42).late


def test_a_source_that_rests_on_rest_days_is_not_late_after_them() -> None:
    monday = date(2026, 3, 30)
    came = {day for day in days_between(START, date(2026, 3, 27)) if day in WORKING}  # to Friday
    sunday = rhythm_of(came, working=WORKING, today=date(2026, 3, 29))
    assert (sunday.rest_days, sunday.elapsed, sunday.usual, sunday.late) == (False, 0, 1, False)
    assert not rhythm_of(came, working=WORKING, today=monday).late
    assert rhythm_of(came, working=WORKING, today=TODAY).late


def test_too_few_deliveries_have_no_rhythm() -> None:
    assert delivered(0, 20, 40) == Rhythm(0, None, False)
    assert delivered(0, 1, 2, 3, 4).usual is None  # five days of history
    assert not delivered(90).late


def manifest(expected: int, found: int) -> Reconciled:
    return Reconciled("Q1", "", START, TODAY, expected, found)


def test_the_state_is_the_gravest_of_what_holds() -> None:
    calm, late = delivered(*range(1, 30)), delivered(*range(2, 30))
    normal, gap, odd = judged(steady()), judged(steady(ago5=0, ago6=400)), judged(steady(ago5=400))
    assert state_of(normal, calm, []) == State.NORMAL
    assert state_of(gap, late, []) == State.LATE
    assert state_of(gap, calm, []) == State.GAP
    assert state_of(normal, calm, [], line_days=[gap]) == State.GAP
    assert state_of(odd, calm, [manifest(5, 4)]) == State.GAP
    assert state_of(odd, calm, [manifest(5, 5)]) == State.UNUSUAL
    assert state_of(normal, calm, [manifest(5, 6)]) == State.UNUSUAL
    assert state_of(judged(steady(ago12=400)), calm, []) == State.NORMAL
    assert state_of([], delivered(0), []) == State.UNKNOWN
    assert state_of(judged({}, None), None, []) == State.UNKNOWN
    assert state_of([], calm, []) == State.NORMAL


@pytest.fixture
def town(db: None) -> None:
    found_town()


def at(day: date, hour: int = 2) -> datetime:
    return day_start(day) + timedelta(hours=hour)


def deliveries(source: str, days: list[date], *, kind: str = "transactions", **counts: int) -> None:
    for day in days:
        one = Delivery.objects.create(source=source, kind=kind, status="done", **counts)
        Delivery.objects.filter(pk=one.pk).update(started_at=at(day))


def found(source: str = "six", kind: str = "transactions") -> SourceHealth:
    health = source_health(source, kind, on=TODAY)
    assert health is not None
    assert health == next(one for one in sources_health(on=TODAY) if (one.source, one.kind) == (source, kind))
    return health


@pytest.mark.services
def test_a_source_is_read_from_its_deliveries_and_kept_counts(town: None) -> None:
    every = days_between(START, TODAY)
    deliveries("six", every, received=100, rejected=3, accepted=97)
    for line, lost in (("exam", set()), ("violation", {date(2026, 3, 26)})):
        DailyCount.objects.bulk_create(
            DailyCount(source="six", line=line, day=day, rows=80 if day in WORKING else 0) for day in every if day not in lost
        )
    health = found()
    assert (health.received, health.rejected, health.last_event_day) == (8500, 255, TODAY)
    assert [one.rows for one in health.days[-3:]] == [0, 160, 160]
    assert unusual(list(health.days)) == {date(2026, 3, 26): Verdict.BELOW}
    assert unusual(list(health.line_days["violation"])) == {date(2026, 3, 26): Verdict.GAP}
    assert unusual(list(health.line_days["exam"])) == {}
    assert health.state == State.GAP
    assert health.recent[0].started_at == at(TODAY)


@pytest.mark.services
def test_manifests_are_reconciled_by_source_kind_line_and_event_day(town: None) -> None:
    base = {"first_day": "2026-03-02", "last_day": "2026-03-03"}
    told = [
        {"manifest_no": "all", "expected": "3"},
        {"manifest_no": "one line", "line": "violation", "expected": "3"},
        {"manifest_no": "over", "line": "exam", "expected": "0"},
        {"manifest_no": "complaints", "of_kind": "complaints", "expected": "1"},
    ]
    tell(*(base | one for one in told), kind="manifests", source="six")
    tell(row(), row(serial_no="T2", accepted_at="2026-03-03 23:59"), row(serial_no="T3", line="exam", action="subject1"), source="six")
    tell(row(serial_no="T4", accepted_at="2026-03-04 00:00"), row(serial_no="T5"), source="six")
    tell(row(serial_no="T6"), source="other")
    assert {one.number: (one.found, one.difference) for one in found().manifests} == {"all": (4, 1), "one line": (3, 0), "over": (1, 1)}
    assert [(one.number, one.found) for one in found("six", "complaints").unmet] == [("complaints", 0)]
    tell(row(serial_no="T5", accepted_at="2026-03-09 09:00"), source="six")
    assert {one.number: one.difference for one in found().unmet} == {"one line": -1, "over": 1}
    assert source_health("other", "complaints", on=TODAY) is None


@pytest.mark.services
def test_complaints_cases_and_impounds_count_by_their_own_event_days(town: None) -> None:
    complaint = {"complaint_no": "1", "received_at": "2026-03-20 23:30", "unit_code": "D1"}
    tell(complaint, complaint | {"complaint_no": "2", "received_at": "2026-03-20 16:30Z"}, kind="complaints")
    assert Complaint.objects.count() == 2
    tell({"case_no": "1", "decided_at": "2026-03-19", "staff_no": "1", "unit_code": "D1"}, kind="violations_of_discipline")
    tell(row(action="impound", accepted_at="2026-03-10 09:00"), source="other")
    tell({"serial_no": "T1"}, {"serial_no": "gone"}, kind="impounds")
    tell(row(action="impound", accepted_at="2026-03-18 09:00"))

    def days(kind: str) -> dict[date, int]:
        return {one.day: one.rows for one in found("manual", kind).days if one.rows}

    assert days("complaints") == {date(2026, 3, 20): 1, date(2026, 3, 21): 1}
    assert days("violations_of_discipline") == {date(2026, 3, 19): 1}
    assert days("impounds") == {date(2026, 3, 18): 1}
    tell({"code": "P1", "name": "岗"}, kind="posts")
    assert found("manual", "posts").days == ()


@pytest.mark.services
def test_a_source_that_calls_all_day_has_its_rhythm_found_without_reading_every_call(town: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SAMPLE", 5)
    for day in days_between(TODAY - timedelta(days=40), TODAY - timedelta(days=3)):
        deliveries("six", [day] * 6)
    health = found()
    assert health.rhythm == Rhythm(3, 1, True) and health.state == State.LATE
    assert len(health.recent) == sources.SHOWN_DELIVERIES


@pytest.mark.services
def test_a_failed_delivery_breaks_no_silence(town: None) -> None:
    deliveries("six", days_between(START, date(2026, 3, 20)))
    Delivery.objects.create(source="six", kind="transactions", status="failed")
    Delivery.objects.filter(status="failed").update(started_at=at(TODAY))
    assert found().rhythm == Rhythm(11, 1, True)
    assert found().recent[0].status == "failed"


@pytest.mark.services
def test_the_number_of_queries_does_not_grow_with_the_number_of_deliveries(town: None) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            sources_health(on=TODAY)
        return len(captured)

    deliveries("six", [TODAY])
    few = queries()
    deliveries("six", days_between(START, TODAY) * 3)
    assert queries() <= few + sources.FEW_DAYS


@pytest.mark.services
def test_the_source_with_the_same_kind_is_listed_once_in_the_order_of_kinds(town: None) -> None:
    for source, kind in (("b", "steps"), ("b", "transactions"), ("a", "units"), ("b", "transactions")):
        deliveries(source, [TODAY], kind=kind)
    assert [(one.source, one.kind) for one in sources_health(on=TODAY)] == [("a", "units"), ("b", "transactions"), ("b", "steps")]
