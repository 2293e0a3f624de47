"""责任联带: points flow by published weights, up to the cap of a year, and are exempted and withdrawn by the right people."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from ledger.kit.days import today
from ledger.kit.errors import BadInput, Conflict, NotAllowed
from ledger.roster.models import Post, Posting, Role
from oversight.measures.joint.models import Direction, JointPoints, JointWeights
from oversight.measures.joint.queries import SHIPPED_CAPS, SHIPPED_SHARES, answering, counted, points_of
from oversight.measures.joint.services import ask_exemption, decide_exemption, draft, flow, formula, publish
from tests.builders import make_unit, make_user
from tests.oversight.measures.building import Town, act, decided, proposed

pytestmark = [pytest.mark.django_db, pytest.mark.services]
SHARES = {"auxiliary": {"officer": 40, "squad": 15, "brigade": 5}, "officer": {"squad": 20, "chief": 10}}
CAPS = {"deduction": 10, "reward": 5}
REASON = "已按清单检查谈话并留痕"


def flowed(town: Town, source: str, points: str, **extra) -> list[JointPoints]:
    given = {"staff_no": "060004", "unit": town.squad, "auxiliary": True, "case": town.case, "on": today()} | extra
    return flow(source=source, points=Decimal(points), **given)


def test_the_points_of_an_auxiliary_reach_the_officer_the_squad_leader_and_the_brigade_leader(town: Town):
    type(town.auxiliary).objects.filter(pk=town.auxiliary.pk).update(unit_code=town.squad.code)
    one = decided(town)
    rows = [(row.staff_no, row.part, row.points, row.formula) for row in points_of(one.number)]
    assert rows == [
        ("060003", "officer", Decimal("1.20"), "4.00 × 30% = 1.20"),
        ("060002", "squad", Decimal("0.60"), "4.00 × 15% = 0.60"),
        ("060001", "brigade", Decimal("0.20"), "4.00 × 5% = 0.20"),
    ]
    act(one, "revoke", town.leader, revocation_no="追撤〔2026〕1号", note="经复核事实有误")
    assert {row.state for row in points_of(one.number)} == {"withdrawn"}


def test_who_moved_since_answers_with_those_over_them_on_the_day(town: Town):
    """Where they work now nobody could have prevented it."""
    elsewhere = make_unit("三中队", kind="squad", parent=town.cast.first, leader_no="060009")
    type(town.auxiliary).objects.filter(pk=town.auxiliary.pk).update(unit_code=elsewhere.code)
    Post.objects.create(code="P7", name="查验岗")
    for unit, first, last in ((town.squad, -400, -2), (elsewhere, -1, None)):
        end = today() + timedelta(days=last) if last else None
        Posting.objects.create(
            staff_no="060004", post_code="P7", unit_code=unit.code, start_date=today() + timedelta(days=first), end_date=end
        )
    one = decided(town, place_then="")
    assert (one.unit, one.place_then) == (town.squad, f"{town.squad.name} 查验岗")
    assert {row.staff_no for row in points_of(one.number)} == {"060003", "060002", "060001"}


def test_the_day_is_asked_of_a_person_of_the_force_and_lies_not_ahead(town: Town):
    for typed in ("", f"{today() + timedelta(days=1)}"):
        with pytest.raises(BadInput):
            proposed(town, "accountability", happened_on=typed)


def test_those_of_an_officer_reach_the_squad_leader_and_the_chief_and_nobody_answers_along_with_themselves(town: Town):
    assert [(one.part, one.staff.staff_no) for one in answering("060003", town.squad, auxiliary=False)] == [
        ("squad", "060002"),
        ("chief", "060001"),
    ]
    assert [(one.part, one.staff.staff_no) for one in answering("060002", town.squad, auxiliary=False)] == [("chief", "060001")]
    assert answering("060004", None, auxiliary=False) == []


def test_what_is_over_the_cap_of_the_year_does_not_count_and_the_formula_says_so(town: Town):
    flowed(town, "ZZ-1", "10", direction=Direction.REWARD)
    row = flowed(town, "ZZ-2", "10", direction=Direction.REWARD)[0]
    assert (row.points, row.formula) == (Decimal("2.00"), "10.00 × 30% = 3.00；3.00 + 3.00 > 5.00 → 2.00")
    assert counted("060003", table="auxiliary", direction=Direction.REWARD, year=today().year) == Decimal("5.00")
    assert flowed(town, "ZZ-3", "10", direction=Direction.REWARD, on=today().replace(year=today().year + 1))[0].points == Decimal("3.00")
    assert flowed(town, "ZZ-4", "10")[0].points == Decimal("3.00")


def test_the_same_source_flows_once(town: Town):
    flowed(town, "ZZ-1", "4")
    flowed(town, "ZZ-1", "4")
    assert JointPoints.objects.count() == 3


@given(points=st.lists(st.decimals(min_value=0, max_value=10, places=2), min_size=1, max_size=8))
def test_however_much_flows_a_year_counts_no_more_than_its_cap(points: list[Decimal]):
    """The arithmetic of one person's year, without the database."""
    total, cap = Decimal(0), Decimal(SHIPPED_CAPS["deduction"])
    for one in points:
        raw = (one * SHIPPED_SHARES["auxiliary"]["officer"] / 100).quantize(Decimal("0.01"))
        kept = max(min(raw, cap - total), Decimal(0))
        assert formula(one, 30, raw, kept, total, cap).startswith(f"{one:.2f} × 30% = {raw:.2f}")
        total += kept
    assert total <= cap


def test_an_exemption_is_proposed_by_the_discipline_inspection_and_approved_by_another(town: Town):
    row = flowed(town, "ZZ-1", "4")[0]
    with pytest.raises(NotAllowed):
        ask_exemption(row=row, reason=REASON, actor=town.proposer)
    ask_exemption(row=row, reason=REASON, actor=town.inspector)
    with pytest.raises(NotAllowed):
        decide_exemption(row=row, approve=True, actor=town.inspector)
    assert decide_exemption(row=row, approve=True, actor=town.leader)
    row.refresh_from_db()
    assert (row.state, row.exempt_by) == ("exempted", town.leader)
    with pytest.raises(Conflict):
        ask_exemption(row=row, reason=REASON, actor=town.inspector)
    assert counted("060003", table="auxiliary", direction=Direction.DEDUCTION, year=today().year) == 0


def test_an_exemption_lapses_when_its_points_were_withdrawn_and_nobody_exempts_themselves(town: Town):
    row = flowed(town, "ZZ-1", "4")[0]
    ask_exemption(row=row, reason=REASON, actor=town.inspector)
    JointPoints.objects.filter(pk=row.pk).update(points=Decimal("9.00"))
    assert not decide_exemption(row=row, approve=True, actor=town.leader)
    own = make_user(Role.DISCIPLINE, town.cast.detachment, staff=type(town.auxiliary).objects.get(staff_no="060003"))
    with pytest.raises(NotAllowed):
        ask_exemption(row=row, reason=REASON, actor=own)


def test_weights_are_published_by_another_person_and_hold_from_then_on(town: Town):
    made = draft(shares=SHARES, caps=CAPS, reason="按支队党委会意见调整", actor=town.inspector)
    with pytest.raises(NotAllowed):
        publish(actor=town.inspector, number=made.number, drafted_at=made.drafted_at)
    with pytest.raises(NotAllowed):
        draft(shares=SHARES, caps=CAPS, reason="按支队党委会意见调整", actor=town.proposer)
    assert flowed(town, "ZZ-1", "4")[0].share == 30
    again = draft(shares=SHARES, caps=CAPS, reason="文字修改后重报", actor=town.inspector)
    with pytest.raises(Conflict):
        publish(actor=town.leader, number=made.number, drafted_at=made.drafted_at)
    publish(actor=town.leader, number=again.number, drafted_at=again.drafted_at)
    row = flowed(town, "ZZ-2", "4")[0]
    assert (row.share, row.weights.number) == (40, 2)
    with pytest.raises(BadInput):
        draft(shares={"auxiliary": {"officer": 101}}, caps=CAPS, reason="按支队党委会意见调整", actor=town.inspector)


def test_the_database_holds_one_draft_published_by_another(town: Town):
    made = draft(shares=SHARES, caps=CAPS, reason="按支队党委会意见调整", actor=town.inspector)
    fields = {"shares": SHARES, "caps": CAPS, "reason": "另稿", "drafted_at": timezone.now(), "drafted_by": town.leader}
    with pytest.raises(IntegrityError), transaction.atomic():
        JointWeights.objects.create(number=9, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        JointWeights.objects.filter(pk=made.pk).update(state="published", published_by=town.inspector, published_at=timezone.now())
