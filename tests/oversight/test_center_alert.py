"""One alert: what is shown, masked and recorded; taking, dismissing, commenting, and losing a race without losing words."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.audit.models import AuditEntry
from ledger.journal.models import Transaction
from ledger.kit.days import SHANGHAI, today
from ledger.roster.models import Agency, Role
from risk.alerts.models import Alert, AlertEvent, Hit
from risk.checklist.services import load_checklist
from tests.builders import make_agency, make_alert, make_post, make_posting, make_rule, make_staff, make_transaction, make_user
from tests.oversight.cast import Cast, logged_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def alert(cast: Cast) -> Alert:
    """Three returns by a registrar of the first brigade on two days."""
    staff = make_staff(cast.first, staff_no="072618", name="张某")
    make_posting(staff, make_post(name="登记岗"), cast.first)
    noon = datetime.combine(today() - timedelta(days=2), time(12), SHANGHAI)
    rows = [
        make_transaction(
            cast.first,
            serial_no=f"261119006{n}",
            handler_no="072618",
            accepted_at=noon + timedelta(days=n > 1),
            steps=[("accept", 0), ("review", 13)],
        )
        for n in range(3)
    ]
    return make_alert(cast.first, subject_code="072618", evidence=rows, observed=6)


def test_the_page_says_who_and_what_and_masks_the_number(supervisor: Client, alert: Alert):
    page = supervisor.get(f"/alerts/{alert.number}/")
    shown = page.context["alert"]
    assert shown["sentence"] == "登记岗张某近7日退办6笔，达到橙色阈值5笔。"
    assert (shown["subject"], shown["subject_code_masked"]) == ("登记岗 张某", "0726**")
    text = page.content.decode()
    for hidden in ("072618", "430702198001010012", "湘JF0018"):
        assert hidden not in text
    assert "湘J·F**18" in text


def test_the_page_names_the_checklist_item_with_its_control_and_basis(supervisor: Client, cast: Cast):
    load_checklist()
    alert = make_alert(cast.first, version=make_rule("REG-99", checklist_item="REG-A1"))
    page = supervisor.get(f"/alerts/{alert.number}/")
    item = page.context["rule"]["item"]
    assert (item["no"], item["place"], item["level"], item["version"]) == ("REG-A1", "导办受理岗 › 受理", "中", 1)
    for said in (
        "选择性受理、刁难退办、引导找中介",
        "一次性告知书；退办须系统留因；叫号与受理号绑定",
        "机动车登记规定；一次性告知",
        "窗口负责人",
    ):
        assert said in page.content.decode()
    for address in (item["url"], page.context["rule"]["url"]):
        assert f'href="{address}"' in page.content.decode()
        assert supervisor.get(address).status_code == 200
    assert (item["url"], page.context["rule"]["url"]) == ("/checklist/items/REG-A1/?version=1", "/rules/REG-99/")
    unwatched = make_alert(cast.first, version=make_rule("REG-98"))
    assert "风险清单中没有对应条目" in supervisor.get(f"/alerts/{unwatched.number}/").content.decode()


def test_the_row_leaves_the_subject_out_of_its_summary(supervisor: Client, alert: Alert):
    assert supervisor.get("/alerts/").context["alerts"][0]["summary"] == "近7日退办6笔，达到橙色阈值5笔。"


@pytest.mark.parametrize(
    ("kind", "column", "code", "shown"),
    [
        ("agent", "agent", "430702198001010012", "4307**12"),
        ("person", "person", "430702198001010012", "4307**12"),
        ("vehicle", "plate", "湘JF0018", "湘J·F**18"),
        ("vehicle", "vin", "LSVAA4182E2123456", "LSV**3456"),
        ("terminal", "terminal", "WF-07", "WF-07"),
    ],
)
def test_people_and_vehicles_are_only_ever_shown_masked(cast: Cast, supervisor: Client, kind: str, column: str, code: str, shown: str):
    alert = make_alert(cast.first, version=make_rule(subject_kind=kind, subject_column=column), subject_code=code)
    for address in ("/alerts/", f"/alerts/{alert.number}/", f"/alerts/{alert.number}/preview/"):
        text = supervisor.get(address).content.decode()
        assert shown in text
        if shown != code:
            assert code not in text


def test_a_person_who_is_on_no_roster_is_named_as_such(cast: Cast, supervisor: Client):
    make_alert(cast.first, subject_code="990017")
    assert supervisor.get("/alerts/").context["alerts"][0]["subject_code_masked"] == "9900**"


def test_opening_and_previewing_are_recorded_and_refreshing_is_not(cast: Cast, supervisor: Client, alert: Alert):
    supervisor.get(f"/alerts/{alert.number}/")
    supervisor.get(f"/alerts/{alert.number}/preview/", headers=HTMX)
    supervisor.get(f"/alerts/{alert.number}/row/", headers=HTMX)
    supervisor.get(f"/alerts/{alert.number}/?fragment=main", headers=HTMX)
    entries = AuditEntry.objects.filter(target=alert.number).order_by("id")
    assert [(entry.action, entry.actor) for entry in entries] == [("alert.viewed", "supervisor"), ("alert.previewed", "supervisor")]


def test_an_unknown_alert_and_a_hidden_one_look_the_same(cast: Cast, alert: Alert):
    client = logged_in(make_user(Role.SUPERVISOR, cast.second))
    answers = [client.get(f"/alerts/{number}/").content.decode().replace(number, "") for number in (alert.number, "YD-000000-AAAAAA")]
    assert answers[0] == answers[1]


def test_the_evidence_bolds_what_decides_and_links_only_what_opens(cast: Cast, supervisor: Client, alert: Alert):
    evidence = supervisor.get(f"/alerts/{alert.number}/").context["evidence"]
    assert (evidence["shown"], evidence["total"]) == (3, 3)
    cells = evidence["rows"][0]["cells"]
    assert cells[0]["url"] == f"/ledger/transactions/manual/{cells[0]['text']}/"
    assert [cell["strong"] for cell in cells].count(True) == 1
    assert "13" in cells[-2]["text"]
    assert supervisor.get(cells[0]["url"]).status_code == 200


def test_evidence_of_a_unit_this_person_does_not_oversee_is_shown_without_a_link(cast: Cast):
    client = logged_in(make_user(Role.SUPERVISOR, cast.first))
    rows = [make_transaction(cast.first, serial_no="OWN"), make_transaction(cast.second, serial_no="OTHER")]
    alert = make_alert(cast.first, version=make_rule(subject_kind="agency", subject_column="agency"), evidence=rows)
    cells = [row["cells"][0] for row in client.get(f"/alerts/{alert.number}/").context["evidence"]["rows"]]
    assert {cell["text"]: cell["url"] for cell in cells} == {"OWN": "/ledger/transactions/manual/OWN/", "OTHER": None}


def test_much_evidence_is_shown_in_part_and_all_of_it_on_request(cast: Cast, supervisor: Client):
    alert = make_alert(cast.first, evidence=[make_transaction(cast.first) for _row in range(25)])
    part = supervisor.get(f"/alerts/{alert.number}/?tab=mine").context["evidence"]
    assert (part["shown"], part["total"]) == (20, 25)
    assert len(supervisor.get(part["more_url"]).context["evidence"]["rows"]) == 25


def test_the_chart_draws_evidence_by_day_without_thresholds_of_another_measure(supervisor: Client, alert: Alert):
    Hit.objects.filter(rule=alert.rule).exclude(day=alert.last_day).delete()
    chart = supervisor.get(f"/alerts/{alert.number}/").context["chart"]
    assert chart["series"][0]["kind"] == "bar"
    assert sum(number for _day, number in chart["series"][0]["points"]) == 3
    assert chart["thresholds"] == []


@pytest.mark.parametrize(("days", "kind"), [((0, 1, 2, 3), "line"), ((0, 2, 9), "bar")])
def test_the_chart_draws_hits_as_a_line_only_where_no_day_is_missing(cast: Cast, supervisor: Client, days: tuple[int, ...], kind: str):
    rows = [make_transaction(cast.first, accepted_at=datetime.now(UTC) - timedelta(days=day)) for day in days]
    alert = make_alert(cast.first, evidence=rows)
    chart = supervisor.get(f"/alerts/{alert.number}/").context["chart"]
    assert chart["series"][0]["kind"] == kind
    assert [point[0] for point in chart["series"][0]["points"]] == sorted(row.event_day.isoformat() for row in rows)
    assert [line["level"] for line in chart["thresholds"] if line.get("crossed")] == ["orange"]
    first, last = (date.fromisoformat(day) for day in chart["window"])
    assert (last - first).days + 1 == alert.rule_version.window_days


def test_the_history_shows_only_alerts_this_person_may_see(cast: Cast, supervisor: Client, alert: Alert):
    older = datetime.now(UTC) - timedelta(days=40)
    seen = make_alert(cast.second, subject_code="072618", raised_at=older, status=Alert.Status.DISMISSED)
    make_alert(cast.second, subject_code="072618", raised_at=older, recused=[cast.supervisor.staff_no])
    history = supervisor.get(f"/alerts/{alert.number}/").context["history"]
    assert [entry["url"] for entry in history] == [f"/alerts/{seen.number}/"]


def test_alerts_with_the_same_agency_are_told_as_far_as_this_person_may_see_them(cast: Cast, supervisor: Client):
    agencies = [make_agency(cast.first, code=f"A{number}", name=f"众诚{number}") for number in range(2)]
    older = datetime.now(UTC) - timedelta(days=3)

    def business(agency: Agency) -> list[Transaction]:
        return [make_transaction(cast.first, agency_code=agency.code, accepted_at=older)]

    about = make_alert(cast.first, evidence=business(agencies[0]))
    resting = make_alert(cast.second, evidence=business(agencies[0]), raised_at=older)
    version = make_rule(subject_kind="agency", subject_column="agency")
    named = make_alert(cast.second, version=version, subject_code=agencies[0].code, raised_at=older - timedelta(days=1))
    make_alert(cast.second, evidence=business(agencies[0]), raised_at=older, recused=[cast.supervisor.staff_no])
    make_alert(cast.second, evidence=business(agencies[1]), raised_at=older)
    make_alert(cast.second, evidence=business(agencies[0]), subject_code=about.subject_code, raised_at=older)
    found = supervisor.get(f"/alerts/{about.number}/").context["agency_history"]
    assert found["names"] == ["众诚0"]
    assert [entry["url"] for entry in found["history"]] == [f"/alerts/{one.number}/" for one in (resting, named)]
    squad = logged_in(make_user(Role.SUPERVISOR, cast.first)).get(f"/alerts/{about.number}/").context["agency_history"]
    assert squad["history"] == []
    assert supervisor.get(f"/alerts/{make_alert(cast.first).number}/").context["agency_history"] is None


def test_an_alert_opened_from_a_list_knows_its_place_and_its_neighbours(cast: Cast, supervisor: Client):
    version = make_rule()
    made = [make_alert(cast.first, version=version, due_at=datetime.now(UTC) + timedelta(hours=hour)) for hour in (1, 2, 3)]
    page = supervisor.get(f"/alerts/{made[1].number}/?tab=mine")
    assert page.context["position_text"] == "2 / 3"
    assert page.context["prev_url"] == f"/alerts/{made[0].number}/?tab=mine"
    assert page.context["next_url"] == f"/alerts/{made[2].number}/?tab=mine"
    supervisor.post(f"/alerts/{made[1].number}/dismiss/?tab=mine", {"reason": "repeated"})
    after = supervisor.get(f"/alerts/{made[1].number}/?tab=mine")
    assert (after.context["position_text"], after.context["next_url"]) == ("", f"/alerts/{made[2].number}/?tab=mine")


def test_the_page_of_an_alert_takes_a_bounded_number_of_queries(cast: Cast, supervisor: Client):
    def queries(rows: int) -> int:
        alert = make_alert(cast.first, evidence=[make_transaction(cast.first, steps=[("accept", 0)]) for _row in range(rows)])
        with CaptureQueriesContext(connection) as captured:
            assert supervisor.get(f"/alerts/{alert.number}/").status_code == 200
        return len(captured)

    supervisor.get("/")
    assert queries(19) == queries(2)


@pytest.mark.services
def test_acknowledging_answers_with_the_patched_row_and_puts_the_event_in_the_stream(cast: Cast, supervisor: Client, alert: Alert):
    answer = supervisor.post(f"/alerts/{alert.number}/acknowledge/", {"fragment": "row"}, headers=HTMX)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert text.startswith(f'<tr id="alert-{alert.number}"')
    assert 'hx-swap-oob="innerHTML"' in text
    alert.refresh_from_db()
    assert (alert.status, alert.handler) == (Alert.Status.ACKNOWLEDGED, cast.supervisor)
    assert not AlertEvent.objects.filter(position=None).exists()


def test_without_script_an_act_leads_back_to_the_alert(supervisor: Client, alert: Alert):
    answer = supervisor.post(f"/alerts/{alert.number}/acknowledge/?tab=mine")
    assert answer["Location"] == f"/alerts/{alert.number}/?tab=mine"


def test_a_dismissal_shows_its_reason_and_note_in_the_record(cast: Cast, supervisor: Client, alert: Alert):
    supervisor.post(f"/alerts/{alert.number}/dismiss/", {"reason": "false_alarm", "note": "证件430702198001010012已核对"}, headers=HTMX)
    entry = supervisor.get(f"/alerts/{alert.number}/").context["timeline"][0]
    assert entry["actor"] == cast.supervisor.name
    assert "430702198001010012" not in entry["text"]
    assert "已核对" in entry["text"]
    assert supervisor.get(f"/alerts/{alert.number}/").context["urls"]["dismiss"] is None


def test_the_second_of_two_supervisors_is_told_who_and_when_and_keeps_what_they_typed(cast: Cast, supervisor: Client, alert: Alert):
    second = logged_in(make_user(Role.SUPERVISOR, cast.detachment, name="钱某"))
    supervisor.post(f"/alerts/{alert.number}/acknowledge/")
    given = {"reason": "repeated", "note": "与上周同一事项"}
    for headers in (HTMX, {}):
        answer = second.post(f"/alerts/{alert.number}/dismiss/", given, headers=headers)
        assert answer.status_code == 409
        text = answer.content.decode()
        assert cast.supervisor.name in text
        assert "与上周同一事项</textarea>" in text
    alert.refresh_from_db()
    assert alert.status == Alert.Status.ACKNOWLEDGED


def test_a_dismissal_without_a_reason_is_refused_in_words(supervisor: Client, alert: Alert):
    assert supervisor.post(f"/alerts/{alert.number}/dismiss/", {"note": "x"}, headers=HTMX).status_code == 422
    assert supervisor.post(f"/alerts/{alert.number}/dismiss/", {"note": "x"}).status_code == 400
    assert AlertEvent.objects.filter(kind="dismissed").count() == 0


def test_an_auxiliary_reads_why_they_cannot_judge_and_may_comment(cast: Cast, alert: Alert):
    client = logged_in(make_user(Role.SUPERVISOR, cast.detachment, staff_kind="auxiliary"))
    page = client.get(f"/alerts/{alert.number}/")
    assert page.context["urls"]["acknowledge"] is page.context["urls"]["dismiss"] is None
    assert page.context["actions_note"]
    assert client.post(f"/alerts/{alert.number}/acknowledge/").status_code == 403
    assert client.post(f"/alerts/{alert.number}/comment/", {"text": "已提醒窗口"}, headers=HTMX).status_code == 200
    assert AlertEvent.objects.get(kind="commented").data == {"note": "已提醒窗口"}


def test_a_leader_reads_and_comments_but_does_not_judge(cast: Cast, alert: Alert):
    client = logged_in(cast.of[Role.LEADER])
    assert client.get(f"/alerts/{alert.number}/").context["urls"]["acknowledge"] is None
    assert client.post(f"/alerts/{alert.number}/dismiss/", {"reason": "repeated"}).status_code == 403
    assert client.post(f"/alerts/{alert.number}/comment/", {"text": "请尽快核实"}).status_code == 302


def test_the_duty_strip_shows_the_oldest_red_alert_nobody_has_taken(cast: Cast, supervisor: Client):
    assert supervisor.get("/alerts/duty/").context["duty"]["state"] == "calm"
    version = make_rule()
    make_alert(cast.first, version=version, level="red", backdated=True, due_at=None)
    assert supervisor.get("/alerts/duty/").context["duty"]["state"] == "calm"
    old = make_alert(cast.first, version=version, level="red", raised_at=datetime.now(UTC) - timedelta(minutes=26))
    strip = supervisor.get("/alerts/duty/").context["duty"]
    assert (strip["state"], strip["action_url"], strip["acknowledge_url"]) == (
        "red",
        f"/alerts/{old.number}/",
        f"/alerts/{old.number}/acknowledge/",
    )
    assert "26" in strip["text"]
    page = supervisor.get("/alerts/")
    begun = page.context["duty"]
    assert (begun["state"], begun["text"], begun["action_url"]) == ("red", "1件红色预警未受理", "/alerts/?tab=new&level=red")
    assert "detail" not in begun and 'hx-trigger="load, mj:duty from:body"' in page.content.decode()
    assert "fragment=count" not in page.content.decode()  # the strip brings the figure of the bell with it.
    supervisor.post(f"/alerts/{old.number}/acknowledge/")
    assert supervisor.get("/alerts/duty/").context["duty"]["state"] == "calm"


def test_a_transaction_opens_masked_with_steps_and_alerts_and_is_recorded(cast: Cast, supervisor: Client, alert: Alert):
    agency = make_agency(cast.first)
    make_transaction(cast.first, serial_no="A/1", agency_code=agency.code, steps=[("accept", 0), ("review", 12)], amount=12345)
    page = supervisor.get("/ledger/transactions/manual/A/1/")
    text = page.content.decode()
    assert "430702198001010012" not in text
    assert "123.45" in text
    assert [step["minutes"] for step in page.context["steps"]] == [0, 12]
    assert AuditEntry.objects.filter(action="transaction.viewed", target="manual/A/1").count() == 1
    named = supervisor.get("/ledger/transactions/manual/2611190060/").context["alerts"]
    assert [one["number"] for one in named] == [alert.number]


def test_a_transaction_of_another_unit_is_not_found(cast: Cast, alert: Alert):
    client = logged_in(make_user(Role.SUPERVISOR, cast.second))
    assert client.get("/ledger/transactions/manual/2611190060/").status_code == 404
    assert client.get("/ledger/transactions/manual/none/").status_code == 404
