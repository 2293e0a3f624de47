"""A screen on the wall, from its secret to its end: connected once, live without anything moving, stale said, healed by itself, revoked."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PASSWORD, Site, Watched
from tests.e2e.test_pages import no_sideways_scroll, shot

FULL, DESK, PHONE = {"width": 1920, "height": 1080}, {"width": 1366, "height": 768}, {"width": 390, "height": 844}
POLL_MS, DOUBT_MS = 5_000, 15_000


class Stoppable:
    """A site whose server can be stopped and started again at the same address."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._running = ExitStack()

    def start(self) -> None:
        self._running.enter_context(self.site.serving())

    def stop(self) -> None:
        self._running.close()


@pytest.fixture
def stoppable(fresh: Site) -> Iterator[Stoppable]:
    found = Stoppable(fresh)
    found.start()
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture
def open_page(browser: Browser, browser_context_args: dict[str, Any], stoppable: Stoppable) -> Iterator[Callable[..., Page]]:
    """Pages of a browser of their own each, in which nothing may break and nobody else may be asked."""
    opened: list[Watched] = []

    def open_one(**context: Any) -> Page:
        watched = Watched(browser.new_context(**browser_context_args | {"base_url": stoppable.site.url} | context).new_page(), [], [])
        watched.listen(stoppable.site.url)
        opened.append(watched)
        return watched.page

    yield open_one
    for watched in opened:
        watched.page.context.close()
        assert watched.outside == []
        assert [told for told in watched.complaints if "ERR_CONNECTION" not in told] == []


def places(page: Page) -> list[Any]:
    """Where every block and every figure stands."""
    return page.evaluate(
        """() => [...document.querySelectorAll("[data-block]:not(.w-urgent), [data-block]:not(.w-urgent) .w-n")].map((one) => {
            const box = one.getBoundingClientRect();
            return [one.getAttribute("href") || one.dataset.block, Math.round(box.top), Math.round(box.right)];
        })"""
    )


def test_a_screen_is_connected_lives_says_what_is_stale_heals_and_is_revoked(stoppable: Stoppable, open_page: Callable[..., Page]):
    admin = open_page()
    admin.goto("/accounts/login/?next=/wall/screens/")
    admin.fill("#username", "system_admin")
    admin.fill("#password", PASSWORD)
    admin.press("#password", "Enter")
    stoppable.site.stage("wall")
    admin.fill("#name", "指挥大厅")
    shot(admin, "wall-screens-empty")
    admin.get_by_role("button", name="制发密钥").click()
    address = admin.locator(".mj-screen-made code").first.inner_text()
    shot(admin, "wall-screens-made")
    no_sideways_scroll(admin)

    wall = open_page(viewport=FULL)
    wall.clock.install()
    wall.goto(address)
    expect(wall.locator("[data-block]")).to_have_count(9)
    assert wall.url == f"{stoppable.site.url}/wall/screen/"
    expect(wall.locator(".w-urgent")).to_have_class("w-block w-urgent w-urgent-orange")
    shot(wall, "wall")
    before, opened = places(wall), wall.locator(".w-open .w-big").inner_text()
    wall.evaluate("window.sameDocument = true")

    stoppable.site.stage("red")
    wall.clock.fast_forward(POLL_MS)
    expect(wall.locator(".w-urgent-red")).to_contain_text("26分钟")
    expect(wall.locator(".w-open .w-big")).to_have_text(str(int(opened) + 1))
    assert places(wall) == before
    shot(wall, "wall-red")

    stoppable.stop()
    wall.clock.fast_forward(DOUBT_MS + 2 * POLL_MS)
    expect(wall.locator("#state")).to_have_text("已断开")
    expect(wall.locator(".w-stale:visible")).to_have_count(9)
    expect(wall.locator(".w-units .w-stale")).to_contain_text("已过期")
    assert places(wall) == before
    shot(wall, "wall-stale")
    stoppable.start()
    wall.clock.fast_forward(POLL_MS)
    expect(wall.locator("#state")).to_have_text("实时")
    expect(wall.locator(".w-stale:visible")).to_have_count(0)
    assert wall.evaluate("window.sameDocument")

    with wall.context.expect_page() as tab:
        wall.locator(".w-open .w-big a").click()
    expect(tab.value.locator("#password")).to_be_visible()
    tab.value.close()
    for size in (DESK, PHONE):
        wall.set_viewport_size(size)
        no_sideways_scroll(wall)
        shot(wall, "wall")

    admin.goto("/wall/screens/")
    shot(admin, "wall-screens")
    admin.get_by_role("button", name="吊销 指挥大厅").click()
    expect(admin.get_by_text("数秒内停止显示")).to_be_visible()
    wall.clock.fast_forward(POLL_MS)
    expect(wall.locator("[role=alert]")).to_contain_text("已吊销")
    expect(wall.locator("[data-block]")).to_have_count(0)
    shot(wall, "wall-connect")
