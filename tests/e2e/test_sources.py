"""The health of sources in the browser: one look tells which source is late, lacks days or sends too much, at a desk and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_sources_tell_what_is_not_as_usual_and_lead_to_their_days_and_deliveries(
    site: Site, open_browser: Callable[..., Watched], size: dict[str, int]
):
    page = open_browser("system_admin", viewport=size).page
    page.goto("/intake/sources/")
    expect(page.get_by_text("尚无数据源报送")).to_be_visible()
    shot(page, "sources-empty")
    site.stage("sources")
    page.reload()
    states = page.locator(".mj-sources tbody td.c-state p span")
    expect(states).to_contain_text(["迟到", "缺口", "数量异常", *["历史不足"] * 3, "正常"])
    shot(page, "sources")
    no_sideways_scroll(page)
    page.locator(".mj-sources tbody tr", has_text="exam-centre").filter(has_text="业务").get_by_role("link", name="exam-centre").click()
    expect(page.locator(".mj-days tbody tr")).to_have_count(28)
    expect(page.locator(".mj-days")).to_contain_text("没有数据")
    expect(page.locator(".mj-alert-side")).to_contain_text("清单KS-1124应报326")
    shot(page, "source")
    no_sideways_scroll(page)
    page.get_by_role("link", name="该来源全部报送").click()
    expect(page.get_by_role("link", name="来源：exam-centre")).to_be_visible()
    shot(page, "deliveries-of-a-source")
    no_sideways_scroll(page)
    page.goto("/intake/sources/transactions/six-in-one/")
    page.get_by_role("link", name="机动车登记").click()
    expect(page.locator(".mj-days tbody tr")).to_have_count(28)
    shot(page, "source-of-two-lines")
    no_sideways_scroll(page)
    page.goto("/intake/sources/units/personnel/")
    expect(page.locator(".mj-alert-side")).to_contain_text("写作“Ｗ１”")
    shot(page, "source-of-units")
    no_sideways_scroll(page)
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    for name, address in (("sources-english", "/intake/sources/"), ("source-english", "/intake/sources/transactions/exam-centre/")):
        page.goto(address)
        shot(page, name)
        no_sideways_scroll(page)
