"""The quarantine in a browser: refused, downloaded, corrected, sent again, settled; and done away with by two people."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot

OpenBrowser = Callable[..., Watched]
PAGE = "/intake/quarantine/"
# What an audit for accessibility would find first: controls without a name, doubled ids, headings that skip a level, small targets.
AUDIT = """(phone) => {
  const label = (e) => e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent || e.title || e.placeholder || "";
  const shown = (e) => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden";
  const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter(shown);
  const told = (what) => (e) => `${what}: ${e.outerHTML.slice(0, 120)}`;
  const found = all.filter((e) => !label(e).trim()).map(told("no name"));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  found.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `id twice: ${id}`));
  const levels = [...document.querySelectorAll("h1, h2, h3")].filter(shown).map((e) => Number(e.tagName[1]));
  levels.forEach((level, at) => at && level > levels[at - 1] + 1 && found.push(`heading skips to ${level}`));
  if (levels.filter((level) => level === 1).length !== 1) found.push("not one h1");
  const height = (e) => e.getBoundingClientRect().height;
  const low = (e) => e.closest("main, dialog") && !e.closest("p") && Math.max(height(e), height(e.closest("label") || e)) < 43.5;
  return phone ? [...found, ...all.filter(low).map(told("small"))] : found;
}"""


def bring_back(page: Page, folder: Path) -> Path:
    """Download the sheet of the first source as CSV and put every fault in it right, as the sending office would."""
    page.locator(".mj-sheets summary").click()
    with page.expect_download() as waiting:
        page.locator(".mj-forms").first.get_by_text("CSV").click()
    path = folder / "transactions.csv"
    waiting.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    right = {
        "业务条线": "violation",
        "办理单位": "W1",
        "当事人证件号": "430702198001010012",
        "受理时间": "2026-03-02 09:00",
        "金额": "1200",
        "记分": "3",
        "quarantine_rest": "",
    }
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number, cells in enumerate(rows):
            row = dict(zip(header, cells, strict=True)) | right
            writer.writerow((row | {"流水号": f"G{number}"} if "E+" in row["流水号"] else row).values())
    return path


def test_refused_rows_are_downloaded_corrected_sent_again_and_settled(site: Site, open_browser: OpenBrowser, tmp_path: Path):
    site.stage("refuse")
    page = open_browser("system_admin").page
    page.goto("/intake/")
    page.locator("td a", has_text="53").click()
    expect(page.locator(".mj-listbar b")).to_have_text("53行")
    page.goto(PAGE)
    expect(page.locator(".mj-causes a").first).to_contain_text("35")
    page.locator(".mj-causes a").first.click()
    expect(page.locator(".mj-listbar b")).to_have_text("35行")
    page.locator(".mj-filters .mj-link").click()
    site.stage("import", str(bring_back(page, tmp_path)), "综合应用平台")
    page.reload()
    expect(page.locator(".mj-listbar b")).to_have_text("3行")
    page.goto(f"{PAGE}?tab=settled&column=流水号")
    expect(page.locator(".c-outcome").last).to_contain_text("transactions.csv")
    page.locator(".c-reason a").click()
    expect(page.locator(".mj-changes")).to_contain_text("4.3E+11")
    expect(page.locator(".mj-alert-left")).to_contain_text("G")


def test_rows_are_done_away_with_by_two_people(site: Site, open_browser: OpenBrowser):
    site.stage("refuse")
    page = open_browser("system_admin").page
    page.goto(f"{PAGE}?reason=not_in_list")
    page.locator("[name=row]").check()
    expect(page.locator(".mj-listbar [data-marked]")).to_have_text("已选1行")
    page.locator("[data-dialog=discard-dialog]").click()
    expect(page.locator("#discard-reason")).to_be_focused()
    page.fill("#discard-reason", "测试条线，非真实业务")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".mj-requests li")).to_have_count(2)
    expect(page.locator(".mj-requests li", has_text="测试条线").locator("form")).to_have_count(0)

    inspector = open_browser("discipline").page
    inspector.goto(f"{PAGE}?tab=asked")
    expect(inspector.locator(".mj-sheets")).to_have_count(0)
    request = inspector.locator(".mj-requests li", has_text="测试条线")
    request.get_by_text("不批准").click()
    expect(inspector.locator(".mj-tip-error")).to_contain_text("5至500")
    request.get_by_text("批准作废", exact=True).click()
    expect(inspector.locator(".mj-tip-success")).to_contain_text("已作废1行")
    expect(inspector.locator(".mj-requests li")).to_have_count(1)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_quarantine_fits_the_screen_and_has_no_fault_an_audit_finds_first(site: Site, open_browser: OpenBrowser, size: dict[str, int]):
    site.stage("refuse")
    page = open_browser("system_admin", viewport=size).page
    for tab in ("open", "asked", "waiting", "settled", "all&source=nobody"):
        page.goto(f"{PAGE}?tab={tab}")
        page.wait_for_load_state("load")
        shot(page, f"quarantine-{tab.partition('&')[0]}")
        no_sideways_scroll(page)
        assert page.evaluate(AUDIT, size is PHONE) == [], tab
    page.goto(PAGE)
    page.locator("[data-dialog=discard-dialog]").click()
    assert page.evaluate(AUDIT, size is PHONE) == []
    page.keyboard.press("Escape")
    page.locator(".c-reason a").first.click()
    expect(page.locator("h1.mj-sentence")).to_be_visible()
    shot(page, "quarantine-row")
    no_sideways_scroll(page)
    assert page.evaluate(AUDIT, size is PHONE) == []
