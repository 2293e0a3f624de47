"""风险清单 in pages: read by all who answer by it, edited by some, published by another; a sheet out and in; signed for by each."""

import io
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from ledger.kit.days import day_start, today
from ledger.roster.accounts import Role, User
from oversight import access
from oversight.checklist.words import FIELDS
from risk.checklist.contents import contents_of
from risk.checklist.models import ChecklistVersion
from risk.checklist.queries import item_at
from risk.checklist.revisions import publishing, services
from risk.checklist.revisions.models import Revision
from risk.checklist.revisions.queries import contents_after, unfinished
from risk.checklist.services import load_checklist
from risk.checklist.signing.models import ChecklistSignature
from risk.checklist.signing.queries import in_force, signings
from tests.builders import make_alert, make_post, make_posting, make_rule, make_staff, make_unit, make_user
from tests.oversight.cast import Cast, logged_in, make_cast

PAGE = "/checklist/"
TOMORROW = today() + timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def people(module_rows: Any) -> Any:
    """The small detachment, its checklist, one rule that an item names, and a second checklist admin; built once."""
    with module_rows():
        load_checklist()
        made = make_cast()
        make_rule("REG-14", checklist_item="REG-A1")
        make_rule("VIO-08", line="violation", mode="shadow", mode_reason="待接入", checklist_item="VIO-B1")
        make_user(Role.CHECKLIST_ADMIN, made.detachment, username="second")
        yield made


@pytest.fixture
def admin(people: Cast) -> Client:
    return logged_in(people.of[Role.CHECKLIST_ADMIN])


@pytest.fixture
def second(people: Cast) -> Client:
    return logged_in(User.objects.get(username="second"))


def form(no: str, **changed: str) -> dict[str, str]:
    """What the page of an item would send."""
    revision = unfinished()
    contents = contents_after(revision) if revision else contents_of(ChecklistVersion.objects.latest("number"))
    entry = contents.by_no()[no]
    return {**asdict(entry), "rules": ";".join(entry.rules), "seen": services.mark_of(entry), "reason": ""} | changed


def edit(client: Client, no: str, **changed: str) -> Any:
    return client.post(f"{PAGE}draft/items/{no}/", form(no, **changed))


def submit(client: Client) -> Any:
    return client.post(f"{PAGE}draft/submit/", {"note": "调整导办岗", "effect_on": f"{TOMORROW}"})


def test_the_tree_counts_what_it_lists_and_finds_by_text_level_and_rule(people: Cast, admin: Client):
    page = admin.get(PAGE)
    assert page.context["shown"] == page.context["total"] == 76
    for address in (PAGE, f"{PAGE}?q=中介", f"{PAGE}?level=high&no_rule=1"):
        context = admin.get(address).context
        for tab in [*context["lines"], *(one for one in context["switches"] if not one["on"])]:
            assert admin.get(tab["url"]).context["shown"] == tab["count"], tab
    assert "REG-14" in page.content.decode() and "≥ 黄3 橙5 红10" in page.content.decode()
    found = admin.get(f"{PAGE}?q=reg-14").context["tree"]
    assert {row["no"] for line in found for post in line["posts"] for row in post["rows"]} >= {"REG-A1"}
    assert admin.get(f"{PAGE}?q=没有这样的文字").context["empty"]
    for power in [row for group in admin.get(f"{PAGE}powers/").context["groups"] for row in group["rows"]][:6]:
        assert admin.get(power["items_url"]).context["shown"] == power["items"]
    assert admin.get(f"{PAGE}?version=99").status_code == 404 and admin.get(f"{PAGE}?version=draft").status_code == 404
    assert admin.get(f"{PAGE}items/NO-1/").status_code == 404


def test_edited_returned_submitted_again_published_by_another_and_rolled_back(people: Cast, admin: Client, second: Client):
    assert edit(admin, "REG-A1", control="受理岗每周轮换").status_code == 302
    wrong = edit(admin, "REG-A2", level="low", control="先写后错")
    assert wrong.status_code == 400 and "先写后错" in wrong.content.decode()
    blank = edit(admin, "REG-A2", control="")
    assert blank.status_code == 400 and [f["name"] for f in blank.context["fields"] if f["problem"]] == ["control"]
    assert edit(admin, "REG-A2", act="out", reason="并入REG-A1").status_code == 302
    assert (
        admin.post(f"{PAGE}draft/power/", {"line": "common", "post": "值班长", "name": "夜间调度", "steps": "接报\n调度"}).status_code
        == 302
    )
    draft = admin.get(f"{PAGE}draft/").context
    assert [one["count"] for one in draft["draft"]["counts"]] == [1, 0, 1] and draft["may"]["submit"] and not draft["may"]["publish"]
    tree = admin.get(f"{PAGE}?version=draft&changed=1").context
    assert tree["shown"] == 2
    refused = admin.post(f"{PAGE}draft/submit/", {"note": "当天生效", "effect_on": f"{today()}"})
    assert refused.status_code == 400 and "当天生效" in refused.content.decode()
    submit(admin)
    shown = second.get(f"{PAGE}draft/")
    assert "受理岗每周轮换" in shown.content.decode() and shown.context["may"]["publish"]
    second.post(f"{PAGE}draft/return/", {"return_note": "请补充依据"})
    assert "请补充依据" in admin.get(f"{PAGE}draft/").content.decode()
    submit(admin)
    digest = Revision.objects.get().content_digest
    assert second.post(f"{PAGE}draft/publish/", {"digest": "0"}).status_code == 409
    assert second.post(f"{PAGE}draft/publish/", {"digest": digest}).status_code == 302
    assert second.post(f"{PAGE}draft/publish/", {"digest": digest}).status_code == 409
    versions = second.get(f"{PAGE}versions/").context
    assert [row["number"] for row in versions["rows"]] == [2, 1] and versions["rows"][0]["author"] == str(people.of[Role.CHECKLIST_ADMIN])
    differs = admin.get(f"{PAGE}diff/?from=1&to=2").context["difference"]
    assert [(row["no"], row["op"], row["reason"]) for row in differs["items"]] == [
        ("REG-A1", "change", ""),
        ("REG-A2", "out", "并入REG-A1"),
    ]
    assert differs["powers_in"][-1]["steps"] == ("接报", "调度")
    history = admin.get(f"{PAGE}items/REG-A1/").context["history"]
    assert [row["version"]["number"] for row in history] == [2, 1]
    assert admin.post(f"{PAGE}versions/1/roll-back/", {"note": "", "effect_on": f"{TOMORROW}"}).status_code == 400
    assert admin.post(f"{PAGE}versions/1/roll-back/", {"note": "回退", "effect_on": f"{TOMORROW}"}).status_code == 302
    assert edit(admin, "REG-B1", control="不可").status_code == 409
    assert admin.post(f"{PAGE}draft/publish/", {"digest": Revision.objects.latest("id").content_digest}).status_code == 403
    second.post(f"{PAGE}draft/publish/", {"digest": Revision.objects.latest("id").content_digest})
    assert ChecklistVersion.objects.get(number=3).digest == ChecklistVersion.objects.get(number=1).digest


@pytest.mark.parametrize("role", Role.values)
def test_no_role_publishes_its_own_draft_nor_one_it_had_a_hand_in(people: Cast, role: str):
    """By the page and by a direct post; no API and no admin site writes the checklist: the one address elsewhere reads."""
    author = people.of[role]
    services.set_item(
        given=form("REG-A1", control="另一措施"), reason="", actor=people.of[Role.CHECKLIST_ADMIN], no="REG-A1", seen=form("REG-A1")["seen"]
    )
    revision = publishing.submit(note="自行发布", effect_on=TOMORROW, actor=people.of[Role.CHECKLIST_ADMIN])
    revision.hands.create(user=author) if author != people.of[Role.CHECKLIST_ADMIN] else None
    client = logged_in(author)
    page = client.get(f"{PAGE}draft/")
    assert page.status_code == 403 or not page.context["may"]["publish"]
    for act in ("publish", "return"):
        assert client.post(f"{PAGE}draft/{act}/", {"digest": revision.content_digest, "return_note": "退"}).status_code == 403
    assert ChecklistVersion.objects.count() == 1
    elsewhere = {name for name, _pattern in access.url_names() if "checklist" in name and not name.startswith("checklist:")}
    assert elsewhere == {"api:checklist"}
    assert client.post("/api/v1/checklist/").status_code in (401, 405)


def test_an_alert_tells_the_version_that_raised_it_after_the_next_is_published(people: Cast, second: Client, admin: Client):
    version = make_rule("REG-15", checklist_item="REG-A1")
    alert = make_alert(people.first, version=version)
    old = item_at("REG-A1", timezone.now()).control
    edit(admin, "REG-A1", control="新措施：双人受理")
    submit(admin)
    second.post(f"{PAGE}draft/publish/", {"digest": Revision.objects.get().content_digest})
    ChecklistVersion.objects.get(number=2)
    later = day_start(TOMORROW) + timedelta(hours=1)
    assert item_at("REG-A1", later).control == "新措施：双人受理"
    page = logged_in(people.supervisor).get(f"/alerts/{alert.number}/").content.decode()
    assert old in page and "新措施：双人受理" not in page and "第1版" in page


def workbook(rows: list[list[str]]) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("风险清单")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return SimpleUploadedFile("清单.xlsx", buffer.getvalue())


def exported(client: Client, address: str = f"{PAGE}export/") -> list[list[str]]:
    content = b"".join(client.get(address).streaming_content)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python()


def test_a_sheet_goes_out_as_it_stands_and_what_comes_back_is_shown_before_it_is_taken(people: Cast, admin: Client):
    rows = exported(admin)
    assert len(rows) == 77 and all(isinstance(cell, str) for row in rows for cell in row)
    same = admin.post(f"{PAGE}draft/sheet/", {"file": workbook(rows)})
    assert same.status_code == 200 and same.context["read"].wishes == [] and same.context["read"].unnamed == 0
    header = rows[0]
    place = {str(FIELDS[name]): header.index(str(FIELDS[name])) for name in FIELDS}
    control, level, no = place["防控措施"], place["等级"], place["编号"]
    rows[1][control] = "=1+1 不是公式"
    bad = [row[:] for row in rows]
    bad[2][level], bad[3][control], bad[4][no] = "红", "", bad[1][no]
    bad[5][header.index("退出(填“是”)")] = "是"
    refused = admin.post(f"{PAGE}draft/sheet/", {"file": workbook(bad)})
    assert refused.status_code == 422
    told = [(one.row, one.column, one.value) for one in refused.context["errors"]]
    assert told == [(3, "等级", "红"), (4, "防控措施", ""), (5, "编号", "REG-A1"), (6, "修改理由", "")]
    assert unfinished() is None
    new = rows[1][:]
    new[no], new[place["风险点"]] = "REG-A9", "代填申请"
    shown = admin.post(f"{PAGE}draft/sheet/", {"file": workbook([*rows[:40], new])})
    assert shown.context["read"].unnamed == 37 and len(shown.context["difference"]["items"]) == 2
    taken = admin.post(f"{PAGE}draft/sheet/take/", {"wishes": shown.context["wishes"], "name": "清单.xlsx"})
    assert taken.status_code == 302
    assert set(unfinished().changes.values_list("no", "op")) == {("REG-A1", "change"), ("REG-A9", "add")}
    assert admin.post(f"{PAGE}draft/sheet/take/", {"wishes": shown.context["wishes"]}).status_code == 409
    assert admin.post(f"{PAGE}draft/sheet/take/", {"wishes": '[{"no": "REG-A1", "entry": {"level": "red"}}]'}).status_code == 400
    again = exported(admin, f"{PAGE}export/?version=draft")
    assert again[1][control] == "=1+1 不是公式" and len(again) == 78
    assert admin.post(f"{PAGE}draft/sheet/", {"file": SimpleUploadedFile("x.xlsx", b"no")}).status_code == 400


def test_each_signs_for_the_items_of_their_post_until_those_change(people: Cast, admin: Client, second: Client):
    clerk = make_staff(people.first, name="导某")
    make_posting(clerk, make_post("REG-A", name="导办受理岗"), people.first)
    account = make_user(None, people.first, username="clerk", staff=clerk)
    other = make_staff(people.second)
    make_posting(other, make_post("RD", name="路面民警"), people.second)
    client = logged_in(account)
    mine = client.get(f"{PAGE}mine/").context
    assert [post["title"] for post in mine["posts"]] == ["导办受理岗", "全体"] and mine["left"] == 2
    for post in mine["posts"]:
        signed = {"post": post["title"], "digest": post["digest"]}
        assert client.post(f"{PAGE}mine/sign/", signed | {"digest": "0"}).status_code == 409
        assert client.post(f"{PAGE}mine/sign/", signed).status_code == 302
        assert client.post(f"{PAGE}mine/sign/", signed).status_code == 409
    assert client.post(f"{PAGE}mine/sign/", {"post": "查验岗", "digest": ""}).status_code == 404
    assert ChecklistSignature.objects.count() == 2

    leader = logged_in(make_user(Role.SQUAD_LEADER, people.second, username="leads"))
    seen = leader.get(f"{PAGE}signing/").context
    assert [row["name"] for row in seen["rows"]] == [people.second.name]
    assign = {"unit": people.second.code, "post": "RD", "checklist_post": "路面执勤岗"}
    assert leader.post(f"{PAGE}signing/assign/", assign | {"unit": people.first.code}).status_code == 403
    assert leader.post(f"{PAGE}signing/assign/", assign).status_code == 302
    assert leader.post(f"{PAGE}signing/assign/", assign).status_code == 409
    listed = leader.get(f"{PAGE}signing/?unit={people.second.code}&state=unsigned").context["people"]
    assert {post["title"] for one in listed for post in one["posts"]} == {"路面执勤岗", "全体"}
    watching = logged_in(people.supervisor).get(f"{PAGE}signing/").context
    for row in [*watching["rows"], watching["totals"]]:
        for figure in ("all", "signed", "unsigned"):
            if row is not watching["totals"] or figure != "all":
                assert logged_in(people.supervisor).get(row[figure]["url"]).context["number"] == row[figure]["count"]
    assert watching["totals"]["signed"]["count"] == 1

    edit(admin, "VIO-A1", control="另一措施")
    edit(admin, "REG-A1", control="另一措施")
    submit(admin)
    second.post(f"{PAGE}draft/publish/", {"digest": Revision.objects.get().content_digest})
    later = in_force(day_start(TOMORROW) + timedelta(hours=1))
    assert [(one.post, one.signed_at is None) for one in signings([clerk], later)[clerk.pk]] == [("导办受理岗", True), ("全体", False)]


def test_every_number_of_the_coverage_opens_its_list_and_goes_into_the_file(people: Cast, admin: Client):
    make_post("X1", name="后勤岗", line="")
    make_rule("COM-77", line="common", checklist_item="NO-1")
    make_unit("某中队", parent=people.first)
    page = admin.get(f"{PAGE}coverage/").context
    counts = {}
    for tab in page["tabs"]:
        context = admin.get(tab["url"]).context
        counts[context["part"]] = len(context["items"]) + len(context["rules"]) + len(context["posts"])
        assert counts[context["part"]] == tab["count"]
    assert counts["covered"] >= 1 and counts["no_rule"] + counts["not_live"] + counts["covered"] == 76
    assert counts["rules_without_item"] == 1 and counts["posts_without_items"] == 1
    content = b"".join(admin.get(f"{PAGE}coverage/export/").streaming_content)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert [len(book.get_sheet_by_index(place).to_python()) - 1 for place in range(5)] == [
        counts[part] for part in ("no_rule", "not_live", "covered", "rules_without_item", "posts_without_items")
    ]
