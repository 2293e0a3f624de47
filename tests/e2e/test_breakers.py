"""熔断 in a browser: a policy is written, simulated, armed; a station trips, is lifted by two, serves its probation, is closed."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import PHONE, no_sideways_scroll, shot

PAGE = "/breakers/"


def test_a_station_trips_goes_through_its_probation_and_is_back_in_business(site: Site, open_browser: Callable[..., Watched]):
    page = open_browser("first").page
    page.goto(PAGE)
    expect(page.get_by_text("当前无熔断")).to_be_visible()
    shot(page, "breakers-empty")
    site.stage("warned")
    page.get_by_role("link", name="熔断方案").first.click()
    page.get_by_role("link", name="机构").click()
    page.fill("#trip_at", "many")
    page.get_by_role("button", name="存为新版本").click()
    expect(page.locator(".mj-problem")).to_contain_text("请填数字")
    expect(page.locator("#trip_at")).to_have_value("many")
    page.fill("#trip_at", "12")
    page.get_by_role("button", name="存为新版本").click()
    page.get_by_role("button", name="推演近12个月").click()
    expect(page.locator(".mj-policy-said")).to_contain_text("近12个月将熔断1次，涉及1个对象")
    shot(page, "breakers-simulated")
    page.get_by_role("button", name="申请启用").click()
    leader = open_browser("leader", viewport=PHONE).page
    leader.goto(f"{PAGE}policies/agency/")
    no_sideways_scroll(leader)
    shot(leader, "breakers-arm")
    leader.get_by_role("button", name="启用", exact=True).click()
    expect(leader.locator(".mj-tip-success")).to_contain_text("即时生效")

    site.stage("look")
    page.goto(PAGE)
    page.get_by_role("link", name="安驰机动车检测站").click()
    expect(page.locator(".mj-breaker-sentence")).to_have_text("已熔断，停止业务受理。")
    expect(page.locator(".mj-alertlines li")).to_have_count(3)
    page.fill("#reference", "AJ-260101-2B7X1Q")
    page.fill("#lift-note", "验收组三人现场复检20台次，全部合格")
    page.get_by_role("button", name="提出解除").click()
    expect(page.locator(".mj-tip")).to_contain_text("熔断未满最短时间")
    expect(page.locator("#reference")).to_have_value("AJ-260101-2B7X1Q")
    site.stage("day_passes")
    site.stage("rectified")
    page.get_by_role("button", name="提出解除").click()
    expect(page.get_by_text("由您提出，由他人审批。")).to_be_visible()

    leader.goto(PAGE)
    leader.get_by_role("link", name="安驰机动车检测站").click()
    no_sideways_scroll(leader)
    leader.get_by_role("button", name="批准", exact=True).click()
    expect(leader.locator(".mj-breaker-sentence")).to_contain_text("试运行中")
    shot(leader, "breakers-probation")
    page.reload()
    page.locator("textarea[name=note]").fill("三笔预警均已核实，熔断得当。")
    page.get_by_role("button", name="处置得当").click()

    site.stage("look", "31")
    page.goto(f"{PAGE}?tab=closed")
    expect(page.locator("tbody tr")).to_contain_text("安驰机动车检测站")
    page.get_by_role("link", name="安驰机动车检测站").click()
    expect(page.locator(".mj-timeline li").first).to_contain_text("试运行期满，恢复正常")
    expect(page.get_by_text("当前未停任何事项。")).to_be_visible()
    shot(page, "breakers-closed")
