"""A supervisor who works by keys: snooze, undo, hand over, propose; the second person confirms."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Site, Watched


def test_an_alert_is_snoozed_undone_handed_over_and_issued_by_two_people_without_a_mouse(site: Site, open_browser: Callable[..., Watched]):
    site.stage("import", site.night_work())
    page = open_browser("first").page
    page.goto("/alerts/?tab=open")
    row = page.locator(".mj-row")
    level = row.get_attribute("data-level")
    assert level in ("orange", "red"), "the journey needs an alert of two people"
    expect(page.locator("#three-counts b").first).to_have_text("1")
    page.keyboard.press("j")
    page.keyboard.press("h")
    page.keyboard.press("4")
    page.keyboard.type("等待窗口补交材料")
    page.keyboard.press("Control+Enter")
    expect(row.locator(".c-status")).to_contain_text("挂起")
    page.keyboard.press("z")
    expect(row.locator(".c-status")).to_contain_text("待核")
    expect(page.locator("[data-undo]")).to_have_count(0)

    page.keyboard.press("a")
    expect(page.locator("#assign-dialog [data-digit='1']")).to_be_visible()
    expect(page.locator("#assign-dialog [data-handlers] label")).to_have_count(1)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(row.locator(".c-handler")).to_have_text("钱某")

    second = open_browser("second").page
    second.goto(f"/alerts/{row.get_attribute('data-number')}/")
    second.keyboard.press("s")
    expect(second.locator(".mj-state")).to_contain_text("核查中")
    second.keyboard.press("i")
    second.keyboard.type("夜间办理八笔，当事人均不在场，属实")
    second.keyboard.press("Control+Enter")
    expect(second.locator(".mj-state")).to_contain_text("待签发")

    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/alerts/YD-"))
    expect(page.locator(".mj-verdict p").first).to_have_text("夜间办理八笔，当事人均不在场，属实")
    page.keyboard.press("1")
    expect(page.locator(".mj-verdict h2")).to_contain_text(re.compile(r"YJ-\d{6}-\w{6}"))
    expect(second.locator(".mj-verdict h2")).to_contain_text(re.compile(r"YJ-\d{6}-\w{6}"))
