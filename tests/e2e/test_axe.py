"""Every page against axe, in both languages and with every dialog open: wcag2a, 2aa, 21aa, 22aa, no violation."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Site, Watched

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESK = {"width": 1366, "height": 768}
PAGES = {
    "first": [
        "/",
        "/?tab=done",
        "/alerts/",
        "/alerts/?tab=open&by=alert",
        "/alerts/?tab=open&level=yellow",
        "/suppressions/",
        "/orders/",
        "/intake/",
        "/intake/upload/",
        "/intake/sources/",
        "/intake/quarantine/",
        "/coverage/sweeps/",
        "/ledger/",
        "/ledger/subjects/staff/070011/",
        "/duty/",
        "/duty/start/",
        "/duty/notices/",
        "/wall/",
        "/wall/alerts/?figure=open",
        "/accounts/me/",
        "/accounts/me/password/",
    ],
    "system_admin": ["/wall/screens/", "/coverage/", "/coverage/evaluations/", "/audit/"],
    "audit_admin": ["/audit/", "/recusal/"],
    "security_admin": ["/recusal/"],
}


def broken_rules(page: Page) -> list[str]:
    """What axe finds, each with the first element it is about."""
    # The watermark lies over everything: with it no contrast can be told.
    page.evaluate("document.querySelectorAll('.mj-watermark').forEach((mark) => mark.remove())")
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    return [f"{page.url}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in found["violations"]]


def looked_at(page: Page) -> Iterator[str]:
    """The page, then the page with each of its dialogs open."""
    yield from broken_rules(page)
    for number in range(page.locator("dialog").count()):
        dialog = page.locator("dialog").nth(number)
        dialog.evaluate("(one) => one.showModal()")
        yield from broken_rules(page)
        dialog.evaluate("(one) => one.close()")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_axe_finds_nothing_on_any_page(site: Site, open_browser: Callable[..., Watched], language: str):
    for act in ("fill", "refuse", "sources"):
        site.stage(act)
    found: list[str] = []
    for username, addresses in PAGES.items():
        page = open_browser(username, viewport=DESK, locale="zh-CN" if language == "zh-hans" else "en-GB").page
        page.context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
        for address in addresses:
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == ("zh-hans" if language == "zh-hans" else "en")
            found += looked_at(page)
        if username == "first":
            page.goto("/alerts/?tab=open&level=yellow")
            page.locator(".mj-row a", has_text="赵某").click()
            page.locator("figure.mj-chart").wait_for()
            found += looked_at(page)
    assert found == []
