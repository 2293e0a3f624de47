"""风险清单 in a browser: an item edited and submitted, published by a second person, rolled back, published again by another."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import PHONE, no_sideways_scroll, shot
from tests.e2e.test_quarantine import AUDIT

CONTROL = "受理岗每周轮换；退办须系统留因"


def published(page: Page, number: int) -> None:
    page.goto("/checklist/draft/")
    page.get_by_role("button", name=f"发布为第{number}版").click()
    expect(page.locator(".mj-order-table tbody tr").first).to_contain_text(f"第{number}版")


def test_an_item_is_edited_submitted_published_by_another_and_rolled_back(site: Site, open_browser: Callable[..., Watched]):
    site.stage("keepers")
    keeper, second = open_browser("keeper").page, open_browser("second-keeper").page
    keeper.goto("/checklist/?q=REG-A1")
    expect(keeper.locator(".mj-tree-post tr:not(.mj-group)")).to_have_count(1)
    shot(keeper, "checklist")
    keeper.locator("[data-fold-post]").first.click()
    expect(keeper.locator(".mj-tree-post tr:not(.mj-group)").first).to_be_hidden()
    keeper.locator("[data-fold-post]").first.click()
    keeper.locator(".mj-tree .c-risk a").first.click()
    keeper.get_by_role("link", name="在草案中编辑").click()
    keeper.fill("#f-control", "")
    keeper.get_by_role("button", name="写入草案").click()
    expect(keeper.locator(".mj-field-problem")).to_have_count(1)
    keeper.fill("#f-control", CONTROL)
    keeper.get_by_role("button", name="写入草案").click()
    expect(keeper.locator(".mj-changes ins")).to_have_text(CONTROL)
    keeper.fill("#note", "调整导办岗防控措施")
    keeper.get_by_role("button", name="提交发布").click()
    expect(keeper.get_by_text("您参与了本草案的编制")).to_be_visible()
    expect(keeper.get_by_role("button", name="发布为第2版")).to_have_count(0)

    second.goto("/checklist/draft/")
    expect(second.locator(".mj-changes ins")).to_have_text(CONTROL)
    shot(second, "checklist-draft")
    published(second, 2)
    back = second.locator(".mj-order-table tbody tr", has_text="系统自带")
    back.locator("summary").click()
    back.get_by_label("回退理由").fill("措施待论证")
    back.get_by_role("button", name="提交回退").click()
    expect(second.get_by_text("回退到第1版的内容")).to_be_visible()
    published(keeper, 3)
    expect(keeper.locator(".mj-order-table tbody tr").first).to_contain_text("回退到第1版")

    phone = open_browser("keeper", viewport=PHONE).page
    for address in ("/checklist/", "/checklist/diff/?from=1&to=2", "/checklist/draft/items/REG-A1/", "/checklist/mine/"):
        phone.goto(address)
        no_sideways_scroll(phone)
        assert phone.evaluate(AUDIT, True) == [], address
