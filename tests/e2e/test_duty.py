"""A shift in a browser: on duty red alerts sound, the leader hears of one nobody takes, lines break and heal, it is handed over."""

from collections.abc import Callable

from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import PHONE, no_sideways_scroll, shot
from tests.e2e.test_quarantine import AUDIT

OpenBrowser = Callable[..., Watched]
TABS = 8
# The clocks of the live script at a hundredth, every tone and every event told to a page counted.
INSTRUMENTS = """
    window.mingjingTiming = { poll: 400, doubt: 500, retry: 100, longest: 300, tone: 0 };
    window.tones = 0;
    window.told = [];
    const start = AudioScheduledSourceNode.prototype.start;
    AudioScheduledSourceNode.prototype.start = function (...at) {
      window.tones += 1;
      return start.apply(this, at);
    };
    document.addEventListener("mj:alert", ({ detail }) => window.told.push(`${detail.kind} ${detail.number}`));
"""
TONES = 3  # of one beep


def instrumented(watched: Watched) -> Watched:
    watched.page.context.add_init_script(INSTRUMENTS)
    return watched


def is_live(page: Page) -> None:
    expect(page.locator("#live")).to_have_text("实时")


def test_a_shift_from_going_on_duty_to_handing_it_over(site: Site, open_browser: OpenBrowser):
    first, leader, second = (instrumented(open_browser(name)) for name in ("first", "leader", "second"))
    for page in (first.page, leader.page):
        page.goto("/")
        is_live(page)
    on_duty(site, first.page)
    nobody_takes_it(site, first.page, leader.page)
    nothing_moves_when_the_strip_is_whole(second.page)
    lines_break_and_heal(site, first, second)


def on_duty(site: Site, page: Page) -> None:
    """One click goes on duty and unlocks the sound; red then sounds once, and not when it is switched off."""
    expect(page.locator("#duty")).to_contain_text("现无人值班")
    shot(page, "duty-nobody")
    page.get_by_role("button", name="开始值班").click()
    expect(page.locator(".mj-top")).to_contain_text("值班中")
    expect(page.locator("[data-sound]")).to_have_attribute("aria-pressed", "true")
    is_live(page)
    site.stage("unattended")
    expect(page.locator("#duty")).to_contain_text("1件红色")
    page.wait_for_function(f"() => window.tones === {TONES}")


def nobody_takes_it(site: Site, page: Page, leader: Page) -> None:
    """A reminder sounds again; muted it does not. The report reaches the leader's strip, bell and workbench."""
    site.stage("remind")
    expect(page.locator("#duty .mj-duty-steps")).to_contain_text("已提醒1次")
    page.wait_for_function(f"() => window.tones === {2 * TONES}")
    expect(page.locator("#bell-count")).to_contain_text("1")
    shot(page, "duty-red-reminded")
    page.locator("[data-sound]").click()
    expect(page.locator("[data-sound]")).to_have_attribute("aria-pressed", "false")
    expect(leader.locator("#bell-count")).to_contain_text("0")
    site.stage("report")
    expect(leader.locator("#duty .mj-duty-steps")).to_contain_text("已报李某")
    expect(leader.locator("#bell-count")).to_contain_text("1")
    leader.locator(".mj-bell summary").click()
    expect(leader.locator("#notices li")).to_have_count(1)
    shot(leader, "duty-bell-leader")
    leader.get_by_role("button", name="全部已读").click()
    expect(leader.locator("#bell-count")).to_contain_text("0")
    leader.keyboard.press("Escape")
    expect(leader.locator("#work-changed")).to_be_visible()
    leader.locator("#work-changed").click()
    expect(leader.locator(".mj-item")).to_have_count(1)
    shot(leader, "workbench-leader")
    assert page.evaluate("window.tones") == 2 * TONES


def nothing_moves_when_the_strip_is_whole(page: Page) -> None:
    """On a phone what was red at once gets its details where room was left for them: no button slips under a finger."""
    size = page.viewport_size
    held: list[Route] = []
    page.set_viewport_size({"width": 390, "height": 844})
    page.route("**/alerts/duty/**", lambda route: held.append(route))
    page.goto("/")
    expect(page.locator("#duty")).to_contain_text("1件红色")
    expect(page.locator("#duty .mj-duty-steps")).to_have_count(0)
    places = "() => ['#duty', '#duty a', '#main'].map((one) => JSON.stringify(document.querySelector(one).getBoundingClientRect()))"
    before = page.evaluate(places)
    for one in held:
        one.continue_()
    page.unroute("**/alerts/duty/**")
    expect(page.locator("#duty .mj-duty-steps")).to_have_count(1)
    assert page.evaluate(places) == before
    page.set_viewport_size(size)


def lines_break_and_heal(site: Site, first: Watched, watched: Watched) -> None:
    """Eight tabs share one stream; what happens while the line is down is told once to each; without a stream the page polls."""
    page, second = first.page, watched.page
    assert first.complaints == []
    streams: list[str] = []
    second.route("**/sse/**", lambda route: route.abort())
    second.goto("/alerts/")
    expect(second.locator("#live")).to_have_text("已断开")
    expect(second.locator("#offline")).to_contain_text("10")

    page.context.on("request", lambda request: _note(streams, request))
    tabs = [page, *(page.context.new_page() for _ in range(TABS - 1))]
    for tab in tabs[1:]:
        tab.goto("/alerts/?tab=open")
    for tab in tabs:
        is_live(tab)
    assert streams == []

    before = [len(tab.evaluate("window.told")) for tab in tabs]
    page.context.set_offline(True)
    for tab in tabs:
        expect(tab.locator("#live")).not_to_have_text("实时")
    expect(tabs[-1].locator("#live")).to_have_text("已断开")
    shot(page, "duty-disconnected")
    site.stage("unattended", "1")
    page.context.set_offline(False)
    for tab, known in zip(tabs, before, strict=True):
        is_live(tab)
        tab.wait_for_function(f"() => window.told.length === {known + 1}")
    expect(second.locator("#duty")).to_contain_text("2件红色")
    second.unroute("**/sse/**")
    is_live(second)

    # A browser says on its console what it could not reach.
    for one in (first, watched):
        assert all("htmx" in text or "net::ERR_" in text for text in one.complaints), one.complaints
        one.complaints.clear()
    hand_over(site, tabs, second)


def _note(streams: list[str], request: Request) -> None:
    if "/sse/" in request.url:
        streams.append(request.url)


def hand_over(site: Site, tabs: list[Page], second: Page) -> None:
    """The leading tab ends and another leads on; the shift is handed over, read and taken over."""
    page = tabs[0]
    page.get_by_role("link", name="交班").click()
    page.fill("#note", "众诚代办点：等法制科书面意见")
    page.select_option("#handed_to", "second")
    shot(page, "duty-end")
    page.set_viewport_size(PHONE)
    no_sideways_scroll(page)
    shot(page, "duty-end")
    assert page.evaluate(AUDIT, True) == []
    page.get_by_role("button", name="结束值班").click()
    expect(page.locator("#duty [data-sound]")).to_have_count(0)
    no_sideways_scroll(page)
    shot(page, "workbench-duty")
    page.close()
    told = len(tabs[-1].evaluate("window.told"))
    site.stage("remind", "11")
    tabs[-1].wait_for_function(f"() => window.told.length > {told}")

    second.goto("/")
    expect(second.locator(".mj-handover")).to_contain_text("法制科书面意见")
    shot(second, "workbench-handover")
    second.get_by_role("button", name="开始值班").click()
    second.locator("input[name=read]").check()
    shot(second, "duty-start")
    second.get_by_role("button", name="开始值班").click()
    expect(second.locator(".mj-top")).to_contain_text("值班中")
    expect(second.locator(".mj-handover")).to_have_count(0)
    second.get_by_role("link", name="值班记录").click()
    expect(second.locator(".mj-shifts tbody tr")).to_have_count(2)
    shot(second, "duty-shifts")
    assert second.evaluate(AUDIT, False) == []
