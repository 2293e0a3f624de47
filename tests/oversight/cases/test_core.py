"""The ground of everything in a case: who sees it, that two people decide, upon what they saw, and that nothing is lost."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from ledger.audit.models import AuditEntry
from ledger.kit.errors import Conflict, NotAllowed, NotFound
from ledger.kit.moves import Move, Table
from ledger.roster.models import Role, Unit
from oversight.cases import approvals
from oversight.cases.models import Approval, Case, CaseEntry
from oversight.cases.people import Person
from oversight.cases.record import enter, take_part
from oversight.cases.visibility import visible_case, visible_cases
from risk.alerts.models import Recused
from tests.builders import grant_role, make_unit, make_user
from tests.oversight.cases.building import make_case, make_party
from tests.oversight.cast import Cast


@pytest.fixture
def case(cast: Cast) -> Case:
    return make_case(cast.supervisor, unit=cast.first)


def elsewhere(cast: Cast) -> Unit:
    """A unit whose brigade is not that of the case."""
    return make_unit(parent=cast.detachment)


def test_a_table_refuses_two_rows_for_one_act_and_state():
    anybody = Move[int, Case]("closed", lambda who, what: True)
    assert Table[int, Case](("close", ("handling",), anybody)).move("close", "handling") is anybody
    assert Table[int, Case](("close", ("handling",), anybody)).move("close", "closed") is None
    with pytest.raises(ValueError, match="two rows"):
        Table[int, Case](("close", ("handling",), anybody), ("close", ("proposed", "handling"), anybody))


@pytest.mark.services
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE])
def test_who_supervises_a_part_of_the_tree_sees_its_cases_and_no_others(cast: Cast, case: Case, role: str):
    assert visible_case(make_user(role, cast.detachment), case.number) == case
    with pytest.raises(NotFound):
        visible_case(make_user(role, elsewhere(cast)), case.number)


@pytest.mark.services
@pytest.mark.parametrize("role", [Role.SQUAD_LEADER, Role.UNIT_OFFICER])
def test_other_units_see_a_case_only_as_its_parties(cast: Cast, case: Case, role: str):
    inside, party = make_user(role, cast.first), elsewhere(cast)
    outside = make_user(role, party)
    assert not visible_cases(inside).exists()
    make_party(case, party, "department")
    assert list(visible_cases(outside)) == [case]
    assert not visible_cases(inside).exists()


@pytest.mark.services
@pytest.mark.parametrize("role", [None, Role.CHECKLIST_ADMIN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_nobody_else_sees_any(cast: Cast, case: Case, role: str | None):
    make_party(case, cast.first)
    assert not visible_cases(make_user(role, cast.detachment)).exists()


@pytest.mark.services
def test_who_is_recused_from_one_of_its_alerts_sees_no_case(cast: Cast, case: Case):
    leader = make_user(Role.LEADER, cast.detachment)
    Recused.objects.create(alert=case.alerts.get().alert, staff_no=leader.staff_no, reason="related")
    assert not visible_cases(leader).exists()


@pytest.mark.services
def test_a_sealed_case_is_seen_by_leaders_and_the_discipline_inspection_alone(cast: Cast):
    sealed = make_case(cast.supervisor, unit=cast.first, sealed=True)
    make_party(sealed, cast.first)
    assert not visible_cases(cast.supervisor).exists()
    assert not visible_cases(make_user(Role.SQUAD_LEADER, cast.first)).exists()
    inspector = make_user(Role.DISCIPLINE, cast.detachment)
    assert list(visible_cases(inspector)) == [sealed]


@pytest.mark.services
def test_what_happens_stands_in_the_record_and_in_the_audit_trail(cast: Cast, case: Case):
    entry = enter(case, "order.signed", actor=cast.supervisor, about="ZG-1", before="issued", after="working", note="已签收")
    assert (entry.about, entry.data) == ("ZG-1", {"from": "issued", "to": "working", "note": "已签收"})
    assert AuditEntry.objects.get(action="order.signed").target == "ZG-1"
    with pytest.raises(TypeError):
        CaseEntry.objects.update(kind="order.returned")


@pytest.mark.services
def test_nobody_takes_two_parts_in_the_same_thing(cast: Cast):
    take_part("ZG-1", cast.supervisor, "answered")
    take_part("ZG-1", cast.supervisor, "answered")
    take_part("ZG-2", cast.supervisor, "reviewed")
    with pytest.raises(NotAllowed):
        take_part("ZG-1", cast.supervisor, "reviewed")


@pytest.mark.services
def test_who_asks_does_not_decide(cast: Cast):
    approvals.ask(about="AJ-1", kind="closing", content={"outcome": "confirmed"}, actor=cast.supervisor)
    with pytest.raises(NotAllowed):
        approvals.decide(about="AJ-1", kind="closing", approve=True, content={"outcome": "confirmed"}, actor=cast.supervisor)
    with pytest.raises(Conflict):
        approvals.ask(about="AJ-1", kind="closing", content={}, actor=make_user(Role.LEADER, cast.detachment))


@pytest.mark.services
def test_an_approval_lapses_when_what_it_was_asked_for_has_changed(cast: Cast):
    leader = make_user(Role.LEADER, cast.detachment)
    approvals.ask(about="AJ-1", kind="closing", content={"outcome": "confirmed", "note": "甲"}, actor=cast.supervisor)
    decided = approvals.decide(about="AJ-1", kind="closing", approve=True, content={"outcome": "partly", "note": "甲"}, actor=leader)
    assert (decided.state, decided.decided_by) == ("lapsed", None)
    with pytest.raises(Conflict):
        approvals.decide(about="AJ-1", kind="closing", approve=True, content={"outcome": "partly", "note": "甲"}, actor=leader)
    approvals.ask(about="AJ-1", kind="closing", content={"note": "甲", "outcome": "partly"}, actor=cast.supervisor)
    decided = approvals.decide(about="AJ-1", kind="closing", approve=True, content={"outcome": "partly", "note": "甲"}, actor=leader)
    assert (decided.state, decided.decided_by) == ("approved", leader)


@pytest.mark.services
def test_the_database_itself_refuses_one_person_in_two_parts(cast: Cast, case: Case):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(
            about="AJ-1",
            kind="closing",
            content={},
            content_hash="0" * 64,
            state="approved",
            asked_by=cast.supervisor,
            asked_at=datetime.now(UTC),
            decided_by=cast.supervisor,
            decided_at=datetime.now(UTC),
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(status="closed", outcome="confirmed", closed_by=case.handler_id, closed_at=datetime.now(UTC))
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(status="closed", outcome="confirmed", closed_at=datetime.now(UTC))


def test_a_right_holds_below_the_unit_it_was_given_for_and_only_for_officers(cast: Cast):
    leader = make_user(Role.SQUAD_LEADER, cast.first)
    grant_role(leader, Role.UNIT_OFFICER, cast.detachment)
    person = Person.of(leader)
    assert person.may(Role.SQUAD_LEADER, over=cast.first.path)
    assert not person.may(Role.SQUAD_LEADER, over=cast.detachment.path)
    assert person.may(Role.SQUAD_LEADER, Role.UNIT_OFFICER, over=cast.detachment.path)
    auxiliary = Person.of(make_user(Role.SQUAD_LEADER, cast.first, staff_kind="auxiliary"))
    assert auxiliary.holds(Role.SQUAD_LEADER, over=cast.first.path)
    assert not auxiliary.may(Role.SQUAD_LEADER, over=cast.first.path)
