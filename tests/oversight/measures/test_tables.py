"""Every table of measures, act by act: from which statuses, to which, and which role may; everything else is forbidden."""

from typing import Any

import pytest
from django.utils import timezone

from ledger.kit.days import today
from ledger.roster.models import Role
from oversight.cases.people import Person
from oversight.measures.catalogue import KINDS
from tests.builders import make_user
from tests.oversight.measures.building import Town

HANDLING = {Role.SUPERVISOR, Role.DISCIPLINE}
LEADS, INSPECTS = {Role.LEADER}, {Role.LEADER, Role.DISCIPLINE}
NOBODY: set[Role] = set()  # only who had a certain part in it, see the tests below
ANY_REVIEWER = HANDLING | {Role.UNIT_OFFICER}
Row = tuple[str, str, set[Role]]
# act: (statuses, status afterwards or "" for the same, roles of those who had no part in it before)
EXPECTED: dict[str, dict[str, Row]] = {
    "interviews": {
        "edit": ("proposed returned", "proposed", NOBODY),
        "approve": ("proposed", "planned", INSPECTS),
        "refuse": ("proposed", "returned", INSPECTS),
        "notify": ("planned", "notified", HANDLING),
        "reschedule": ("notified", "", HANDLING),
        "hold": ("notified", "held", NOBODY),
        "countersign": ("held", "", NOBODY),
        "sign": ("held", "", NOBODY),
        "archive": ("held", "archived", HANDLING),
        "cancel": ("proposed returned planned notified", "cancelled", LEADS),
    },
    "accountability": {
        "edit": ("proposed returned found heard", "proposed", NOBODY),
        "find": ("proposed", "found", {Role.UNIT_OFFICER}),
        "send_back": ("proposed", "returned", {Role.UNIT_OFFICER}),
        "hear": ("found", "heard", HANDLING),
        "decide": ("heard", "decided", LEADS),
        "refuse": ("heard", "returned", LEADS),
        "drop": ("heard", "dropped", LEADS),
        "serve": ("decided", "served", HANDLING),
        "appeal": ("served executed", "", HANDLING),
        "execute": ("served", "executed", HANDLING),
        "end": ("executed", "ended", HANDLING),
        "revoke": ("decided served executed", "revoked", LEADS),
    },
    "suspensions": {
        "edit": ("proposed returned reviewed heard", "proposed", NOBODY),
        "review": ("proposed", "reviewed", {Role.UNIT_OFFICER}),
        "send_back": ("proposed", "returned", {Role.UNIT_OFFICER}),
        "hear": ("reviewed", "heard", HANDLING),
        "decide": ("heard", "decided", LEADS),
        "refuse": ("heard", "returned", LEADS),
        "withdraw": ("proposed returned reviewed heard", "withdrawn", NOBODY),
        "serve": ("decided", "in_force", HANDLING),
        "object": ("in_force applied accepted", "", HANDLING),
        "answer": ("in_force applied accepted probation", "", INSPECTS),
        "ask_extension": ("in_force applied accepted", "", HANDLING),
        "extend": ("in_force applied accepted", "", LEADS),
        "refuse_extension": ("in_force applied accepted", "", LEADS),
        "apply": ("in_force", "applied", HANDLING),
        "accept": ("applied", "", ANY_REVIEWER),
        "fail": ("applied", "in_force", ANY_REVIEWER),
        "ask_lifting": ("applied", "accepted", HANDLING),
        "lift": ("accepted", "probation", LEADS),
        "keep": ("accepted", "in_force", LEADS),
        "end": ("probation", "ended", HANDLING),
        "ask_revocation": ("decided in_force applied accepted", "", HANDLING | LEADS),
        "revoke": ("decided in_force applied accepted", "revoked", LEADS),
        "refuse_revocation": ("decided in_force applied accepted", "", LEADS),
    },
    "circulars": {
        "edit": ("draft returned reviewed", "draft", NOBODY),
        "review": ("draft", "reviewed", ANY_REVIEWER),
        "send_back": ("draft", "returned", ANY_REVIEWER),
        "decide": ("reviewed", "signed", LEADS),
        "refuse": ("reviewed", "returned", LEADS),
        "issue": ("signed", "issued", HANDLING),
        "receive": ("issued", "", NOBODY),
        "withdraw": ("draft returned reviewed", "withdrawn", NOBODY),
    },
    "transfers": {
        "edit": ("proposed returned", "proposed", NOBODY),
        "approve": ("proposed", "approved", INSPECTS),
        "refuse": ("proposed", "returned", INSPECTS),
        "send": ("approved", "sent", HANDLING),
        "conclude": ("sent", "concluded", HANDLING),
        "withdraw": ("proposed returned approved", "withdrawn", NOBODY),
    },
}
# What the objects of the table's rows have behind them, so that a step is refused for the role alone.
BEHIND: dict[str, dict[str, Any]] = {
    "interviews": {"signature": "paper"},
    "accountability": {"effect_until": today()},
    "suspensions": {
        "accepted_by": [0, -1],
        "probation_until": today(),
        "extending_by_id": 0,
        "revoking_by_id": 0,
        "objected_at": timezone.now(),
    },
}
BEHIND_ACT: dict[str, dict[str, Any]] = {
    "ask_extension": {"extending_by_id": None},
    "ask_revocation": {"revoking_by_id": None},
    "object": {"objected_at": None},
}


def make_measure(town: Town, code: str, **columns: Any) -> Any:
    """A measure that is not in the database, proposed by the town's supervisor."""
    kind = KINDS[code]
    given = {"number": f"{kind.prefix}-1", "case": town.case, "proposed_by": town.proposer, "proposed_at": timezone.now()}
    given |= {"legal_unit": town.legal.grants.get().unit} if kind.fill else {}
    return kind.model(pk=0, **given | BEHIND.get(code, {}) | columns)


@pytest.mark.django_db
@pytest.mark.parametrize("code", KINDS)
def test_every_act_is_possible_where_and_by_whom_it_should_be(town: Town, code: str):
    kind, expected = KINDS[code], EXPECTED[code]
    people = {role: Person.of(make_user(role, town.cast.detachment)) for role in Role}
    assert set(expected) == set(kind.acts) == set(kind.table.acts)
    for act, (statuses, to, roles) in expected.items():
        for status in kind.statuses.values:
            move = kind.table.move(act, status)
            assert (move is not None) == (status in statuses.split()), (act, status)
            if move is not None:
                one = make_measure(town, code, status=status, **BEHIND_ACT.get(act, {}))
                assert (move.to or "") == to, (act, status)
                assert {role for role, person in people.items() if move.who(person, one)} == roles, (act, status)
    assert {(status, act) for status, act, _move in kind.table.rows()} == {
        (status, act) for act, (statuses, _to, _roles) in expected.items() for status in statuses.split()
    }


@pytest.mark.django_db
@pytest.mark.parametrize("code", KINDS)
def test_an_auxiliary_with_any_role_and_a_person_of_another_unit_do_nothing(town: Town, code: str):
    strangers = [make_user(role, town.cast.detachment, staff_kind="auxiliary") for role in Role]
    strangers += [make_user(role, town.cast.second) for role in (Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE, Role.UNIT_OFFICER)]
    for status, act, move in KINDS[code].table.rows():
        one = make_measure(town, code, status=status)
        assert not any(move.who(Person.of(user), one) for user in strangers), (status, act)


@pytest.mark.django_db
@pytest.mark.parametrize("code", KINDS)
def test_who_proposed_it_changes_it_and_never_reviews_or_decides_it_even_as_a_leader(town: Town, code: str):
    from tests.builders import grant_role

    for role in (Role.LEADER, Role.UNIT_OFFICER, Role.DISCIPLINE):
        grant_role(town.proposer, role, town.cast.detachment)
    person, apart = Person.of(town.proposer), {"approve", "refuse", "find", "send_back", "decide", "drop", "review", "accept", "lift"}
    for status, act, move in KINDS[code].table.rows():
        one = make_measure(town, code, status=status)
        if act in apart:
            assert not move.who(person, one), (status, act)
        if act in ("edit", "withdraw", "cancel"):
            assert move.who(person, one), (status, act)


@pytest.mark.django_db
def test_who_accepted_and_who_decided_keep_apart(town: Town):
    table = KINDS["suspensions"].table
    first = town.accepters[0]
    one = make_measure(town, "suspensions", status="applied", accepted_by=[first.pk], decided_by=town.leader, legal_by=town.legal)
    assert "accept" not in table.possible(Person.of(first), one)
    assert "fail" in table.possible(Person.of(first), one)
    assert "ask_lifting" not in table.possible(Person.of(first), one)
    assert not {"accept", "fail"} & table.possible(Person.of(town.legal), one)
    objected = {"status": "in_force", "objected_at": timezone.now()}
    for part in ("decided_by", "legal_by", "proposed_by"):
        apart = make_measure(town, "suspensions", **objected, **{part: town.inspector})
        assert "answer" not in table.possible(Person.of(town.inspector), apart), part
    both = make_measure(town, "suspensions", status="applied", accepted_by=[first.pk, town.accepters[1].pk])
    assert "ask_lifting" in table.possible(Person.of(first), both)


@pytest.mark.django_db
def test_who_asked_for_an_extension_or_a_revocation_decides_neither_way(town: Town):
    table, other = KINDS["suspensions"].table, Person.of(make_user(Role.LEADER, town.cast.detachment))
    for column, acts in (("extending_by", {"extend", "refuse_extension"}), ("revoking_by", {"revoke", "refuse_revocation"})):
        one = make_measure(town, "suspensions", status="in_force", extending_by_id=None, revoking_by_id=None)
        setattr(one, column, town.leader)
        assert not acts & table.possible(Person.of(town.leader), one)
        assert acts <= table.possible(other, one)
        setattr(one, column, None)
        assert not acts & table.possible(other, one)


@pytest.mark.django_db
def test_only_its_interviewers_hold_an_interview_and_only_the_interviewee_countersigns(town: Town):
    table, own = KINDS["interviews"].table, make_user(None, town.squad, staff=town.auxiliary)
    people = {"interviewer": town.inspector, "second": town.accepters[0], "interviewee": own}
    one = make_measure(town, "interviews", status="notified", **people)
    assert "hold" in table.possible(Person.of(town.inspector), one)
    assert "hold" not in table.possible(Person.of(town.proposer), one)
    one = make_measure(town, "interviews", status="held", signature="", **people)
    assert table.possible(Person.of(own), one) == {"countersign"}
    assert "archive" not in table.possible(Person.of(town.inspector), one)
    assert "sign" in table.possible(Person.of(town.accepters[0]), one)
    signed = make_measure(town, "interviews", status="held", signature="screen", **people)
    assert table.possible(Person.of(own), signed) == set()
    assert "archive" in table.possible(Person.of(town.inspector), signed)


@pytest.mark.django_db
def test_a_period_of_effect_or_a_probation_ends_when_it_is_over(town: Town):
    from datetime import timedelta

    tomorrow, person = today() + timedelta(days=1), Person.of(town.proposer)
    for code, status, column in (("accountability", "executed", "effect_until"), ("suspensions", "probation", "probation_until")):
        table = KINDS[code].table
        assert "end" in table.possible(person, make_measure(town, code, status=status, **{column: today()}))
        assert "end" not in table.possible(person, make_measure(town, code, status=status, **{column: tomorrow}))
