"""风险清单 in a browser: an item and a rule edited, the rule played over history, both published by a second person and rolled back."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import PHONE, no_sideways_scroll, shot
from tests.e2e.test_quarantine import AUDIT

CONTROL = "受理岗每周轮换；退办须系统留因"
RULE = "/rules/VIO-08/"


def fits(phone: Page, *addresses: str) -> None:
    for address in addresses:
        phone.goto(address)
        no_sideways_scroll(phone)
        shot(phone, address.strip("/").replace("/", "-").partition("?")[0])
        assert phone.evaluate(AUDIT, True) == [], address


def item_edited(keeper: Page) -> None:
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


def thresholds_raised_and_played(keeper: Page, site: Site) -> None:
    """The history has fourteen tickets within minutes now and then: alerts today, none with the draft."""
    keeper.goto(RULE)
    shot(keeper, "rule")
    keeper.get_by_role("link", name="修改本规则").click()
    for level, number in (("blue", "15"), ("yellow", "16"), ("orange", "18")):
        keeper.fill(f"#thresholds-{level}", number)
    keeper.get_by_role("button", name="保存草案").click()
    keeper.get_by_role("alert").first.get_by_role("link", name="修改理由").click()
    shot(keeper, "rule-edit-refused")
    keeper.fill("#reason", "误报偏多，提高起报件数")
    keeper.get_by_role("button", name="保存草案").click()
    expect(keeper.locator(".mj-rule-new")).to_have_text(["18", "16", "15"])
    keeper.get_by_role("button", name="历史推演").click()
    expect(keeper.get_by_role("button", name="取消推演")).to_be_visible()
    site.stage("backtests")
    expect(keeper.locator(".mj-rule-conclusion")).to_contain_text("每月少")
    expect(keeper.locator("#run")).to_contain_text("样本不足")
    shot(keeper, "rule-draft")
    keeper.get_by_role("link", name="风险清单次版").click()
    keeper.get_by_role("button", name="并入本版").click()
    expect(keeper.locator(".mj-diff", has_text="VIO-08")).to_contain_text("已完成历史推演")


def published(page: Page, number: int) -> None:
    page.goto("/checklist/draft/")
    page.get_by_role("button", name=f"发布为第{number}版").click()
    expect(page.locator(".mj-order-table tbody tr").first).to_contain_text(f"第{number}版")


def test_an_item_and_a_rule_are_edited_played_submitted_published_by_another_and_rolled_back(
    site: Site, open_browser: Callable[..., Watched]
):
    site.stage("keepers")
    site.stage("history")
    keeper, second, phone = (
        open_browser("keeper").page,
        open_browser("second-keeper").page,
        open_browser("keeper", viewport=PHONE).page,
    )
    item_edited(keeper)
    thresholds_raised_and_played(keeper, site)
    keeper.fill("#note", "调整导办岗防控措施和开单阈值")
    fits(phone, RULE, f"{RULE}edit/", f"{RULE}draft/", "/checklist/draft/")
    keeper.get_by_role("button", name="提交发布").click()
    expect(keeper.get_by_text("您参与了本草案的编制")).to_be_visible()
    expect(keeper.get_by_role("button", name="发布为第2版")).to_have_count(0)

    second.goto("/checklist/draft/")
    expect(second.locator(".mj-changes ins").first).to_have_text(CONTROL)
    shot(second, "checklist-draft")
    published(second, 2)
    second.goto(RULE)
    expect(second.get_by_text("第2版已发布")).to_be_visible()
    shot(second, "rule-published")
    second.goto("/checklist/versions/")
    back = second.locator(".mj-order-table tbody tr", has_text="系统自带")
    back.locator("summary").click()
    back.get_by_label("回退理由").fill("措施待论证")
    back.get_by_role("button", name="提交回退").click()
    expect(second.get_by_text("回退到第1版的内容")).to_be_visible()
    expect(second.locator(".mj-diff", has_text="VIO-08")).to_contain_text("无需")
    shot(second, "checklist-roll-back")
    published(keeper, 3)
    expect(keeper.locator(".mj-order-table tbody tr").first).to_contain_text("回退到第1版")
    keeper.goto(f"{RULE}?from=1&to=3")
    expect(keeper.locator("#compared")).to_contain_text("两版内容相同")
    shot(keeper, "rule-rolled-back")
    fits(phone, RULE, "/checklist/", "/checklist/diff/?from=1&to=2", "/checklist/draft/items/REG-A1/", "/checklist/mine/")
