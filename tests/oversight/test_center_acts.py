"""What the pages offer to do with an alert: only what is possible, under its key, with a tip that undoes and words in the record."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ledger.roster.models import Role, User
from oversight.duty.models import DutyShift
from risk.alerts import reviews, services, warnings
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.states import Act
from tests.builders import make_alert, make_user
from tests.oversight.cases.building import make_case
from tests.oversight.cast import Cast, logged_in
from tests.oversight.test_center_lists import rows_of

S = Alert.Status
HTMX = {"HX-Request": "true"}


@pytest.fixture
def other(cast: Cast) -> User:
    return make_user(Role.SUPERVISOR, cast.detachment, name="钱某")


def until(**away: float) -> datetime:
    return datetime.now(UTC) + timedelta(**away)


def offered(client: Client, alert: Alert) -> set[str]:
    urls = client.get(f"/alerts/{alert.number}/").context["urls"]
    return {act.value for act in Act if urls.get(act.value)}


def keys(client: Client, alert: Alert) -> list[str]:
    """The keys of the act bar of an alert, in order."""
    text = client.get(f"/alerts/{alert.number}/").content.decode()
    return re.findall(r'data-key="(\w+)"', text[text.index('<footer class="mj-actions">') :])


def test_the_page_offers_what_is_possible_in_each_state_and_one_main_act(cast: Cast, supervisor: Client, other: User):
    me, alert = cast.supervisor, make_alert(cast.first, level="red")
    second, number = logged_in(other), alert.number
    assert keys(supervisor, alert) == ["Digit1", "Digit2", "KeyH", "KeyA", "KeyC"]
    services.acknowledge(number=number, actor=me)
    assert keys(supervisor, alert) == ["KeyI", "Digit2", "KeyS", "KeyH", "KeyA", "KeyC"]
    assert keys(second, alert) == ["KeyC"]
    services.start_checking(number=number, actor=me)
    assert keys(supervisor, alert) == ["KeyI", "Digit2", "KeyH", "KeyA", "KeyC"]
    services.snooze(number=number, actor=me, until=until(hours=1), reason="等待材料")
    assert keys(supervisor, alert) == ["KeyH", "KeyC"]
    services.wake(number=number, actor=me)
    warnings.issue(number=number, actor=me, text="同一分钟检出两车")
    assert keys(supervisor, alert) == ["Digit2", "KeyC"]
    assert keys(second, alert) == ["Digit1", "Digit2", "KeyC"]
    page = second.get(f"/alerts/{number}/").content.decode()
    assert page.count("btn-primary mj-btn") - page.count("data-submit") == 1
    warnings.confirm(number=number, actor=other)
    assert keys(second, alert) == ["Digit3", "KeyC"]


def test_a_dismissal_to_review_is_offered_to_others_and_only_while_it_waits(cast: Cast, supervisor: Client, other: User):
    red, blue = make_alert(cast.first, level="red"), make_alert(cast.first, level="blue")
    for alert in (red, blue):
        services.dismiss(number=alert.number, actor=cast.supervisor, reason="legitimate", note="已核对")
    assert offered(supervisor, red) == offered(logged_in(other), blue) == set()
    for role in (Role.LEADER, Role.DISCIPLINE):
        client = logged_in(cast.of[role])
        assert offered(client, red) == {"uphold", "overturn"}
        verdict = client.get(f"/alerts/{red.number}/").context["verdict"]
        assert "已核对" in verdict["text"]
    reviews.uphold(number=red.number, actor=other)
    assert offered(logged_in(cast.of[Role.LEADER]), red) == set()


def test_every_new_tab_counts_what_it_opens_for_everybody(cast: Cast, other: User):
    me = cast.supervisor
    made = {level: [make_alert(cast.first, level=level) for _number in range(5)] for level in ("red", "orange", "blue")}
    for alerts in made.values():
        for alert in alerts[:4]:
            services.acknowledge(number=alert.number, actor=me)
        services.snooze(number=alerts[0].number, actor=me, until=until(hours=1), reason="等待材料")
        warnings.issue(number=alerts[1].number, actor=me, text="同一分钟检出两车")
        services.dismiss(number=alerts[2].number, actor=me, reason="repeated")
        services.assign(number=alerts[3].number, actor=me, to=other.pk)
    expected = {
        me: {"snoozed": 3, "confirm": 0, "review": 0, "issued": 1, "open": 8, "own": 0, "due": 0},
        other: {"snoozed": 3, "confirm": 2, "review": 2, "issued": 1, "open": 8, "own": 3},
        cast.of[Role.LEADER]: {"confirm": 1, "review": 2, "taken": 3},
        cast.of[Role.DISCIPLINE]: {"confirm": 1, "review": 2},
    }
    for user, counts in expected.items():
        client = logged_in(user)
        tabs = client.get("/alerts/").context["tabs"]
        told = {tab["key"]: tab["count"] for tab in tabs}
        assert told | counts == told, user
        for tab in tabs:
            assert len(rows_of(client, tab["url"])) == tab["count"], (user, tab["key"])


def test_a_snoozed_alert_that_is_due_stays_in_the_view_of_what_is_due(cast: Cast, supervisor: Client):
    alert = make_alert(cast.first, level="yellow", due_at=until(minutes=30))
    services.snooze(number=alert.number, actor=cast.supervisor, until=until(hours=1), reason="等待材料")
    assert rows_of(supervisor, "/alerts/") == rows_of(supervisor, "/alerts/?tab=open") == []
    assert rows_of(supervisor, "/alerts/?tab=due") == rows_of(supervisor, "/alerts/?tab=snoozed") == [alert.number]
    row = supervisor.get("/alerts/?tab=snoozed").context["alerts"][0]
    assert row["deadline"].state == "soon"
    assert row["until"]


def test_the_tip_of_an_act_undoes_it(cast: Cast, supervisor: Client):
    alert = make_alert(cast.first)
    answer = supervisor.post(f"/alerts/{alert.number}/acknowledge/", {"fragment": "row"}, headers=HTMX).content.decode()
    assert f'data-undo="{alert.number}"' in answer
    assert 'data-key="KeyZ"' in answer
    undone = supervisor.post(f"/alerts/{alert.number}/undo/", {"fragment": "row"}, headers=HTMX).content.decode()
    assert "data-undo" not in undone
    alert.refresh_from_db()
    assert (alert.status, alert.handler) == (S.NEW, None)
    again = supervisor.post(f"/alerts/{alert.number}/undo/", headers=HTMX)
    assert again.status_code == 409


def test_what_cannot_be_undone_offers_no_undo(cast: Cast, supervisor: Client):
    alert = make_alert(cast.first, level="blue")
    supervisor.post(f"/alerts/{alert.number}/acknowledge/", headers=HTMX)
    answer = supervisor.post(f"/alerts/{alert.number}/issue/", {"text": "退办未一次性告知"}, headers=HTMX).content.decode()
    assert "data-undo" not in answer
    assert alert.events.filter(kind="issued").exists()
    assert re.search(r"YJ-\d{6}-\w{6}", answer)


@pytest.mark.parametrize("chosen", [{"until": "hours"}, {"until": "monday"}, {"until": "at", "at": "TOMORROW"}])
def test_an_alert_is_snoozed_until_a_moment_offered_or_of_ones_own(cast: Cast, supervisor: Client, chosen: dict[str, str]):
    alert = make_alert(cast.first, level="yellow")
    tomorrow = (datetime.now(UTC) + timedelta(hours=32)).strftime("%Y-%m-%dT%H:%M")
    given = {key: value.replace("TOMORROW", tomorrow) for key, value in chosen.items()}
    offers = supervisor.get(f"/alerts/{alert.number}/").context["snooze"]["choices"]
    if given["until"] == "monday" and all(choice["value"] != "monday" for choice in offers):
        given["until"] = "opening"
    assert supervisor.post(f"/alerts/{alert.number}/snooze/", given | {"reason": "等待材料"}, headers=HTMX).status_code == 200
    alert.refresh_from_db()
    assert alert.status == S.SNOOZED
    if given["until"] == "at":
        assert f"{alert.snoozed_until + timedelta(hours=8):%Y-%m-%dT%H:%M}" == tomorrow


@pytest.mark.parametrize(
    "given", [{}, {"until": "never"}, {"until": "at", "at": "soon"}, {"until": "at"}, {"until": "hours", "reason": ""}]
)
def test_a_snooze_that_cannot_be_read_is_refused_and_keeps_what_was_typed(cast: Cast, supervisor: Client, given: dict[str, str]):
    alert = make_alert(cast.first, level="yellow")
    answer = supervisor.post(f"/alerts/{alert.number}/snooze/", {"reason": "等待窗口补交材料"} | given, headers=HTMX)
    assert answer.status_code == 422
    assert "等待窗口补交材料</textarea>" in answer.content.decode() or given.get("reason") == ""
    assert not AlertEvent.objects.filter(kind="snoozed").exists()


def test_a_red_alert_is_offered_only_moments_within_two_hours(cast: Cast, supervisor: Client):
    alert = make_alert(cast.first, level="red")
    snooze = supervisor.get(f"/alerts/{alert.number}/").context["snooze"]
    assert {choice["value"] for choice in snooze["choices"]} <= {"hours", "evening"}
    assert not any(choice["long"] for choice in snooze["choices"])
    shared = supervisor.get("/alerts/").context["snooze"]["choices"]
    assert {choice["value"] for choice in shared if choice["long"]} >= {"opening"}


def test_the_names_to_hand_over_to_leave_out_who_cannot_see_the_alert(cast: Cast, supervisor: Client, other: User):
    recused = make_user(Role.SUPERVISOR, cast.detachment, name="蒋某")
    alert = make_alert(cast.first, recused=[recused.staff_no])
    mine = make_alert(cast.first)
    services.acknowledge(number=mine.number, actor=other)
    text = supervisor.get(f"/alerts/{alert.number}/handlers/", headers=HTMX).content.decode()
    assert "钱某" in text
    assert "蒋某" not in text
    assert cast.supervisor.name not in text
    assert other.staff_no not in text
    assert "钱某" not in logged_in(cast.of[Role.DISCIPLINE]).get(f"/alerts/{alert.number}/handlers/").content.decode()
    found = supervisor.get(f"/alerts/{alert.number}/").context["handlers"]
    assert [(one["name"], one["has"], one["on_duty"]) for one in found] == [("钱某", 1, False)]
    there = make_user(Role.SUPERVISOR, cast.detachment, name="阿某")
    DutyShift.objects.create(user=other, started_at=timezone.now())
    found = supervisor.get(f"/alerts/{alert.number}/").context["handlers"]
    assert [(one["value"], one["on_duty"]) for one in found] == [(other.pk, True), (there.pk, False)]
    assert "mj-at-work" in supervisor.get(f"/alerts/{alert.number}/handlers/", headers=HTMX).content.decode()
    assert supervisor.post(f"/alerts/{alert.number}/assign/", {"to": str(recused.pk)}, headers=HTMX).status_code == 422
    assert supervisor.post(f"/alerts/{alert.number}/assign/", {"to": "²"}, headers=HTMX).status_code == 422
    assert supervisor.post(f"/alerts/{alert.number}/assign/", {"to": str(other.pk)}, headers=HTMX).status_code == 200


def test_the_row_carries_what_its_keys_do(cast: Cast, supervisor: Client, other: User):
    waiting, taken = make_alert(cast.first, level="blue"), make_alert(cast.first, level="blue")
    services.acknowledge(number=taken.number, actor=cast.supervisor)
    rows = {row["number"]: row for row in supervisor.get("/alerts/?tab=open").context["alerts"]}
    assert [bool(rows[waiting.number][name]) for name in ("snooze_url", "assign_url", "issue_url")] == [True, True, False]
    assert [bool(rows[taken.number][name]) for name in ("snooze_url", "assign_url", "issue_url")] == [True, True, True]
    theirs = {row["number"]: row for row in logged_in(other).get("/alerts/?tab=open").context["alerts"]}
    assert [bool(theirs[taken.number][name]) for name in ("snooze_url", "assign_url", "issue_url")] == [False, False, False]


def test_the_keys_of_dispatch_and_of_raising_lead_where_another_area_goes_on(cast: Cast, supervisor: Client):
    alert, new = make_alert(cast.first, level="blue", status=S.ISSUED), make_alert(cast.first)
    rows = {row["number"]: row for row in supervisor.get("/alerts/?tab=all").context["alerts"]}
    assert [bool(rows[alert.number][name]) for name in ("dispatch_url", "escalate_url")] == [True, False]
    assert [bool(rows[new.number][name]) for name in ("dispatch_url", "escalate_url")] == [False, False]
    leaders = {row["number"]: row for row in logged_in(cast.of[Role.LEADER]).get("/alerts/?tab=all").context["alerts"]}
    assert leaders[alert.number]["dispatch_url"] is None
    page = f"/alerts/{alert.number}/"
    assert supervisor.get(rows[alert.number]["dispatch_url"])["Location"].endswith("#dispatch-dialog")
    assert supervisor.get(f"{page}escalate/")["Location"] == page
    case = make_case(cast.supervisor, alert, unit=cast.first, status="handling")
    Alert.objects.filter(pk=alert.pk).update(status=S.ASSIGNED)
    row = supervisor.get("/alerts/?tab=all").context["alerts"]
    assert [bool(one["escalate_url"]) for one in row if one["number"] == alert.number] == [True]
    assert supervisor.get(f"{page}escalate/")["Location"] == f"/cases/{case.number}/#escalate-dialog"
    assert supervisor.get(f"{page}dispatch/")["Location"] == page


@pytest.mark.parametrize("act", ["snooze", "assign", "issue", "check", "dismiss"])
def test_whoever_comes_second_is_told_who_was_first(cast: Cast, supervisor: Client, other: User, act: str):
    alert = make_alert(cast.first, level="yellow")
    services.acknowledge(number=alert.number, actor=other)
    given = {"until": "hours", "reason": "repeated", "to": "1", "text": "退办未一次性告知"}
    answer = supervisor.post(f"/alerts/{alert.number}/{act}/", given, headers=HTMX)
    assert answer.status_code == 409
    assert "钱某" in answer.content.decode()


def test_the_record_tells_every_act_in_words(cast: Cast, supervisor: Client, other: User):
    me, alert = cast.supervisor, make_alert(cast.first, level="red")
    told = {"number": alert.number}
    services.acknowledge(**told, actor=me)
    services.undo(**told, actor=me)
    services.acknowledge(**told, actor=me)
    services.assign(**told, actor=me, to=other.pk, note="本周轮休")
    services.start_checking(**told, actor=other)
    services.snooze(**told, actor=other, until=until(hours=1), reason="等待材料430702198001010012")
    services.wake(**told, actor=other)
    services.dismiss(**told, actor=other, reason="repeated")
    reviews.overturn(**told, actor=me, note="证据不足以排除", why="unchecked")
    services.acknowledge(**told, actor=me)
    warnings.issue(**told, actor=me, text="同一分钟检出两车")
    warnings.send_back(**told, actor=other, note="请补充视频")
    warnings.issue(**told, actor=me, text="同一分钟检出两车，视频已补")
    warnings.confirm(**told, actor=other)
    timeline = supervisor.get(f"/alerts/{alert.number}/").context["timeline"]
    assert len(timeline) == alert.events.count() == 15
    texts = [entry["text"] for entry in timeline]
    assert all(texts)
    assert "430702198001010012" not in " ".join(texts)
    for said in ("未核查或核查不充分", "钱某", "本周轮休", "证据不足以排除", "请补充视频", "视频已补", alert.warning.number):
        assert any(said in text for text in texts), said


def test_three_figures_of_the_year_stand_apart_and_count_what_the_reader_sees(cast: Cast, supervisor: Client):
    alerts = [make_alert(cast.first, level="blue") for _number in range(3)]
    make_alert(cast.first, raised_at=until(days=-800))
    make_alert(cast.first, recused=[cast.supervisor.staff_no])
    services.acknowledge(number=alerts[0].number, actor=cast.supervisor)
    warnings.issue(number=alerts[0].number, actor=cast.supervisor, text="退办未一次性告知")
    counts = supervisor.get("/alerts/counts/", headers=HTMX).context["counts"]
    assert (counts.raised, counts.issued, counts.confirmed) == (3, 1, 0)
    assert 'hx-get="/alerts/counts/"' in supervisor.get("/alerts/").content.decode()
