"""Which units a case is given to: by the tree, the line's department, and who stands too near to its subject."""

from collections.abc import Mapping

import pytest

from oversight.cases.policy.models import LineDepartment
from oversight.cases.prefill import Place, Recusals, Wanted, choose, prefilled
from risk.alerts.models import RecusalChange, Recused
from tests.oversight.cases.town import Town

FREE = Recusals(frozenset(), frozenset())


def places(**changes: Place) -> Mapping[str, Place]:
    """A county squad: its brigade stands under the detachment for business, under the county bureau for the rest."""
    found = {
        "DET": Place("DET", "detachment", "0001", "070001"),
        "CEN": Place("CEN", "supervision_centre", "00010001", "070002"),
        "BRI": Place("BRI", "brigade", "00010002", "070003", admin="BUR"),
        "SQU": Place("SQU", "squad", "000100020001", "070004"),
        "INS": Place("INS", "discipline", "00010003", "070005"),
        "DEP": Place("DEP", "department", "00010004", "070006"),
        "BUR": Place("BUR", "department", "0002", "070007"),
        "FAR": Place("FAR", "discipline", "00020001", "070008"),
    }
    return found | changes


def chosen(unit: str, recusals: Recusals = FREE, department: str = "DEP") -> list[Wanted]:
    return choose(unit=unit, places=places(), department=department, recusals=recusals)


def test_the_unit_of_the_event_leads_under_its_business_superior():
    assert chosen("SQU") == [Wanted("lead", "SQU"), Wanted("superior", "BRI"), Wanted("department", "DEP"), Wanted("discipline", "INS")]


def test_a_county_brigade_answers_to_both_its_superiors():
    codes = [(one.part, one.code) for one in chosen("BRI")]
    assert codes[:3] == [("lead", "BRI"), ("superior", "DET"), ("superior", "BUR")]


def test_who_stands_behind_the_subject_gives_the_lead_to_the_level_above():
    found = chosen("SQU", Recusals(frozenset({"070004"}), frozenset()))
    assert found[0] == Wanted("lead", "BRI", moved=True)
    assert ("superior", "DET") in [(one.part, one.code) for one in found]
    higher = chosen("SQU", Recusals(frozenset({"070004", "070003"}), frozenset()))
    assert higher[:2] == [Wanted("lead", "DET", moved=True), Wanted("superior", "")]
    nobody = chosen("SQU", Recusals(frozenset({"070004", "070003", "070001"}), frozenset()))
    assert (nobody[0].code, nobody[0].moved) == ("INS", True)


def test_a_superior_whose_leader_is_concerned_is_passed_over():
    found = chosen("SQU", Recusals(frozenset({"070003"}), frozenset()))
    assert [(one.part, one.code) for one in found[:2]] == [("lead", "SQU"), ("superior", "DET")]
    assert not found[0].moved


def test_who_is_only_related_keeps_the_part_and_knows_nothing_of_the_subject():
    found = chosen("SQU", Recusals(frozenset(), frozenset({"070004"})))
    assert [(one.code, one.redacted) for one in found] == [("SQU", True), ("BRI", False), ("DEP", False), ("INS", False)]


def test_what_nobody_has_said_is_left_to_be_chosen():
    assert [one.code for one in chosen("DET", department="")] == ["DET", "", "", "INS"]


@pytest.mark.services
def test_the_parties_of_an_alert_are_found_in_the_roster(town: Town):
    alert = town.issued()
    town.squad.leader_no = town.squad_leader.staff_no
    town.squad.save()
    Recused.objects.create(alert=alert, staff_no=town.squad_leader.staff_no, reason="squad_leader")
    LineDepartment.objects.create(line=alert.line, unit=town.department, edited_at=alert.raised_at)
    found = prefilled([alert], town.squad)
    expected = [("lead", town.squad), ("superior", town.brigade), ("department", town.department), ("discipline", town.inspection)]
    assert [(one.part, one.code) for one in found] == [(part, unit.code) for part, unit in expected]
    assert [one.redacted for one in found] == [True, False, False, False]
    RecusalChange.objects.create(
        relation="squad_leader",
        active=False,
        reason="改由大队核查",
        state="approved",
        in_force=True,
        asked_by=town.supervisor,
        asked_at=alert.raised_at,
        decided_by=town.inspector,
        decided_at=alert.raised_at,
    )
    assert not any(one.redacted for one in prefilled([alert], town.squad))
