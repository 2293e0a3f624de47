"""Who may do what with a case, a party and an escalation: every status, act and person of the three tables."""

from dataclasses import dataclass, field

import pytest

from ledger.kit.moves import Table
from ledger.roster.models import Role
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.states import TABLE as ESCALATIONS
from oversight.cases.escalations.states import EscalationAct
from oversight.cases.models import Case, Layer, Party
from oversight.cases.people import Person
from oversight.cases.states import PARTY_TABLE, TABLE, Act, PartyAct, possible, possible_with

ROOT, SQUAD, ELSEWHERE = "0001", "00010002", "00010003"
HANDLER, OPENER, RAISER = 1, 2, 3


@dataclass
class Place:
    path: str = SQUAD
    name: str = "一中队"


@dataclass
class FakeCase:
    status: str
    level: str = "yellow"
    sealed: bool = False
    led: bool = False
    redacted: bool = False
    handler_id: int = HANDLER
    opened_by_id: int = OPENER
    unit: Place = field(default_factory=Place)


@dataclass
class FakeParty:
    status: str
    part: str = "lead"
    unit: Place = field(default_factory=Place)
    case: FakeCase = field(default_factory=lambda: FakeCase("handling"))


@dataclass
class FakeEscalation:
    status: str
    to_layer: str
    to_unit: Place = field(default_factory=lambda: Place(ROOT))
    raised_by_id: int | None = RAISER


def person(role: Role | None, path: str = ROOT, pk: int = 9, officer: bool = True) -> Person:
    return Person(pk, officer, frozenset({(role, path)} if role else ()))


ROLES = [None, *Role]
STATUSES = Case.Status.values
JUDGES = {Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE}


def allowed(act: str, status: str, level: str, role: Role | None, own: bool) -> bool:
    """What the workflow paper says, told without the table. `own`: the person handles the case."""
    living = status in ("handling", "proposed")
    told = {
        "ask": status == "returned" and own and role in JUDGES,
        "approve": status == "asked" and not own and role == Role.LEADER,
        "return": status == "asked" and not own and role == Role.LEADER,
        "propose": status == "handling" and own and role in JUDGES,
        "close": status == "proposed" and not own and (role == Role.LEADER or (role == Role.SUPERVISOR and level in ("blue", "yellow"))),
        "reopen": status == "closed" and role in (Role.LEADER, Role.DISCIPLINE),
        "escalate": status == "handling" and role in JUDGES,
        "hand-over": status in ("returned", "handling") and ((own and role in JUDGES) or role == Role.LEADER),
        "instruct": living and role == Role.LEADER,
        "comment": status != "closed",
        "seal": status == "handling" and role == Role.DISCIPLINE,
        "unseal": False,
        "led-by": living and role in JUDGES,
        "led-end": False,
    }
    told["send-back"] = told["close"] or (status == "proposed" and own and role in JUDGES)
    return told[act]


@pytest.mark.parametrize("level", ["blue", "yellow", "orange", "red"])
@pytest.mark.parametrize("status", STATUSES)
def test_every_act_upon_a_case_is_for_exactly_the_people_it_is_for(status: str, level: str):
    for role in ROLES:
        for own in (False, True):
            who = person(role, pk=HANDLER if own else 9)
            expected = {act for act in Act if allowed(act, status, level, role, own)}
            assert possible(who, FakeCase(status, level)) == expected, (role, own)


def test_no_right_holds_beside_the_unit_it_was_given_for_nor_for_who_is_no_officer():
    for status in STATUSES:
        for role in ROLES:
            for pk in (HANDLER, 9):
                outsider, auxiliary = person(role, ELSEWHERE, pk), person(role, ROOT, pk, officer=False)
                remark = {Act.COMMENT} if status != "closed" else set()
                assert possible(outsider, FakeCase(status)) == possible(auxiliary, FakeCase(status)) == remark


def test_who_asked_for_the_dispatch_does_not_approve_it_even_after_handing_over():
    assert Act.APPROVE not in possible(person(Role.LEADER, pk=OPENER), FakeCase("asked"))


def test_a_sealed_case_is_unsealed_and_not_sealed_again_by_the_discipline_inspection():
    for role in ROLES:
        acts = possible(person(role), FakeCase("handling", sealed=True))
        assert Act.SEAL not in acts
        assert (Act.UNSEAL in acts) == (role == Role.DISCIPLINE)


def test_the_lead_of_another_body_ends_while_there_is_one():
    for role in ROLES:
        for status in STATUSES:
            acts = possible(person(role), FakeCase(status, led=True))
            assert (Act.LED_END in acts) == (Act.LED_BY in acts) == (role in JUDGES and status in ("handling", "proposed"))


def test_who_does_not_know_the_subject_decides_nothing_about_the_case():
    for role in ROLES:
        for status in STATUSES:
            assert possible(person(role, pk=HANDLER), FakeCase(status, redacted=True)) == frozenset()


SIGNING = {
    "lead": {Role.SQUAD_LEADER, Role.UNIT_OFFICER},
    "superior": {Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.LEADER},
    "department": {Role.SQUAD_LEADER, Role.UNIT_OFFICER},
    "discipline": {Role.DISCIPLINE, Role.UNIT_OFFICER},
    "legal": {Role.UNIT_OFFICER},
}


# The discipline inspection is one body: it does not remind itself.
INSPECTION = (Role.DISCIPLINE, "discipline")


@pytest.mark.parametrize("part", Party.Part.values)
def test_a_party_acts_through_an_officer_of_its_unit_and_the_handler_gives_back(part: str):
    for role in ROLES:
        for own in (False, True):
            for status in Party.Status.values:
                fit = role in SIGNING[part]
                expected = {
                    "waiting": {PartyAct.SIGN} if fit else set(),
                    "signed": {PartyAct.REPORT} if fit else set(),
                    "done": {PartyAct.RETURN} if own and role in JUDGES else set(),
                }[status]
                reminding = {PartyAct.REMIND} if status != "done" and role in JUDGES and (role, part) != INSPECTION else set()
                who = person(role, pk=HANDLER if own else 9)
                assert possible_with(who, FakeParty(status, part)) == expected | reminding, (role, own, status)
                assert not possible_with(person(role, ELSEWHERE), FakeParty(status, part))
                assert possible_with(person(role, officer=False, pk=who.pk), FakeParty(status, part)) == reminding


def test_a_leader_does_not_remind_the_unit_they_lead():
    for at, own in ((SQUAD, True), (ROOT, False)):
        assert (PartyAct.REMIND in possible_with(person(Role.LEADER, at), FakeParty("waiting", "superior"))) is not own
        assert PartyAct.REMIND in possible_with(person(Role.LEADER, at), FakeParty("waiting", "department"))


def test_parties_rest_while_their_case_is_not_being_handled():
    for status in set(STATUSES) - {"handling"}:
        for party in Party.Status.values:
            assert not possible_with(person(Role.SQUAD_LEADER), FakeParty(party, case=FakeCase(status)))


ANSWERING = {
    "committee": {Role.LEADER},
    "discipline": {Role.DISCIPLINE},
    "department": {Role.UNIT_OFFICER, Role.SQUAD_LEADER, Role.LEADER},
    "unit": {Role.UNIT_OFFICER, Role.SQUAD_LEADER, Role.LEADER},
    "members": {Role.UNIT_OFFICER, Role.SQUAD_LEADER},
}


@pytest.mark.parametrize("layer", Layer.values)
def test_an_escalation_is_answered_at_the_level_it_was_raised_to_and_finished_by_another(layer: str):
    for role in ROLES:
        for own in (False, True):
            for status in Escalation.Status.values:
                fit = role in ANSWERING[layer]
                acts = {"raised": {"receive", "instruct"}, "supervised": {"instruct"} | (set() if own else {"finish"}), "finished": set()}
                who = person(role, pk=RAISER if own else 9)
                assert ESCALATIONS.possible(who, FakeEscalation(status, layer)) == (acts[status] if fit else set()), (role, own, status)
                assert not ESCALATIONS.possible(person(role, SQUAD), FakeEscalation(status, layer))
                assert not ESCALATIONS.possible(person(role, officer=False), FakeEscalation(status, layer))


@pytest.mark.parametrize(
    ("table", "statuses", "acts"),
    [
        (TABLE, Case.Status, Act),
        (PARTY_TABLE, Party.Status, PartyAct),
        (ESCALATIONS, Escalation.Status, EscalationAct),
    ],
)
def test_every_move_leads_from_and_to_a_status_there_is_and_every_act_has_a_way_in(table: Table, statuses: type, acts: type):
    values = {str(status) for status in statuses}
    rows = list(table.rows())
    assert {act for _status, act, _move in rows} == set(acts)
    assert {status for status, _act, _move in rows} <= values
    assert {move.to for _status, _act, move in rows if move.to is not None} <= values
