"""Every page at the smallest desk and on a phone: nothing clipped sideways, rows enough, no complaint, no outside request."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page, expect

from tests.e2e.conftest import RESULTS, Site, Watched
from tests.e2e.test_axe import looked_at

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
# The smallest desk at 200 %.
ZOOM = {"width": 683, "height": 384}
PAGES = {
    "first": {
        "workbench": "/",
        "alerts": "/alerts/",
        "alerts-dismissed": "/alerts/?tab=dismissed&period=30",
        "profile": "/accounts/me/",
        "password": "/accounts/me/password/",
    },
    "system_admin": {
        "intake": "/intake/",
        "coverage": "/coverage/",
        "coverage-31": "/coverage/?days=31",
        "workbench-admin": "/",
        "no-access": "/audit/",
    },
    "audit_admin": {"audit": "/audit/"},
}
ROWS_AT_A_DESK = 12

NO_FRAME = "Unable to capture screenshot"


def shot(page: Page, name: str) -> None:
    size = page.viewport_size or DESK
    RESULTS.mkdir(parents=True, exist_ok=True)
    for tries_left in (2, 1, 0):
        try:
            page.screenshot(path=RESULTS / f"{name}-{size['width']}x{size['height']}.png")
            return
        except Error as error:
            # On a loaded machine Chromium now and then has no frame to give, which says nothing about the page.
            if not tries_left or NO_FRAME not in str(error):
                raise


# How much wider than the screen the page is in each state of the stream, by the word shown for it.
TOO_WIDE = """() => {
    const root = document.documentElement;
    const wide = () => root.scrollWidth - root.clientWidth;
    const badge = document.getElementById("live");
    if (!badge) return { "": wide() };
    const word = badge.querySelector("span");
    const [state, said] = [root.dataset.live, word.textContent];
    const found = {};
    for (const [next, text] of [["wait", badge.dataset.wait], ["off", badge.dataset.off], ["live", badge.dataset.live], [state, said]]) {
        root.dataset.live = next;
        word.textContent = text;
        found[text] = wide();
    }
    return found;
}"""


def no_sideways_scroll(page: Page) -> None:
    # A page whose style sheets are still on their way has another width.
    page.wait_for_load_state()
    for state, wide in page.evaluate(TOO_WIDE).items():
        assert wide <= 0, f"{page.url} is {wide} px too wide {state}"


@pytest.mark.parametrize("size", [DESK, PHONE, ZOOM], ids=["desk", "phone", "zoom"])
def test_every_page_fits_the_screen(site: Site, open_browser: Callable[..., Watched], size: dict[str, int]):
    site.stage("fill")
    for username, pages in PAGES.items():
        page = open_browser(username, viewport=size).page
        for name, address in pages.items():
            page.goto(address)
            page.wait_for_load_state("load")
            shot(page, name)
            no_sideways_scroll(page)
        if username == "first":
            alert_and_transaction(page)


def alert_and_transaction(page: Page) -> None:
    """The one alert with evidence, then the first transaction behind it."""
    page.goto("/alerts/?tab=open&level=yellow")
    page.locator(".mj-row a", has_text="赵某").click()
    expect(page.locator("figure.mj-chart")).to_be_visible()
    shot(page, "alert")
    no_sideways_scroll(page)
    page.locator(".mj-evidence tbody a").first.click()
    expect(page.locator("h1.mj-sentence")).to_be_visible()
    shot(page, "transaction")
    no_sideways_scroll(page)


def test_a_small_desk_shows_at_least_twelve_rows(site: Site, open_browser: Callable[..., Watched]):
    site.stage("fill")
    page = open_browser("first", viewport=DESK).page
    page.goto("/alerts/")
    seen = page.evaluate(
        """() => {
        const box = document.getElementById("scroll").getBoundingClientRect();
        return [...document.querySelectorAll(".mj-row")].filter((row) => {
            const place = row.getBoundingClientRect();
            return place.top >= box.top && place.bottom <= box.bottom;
        }).length;
    }"""
    )
    assert seen >= ROWS_AT_A_DESK


# Pairs of neighbours of which one lies over the other, or over what it stands in.
OVERLAPS = """(parts) => {
    const shown = parts.filter((one) => one.getClientRects().length).map((one) => one.getBoundingClientRect());
    return shown.slice(1).filter((one, place) => one.left < shown[place].right - 0.5).length;
}"""


def test_the_pane_beside_the_list_hides_nothing_of_it(site: Site, open_browser: Callable[..., Watched]):
    site.stage("arrive")
    page = open_browser("first", viewport=DESK).page
    page.goto("/alerts/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("p")
    expect(page.locator("#preview .mj-sentence-small")).to_be_visible()
    # The button that brings in what is new is shown as after an arrival.
    page.evaluate("document.getElementById('new-alerts').hidden = false")
    assert page.locator("#many > *, #new-alerts").evaluate_all(OVERLAPS) == 0
    assert page.locator("#alerts, #preview").evaluate_all(OVERLAPS) == 0
    for part in (".mj-foot-keys", ".mj-listbar-new", ".mj-row .mj-kin", ".mj-row .c-due b", "#preview [data-preview-close]"):
        box = page.locator(part).first.bounding_box()
        edge = page.locator("#preview" if part.startswith("#") else "#alerts").bounding_box()
        assert box
        assert edge
        assert box["width"] > 0, part
        assert box["x"] + box["width"] <= edge["x"] + edge["width"], part
    shot(page, "alerts-pane")
    assert list(looked_at(page)) == []
    page.goto("/alerts/?tab=withdrawn")
    expect(page.locator("#alerts .mj-tabs [aria-current]")).to_be_in_viewport(ratio=0.95)
    page.click("[data-preview-close]")
    expect(page.locator("#preview")).to_be_hidden()


def test_the_strip_of_a_red_alert_lays_no_word_under_a_button(site: Site, open_browser: Callable[..., Watched]):
    site.stage("arrive")
    page = open_browser("first", viewport=DESK).page
    page.click("[data-duty-start] button")
    expect(page.locator("#duty a[href*='duty/end']")).to_be_visible()
    for language in ("zh-hans", "en"):
        page.context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
        # A page that comes without a click may not sound, and says so on the console.
        page.evaluate("sessionStorage.removeItem('mj-unlocked')")
        page.reload()
        assert page.locator("#duty.mj-duty-red").is_visible()
        expect(page.locator("#duty .mj-duty-steps")).to_be_visible()
        assert page.locator("#duty > *").evaluate_all(OVERLAPS) == 0
        assert page.locator("#duty p > *").evaluate_all(OVERLAPS) == 0
        told, inside = page.locator("#duty p").bounding_box(), page.locator("#duty p > *").last.bounding_box()
        assert told
        assert inside
        assert inside["x"] + inside["width"] <= told["x"] + told["width"] + 1


# Whether each column is drawn as long and as high as it says: a rule of another style sheet can quietly set both.
AS_IT_SAYS = """(columns) => columns.every((one) => {
    const drawn = one.getBBox();
    const near = (a, b) => Math.abs(a - b) < 0.6;
    return near(drawn.height, one.height.baseVal.value) && near(drawn.width, one.width.baseVal.value) && drawn.width > 2;
})"""


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_charts_of_an_alert_are_drawn_inside_their_pane(site: Site, open_browser: Callable[..., Watched], size: dict[str, int]):
    site.stage("compare")
    page = open_browser("first", viewport=size).page
    for level, inside in (("blue", ".mj-peer"), ("yellow", ".mj-column"), ("orange", ".mj-column")):
        page.goto(f"/alerts/?tab=open&level={level}")
        page.goto(page.locator(".mj-row a").first.get_attribute("href") or "")
        expect(page.locator(inside).first).to_be_visible()
        shot(page, f"chart-{level}")
        no_sideways_scroll(page)
        assert page.locator(".mj-column").evaluate_all(AS_IT_SAYS)
        pane = page.locator("figure.mj-chart").bounding_box()
        assert pane
        for text in page.locator(".mj-scale text").all():
            box = text.bounding_box()
            assert box
            assert pane["x"] - 2 <= box["x"]
            assert box["x"] + box["width"] <= pane["x"] + pane["width"] + 2
