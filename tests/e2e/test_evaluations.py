"""检出评估 in a browser: labels put up, waited for, read, compared with before; a bad file told with its row."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot
from tests.e2e.test_quarantine import AUDIT

OpenBrowser = Callable[..., Watched]
PAGE = "/coverage/evaluations/"
KINDS = ("passes_sold", "favoured_agent", "burst_ticketing", "own_unlock", "收钱插队办理")


def labels(site: Site) -> Path:
    """Five kinds of misconduct at three sizes of effect, two cases each, and one honest rush; see evaluations_stage.business."""
    lines = ["instance,scenario,subject_kind,subject_code,serials,effect"]
    for kind, scenario in enumerate(KINDS):
        for place, effect in enumerate(("0.2", "0.5", "1.0", "0.2", "0.5", "1.0")):
            serials = ";".join(f"K{kind}{place}{number}" for number in range(4))
            lines.append(f"{kind}{place}.spread,{scenario},staff,0811{kind}{place},{serials},{effect}")
    path = site.folder / "labels.csv"
    path.write_text("\n".join([*lines, "99,lookalike:holiday_rush,unit,W1,H0;H1;H2,"]) + "\n", encoding="utf-8")
    return path


def put_up(page: Page, path: Path) -> None:
    page.goto(PAGE)
    page.set_input_files("#file", path)
    page.get_by_role("button", name="上传并评估").click()


def test_labels_are_put_up_waited_for_and_read_and_a_list_is_as_long_as_said(site: Site, open_browser: OpenBrowser):
    site.stage("business")
    page = open_browser("audit_admin").page
    put_up(page, labels(site))
    expect(page.locator("#state")).to_contain_text("待开始")
    shot(page, "evaluation-waits")
    site.stage("work_evaluations")
    expect(page.locator(".mj-eval-scenarios tbody tr")).to_have_count(5)
    found = page.get_by_role("region", name="误报过多的规则").locator("tbody a")
    number = found.inner_text()
    found.click()
    expect(page.locator(".mj-listbar b").first).to_contain_text(number)
    expect(page.locator(".mj-alerts tbody tr.mj-row")).to_have_count(int(number))
    site.stage("mend_rule")
    page.goto(PAGE)
    page.locator(".mj-eval-labels").get_by_role("button", name="评估").click()
    expect(page.locator("#state")).to_contain_text("待开始")
    site.stage("work_evaluations")
    expect(page.locator("main")).to_contain_text("DJ-016 v1 → v2")
    expect(page.locator(".mj-eval-tiles")).to_contain_text("−")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_fit_the_screen_and_have_no_fault_an_audit_finds_first(site: Site, open_browser: OpenBrowser, size: dict[str, int]):
    page = open_browser("audit_admin", viewport=size).page

    def looked_at(name: str) -> None:
        shot(page, name)
        no_sideways_scroll(page)
        assert page.evaluate(AUDIT, size is PHONE) == [], name

    page.goto(PAGE)
    looked_at("evaluations-empty")
    site.stage("business")
    bad = site.folder / "违规标注.csv"
    bad.write_text(labels(site).read_text(encoding="utf-8") + "100,passes_sold,民警,081100,K000,1.0\n", encoding="utf-8")
    put_up(page, bad)
    expect(page.locator(".mj-problem")).to_contain_text("违规标注.csv第33行：subject_kind为“民警”")
    looked_at("evaluations-error")
    put_up(page, labels(site))
    expect(page.locator("#state")).to_contain_text("待开始")
    looked_at("evaluation-waits")
    site.stage("work_evaluations")
    expect(page.locator(".mj-eval-tiles")).to_be_visible()
    site.stage("mend_rule")
    page.click("#again")
    expect(page.locator("#state")).to_contain_text("待开始")
    site.stage("work_evaluations")
    expect(page.locator(".mj-eval-tiles")).to_be_visible()
    looked_at("evaluation")
    for part in ("scenarios", "crying", "missed", "rules"):
        page.locator(f"#{part}-title").scroll_into_view_if_needed()
        shot(page, f"evaluation-{part}")
    page.goto(PAGE)
    looked_at("evaluations")
    page.locator("#history-title").scroll_into_view_if_needed()
    shot(page, "evaluations-history")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    page.locator("#history a").first.click()
    looked_at("evaluation-english")
