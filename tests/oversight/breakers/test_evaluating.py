"""What a breaker does by itself: trips at once and once, with its holds; runs out; goes through its probation; forgets nothing."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from ledger.holds.models import Hold
from ledger.holds.queries import standing
from ledger.roster.models import Agency, Role
from oversight.breakers.evaluating import evaluate, evaluate_breakers
from oversight.breakers.models import Breaker, BreakerPolicy, BreakerReview
from risk.alerts.models import Alert
from tests.oversight.breakers.building import NOW, make_policy, make_warning, overseen
from tests.oversight.cast import Cast, make_cast

pytestmark = [pytest.mark.django_db, pytest.mark.services]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def agency(cast: Cast) -> Agency:
    return overseen(cast.first)


@pytest.fixture
def policy(cast: Cast) -> BreakerPolicy:
    return make_policy(author=cast.supervisor, armed_by=cast.of[Role.LEADER])


def warn(cast: Cast, agency: Agency, *days: float, **alert: object) -> list[Alert]:
    """Warnings about the agency, so many days ago each."""
    return [make_warning(cast.first, agency.code, at=NOW - day * DAY, **alert) for day in days]


def replayed(breaker: Breaker) -> str:
    """The status that the entries tell."""
    status = "closed"
    for entry in breaker.entries.order_by("id"):
        if "to" in entry.data:
            assert entry.data["from"] == status
            status = entry.data["to"]
    return status


def test_it_trips_when_the_points_reach_the_threshold_and_its_holds_stand_at_once(cast: Cast, agency: Agency, policy: BreakerPolicy):
    alerts = warn(cast, agency, 9, 8)
    assert evaluate_breakers(NOW) == 0
    breaker = Breaker.objects.get()
    assert (breaker.status, breaker.points, breaker.trips, breaker.unit) == ("closed", 8.0, 0, cast.first)
    alerts += warn(cast, agency, 0.5)
    assert evaluate_breakers(NOW) == 1
    breaker.refresh_from_db()
    assert (breaker.status, breaker.points, breaker.trips, breaker.tripped_at) == ("open", 12.0, 1, NOW)
    (hold,) = standing("agency", agency.code, NOW)
    assert (hold.effect, hold.cause_number, hold.ends_at) == ("acceptance", breaker.number, NOW + 30 * DAY)
    entry = breaker.entries.get(kind="tripped")
    assert (entry.actor, entry.data["alerts"], entry.data["threshold"]) == (None, [one.number for one in alerts], 12.0)
    review = BreakerReview.objects.get()
    assert (review.kind, review.state, review.due_at) == ("trip", "waiting", NOW + 3 * DAY)
    assert replayed(breaker) == "open"
    assert evaluate_breakers(NOW + HOUR) == 0 and Hold.objects.count() == 1


def test_what_was_not_issued_not_proved_or_of_one_matter_does_not_add_up_and_what_proved_true_weighs_more(
    cast: Cast, agency: Agency, policy: BreakerPolicy
):
    one, *_others = warn(cast, agency, 9, 8, 7)
    Alert.objects.filter(pk=one.pk).update(status="closed", outcome="unfounded")
    make_warning(cast.first, agency.code, at=NOW - DAY, status=Alert.Status.DISMISSED)
    evaluate_breakers(NOW)
    assert Breaker.objects.get().points == 8
    Alert.objects.filter(pk=one.pk).update(outcome="confirmed")
    assert evaluate_breakers(NOW) == 1
    assert Breaker.objects.get().points == 14
    again = overseen_twice = make_warning(cast.second, "A2", at=NOW - DAY)
    for _number in range(4):
        repeated = make_warning(cast.second, "A2", at=NOW - DAY)
        Alert.objects.filter(pk=repeated.pk).update(matter=again.matter)
    evaluate_breakers(NOW)
    assert Breaker.objects.get(subject_code=overseen_twice.subject_code).points == 4


def test_nothing_trips_without_an_armed_policy_and_a_person_is_only_kept_from_permissions_and_work(cast: Cast):
    draft = make_policy("staff", author=cast.supervisor, armed_by=None)
    for day in (1, 2, 3):
        make_warning(cast.first, "070777", kind="staff", at=NOW - day * DAY)
    assert evaluate_breakers(NOW) == 0 and not Breaker.objects.exists()
    BreakerPolicy.objects.filter(pk=draft.pk).update(
        state="armed", armed_by=cast.of[Role.LEADER], armed_at=NOW, simulation={}, simulated_digest=draft.digest
    )
    assert evaluate_breakers(NOW) == 1
    assert sorted(Hold.objects.values_list("subject_kind", "effect")) == [("staff", "allocation"), ("staff", "permissions")]


def test_a_trip_runs_out_into_probation_with_a_review_and_closes_by_itself(cast: Cast, agency: Agency, policy: BreakerPolicy):
    warn(cast, agency, 3, 2, 1)
    evaluate_breakers(NOW)
    breaker, end = Breaker.objects.get(), NOW + 30 * DAY
    assert evaluate_breakers(end - HOUR) == 0
    assert not standing("agency", agency.code, end)
    assert evaluate_breakers(end) == 1
    breaker.refresh_from_db()
    assert (breaker.status, breaker.points, breaker.probation_until) == ("half_open", 0, end + 30 * DAY)
    assert BreakerReview.objects.filter(kind="expiry", state="waiting").count() == 1
    assert evaluate_breakers(end + 29 * DAY) == 0
    assert evaluate_breakers(end + 30 * DAY) == 1
    breaker.refresh_from_db()
    assert breaker.status == replayed(breaker) == "closed"
    assert evaluate_breakers(end + 31 * DAY) == 0


def test_on_probation_one_more_orange_trips_again_and_after_an_unreviewed_end_there_is_no_end_of_its_own(
    cast: Cast, agency: Agency, policy: BreakerPolicy
):
    warn(cast, agency, 3, 2, 1)
    evaluate_breakers(NOW)
    evaluate_breakers(NOW + 30 * DAY)
    make_warning(cast.first, agency.code, level="yellow", at=NOW + 31 * DAY)
    assert evaluate_breakers(NOW + 32 * DAY) == 0
    make_warning(cast.first, agency.code, at=NOW + 33 * DAY)
    assert evaluate_breakers(NOW + 34 * DAY) == 1
    breaker = Breaker.objects.get()
    assert (breaker.status, breaker.trips, breaker.points, breaker.expires_at) == ("open", 2, 5.0, None)
    assert evaluate_breakers(NOW + 300 * DAY) == 0
    assert standing("agency", agency.code, NOW + 300 * DAY).count() == 1


def test_after_a_reviewed_end_the_next_trip_ends_by_itself_again(cast: Cast, agency: Agency, policy: BreakerPolicy):
    warn(cast, agency, 3, 2, 1)
    evaluate_breakers(NOW)
    evaluate_breakers(NOW + 30 * DAY)
    BreakerReview.objects.filter(kind="expiry").update(state="upheld", reviewed_by=cast.supervisor, reviewed_at=NOW)
    make_warning(cast.first, agency.code, at=NOW + 33 * DAY)
    evaluate_breakers(NOW + 34 * DAY)
    assert Breaker.objects.get().expires_at == NOW + 64 * DAY


def test_points_fall_when_the_window_has_passed_and_a_policy_that_is_retired_trips_nobody(
    cast: Cast, agency: Agency, policy: BreakerPolicy
):
    warn(cast, agency, 3, 2)
    evaluate_breakers(NOW)
    evaluate_breakers(NOW + 90 * DAY)
    assert Breaker.objects.get().points == 0
    warn(cast, agency, 1)
    evaluate_breakers(NOW)
    assert Breaker.objects.get().points == 12
    BreakerPolicy.objects.update(state="retired")
    Breaker.objects.update(status="closed", expires_at=None)
    assert evaluate_breakers(NOW) == 0
    assert Breaker.objects.get().points == 0


def test_what_does_not_change_costs_three_queries_however_many_breakers_there_are(
    cast: Cast, policy: BreakerPolicy, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in range(5):
        make_warning(cast.first, f"A{number}", at=NOW - DAY)
    evaluate_breakers(NOW)
    with django_assert_num_queries(3):
        evaluate_breakers(NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_look_at_once_one_trips_it():
    cast = make_cast()
    agency = overseen(cast.first)
    make_policy(author=cast.supervisor, armed_by=cast.of[Role.LEADER])
    warn(cast, agency, 3, 2, 1)
    steps, at_once = [], Barrier(2)

    def look() -> None:
        at_once.wait()
        try:
            steps.append(evaluate(("agency", agency.code), NOW))
        finally:
            connection.close()

    threads = [Thread(target=look) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, steps)) == ["None", "trip"]
    assert (Breaker.objects.get().trips, Hold.objects.count(), BreakerReview.objects.count()) == (1, 1, 1)
