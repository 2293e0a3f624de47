"""The list in a browser: twenty alerts in three clicks, a row that stays where it is while a hundred arrive, matters opened by keys."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched


def place_of(page: Page, number: str) -> float:
    box = page.locator(f"#alert-{number}").bounding_box()
    assert box is not None
    return box["y"]


def options_of_a_filter(page: Page) -> None:
    """They come when it is opened, each with the figure of the list it leads to; what they leave to choose from follows what is set."""
    page.locator(".mj-filter summary", has_text="风险点").click()
    first = page.locator(".mj-filter[open] .mj-pop a").nth(1)
    words, number = first.evaluate("link => [link.firstChild.textContent, Number(link.querySelector('small').textContent)]")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".mj-filter summary.mj-set")).to_have_text(f"风险点：{words}")
    expect(page.locator(".mj-listbar-calm")).to_contain_text(f"共{number}件预警")
    page.get_by_role("link", name="清除").click()
    expect(page.locator(".mj-listbar-calm")).to_contain_text("共40件预警")


def test_twenty_in_three_clicks_then_a_hundred_arrive_under_a_row_that_does_not_move(site: Site, open_browser: Callable[..., Watched]):
    site.stage("fill")
    page = open_browser("first").page
    page.goto("/alerts/")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    expect(page.locator(".mj-row")).to_have_count(16)
    top, row_height = place_of(page, page.locator(".mj-row").nth(11).get_attribute("data-number")), 36
    assert top + row_height <= page.locator(".mj-foot").bounding_box()["y"], "1366×768 shows twelve rows"
    expect(page.locator("#matters")).to_have_text("40件事项")
    expect(page.locator("#matters-in-all")).to_have_text(" / 40件事项")
    options_of_a_filter(page)

    page.locator(".mj-row").last.scroll_into_view_if_needed()
    expect(page.locator(".mj-row")).to_have_count(40)
    numbers = [page.locator(".mj-row").nth(place).get_attribute("data-number") for place in range(20)]
    page.locator(".mj-row [data-pick]").nth(0).click()
    page.locator(".mj-row [data-pick]").nth(19).click(modifiers=["Shift"])
    expect(page.locator("[data-picked]")).to_contain_text("20")
    page.locator("[data-many=acknowledge]").click()
    expect(page.locator(".mj-tip-success")).to_contain_text("20")
    for number in numbers:
        expect(page.locator(f"#alert-{number} .c-handler")).to_have_text("张某")
    expect(page.locator("#many")).to_be_hidden()

    for place in (20, 21):
        page.locator(".mj-row [data-pick]").nth(place).click()
    for name in ("2", "1", "Enter"):
        page.keyboard.press(name)
    expect(page.locator(".mj-tip-success")).to_contain_text("2")
    expect(page.locator(".mj-row")).to_have_count(38)
    page.reload()
    expect(page.locator(".mj-row")).to_have_count(38)  # as many as there were
    page.goto("/alerts/?sort=-time")
    expect(page.locator(".mj-row")).to_have_count(16)
    for _step in range(20):
        page.keyboard.press("j")
    expect(page.locator(".mj-row")).to_have_count(38)
    page.goto("/alerts/?sort=time")
    expect(page.locator(".mj-row")).to_have_count(16)
    page.locator(".mj-row").last.scroll_into_view_if_needed()
    page.mouse.move(600, 500)
    page.mouse.wheel(0, 3000)
    expect(page.locator(".mj-row")).to_have_count(38)

    page.goto("/alerts/")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    page.keyboard.press("j")
    page.keyboard.press("j")
    number = page.locator(".mj-row.mj-selected").get_attribute("data-number")
    before = place_of(page, number)
    site.stage("arrive")
    expect(page.locator("#new-alerts b")).to_contain_text("100")
    assert place_of(page, number) == before
    assert page.evaluate("document.activeElement.closest('.mj-row')?.dataset.number") == number

    page.keyboard.press(".")
    lead = page.locator(".mj-row[data-members]")
    expect(lead).to_have_count(1)
    expect(lead.locator(".mj-kin")).to_contain_text("24")
    rows = page.locator(".mj-row").count()
    lead.click()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mj-member")).to_have_count(24)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".mj-row")).to_have_count(rows)
    page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_contain_text("25")
    page.keyboard.press("Escape")
    expect(page.locator("#many")).to_be_hidden()
    page.keyboard.press("g")
    page.wait_for_url(re.compile("/alerts/YD-"))
    expect(page.locator(".mj-state")).to_contain_text("张某")
