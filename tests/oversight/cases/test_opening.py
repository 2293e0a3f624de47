"""交办: what opening a case writes, who must approve it, who sees it from when, and what stands in its way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.urls import reverse

from ledger.audit.models import AuditEntry
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.models import Role
from oversight.cases.acting import replayed
from oversight.cases.models import Approval, Case, CaseEntry, Party
from oversight.cases.policy.reading import DEFAULTS, Policy
from oversight.cases.services import NewParty, ask_again, decide_dispatch, open_case
from oversight.cases.visibility import openly_visible_cases, visible_case, visible_cases
from oversight.center.models import RelatedAlerts
from oversight.documents.services import draft_document, make_document
from oversight.measures.acting import propose
from oversight.measures.catalogue import KINDS
from oversight.orders.models import Order
from oversight.orders.services import issue_order
from risk.alerts.models import Alert, Recused
from risk.alerts.states import project
from tests.builders import make_alert, make_rule, make_unit, make_user
from tests.oversight.cases.town import Town
from tests.oversight.cast import logged_in
from tests.oversight.measures.building import typed_for
from tests.oversight.orders.building import PROBLEM, make_order

pytestmark = pytest.mark.services
S = Case.Status


def kinds(case: Case) -> list[str]:
    return [kind for kind in case.entries.order_by("id").values_list("kind", flat=True) if kind != "party.called"]


def test_a_yellow_case_is_dispatched_by_its_supervisor(town: Town):
    alert = town.issued()
    before = datetime.now(UTC)
    case = town.opened(alerts=[alert])
    alert.refresh_from_db()
    assert (case.status, case.handler, case.unit, case.level) == (S.HANDLING, town.supervisor, town.squad, "yellow")
    assert (alert.status, project(alert.events.order_by("id")).status) == ("assigned", "assigned")
    assert kinds(case) == ["case.opened", "case.dispatched"]
    assert alert.number in case.facts
    assert town.subject.staff_no not in case.facts
    assert "梁某" not in case.title
    assert Policy.kept(case.policy) == DEFAULTS["yellow"]
    parties = list(case.parties.order_by("place"))
    assert [(party.part, party.layer, party.status) for party in parties] == [
        ("lead", "unit", "waiting"),
        ("superior", "unit", "waiting"),
        ("department", "department", "waiting"),
        ("discipline", "discipline", "waiting"),
    ]
    assert all(before < party.sign_due_at < party.due_at and party.duty for party in parties)
    assert AuditEntry.objects.filter(action="case.opened", target=case.number).exists()


@pytest.mark.parametrize("level", ["orange", "red"])
def test_an_orange_or_red_case_waits_for_a_leader_before_its_parties_see_it(town: Town, level: str):
    alert = town.issued(level)
    case = open_case(alerts=[alert.number], actor=town.supervisor, parties=town.parties)
    alert.refresh_from_db()
    assert (case.status, alert.status) == (S.ASKED, "issued")
    assert not visible_cases(town.squad_leader).exists()
    assert list(visible_cases(town.leader)) == [case]
    for wrong in (town.supervisor, town.second, town.inspector):
        with pytest.raises(NotAllowed):
            decide_dispatch(number=case.number, actor=wrong, approve=True)
    decide_dispatch(number=case.number, actor=town.leader, approve=True)
    case.refresh_from_db()
    alert.refresh_from_db()
    assert (case.status, alert.status) == (S.HANDLING, "assigned")
    assert list(visible_cases(town.squad_leader)) == [case]
    with pytest.raises(Conflict, match=str(town.leader)):
        decide_dispatch(number=case.number, actor=town.other, approve=True)


def test_a_returned_dispatch_is_changed_and_asked_for_again(town: Town):
    alert = town.issued("orange")
    case = open_case(alerts=[alert.number], actor=town.supervisor, parties=town.parties)
    with pytest.raises(BadInput):
        decide_dispatch(number=case.number, actor=town.leader, approve=False, note="否")
    with pytest.raises(BadInput):
        decide_dispatch(number=case.number, actor=town.leader, approve=False, why="nonsense")
    decide_dispatch(number=case.number, actor=town.leader, approve=False, why="parties", note="应为大队")
    assert case.entries.get(kind="case.returned").data["note"] == "承办单位不当\n应为大队"
    changed = [replace(one, unit=town.brigade.code) if one.part == "lead" else one for one in town.parties]
    changed[1] = replace(changed[1], unit=town.cast.detachment.code)
    with pytest.raises(NotAllowed):
        ask_again(number=case.number, actor=town.second, parties=changed)
    ask_again(number=case.number, actor=town.supervisor, parties=changed, basis="清单 D-07")
    decide_dispatch(number=case.number, actor=town.leader, approve=True)
    case.refresh_from_db()
    assert (case.status, case.basis) == (S.HANDLING, "清单 D-07")
    assert [party.unit for party in case.parties.order_by("place")][:2] == [town.brigade, town.cast.detachment]
    assert replayed(list(case.entries.order_by("id")), case.number) == S.HANDLING


@pytest.mark.parametrize("returned", [False, True], ids=["asked", "returned"])
def test_before_the_dispatch_is_approved_nothing_goes_out(town: Town, returned: bool):
    case = open_case(alerts=[town.issued("red").number], actor=town.supervisor, parties=town.parties)
    if returned:
        decide_dispatch(number=case.number, actor=town.leader, approve=False, note="主办单位不当")
        case.refresh_from_db()
    lead = case.parties.get(part="lead")
    interview = typed_for("interviews") | {"subject_code": town.subject.staff_no}
    acts = [
        partial(issue_order, case=case, party=lead, requirement="逐笔说明撤销理由", problems=[PROBLEM]),
        partial(propose, kind=KINDS["interviews"], case_number=case.number, given=interview),
        partial(make_document, kind="assignment", about=case.number),
    ]
    for act in acts:
        with pytest.raises(Conflict, match=case.number):
            act(actor=town.supervisor)
    # How it would read may be looked at; no number is used up by it.
    assert draft_document(kind="assignment", about=case.number, actor=town.supervisor).units
    page = logged_in(town.supervisor).get(f"/cases/{case.number}/").content.decode()
    assert reverse("orders:issue") not in page
    assert reverse("measures:interviews-propose", args=[case.number]) not in page
    if returned:
        ask_again(number=case.number, actor=town.supervisor, parties=town.parties)
    decide_dispatch(number=case.number, actor=town.leader, approve=True)
    for act in acts:
        act(actor=town.supervisor)
    page = logged_in(town.supervisor).get(f"/cases/{case.number}/").content.decode()
    assert reverse("orders:issue") in page
    assert reverse("measures:interviews-propose", args=[case.number]) in page


def test_a_dispatch_in_which_an_order_was_issued_already_is_asked_for_again(town: Town):
    case = open_case(alerts=[town.issued("red").number], actor=town.supervisor, parties=town.parties)
    second = NewParty("superior", town.cast.detachment.code)
    decide_dispatch(number=case.number, actor=town.leader, approve=False, note="主办单位不当")
    ask_again(number=case.number, actor=town.supervisor, parties=[*town.parties, second])
    decide_dispatch(number=case.number, actor=town.leader, approve=False, note="主办单位不当")
    had = {party.part: party for party in case.parties.order_by("-place")}
    above = case.parties.get(unit=town.cast.detachment)
    for party in (had["lead"], above):
        make_order(party, town.supervisor)
    changed = [replace(one, unit=town.brigade.code, duty="由大队主办") if one.part == "lead" else one for one in town.parties]
    changed[1] = second
    with pytest.raises(Conflict, match=town.cast.detachment.name):
        ask_again(number=case.number, actor=town.supervisor, parties=town.parties)
    ask_again(number=case.number, actor=town.supervisor, parties=changed)
    lead = case.parties.get(part="lead")
    assert (lead.pk, lead.unit, lead.duty) == (had["lead"].pk, town.brigade, "由大队主办")
    assert [order.party_id for order in Order.objects.order_by("pk")] == [lead.pk, above.pk]
    assert [(one.part, one.place) for one in case.parties.order_by("place")] == [(part, n) for n, part in enumerate(Party.DISPATCHED, 1)]


def test_what_changed_since_it_was_asked_for_cannot_be_approved(town: Town):
    alert = town.issued("orange")
    case = open_case(alerts=[alert.number], actor=town.supervisor, parties=town.parties)
    Alert.objects.filter(pk=alert.pk).update(level="red", evidence_count=9)
    decide_dispatch(number=case.number, actor=town.leader, approve=True)
    case.refresh_from_db()
    alert.refresh_from_db()
    assert (case.status, alert.status) == (S.RETURNED, "issued")
    assert Approval.objects.get(about=case.number).state == "lapsed"
    ask_again(number=case.number, actor=town.supervisor, parties=town.parties)
    decide_dispatch(number=case.number, actor=town.leader, approve=True)
    assert Case.objects.get().status == S.HANDLING


def test_a_case_is_over_alerts_that_belong_together(town: Town):
    first, second = town.issued(), town.issued("orange")
    stranger = town.issued(subject_code="079999")
    far = town.issued(subject_code="078888")
    numbers = [alert.number for alert in (first, second, stranger)]
    with pytest.raises(BadInput):
        open_case(alerts=numbers, actor=town.supervisor, parties=town.parties)
    RelatedAlerts.objects.create(first=second, second=stranger)
    case = open_case(alerts=numbers, actor=town.supervisor, parties=town.parties)
    assert case.level == "orange"
    assert case.alerts.count() == 3
    with pytest.raises(Conflict, match=case.number):
        open_case(alerts=[far.number, first.number], actor=town.second, parties=town.parties)
    assert far.events.count() == 1


def test_only_an_issued_alert_is_dispatched_and_only_by_who_supervises_it(town: Town):
    fresh, issued = town.issued(status=Alert.Status.CHECKING), town.issued()
    with pytest.raises(Conflict):
        open_case(alerts=[fresh.number], actor=town.supervisor, parties=town.parties)
    for wrong in (town.leader, town.inspector, town.squad_leader):
        with pytest.raises(NotAllowed):
            open_case(alerts=[issued.number], actor=wrong, parties=town.parties)
    outsider = make_user(Role.SUPERVISOR, town.cast.second)
    with pytest.raises(NotFound):
        open_case(alerts=[issued.number], actor=outsider, parties=town.parties)
    auxiliary = make_user(Role.SUPERVISOR, town.cast.detachment, staff_kind="auxiliary")
    with pytest.raises(NotAllowed):
        open_case(alerts=[issued.number], actor=auxiliary, parties=town.parties)
    with pytest.raises(BadInput):
        open_case(alerts=[], actor=town.supervisor, parties=town.parties)
    assert not Case.objects.exists()


@pytest.mark.parametrize("part", Party.DISPATCHED)
def test_a_dispatch_names_all_four_parties(town: Town, part: str):
    alert = town.issued()
    parties = [one for one in town.parties if one.part != part]
    with pytest.raises(BadInput):
        open_case(alerts=[alert.number], actor=town.supervisor, parties=parties)
    with pytest.raises(BadInput):
        open_case(alerts=[alert.number], actor=town.supervisor, parties=[*parties, replace(town.parties[0], part=part, unit="nowhere")])
    assert not Case.objects.exists()


def test_a_unit_whose_leader_stands_behind_the_subject_never_leads(town: Town):
    alert = town.issued()
    town.squad.leader_no = town.subject.staff_no
    town.squad.save()
    with pytest.raises(BadInput):
        open_case(alerts=[alert.number], actor=town.supervisor, parties=town.parties)


def test_who_is_recused_by_a_relation_sees_their_units_case_redacted_and_nobody_elses(town: Town):
    alert = town.issued()
    town.squad.leader_no = town.squad_leader.staff_no
    town.squad.save()
    Recused.objects.create(alert=alert, staff_no=town.squad_leader.staff_no, reason="squad_leader")
    Recused.objects.create(alert=alert, staff_no=town.brigade_officer.staff_no, reason="paired")
    Recused.objects.create(alert=alert, staff_no=town.inspector.staff_no, reason="related")
    case = town.opened(alerts=[alert])
    assert [party.redacted for party in case.parties.order_by("place")] == [True, False, False, False]
    assert visible_case(town.squad_leader, case.number).redacted
    assert not openly_visible_cases(town.squad_leader).exists()
    assert not visible_case(town.department_officer, case.number).redacted
    for hidden in (town.brigade_officer, town.inspector):
        assert not visible_cases(hidden).exists()
    Recused.objects.create(alert=alert, staff_no=town.department_officer.staff_no, reason="related")
    assert not visible_cases(town.department_officer).exists()


def test_terms_run_by_level_and_in_the_hours_of_the_unit(town: Town):
    case = town.opened("red")
    lead = case.parties.get(part="lead")
    begun = CaseEntry.objects.filter(case=case, kind="party.called").order_by("id")[0].at
    assert abs(lead.sign_due_at - begun - timedelta(hours=2)) < timedelta(seconds=30)
    assert timedelta(days=5) <= lead.due_at - begun <= timedelta(days=16)


def test_an_alert_elsewhere_is_not_taken_along(town: Town):
    other = make_unit("县大队", parent=town.cast.detachment)
    alert = make_alert(other, version=make_rule(), level="blue", status=Alert.Status.ISSUED)
    narrow = make_user(Role.SUPERVISOR, town.brigade)
    with pytest.raises(NotFound):
        open_case(alerts=[town.issued().number, alert.number], actor=narrow, parties=town.parties)
