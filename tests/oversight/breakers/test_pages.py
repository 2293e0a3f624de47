"""熔断 in pages: every figure is the list it opens, forms keep what was typed, and nobody sees what they must not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.holds.models import Hold
from ledger.roster.models import Agency, Role
from oversight.breakers.evaluating import evaluate_breakers
from oversight.breakers.models import Breaker, BreakerPolicy, BreakerReview
from oversight.breakers.papers import document_fields
from risk.alerts.models import Alert, Recused
from tests.builders import make_transaction, make_user
from tests.oversight.breakers.building import NOW, make_policy, make_warning, overseen
from tests.oversight.cases.building import make_case
from tests.oversight.cast import Cast, logged_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAGE = "/breakers/"
MOST_QUERIES = 45


@pytest.fixture
def agency(cast: Cast) -> Agency:
    return overseen(cast.first)


@pytest.fixture
def tripped(cast: Cast, agency: Agency) -> Breaker:
    make_policy(author=cast.supervisor, armed_by=cast.of[Role.LEADER])
    for day in (9, 8, 3):
        make_warning(cast.first, agency.code, at=NOW - day * DAY)
    make_warning(cast.first, "A2", at=NOW - 4 * DAY)
    evaluate_breakers(NOW - 2 * DAY)
    return Breaker.objects.get(status="open")


@pytest.fixture
def leader(cast: Cast) -> Client:
    return logged_in(cast.of[Role.LEADER])


def test_every_tab_counts_what_it_lists(supervisor: Client, tripped: Breaker):
    tabs = supervisor.get(PAGE).context["tabs"]
    assert [tab["count"] for tab in tabs] == [1, 0, 1, 1]
    for tab in tabs:
        page = supervisor.get(tab["url"])
        assert len(page.context["rows"]) == tab["count"] == page.context["total"]
        assert bool(page.context["empty"]) == (tab["count"] == 0)
    (row,) = supervisor.get(PAGE).context["rows"]
    assert (row["subject"], row["gauge"]["label"], row["effects"]) == ("安驰检测站", "12分，熔断线12分", "业务受理")


def test_the_page_tells_why_what_stands_still_and_what_is_missing(supervisor: Client, cast: Cast, agency: Agency, tripped: Breaker):
    make_transaction(cast.first, agency_code=agency.code, line="inspection", status="accepted", accepted_at=NOW - DAY)
    context = supervisor.get(f"{PAGE}{tripped.number}/").context
    assert context["breaker"]["sentence"] == "已熔断，停止业务受理。"
    assert [one["level"] for one in context["tripped_by"]] == ["orange"] * 3
    assert [one["effect"] for one in context["holds"]] == ["业务受理"]
    assert [one["met"] for one in context["conditions"]] == [True, False, False, False]
    assert (context["blast"]["open_items"], context["blast"]["waiting"], context["blast"]["lines"][0]["title"]) == (1, 1, "机动车检验")
    assert context["timeline"][-1]["text"] == "计12分，达到熔断线12分，自动熔断"


def test_lifted_in_the_browser_by_two_people_and_what_was_refused_stays_typed(
    supervisor: Client, leader: Client, cast: Cast, agency: Agency, tripped: Breaker
):
    page = f"{PAGE}{tripped.number}/"
    refused = supervisor.post(f"{page}lift/", {"reference": "AJ-1", "note": "整改验收合格"})
    assert refused.status_code == 400 and 'value="AJ-1"' in refused.content.decode() and 'value="整改验收合格"' in refused.content.decode()
    closing = {"status": "closed", "outcome": "confirmed", "closed_by": cast.of[Role.DISCIPLINE], "closed_at": NOW - DAY}
    case = make_case(cast.supervisor, unit=cast.first, subject_kind="agency", subject_code=agency.code, **closing)
    assert supervisor.post(f"{page}lift/", {"reference": case.number, "note": "整改验收合格"}).status_code == 302
    again = supervisor.post(f"{page}lift/", {"decision": "approve"})
    assert again.status_code == 403 and supervisor.get(page).context["requests"]["lift"]["own"]
    assert leader.post(f"{page}lift/", {"decision": "refuse", "note": "否"}).context["typed"]["note"] == "否"
    assert leader.post(f"{page}lift/", {"decision": "approve"}).status_code == 302
    assert leader.post(f"{page}lift/", {"decision": "approve"}).status_code == 409
    assert supervisor.get(f"{PAGE}?tab=half_open").context["rows"][0]["number"] == tripped.number
    assert supervisor.get(page).context["breaker"]["probation"]["text"] == "已满0日，共30日"


def test_tripped_by_hand_reviewed_and_appealed_in_the_browser(supervisor: Client, leader: Client, cast: Cast, agency: Agency):
    asked = {"subject_kind": "agency", "subject_code": agency.code, "reason": "视频核实检测作假"}
    unarmed = supervisor.post(f"{PAGE}propose/", asked)
    assert unarmed.status_code == 400 and unarmed.context["typed"]["reason"] == asked["reason"]
    make_policy(author=cast.supervisor, armed_by=cast.of[Role.LEADER])
    assert supervisor.get(f"{PAGE}propose/", asked).context["blast"]["long"] == 0
    assert "problem" in supervisor.get(f"{PAGE}propose/", asked | {"subject_code": "NOBODY"}).context
    supervisor.post(f"{PAGE}propose/", asked)
    page = f"{PAGE}{Breaker.objects.get().number}/"
    assert supervisor.get(f"{PAGE}?tab=closed").context["rows"][0]["waits"] == ["人工熔断待审批"]
    assert leader.post(f"{page}trip/", {"decision": "approve"}).status_code == 302
    assert Hold.objects.count() == 1
    review = {"review": BreakerReview.objects.get().pk, "decision": "uphold", "note": "处置得当，同意"}
    assert leader.post(f"{page}review/", review).status_code == 403
    assert logged_in(cast.of[Role.DISCIPLINE]).post(f"{page}review/", review).status_code == 302
    officer = logged_in(make_user(Role.UNIT_OFFICER, cast.first))
    assert officer.post(f"{page}appeal/", {"text": "短"}).status_code == 400
    assert officer.post(f"{page}appeal/", {"text": "设备系厂家标定，请求恢复"}).status_code == 302
    assert leader.post(f"{page}answer/", {"text": "责任在站方，不予采纳"}).status_code == 302
    assert [one["actor"] != "" for one in leader.get(page).context["timeline"]] == [True] * 5


def test_a_policy_is_written_simulated_and_armed_in_the_browser(supervisor: Client, leader: Client, cast: Cast, agency: Agency):
    for day in (103, 102, 101):
        make_warning(cast.first, agency.code, at=NOW - day * DAY)
    page = f"{PAGE}policies/agency/"
    form = supervisor.get(page).context["form"]
    values = {one["name"]: one["value"] for one in (*form["weights"], *form["fields"])} | {"effects": ["acceptance", "data"]}
    wrong = supervisor.post(f"{page}save/", values | {"trip_at": "many"})
    assert wrong.status_code == 400 and 'value="many"' in wrong.content.decode()
    assert supervisor.post(f"{page}save/", values).status_code == 302
    policy = BreakerPolicy.objects.get()
    acts = f"{PAGE}policies/{policy.number}/"
    assert supervisor.post(f"{acts}ask/").status_code == 409
    assert supervisor.post(f"{acts}simulate/").status_code == 302
    simulation = supervisor.get(page).context["simulation"]
    assert simulation["sentence"] == "近12个月将熔断1次，涉及1个对象，每月需复核、解除0.1次。"
    assert (simulation["rows"][0]["subject"], simulation["rows"][0]["days"]) == ("安驰检测站", 30)
    supervisor.post(f"{acts}ask/")
    assert not supervisor.get(page).context["draft"]["decides"]
    assert leader.get(page).context["draft"]["decides"]
    leader.post(f"{acts}decide/", {"decision": "approve"})
    assert supervisor.get(f"{PAGE}policies/").context["rows"][3]["armed"]["version"] == 1


def test_who_is_recused_finds_no_row_no_page_and_no_name_in_a_simulation(cast: Cast, agency: Agency, tripped: Breaker):
    near = make_user(Role.SUPERVISOR, cast.detachment)
    alert = Alert.objects.filter(subject_code=tripped.subject_code).order_by("id")[0]
    Recused.objects.create(alert=alert, staff_no=near.staff_no, reason="handled")
    client = logged_in(near)
    page = client.get(PAGE)
    assert [tab["count"] for tab in page.context["tabs"]] == [0, 0, 1, 0]
    assert client.get(f"{PAGE}{tripped.number}/").status_code == 404
    draft = make_policy(author=cast.supervisor, armed_by=None)
    logged_in(cast.supervisor).post(f"{PAGE}policies/{draft.number}/simulate/")
    assert client.get(f"{PAGE}policies/agency/").context["simulation"]["rows"] == []
    assert len(logged_in(cast.supervisor).get(f"{PAGE}policies/agency/").context["simulation"]["rows"]) == 1


def test_the_list_costs_the_same_for_one_breaker_and_for_many(supervisor: Client, cast: Cast, tripped: Breaker):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            supervisor.get(f"{PAGE}?tab=closed")
        return len(queries)

    cost()  # what the process keeps from its first page on
    few = cost()
    for number in range(8):
        make_warning(cast.first, f"B{number}", at=NOW - DAY)
    evaluate_breakers(NOW)
    assert cost() == few <= MOST_QUERIES


def test_reviews_and_proposals_wait_at_the_workbench_of_who_may_do_them(cast: Cast, agency: Agency, tripped: Breaker, leader: Client):
    def waiting(client: Client) -> list[str]:
        return [line["kind"] for part in client.get("/").context["parts"] if part.lines for line in part.rows]

    closing = {"status": "closed", "outcome": "confirmed", "closed_by": cast.of[Role.DISCIPLINE], "closed_at": NOW - DAY}
    case = make_case(cast.supervisor, unit=cast.first, subject_kind="agency", subject_code=agency.code, **closing)
    supervisor = logged_in(cast.supervisor)
    supervisor.post(f"{PAGE}{tripped.number}/lift/", {"reference": case.number, "note": "整改验收合格"})
    assert waiting(supervisor) == ["熔断复核"]
    assert waiting(leader) == ["熔断复核", "熔断器"]
    assert waiting(logged_in(make_user(Role.UNIT_OFFICER, cast.first))) == []


def test_the_notice_says_from_when_until_when_what_stops_and_how_it_goes_on(cast: Cast, agency: Agency, tripped: Breaker):
    fields = document_fields(tripped)
    assert (fields["对象"], fields["统一信用代码（编码）"], fields["业务范围"]) == ("安驰检测站", agency.code, "业务受理")
    assert fields["事实"] == "计12分，达到熔断线12分，自动熔断" and fields["审批人"] == ""
    assert fields["起"] and fields["止"] > fields["起"] and fields["恢复时间"] == ""
