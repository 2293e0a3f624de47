"""临期 and 超期 of parties and escalations are entered once for each term, and told to who answers for it."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.roster.models import User
from oversight.cases import conduct, parties
from oversight.cases.models import Approval, Case
from oversight.cases.services import decide_dispatch, open_case
from oversight.cases.timers import KINDS, remind_due
from oversight.duty.bell import bell_context
from oversight.viewer import Viewer
from tests.oversight.cases.building import make_escalation
from tests.oversight.cases.test_races import at_once
from tests.oversight.cases.test_running import lead, ready, working
from tests.oversight.cases.town import Town, make_town
from tests.oversight.cast import make_cast

pytestmark = pytest.mark.services
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def marks(case: Case) -> list[tuple[str, str]]:
    return list(case.entries.filter(kind__in=KINDS).order_by("id").values_list("kind", "about"))


def told(user: User) -> list[str]:
    return [row["text"] for row in bell_context(Viewer(user))["rows"]]


def test_each_term_of_a_party_is_marked_once_near_its_end_and_once_when_it_is_over(town: Town):
    case = ready(town)
    party = lead(case)
    end, about = party.sign_due_at, party.about
    assert remind_due() == 0
    assert [remind_due(now=end - MINUTE), remind_due(now=end - MINUTE)] == [1, 0]
    assert [remind_due(now=end), remind_due(now=end + DAY)] == [1, 0]
    parties.sign(number=case.number, party=party.pk, actor=town.squad_leader)
    assert remind_due(now=party.due_at + DAY) == 1
    assert marks(case) == [("party.soon", about), ("party.overdue", about), ("party.overdue", about)]
    assert sum("时限" in text for text in told(town.squad_leader)) == 3
    assert sum("一中队" in text for text in told(town.supervisor)) == 2
    assert (len(told(town.department_officer)), told(town.second)) == (1, [])


def test_what_a_party_was_given_to_do_has_marks_of_its_own(town: Town):
    case = ready(town)
    order = working(town, case)
    assert remind_due(now=order.due_at + DAY) == 0


def test_the_term_of_an_escalation_is_told_to_its_addressee_and_over_also_to_who_raised_it(town: Town):
    case = ready(town)
    one = make_escalation(case, town.cast.detachment, raised_by=town.second)
    case.parties.update(sign_due_at=one.due_at + 5 * DAY)
    for at, number in ((one.due_at - MINUTE, 1), (one.due_at, 1), (one.due_at + HOUR, 0)):
        assert remind_due(now=at) == number
    assert (len(told(town.leader)), len(told(town.second)), told(town.squad_leader)[1:]) == (2, 1, [])
    one.status, one.received_by, one.received_at = "supervised", town.leader, one.due_at
    one.due_at += DAY
    one.save()
    assert remind_due(now=one.due_at) == 1
    assert [kind for kind, _about in marks(case)] == ["escalation.soon", "escalation.overdue", "escalation.overdue"]


def of_term(user: User) -> list[str]:
    return [text for text in told(user) if text.startswith(("交办审批临期", "交办审批超期"))]


def test_a_leader_who_lets_a_dispatch_wait_is_told_and_then_its_handler_too(town: Town):
    case = open_case(alerts=[town.issued("red").number], actor=town.supervisor, parties=town.parties)
    due = Approval.objects.get(about=case.number).due_at
    assert due is not None
    assert [remind_due(now=at) for at in (due - HOUR, due - MINUTE, due, due + HOUR)] == [0, 1, 1, 0]
    assert marks(case) == [("dispatch.soon", case.number), ("dispatch.overdue", case.number)]
    heard = [len(of_term(who)) for who in (town.leader, town.other, town.supervisor, town.squad_leader)]
    assert heard == [2, 2, 1, 0]
    decide_dispatch(number=case.number, actor=town.leader, approve=True)
    assert of_term(town.other) == []


def test_of_a_sealed_case_nobody_is_told(town: Town):
    case = ready(town)
    conduct.seal(number=case.number, actor=town.inspector, note="涉嫌违纪")
    assert remind_due(now=datetime.now(UTC) + 60 * DAY) == 0


@pytest.mark.django_db(transaction=True)
def test_several_strokes_at_once_enter_a_term_once():
    case = ready(make_town(make_cast()))
    late = lead(case).sign_due_at + HOUR
    assert sorted(at_once(*[lambda: remind_due(now=late)] * 3)) == [0, 0, 1]
    assert len(marks(case)) == 1
