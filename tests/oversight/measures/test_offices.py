"""Offices beside the centre: the business department of a case proposes, the legal department reviews, also where the case is sealed."""

from datetime import UTC, datetime

import pytest
import time_machine

from ledger.kit.errors import NotAllowed, NotFound
from ledger.roster.models import Role, User
from oversight.cases.conduct import seal
from oversight.cases.models import Case, CaseEntry, Party
from oversight.cases.people import Person
from oversight.center.work import Work
from oversight.documents.measure_sources import OF_MEASURES
from oversight.duty.bell import bell_context, unread
from oversight.measures.acting import perform, propose
from oversight.measures.catalogue import KINDS
from oversight.measures.queries import visible_measures
from oversight.viewer import Viewer
from risk.alerts.models import Recused
from tests.builders import make_unit, make_user
from tests.oversight.cases.building import make_case, make_party
from tests.oversight.cast import logged_in
from tests.oversight.measures.building import REASON, Town, act, clock, proposed, to_decide, typed_for


def department_officer(town: Town, **extra: str) -> User:
    unit = make_unit("车辆管理科", kind="department", parent=town.cast.detachment)
    make_party(town.case, unit, "department")
    return make_user(Role.UNIT_OFFICER, unit, name="褚某", **extra)


def proposes(town: Town, code: str, who: User, case: Case | None = None) -> object:
    given = typed_for(code) | ({"to": [town.squad.code]} if code == "circulars" else {})
    return propose(kind=KINDS[code], case_number=(case or town.case).number, given=given, actor=who)


def todo(user: User) -> tuple[int, int]:
    """What the bell tells as new, and what waits on the workbench."""
    return unread(Viewer(user)), Work(Viewer(user)).counts["todo"]


@pytest.mark.services
@pytest.mark.parametrize("code", ["interviews", "accountability", "suspensions", "circulars"])
def test_the_business_department_of_a_case_proposes_and_others_decide(town: Town, code: str):
    officer = department_officer(town)
    page = logged_in(officer).get(f"/cases/{town.case.number}/").content.decode()
    assert f"/measures/{code}/propose/{town.case.number}/" in page
    assert f"/measures/transfers/propose/{town.case.number}/" not in page
    assert logged_in(officer).get(f"/measures/{code}/propose/{town.case.number}/").status_code == 200
    one = proposes(town, code, officer)
    assert CaseEntry.objects.get(about=one.number).layer == "department"
    possible = KINDS[code].possible(Person.of(officer), one)
    assert "edit" in possible and not possible - {"edit", "withdraw", "cancel"}
    assert act(one, "edit", officer, **typed_for(code) | ({"to": [town.squad.code]} if code == "circulars" else {})).proposed_by == officer


def test_who_is_no_officer_of_the_case_s_business_department_proposes_nothing(town: Town):
    officer = department_officer(town)
    with pytest.raises(NotAllowed):
        proposes(town, "transfers", officer)
    with pytest.raises(NotFound):
        proposes(town, "interviews", officer, make_case(town.proposer, unit=town.cast.second))
    lead = make_user(Role.UNIT_OFFICER, town.squad)
    make_party(town.case, town.squad, "lead")
    auxiliary = make_user(Role.UNIT_OFFICER, officer.grants.get().unit, staff_kind="auxiliary")
    proposed(town, "suspensions")  # which makes the legal department a party
    for other in (lead, auxiliary, town.legal):
        assert logged_in(other).get(f"/measures/interviews/propose/{town.case.number}/").status_code == 403
        with pytest.raises(NotAllowed):
            proposes(town, "interviews", other)


def test_legal_signs_within_a_working_day_of_its_own(town: Town):
    with time_machine.travel(datetime(2026, 11, 27, 9, 30, tzinfo=UTC), tick=False):  # Friday 17:30 in Shanghai
        proposed(town, "suspensions")
    assert town.case.parties.get(part="legal").sign_due_at == datetime(2026, 11, 30, 9, 30, tzinfo=UTC)


@pytest.mark.services
def test_in_a_sealed_case_legal_sees_the_measure_it_reviews_and_nothing_else(town: Town):
    seal(number=town.case.number, actor=town.inspector, note="涉嫌违纪")
    one = propose(kind=KINDS["suspensions"], case_number=town.case.number, given=typed_for("suspensions"), actor=town.inspector)
    other = propose(kind=KINDS["interviews"], case_number=town.case.number, given=typed_for("interviews"), actor=town.inspector)
    client = logged_in(town.legal)
    listed, page = (
        client.get("/measures/suspensions/").content.decode(),
        client.get(f"/measures/suspensions/{one.number}/").content.decode(),
    )
    for told in (listed, page):
        assert one.number in told and town.case.number not in told and town.case.title not in told
    assert client.get(f"/cases/{town.case.number}/").status_code == 404
    assert client.get(f"/measures/interviews/{other.number}/").status_code == 404
    assert todo(town.legal) == (1, 1)
    with pytest.raises(NotFound):
        OF_MEASURES["suspension_notice"].resolve(town.legal, one.number)
    Recused.objects.create(alert=town.case.alerts.get().alert, staff_no=town.legal.staff_no, reason="spouse")
    assert client.get(f"/measures/suspensions/{one.number}/").status_code == 404
    assert todo(town.legal) == (0, 0)
    Recused.objects.all().delete()
    answer = client.post(f"/measures/suspensions/{one.number}/review/", {"legal_opinion": "事实清楚，依据适当，同意"})
    assert answer.headers["Location"] == f"/measures/suspensions/{one.number}/"
    colleague = make_user(Role.UNIT_OFFICER, one.legal_unit)
    # What they agreed to they may read again; nobody else of the department does, and nothing more can be done with it.
    assert client.get(f"/measures/suspensions/{one.number}/").context["acts"] == []
    assert not visible_measures(KINDS["suspensions"], colleague).exists()
    assert todo(town.legal) == (0, 0)


def test_legal_that_also_supervises_does_no_more_in_a_sealed_case_than_review(town: Town):
    from tests.builders import grant_role

    one = act(proposed(town, "accountability"), "find", town.legal, finding="negligence", finding_text="未尽查验义务，属过失")
    seal(number=town.case.number, actor=town.inspector, note="涉嫌违纪")
    grant_role(town.legal, Role.SUPERVISOR, town.cast.detachment)
    given = {"hearing": "heard", "heard_on": "2026-01-01", "statement": "认可事实，表示接受"}
    with pytest.raises(NotAllowed):
        perform(kind=KINDS["accountability"], number=one.number, act="hear", given=given, actor=town.legal)
    with pytest.raises(NotFound):
        perform(kind=KINDS["accountability"], number=one.number, act="hear", given=given, actor=make_user(Role.SUPERVISOR, town.squad))


def test_the_review_is_the_part_of_the_legal_department(town: Town):
    make_party(town.case, town.squad, "lead")
    one = proposed(town, "suspensions")
    party = Party.objects.get(part="legal")
    assert (party.unit, party.place, party.status) == (one.legal_unit, 2, "waiting")
    one = act(one, "send_back", town.legal, **REASON)
    party.refresh_from_db()
    assert party.status == "signed"
    one = act(one, "edit", town.proposer, **typed_for("suspensions"))
    one = act(one, "review", town.legal, legal_opinion="事实清楚，依据适当，同意")
    party.refresh_from_db()
    assert (party.status, party.done_by, party.work) == ("done", town.legal, "事实清楚，依据适当，同意")
    act(one, "edit", town.proposer, **typed_for("suspensions"))
    party.refresh_from_db()
    assert (party.status, party.done_by) == ("waiting", None)
    moves = CaseEntry.objects.filter(about=party.about, data__has_key="to").order_by("id")
    assert [entry.data["to"] for entry in moves] == ["waiting", "signed", "done", "waiting"]


def told(user: User) -> list[str]:
    """The addresses the bell of a person opens; as many as it counts."""
    rows = bell_context(Viewer(user))["rows"]
    assert unread(Viewer(user)) == len(rows)
    return [row["url"] for row in rows]


@pytest.mark.services
def test_a_decision_is_asked_of_who_may_decide_and_an_interview_told_to_who_is_called_and_who_holds_it(town: Town):
    called = make_user(None, town.squad, staff=town.auxiliary)
    one = proposed(town, "interviews")
    page = f"/measures/interviews/{one.number}/"
    assert (told(town.leader), told(town.inspector), told(town.proposer), told(town.legal)) == ([page], [page], [], [])
    one = act(one, "approve", town.leader)
    assert (told(town.leader), told(town.inspector)) == ([], [])
    given = {"held_on": clock(1), "place": "约谈室", "recorder": "周某", "contact": "谢某"}
    one = act(one, "notify", town.proposer, interviewer=town.inspector.username, second=town.proposer.username, **given)
    assert (told(called), told(town.inspector), told(town.proposer)) == ([f"/measures/mine/interviews/{one.number}/"], [page], [])
    Recused.objects.create(alert=town.case.alerts.get().alert, staff_no=town.inspector.staff_no, reason="spouse")
    assert (len(told(called)), told(town.inspector)) == (1, [])
    act(one, "cancel", town.leader, **REASON)
    assert told(called) == []


def test_what_leaders_decide_alone_is_asked_of_them_and_never_of_whom_it_is_about(town: Town):
    one = to_decide(town)
    assert (told(town.leader), told(town.inspector)) == ([f"/measures/suspensions/{one.number}/"], [])
    other = proposed(town, "interviews", subject_code=town.leader.staff_no)
    assert f"/measures/interviews/{other.number}/" in told(town.inspector)
    assert told(town.leader) == [f"/measures/suspensions/{one.number}/"]
