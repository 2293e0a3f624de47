"""反弹: what a closed case had ended comes back, and the case is reopened by the system, once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ledger.kit.days import event_day, today
from ledger.kit.errors import Conflict
from ledger.roster.models import Role
from oversight.aftercare.models import Relapse, Watch
from oversight.aftercare.running import follow_up
from oversight.aftercare.services import record_relapse
from oversight.cases import closing
from oversight.cases.models import Case
from oversight.cases.policy.models import CaseTerm
from risk.alerts.models import Alert, AlertEvent, Hit
from risk.alerts.services import dismiss
from risk.alerts.states import project
from tests.builders import make_rule, make_staff
from tests.oversight.aftercare.building import again, alert_of, close, closed, noon
from tests.oversight.cases.town import Town
from tests.oversight.cast import logged_in

pytestmark = pytest.mark.services
S = Case.Status


def status(case: Case) -> str:
    case.refresh_from_db()
    return case.status


@pytest.mark.parametrize(("outcome", "watched"), [("confirmed", True), ("partly", True), ("unfounded", False), ("transferred", False)])
def test_only_what_was_confirmed_is_watched(town: Town, outcome: str, watched: bool):
    case = closed(town, outcome=outcome)
    found = list(case.watches.all())
    assert bool(found) is watched
    if watched:
        assert case.closed_at is not None
        day = event_day(case.closed_at)
        assert (found[0].from_day, found[0].until_day) == (day + timedelta(days=7), day + timedelta(days=90))
        assert case.entries.filter(kind="watch.began").exists()


def test_the_term_is_that_of_the_level_when_the_case_was_opened(town: Town):
    term = {
        "sign": 1,
        "sign_measure": "days",
        "feedback": 5,
        "feedback_measure": "days",
        "at_once": False,
        "repeats": 0,
        "repeat_days": 180,
    }
    CaseTerm.objects.create(level="yellow", watch_days=0, edited_by=town.leader, edited_at=noon(today()), **term)
    assert not closed(town, days_ago=3).watches.exists()
    case = town.opened()
    CaseTerm.objects.update(watch_days=30)
    assert not close(town, case).watches.exists()
    assert closed(town).watches.get().until_day == today() - timedelta(days=30)


def test_the_same_again_reopens_the_case_once_and_joins_it_when_it_is_issued(town: Town):
    case = closed(town)
    back = again(town, case, today() - timedelta(days=1))
    assert [follow_up(), follow_up()] == [1, 0]
    assert (status(case), case.reopened) == (S.HANDLING, 1)
    assert set(case.parties.values_list("status", flat=True)) == {"waiting"}
    relapse = Relapse.objects.get()
    assert (relapse.alert, relapse.day, relapse.watch.status) == (back, today() - timedelta(days=1), Watch.Status.RELAPSED)
    assert case.entries.filter(kind="watch.relapsed", actor=None).count() == 1
    # Not judged yet: the case does not close over it, and it does not join.
    assert list(case.alerts.values_list("alert", flat=True)) == [alert_of(case).pk]
    with pytest.raises(Conflict):
        close(town, case)
    Alert.objects.filter(pk=back.pk).update(status=Alert.Status.ISSUED)
    AlertEvent.objects.create(alert=back, kind="issued", at=noon(today()))
    assert [follow_up(), follow_up()] == [1, 0]
    back.refresh_from_db()
    assert (back.status, project(back.events.order_by("id")).status) == ("assigned", "assigned")
    assert case.alerts.filter(alert=back).exists()
    closing.propose_closing(number=case.number, actor=town.supervisor, outcome="confirmed", conclusion="再次核查属实,已调离岗位。")
    closing.decide_closing(number=case.number, actor=town.second, approve=True)
    assert status(case) == S.CLOSED
    assert follow_up() == 0
    assert list(case.watches.order_by("pk").values_list("closing", "status")) == [(0, "relapsed"), (1, "running")]


def test_a_dismissed_relapse_lets_the_case_close_again(town: Town):
    case = closed(town)
    back = again(town, case, today() - timedelta(days=1))
    follow_up()
    dismiss(number=back.number, actor=town.supervisor, reason="false_alarm", note="已核对台账与监控")
    case.refresh_from_db()
    close(town, case)
    assert follow_up() == 0
    assert status(case) == S.CLOSED


@pytest.mark.parametrize(
    "extra",
    [{"level": "blue"}, {"status": "dismissed"}, {"status": "withdrawn"}, {"subject_code": "another"}],
    ids=["too mild", "not believed", "taken back", "somebody else"],
)
def test_what_is_no_relapse_leaves_the_case_closed(town: Town, extra: dict[str, str]):
    case = closed(town)
    again(town, case, today() - timedelta(days=1), **extra)
    assert follow_up() == 0
    assert status(case) == S.CLOSED


def test_a_hit_whose_window_reaches_back_before_the_closing_is_no_relapse(town: Town):
    case = closed(town)
    first = today() - timedelta(days=60)
    back = again(town, case, first + timedelta(days=6))
    Alert.objects.filter(pk=back.pk).update(first_at=noon(first - timedelta(days=1)))
    assert follow_up() == 0
    # Its evidence all after the closing, it is one however wide the window.
    Alert.objects.filter(pk=back.pk).update(first_at=noon(first + timedelta(days=5)))
    assert follow_up() == 1


def test_what_comes_after_the_term_is_no_relapse(town: Town):
    case = closed(town, days_ago=95)
    again(town, case, today() - timedelta(days=1))
    assert follow_up() == 0
    assert status(case) == S.CLOSED


def test_hits_on_trial_or_suppressed_bring_no_case_back(town: Town):
    case = closed(town)
    back = again(town, case, today() - timedelta(days=1))
    Hit.objects.filter(rule=back.rule, day=today() - timedelta(days=1)).update(shadow=True)
    assert follow_up() == 0


def test_another_rule_of_the_same_checklist_item_is_a_relapse(town: Town):
    case = closed(town)
    back = again(town, case, today() - timedelta(days=1), version=make_rule())
    assert follow_up() == 0
    Alert.objects.filter(pk=back.pk).update(matter=alert_of(case).matter)
    assert follow_up() == 1


def test_reopened_by_hand_its_watches_stop_and_a_new_closing_has_new_ones(town: Town):
    case = closed(town)
    closing.reopen_case(number=case.number, actor=town.leader, note="重新核查一次")
    watch = case.watches.get()
    assert (watch.status, watch.ended_at is None) == (Watch.Status.STOPPED, False)
    assert not record_relapse(watch=watch, alert=again(town, case, today() - timedelta(days=1)), day=today())
    case.refresh_from_db()
    close(town, case)
    assert list(case.watches.order_by("pk").values_list("closing", "status")) == [(0, "stopped"), (1, "running")]


def test_of_a_case_over_two_rules_the_first_that_comes_back_stops_the_other_watch(town: Town):
    rules = [make_rule(), make_rule()]
    case = town.opened(alerts=[town.issued(version=rules[0]), town.issued(version=rules[1])])
    close(town, case)
    again(town, case, today() + timedelta(days=20))
    assert follow_up() == 1
    assert sorted(case.watches.values_list("status", flat=True)) == ["relapsed", "stopped"]


def test_the_workbench_of_who_handles_it_tells_of_the_relapse_and_the_page_shows_it(town: Town):
    case = closed(town)
    back = again(town, case, today() - timedelta(days=1))
    follow_up()
    page = logged_in(town.supervisor).get("/").content.decode()
    assert "反弹" in page
    assert "反弹" not in logged_in(town.second).get("/").content.decode()
    for person, number in ((town.supervisor, True), (town.squad_leader, False)):
        page = logged_in(person).get(f"/cases/{case.number}/").content.decode()
        assert "整改成效" in page
        assert (back.number in page) is number


def test_the_days_of_a_level_are_edited_with_its_terms(town: Town):
    admin = logged_in(town.cast.of[Role.SYSTEM_ADMIN])
    typed = {"sign": "1", "sign_measure": "days", "feedback": "5", "feedback_measure": "days", "repeats": "3", "repeat_days": "180"}
    address = reverse("cases:policy-save", args=["yellow"])
    for days, status_code in (("45", 302), ("0", 302), ("366", 400), ("", 400)):
        answer = admin.post(address, typed | {"watch_days": days})
        assert answer.status_code == status_code, days
    assert CaseTerm.objects.get(level="yellow").watch_days == 0


def test_who_may_not_know_the_subject_sees_no_watch(town: Town):
    case = closed(town)
    related = make_staff(town.squad)
    alert_of(case).recused.create(staff_no=town.leader.staff_no, reason="related")
    assert case.number not in logged_in(town.leader).get("/aftercare/").content.decode()
    assert case.number in logged_in(town.supervisor).get("/aftercare/").content.decode()
    assert related.name not in logged_in(town.squad_leader).get("/aftercare/").content.decode()
    assert logged_in(town.cast.of[Role.AUDIT_ADMIN]).get("/aftercare/").status_code == 403
