"""One act on many alerts: each for itself, those that failed named and still chosen; of a whole list exactly what was shown."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from ledger.audit.models import AuditEntry
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput
from ledger.roster.models import Role, User
from oversight.center.lists import AlertList, Wanted
from oversight.viewer import Viewer
from risk.alerts.bulk import MOST, Result, act_on
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.sequencer import sequence_events
from risk.alerts.services import acknowledge
from risk.alerts.taking import take_next
from tests.builders import make_alert, make_rule, make_user
from tests.oversight.cast import Cast, logged_in, make_cast

S = Alert.Status


@pytest.fixture
def twenty(cast: Cast) -> list[Alert]:
    version = make_rule()
    return [make_alert(cast.first, version=version) for _number in range(20)]


def status(alert: Alert) -> str:
    return Alert.objects.get(pk=alert.pk).status


def chosen(client: Client, **values: Any) -> Any:
    page = client.get(f"/alerts/?{values.get('query', '')}")
    sent = {"act": "acknowledge", "query": page.context["query"], "place": page.context["place"]} | values
    return client.post("/alerts/many/", sent, headers={"HX-Request": "true"})


@pytest.mark.services
def test_twenty_are_taken_at_once_and_each_has_its_own_record(cast: Cast, twenty: list[Alert], supervisor: Client):
    answer = chosen(supervisor, number=[alert.number for alert in twenty])
    assert answer.context["failed"] == []
    assert "<html" not in answer.content.decode()
    assert {status(alert) for alert in twenty} == {S.ACKNOWLEDGED}
    assert AlertEvent.objects.filter(kind="acknowledged", actor=cast.supervisor).count() == 20
    assert AuditEntry.objects.filter(action="alert.acknowledged").count() == 20


@pytest.mark.services
def test_one_that_somebody_else_has_holds_back_no_other_is_named_and_stays_chosen(cast: Cast, twenty: list[Alert], supervisor: Client):
    other = make_user(Role.SUPERVISOR, cast.detachment, name="张某")
    acknowledge(number=twenty[3].number, actor=other)
    answer = chosen(supervisor, act="dismiss", reason="false_alarm", note="核过", number=[alert.number for alert in twenty])
    (failed,) = answer.context["failed"]
    assert (failed.number, failed.result) == (twenty[3].number, Result.CONFLICT)
    assert "张某" in failed.text
    assert f'data-kept="{twenty[3].number}"' in answer.content.decode()
    assert status(twenty[3]) == S.ACKNOWLEDGED
    assert [status(alert) for alert in twenty].count(S.DISMISSED) == 19
    assert AlertEvent.objects.filter(kind="dismissed", data__note="核过").count() == 19


def test_what_a_person_may_not_see_or_do_is_not_done(cast: Cast, twenty: list[Alert]):
    recused = make_user(Role.SUPERVISOR, cast.detachment)
    hidden = make_alert(cast.first, subject_code=recused.staff_no)
    outcomes = act_on(numbers=[hidden.number, "YD-0", twenty[0].number], act="acknowledge", actor=recused)
    assert [outcome.result for outcome in outcomes] == [Result.GONE, Result.GONE, Result.DONE]
    assert outcomes[0].text.replace(hidden.number, "") == outcomes[1].text.replace("YD-0", "")
    reading = act_on(numbers=[twenty[1].number], act="acknowledge", actor=cast.of[Role.LEADER])
    assert [outcome.result for outcome in reading] == [Result.REFUSED]
    assert status(twenty[1]) == status(hidden) == S.NEW


@pytest.mark.parametrize(
    ("numbers", "act", "given"),
    [([], "acknowledge", {}), (["YD-1"], "burn", {}), (["YD-1"], "dismiss", {}), ([f"YD-{n}" for n in range(MOST + 1)], "acknowledge", {})],
)
def test_nothing_too_many_an_unknown_act_and_a_missing_reason_are_refused_as_a_whole(
    cast: Cast, numbers: list[str], act: str, given: dict[str, str]
):
    with pytest.raises(BadInput):
        act_on(numbers=numbers, act=act, actor=cast.supervisor, given=given)


@pytest.mark.services
def test_all_of_a_list_is_what_its_filter_holds_without_what_arrived_after_it_was_shown(cast: Cast, supervisor: Client):
    version = make_rule()
    shown = [make_alert(cast.first, version=version, level="red") for _number in range(60)]
    elsewhere = make_alert(cast.first, level="blue")
    dismissed = make_alert(cast.first, version=version, level="red", status=S.DISMISSED)
    sequence_events()
    page = supervisor.get("/alerts/?tab=new&level=red")
    late = make_alert(cast.first, version=version, level="red")
    Alert.objects.filter(pk=dismissed.pk).update(status=S.RECURRED)
    AlertEvent.objects.create(alert=dismissed, kind="recurred", at=dismissed.raised_at, data={})
    sequence_events()
    unplaced = make_alert(cast.first, version=version, level="red")
    sent = {"act": "acknowledge", "scope": "all", "query": page.context["query"], "place": page.context["place"]}
    answer = supervisor.post("/alerts/many/", sent, headers={"HX-Request": "true"})
    assert answer.context["failed"] == []
    assert {status(alert) for alert in shown} == {S.ACKNOWLEDGED}
    assert {status(alert) for alert in (elsewhere, late, unplaced)} == {S.NEW}
    assert status(dismissed) == S.RECURRED


def test_a_place_that_is_not_this_persons_acts_on_nothing(cast: Cast, twenty: list[Alert], supervisor: Client):
    sequence_events()
    foreign = logged_in(make_user(Role.SUPERVISOR, cast.detachment)).get("/alerts/").context["place"]
    for place in ("", "x", foreign):
        chosen(supervisor, scope="all", place=place)
    assert {status(alert) for alert in twenty} == {S.NEW}


def test_a_list_longer_than_one_act_takes_is_refused_with_the_limit(cast: Cast, supervisor: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("risk.alerts.bulk.MOST", 3)
    version = make_rule()
    made = [make_alert(cast.first, version=version) for _number in range(4)]
    sequence_events()
    answer = chosen(supervisor, scope="all")
    assert "3" in str(next(iter(answer.context["messages"])))
    assert "data-kept-whole" in answer.content.decode()
    assert {status(alert) for alert in made} == {S.NEW}


def test_the_filter_links_of_the_answer_lead_on_from_the_list_it_was_ordered_from(cast: Cast, supervisor: Client):
    make_alert(cast.first, level="red")
    page = supervisor.get("/alerts/?tab=open&level=red")
    answer = supervisor.post(
        f"/alerts/many/?{page.context['query']}", {"act": "acknowledge", "query": page.context["query"]}, headers={"HX-Request": "true"}
    )
    assert "level=red&amp;period=7" in answer.content.decode() or "level=red&period=7" in answer.content.decode()


def test_what_was_chosen_stays_chosen_when_the_act_as_a_whole_is_refused(cast: Cast, twenty: list[Alert], supervisor: Client):
    numbers = [alert.number for alert in twenty[:2]]
    answer = chosen(supervisor, act="dismiss", number=numbers)
    assert f'data-kept="{" ".join(numbers)}"' in answer.content.decode()
    assert {status(alert) for alert in twenty} == {S.NEW}


# 下一条


def test_the_next_one_is_the_first_of_the_list_that_nobody_has_and_opens_as_mine(cast: Cast, supervisor: Client):
    taken = make_alert(cast.first, level="red", status=S.ACKNOWLEDGED, handler=cast.supervisor)
    make_alert(cast.first, level="blue")
    first = make_alert(cast.second, level="orange")
    answer = supervisor.post("/alerts/next/", {"query": "tab=open"})
    assert answer["Location"].startswith(f"/alerts/{first.number}/?tab=open")
    assert status(first) == S.ACKNOWLEDGED
    assert Alert.objects.get(pk=first.pk).handler == cast.supervisor
    only_red = supervisor.post("/alerts/next/", {"query": "tab=open&level=red"})
    assert only_red["Location"] == "/alerts/?tab=open&level=red"
    assert Alert.objects.get(pk=taken.pk).status == S.ACKNOWLEDGED


def test_the_next_one_is_never_hidden_and_never_given_to_who_only_reads(cast: Cast):
    recused = make_user(Role.SUPERVISOR, cast.detachment)
    hidden = make_alert(cast.first, subject_code=recused.staff_no)
    assert logged_in(recused).post("/alerts/next/", {"query": "tab=open"})["Location"] == "/alerts/?tab=open"
    assert logged_in(cast.of[Role.LEADER]).post("/alerts/next/", {"query": "tab=open"})["Location"] == "/alerts/?tab=open"
    assert status(hidden) == S.NEW


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_twenty_people_who_ask_at_once_get_twenty_different_alerts():
    cast = make_cast()
    version = make_rule()
    for _number in range(21):
        make_alert(cast.first, version=version)
    people = [make_user(Role.SUPERVISOR, cast.detachment) for _number in range(20)]
    got: list[str] = []
    start = threading.Barrier(len(people))

    def ask(person: User) -> None:
        try:
            start.wait()
            alert = take_next(actor=person, among=AlertList(Viewer(person), Wanted(tab="new")).rows)
            got.append(alert.number if alert else "none")
        finally:
            connection.close()

    run(ask, people)
    assert len(set(got)) == len(got) == 20
    assert "none" not in got
    assert AlertEvent.objects.filter(kind="acknowledged").values("alert").distinct().count() == 20


def run(ask: Callable[[User], None], people: list[User]) -> None:
    threads = [threading.Thread(target=ask, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.services
def test_many_are_snoozed_until_one_moment_and_red_ones_that_may_not_sleep_so_long_stay_chosen(
    cast: Cast, twenty: list[Alert], supervisor: Client
):
    Alert.objects.filter(pk=twenty[0].pk).update(level="red")
    moment = (datetime.now(SHANGHAI) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    values = {"act": "snooze", "until": "at", "at": moment, "reason": "待周一调取录像", "number": [alert.number for alert in twenty]}
    answer = chosen(supervisor, **values)
    assert [failed.number for failed in answer.context["failed"]] == [twenty[0].number]
    assert {status(alert) for alert in twenty[1:]} == {S.SNOOZED}
    assert status(twenty[0]) == S.NEW
    missing = chosen(supervisor, **values | {"until": "never"})
    assert missing.context["kept"].split() == values["number"]


@pytest.mark.services
def test_many_are_handed_over_to_one_person_who_may_handle_them(cast: Cast, twenty: list[Alert], supervisor: Client):
    other = make_user(Role.SUPERVISOR, cast.detachment, name="张某")
    numbers = [alert.number for alert in twenty[:5]]
    assert chosen(supervisor, act="assign", to=str(other.pk), number=numbers).context["failed"] == []
    assert set(Alert.objects.filter(number__in=numbers).values_list("handler", flat=True)) == {other.pk}
    leader = cast.of[Role.LEADER]
    refused = chosen(supervisor, act="assign", to=str(leader.pk), number=[twenty[9].number])
    assert [failed.result for failed in refused.context["failed"]] == [Result.REFUSED]
