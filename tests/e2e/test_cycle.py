"""每月清查 on a phone: answered item by item, one with a finding and a photo; that item is returned, answered again, accepted."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_axe import looked_at
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot

PHOTO = b"\xff\xd8\xff\xe0" + b"light" * 60_000  # two pieces


def seen(page: Page, name: str) -> None:
    shot(page, name)
    no_sideways_scroll(page)
    assert list(looked_at(page)) == []


def test_a_monthly_check_is_filled_in_returned_and_accepted(site: Site, open_browser: Callable[..., Watched]):
    site.stage("cycle_task")
    page = open_browser("checker", viewport=PHONE, has_touch=True).page
    page.locator(".c-matter a", has_text="清查").tap()
    expect(page.locator("#missing")).to_contain_text("还差")
    items = page.locator(".mj-cycle-item")
    number = items.count()
    first = items.first
    no = first.locator("b").first.inner_text()
    for place in range(1, number):
        items.nth(place).get_by_text("无问题").tap()
    first.get_by_text("发现问题").tap()
    expect(page.locator("#missing")).to_have_text(f"还差：{no}")
    first.locator("textarea").fill("抽查20笔，3笔审核用时不足10秒")
    expect(page.locator("#missing")).to_have_text("已填齐，可以提交")
    expect(page.locator("#draft-state")).to_contain_text("草稿已存")
    first.locator("input[capture]").set_input_files({"name": "台账.jpg", "mimeType": "image/jpeg", "buffer": PHOTO})
    expect(first.locator(".mj-papers").last).to_contain_text("台账.jpg")
    page.reload()
    expect(first.locator("textarea")).to_have_value("抽查20笔，3笔审核用时不足10秒")
    seen(page, "cycle-filling")
    page.get_by_role("button", name="提交复核").tap()
    expect(page.locator(".mj-answer-bar")).to_contain_text("待复核")

    desk = open_browser("second", viewport=DESK).page
    desk.locator(".c-matter a", has_text="清查").click()
    found = desk.locator(".mj-cycle-items > li").first
    expect(found).to_contain_text("台账.jpg")
    found.locator("summary").click()
    found.locator("input").fill("写明3笔的流水号")
    seen(desk, "cycle-review")
    desk.get_by_role("button", name="退回").click()
    expect(desk.locator(".mj-tip-success")).to_contain_text("已退回")

    page.goto("/")
    page.locator(".c-matter a", has_text="清查").tap()
    page.locator("[data-jump]", has_text="写明3笔的流水号").tap()
    first.locator("textarea").fill("流水号 DJ0012、DJ0047、DJ0051，已通报当事民警")
    seen(page, "cycle-returned")
    page.get_by_role("button", name="提交复核").tap()
    expect(page.locator(".mj-answer-bar")).to_contain_text("待复核")

    desk.reload()
    expect(desk.locator(".mj-cycle-items")).to_contain_text("DJ0047")
    desk.get_by_role("button", name="通过", exact=True).click()
    expect(desk.locator(".mj-lead")).to_contain_text("已通过")
