"""The table of a breaker, row by row: every status and act, and who may do it."""

from types import SimpleNamespace
from typing import Any

import pytest

from ledger.roster.accounts import Role
from oversight.breakers.states import BREAKER, Act
from oversight.cases.people import Person

HERE, ELSEWHERE = "0001", "0002"
CENTRE, CHIEFS = {Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE}, {Role.LEADER, Role.DISCIPLINE}
UNITS = {Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.SUPERVISOR}
# Written by hand, apart from the table: (act, status) → where it leads (None: it stays) and whose it is (None: its own).
EXPECTED: dict[tuple[str, str], tuple[str | None, set[Role] | None]] = {
    ("trip", "closed"): ("open", None),
    ("trip", "half_open"): ("open", None),
    ("expire", "open"): ("half_open", None),
    ("close", "half_open"): ("closed", None),
    ("propose_trip", "closed"): (None, CENTRE),
    ("propose_trip", "half_open"): (None, CENTRE),
    ("decide_trip", "closed"): ("open", CHIEFS),
    ("decide_trip", "half_open"): ("open", CHIEFS),
    ("propose_lift", "open"): (None, CENTRE),
    ("decide_lift", "open"): ("half_open", CHIEFS),
    ("appeal", "open"): (None, UNITS),
    ("appeal", "half_open"): (None, UNITS),
    ("answer", "closed"): (None, CHIEFS),
    ("answer", "open"): (None, CHIEFS),
    ("answer", "half_open"): (None, CHIEFS),
    ("review", "closed"): (None, CENTRE),
    ("review", "open"): (None, CENTRE),
    ("review", "half_open"): (None, CENTRE),
}


def breaker(status: str) -> Any:
    return SimpleNamespace(status=status, unit=SimpleNamespace(path=HERE))


def person(role: Role, path: str = HERE, officer: bool = True) -> Person:
    return Person(1, officer, frozenset({(role, path)}))


def test_the_table_has_these_rows_and_no_other():
    assert {(act, status): move.to for status, act, move in BREAKER.rows()} == {key: to for key, (to, _who) in EXPECTED.items()}
    assert set(BREAKER.acts) == {act.value for act in Act}


@pytest.mark.parametrize("role", Role.values)
def test_every_act_is_open_to_its_roles_over_the_unit_and_to_nobody_else(role: str):
    for (act, status), (_to, who) in EXPECTED.items():
        move = BREAKER.move(act, status)
        assert move is not None
        own = Role(role)
        assert move.who(person(own), breaker(status)) == (who is not None and own in who), (act, status)
        assert not move.who(person(own, ELSEWHERE), breaker(status)), (act, status)
        deciding = act != "appeal"
        assert not (deciding and move.who(person(own, officer=False), breaker(status))), (act, status)
        assert move.who(None, breaker(status)) == (who is None), (act, status)


def test_whoever_enters_an_appeal_need_not_be_an_officer():
    assert "appeal" in BREAKER.possible(person(Role.UNIT_OFFICER, officer=False), breaker("open"))
