"""整改反馈 on a phone: found in one tap, signed, written through a dead connection, sent with a photo, returned, sent again, accepted."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_axe import looked_at
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot

PHOTO = b"\xff\xd8\xff\xe0" + b"light" * 120_000  # three pieces


def seen(page: Page, name: str, *, audited: bool = False) -> None:
    shot(page, name)
    no_sideways_scroll(page)
    assert not audited or list(looked_at(page)) == []


def saved(page: Page) -> None:
    expect(page.locator("#draft-state")).to_contain_text("草稿已存")


def test_an_order_is_answered_on_a_phone_returned_and_accepted(site: Site, open_browser: Callable[..., Watched]):
    site.stage("order")
    phone = open_browser("squad", viewport=PHONE, has_touch=True)
    page = phone.page
    page.locator(".c-matter a", has_text="ZG-").tap()
    expect(page.get_by_role("button", name="签收")).to_be_visible()
    seen(page, "order-to-sign")
    page.get_by_role("button", name="签收").tap()
    expect(page.locator(".mj-tip-success")).to_contain_text("已签收")
    site.stage("order_last_day")
    page.reload()
    expect(page.locator(".mj-answer-due")).to_contain_text("剩5小时")

    page.fill("#cause", "撤销未经第二人复核")
    saved(page)
    page.context.set_offline(True)
    page.fill("#measures", "撤销一律由带班民警复核后提交")
    expect(page.locator("#draft-state")).to_contain_text("内容已保留在本页")
    page.context.set_offline(False)
    saved(page)
    page.reload()
    expect(page.locator("#measures")).to_have_value("撤销一律由带班民警复核后提交")
    expect(page.locator("#missing")).to_have_text("还差：结果")

    page.route("**/attachments/piece/**", lambda route: route.abort(), times=1)
    page.set_input_files(".mj-tile-camera input", {"name": "台账.jpg", "mimeType": "image/jpeg", "buffer": PHOTO})
    page.locator("#pieces").get_by_role("button", name="继续").tap()
    expect(page.locator("#papers")).to_contain_text("台账.jpg")
    page.set_input_files(".mj-tile-camera + .mj-tile input", {"name": "坏.pdf", "mimeType": "application/pdf", "buffer": b"<html>"})
    expect(page.locator("#pieces")).to_contain_text("按内容判断")
    page.locator("#pieces").get_by_role("button", name="关闭").tap()
    seen(page, "order-answering", audited=True)
    page.get_by_role("button", name="提交复核").tap()
    expect(page.locator("#result")).to_be_focused()
    page.fill("#result", "21笔已逐笔核对，恢复4笔")
    page.get_by_role("button", name="提交复核").tap()
    expect(page.locator(".mj-answer")).to_contain_text("由他人复核")

    desk = open_browser("second", viewport=DESK).page
    desk.locator(".c-matter a", has_text="ZG-").click()
    expect(desk.locator(".mj-reported")).to_contain_text("台账.jpg")
    desk.locator(".mj-review summary").click()
    desk.fill("#comment-measures", "写明责任人和完成日期")
    seen(desk, "order-review", audited=True)
    desk.get_by_role("button", name="退回重办").click()
    expect(desk.locator(".mj-tip-success")).to_contain_text("已退回")

    page.goto("/")
    page.locator(".c-matter a", has_text="ZG-").tap()
    seen(page, "order-returned")
    page.locator("[data-jump]", has_text="写明责任人").tap()
    expect(page.locator("#measures")).to_be_focused()
    page.fill("#measures", "撤销由带班民警周某复核，自本月24日起执行")
    page.get_by_role("button", name="提交复核").tap()
    expect(page.locator(".mj-answer")).to_contain_text("由他人复核")

    desk.reload()
    desk.get_by_role("button", name="通过并销号").click()
    expect(desk.locator(".mj-lead")).to_contain_text("已销号")
    expect(desk.locator(".mj-lead")).to_contain_text("按期办结")
    # What was cut on purpose is no complaint of the page.
    phone.complaints[:] = [text for text in phone.complaints if "net::ERR_" not in text]
