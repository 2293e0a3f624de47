"""The pages of measures: who sees what, what was typed stays, each figure equals the list it opens."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.kit.days import day_start, today
from ledger.roster.models import Role
from oversight.cases.models import CaseEntry
from oversight.center.requests import Line
from oversight.measures.accountability.papers import document_fields as accountability_fields
from oversight.measures.catalogue import KINDS
from oversight.measures.circulars.papers import document_fields as circular_fields
from oversight.measures.figures import figures
from oversight.measures.interviews.models import Interview
from oversight.measures.interviews.papers import document_fields as interview_fields
from oversight.measures.interviews.papers import notice_fields
from oversight.measures.joint.models import JointWeights
from oversight.measures.offices.models import MeasurePolicy
from oversight.measures.offices.queries import months_later, policy_of, working_day_after
from oversight.measures.sections import TEMPLATE, case_section
from oversight.measures.suspensions.holding import hold_of
from oversight.measures.suspensions.models import Suspension
from oversight.measures.suspensions.papers import document_fields as suspension_fields
from oversight.measures.suspensions.papers import resumption_fields
from oversight.measures.transfers.papers import document_fields as transfer_fields
from oversight.measures.work import measures_waiting, own_measures
from oversight.viewer import Viewer
from tests.builders import make_staff, make_user
from tests.oversight.cast import logged_in
from tests.oversight.measures.building import (
    REASON,
    Town,
    act,
    day,
    decided,
    findings,
    held,
    in_force,
    notified,
    proposed,
    to_decide,
    typed_for,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(town: Town) -> Client:
    return logged_in(town.proposer)


@pytest.fixture
def leader(town: Town) -> Client:
    return logged_in(town.leader)


def tab_counts(client: Client, code: str) -> dict[str, int]:
    found = client.get(f"/measures/{code}/").context["tabs"]
    return {tab["url"].split("tab=")[1]: tab["count"] for tab in found}


def test_a_list_opens_on_the_first_part_that_holds_something_unless_one_is_named(town: Town, client: Client):
    act(proposed(town, "transfers"), "approve", town.leader)
    first, named = client.get("/measures/transfers/").context, client.get("/measures/transfers/?tab=sent").context
    assert [tab["url"] for tab in first["tabs"] if tab["active"]] == ["/measures/transfers/?tab=approved"]
    assert first["total"] == 1 and named["total"] == 0


def test_proposed_in_the_browser_it_stands_in_its_tab_and_on_the_page_of_its_case(town: Town, client: Client):
    page = client.get(f"/measures/suspensions/propose/{town.case.number}/")
    assert page.context["form"]["facts"].value() == town.case.facts
    answer = client.post(f"/measures/suspensions/propose/{town.case.number}/", typed_for("suspensions"))
    one = Suspension.objects.get()
    assert answer["Location"] == f"/measures/suspensions/{one.number}/"
    assert tab_counts(client, "suspensions")["legal"] == 1
    page = client.get(answer["Location"])
    assert [entry["text"] for entry in page.context["record"]] == ["提请"]
    assert [made["name"] for made in page.context["acts"]] == ["edit", "withdraw"]
    assert AuditEntry.objects.get(action="suspension.viewed").target == one.number
    section = case_section(town.case, Viewer(town.proposer))
    assert [part["rows"][0]["number"] for part in section["measures"]] == [one.number]
    assert len(section["proposals"]) == len(KINDS)
    assert case_section(town.case, Viewer(town.leader))["proposals"] == []
    from django.template.loader import render_to_string

    assert one.number in render_to_string(TEMPLATE, section)


def test_a_measure_stands_on_the_workbench_of_whom_it_waits_for_and_of_who_proposed_it_and_of_nobody_elsewhere(town: Town):
    one, elsewhere = proposed(town, "transfers"), make_user(Role.LEADER, town.cast.second)

    def told(lines: list[Line]) -> list[str]:
        return [line["title"].split()[0] for line in lines if line["kind"] == str(KINDS["transfers"].label)]

    assert told(measures_waiting(Viewer(town.leader))) == told(own_measures(Viewer(town.proposer))) == [one.number]
    assert measures_waiting(Viewer(elsewhere)) == own_measures(Viewer(town.leader)) == []


def test_what_was_typed_and_refused_stays_in_the_form_with_its_problem(town: Town, client: Client, leader: Client):
    answer = client.post(f"/measures/suspensions/propose/{town.case.number}/", typed_for("suspensions") | {"ends_on": day(-3)})
    assert answer.status_code == 400
    assert answer.context["form"]["diversion"].value() == typed_for("suspensions")["diversion"]
    assert 'id="propose-ends_on_error"' in answer.content.decode()
    one = to_decide(town, ends_on=day(20))
    given = {"document_no": "停字〔2026〕3号", "meeting_no": "办公会11号"}
    answer = leader.post(f"/measures/suspensions/{one.number}/decide/", given)
    assert answer.status_code == 400
    opened = next(shown for shown in answer.context["acts"] if shown["open"])
    assert (opened["name"], opened["form"]["document_no"].value()) == ("decide", "停字〔2026〕3号")
    assert leader.post(f"/measures/suspensions/{one.number}/decide/", given | {"committee": "on"}).status_code == 302


def test_an_act_that_is_not_yours_or_not_now_is_told_and_writes_nothing(town: Town, client: Client, leader: Client):
    one = proposed(town, "transfers")
    assert client.post(f"/measures/transfers/{one.number}/approve/").status_code == 403
    assert leader.post(f"/measures/transfers/{one.number}/send/", {}).status_code == 409
    assert leader.post(f"/measures/transfers/{one.number}/nothing/", {}).status_code == 404
    assert leader.get(f"/measures/transfers/{one.number}/approve/").status_code == 405
    assert CaseEntry.objects.filter(about=one.number).count() == 1


def test_an_approval_that_lapsed_is_told_as_such(town: Town, leader: Client):
    one = proposed(town, "transfers")
    type(one)._default_manager.filter(pk=one.pk).update(materials="另一份材料")
    answer = leader.post(f"/measures/transfers/{one.number}/approve/", {}, follow=True)
    assert "审批失效" in answer.content.decode()
    assert answer.context["row"]["status"] == "退回修改"


@pytest.mark.parametrize("code", KINDS)
def test_every_page_of_a_kind_shows_a_measure_and_its_papers_have_its_fields(town: Town, client: Client, code: str):
    papers = {
        "interviews": interview_fields,
        "accountability": accountability_fields,
        "suspensions": suspension_fields,
        "circulars": circular_fields,
        "transfers": transfer_fields,
    }
    one = proposed(town, code)
    assert one.number in client.get(f"/measures/{code}/").content.decode()
    page = client.get(f"/measures/{code}/{one.number}/")
    assert page.status_code == 200 and one.title in page.content.decode()
    fields = papers[code](one)
    assert one.number in fields.values()
    assert all(isinstance(value, str | list) for value in fields.values())


def test_who_may_not_see_the_case_sees_no_measure_of_it(town: Town):
    one = proposed(town, "transfers")
    for role, status in ((Role.UNIT_OFFICER, 404), (Role.SQUAD_LEADER, 403), (Role.AUDIT_ADMIN, 403)):
        stranger = logged_in(make_user(role, town.cast.second))
        assert stranger.get(f"/measures/transfers/{one.number}/").status_code == status
    assert logged_in(make_user(Role.SUPERVISOR, town.cast.second)).get("/measures/transfers/").context["total"] == 0


def test_nobody_follows_a_measure_against_themselves(town: Town):
    own = make_user(Role.DISCIPLINE, town.cast.detachment, staff=make_staff(town.squad, staff_no="060009", name="贺某"))
    one = proposed(town, "accountability", subject_code="060009", measure="criticism")
    assert logged_in(own).get(f"/measures/accountability/{one.number}/").status_code == 404
    assert case_section(town.case, Viewer(own))["measures"] == []


def test_an_interviewee_countersigns_on_a_page_of_their_own_and_sees_nothing_else(town: Town):
    account = make_user(None, town.squad, staff=town.auxiliary)
    client = logged_in(account)
    one = proposed(town, "interviews")
    assert client.get("/measures/mine/").context["rows"] == []
    assert client.get(f"/measures/mine/interviews/{one.number}/").status_code == 404
    type(one)._default_manager.all().delete()
    one = held(town)
    assert [row["waits"] for row in client.get("/measures/mine/").context["rows"]] == [True]
    page = client.get(f"/measures/mine/interviews/{one.number}/").content.decode()
    assert one.statement in page and town.case.number not in page and one.case.facts not in page
    assert client.get(f"/measures/interviews/{one.number}/").status_code == 403
    address = f"/measures/mine/interviews/{one.number}/sign/"
    assert client.post(address, {"objection": "字" * 2_001}).status_code == 400
    assert client.post(address, {"objection": "第二问记得不全"}).status_code == 302
    assert client.post(address, {}).status_code == 403
    assert Interview.objects.get().objection == "第二问记得不全"
    assert client.post("/measures/mine/suspensions/TY-1/sign/").status_code == 404


def test_a_recipient_reads_a_circular_and_signs_for_their_unit(town: Town):
    one = act(proposed(town, "circulars"), "review", town.inspector, review_note="同意")
    one = act(act(one, "decide", town.leader), "issue", town.proposer, document_no="常公交通〔2026〕6号", issued_on=day())
    reader = logged_in(make_user(Role.SQUAD_LEADER, town.squad))
    assert len(reader.get("/measures/mine/").context["rows"]) == 1
    page = reader.get(f"/measures/mine/circulars/{one.number}/").content.decode()
    assert one.problems in page and town.cast.second.name not in page.split("<main")[1].split("接收")[-1].split("mj-receipts")[-1]
    assert reader.post(f"/measures/mine/circulars/{one.number}/sign/", {"unit": town.cast.second.code}).status_code == 400
    assert reader.post(f"/measures/mine/circulars/{one.number}/sign/", {"unit": town.squad.code}).status_code == 302
    assert one.recipients.get(unit=town.squad).signed_by is not None
    assert logged_in(town.leader).get(f"/measures/circulars/{one.number}/").context["recipients"][0]["unit"]


def test_every_figure_of_a_year_equals_the_list_it_opens(town: Town, client: Client):
    held(town)
    held(town)
    notified(town, subject_code="060003")
    decided(town)
    decided(town, subject_code="060003", measure="criticism", points="0")
    decided(town, subject_kind="outside", subject_code="", subject_name="黄牛某", measure="employer")
    in_force(town)
    proposed(town, "suspensions")
    first, last = today().replace(month=1, day=1), today()
    found = figures(town.proposer, first, last)
    counts = {name: one["count"] for name, one in found.items()}
    assert counts == {"interviews": 1, "officers": 1, "auxiliaries": 1, "others": 1, "suspensions": 1, "circulars": 0, "transfers": 0}
    for name, one in found.items():
        page = client.get(one["url"])
        assert page.context["figure"].split(" ")[-1][:-1] == f"{one['count']}", name
        assert page.context["total"] == (2 if name == "interviews" else one["count"]), name
    stranger = make_user(Role.SUPERVISOR, town.cast.second)
    assert {one["count"] for one in figures(stranger, first, last).values()} == {0}


def test_the_calendar_shows_an_interview_on_its_day(town: Town, client: Client):
    one = notified(town)
    weeks = client.get("/measures/interviews/calendar/").context["weeks"]
    shown = [found["url"] for week in weeks for one_day in week for found in one_day["interviews"]]
    assert shown == [f"/measures/interviews/{one.number}/"]
    assert notice_fields(one)["地点"] == "约谈室"
    assert client.get("/measures/interviews/calendar/?month=1").status_code == 200
    elsewhere = client.get("/measures/interviews/calendar/?month=2020-02").context
    assert (elsewhere["month"], elsewhere["prev_url"][-7:], elsewhere["next_url"][-7:]) == ("2020-02", "2020-01", "2020-03")


def test_weights_are_drafted_and_published_in_the_browser_by_two(town: Town, leader: Client):
    inspector = logged_in(town.inspector)
    fields = {field["name"]: field["value"] for field in inspector.get("/measures/joint/").context["fields"]}
    answer = inspector.post("/measures/joint/draft/", fields | {"auxiliary_officer": "x", "reason": "按党委会意见"})
    assert answer.status_code == 400 and answer.context["typed"]["auxiliary_officer"] == "x"
    assert inspector.post("/measures/joint/draft/", fields | {"auxiliary_officer": "40", "reason": "按党委会意见"}).status_code == 302
    waiting = leader.get("/measures/joint/").context["waiting"]
    given = {"number": waiting["number"], "drafted_at": waiting["drafted_at"]}
    assert inspector.post("/measures/joint/publish/", given).status_code == 403
    assert leader.post("/measures/joint/publish/", given).status_code == 302
    assert JointWeights.objects.latest("number").shares["auxiliary"]["officer"] == 40
    assert leader.post("/measures/joint/publish/", {}).status_code == 400


def test_joint_points_are_exempted_on_the_page_of_their_measure(town: Town, leader: Client):
    one = decided(town)
    address, inspector = f"/measures/joint/{one.number}/exempt/", logged_in(town.inspector)
    assert inspector.post(address, {"part": "officer", "decision": "ask", "note": "短"}).context["typed"]["note"] == "短"
    assert inspector.post(address, {"part": "officer", "decision": "ask", "note": "检查谈话均有记录"}).status_code == 302
    assert leader.get(f"/measures/accountability/{one.number}/").context["joint"][0]["decides"]
    assert leader.post(address, {"part": "officer", "decision": "approve"}).status_code == 302
    assert leader.post(address, {"part": "nobody", "decision": "approve"}).status_code == 404
    assert "免除" in leader.get(f"/measures/accountability/{one.number}/").content.decode()


def test_offices_and_terms_are_settled_and_hold_at_once(town: Town, client: Client, leader: Client):
    assert not policy_of(KINDS["suspensions"]).settled
    given = {
        "kind": "suspensions",
        "proposing": "监管中心",
        "examining": "法制",
        "deciding": "办公会",
        "legal_unit": "",
        "term_proposed": "9",
    }
    assert client.post("/measures/offices/change/", given).status_code == 403
    assert leader.post("/measures/offices/change/", given | {"term_proposed": "0"}).context["rows"][2]["open"]
    assert leader.post("/measures/offices/change/", given).status_code == 302
    assert MeasurePolicy.objects.get().terms["proposed"] == 9
    assert proposed(town, "suspensions").due_on == working_day_after(today(), 9)
    assert leader.post("/measures/offices/change/", {"kind": "nothing"}).status_code == 404


def test_a_suspension_holds_its_agency_from_its_service_on_and_no_day_ends_it(town: Town):
    one, now = in_force(town), timezone.now()
    hold = hold_of(one, now)
    assert (hold["subject_kind"], hold["subject_code"], hold["effect"], hold["cause_number"]) == ("agency", "A77", "data", one.number)
    assert (hold["starts_at"], hold.get("ends_at")) == (now, None)
    later = now - timedelta(days=3)
    assert hold_of(one, later)["starts_at"] == day_start(one.starts_on)
    one = act(one, "apply", town.proposer, applied_on=day(), report="已整改完毕，请予验收")
    act(one, "accept", town.accepters[0], **findings("yes", "yes"))
    assert resumption_fields(one)["逐项结论"] == ["灯光仪检定合格：符合", "引车员重新培训：符合"]


def test_a_month_later_is_the_same_day_or_the_last():
    from datetime import date

    assert months_later(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_later(date(2026, 12, 1), 0) == date(2026, 12, 1)


def test_a_list_goes_on_after_its_last_row(town: Town, client: Client):
    made: list[Any] = [proposed(town, "transfers") for _number in range(2)]
    act(made[0], "refuse", town.leader, **REASON)
    page = client.get(f"/measures/transfers/?tab=proposed&before={made[1].pk}")
    assert [row["number"] for row in page.context["rows"]] == [made[0].number]
