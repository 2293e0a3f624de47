"""The one table of what may become of an alert: every act in every status by every kind of person, allowed or not."""

from dataclasses import dataclass

import pytest

from ledger.roster.accounts import Role
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.states import LEVELS_OF_TWO, TABLE, Act, Person, State, after, move_of, possible

S, A = Alert.Status, Act
HANDLER = 1


@dataclass(frozen=True)
class Case:
    """An alert as the table sees it."""

    status: str
    level: str
    handler_id: int | None


def person(role: Role | None, pk: int = 2, officer: bool = True) -> Person:
    return Person(pk, frozenset({role} if role else ()), officer)


PEOPLE = {
    "handler": person(Role.SUPERVISOR, HANDLER),
    "supervisor": person(Role.SUPERVISOR),
    "leader": person(Role.LEADER),
    "discipline": person(Role.DISCIPLINE),
}
OUTSIDERS = [person(role) for role in Role if role not in (Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE)] + [person(None)]
AUXILIARIES = [person(role, officer=False) for role in Role] + [person(Role.SUPERVISOR, HANDLER, officer=False)]

# Written out by hand, apart from the table under test: status → person → acts. "both" is the supervisor and the handler.
WAITING = {
    "both": {A.ACKNOWLEDGE, A.DISMISS, A.SNOOZE, A.ASSIGN},
    "leader": {A.ASSIGN},
}
EXPECTED: dict[str, dict[str, set[Act]]] = {
    S.NEW: WAITING,
    S.RECURRED: WAITING,
    S.ACKNOWLEDGED: {"handler": {A.CHECK, A.DISMISS, A.SNOOZE, A.ASSIGN}, "leader": {A.ASSIGN}},
    S.CHECKING: {"handler": {A.DISMISS, A.SNOOZE, A.ASSIGN}, "leader": {A.ASSIGN}},
    S.SNOOZED: {"both": {A.WAKE}},
    S.PROPOSED: {"handler": {A.RETURN}, "supervisor": {A.CONFIRM, A.RETURN}},
    S.DISMISSED: {name: {A.UPHOLD, A.OVERTURN} for name in ("supervisor", "leader", "discipline")},
    S.ISSUED: {},
    S.ASSIGNED: {},
    S.CLOSED: {},
    S.WITHDRAWN: {},
}


def expected(status: str, level: str, name: str) -> set[Act]:
    told = EXPECTED[status]
    acts = set(told.get(name, set())) | (set(told.get("both", set())) if name in ("handler", "supervisor") else set())
    if name == "handler" and status in (S.ACKNOWLEDGED, S.CHECKING):
        acts.add(A.PROPOSE if level in ("orange", "red") else A.ISSUE)
    if status == S.PROPOSED and level == "red" and name in ("leader", "discipline"):
        acts |= {A.CONFIRM, A.RETURN}
    return acts


@pytest.mark.parametrize("level", ["blue", "yellow", "orange", "red"])
@pytest.mark.parametrize("status", S.values)
def test_every_act_in_every_status_is_for_exactly_the_people_it_is_for(status: str, level: str):
    alert = Case(status, level, HANDLER)
    for name, one in PEOPLE.items():
        assert possible(one, alert) == expected(status, level, name), name
    for one in [*OUTSIDERS, *AUXILIARIES]:
        assert possible(one, alert) == frozenset(), one


def test_what_nobody_has_taken_has_no_handler_to_be_mistaken_for():
    for status in (S.NEW, S.RECURRED):
        assert possible(PEOPLE["supervisor"], Case(status, "red", None)) == WAITING["both"]


def test_every_status_has_its_expectation_and_every_act_a_way_in():
    assert set(EXPECTED) == set(S.values)
    assert {act for _status, act in TABLE} == set(Act)


def test_where_every_act_leads():
    led = {(status, act): move.to for (status, act), move in TABLE.items()}
    assert {act: {led[key] for key in led if key[1] is act} for act in Act} == {
        A.ACKNOWLEDGE: {S.ACKNOWLEDGED},
        A.CHECK: {S.CHECKING},
        A.DISMISS: {S.DISMISSED},
        A.SNOOZE: {S.SNOOZED},
        A.WAKE: {None},
        A.ASSIGN: {S.ACKNOWLEDGED},
        A.ISSUE: {S.ISSUED},
        A.PROPOSE: {S.PROPOSED},
        A.CONFIRM: {S.ISSUED},
        A.RETURN: {S.CHECKING},
        A.UPHOLD: {S.DISMISSED},
        A.OVERTURN: {S.NEW},
    }


def test_a_level_leaves_one_way_to_issue():
    for level in ("blue", "yellow", "orange", "red"):
        ways = [act for act in (A.ISSUE, A.PROPOSE) if move_of(act, Case(S.CHECKING, level, HANDLER))]
        assert ways == [A.PROPOSE if level in LEVELS_OF_TWO else A.ISSUE]


def test_every_kind_of_event_leads_to_a_status_there_is():
    data = {"back": {"status": "recurred", "handler": None}, "to": 7, "acted": False}
    for kind in AlertEvent.Kind:
        for status in S.values:
            assert after(State(status, 3), AlertEvent(kind=kind, data=data, actor_id=5)).status in S.values


def test_the_index_of_open_alerts_holds_every_open_status():
    (index,) = [one for one in Alert._meta.indexes if one.name == "alert_open"]
    assert index.condition is not None
    ((field, held),) = index.condition.children
    assert (field, set(held)) == ("status__in", set(Alert.OPEN))
