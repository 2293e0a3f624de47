"""Every page against axe, in both languages and with every dialog open: wcag2a, 2aa, 21aa, 22aa, no violation."""

import re
from collections.abc import Callable, Iterator
from importlib.resources import files

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
        "/rules/",
        "/rules/health/",
        "/rules/DJ-014/?alerts=all",
        "/breakers/",
        "/breakers/propose/?subject_kind=unit&subject_code=W1",
        "/breakers/policies/",
        "/breakers/policies/agency/",
        "/aftercare/",
        "/measures/interviews/?tab=notified",
        "/measures/interviews/calendar/",
        "/measures/accountability/?tab=decided",
        "/measures/accountability/propose/AJ-STAGE/",
        "/measures/suspensions/?tab=acceptance",
        "/measures/circulars/propose/AJ-STAGE/",
        "/measures/transfers/?tab=approved",
        "/measures/mine/",
        "/orders/",
        "/orders/ZG-STAGE/",
        "/checklist/",
        "/checklist/mine/",
        "/checklist/powers/",
        "/checklist/signing/?state=unsigned",
        "/checklist/coverage/",
        "/cycle/",
        "/cycle/tasks/",
        "/cycle/findings/",
        "/cycle/proposals/",
        "/intake/",
        "/intake/upload/",
        "/intake/sources/",
        "/intake/quarantine/",
        "/coverage/sweeps/",
        "/coverage/peers/DJ-014/2026-03-08/",
        "/ledger/",
        "/documents/",
        "/ledger/subjects/staff/070011/",
        "/ledger/subjects/unit/D1/",
        "/ledger/subjects/unit/W1/",
        "/ledger/transactions/manual/F0/?field=person_id_no",
        "/cases/",
        "/cases/AJ-STAGE/",
        "/cases/escalations/",
        "/duty/",
        "/duty/start/",
        "/duty/notices/",
        "/wall/",
        "/wall/alerts/?figure=open",
        "/accounts/me/",
        "/accounts/me/password/",
        "/no-such-page/",
    ],
    "keeper": [
        "/checklist/?version=draft",
        "/checklist/draft/",
        "/checklist/draft/items/REG-A1/",
        "/checklist/draft/power/",
        "/checklist/draft/sheet/",
        "/checklist/versions/",
        "/checklist/diff/?from=1&to=1",
        "/checklist/items/REG-A1/?version=draft",
    ],
    "leader": ["/measures/joint/", "/measures/joint/mine/", "/measures/joint/points/", "/measures/offices/"],
    "system_admin": [
        "/cases/policy/",
        "/cycle/terms/",
        "/aftercare/policy/",
        "/documents/templates/",
        "/documents/templates/circular/",
        "/wall/screens/",
        "/coverage/",
        "/coverage/evaluations/",
        "/audit/",
    ],
    "checklist_admin": ["/rules/new/", "/rules/new/?detector=frequency", "/rules/DJ-014/edit/"],
    "audit_admin": ["/audit/", "/recusal/"],
    "security_admin": ["/recusal/"],
}


LANGUAGES = ("zh-hans", "en")
# What differs in a dialog each time it is written.
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
# A colour on its way to another has a contrast of its own, so what moves is let come to rest. Only what is wrong is told of in full; of
# what else axe would fetch beforehand (style sheets once more) no rule of these has need.
RUN = """async ([tags, dialog]) => {
    const moving = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(moving.map((one) => one.finished));
    const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: { assets: ["media"] } };
    return (await axe.run(dialog || document, options)).violations.map((one) => `${one.id} ${one.nodes[0].html.slice(0, 160)}`);
}"""


def looked_at(page: Page, dialogs: set[str] | None = None) -> Iterator[str]:
    """What axe finds on the page, then in each of its dialogs as it is open; each with the first element it is about.

    `dialogs`: those that were looked at before, and need not be again where they stand to the letter on another page; new ones join them.
    """
    known = set[str]() if dialogs is None else dialogs
    # The watermark lies over everything: with it no contrast can be told.
    page.evaluate("document.querySelectorAll('.mj-watermark').forEach((mark) => mark.remove())")
    page.evaluate(AXE)
    yield from (f"{page.url}: {found}" for found in page.evaluate(RUN, [TAGS, None]))
    for dialog in page.locator("dialog").element_handles():
        written = TOKEN.sub("", dialog.evaluate("(one) => one.outerHTML"))
        if written in known:
            continue
        known.add(written)
        dialog.evaluate("(one) => one.showModal()")
        yield from (f"{page.url}: {found}" for found in page.evaluate(RUN, [TAGS, dialog]))
        dialog.evaluate("(one) => one.close()")


def test_axe_finds_nothing_on_any_page_in_any_language(site: Site, open_browser: Callable[..., Watched]):
    for act in ("fill", "refuse", "sources", "measures_many", "watches", "checklist_draft", "cycle_many"):
        site.stage(act)
    found: list[str] = []
    for username in PAGES:
        page = open_browser(username, viewport=DESK).page
        for language in LANGUAGES:
            page.context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
            found += (f"{language} {one}" for one in pages_of(username, page, language))
    assert found == []


def pages_of(username: str, page: Page, language: str) -> Iterator[str]:
    """What axe finds on the pages of this person in this language."""
    dialogs = set[str]()
    for address in PAGES[username]:
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        yield from looked_at(page, dialogs)
    if username != "first":
        return
    page.goto("/alerts/?tab=open&level=yellow")
    for filters in page.locator(".mj-filter[data-asks] summary").element_handles():
        filters.click()
        page.locator(".mj-filter[open] .mj-pop small").first.wait_for()
        yield from looked_at(page, dialogs)
    page.locator(".mj-row a", has_text="赵某").click()
    page.locator("figure.mj-chart").wait_for()
    yield from looked_at(page, dialogs)
    for code, tab in (("accountability", "decided"), ("suspensions", "acceptance")):
        page.goto(f"/measures/{code}/?tab={tab}")
        page.locator(".mj-order-table td a").first.click()
        page.locator(".mj-timeline").wait_for()
        page.evaluate("document.querySelectorAll('.mj-steps details').forEach((one) => { one.open = true; })")
        yield from looked_at(page, dialogs)
