"""From marks to ranges of days: pure, so tested tightly."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from risk.rules.models import Rule, RuleVersion
from risk.scoring.marks import LONG_SPAN, _runs, mark_of
from risk.scoring.models import DirtyMark
from risk.scoring.plan import Range, affected, compared, dirty, eras, left_over, merged, ready_on

D = date(2026, 3, 1)
days = st.integers(0, 300).map(lambda n: D + timedelta(days=n))
ranges = st.tuples(days, st.integers(0, 40)).map(lambda pair: Range(pair[0], pair[0] + timedelta(days=pair[1])))


def covered(found: list[Range]) -> set[date]:
    return {one.first + timedelta(days=n) for one in found for n in range((one.last - one.first).days + 1)}


@given(st.lists(ranges, max_size=8))
def test_merging_keeps_exactly_the_same_days_in_ranges_that_do_not_touch(found):
    result = merged(found)
    assert covered(result) == covered(found)
    assert all(b.first - a.last > timedelta(days=1) for a, b in zip(result, result[1:], strict=False))


@given(st.lists(ranges, min_size=1, max_size=5), st.integers(1, 40))
def test_a_dirty_day_affects_the_hit_days_of_its_window_and_no_others(found, window):
    era = eras([RuleVersion(number=1, effective_from=date(1970, 1, 1))])[0]
    expected = {day + timedelta(days=n) for day in covered(found) for n in range(window)}
    assert covered(affected(found, window, era)) == expected


def test_each_version_judges_the_days_from_its_beginning_until_the_next_begins():
    first, second, same_day = (
        RuleVersion(number=1, effective_from=date(1970, 1, 1)),
        RuleVersion(number=2, effective_from=date(2026, 3, 10)),
        RuleVersion(number=3, effective_from=date(2026, 3, 10)),
    )
    found = eras([second, same_day, first])
    assert [(era.version.number, era.first, era.last) for era in found] == [
        (1, date(1970, 1, 1), date(2026, 3, 9)),
        (3, date(2026, 3, 10), date.max),
    ]
    old, new = found
    assert covered(affected([Range(date(2026, 3, 8), date(2026, 3, 8))], 5, old)) == {date(2026, 3, 8), date(2026, 3, 9)}
    assert covered(affected([Range(date(2026, 3, 8), date(2026, 3, 8))], 5, new)) == {date(2026, 3, n) for n in (10, 11, 12)}


def test_a_mark_for_one_rule_says_nothing_to_the_others():
    mark = DirtyMark(key="A1", rule_code="REG-04", first_day=D, last_day=D)
    everyone = DirtyMark(key="", rule_code="", first_day=D, last_day=D + timedelta(days=1))
    assert dirty([mark, everyone], Rule(code="REG-04")).subjects == {"A1": [Range(D, D)]}
    assert dirty([mark, everyone], Rule(code="REG-08")).subjects == {}
    assert dirty([mark, everyone], Rule(code="REG-08")).everyone == [Range(D, D + timedelta(days=1))]


@given(st.lists(days, max_size=20))
def test_runs_of_days_cover_every_day_and_never_bridge_a_long_gap(found):
    found = sorted(set(found))
    runs = list(_runs(found))
    assert all(any(first <= day <= last for first, last in runs) for day in found)
    assert all(later[0] - earlier[1] > LONG_SPAN for earlier, later in zip(runs, runs[1:], strict=False))


LANE = ("violation", "staff", "peer")


@given(st.lists(ranges, min_size=1, max_size=4), st.integers(1, 60), st.lists(st.integers(0, 420), min_size=1, max_size=6))
def test_peers_are_compared_on_every_sunday_of_the_windows_once_it_is_over_and_only_once(found, window, moments):
    rule = Rule(code="T-PEER")
    era = eras([RuleVersion(number=1, effective_from=date(1970, 1, 1))])[0]
    marks = [mark_of(LANE, one.first, one.last) for one in found]
    reached = {day + timedelta(days=n) for day in covered(found) for n in range(window)}
    sundays = {day for day in reached if day.weekday() == 6}
    done: list[date] = []
    for moment in sorted(moments):
        today = D + timedelta(days=moment)
        done += covered(compared(marks, rule, window, era, today))
        assert set(done) == {day for day in sundays if day < today}
        left = left_over(marks, {rule.code: window}, today).get("", [])
        marks = [mark_of(LANE, one.first, one.last, after=today - timedelta(days=1)) for one in left]
        assert all(mark.ready_on > today for mark in marks)
    assert len(done) == len(set(done))
    last = D + timedelta(days=1000)
    assert set(done) | covered(compared(marks, rule, window, era, last)) == sundays


@given(days)
def test_a_mark_of_peers_is_ready_on_the_monday_after(day):
    assert ready_on(day).weekday() == 0 and timedelta(days=1) <= ready_on(day) - day <= timedelta(days=7)
