"""Which term runs for a party: its own, and that of its orders while it has any; what the list calls late is what is raised."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from oversight.cases import parties
from oversight.cases.clocks import party_clock
from oversight.cases.escalations.overdue import escalate_overdue
from oversight.cases.lists import Wanted, case_row, filtered
from oversight.cases.models import Case, Party
from oversight.cases.papers import moment
from oversight.cases.running import with_terms
from oversight.documents.services import draft_document
from oversight.orders import extending, responding, reviewing, services
from oversight.orders.models import Draft, Order
from oversight.viewer import Viewer
from tests.oversight.cases.town import Town
from tests.oversight.orders.building import PROBLEM, TYPED, hours

pytestmark = pytest.mark.services
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def ready(town: Town, level: str = "yellow") -> Case:
    """A case in which all but the lead unit have done their duty."""
    case = town.opened(level)
    for party in case.parties.exclude(part="lead"):
        parties.sign(number=case.number, party=party.pk, actor=town.signer(party))
        parties.report_duty(number=case.number, party=party.pk, actor=town.signer(party), work="已按要求履责完毕")
    return case


def lead(case: Case) -> Party:
    return with_terms(case.parties.all()).select_related("unit").get(part="lead")


def working(town: Town, case: Case, **terms: datetime) -> Order:
    """An order to the lead unit, signed for."""
    told = {"requirement": "逐笔说明撤销理由", "problems": [PROBLEM]}
    made = services.issue_order(case=case, party=lead(case), actor=town.supervisor, **told, **terms)
    return services.sign(number=made.number, actor=town.squad_leader)


def answer(town: Town, order: Order) -> None:
    version = Draft.objects.filter(order=order).values_list("version", flat=True).first() or 0
    responding.send_report(number=order.number, actor=town.squad_leader, version=version, stage="final", typed=TYPED)


def late(town: Town, case: Case, now: datetime) -> bool:
    """Whether the case is late at a moment: to the list under its filter, to the clock of its row, and to what raises it."""
    listed = case in filtered(Viewer(town.supervisor, ""), Wanted(clock="overdue"), now)
    row = case_row(case, list(with_terms(case.parties.all()).select_related("unit")), now)
    assert (row["deadline"] is not None and row["deadline"].state == "overdue") is listed
    raised = escalate_overdue(now=now)
    assert (raised > 0) is listed
    if raised:
        assert "一中队" in case.escalations.latest("id").grounds
    return listed


def test_an_extension_that_was_granted_is_the_term(town: Town):
    case = ready(town)
    order = working(town, case)
    until = order.due_at + 10 * DAY
    extending.ask_extension(number=order.number, actor=town.squad_leader, until=until, note="涉及跨年台账")
    extending.decide_extension(number=order.number, actor=town.second, approve=True)
    assert not late(town, case, until - MINUTE)
    assert late(town, case, until)


def test_what_lies_with_the_centre_runs_for_nobody(town: Town):
    case = ready(town)
    order = working(town, case)
    answer(town, order)
    assert not late(town, case, order.due_at + 30 * DAY)
    assert party_clock(lead(case)) is None


def test_a_return_with_a_new_term_runs_to_that(town: Town):
    case = ready(town)
    order = working(town, case)
    answer(town, order)
    again = order.due_at + 3 * DAY
    reviewing.send_back(number=order.number, actor=town.second, comments={"cause": "未说明原因"}, due_at=again)
    assert not late(town, case, again - MINUTE)
    assert late(town, case, again)


def test_the_shorter_term_of_an_order_is_the_one_that_ends(town: Town):
    case = ready(town)
    order = working(town, case, sign_due_at=hours(1), due_at=hours(5))
    assert not late(town, case, order.due_at - MINUTE)
    assert late(town, case, order.due_at)


def test_a_first_report_that_does_not_come_is_late(town: Town):
    case = ready(town, "red")
    order = working(town, case)
    assert order.first_due_at is not None
    assert order.first_due_at < lead(case).due_at
    assert not late(town, case, order.first_due_at - MINUTE)
    assert late(town, case, order.first_due_at)


def test_another_order_to_a_unit_that_has_done_its_duty_counts_again(town: Town):
    case = ready(town)
    first = working(town, case)
    answer(town, first)
    reviewing.accept(number=first.number, actor=town.second)
    assert lead(case).status == "done"
    assert not late(town, case, first.due_at + DAY)
    second = working(town, case)
    assert not late(town, case, second.due_at - MINUTE)
    assert late(town, case, second.due_at)
    answer(town, second)
    reviewing.accept(number=second.number, actor=town.second)
    clock = party_clock(lead(case))
    assert clock is not None
    assert clock.state == "done"


def test_of_several_orders_the_one_that_ends_first_counts(town: Town):
    case = ready(town)
    far, near = working(town, case, due_at=hours(200)), working(town, case, due_at=hours(100))
    answer(town, near)
    assert not late(town, case, near.due_at + DAY)
    assert lead(case).term_end == far.due_at
    assert late(town, case, far.due_at)


def test_a_duty_answered_in_time_was_done_in_time_however_long_the_review_took(town: Town):
    case = ready(town)
    order = working(town, case)
    answer(town, order)
    Party.objects.filter(case=case, part="lead").update(due_at=datetime.now(UTC) - DAY)
    reviewing.accept(number=order.number, actor=town.second)
    done = lead(case)
    order.refresh_from_db()
    assert (done.done_at, done.due_at) == (order.answered_at, order.due_at)
    assert case.entries.get(kind="party.done", about=done.about).data["late"] is False


def test_the_paper_that_goes_up_tells_of_the_terms_that_run(town: Town):
    """督办单: a unit whose order was extended or answered is not told of as late."""
    case = ready(town)
    order = working(town, case)
    until = order.due_at + 10 * DAY
    extending.ask_extension(number=order.number, actor=town.squad_leader, until=until, note="涉及跨年台账")
    extending.decide_extension(number=order.number, actor=town.second, approve=True)

    def told(at: datetime) -> str:
        with time_machine.travel(at, tick=False):
            draft = draft_document(kind="supervision_order", about=case.number, actor=town.supervisor)
        return str(draft.values["原承办与逾期情况"])

    assert f"应于{moment(until)}前办结，正在办理" in told(until - MINUTE)
    assert f"应于{moment(until)}前办结，逾期未办结" in told(until + MINUTE)
    answer(town, order)
    assert "已反馈，待复核" in told(until + MINUTE)
