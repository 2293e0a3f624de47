"""停业整改 in a browser: proposed, reviewed, heard, decided, in force, objected to, accepted by two others, lifted, ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot
from tests.e2e.test_quarantine import AUDIT

LIST = "/measures/suspensions/"


def day(days: int = 0) -> str:
    return f"{datetime.now(ZoneInfo('Asia/Shanghai')) + timedelta(days=days):%Y-%m-%d}"


def do(page: Page, number: str, act: str, label: str, done: str, **typed: str) -> None:
    """Open the act of a measure, fill what it asks for, confirm, and read that it was done."""
    page.goto(f"{LIST}{number}/")
    page.locator("summary", has_text=label).click()
    for name, value in typed.items():
        field = page.locator(f"#{act}-{name}")
        if field.evaluate("(one) => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name=f"确认：{label}").click()
    expect(page.locator(".mj-tip-success")).to_contain_text(done)


def test_from_a_case_to_the_end_of_the_probation(site: Site, open_browser: Callable[..., Watched]):
    site.stage("measures_ground")
    first = open_browser("first").page
    first.goto(f"{LIST}propose/AJ-STAGE/")
    expect(first.locator("#propose-agency_code")).to_have_value("A77")
    first.select_option("#propose-effect", "data")
    typed = {
        "scope": "小型汽车安全技术检验",
        "starts_on": day(),
        "ends_on": day(-1),
        "basis": "《监管协议》第八条",
        "remedy": "3个工作日内可书面提出异议",
    }
    typed |= {"rectification": "更换灯光仪并重新检定", "conditions": "灯光仪检定合格\n引车员重新培训", "diversion": "分流至城南、城北两站"}
    for name, value in (typed | {"in_flight": "已受理的12台当日检完"}).items():
        first.fill(f"#propose-{name}", value)
    first.get_by_role("button", name="提请停业整改").click()
    expect(first.locator(".mj-field-problem")).to_have_text("早于开始时间。")
    expect(first.locator("#propose-diversion")).to_have_value("分流至城南、城北两站")
    first.fill("#propose-ends_on", day(9))
    first.get_by_role("button", name="提请停业整改").click()
    expect(first.locator(".mj-state")).to_contain_text("待法制审核")
    number = first.url.rstrip("/").split("/")[-1]

    legal, leader = open_browser("legal").page, open_browser("leader").page
    do(legal, number, "review", "法制审核通过", "法制审核通过", legal_opinion="事实清楚，依据适当，同意")
    leader.goto(f"{LIST}{number}/")
    expect(leader.locator("summary", has_text="决定停业整改")).to_have_count(0)
    heard = {"informed_on": day(), "hearing": "heard", "heard_on": day(), "statement": "称设备故障未及时发现，愿意整改"}
    do(first, number, "hear", "登记机构陈述申辩", "提请决定", **heard)
    do(leader, number, "decide", "决定停业整改", "作出决定", document_no="常公交停字〔2026〕3号", meeting_no="支队长办公会〔2026〕11号")
    do(first, number, "serve", "登记送达", "停业整改生效", served_on=day(), served_how="直接送达，站长签收")
    do(first, number, "object", "受理异议", "受理异议", received_on=day(), objector="郑某", objection="认为连续上传系设备故障所致")
    inspector = open_browser("discipline").page
    do(inspector, number, "answer", "答复异议", "答复异议", outcome="kept", answer="经复核事实清楚，维持原决定")
    expect(inspector.get_by_text("经复核事实清楚，维持原决定").first).to_be_visible()
    do(first, number, "apply", "受理恢复申请", "受理恢复申请", applied_on=day(), report="已更换灯光仪并检定合格")
    expect(first.locator("summary", has_text="验收通过")).to_have_count(0)
    for username in ("second", "discipline"):
        member = open_browser(username).page
        do(member, number, "accept", "验收通过", "验收通过", item_0="yes", item_1="yes")
    do(first, number, "ask_lifting", "提请恢复", "提请恢复")
    do(leader, number, "lift", "批准恢复", "进入试运行", lifting_no="常公交恢字〔2026〕1号", probation_until=day())
    do(first, number, "end", "结束试运行", "试运行结束", closing="试运行期间未见异常")
    expect(first.locator(".mj-state")).to_contain_text("已结束")
    expect(first.locator(".mj-timeline li")).to_have_count(13)
    for size in (DESK, PHONE):
        first.set_viewport_size(size)
        for name, address in (("measures-list", f"{LIST}?tab=over"), ("measures-one", f"{LIST}{number}/")):
            first.goto(address)
            expect(first.get_by_text(number).first).to_be_visible()
            shot(first, name)
            no_sideways_scroll(first)
            assert first.evaluate(AUDIT, size is PHONE) == [], address
