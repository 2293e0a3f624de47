"""The main job in a browser: business comes in, an alert appears by itself, a supervisor triages it in three keys."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Site, Watched

OpenBrowser = Callable[..., Watched]


def test_an_alert_appears_live_is_opened_taken_and_dismissed_by_keys(site: Site, open_browser: OpenBrowser):
    page = open_browser("first").page
    page.goto("/alerts/")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    expect(page.locator(".mj-row")).to_have_count(0)
    page.evaluate("window.notReloaded = true")

    site.stage("import", site.night_work())
    expect(page.locator("#new-alerts")).to_be_visible()
    expect(page.locator("#new-alerts b")).to_have_text(re.compile("^1"))
    expect(page.locator(".mj-row")).to_have_count(0)
    page.keyboard.press(".")
    row = page.locator(".mj-row")
    expect(row).to_have_count(1)
    expect(row.locator(".c-subject")).to_contain_text("梁某")
    expect(row.locator(".c-subject")).to_contain_text("0726**")
    assert page.evaluate("window.notReloaded") is True

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/alerts/YD-\d{6}-\w{6}/"))
    expect(page.locator("h1.mj-sentence")).to_contain_text("8")
    expect(page.locator(".mj-evidence tbody tr")).to_have_count(8)

    page.keyboard.press("1")
    expect(page.locator(".mj-state")).to_contain_text("张某")
    expect(page.locator("[data-key=Digit1]")).to_have_count(0)
    page.keyboard.press("2")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.locator("#alert-main [data-key=Digit2]")).to_have_count(0)
    expect(page.locator(".mj-timeline li")).to_have_count(3)
    for show, count in (("system", 1), ("person", 2), ("all", 3)):
        button = page.locator(f".mj-timeline-block [data-show={show}]")
        expect(button.locator("span")).to_have_text(str(count))
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".mj-timeline-block [aria-pressed=true]")).to_have_count(1)
        expect(page.locator(".mj-timeline li:visible")).to_have_count(count)
        # Somebody else's act brings the record anew; what is shown of it stays.
        page.evaluate(
            """() => {
                const main = document.getElementById("alert-main");
                const anew = new Promise((done) => document.body.addEventListener("htmx:afterSettle", done, { once: true }));
                document.dispatchEvent(new CustomEvent("mj:alert", { detail: { number: main.dataset.number } }));
                return anew.then(() => true);
            }"""
        )
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".mj-timeline li:visible")).to_have_count(count)
    page.goto("/alerts/?tab=dismissed")
    expect(page.locator(".mj-row")).to_have_count(1)


def test_a_second_browser_sees_the_row_change_and_the_recused_one_nothing(site: Site, open_browser: OpenBrowser):
    site.stage("import", site.night_work())
    first, second, recused = (open_browser(name).page for name in ("first", "second", "recused"))
    for page in (first, second, recused):
        page.goto("/alerts/?tab=open")
        expect(page.locator("html")).to_have_attribute("data-live", "live")
    expect(recused.locator(".mj-row")).to_have_count(0)
    row = second.locator(".mj-row")
    number = row.get_attribute("data-number")
    first.keyboard.press("j")
    first.keyboard.press("1")
    expect(first.locator(".mj-row .c-handler")).to_have_text("张某")
    expect(row.locator(".c-handler")).to_have_text("张某")
    expect(recused.locator("#new-alerts")).to_be_hidden()
    assert recused.goto(f"/alerts/{number}/").status == 404


def test_an_act_whose_answer_is_lost_is_not_called_undone(site: Site, open_browser: OpenBrowser):
    site.stage("import", site.night_work())
    watched = open_browser("first")
    page = watched.page
    # From the workbench the next one is one key away.
    page.reload()
    page.keyboard.press("Enter")
    expect(page.locator("#alert-main")).to_be_visible()
    page.goto("/alerts/")
    page.route("**/acknowledge/*", lambda route: route.abort())
    page.route("**/many/*", lambda route: (route.fetch(), route.abort())[1])
    page.keyboard.press("j")
    page.keyboard.press("3")
    expect(page.locator("#tips")).to_contain_text("状态为“待核”时，按键 3 不可用")
    page.keyboard.press("1")
    expect(page.locator("#tips")).to_contain_text("可能已执行")
    page.click("[data-close-tip]")
    page.keyboard.press("x")
    page.keyboard.press("1")
    expect(page.locator("#tips")).to_contain_text("可能已执行")
    expect(page.locator("#many")).not_to_have_attribute("inert", "")
    page.reload()
    expect(page.locator(".mj-row .c-handler")).to_have_text("张某")
    assert all("htmx" in text or "net::ERR_" in text for text in watched.complaints), watched.complaints
    watched.complaints.clear()


def test_a_conflict_names_who_was_faster_and_keeps_what_was_typed(site: Site, open_browser: OpenBrowser):
    site.stage("import", site.night_work())
    slow = open_browser("second").page
    slow.route("**/sse/**", lambda route: route.fulfill(status=200, content_type="text/event-stream", body=": nothing\n\n"))
    slow.goto("/alerts/")
    number = slow.locator(".mj-row").get_attribute("data-number")
    slow.goto(f"/alerts/{number}/")
    slow.keyboard.press("2")
    slow.locator("#dismiss-dialog [data-digit='2']").check()
    slow.fill("#dismiss-note", "与上周同一事项")

    first = open_browser("first").page
    first.goto(f"/alerts/{number}/")
    first.keyboard.press("1")
    expect(first.locator(".mj-state")).to_contain_text("张某")

    slow.keyboard.press("Control+Enter")
    expect(slow.locator(".mj-tip-warning")).to_contain_text("张某")
    expect(slow.locator(".mj-state")).to_contain_text("张某")
    slow.keyboard.press("c")
    expect(slow.locator("#comment-text")).to_have_value("与上周同一事项")
