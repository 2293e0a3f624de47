"""The whole way of a case in a browser: a warning is dispatched, answered from a phone, returned, accepted, and closed by another."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll

CASE, ORDER = re.compile(r"/cases/(AJ-\d{6}-\w+)/"), re.compile(r"/orders/(ZG-\d{6}-\w+)/")
ANSWER = {"cause": "退办未经第二人复核", "measures": "退办一律先复核后提交", "result": "3笔已逐笔核对", "responsible": "魏某"}


def done(page: Page, text: str) -> None:
    expect(page.locator(".mj-tip-success")).to_contain_text(text)


def answer(page: Page, **typed: str) -> None:
    for name, value in typed.items():
        page.fill(f"#{name}", value)
    page.get_by_role("button", name="提交复核").click()
    expect(page.locator(".mj-answer-bar")).to_contain_text("待复核")


def issued(page: Page) -> str:
    """Opens the first issued alert, once it can be dispatched by its key; its address."""
    page.goto("/alerts/?tab=issued")
    page.locator(".mj-row a").first.click()
    page.locator("[data-key=Digit3]").wait_for()
    return page.url


def test_from_the_warning_to_the_closed_case(site: Site, open_browser: Callable[..., Watched]):
    site.stage("case_ground")
    first = open_browser("first", viewport=DESK).page
    alert = issued(first)
    first.keyboard.press("3")
    expect(first.locator("#dispatch-dialog #party-1")).to_have_value(re.compile("一大队一中队"))
    first.keyboard.press("Control+Enter")
    first.wait_for_url(CASE)
    case = first.url
    done(first, "交办")

    # In the longer language, too, the list leaves the matter its room.
    first.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    first.goto("/cases/")
    matter = first.locator(".mj-case-table td.c-matter").bounding_box()
    assert matter
    assert matter["width"] > 200
    first.context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": site.url}])
    first.goto(case)

    squad = open_browser("squad", viewport=PHONE, has_touch=True, is_mobile=True).page
    squad.goto("/cases/")
    no_sideways_scroll(squad)
    # On a phone number and time share a line, and so do term and status.
    for one, beside in ((".c-number a", ".c-number .mj-line2"), (".c-due", ".c-status")):
        boxes = [squad.locator(f".mj-case-table {part}").first.bounding_box() for part in (one, beside)]
        assert all(boxes) and abs(boxes[0]["y"] + boxes[0]["height"] / 2 - boxes[1]["y"] - boxes[1]["height"] / 2) < 8, boxes
    squad.goto(case)
    no_sideways_scroll(squad)
    squad.get_by_role("button", name="签收").click()
    expect(squad.locator(".mj-case-parties")).to_contain_text("已签收")

    first.reload()
    first.get_by_role("link", name="下发整改单").click()
    first.select_option("#party", index=1)
    first.fill("#requirement", "逐笔说明退办理由，落实双人复核。")
    first.get_by_role("button", name="下发", exact=True).click()
    first.wait_for_url(ORDER)
    order = first.url

    squad.goto(f"{order}response/")
    squad.get_by_role("button", name="签收").click()
    squad.locator("#cause").wait_for()
    no_sideways_scroll(squad)
    answer(squad, **ANSWER, done_on=squad.evaluate("() => new Date().toLocaleDateString('sv', {timeZone: 'Asia/Shanghai'})"))

    second = open_browser("second", viewport=DESK).page
    second.goto(order)
    second.locator("#review summary").click()
    second.fill("#comment-measures", "写明责任人和完成日期")
    second.locator("#review [value=return]").click()
    expect(second.locator(".mj-reported .mj-comment")).to_contain_text("写明责任人")

    squad.reload()
    expect(squad.locator(".mj-answer-back")).to_contain_text("写明责任人和完成日期")
    answer(squad, measures="退办一律先复核后提交，魏某负责，本周五前完成")
    second.reload()
    second.locator("#review [value=accept]").click()
    expect(second.locator(".mj-lead .mj-state")).to_contain_text("已销号")

    # With its order accepted the unit has done its duty in the case.
    squad.goto(case)
    expect(squad.locator(".mj-case-parties")).to_contain_text("退办一律先复核后提交")

    first.goto(case)
    first.get_by_role("button", name="报结").click()
    first.locator("dialog[open] [data-digit='1']").check()
    first.fill("#conclusion", "经核查属实，已整改到位并完善制度。")
    first.keyboard.press("Control+Enter")
    expect(first.locator(".mj-lead .mj-state")).not_to_contain_text("办理中")
    second.goto(case)
    second.keyboard.press("1")
    second.keyboard.press("Control+Enter")
    expect(second.locator(".mj-lead .mj-state")).to_contain_text("属实")
    expect(second.locator(".mj-effect")).to_contain_text("跟踪中")
    second.goto(alert)
    expect(second.locator(".mj-state").first).to_contain_text("已办结")


def test_e_raises_a_case_from_its_alert_and_from_its_own_page(site: Site, open_browser: Callable[..., Watched]):
    site.stage("case_ground")
    first = open_browser("first", viewport=DESK).page
    alert = issued(first)
    first.keyboard.press("3")
    expect(first.locator("#dispatch-dialog[open]")).to_be_visible()
    first.keyboard.press("Control+Enter")
    first.wait_for_url(CASE)
    case = first.url

    for number, page in enumerate((alert, case), 1):
        first.goto(page)
        first.locator("[data-key=KeyE]").wait_for()
        first.keyboard.press("e")
        first.wait_for_url(CASE)
        expect(first.locator("#escalate-dialog[open]")).to_be_visible()
        first.keyboard.press("Escape")
        expect(first.locator("#escalate-dialog")).to_be_hidden()
        first.keyboard.press("e")
        expect(first.locator("#escalate-dialog[open]")).to_be_visible()
        first.keyboard.press("2")
        expect(first.locator("#grounds")).to_be_focused()
        first.keyboard.type("大队核查久拖不决，提请督办。")
        first.keyboard.press("Control+Enter")
        done(first, "提级")
        expect(first.locator(".mj-escalation")).to_have_count(number)
