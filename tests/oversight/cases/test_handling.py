"""What happens in a case until it is closed: parties, remarks, seal, closing by another, reopening."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.models import Role
from oversight.cases import closing, conduct, parties
from oversight.cases.acting import replayed
from oversight.cases.escalations.overdue import escalate_overdue
from oversight.cases.models import Approval, Case, Party
from oversight.cases.presenting import case_context
from oversight.cases.visibility import visible_cases
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.alerts.states import project
from tests.builders import make_user
from tests.oversight.cases.building import make_transfer
from tests.oversight.cases.town import Town

pytestmark = pytest.mark.services
S = Case.Status
CONCLUSION = "经核查属实,已整改到位并完善制度。"


@pytest.fixture
def case(town: Town) -> Case:
    return town.opened()


def lead_done(town: Town, case: Case) -> Party:
    lead = case.parties.get(part="lead")
    parties.sign(number=case.number, party=lead.pk, actor=town.squad_leader)
    return parties.report_duty(number=case.number, party=lead.pk, actor=town.squad_leader, work="已核查并约谈当事人")


def proposed(town: Town, case: Case, outcome: str = "confirmed") -> Case:
    lead_done(town, case)
    return closing.propose_closing(number=case.number, actor=town.supervisor, outcome=outcome, conclusion=CONCLUSION)


def alert_of(case: Case) -> Alert:
    return Alert.objects.get(of_case__case=case)


def test_each_party_signs_and_does_its_duty_on_its_own_clock(town: Town, case: Case):
    for party in case.parties.order_by("place"):
        who = town.signer(party)
        parties.sign(number=case.number, party=party.pk, actor=who)
        with pytest.raises(Conflict, match=str(who)):
            parties.sign(number=case.number, party=party.pk, actor=who)
        with pytest.raises(BadInput):
            parties.report_duty(number=case.number, party=party.pk, actor=who, work="好")
        parties.report_duty(number=case.number, party=party.pk, actor=who, work="已按要求履责完毕")
        party.refresh_from_db()
        assert (party.status, party.signed_by, party.done_by) == ("done", who, who)
        assert replayed(list(case.entries.order_by("id")), party.about) == "done"
    layers = set(case.entries.filter(kind="party.done").values_list("layer", flat=True))
    assert layers == {"unit", "department", "discipline"}


def test_no_other_unit_signs_and_what_is_not_enough_goes_back(town: Town, case: Case):
    lead = case.parties.get(part="lead")
    for wrong in (town.department_officer, town.supervisor, town.leader):
        with pytest.raises(NotAllowed):
            parties.sign(number=case.number, party=lead.pk, actor=wrong)
    outsider = make_user(Role.SQUAD_LEADER, town.cast.second)
    with pytest.raises(NotFound):
        parties.sign(number=case.number, party=lead.pk, actor=outsider)
    lead_done(town, case)
    with pytest.raises(NotAllowed):
        parties.return_duty(number=case.number, party=lead.pk, actor=town.second, note="材料不全,请补充")
    parties.return_duty(number=case.number, party=lead.pk, actor=town.supervisor, note="材料不全,请补充")
    lead.refresh_from_db()
    assert (lead.status, lead.done_by, lead.work != "") == ("signed", None, True)


def test_a_party_is_reminded_until_its_duty_is_done(town: Town, case: Case):
    def shown() -> dict[str, int]:
        return {row["unit"]: row["reminders"] for row in case_context(case, Viewer(town.supervisor, ""))["parties"]}

    above = case.parties.get(part="superior")
    helper = make_user(Role.SUPERVISOR, town.cast.detachment, staff_kind="auxiliary")
    for who in (town.supervisor, town.leader, helper):
        parties.remind(number=case.number, party=above.pk, actor=who, note="请抓紧督办")
    for wrong in (town.brigade_officer, town.squad_leader):
        with pytest.raises(NotAllowed):
            parties.remind(number=case.number, party=above.pk, actor=wrong)
    assert shown() == {town.squad.name: 0, town.brigade.name: 3, town.department.name: 0, town.inspection.name: 0}
    layers = case.entries.filter(kind="party.reminded").order_by("id").values_list("layer", flat=True)
    assert list(layers) == ["department", "committee", "members"]
    parties.sign(number=case.number, party=above.pk, actor=town.brigade_officer)
    parties.report_duty(number=case.number, party=above.pk, actor=town.brigade_officer, work="已督促一中队整改")
    with pytest.raises(Conflict, match=str(town.brigade_officer)):
        parties.remind(number=case.number, party=above.pk, actor=town.supervisor)
    proposed(town, case)
    closing.decide_closing(number=case.number, actor=town.second, approve=True)
    closing.reopen_case(number=case.number, actor=town.leader, note="整改不到位")
    assert set(shown().values()) == {0}


def test_a_duty_given_back_after_its_term_leaves_a_working_day(town: Town, case: Case):
    lead_done(town, case)
    lead = case.parties.get(part="lead")
    friday = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai
    Party.objects.filter(case=case).update(sign_due_at=friday + timedelta(days=9), due_at=friday + timedelta(days=9))
    Party.objects.filter(pk=lead.pk).update(due_at=friday - timedelta(hours=1))
    with time_machine.travel(friday, tick=False):
        parties.return_duty(number=case.number, party=lead.pk, actor=town.supervisor, note="材料不全,请补充")
    lead.refresh_from_db()
    monday = friday + timedelta(days=3)
    assert lead.due_at == monday
    assert [escalate_overdue(now=monday - timedelta(minutes=1)), escalate_overdue(now=monday)] == [0, 1]


def test_a_case_is_closed_by_another_and_its_alerts_with_it(town: Town, case: Case):
    with pytest.raises(Conflict):
        closing.propose_closing(number=case.number, actor=town.supervisor, outcome="confirmed", conclusion=CONCLUSION)
    proposed(town, case)
    for wrong in (town.supervisor, town.inspector, town.squad_leader):
        with pytest.raises(NotAllowed):
            closing.decide_closing(number=case.number, actor=wrong, approve=True)
    closing.decide_closing(number=case.number, actor=town.second, approve=True)
    case.refresh_from_db()
    alert = alert_of(case)
    assert (case.status, case.outcome, case.conclusion, case.closed_by) == (S.CLOSED, "confirmed", CONCLUSION, town.second)
    assert (alert.status, alert.outcome, project(alert.events.order_by("id")).status) == ("closed", "confirmed", "closed")
    closed = case.entries.get(kind="case.closed")
    assert len(closed.data["undone"]) == 3
    with pytest.raises(Conflict, match=str(town.second)):
        closing.decide_closing(number=case.number, actor=town.leader, approve=True)


def test_an_orange_case_is_closed_by_a_leader(town: Town):
    case = town.opened("orange")
    proposed(town, case, "partly")
    with pytest.raises(NotAllowed):
        closing.decide_closing(number=case.number, actor=town.second, approve=True)
    closing.decide_closing(number=case.number, actor=town.leader, approve=True)
    assert alert_of(case).outcome == "partly"


def test_a_transferred_case_leaves_its_alerts_unjudged(town: Town, case: Case):
    with pytest.raises(Conflict):
        proposed(town, case, "transferred")
    make_transfer(case, town.supervisor, town.leader)
    closing.propose_closing(number=case.number, actor=town.supervisor, outcome="transferred", conclusion=CONCLUSION)
    closing.decide_closing(number=case.number, actor=town.leader, approve=True)
    assert (alert_of(case).status, alert_of(case).outcome) == ("closed", "")


def test_what_is_not_agreed_goes_back_and_the_handler_may_take_it_back(town: Town, case: Case):
    proposed(town, case)
    with pytest.raises(BadInput):
        closing.decide_closing(number=case.number, actor=town.second, approve=False)
    closing.decide_closing(number=case.number, actor=town.second, approve=False, why="evidence")
    assert case.entries.get(kind="case.sent_back").data["note"] == "整改佐证不足"
    closing.propose_closing(number=case.number, actor=town.supervisor, outcome="confirmed", conclusion=CONCLUSION)
    closing.decide_closing(number=case.number, actor=town.supervisor, approve=False, note="补充材料后再报")
    case.refresh_from_db()
    assert case.status == S.HANDLING
    assert sorted(Approval.objects.filter(about=case.number).values_list("state", flat=True)) == ["lapsed", "refused"]


def test_more_evidence_lets_a_proposal_lapse(town: Town, case: Case):
    proposed(town, case)
    Alert.objects.filter(of_case__case=case).update(evidence_count=40)
    closing.decide_closing(number=case.number, actor=town.second, approve=True)
    case.refresh_from_db()
    assert (case.status, case.closed_by, alert_of(case).status) == (S.HANDLING, None, "assigned")
    assert case.entries.order_by("-id")[0].kind == "case.lapsed"


def test_what_another_area_holds_open_keeps_the_case_open(town: Town, case: Case, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(closing, "_checks", [])
    closing.register_closing_check(lambda case: [f"{case.number} 尚有整改单未销号"])
    lead_done(town, case)
    with pytest.raises(Conflict, match="整改单"):
        closing.propose_closing(number=case.number, actor=town.supervisor, outcome="confirmed", conclusion=CONCLUSION)


def test_a_leader_the_inspection_or_the_system_reopens_and_all_parties_are_called_anew(town: Town, case: Case):
    proposed(town, case)
    closing.decide_closing(number=case.number, actor=town.second, approve=True)
    with pytest.raises(NotAllowed):
        closing.reopen_case(number=case.number, actor=town.second, note="又出现同类情况")
    closing.reopen_case(number=case.number, actor=town.inspector, note="又出现同类情况")
    case.refresh_from_db()
    alert = alert_of(case)
    assert (case.status, case.reopened, case.outcome, case.closed_by) == (S.HANDLING, 1, "", None)
    assert (alert.status, alert.outcome) == ("assigned", "")
    assert set(case.parties.values_list("status", flat=True)) == {"waiting"}
    lead = case.parties.get(part="lead")
    assert replayed(list(case.entries.order_by("id")), lead.about) == "waiting"
    proposed(town, case)
    closing.decide_closing(number=case.number, actor=town.second, approve=True)
    assert [closing.reopen_by_system(case=case, grounds="反弹"), closing.reopen_by_system(case=case, grounds="反弹")] == [True, False]
    assert case.entries.filter(kind="case.reopened").order_by("-id")[0].actor is None


def test_who_closed_a_case_never_handles_it(town: Town, case: Case):
    proposed(town, case)
    closing.decide_closing(number=case.number, actor=town.second, approve=True)
    closing.reopen_case(number=case.number, actor=town.leader, note="重新核查一次")
    with pytest.raises(NotAllowed):
        conduct.hand_over(number=case.number, actor=town.leader, to=town.second.pk)
    third = make_user(Role.SUPERVISOR, town.cast.detachment, name="沈某")
    conduct.hand_over(number=case.number, actor=town.supervisor, to=third.pk, note="本周轮休")
    case.refresh_from_db()
    assert case.handler == third
    with pytest.raises(BadInput):
        conduct.hand_over(number=case.number, actor=third, to=town.squad_leader.pk)


def test_an_instruction_is_the_committees_and_a_remark_of_an_auxiliary_the_members(town: Town, case: Case):
    conduct.instruct(number=case.number, actor=town.leader, note="从严核查")
    with pytest.raises(NotAllowed):
        conduct.instruct(number=case.number, actor=town.supervisor, note="从严核查")
    auxiliary = make_user(Role.UNIT_OFFICER, town.squad, staff_kind="auxiliary")
    conduct.comment(number=case.number, actor=auxiliary, note="已整理台账")
    layers = list(case.entries.order_by("-id").values_list("kind", "layer")[:2])
    assert layers == [("case.commented", "members"), ("case.instructed", "committee")]


def test_a_sealed_case_is_led_by_the_inspection_and_hidden_from_all_below(town: Town, case: Case):
    with pytest.raises(NotAllowed):
        conduct.seal(number=case.number, actor=town.leader, note="涉嫌违纪")
    conduct.seal(number=case.number, actor=town.inspector, note="涉嫌违纪")
    case.refresh_from_db()
    assert (case.sealed, case.handler) == (True, town.inspector)
    for hidden in (town.supervisor, town.squad_leader, town.department_officer):
        assert not visible_cases(hidden).exists()
    make_transfer(case, town.inspector, town.leader)
    closing.propose_closing(number=case.number, actor=town.inspector, outcome="transferred", conclusion=CONCLUSION)
    with pytest.raises(NotAllowed):
        closing.decide_closing(number=case.number, actor=town.inspector, approve=True)
    closing.decide_closing(number=case.number, actor=town.leader, approve=True)
    case.refresh_from_db()
    assert case.status == S.CLOSED


def test_a_seal_is_taken_off_and_all_see_it_again(town: Town, case: Case):
    conduct.seal(number=case.number, actor=town.inspector, note="涉嫌违纪")
    conduct.unseal(number=case.number, actor=town.inspector, note="已排除")
    assert visible_cases(town.squad_leader).exists()


def test_the_database_refuses_a_party_half_done(town: Town, case: Case):
    with pytest.raises(IntegrityError), transaction.atomic():
        case.parties.update(status="done", done_by=town.supervisor, done_at=datetime.now(UTC))
