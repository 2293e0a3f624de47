"""Whatever people, warnings and the clock do in whatever order: entries tell the status, and holds stand while it is open."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from ledger.holds.models import Hold
from ledger.holds.queries import in_force
from ledger.kit.errors import MingjingError
from ledger.roster.models import Role
from oversight.breakers import services
from oversight.breakers.evaluating import evaluate_breakers
from oversight.breakers.models import Breaker, BreakerEntry, BreakerReview
from risk.rules.models import LEVELS
from tests.builders import make_user
from tests.oversight.breakers.building import NOW, make_policy, make_warning, overseen
from tests.oversight.cases.building import make_case
from tests.oversight.cast import Cast

STEPS = 60
NOTE = "情况属实，处置得当"


def check(breaker: Breaker, now: datetime, entries: int) -> int:
    """How many entries there are. Fails where one was lost, the entries tell another status, or holds stand beside it."""
    status, told = "closed", list(breaker.entries.order_by("id"))
    for one in told:
        if "to" in one.data:
            assert one.data["from"] == status
            status = one.data["to"]
    assert status == breaker.status and len(told) >= entries
    assert Hold.objects.filter(in_force(now), cause_number=breaker.number).exists() == (breaker.status == "open")
    assert breaker.reviews.filter(kind="trip").count() == breaker.trips == sum(one.kind == "tripped" for one in told)
    return len(told)


@pytest.mark.django_db
@pytest.mark.services
@pytest.mark.parametrize("seed", [1, 2])
def test_no_sequence_of_acts_loses_an_entry_or_reaches_another_state(cast: Cast, seed: int):
    chance, now, entries = random.Random(seed), NOW, 0
    agency = overseen(cast.first)
    make_policy(author=cast.supervisor, armed_by=cast.of[Role.LEADER])
    people = [cast.supervisor, cast.of[Role.LEADER], cast.of[Role.DISCIPLINE], make_user(Role.UNIT_OFFICER, cast.first)]
    people.append(make_user(Role.LEADER, cast.detachment))
    closing = {"status": "closed", "outcome": "confirmed", "closed_by": cast.of[Role.DISCIPLINE], "closed_at": NOW + timedelta(days=9999)}
    case = make_case(cast.supervisor, unit=cast.first, subject_kind="agency", subject_code=agency.code, **closing)
    make_warning(cast.first, agency.code, at=now)
    evaluate_breakers(now)
    number = Breaker.objects.get().number

    def acts() -> list[Callable[[], object]]:
        actor = chance.choice(people)
        given = {"number": number, "actor": actor, "now": now}
        waiting = BreakerReview.objects.filter(state="waiting").order_by("-id").first()
        asked = {"subject_kind": "agency", "subject_code": agency.code, "reason": NOTE, "actor": actor, "now": now}
        return [
            lambda: make_warning(cast.first, agency.code, level=chance.choice(LEVELS), at=now),
            lambda: services.propose_trip(**asked),
            lambda: services.decide_trip(**given, approve=chance.random() < 0.7, note=NOTE),
            lambda: services.propose_lift(**given, reference=case.number, note=NOTE),
            lambda: services.decide_lift(**given, approve=chance.random() < 0.7, note=NOTE),
            lambda: services.review(**given, review_id=waiting.pk if waiting else 0, uphold=True, note=NOTE),
            lambda: services.appeal(**given, text=NOTE),
            lambda: services.answer(**given, text=NOTE),
        ]

    done = 0
    for _step in range(STEPS):
        try:
            chance.choice(acts())()
            done += 1
        except MingjingError:
            pass  # what is not possible now is refused, and must have changed nothing
        now += timedelta(hours=chance.choice((1, 30, 200)))
        evaluate_breakers(now)
        entries = check(Breaker.objects.get(), now, entries)
    kinds = set(BreakerEntry.objects.values_list("kind", flat=True))
    assert done > STEPS // 6 and {"tripped", "lift_proposed", "trip_proposed", "trip_upheld"} <= kinds
