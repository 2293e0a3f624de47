"""The ledger in a browser: searched by a citizen's number for a purpose, opened, shown in clear once, and whom an agency deals with."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot
from tests.e2e.test_quarantine import AUDIT


def test_a_citizens_transaction_is_found_opened_and_shown_in_clear_for_a_purpose(site: Site, open_browser: Callable[..., Watched]):
    site.stage("ledger")
    page = open_browser("first", viewport=DESK).page
    page.goto("/ledger/")
    shot(page, "ledger-start")
    assert page.evaluate(AUDIT, False) == []
    page.fill("#ledger-q", "no-such-serial")
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有找到业务")).to_be_visible()
    shot(page, "ledger-empty")
    page.fill("#ledger-q", "众诚")
    page.keyboard.press("Enter")
    expect(page.locator(".mj-ledger-reading")).to_contain_text("机构")
    shot(page, "ledger-list")
    no_sideways_scroll(page)
    number = "430702196001010001"
    page.fill("#ledger-q", "４３０７０２１９６０" + "01010001")
    page.keyboard.press("Enter")
    expect(page.locator(".mj-ledger-ask")).to_be_visible()
    shot(page, "ledger-purpose")
    assert page.evaluate(AUDIT, False) == []
    page.get_by_label("办理投诉举报").check()
    page.fill("#purpose-note", "TS-118")
    page.keyboard.press("Enter")
    expect(page.locator(".mj-ledger-rows tbody tr")).to_have_count(1)
    assert number not in page.url and number not in page.content()
    page.locator(".mj-ledger-rows a").click()
    expect(page.locator("h1.mj-sentence")).to_contain_text("机动车登记")
    shot(page, "ledger-transaction")
    no_sideways_scroll(page)
    assert page.evaluate(AUDIT, False) == []
    page.locator(".mj-facts div", has_text="当事人").get_by_role("link").click()
    expect(page.locator('#reveal [value="person_id_no"]')).to_be_checked()
    page.locator("#reveal").get_by_label("核查系统疑点").check()
    page.fill("#purpose-note", "YD-1")
    page.locator("#reveal button").click()
    expect(page.locator(".mj-ledger-clear b")).to_have_text(number)
    assert number not in page.url
    shot(page, "ledger-clear")
    page.get_by_text("立即隐藏").click()
    expect(page.locator(".mj-ledger-clear")).to_have_count(0)
    assert number not in page.content()
    page.goto("/ledger/subjects/agency/JG000/")
    shot(page, "ledger-agency")
    no_sideways_scroll(page)
    assert page.evaluate(AUDIT, False) == []
    page.locator(".mj-network a").first.click()
    expect(page.locator(".mj-network")).to_be_visible()
    page.set_viewport_size(PHONE)
    for name, address in (
        ("ledger-list", "/ledger/?line=registration"),
        ("ledger-transaction", "/ledger/transactions/manual/2611999001/?field=vin"),
        ("ledger-staff", "/ledger/subjects/staff/072630/?days=365"),
        ("ledger-nobody", "/ledger/subjects/staff/nobody/"),
    ):
        page.goto(address)
        shot(page, name)
        no_sideways_scroll(page)
        assert page.evaluate(AUDIT, True) == [], name
