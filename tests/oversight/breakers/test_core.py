"""The arithmetic of breakers: points, deduplication, hysteresis, and that more warnings never trip later."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oversight.breakers.core import LEVELS, Standing, Step, Terms, Warned, counting, next_step, play, points

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TERMS = Terms(
    weights=(0.5, 1.0, 4.0, 10.0),
    confirmed_factor=1.5,
    window_days=30,
    trip_at=12.0,
    probation_trip_at=4.0,
    clear_at=2.0,
    cooldown_hours=24,
    probation_days=20,
    expire_days=10,
    review_days=3,
    effects=("permissions",),
)
WARNED = st.builds(
    Warned,
    at=st.integers(0, 200 * 24).map(lambda hours: START + hours * HOUR),
    matter=st.integers(1, 6),
    level=st.sampled_from(LEVELS),
    confirmed=st.booleans(),
)
HISTORY = st.lists(WARNED, max_size=25)
MOMENT = st.integers(0, 240 * 24).map(lambda hours: START + hours * HOUR)


def warned(day: float, matter: int, level: str = "orange", confirmed: bool = False) -> Warned:
    return Warned(START + day * DAY, matter, level, confirmed)


def first_trip(history: list[Warned]) -> datetime | None:
    trips = play(history, TERMS, START, START + 400 * DAY)
    return trips[0].start if trips else None


def test_points_are_weights_by_level_and_what_proved_true_weighs_more():
    history = [warned(1, 1, "blue"), warned(2, 2, "yellow"), warned(3, 3), warned(4, 4, "red", confirmed=True)]
    assert points(history, TERMS, START + 10 * DAY) == 0.5 + 1 + 4 + 15


def test_a_warning_counts_from_its_moment_until_the_window_has_passed():
    history = [warned(5, 1)]
    found = [points(history, TERMS, START + day * DAY) for day in (4.99, 5, 34.99, 35)]
    assert found == [0, 4, 4, 0]
    assert points(history, TERMS, START + 6 * DAY, since=START + 5 * DAY) == 0


def test_of_one_matter_only_the_heaviest_counts_and_of_equals_the_first():
    history = [warned(1, 1, "yellow"), warned(2, 1), warned(3, 1), warned(4, 1, "blue", confirmed=True)]
    assert counting(history, TERMS, START + 9 * DAY) == [warned(2, 1)]


@pytest.mark.parametrize(
    ("standing", "orange", "day", "step"),
    [
        (Standing(), 2, 9, None),
        (Standing(), 3, 9, Step.TRIP),
        (Standing("open", expires_at=START + 10 * DAY), 9, 9.9, None),
        (Standing("open", expires_at=START + 10 * DAY), 0, 10, Step.EXPIRE),
        (Standing("open"), 9, 99, None),
        (Standing("half_open", since=START, probation_until=START + 20 * DAY), 1, 9, Step.TRIP),
        (Standing("half_open", since=START + 5 * DAY, probation_until=START + 20 * DAY), 3, 9, None),
        (Standing("half_open", since=START + 5 * DAY, probation_until=START + 20 * DAY), 3, 20, Step.CLOSE),
    ],
)
def test_each_state_has_its_threshold_and_its_end(standing: Standing, orange: int, day: float, step: Step | None):
    history = [warned(1 + number / 10, number) for number in range(orange)]
    assert next_step(standing, history, TERMS, START + day * DAY) == step


def test_a_probation_goes_on_until_points_are_below_the_lowest_threshold():
    history = [warned(15, 1, "yellow"), warned(16, 2, "yellow"), warned(17, 3, "blue")]
    probation = Standing("half_open", since=START, probation_until=START + 20 * DAY)
    steps = [next_step(probation, history, TERMS, START + day * DAY) for day in (20, 44, 45)]
    assert steps == [None, None, Step.CLOSE]


def test_a_history_played_trips_expires_trips_again_in_probation_and_closes():
    history = [warned(day, day) for day in (1, 2, 3, 15, 100)]
    trips = play(history, TERMS, START, START + 200 * DAY)
    assert [(trip.start, trip.end, trip.points) for trip in trips] == [
        (START + 3 * DAY, START + 13 * DAY, 12.0),
        (START + 15 * DAY, START + 25 * DAY, 4.0),
    ]


def test_warnings_before_the_time_that_is_played_count_in_its_window():
    history = [warned(day, day) for day in (1, 2, 3)]
    assert [trip.start for trip in play(history, TERMS, START + 10 * DAY, START + 50 * DAY)] == [START + 10 * DAY]


@settings(max_examples=150, deadline=None)
@given(history=HISTORY, more=HISTORY)
def test_more_warnings_never_trip_later(history: list[Warned], more: list[Warned]):
    few, many = first_trip(history), first_trip([*history, *more])
    assert few is None or (many is not None and many <= few)


@settings(max_examples=150, deadline=None)
@given(history=HISTORY, at=MOMENT, since=st.none() | MOMENT, shuffled=st.randoms())
def test_points_know_neither_order_nor_repetition_and_never_fall_with_a_warning_or_a_confirmation(
    history: list[Warned], at: datetime, since: datetime | None, shuffled
):
    other = [*history, *history]
    shuffled.shuffle(other)
    found = points(history, TERMS, at, since)
    assert points(other, TERMS, at, since) == found
    assert points([replace(one, confirmed=True) for one in history], TERMS, at, since) >= found
    assert points(history[1:], TERMS, at, since) <= found


@settings(max_examples=150, deadline=None)
@given(history=HISTORY, at=MOMENT, since=MOMENT)
def test_hysteresis_what_closes_does_not_trip_at_the_same_moment(history: list[Warned], at: datetime, since: datetime):
    probation = Standing("half_open", since=since, probation_until=since + 20 * DAY)
    if next_step(probation, history, TERMS, at) == Step.CLOSE:
        assert points(history, TERMS, at, since) < TERMS.clear_at < TERMS.trip_at
        assert next_step(Standing(since=since), history, TERMS, at) is None


@settings(max_examples=150, deadline=None)
@given(history=HISTORY)
def test_trips_of_one_history_never_overlap_and_each_reached_a_threshold(history: list[Warned]):
    trips = play(history, TERMS, START, START + 400 * DAY)
    assert all(trip.points >= TERMS.probation_trip_at and trip.start <= trip.end for trip in trips)
    assert all(one.end <= other.start for one, other in zip(trips, trips[1:], strict=False))
