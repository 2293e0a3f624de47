"""Orders in pages: every figure is its list, who answers finds it in one tap, errors keep what was typed."""

from datetime import timedelta

from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oversight.orders import extending, objecting, reviewing, services
from oversight.orders.models import Draft, Order
from oversight.orders.queries import visible_order
from oversight.orders.sections import TEMPLATE, orders_of_case
from oversight.orders.shown import shown_to
from oversight.viewer import Viewer
from tests.builders import make_transaction
from tests.oversight.cases.building import make_party
from tests.oversight.cast import logged_in
from tests.oversight.orders.building import PROBLEM, TYPED, Scene, hours

LIST = "/orders/"
MOST_QUERIES = 30


def numbers(client: Client, query: str = "") -> list[str]:
    return [row["number"] for group in client.get(f"{LIST}?{query}").context["groups"] for row in group["rows"]]


def to_do(client: Client) -> list[dict]:
    return [line for part in client.get("/").context["parts"] for line in part.rows if part.lines]


def test_every_figure_of_the_list_is_its_list(scene: Scene):
    waiting, late = scene.order(), scene.order()
    Order.objects.filter(pk=late.pk).update(sign_due_at=hours(-1))
    working, answered = scene.working(), scene.answered()
    extending.ask_extension(number=working.number, actor=scene["leader"], until=working.due_at + timedelta(days=1), note="涉及跨年台账")
    services.withdraw(number=scene.order().number, actor=scene["first"], note="与另一整改单重复")
    client = logged_in(scene["second"])
    for tab in client.get(LIST).context["tabs"]:
        assert client.get(tab["url"]).context["total"] == tab["count"] == len(numbers(client, tab["url"].partition("?")[2]))
    assert numbers(client, "tab=issued") == [late.number, waiting.number]
    assert numbers(client, "tab=issued&clock=overdue") == [late.number]
    assert numbers(client, "tab=answered") == [answered.number]
    assert numbers(client, "tab=working") == numbers(client, "tab=extending") == [working.number]
    assert numbers(client, "tab=issued&unit=none") == numbers(client, "tab=issued&level=blue") == []
    assert client.get(f"{LIST}?tab=issued&level=blue").context["empty"]["title"] == "当前筛选无结果"
    assert [group["title"] for group in client.get(f"{LIST}?tab=issued&by=unit").context["groups"]] == ["三中队"]
    assert numbers(logged_in(scene["stranger"]), "tab=issued") == []
    assert client.get(f"{LIST}?tab=x&level=y&from=-1&by=z").status_code == 200


def test_the_list_and_the_workbench_cost_a_bounded_number_of_queries(scene: Scene):
    for _number in range(8):
        scene.order()
    for who, address in (("second", f"{LIST}?tab=issued"), ("leader", "/")):
        client = logged_in(scene[who])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= MOST_QUERIES, "\n".join(query["sql"][:140] for query in queries)


def test_reminded_and_extended_from_the_list(scene: Scene):
    order = scene.working()
    client = logged_in(scene["second"])
    case_url = client.get(f"{LIST}{order.number}/").context["case_url"]
    assert (case_url, client.get(case_url).status_code) == (f"/cases/{order.case.number}/", 200)
    answer = client.post(f"{LIST}{order.number}/remind/?tab=working&level=orange", {"back": "list"})
    assert answer["Location"] == f"{LIST}?tab=working&level=orange"
    extending.ask_extension(number=order.number, actor=scene["leader"], until=order.due_at + timedelta(days=1), note="涉及跨年台账")
    decide = f"{LIST}{order.number}/extension/decide/?tab=extending"
    refused = client.post(decide, {"back": "list", "decision": "refuse", "note": "不行"})
    assert refused.status_code == 400 and refused.context["typed"]["note"] == "不行"
    client.post(decide, {"back": "list", "decision": "approve"})
    order.refresh_from_db()
    assert (order.reminders, numbers(client, "tab=extending")) == (1, [])


def test_the_unit_finds_its_order_in_one_tap_and_the_bell_tells_of_it(scene: Scene):
    order = scene.order()
    client = logged_in(scene["leader"])
    (line,) = to_do(client)
    assert (line["kind"], line["url"]) == ("整改单签收", f"{LIST}{order.number}/response/")
    assert client.get("/duty/notices/?fragment=count").context["count"] == 1
    page = client.get(line["url"])
    assert page.context["acts"] == {"sign"} and "三中队" not in page.context["missing"]
    answer = client.post(f"{LIST}{order.number}/sign/", {"back": "response"})
    assert answer["Location"] == line["url"]
    again = logged_in(scene["deputy"]).post(f"{LIST}{order.number}/sign/", {"back": "response"})
    assert again.status_code == 409 and "李某" in again.content.decode()
    services.remind(number=order.number, actor=scene["helper"], note="明日到期")
    row = client.get("/duty/notices/").context["rows"][0]
    assert (row["text"], row["level"]) == (f"整改单{order.number}：催办", order.level)
    assert row["detail"] == f"{order.case.title} · 明日到期"
    assert [line["kind"] for line in to_do(client)] == ["整改反馈"]
    assert to_do(logged_in(scene["stranger"])) == []


def test_what_waits_for_the_centre_stands_on_its_workbench(scene: Scene):
    order = scene.working()
    client, issuer = logged_in(scene["second"]), logged_in(scene["first"])
    assert to_do(client) == []
    objecting.raise_objection(number=order.number, actor=scene["leader"], text="系统故障重复生成")
    assert [line["kind"] for line in to_do(client)] == ["异议答复"]
    # Whoever issued the order does not answer the objection, and nothing else waits.
    assert to_do(issuer) == []
    objecting.answer_objection(number=order.number, actor=scene["second"], uphold=False, text="不成立，见台账")
    extending.ask_extension(number=order.number, actor=scene["leader"], until=order.due_at + timedelta(days=1), note="涉及跨年台账")
    assert [line["kind"] for line in to_do(client)] == ["延期审批"]
    scene.send(order)
    assert [line["kind"] for line in to_do(client)] == ["整改复核"]
    (mine,) = [line for part in issuer.get("/?tab=asked").context["parts"] for line in part.rows]
    assert mine["url"] == f"{LIST}{order.number}/"


def test_answered_returned_with_comments_first_and_answered_again(scene: Scene):
    order = scene.working()
    client, page = logged_in(scene["leader"]), f"{LIST}{order.number}/response/"
    saved = client.post(f"{LIST}{order.number}/draft/", {"cause": "未复核", "version": "0"}).json()
    assert saved["version"] == 1 and saved["saved"]
    fields = {field["name"]: field["value"] for field in client.get(page).context["fields"]}
    assert fields["cause"] == "未复核"
    short = client.post(page, TYPED | {"version": "1", "stage": "final", "result": ""})
    assert short.status_code == 400 and "还差：结果" in short.content.decode()
    assert {field["name"]: field["value"] for field in short.context["fields"]}["cause"] == TYPED["cause"]
    assert client.post(page, TYPED | {"version": "1", "stage": "final"}).status_code == 302
    desk = logged_in(scene["second"])
    nothing = desk.post(f"{LIST}{order.number}/review/", {"decision": "return", "note": "", "comment-cause": " "})
    assert nothing.status_code == 400
    wrong = desk.post(f"{LIST}{order.number}/review/", {"decision": "return", "comment-cause": "不实", "due_at": "明天"})
    assert wrong.status_code == 400 and ("cause", "不实") in [(name, text) for name, _label, text in wrong.context["comment_fields"]]
    desk.post(f"{LIST}{order.number}/review/", {"decision": "return", "comment-measures": "写明责任人"})
    back = client.get(page).context
    assert [(href, text) for href, _label, text in back["returned"]["comments"]] == [("#f-measures", "写明责任人")]
    assert [field["name"] for field in back["fields"] if field["folded"]] == ["cause", "result"]
    client.post(page, TYPED | {"version": f"{back['version']}", "stage": "final"})
    desk.post(f"{LIST}{order.number}/review/", {"decision": "accept"})
    order.refresh_from_db()
    assert order.status == "closed"
    assert client.get(page).status_code == desk.get(f"{LIST}{order.number}/").status_code == 200


def test_a_conflict_of_two_drafts_keeps_both_texts(scene: Scene):
    order = scene.working()
    logged_in(scene["leader"]).post(f"{LIST}{order.number}/draft/", {"cause": "甲", "version": "0"})
    other = logged_in(scene["deputy"])
    answer = other.post(f"{LIST}{order.number}/draft/", {"cause": "乙", "version": "0"})
    assert answer.status_code == 409 and "李某" in answer.json()["error"]
    page = other.post(f"{LIST}{order.number}/response/", {"cause": "乙", "version": "0", "act": "draft"})
    assert page.status_code == 409
    assert {field["name"]: field["value"] for field in page.context["fields"]}["cause"] == "乙"
    assert Draft.objects.get().cause == "甲"


def test_the_auxiliary_writes_but_has_no_button_to_send(scene: Scene):
    order = scene.working()
    page = logged_in(scene["clerk"]).get(f"{LIST}{order.number}/response/")
    assert page.context["acts"] == {"draft"}
    assert "由本单位民警提交" in page.content.decode()


def test_extension_and_objection_from_the_phone(scene: Scene):
    order, client = scene.working(), logged_in(scene["leader"])
    here = f"{LIST}{order.number}/"
    none = client.post(f"{here}extension/", {"back": "response", "until": "", "note": "涉及跨年台账"})
    assert none.status_code == 400 and none.context["typed"]["note"] == "涉及跨年台账"
    until = f"{order.due_at + timedelta(days=1):%Y-%m-%dT%H:%M}"
    assert client.post(f"{here}extension/", {"back": "response", "until": until, "note": "涉及跨年台账"}).status_code in (302, 400)
    client.post(f"{here}objection/", {"back": "response", "note": "系统故障重复生成"})
    page = client.get(f"{here}response/").context
    assert page["objection"]["text"] == "系统故障重复生成" and "object" not in page["acts"]
    answered = logged_in(scene["second"]).post(f"{here}objection/answer/", {"decision": "uphold", "note": "异议成立，撤回"})
    assert answered.status_code == 302
    assert logged_in(scene["second"]).post(f"{here}withdraw/", {"note": "与另一整改单重复"}).status_code == 409


def test_an_order_is_issued_on_the_form_of_its_case(scene: Scene):
    client = logged_in(scene["first"])
    page = client.get(f"{LIST}issue/?case={scene.case.number}")
    assert page.context["problems"][0]["fact"] and page.context["party"] == scene.party.pk
    form = {"case": scene.case.number, "party": scene.party.pk, "requirement": "改", **page.context["texts"]} | {"requirement": "改"}
    form |= {"fact": [PROBLEM["fact"], ""], "evidence": ["vms/WZ0001\nvms/WZ0002", ""], "clause": ["第四十二条", ""], "item": ["3-07", ""]}
    wrong = client.post(f"{LIST}issue/", form)
    assert wrong.status_code == 400 and wrong.context["problems"][0]["fact"] == PROBLEM["fact"]
    assert client.post(f"{LIST}issue/", form | {"requirement": "逐笔说明", "due_at": "soon"}).status_code == 400
    done = client.post(f"{LIST}issue/", form | {"requirement": "逐笔说明撤销理由"})
    made = Order.objects.get()
    assert done["Location"] == f"{LIST}{made.number}/"
    assert made.problems == [PROBLEM | {"clause": "第四十二条"}]
    assert client.get(f"{LIST}issue/?case=AJ-000000-NONE00").status_code == 404
    section = orders_of_case(scene.case, Viewer(scene["first"]))
    assert [one["number"] for one in section["orders"]] == [made.number] and section["issue_url"]
    assert f"{LIST}{made.number}/" in render_to_string(TEMPLATE, section)
    assert orders_of_case(scene.case, Viewer(scene["leader"]))["issue_url"] == ""


def test_evidence_opens_for_who_may(scene: Scene):
    row = make_transaction(scene.squad)
    order = scene.order(problems=[PROBLEM | {"evidence": [f"{row.source}/{row.serial_no}", "vms/OTHER"]}])
    watcher, unit = (shown_to(Viewer(scene[who]), visible_order(scene[who], order.number)) for who in ("second", "leader"))
    assert [bool(one["url"]) for one in watcher.problems[0]["evidence"]] == [True, False]
    assert [one["url"] for one in unit.problems[0]["evidence"]] == ["", ""]


def test_another_party_of_the_case_sees_the_order_and_answers_nothing(scene: Scene):
    order = scene.order()
    make_party(scene.case, scene["stranger"].grants.get().unit, "department")
    page = logged_in(scene["stranger"]).get(f"{LIST}{order.number}/response/")
    assert page.status_code == 200 and page.context["acts"] == frozenset()
    assert logged_in(scene["stranger"]).post(f"{LIST}{order.number}/sign/").status_code == 403


def test_what_was_returned_is_printed_with_its_comment_at_the_desk(scene: Scene):
    order = scene.answered()
    reviewing.send_back(number=order.number, actor=scene["second"], comments={"measures": "写明责任人和完成日期"}, note="请补正")
    text = logged_in(scene["first"]).get(f"{LIST}{order.number}/").content.decode()
    assert text.count("写明责任人和完成日期") == 2 and "请补正" in text
