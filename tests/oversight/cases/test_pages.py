"""The pages of cases: two clicks from an alert to its case, what each person finds on it, and that nothing typed is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.audit.models import AuditEntry
from ledger.roster.models import Role
from oversight.cases import closing, conduct, parties
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.overdue import escalate_overdue
from oversight.cases.models import Case, Party
from oversight.cases.policy.models import CaseTerm, EscalationStep, LineDepartment
from oversight.cases.policy.reading import DEFAULTS, policy_of
from oversight.cases.sections import CaseSection, register_section
from oversight.cases.services import open_case
from risk.alerts.models import Recused
from tests.builders import make_user
from tests.oversight.cases.building import make_escalation
from tests.oversight.cases.town import Town
from tests.oversight.cast import logged_in

NOTE = "经核查属实,已整改到位并完善制度。"


def sent(page: object) -> dict[str, list[str]]:
    """The form of a dispatch as it stands when it is opened."""
    offer = page.context["offers"][0].context  # type: ignore[attr-defined]
    return {
        "part": [one["part"] for one in offer["parties"]],
        "unit": [one["value"] for one in offer["parties"]],
        "duty": [one["duty"] for one in offer["parties"]],
        "alert": [one["number"] for one in offer["joining"] if one["chosen"]],
        "basis": [offer["basis"]],
        "requirement": [offer["requirement"]],
    }


@pytest.fixture
def named(town: Town) -> Town:
    """The town with a department for its line, so that nothing is left to choose."""
    LineDepartment.objects.create(line="registration", unit=town.department, edited_at=datetime.now(UTC))
    return town


def test_an_issued_alert_is_dispatched_with_what_is_prefilled(named: Town, supervisor: Client):
    alert, other = named.issued(), named.issued()
    page = supervisor.get(f"/alerts/{alert.number}/")
    offer = page.context["offers"][0]
    assert [one["value"].split()[0] for one in offer.context["parties"]] == ["一大队一中队", "一大队", "车辆管理科", "纪检监察室"]
    assert [one["chosen"] for one in offer.context["joining"]] == [False]
    assert offer.context["joining"][0]["number"] == other.number
    form = sent(page)
    form["duty"][1:3] = ["每周五向监管中心报告进展", ""]
    answer = supervisor.post(offer.context["url"], form)
    case = Case.objects.get()
    # What the dispatcher wrote is the duty; what was left empty is the usual one.
    duties = list(case.parties.order_by("place").values_list("duty", flat=True))
    assert (duties[0], duties[1]) == (form["duty"][0], "每周五向监管中心报告进展")
    assert duties[2]
    assert answer.headers["Location"] == f"/cases/{case.number}/"
    assert case.status == "handling"
    after = supervisor.get(f"/alerts/{alert.number}/").context["offers"][0]
    assert after.context["number"] == case.number
    assert after.context["escalate_url"].endswith("#escalate-dialog")
    assert supervisor.get(offer.context["url"]).headers["Location"] == f"/cases/{case.number}/"


def test_only_who_supervises_is_offered_the_dispatch(named: Town):
    alert = named.issued()
    for role in (Role.LEADER, Role.DISCIPLINE):
        assert logged_in(named.cast.of[role]).get(f"/alerts/{alert.number}/").context["offers"] == []
    auxiliary = make_user(Role.SUPERVISOR, named.cast.detachment, staff_kind="auxiliary")
    assert logged_in(auxiliary).get(f"/alerts/{alert.number}/").context["offers"] == []


def test_what_was_typed_stays_when_a_dispatch_is_refused(town: Town, supervisor: Client):
    alert = town.issued()
    form = sent(supervisor.get(f"/alerts/{alert.number}/")) | {"basis": ["依据某条"]}
    form["duty"][0] = "逐笔核对后报告"
    answer = supervisor.post(f"/cases/dispatch/{alert.number}/", form)
    assert answer.status_code == 400
    assert answer.context["problem"]
    assert answer.context["offer"]["basis"] == "依据某条"
    assert answer.context["offer"]["parties"][0]["duty"] == "逐笔核对后报告"
    form["unit"][2] = "不存在的科"
    answer = supervisor.post(f"/cases/dispatch/{alert.number}/", form)
    assert "不存在的科" in answer.context["problem"]
    assert "不存在的科" in answer.content.decode()
    form["unit"][2] = town.department.name
    assert supervisor.post(f"/cases/dispatch/{alert.number}/", form).status_code == 302


def test_an_orange_dispatch_waits_on_the_workbench_of_the_leader_and_comes_back_changed(town: Town, supervisor: Client):
    alert = town.issued("orange")
    case = open_case(alerts=[alert.number], actor=town.supervisor, parties=town.parties)
    leader = logged_in(town.leader)
    line = leader.get("/").context["parts"][0].rows[0]
    assert (line["url"], line["level"]) == (f"/cases/{case.number}/", "orange")
    page = leader.get(line["url"])
    assert page.context["urls"]["approve"]
    assert page.context["waits"]
    assert leader.post(f"/cases/{case.number}/return/", {"note": "主办单位不当"}).status_code == 302
    mine = supervisor.get("/").context["parts"][0].rows
    assert [row["url"] for row in mine] == [f"/cases/{case.number}/"]
    form = supervisor.get(f"/cases/{case.number}/ask/").context["offer"]
    given = {"part": [one["part"] for one in form["parties"]], "unit": [one["value"] for one in form["parties"]], "basis": ["D-07"]}
    assert supervisor.post(f"/cases/{case.number}/ask/", given).status_code == 302
    assert leader.post(f"/cases/{case.number}/approve/").status_code == 302
    case.refresh_from_db()
    assert (case.status, case.basis) == ("handling", "D-07")
    other = logged_in(town.other).post(f"/cases/{case.number}/approve/")
    assert other.status_code == 409
    assert str(town.leader) in other.content.decode()


def test_a_party_finds_its_case_signs_and_reports(town: Town):
    case = town.opened()
    client = logged_in(town.squad_leader)
    line = client.get("/").context["parts"][0].rows[0]
    assert line["url"] == f"/cases/{case.number}/"
    assert line["deadline"].state == "normal"
    page = client.get(line["url"])
    lead = next(party for party in page.context["parties"] if party["urls"])
    assert set(lead["urls"]) == {"sign"}
    assert client.post(lead["urls"]["sign"]).status_code == 302
    report = f"/cases/{case.number}/parties/{lead['pk']}/report/"
    short = client.post(report, {"work": "好"})
    assert short.status_code == 400
    assert f'id="report-{lead["pk"]}" class="mj-dialog" aria-labelledby="report-{lead["pk"]}-title" data-open' in short.content.decode()
    assert client.post(report, {"work": NOTE}).status_code == 302
    assert client.get("/").context["tabs"][0]["count"] == 0
    assert client.get("/?tab=done").context["parts"][0].rows[0]["url"] == f"/cases/{case.number}/"
    foreign = case.parties.get(part="department").pk
    assert client.post(f"/cases/{case.number}/parties/{foreign}/sign/").status_code == 403


def test_who_is_recused_by_a_relation_is_told_neither_whom_nor_on_what(town: Town):
    alert = town.issued()
    town.squad.leader_no = town.squad_leader.staff_no
    town.squad.save()
    Recused.objects.create(alert=alert, staff_no=town.squad_leader.staff_no, reason="squad_leader")
    case = town.opened(alerts=[alert])
    conduct.comment(number=case.number, actor=town.supervisor, note="与梁某谈话")
    client = logged_in(town.squad_leader)
    secrets = [alert.number, "梁某", town.subject.staff_no, case.title, "退办率偏高", "谈话", town.department.name]
    for address in ("/", "/cases/", f"/cases/{case.number}/", "/cases/escalations/"):
        text = client.get(address).content.decode()
        assert [secret for secret in secrets if secret in text] == [], address
    page = client.get(f"/cases/{case.number}/")
    assert [party["urls"].keys() for party in page.context["parties"]] == [{"sign"}]
    assert not any(page.context["urls"].values())
    assert client.post(page.context["parties"][0]["urls"]["sign"]).status_code == 302
    assert client.post(f"/cases/{case.number}/comment/", {"note": "已知悉"}).status_code == 403


def test_a_case_is_closed_over_its_pages(town: Town, supervisor: Client):
    case = town.opened()
    page = supervisor.get(f"/cases/{case.number}/")
    assert page.context["obstacles"]
    early = supervisor.post(f"/cases/{case.number}/propose/", {"outcome": "confirmed", "conclusion": NOTE})
    assert (early.status_code, early.context["typed"]["conclusion"]) == (409, NOTE)
    assert NOTE in early.content.decode()
    lead = case.parties.get(part="lead").pk
    parties.sign(number=case.number, party=lead, actor=town.squad_leader)
    parties.report_duty(number=case.number, party=lead, actor=town.squad_leader, work=NOTE)
    assert supervisor.post(f"/cases/{case.number}/propose/", {"outcome": "confirmed", "conclusion": NOTE}).status_code == 302
    assert supervisor.get("/?tab=asked").context["parts"][0].rows[0]["url"] == f"/cases/{case.number}/"
    second = logged_in(town.second)
    assert second.get("/").context["parts"][0].rows[0]["url"] == f"/cases/{case.number}/"
    assert second.post(f"/cases/{case.number}/close/").status_code == 302
    assert second.get("/cases/?tab=closed").context["rows"][0]["outcome"]
    assert AuditEntry.objects.filter(action="case.closed", target=case.number).exists()


def test_the_figures_of_the_list_are_its_rows_under_every_filter(town: Town, supervisor: Client):
    for level in ("yellow", "blue", "orange"):
        town.opened(level)
    asked = open_case(alerts=[town.issued("red").number], actor=town.supervisor, parties=town.parties)
    Party.objects.filter(case__level="yellow", part="lead").update(sign_due_at=datetime.now(UTC) - timedelta(hours=1))
    for filters, most in (("", 4), ("&level=yellow", 1), ("&clock=overdue", 1), (f"&unit={town.squad.code}", 4), ("&unit=nowhere", 0)):
        context = supervisor.get(f"/cases/?tab=handling{filters}").context
        assert (context["tabs"][0]["count"], len(context["rows"])) == (most, most), filters
    assert {row["number"] for row in logged_in(town.squad_leader).get("/cases/").context["rows"]} == {
        case.number for case in Case.objects.exclude(pk=asked.pk)
    }
    empty = supervisor.get("/cases/?tab=closed&clock=overdue")
    assert empty.context["empty"]["action_url"]


def test_a_page_of_many_cases_costs_no_more_queries(town: Town, supervisor: Client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            supervisor.get("/cases/")
        return len(captured)

    town.opened()
    supervisor.get("/cases/")
    few = queries()
    for _number in range(4):
        town.opened()
    assert queries() == few


def test_escalations_are_received_instructed_and_finished_in_their_list(town: Town):
    case = town.opened("orange")
    escalate_overdue(now=datetime.now(UTC) + timedelta(days=60))
    leader = logged_in(town.leader)
    row = leader.get("/cases/escalations/").context["rows"][0]
    assert (row["case"], set(row["urls"])) == (case.number, {"receive", "instruct"})
    assert [line["url"] for line in leader.get("/").context["parts"][0].rows] == [f"/cases/{case.number}/#{row['number']}"]
    wrong = leader.post(row["urls"]["instruct"], {"note": "抓紧办理", "due": "昨天"})
    assert (wrong.status_code, wrong.context["typed"]["note"]) == (400, "抓紧办理")
    due = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%dT%H:%M}"
    assert leader.post(row["urls"]["instruct"], {"note": "抓紧办理", "due": due}).status_code == 302
    assert leader.post(f"/cases/escalations/{row['number']}/finish/", {"note": "已查清,同意办结"}).status_code == 302
    assert leader.get("/cases/escalations/?tab=finished").context["rows"][0]["number"] == row["number"]
    assert logged_in(town.supervisor).get("/cases/escalations/?tab=finished").context["rows"][0]["urls"] == {}


def test_a_case_is_raised_by_hand_on_its_page(town: Town, supervisor: Client):
    case = town.opened()
    address = f"/cases/{case.number}/escalate/"
    targets = [to["value"] for to in supervisor.get(f"/cases/{case.number}/").context["raising"]["targets"]]
    assert targets == [
        f"unit:{town.brigade.code}",
        f"department:{town.department.code}",
        f"discipline:{town.inspection.code}",
        f"committee:{town.cast.detachment.code}",
    ]
    short = supervisor.post(address, {"to": targets[0], "why": "other", "grounds": "慢"})
    assert (short.status_code, short.context["typed"]["to"]) == (400, targets[0])
    page = short.content.decode()
    assert (
        f'value="{targets[0]}" required data-digit="3" checked' in page
        and 'value="other" required data-digit="2" data-then="grounds" checked' in page
    )
    assert supervisor.post(address, {"to": targets[-1], "grounds": "大队核查久拖不决"}).status_code == 302
    assert Escalation.objects.get().raised_by == town.supervisor


def test_five_levels_show_who_acted(town: Town, supervisor: Client):
    case = town.opened()
    conduct.instruct(number=case.number, actor=town.leader, note="从严核查")
    shown = {
        layer["label"]: layer["last"]["who"] if layer["last"] else None
        for layer in supervisor.get(f"/cases/{case.number}/").context["layers"]
    }
    assert list(shown.values()) == [str(town.leader), None, str(town.supervisor), None, None]


def test_another_area_puts_its_section_on_the_page(town: Town, supervisor: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oversight.cases.sections._sections", [])
    told = {"title": "整改单三份", "text": "", "action_url": None}
    register_section(CaseSection("parts/_empty.html", lambda case, viewer: {"empty": told}))
    register_section(CaseSection("parts/_empty.html", lambda case, viewer: None))
    case = town.opened()
    assert "整改单三份" in supervisor.get(f"/cases/{case.number}/").content.decode()


def test_a_hidden_case_is_not_found(town: Town):
    case = town.opened()
    make_escalation(case, town.cast.detachment)
    outsider = logged_in(make_user(Role.SUPERVISOR, town.cast.second))
    for address in (f"/cases/{case.number}/", f"/cases/{case.number}/ask/"):
        assert outsider.get(address).status_code == 404
    for act in ("comment", "instruct", "close", f"parties/{case.parties.first().pk}/sign"):
        assert outsider.post(f"/cases/{case.number}/{act}/", {"note": NOTE}).status_code == 404
    assert outsider.post(f"/cases/escalations/{Escalation.objects.get().number}/receive/").status_code == 404


# The terms


def policy_form(**changes: object) -> dict[str, object]:
    form = {"sign": "2", "sign_measure": "days", "feedback": "8", "feedback_measure": "days", "first_report": "", "repeats": "0"}
    form["watch_days"] = "90"
    form |= {"repeat_days": "90", "after_hours": ["0", "24"], "to_layer": ["unit", "committee"], "to_kind": ["brigade", "detachment"]}
    return form | {"addressee": ["大队内勤", "分管支队领导"]} | changes


def test_terms_are_edited_and_hold_for_cases_opened_afterwards(town: Town):
    admin = logged_in(town.cast.of[Role.SYSTEM_ADMIN])
    before = town.opened("blue")
    assert [level["edited"] for level in admin.get("/cases/policy/").context["levels"]] == [False] * 4
    assert admin.post("/cases/policy/levels/blue/", policy_form(copied=["committee"])).status_code == 302
    assert (policy_of("blue").edited, policy_of("blue").copied) == (True, ("committee",))
    assert [step.addressee for step in policy_of("blue").steps] == ["大队内勤", "分管支队领导"]
    assert policy_of("yellow") == DEFAULTS["yellow"]
    after = town.opened("blue")
    assert (before.policy["sign"]["amount"], after.policy["sign"]["amount"]) == (1, 2)
    assert [case.entries.filter(kind="case.copied").count() for case in (before, after)] == [0, 1]
    entry = AuditEntry.objects.get(action="case_policy.saved")
    assert (entry.detail["old"]["feedback"]["amount"], entry.detail["new"]["feedback"]["amount"]) == (5, 8)
    assert admin.post("/cases/policy/levels/blue/", policy_form(addressee=["", ""])).status_code == 302
    assert not EscalationStep.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"sign": "0"},
        {"sign": "x"},
        {"feedback_measure": "weeks"},
        {"to_layer": ["nobody", "unit"]},
        {"repeat_days": "0"},
        {"first_report": "0"},
        {"copied": ["members"]},
    ],
)
def test_terms_that_cannot_be_are_refused_and_stay_typed(town: Town, changes: dict[str, object]):
    admin = logged_in(town.cast.of[Role.SYSTEM_ADMIN])
    answer = admin.post("/cases/policy/levels/blue/", policy_form(**changes))
    assert answer.status_code == 400
    blue = next(level for level in answer.context["levels"] if level["level"] == "blue")
    assert blue["feedback"] == "8"
    assert not CaseTerm.objects.exists()


def test_departments_are_named_and_taken_back(town: Town):
    admin = logged_in(town.cast.of[Role.SYSTEM_ADMIN])
    name = f"{town.department.name} {town.department.code}"
    assert admin.post("/cases/policy/departments/", {"line-registration": name}).status_code == 302
    assert LineDepartment.objects.get().unit == town.department
    wrong = admin.post("/cases/policy/departments/", {"line-registration": "无此科"})
    assert (wrong.status_code, "无此科" in wrong.content.decode()) == (400, True)
    assert admin.post("/cases/policy/departments/", {}).status_code == 302
    assert not LineDepartment.objects.exists()
    assert closing.obstacles(town.opened())
