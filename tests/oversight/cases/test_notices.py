"""抄送我 and the bell: who is told of a case that does nothing in it, what reaches whom, and that it is gone with the sight of the case."""

from dataclasses import replace

import pytest

from ledger.roster.models import Role, User
from oversight.breakers.evaluating import evaluate_breakers
from oversight.breakers.visibility import visible_breakers
from oversight.cases import closing, conduct, parties
from oversight.cases.escalations import services as escalations
from oversight.cases.models import Case, CaseEntry, Party
from oversight.cases.policy.reading import DEFAULTS
from oversight.cases.services import NewParty, decide_dispatch, open_case
from oversight.cases.work import parties_waiting
from oversight.center.work import Work
from oversight.duty.bell import bell_context, unread
from oversight.orders import services as orders
from oversight.viewer import Viewer
from risk.alerts.models import Recused
from tests.builders import make_user
from tests.oversight.breakers.building import make_policy, make_warning, overseen
from tests.oversight.cases.town import Town
from tests.oversight.cast import logged_in


def told(user: User) -> list[str]:
    """The addresses the bell of a person opens, newest first; as many as it counts."""
    rows = bell_context(Viewer(user))["rows"]
    assert unread(Viewer(user)) == len(rows)
    return [row["url"] for row in rows]


def copied(user: User) -> int:
    """What the tab 抄送我 counts, which was found equal to what it lists."""
    work = Work(Viewer(user))
    assert work.counts["copied"] == sum(len(part.rows) for part in work.parts("copied", 0))
    return work.counts["copied"]


@pytest.mark.services
def test_a_red_case_is_told_to_the_levels_of_its_policy_and_vanishes_with_the_sight_of_it(town: Town):
    case = town.opened("red")
    page = f"/cases/{case.number}/"
    raised = f"{page}#{case.escalations.get().number}"
    assert case.policy["copied"] == ["committee", "discipline"]
    assert CaseEntry.objects.filter(kind="case.copied").count() == 2
    # The other leader is told of the case and asked to receive its escalation; who approved it and who is party to it do something in it.
    assert (copied(town.other), sorted(told(town.other))) == (1, [page, raised])
    assert (copied(town.leader), told(town.leader)) == (0, [raised])
    assert (copied(town.inspector), told(town.inspector)) == (0, [page])
    # The squad's case was raised above it: it keeps its sight of it.
    assert (copied(town.squad_leader), sorted(told(town.squad_leader))) == (1, [page, raised])
    assert (copied(town.brigade_officer), told(town.brigade_officer)) == (0, [page])
    assert told(town.supervisor) == [page]  # approved
    Recused.objects.create(alert=case.alerts.get().alert, staff_no=town.other.staff_no, reason="related")
    assert (copied(town.other), told(town.other)) == (0, [])
    conduct.seal(number=case.number, actor=town.inspector, note="涉嫌违纪")
    assert (copied(town.squad_leader), told(town.squad_leader), told(town.supervisor)) == (0, [], [])
    assert told(town.leader) == [raised]


@pytest.mark.services
def test_a_decision_is_asked_of_who_may_decide_until_somebody_has(town: Town):
    case = open_case(alerts=[town.issued("orange").number], actor=town.supervisor, parties=town.parties)
    page = f"/cases/{case.number}/"
    lower = make_user(Role.LEADER, town.cast.second)
    assert (told(town.leader), told(town.other), told(lower)) == ([page], [page], [])
    assert (told(town.second), told(town.squad_leader)) == ([], [])
    decide_dispatch(number=case.number, actor=town.leader, approve=False, note="主办单位有误")
    assert (told(town.other), told(town.supervisor)) == ([], [page])


def test_a_closing_of_a_yellow_case_is_asked_of_other_supervisors_too_and_its_end_told_to_the_handler(town: Town):
    case = town.opened()
    lead = case.parties.get(part="lead")
    parties.sign(number=case.number, party=lead.pk, actor=town.squad_leader)
    parties.report_duty(number=case.number, party=lead.pk, actor=town.squad_leader, work="已核查并整改")
    closing.propose_closing(number=case.number, actor=town.supervisor, outcome="confirmed", conclusion="经核查属实,已整改到位。")
    page = f"/cases/{case.number}/"
    assert (told(town.second), told(town.supervisor), told(town.inspector)) == ([page], [], [page])
    closing.decide_closing(number=case.number, actor=town.leader, approve=True)
    assert (told(town.second), told(town.supervisor)) == ([], [page])


def test_who_raised_a_case_hears_that_it_was_received_and_who_is_handed_one_that_it_was(town: Town):
    case = town.opened()
    made = escalations.raise_case(
        number=case.number, actor=town.supervisor, to=f"committee:{town.cast.detachment.code}", grounds="大队核查久拖不决"
    )
    assert copied(town.supervisor) == 1
    assert told(town.supervisor) == []
    escalations.receive(number=made.number, actor=town.leader)
    assert told(town.supervisor) == [f"/cases/{case.number}/"]
    conduct.hand_over(number=case.number, actor=town.supervisor, to=town.second.pk, note="轮岗")
    assert told(town.second) == [f"/cases/{case.number}/"]


def test_a_redacted_unit_hears_the_number_of_its_case_alone(town: Town):
    town.squad.leader_no = town.squad_leader.staff_no
    town.squad.save()
    alert = town.issued()
    Recused.objects.create(alert=alert, staff_no=town.squad_leader.staff_no, reason="squad_leader")
    case = town.opened(alerts=[alert])
    assert case.parties.get(part="lead").redacted
    assert [row["detail"] for row in bell_context(Viewer(town.squad_leader))["rows"]] == [case.number]


def test_a_reminded_unit_hears_of_it_and_nobody_else(town: Town):
    case = town.opened()
    url = f"/cases/{case.number}/"
    before = {who: told(who).count(url) for who in (town.department_officer, town.squad_leader, town.inspector)}
    answer = logged_in(town.supervisor).post(f"{url}parties/{case.parties.get(part='department').pk}/remind/")
    assert (answer.status_code, answer["Location"]) == (302, url)
    heard = {who: told(who).count(url) - number for who, number in before.items()}
    assert heard == {town.department_officer: 1, town.squad_leader: 0, town.inspector: 0}


def test_a_unit_that_takes_two_parts_finds_one_line_that_says_both(town: Town):
    both = [replace(one, unit=town.brigade.code) if one.part == "department" else one for one in town.parties]
    case = town.opened(parties=both)
    (line,) = parties_waiting(Viewer(town.brigade_officer))
    for part in (Party.Part.SUPERIOR, Party.Part.DEPARTMENT):
        assert str(part.label) in line["who"]
    parties.sign(number=case.number, party=case.parties.get(part="superior").pk, actor=town.brigade_officer)
    (line,) = parties_waiting(Viewer(town.brigade_officer))
    assert line["label"] == str(Party.Status.WAITING.label)
    assert Work(Viewer(town.brigade_officer)).counts["todo"] == 1


@pytest.mark.services
def test_orders_are_told_to_the_unit_and_answers_to_who_issued_them(town: Town):
    case = town.opened()
    given = {"requirement": "逐笔说明撤销理由", "problems": [{"fact": "近30日违法撤销21笔"}]}
    order = orders.issue_order(case=case, party=case.parties.get(part="lead"), actor=town.second, **given)
    answer = f"/orders/{order.number}/response/"
    assert answer in told(town.squad_leader)
    assert told(town.second) == []
    CaseEntry.objects.create(case=case, about=order.number, kind="order.overdue", at=order.issued_at)
    assert told(town.squad_leader).count(answer) == 2
    # Who issued it, and who handles the case, hear of it on their own page.
    assert told(town.second) == told(town.supervisor) == [f"/orders/{order.number}/"]
    Recused.objects.create(alert=case.alerts.get().alert, staff_no=town.squad_leader.staff_no, reason="handled")
    assert told(town.squad_leader) == []


@pytest.mark.services
def test_a_trip_in_a_unit_reaches_its_own_people(town: Town):
    station = overseen(town.squad)
    make_policy(author=town.supervisor, armed_by=town.leader, trip_at=1, probation_trip_at=1, clear_at=1)
    alert = make_warning(town.squad, station.code, people=[town.supervisor, town.second])
    evaluate_breakers()
    (breaker,) = visible_breakers(town.leader)
    page = f"/breakers/{breaker.number}/"
    assert (told(town.squad_leader), told(town.brigade_officer), told(town.department_officer)) == ([page], [page], [])
    Recused.objects.create(alert=alert, staff_no=town.squad_leader.staff_no, reason="responsible")
    assert told(town.squad_leader) == []


def test_nobody_is_told_of_a_level_whose_policy_copies_nobody(town: Town):
    assert DEFAULTS["yellow"].copied == ()
    town.opened()
    assert (copied(town.other), CaseEntry.objects.filter(kind="case.copied").count()) == (0, 0)
    assert NewParty("lead", "U1").duty == ""
    assert Case.objects.get().parties.count() == 4
