"""Policies do nothing until exactly their terms were played over history and a second person armed them."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ledger.kit.errors import BadInput, Conflict, MingjingError, NotAllowed
from ledger.roster.models import Role
from oversight.breakers import policies
from oversight.breakers.core import Terms
from oversight.breakers.defaults import DEFAULTS, KINDS, POSSIBLE
from oversight.breakers.models import BreakerPolicy
from oversight.cases.models import Approval
from tests.builders import make_transaction, make_user
from tests.oversight.breakers.building import NOW, make_warning, overseen
from tests.oversight.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.services]
DAY = timedelta(days=1)


def terms(**changes: Any) -> dict[str, Any]:
    return asdict(DEFAULTS["agency"]) | changes


def drafted(cast: Cast, **changes: Any) -> BreakerPolicy:
    return policies.save_policy(subject_kind="agency", given=terms(**changes), actor=cast.supervisor)


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_policies_are_possible_and_stop_no_duty(cast: Cast, kind: str):
    assert policies.checked(kind, asdict(DEFAULTS[kind])) == DEFAULTS[kind]
    assert set(POSSIBLE["staff"]) == {"permissions", "allocation"}
    made = policies.save_policy(subject_kind=kind, given=asdict(DEFAULTS[kind]), actor=cast.supervisor)
    made.refresh_from_db()
    assert made.terms == DEFAULTS[kind] and isinstance(made.terms, Terms)


@pytest.mark.parametrize(
    "wrong",
    [
        {"window_days": 6},
        {"review_days": 31},
        {"weights": (1.0, 0.5, 4.0, 10.0)},
        {"weights": (1.0, 2.0, 3.0)},
        {"weights": (0.0, float("nan"), 2.0, 3.0)},
        {"confirmed_factor": 0.9},
        {"clear_at": 5.0},
        {"probation_trip_at": 13.0},
        {"clear_at": 0.0},
        {"trip_at": float("nan")},
        {"effects": ()},
        {"effects": ("permissions",)},
        {"weights": ("much", 1, 2, 3)},
    ],
)
def test_terms_that_cannot_be_are_refused(cast: Cast, wrong: dict[str, Any]):
    with pytest.raises(BadInput):
        drafted(cast, **wrong)


def test_a_policy_is_armed_after_it_was_simulated_by_another_person_and_retires_the_one_before(cast: Cast):
    first, leader = drafted(cast), cast.of[Role.LEADER]
    with pytest.raises(Conflict):
        policies.ask_policy(number=first.number, actor=cast.supervisor)
    policies.simulate_policy(number=first.number, actor=cast.supervisor)
    policies.ask_policy(number=first.number, actor=cast.supervisor)
    for person in (cast.supervisor, make_user(Role.SUPERVISOR, cast.detachment), make_user(Role.LEADER, cast.first)):
        with pytest.raises(NotAllowed):
            policies.decide_policy(number=first.number, approve=True, actor=person)
    assert policies.decide_policy(number=first.number, approve=True, actor=leader).state == "armed"
    with pytest.raises(Conflict):
        drafted(cast)
    other = drafted(cast, trip_at=16.0)
    policies.simulate_policy(number=other.number, actor=leader)
    policies.ask_policy(number=other.number, actor=leader)
    with pytest.raises(NotAllowed):
        policies.decide_policy(number=other.number, approve=True, actor=leader)
    policies.decide_policy(number=other.number, approve=True, actor=cast.of[Role.DISCIPLINE])
    assert list(BreakerPolicy.objects.order_by("version").values_list("state", flat=True)) == ["retired", "armed"]


def test_disarming_takes_two_people_too(cast: Cast):
    policy = drafted(cast)
    policies.simulate_policy(number=policy.number, actor=cast.supervisor)
    policies.ask_policy(number=policy.number, actor=cast.supervisor)
    policies.decide_policy(number=policy.number, approve=True, actor=cast.of[Role.LEADER])
    policies.ask_policy(number=policy.number, actor=cast.of[Role.LEADER])
    with pytest.raises(NotAllowed):
        policies.decide_policy(number=policy.number, approve=True, actor=cast.of[Role.LEADER])
    policies.decide_policy(number=policy.number, approve=True, actor=cast.of[Role.DISCIPLINE])
    assert BreakerPolicy.objects.get().state == "retired"


def test_a_request_lapses_when_it_was_simulated_again(cast: Cast):
    policy = drafted(cast)
    policies.simulate_policy(number=policy.number, actor=cast.supervisor)
    policies.ask_policy(number=policy.number, actor=cast.supervisor)
    policies.simulate_policy(number=policy.number, actor=cast.supervisor)
    with pytest.raises(MingjingError):
        policies.decide_policy(number=policy.number, approve=True, actor=cast.of[Role.LEADER])
    assert Approval.objects.get().state == "lapsed"


def test_the_database_itself_arms_nothing_unsimulated_nor_by_its_author(cast: Cast):
    policy = drafted(cast)
    for change in (
        {"armed_by": cast.of[Role.LEADER]},
        {"armed_by": cast.of[Role.LEADER], "simulation": {}, "simulated_digest": "0" * 64},
        {"armed_by": cast.supervisor, "simulation": {}, "simulated_digest": policy.digest},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            BreakerPolicy.objects.filter(pk=policy.pk).update(state="armed", armed_at=NOW, **change)


def test_a_simulation_tells_whom_it_would_have_stopped_for_how_long_and_how_much_business_that_was(cast: Cast):
    agency = overseen(cast.first)
    for day in (103, 102, 101):
        make_warning(cast.first, agency.code, at=NOW - day * DAY)
    for day in (102, 100, 80, 60):
        make_transaction(cast.first, agency_code=agency.code, accepted_at=NOW - day * DAY)
    policy = policies.simulate_policy(number=drafted(cast).number, actor=cast.supervisor, now=NOW)
    assert policy.simulation is not None
    (trip,) = policy.simulation["trips"]
    assert (trip["code"], trip["points"], trip["items"]) == (agency.code, 12.0, 2)
    assert (trip["start"], trip["end"]) == ((NOW - 101 * DAY).isoformat(), (NOW - 71 * DAY).isoformat())
    assert (policy.simulation["warnings"], policy.simulation["armed"]) == (3, None)
    policies.ask_policy(number=policy.number, actor=cast.supervisor)
    policies.decide_policy(number=policy.number, approve=True, actor=cast.of[Role.LEADER])
    milder = policies.simulate_policy(number=drafted(cast, trip_at=16.0).number, actor=cast.supervisor, now=NOW)
    assert milder.simulation is not None
    assert (milder.simulation["trips"], len(milder.simulation["armed"])) == ([], 1)
