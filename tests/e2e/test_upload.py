"""Bringing files in, in a browser: dropped on the page, looked at, corrected, tried, imported and watched to the end."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Watched
from tests.e2e.test_pages import DESK, PHONE, no_sideways_scroll, shot

OpenBrowser = Callable[..., Watched]
HEADER = "流水号,业务条线,业务类型,办理单位,岗位,经办人,号牌号码,号牌种类,当事人证件号,受理时间,办结时间,结果,联系电话,备注\n"


def transactions(count: int, unit: str = "W1") -> str:
    lines = [
        f"K{n:05d},registration,transfer,{unit},P1,072618,湘J{10000 + n},02,43070219800101{n:04d},2026-11-23 09:{n % 60:02},"
        f"2026-11-23 10:{n % 60:02},approved,1390000{n:04d},速办\n"
        for n in range(count)
    ]
    return HEADER + "".join(lines)


def write_files(folder: Path) -> dict[str, Path]:
    """What three systems and a colleague deliver on a Monday."""
    files = {
        name: folder / name for name in ("车管_transactions_20261123.csv", "units.csv", "名册2026.xlsx", "环节20261123.csv", "说明.csv")
    }
    bad = "".join(f"X{n},registration,transfer,NO{n % 2},P1,072618,,,,2026-11-23 09:00,,,,\n" for n in range(7))
    files["车管_transactions_20261123.csv"].write_text(transactions(40) + bad, encoding="gb18030")
    files["units.csv"].write_text(
        "code,name,kind,parent_code\nW2,车管所第二登记窗口,window,D1\nW3,武陵登记窗口,window,D1\n", encoding="utf-8-sig"
    )
    files["环节20261123.csv"].write_text(
        "流水号,序号,环节,时间\nK00001,1,accept,2026-11-23 09:01\nNONE,1,accept,2026-11-23 09:01\n", encoding="utf-8"
    )
    files["说明.csv"].write_text(
        "流水号,业务条线,业务类型,办理单位,受理时间\nA1,registration,transfer,W1,2026-11-23 09:00\n", encoding="utf-8"
    )
    with xlsxwriter.Workbook(files["名册2026.xlsx"]) as book:
        for name, rows in {
            "封面": [["二〇二六年十一月名册"]],
            "人员": [["警号", "姓名", "类别", "单位", "身份证号"], ["070301", "周某", "officer", "W2", "430702198001010012"]],
            "岗位": [["岗位编码", "名称", "业务条线"], ["P2", "查验岗", "inspection"]],
        }.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
    return files


def drop(page: Page, files: dict[str, Path]) -> None:
    """Files from outside, let go over the page."""
    transfer = page.evaluate_handle("() => new DataTransfer()")
    for name, path in files.items():
        page.evaluate(
            """([transfer, name, bytes]) => transfer.items.add(new File([new Uint8Array(bytes)], name))""",
            [transfer, name, list(path.read_bytes())],
        )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("main", event, {"dataTransfer": transfer})


def row(page: Page, name: str):
    return page.locator(".mj-filerow", has=page.get_by_text(name, exact=True))


def test_files_are_dropped_looked_at_tried_imported_and_watched_to_the_end(site: Site, open_browser: OpenBrowser):
    files = write_files(site.folder)
    page = open_browser("first", viewport=DESK).page
    page.goto("/intake/upload/")
    expect(page.locator(".mj-empty")).to_be_visible()
    shot(page, "upload-empty")
    drop(page, files)
    expect(page.locator(".mj-filerow")).to_have_count(5)
    expect(page.locator("#sending li")).to_have_count(0)
    expect(row(page, "车管_transactions_20261123.csv")).to_contain_text("GB18030")
    expect(row(page, "名册2026.xlsx")).to_contain_text("人员")
    expect(row(page, "说明.csv")).to_contain_text("缺少列：经办人")
    shot(page, "upload-list")

    page.get_by_text("车管_transactions_20261123.csv", exact=True).click()
    panel = page.locator(".mj-panelrow")
    expect(panel.locator(".mj-sample tbody tr")).to_have_count(10)
    expect(panel).to_contain_text("4307**00")
    expect(panel).not_to_contain_text("430702198001010000")
    panel.locator("[name=source]").fill("two words")
    panel.get_by_role("button", name="应用并重新查看").click()
    expect(page.locator(".mj-form-error")).to_be_visible()
    expect(page.locator("[name=source]")).to_have_value("two words")
    shot(page, "upload-error")
    page.locator("[name=source]").fill("chegua")
    page.get_by_role("button", name="应用并重新查看").click()
    expect(row(page, "车管_transactions_20261123.csv")).to_contain_text("chegua")

    page.get_by_role("button", name=re.compile("全部试运行 4")).click()
    page.get_by_text("车管_transactions_20261123.csv", exact=True).click()
    expect(page.locator("#uploads-live")).to_contain_text("4")
    site.stage("work")
    expect(page.locator(".mj-trial .mj-sum")).to_contain_text("40")
    expect(page.locator(".mj-trial")).to_contain_text("NO0")
    expect(page.locator("#uploads-live")).to_have_text("")
    no_sideways_scroll(page)
    shot(page, "upload-tried")

    page.get_by_role("button", name=re.compile("全部导入 4")).click()
    page.wait_for_url(f"{site.url}/intake/")
    expect(page.locator("#deliveries-live")).to_contain_text("4个排队")
    shot(page, "deliveries-queued")
    page.evaluate("window.notReloaded = true")
    site.stage("work")
    expect(page.locator("#deliveries-live")).to_have_text("")
    assert page.evaluate("window.notReloaded") is True
    line = page.locator("tbody tr", has=page.get_by_text("车管_transactions_20261123.csv", exact=True))
    figures = [int(text) for text in line.locator(".mj-num").all_inner_texts()]
    assert figures == [47, 40, 0, 0, 7, 0]
    total = [int(text) for text in page.locator("#deliveries-total .mj-num").all_inner_texts()]
    assert total[0] == sum(total[1:]) == 47 + 2 + 2 + 1
    shot(page, "deliveries")
    no_sideways_scroll(page)
    page.get_by_text("车管_transactions_20261123.csv", exact=True).click()
    expect(page.locator("#delivery-main .mj-sum")).to_contain_text("47")
    expect(page.locator(".mj-reasonlist tbody tr")).to_have_count(1)
    shot(page, "delivery")
    no_sideways_scroll(page)
    assert page.get_by_text("下载原件").count() == 0


def test_a_file_is_chosen_with_the_keyboard_and_a_refused_one_says_why(site: Site, open_browser: OpenBrowser):
    empty, good = site.folder / "空.csv", site.folder / "posts.csv"
    empty.touch()
    good.write_text("code,name\nP7,登记岗\n", encoding="utf-8")
    page = open_browser("system_admin", viewport=DESK).page
    page.goto("/intake/upload/")
    with page.expect_file_chooser() as chooser:
        page.locator("#file").press("Enter")
    chooser.value.set_files([empty, good])
    expect(page.locator(".mj-failed")).to_contain_text("空.csv")
    expect(page.locator(".mj-filerow")).to_have_count(1)
    shot(page, "upload-refused")
    page.get_by_role("button", name="关闭").click()
    expect(page.locator("#sending li")).to_have_count(0)
    page.get_by_role("button", name="放弃").click()
    expect(page.locator(".mj-tip-success")).to_contain_text("posts.csv")
    expect(page.locator(".mj-filerow")).to_have_count(0)


def test_without_a_script_files_are_sent_by_the_form(site: Site, open_browser: OpenBrowser):
    files = write_files(site.folder)
    page = open_browser("first", java_script_enabled=False).page
    page.goto("/intake/upload/")
    page.locator("#file").set_input_files([files["units.csv"], files["环节20261123.csv"]])
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".mj-filerow")).to_have_count(2)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_of_intake_fit_the_screen(site: Site, open_browser: OpenBrowser, size: dict[str, int]):
    files = write_files(site.folder)
    page = open_browser("system_admin", viewport=size).page
    page.goto("/intake/upload/")
    page.locator("#file").set_input_files(list(files.values()))
    expect(page.locator(".mj-filerow")).to_have_count(5)
    page.get_by_role("button", name=re.compile("全部试运行")).click()
    expect(page.locator("#uploads-live")).to_contain_text("4")
    site.stage("work")
    for name in ("名册2026.xlsx", "车管_transactions_20261123.csv"):
        page.get_by_text(name, exact=True).click()
        expect(page.locator(".mj-trial .mj-sum")).to_be_visible()
        no_sideways_scroll(page)
        shot(page, f"upload-open-{len(name)}")
    page.screenshot(path=f"var/screenshots/upload-full-{size['width']}.png", full_page=True)
    page.get_by_role("button", name=re.compile("全部导入")).click()
    page.wait_for_url(f"{site.url}/intake/")
    no_sideways_scroll(page)
    shot(page, "deliveries-queued")
    site.stage("work")
    page.goto("/intake/")
    page.get_by_text("车管_transactions_20261123.csv", exact=True).click()
    expect(page.get_by_text("下载原件")).to_be_visible()
    no_sideways_scroll(page)
    shot(page, "delivery-admin")
    with page.expect_download() as download:
        page.get_by_text("下载原件").click()
    assert Path(download.value.path()).read_bytes() == files["车管_transactions_20261123.csv"].read_bytes()
    assert download.value.suggested_filename == "车管_transactions_20261123.csv"
