"""抑制 in a browser: asked for from an alert, decided by another person, its hits listed, ended early; who is concerned sees nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot
from tests.e2e.test_quarantine import AUDIT

OpenBrowser = Callable[..., Watched]
PAGE = "/suppressions/"


def test_asked_for_from_an_alert_approved_by_another_person_and_ended_early(site: Site, open_browser: OpenBrowser):
    site.stage("import", site.night_work())
    page = open_browser("first").page
    page.goto("/alerts/?tab=open&rule=REG-51")
    page.locator(".mj-row .c-subject a").first.click()
    page.get_by_role("link", name="申请抑制").click()
    expect(page.locator(".mj-reasons")).to_contain_text("梁某")
    page.fill("#reason", "经支队批准的夜间集中办理")
    page.get_by_role("button", name="提交申请").click()
    row = page.locator(".mj-order-table tbody tr")
    expect(row).to_contain_text("您本人提出的申请，由他人审批")

    recused = open_browser("recused").page
    recused.goto(PAGE)
    expect(recused.get_by_text("没有待审批的抑制")).to_be_visible()

    leader = open_browser("leader").page
    leader.goto(PAGE)
    asked = leader.locator(".mj-order-table tbody tr")
    asked.get_by_role("button", name="不批准").click()
    expect(leader.locator(".mj-tip-error")).to_contain_text("5至500字")
    asked.get_by_role("button", name="批准", exact=True).click()
    expect(leader.locator(".mj-tip-success")).to_contain_text("已批准")
    site.stage("work")
    leader.goto(f"{PAGE}?tab=approved")
    held = leader.locator(".c-count a")
    number = held.inner_text()
    held.click()
    expect(leader.locator("#hits tbody tr")).to_have_count(int(number))
    expect(leader.locator("#hits")).to_contain_text("梁某")
    leader.goto(f"{PAGE}?tab=approved")
    leader.get_by_role("button", name="提前结束").click()
    expect(leader.locator(".mj-tip-success")).to_be_visible()
    leader.goto(f"{PAGE}?tab=over")
    expect(leader.locator(".mj-order-table tbody tr")).to_contain_text("夜间集中办理")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_fit_the_screen_and_have_no_fault_an_audit_finds_first(site: Site, open_browser: OpenBrowser, size: dict[str, int]):
    page = open_browser("first", viewport=size).page
    page.goto(PAGE)
    shot(page, "suppressions-empty")
    site.stage("history")
    site.stage("sweeps")
    site.stage("suppressions")
    addresses = [*((tab, f"{PAGE}?tab={tab}") for tab in ("asked", "approved", "over")), ("ask", f"{PAGE}ask/")]
    for name, address in addresses:
        page.goto(address)
        shot(page, f"suppressions-{name}")
        no_sideways_scroll(page)
        assert page.evaluate(AUDIT, size is PHONE) == [], address
    page.fill("#reason", "专项整治期间")
    page.select_option("#ceiling", "red")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator(".mj-problem")).to_be_visible()
    shot(page, "suppressions-ask-error")
    assert page.evaluate(AUDIT, size is PHONE) == []
    page.goto(f"{PAGE}?tab=approved")
    page.locator(".c-count a").first.click()
    shot(page, "suppression")
    no_sideways_scroll(page)
    assert page.evaluate(AUDIT, size is PHONE) == []
    page.goto("/alerts/?tab=all&q=080401")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    for name, address in addresses:
        page.goto(address)
        shot(page, f"suppressions-{name}-english")
        no_sideways_scroll(page)
