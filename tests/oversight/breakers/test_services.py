"""Two people trip by hand, two let it go on after an accepted rectification, others review and answer; nobody plays two parts."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ledger.audit.models import AuditEntry
from ledger.holds.models import Hold
from ledger.holds.queries import standing
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.models import Agency, Relation, Role, User
from oversight.breakers import services
from oversight.breakers.blast import blast_of
from oversight.breakers.evaluating import evaluate_breakers
from oversight.breakers.models import Breaker, BreakerAppeal, BreakerPolicy, BreakerReview
from oversight.breakers.visibility import visible_breaker, visible_breakers
from oversight.cases.models import Case
from risk.alerts.models import Alert, Recused
from tests.builders import make_agency, make_post, make_posting, make_staff, make_transaction, make_user
from tests.oversight.breakers.building import NOW, make_policy, make_warning, overseen
from tests.oversight.cases.building import make_case
from tests.oversight.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.services]
DAY = timedelta(days=1)
NOTE = "整改已验收，人员培训、设备检定均已完成"


@pytest.fixture
def agency(cast: Cast) -> Agency:
    return overseen(cast.first)


@pytest.fixture(autouse=True)
def policy(cast: Cast) -> BreakerPolicy:
    return make_policy(author=cast.supervisor, armed_by=cast.of[Role.LEADER])


@pytest.fixture
def tripped(cast: Cast, agency: Agency) -> Breaker:
    """A breaker that three warnings have tripped two days ago."""
    for day in (9, 8, 3):
        make_warning(cast.first, agency.code, at=NOW - day * DAY)
    evaluate_breakers(NOW - 2 * DAY)
    return Breaker.objects.get()


def closed_case(cast: Cast, agency: Agency, **changes: Any) -> Case:
    fields = {"status": "closed", "outcome": "confirmed", "closed_by": cast.of[Role.DISCIPLINE], "closed_at": NOW - DAY}
    about = {"subject_kind": "agency", "subject_code": agency.code}
    return make_case(cast.supervisor, unit=cast.first, **about | fields | changes)


def second(cast: Cast, role: str) -> User:
    return make_user(role, cast.detachment)


def test_two_people_let_it_go_on_after_an_accepted_rectification_and_its_holds_end(cast: Cast, agency: Agency, tripped: Breaker):
    case = closed_case(cast, agency)
    services.propose_lift(number=tripped.number, reference=f" {case.number} ", note=NOTE, actor=cast.supervisor, now=NOW)
    with pytest.raises(NotAllowed):
        services.decide_lift(number=tripped.number, approve=True, actor=cast.supervisor, now=NOW)
    with pytest.raises(NotAllowed):
        services.decide_lift(number=tripped.number, approve=True, actor=second(cast, Role.SUPERVISOR), now=NOW)
    services.decide_lift(number=tripped.number, approve=True, actor=cast.of[Role.LEADER], now=NOW)
    tripped.refresh_from_db()
    assert (tripped.status, tripped.counts_from, tripped.probation_until) == ("half_open", NOW, NOW + 30 * DAY)
    assert not standing("agency", agency.code, NOW) and standing("agency", agency.code, NOW - DAY)
    entry = tripped.entries.get(kind="lifted")
    assert (entry.actor, entry.data["reference"]) == (cast.of[Role.LEADER], case.number)
    assert AuditEntry.objects.filter(action="breaker.lifted", target=tripped.number).exists()
    with pytest.raises(Conflict):
        services.decide_lift(number=tripped.number, approve=True, actor=cast.of[Role.DISCIPLINE], now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "handling", "outcome": "", "closed_by": None, "closed_at": None},
        {"closed_at": NOW - 3 * DAY},
        {"subject_code": "OTHER"},
        {"outcome": "transferred"},
        {"outcome": "unfounded"},
    ],
    ids=["runs", "before the trip", "of another", "transferred", "nothing found"],
)
def test_without_a_rectification_of_its_own_that_was_accepted_since_it_is_not_lifted(
    cast: Cast, agency: Agency, tripped: Breaker, change: dict[str, Any]
):
    case = closed_case(cast, agency, **change)
    for reference in (case.number, "AJ-000000-NONE00", ""):
        with pytest.raises(BadInput):
            services.propose_lift(number=tripped.number, reference=reference, note=NOTE, actor=cast.supervisor, now=NOW)


def test_a_case_reopened_meanwhile_lifts_nothing_and_within_the_cooldown_nobody_asks(cast: Cast, agency: Agency, tripped: Breaker):
    case = closed_case(cast, agency)
    with pytest.raises(Conflict):
        services.propose_lift(number=tripped.number, reference=case.number, note=NOTE, actor=cast.supervisor, now=NOW - 1.5 * DAY)
    services.propose_lift(number=tripped.number, reference=case.number, note=NOTE, actor=cast.supervisor, now=NOW)
    Case.objects.filter(pk=case.pk).update(closed_at=NOW - DAY / 2)
    services.decide_lift(number=tripped.number, approve=True, actor=cast.of[Role.LEADER], now=NOW)
    tripped.refresh_from_db()
    assert tripped.status == "open" and tripped.entries.filter(kind="lift_lapsed").exists()
    services.propose_lift(number=tripped.number, reference=case.number, note=NOTE, actor=cast.supervisor, now=NOW)
    with pytest.raises(BadInput):
        services.decide_lift(number=tripped.number, approve=False, actor=cast.of[Role.LEADER], now=NOW)
    services.decide_lift(number=tripped.number, approve=False, actor=cast.of[Role.LEADER], note="验收材料不全，退回补正", now=NOW)
    assert tripped.entries.filter(kind="lift_refused").exists()


def test_two_people_trip_by_hand_and_neither_reviews_or_lifts_it(cast: Cast, agency: Agency):
    asked = {"subject_kind": "agency", "subject_code": agency.code, "reason": "网传视频核实，检测线作假", "now": NOW - 2 * DAY}
    breaker = services.propose_trip(**asked, actor=cast.supervisor)
    assert not Hold.objects.exists()
    with pytest.raises(Conflict):
        services.propose_trip(**asked, actor=second(cast, Role.SUPERVISOR))
    with pytest.raises(NotAllowed):
        services.decide_trip(number=breaker.number, approve=True, actor=cast.supervisor)
    services.decide_trip(number=breaker.number, approve=True, actor=cast.of[Role.LEADER], now=NOW - 2 * DAY)
    breaker.refresh_from_db()
    assert (breaker.status, Hold.objects.count()) == ("open", 1)
    waiting = BreakerReview.objects.get()
    for person in (cast.supervisor, cast.of[Role.LEADER]):
        with pytest.raises(NotAllowed):
            services.review(number=breaker.number, review_id=waiting.pk, uphold=True, note="处置得当无异议", actor=person)
    with pytest.raises(IntegrityError), transaction.atomic():
        BreakerReview.objects.update(state="upheld", reviewed_by=cast.of[Role.LEADER], reviewed_at=NOW)
    services.review(number=breaker.number, review_id=waiting.pk, uphold=False, note="证据不足，应先核查", actor=cast.of[Role.DISCIPLINE])
    with pytest.raises(Conflict):
        services.review(
            number=breaker.number, review_id=waiting.pk, uphold=True, note="处置得当无异议", actor=second(cast, Role.SUPERVISOR)
        )
    case = closed_case(cast, agency)
    with pytest.raises(NotAllowed):
        services.propose_lift(number=breaker.number, reference=case.number, note=NOTE, actor=cast.supervisor, now=NOW)
    services.propose_lift(number=breaker.number, reference=case.number, note=NOTE, actor=second(cast, Role.SUPERVISOR), now=NOW)
    with pytest.raises(NotAllowed):
        services.decide_lift(number=breaker.number, approve=True, actor=cast.of[Role.LEADER], now=NOW)
    services.decide_lift(number=breaker.number, approve=True, actor=cast.of[Role.DISCIPLINE], now=NOW)
    assert visible_breaker(cast.supervisor, breaker.number).status == "half_open"


def test_nobody_is_tripped_by_hand_without_a_policy_or_who_is_not_on_the_roster(cast: Cast, agency: Agency):
    for kind, code in (("staff", "070001"), ("agency", "A-NOBODY")):
        with pytest.raises(BadInput):
            services.propose_trip(subject_kind=kind, subject_code=code, reason="情况紧急需要停办", actor=cast.supervisor)
    assert not Breaker.objects.exists()


def test_the_unit_appeals_once_at_a_time_and_somebody_else_answers(cast: Cast, tripped: Breaker):
    officer = make_user(Role.UNIT_OFFICER, cast.first)
    services.appeal(number=tripped.number, text="检测线系外省厂商标定，站方并无过错", actor=officer)
    with pytest.raises(Conflict):
        services.appeal(number=tripped.number, text="再次申诉，请求解除", actor=officer)
    with pytest.raises(NotAllowed):
        services.answer(number=tripped.number, text="理由不予采纳", actor=cast.supervisor)
    services.answer(number=tripped.number, text="标定责任在站方，不予采纳", actor=cast.of[Role.DISCIPLINE])
    with pytest.raises(Conflict):
        services.answer(number=tripped.number, text="标定责任在站方", actor=cast.of[Role.LEADER])
    with pytest.raises(IntegrityError), transaction.atomic():
        BreakerAppeal.objects.update(answered_by=officer)


def test_who_sees_a_breaker_follows_from_its_unit_and_from_recusal(cast: Cast, agency: Agency, tripped: Breaker):
    def sees(user: User) -> bool:
        return visible_breakers(user).exists()

    for role in (Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE, Role.UNIT_OFFICER, Role.SQUAD_LEADER):
        assert sees(make_user(role, cast.first)), role
        assert not sees(make_user(role, cast.second)), role
    for role in (Role.CHECKLIST_ADMIN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        assert not sees(cast.of[role])
    near = make_user(Role.SUPERVISOR, cast.detachment)
    Recused.objects.create(alert=Alert.objects.order_by("id")[0], staff_no=near.staff_no, reason="handled")
    assert not sees(near)
    with pytest.raises(NotFound):
        services.propose_lift(number=tripped.number, reference="AJ-1", note=NOTE, actor=near)


def test_a_cousin_of_the_subject_neither_sees_nor_trips_it_and_units_see_no_points_before_a_trip(cast: Cast, agency: Agency):
    cousin = make_user(Role.SUPERVISOR, cast.detachment)
    Relation.objects.create(staff_no=cousin.staff_no, subject_kind="agency", subject_code=agency.code, kind="family")
    with pytest.raises(NotFound):
        services.propose_trip(subject_kind="agency", subject_code=agency.code, reason="情况紧急需要停办", actor=cousin)
    make_warning(cast.first, agency.code, at=NOW)
    evaluate_breakers(NOW)
    assert visible_breakers(cast.supervisor).count() == 1
    assert not visible_breakers(cousin).exists()
    assert not visible_breakers(make_user(Role.UNIT_OFFICER, cast.first)).exists()


def test_the_blast_radius_counts_business_open_items_and_who_could_take_over(cast: Cast, agency: Agency):
    make_agency(cast.first, code="SISTER", kind="test_station")
    make_agency(cast.second, code="FAR", kind="test_station")
    kept = {"agency_code": agency.code, "line": "inspection", "action": "periodic"}
    for days, status, person in ((2, "accepted", "P1"), (3, "accepted", "P1"), (40, "finished", "P2"), (100, "accepted", "P3")):
        make_transaction(cast.first, accepted_at=NOW - days * DAY, status=status, person_id_no=person, **kept)
    make_transaction(cast.second, accepted_at=NOW - DAY, agency_code=agency.code, person_id_no="P4")
    blast = blast_of("agency", agency.code, NOW)
    assert [(line.line, line.short, line.long) for line in blast.lines] == [("inspection", 2, 3), ("registration", 1, 1)]
    assert (blast.units, blast.open_items, blast.waiting, blast.others, blast.short, blast.long) == (2, 2, 1, 1, 3, 4)


def test_colleagues_in_the_same_post_and_sister_units_could_take_over(cast: Cast):
    post, other = make_post("P-REG"), make_post("P-EXM")
    people = [make_staff(cast.first) for _number in range(3)]
    for person in people[:2]:
        make_posting(person, post, cast.first)
    make_posting(people[2], other, cast.first)
    assert blast_of("staff", people[0].staff_no, NOW).others == 1
    assert blast_of("post", "P-REG", NOW).others == 1
    assert blast_of("unit", cast.first.code, NOW).others == 1
