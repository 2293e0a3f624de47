"""Papers of a case: 交办单 and the 督办单 of an escalation fill what their forms ask, with the terms that run."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from ledger.kit.errors import NotFound
from ledger.roster.models import Role
from oversight.cases import parties
from oversight.cases.escalations import services
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.overdue import escalate_overdue
from oversight.cases.models import Case
from oversight.cases.papers import moment
from oversight.documents.services import Draft, draft_document
from oversight.documents.sources import offers_of
from oversight.orders import extending, reviewing
from oversight.orders.models import Order
from tests.builders import make_user
from tests.oversight.cases.test_running import answer, lead, ready, working
from tests.oversight.cases.town import Town

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_an_escalation_fills_its_form(town: Town):
    case = town.opened("orange")
    parties.sign(number=case.number, party=lead(case).pk, actor=town.squad_leader)
    parties.remind(number=case.number, party=lead(case).pk, actor=town.supervisor, note="请抓紧")
    escalate_overdue(now=datetime.now(UTC) + 60 * DAY)
    one = Escalation.objects.get()
    services.instruct(number=one.number, actor=town.leader, note="三日内查清")
    assert one.number in [offer.about for kind, offer in offers_of(case) if kind.code == "supervision_order"]
    draft = draft_document(kind="supervision_order", about=one.number, actor=town.supervisor)
    told = draft.values
    assert (told["紧急程度"], told["责任领导"], told["主办"]) == ("紧急", "分管支队领导", town.squad.name)
    assert str(told["提级原因"]).startswith("超期：")
    assert str(told["督办层级"]).endswith(town.cast.detachment.name)
    assert "三日内查清" in told["批示栏"]
    assert "请抓紧" in told["催办记录"][0]
    assert str(told["协办"]).count("、") == 2
    assert str(told["原承办与逾期情况"]).count("尚未签收") == 3
    assert {unit.pk for unit in draft.units} == {town.cast.detachment.pk, *case.parties.values_list("unit", flat=True)}
    assert town.subject.staff_no not in f"{told}"
    with pytest.raises(NotFound):
        draft_document(kind="supervision_order", about=one.number, actor=make_user(Role.SUPERVISOR, town.cast.second))


def assignment(town: Town, case: Case) -> Draft:
    return draft_document(kind="assignment", about=case.number, actor=town.supervisor)


def extended(town: Town, case: Case) -> tuple[Order, datetime]:
    order = working(town, case)
    until = order.due_at + 10 * DAY
    extending.ask_extension(number=order.number, actor=town.squad_leader, until=until, note="涉及跨年台账")
    extending.decide_extension(number=order.number, actor=town.second, approve=True)
    return order, until


def test_the_assignment_tells_each_party_the_term_that_runs_for_it(town: Town):
    case = ready(town)
    fresh = assignment(town, case).values
    assert (fresh["依据"], fresh["整改要求"]) == ("清单项 D-07", "按期反馈")
    assert f"{moment(lead(case).sign_due_at)}前签收，{moment(lead(case).due_at)}前办结" in fresh["责任分工"][0]
    assert fresh["期限"] == moment(lead(case).due_at)
    order, until = extended(town, case)
    told = assignment(town, case).values
    assert (told["责任分工"][0].endswith(f"（{moment(until)}前办结）"), told["期限"]) == (True, moment(until))
    answer(town, order)
    assert assignment(town, case).values["责任分工"][0].endswith("（已反馈，待复核）")
    reviewing.accept(number=order.number, actor=town.second)
    assert assignment(town, case).values["责任分工"][0].endswith(f"（已于{moment(lead(case).done_at)}办结）")


def test_the_paper_of_an_escalation_calls_no_unit_late_under_a_longer_term(town: Town):
    case = ready(town)
    _order, until = extended(town, case)
    made = services.raise_case(
        number=case.number, actor=town.supervisor, to=f"committee:{town.cast.detachment.code}", grounds="支队关注此案"
    )
    for at, said in ((until - timedelta(minutes=1), "正在办理"), (until + timedelta(minutes=1), "逾期未办结")):
        with time_machine.travel(at, tick=False):
            told = draft_document(kind="supervision_order", about=made.number, actor=town.supervisor).values
        assert f"应于{moment(until)}前办结，{said}" in told["原承办与逾期情况"]
        assert str(told["延期"]).endswith(f"批准延期至{moment(until)}")
