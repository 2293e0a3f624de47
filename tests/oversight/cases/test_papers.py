"""Fields of the papers of a case: every one the forms ask of a case, as text, with no full personal number."""

from datetime import UTC, datetime, timedelta

import pytest

from oversight.cases import parties
from oversight.cases.escalations import services
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.overdue import escalate_overdue
from oversight.cases.papers import document_fields
from tests.oversight.cases.town import Town

pytestmark = pytest.mark.django_db


def test_a_dispatch_and_an_escalation_fill_their_forms(town: Town):
    case = town.opened("orange")
    lead = case.parties.get(part="lead")
    parties.sign(number=case.number, party=lead.pk, actor=town.squad_leader)
    escalate_overdue(now=datetime.now(UTC) + timedelta(days=60))
    one = Escalation.objects.get()
    services.instruct(number=one.number, actor=town.leader, note="三日内查清")
    one.refresh_from_db()
    dispatch, raised = document_fields(case), document_fields(one)
    assert (dispatch["文号"], dispatch["主送单位"], dispatch["等级"]) == (case.number, town.squad.name, "Ⅱ级橙")
    assert len(dispatch["责任分工"]) == 4
    assert str(town.squad_leader) in dispatch["送达回证"][0]
    assert "未签收" in dispatch["送达回证"][1]
    assert (raised["文号"], raised["紧急程度"], raised["责任领导"]) == (one.number, "紧急", "分管支队领导")
    assert "三日内查清" in raised["批示栏"][0]
    assert raised["协办"].count("、") == 2
    assert raised["提级原因"].startswith("超期：")
    assert town.subject.staff_no not in f"{dispatch}{raised}"
