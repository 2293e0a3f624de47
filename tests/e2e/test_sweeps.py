"""历史倒查 in a browser: ordered with its amount known beforehand, watched, paused, gone on with, stopped; its alerts listed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot
from tests.e2e.test_quarantine import AUDIT

OpenBrowser = Callable[..., Watched]
PAGE = "/coverage/sweeps/"


def test_an_inspector_orders_a_sweep_watches_it_pauses_it_and_opens_what_it_found(site: Site, open_browser: OpenBrowser):
    site.stage("history")
    page = open_browser("discipline").page
    page.goto(PAGE)
    expect(page.get_by_text("尚未下达过历史倒查")).to_be_visible()
    page.get_by_role("link", name="下达倒查").first.click()
    expect(page.locator("#amount")).to_contain_text("254笔业务")
    page.locator("summary", has_text="违法").click()
    page.get_by_label("VIO-08").check()
    expect(page.locator("#amount")).to_contain_text("1条规则")
    page.fill("#reason", "短时批量开单规则上线，倒查既往开单")
    page.get_by_role("button", name="下达倒查").click()
    row = page.locator(".mj-order-table tbody tr")
    expect(row).to_contain_text("待开始")
    row.get_by_role("button", name="暂停").click()
    expect(row).to_contain_text("已暂停")
    site.stage("sweep_some")
    expect(row).to_contain_text("0%")
    row.get_by_role("button", name="继续").click()
    expect(row).to_contain_text("待开始")
    site.stage("sweep_all")
    expect(row).to_contain_text("100%")
    expect(row).to_contain_text("已完成")
    found = row.locator(".c-count a")
    number = found.inner_text()
    found.click()
    expect(page.locator(".mj-listbar b").first).to_contain_text(number)
    expect(page.locator(".mj-alerts tbody tr.mj-row")).to_have_count(int(number))
    shot(page, "alerts-of-a-sweep")


def test_a_sweep_is_stopped_with_a_reason_and_who_keeps_the_system_sees_no_alerts(site: Site, open_browser: OpenBrowser):
    site.stage("history")
    site.stage("sweeps")
    page = open_browser("system_admin").page
    page.goto(PAGE)
    expect(page.locator(".c-count")).to_have_count(0)
    waiting = page.locator(".mj-order-table tbody tr", has_text="全部规则全量倒查")
    waiting.get_by_role("button", name="停止").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("textarea").fill("先分段倒查，避免占用")
    dialog.get_by_role("button", name="停止").click()
    expect(page.locator(".mj-tip-success")).to_contain_text("已停止")
    expect(waiting).to_contain_text("先分段倒查，避免占用")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_fit_the_screen_and_have_no_fault_an_audit_finds_first(site: Site, open_browser: OpenBrowser, size: dict[str, int]):
    page = open_browser("discipline", viewport=size).page
    for name in ("empty", "some"):
        for kind, address in (("sweeps", PAGE), ("sweep-order", f"{PAGE}order/")):
            page.goto(address)
            shot(page, f"{kind}-{name}")
            no_sideways_scroll(page)
            assert page.evaluate(AUDIT, size is PHONE) == [], address
        if name == "empty":
            site.stage("history")
            site.stage("sweeps")
    page.fill("#reason", "倒查")
    page.evaluate("document.querySelector('#reason').removeAttribute('minlength')")
    page.get_by_role("button", name="下达倒查").click()
    expect(page.locator(".mj-problem").first).to_contain_text("5至500字")
    shot(page, "sweep-order-error")
    assert page.evaluate(AUDIT, size is PHONE) == []
    page.goto(PAGE)
    page.locator(".mj-order-table [data-dialog]").first.click()
    shot(page, "sweep-stop")
    no_sideways_scroll(page)
    assert page.evaluate(AUDIT, size is PHONE) == []
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    page.goto(PAGE)
    shot(page, "sweeps-english")
    no_sideways_scroll(page)
