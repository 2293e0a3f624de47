"""Triage by keys: every outcome takes three presses at most, from the row in focus or from the alert."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_case_journey import CASE

MOST = 3


class Hand:
    """The keys of one person, counted from outcome to outcome."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.pressed += len(keys)

    def reaches(self, place: Locator, words: str) -> None:
        expect(place).to_contain_text(words)
        assert self.pressed <= MOST, f"{words} took {self.pressed} keys"
        self.pressed = 0


def test_each_outcome_takes_three_keys_at_most(site: Site, open_browser: Callable[..., Watched]):
    site.stage("fill")
    page = open_browser("first").page
    page.goto("/alerts/?tab=open&by=alert")
    hand = Hand(page)
    page.locator(".mj-row").last.scroll_into_view_if_needed()
    expect(page.locator("#more")).to_have_count(0)
    found = {
        level: page.locator(f".mj-row[data-level={level}]").evaluate_all("(all) => all.map((row) => row.id)")
        for level in ("orange", "yellow")
    }

    def row(level: str, place: int) -> Locator:
        one = page.locator(f"#{found[level][place]}")
        one.locator("a").focus()
        return one

    acknowledged = row("yellow", 0)
    hand.press("1")
    hand.reaches(acknowledged.locator(".c-status"), "已受理")
    dismissed = row("yellow", 1)
    hand.press("2", "3", "Enter")
    hand.reaches(dismissed.locator(".c-status"), "已排除")
    snoozed = row("orange", 0)
    hand.press("h", "2", "Enter")
    hand.reaches(snoozed.locator(".c-status"), "挂起")
    handed_over = row("yellow", 2)
    hand.press("a")
    expect(page.locator("#assign-dialog [data-digit='1']")).to_be_focused()
    hand.press("1", "Enter")
    hand.reaches(handed_over.locator(".c-handler"), "梁某")
    issued = row("yellow", 0)
    hand.press("i", "Enter")
    hand.reaches(issued.locator(".c-status"), "已发预警")
    proposed = row("orange", 1)
    hand.press("1")
    hand.reaches(proposed.locator(".c-status"), "已受理")
    hand.press("i", "Enter")
    hand.reaches(proposed.locator(".c-status"), "待签发")

    second = open_browser("second").page
    other = Hand(second)
    second.goto(f"/alerts/{found['yellow'][3].removeprefix('alert-')}/")
    other.press("1")
    other.reaches(second.locator(".mj-state").first, "已受理")
    other.press("s")
    other.reaches(second.locator(".mj-state").first, "核查中")
    other.press("i")
    second.keyboard.type("窗口负责人当场确认，属实")
    second.keyboard.press("Enter")
    expect(second.locator("#issue-dialog")).to_be_visible()  # a text of one's own goes on in a new line
    second.keyboard.press("Escape")
    other.pressed = 0
    second.goto(f"/alerts/{proposed.get_attribute('data-number')}/")
    other.press("2", "1", "Enter")
    other.reaches(second.locator(".mj-state").first, "核查中")
    expect(second.locator(".mj-timeline")).to_contain_text("证据不足以支持结论")
    expect(proposed.locator(".c-status")).to_contain_text("核查中")
    proposed.locator("a").focus()
    hand.press("i", "Enter")
    hand.reaches(proposed.locator(".c-status"), "待签发")
    second.reload()
    other.press("1")
    other.reaches(second.locator(".mj-state").first, "已发预警")
    second.goto(f"/alerts/{snoozed.get_attribute('data-number')}/")
    expect(second.locator(".mj-timeline")).to_contain_text("等待回复")


def test_a_warning_is_dispatched_and_its_case_raised_from_the_list(site: Site, open_browser: Callable[..., Watched]):
    site.stage("case_ground")
    page = open_browser("first").page
    hand = Hand(page)
    page.goto("/alerts/?tab=issued")
    page.locator(".mj-row a").first.focus()
    hand.press("3")
    expect(page.locator("#dispatch-dialog [data-submit]")).to_be_focused()
    hand.press("Enter")
    page.wait_for_url(CASE)
    hand.reaches(page.locator(".mj-lead"), "办理中")
    page.goto("/alerts/?tab=all")
    expect(page.locator(".mj-row")).not_to_have_attribute("data-dispatch", "")
    page.locator(".mj-row a").first.focus()
    hand.press("3")
    expect(page.locator(".mj-row")).to_have_count(1)
    hand.pressed = 0
    hand.press("e")
    expect(page.locator("#escalate-dialog")).to_be_visible()
    assert CASE.search(page.url)
    hand.press("1", "Enter")
    hand.reaches(page.locator("#main"), "超出本单位处置权限")
    expect(page.locator("#escalate-dialog")).not_to_be_visible()
    expect(page.locator("#tips")).to_contain_text("已提级")
