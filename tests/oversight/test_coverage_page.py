"""覆盖与健康: what rules saw and missed, for those who keep the platform; counts of rows, never of hits."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from ledger.columns.services import sync
from ledger.journal.counting import recount
from ledger.kit.days import today
from ledger.roster.models import Role
from risk.coverage.models import Canary, Coverage, Gap
from risk.rules.models import RuleVersion
from risk.scoring.marks import mark_of
from risk.scoring.models import DirtyMark
from tests.builders import make_alert, make_rule, make_staff, make_transaction
from tests.oversight.cast import Cast, logged_in

NOW = datetime.now(UTC)


@pytest.fixture
def version(cast: Cast) -> RuleVersion:
    return make_rule("DJ-014", min_n=20)


def row_of(client: Client, query: str = "") -> dict:
    return client.get(f"/coverage/{query}").context["groups"][0]["rows"][0]


def seen(version: RuleVersion, back: int, **fields: object) -> Coverage:
    values = {"rows": 1234, "hits": 7, "scored_at": NOW, "counted_at": NOW} | fields
    return Coverage.objects.create(rule_version=version, day=today() - timedelta(days=back), **values)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN])
def test_who_keeps_the_platform_sees_the_page_and_no_hit_is_counted_on_it(cast: Cast, version: RuleVersion, role: str):
    seen(version, 0, hits=987654)
    make_alert(cast.first, version=version)
    page = logged_in(cast.of[role]).get("/coverage/")
    assert page.status_code == 200
    assert "987654" not in page.content.decode() and "DJ-014" in page.content.decode()


def test_nobody_else_opens_it(cast: Cast):
    assert logged_in(cast.of[Role.UNIT_OFFICER]).get("/coverage/").status_code == 403


def test_a_day_says_whether_it_was_seen_in_part_waits_was_missed_or_had_nothing(supervisor: Client, cast: Cast, version: RuleVersion):
    seen(version, 0)
    seen(version, 1, counted_at=None)
    for back in (2, 3, 4):
        make_transaction(cast.first, accepted_at=NOW - timedelta(days=back))
    recount()
    lane = (version.rule.line, version.rule.subject_kind, version.rule.reach)
    waiting = mark_of(lane, today() - timedelta(days=2), today() - timedelta(days=2))
    waiting.save()
    Gap.objects.create(rule=version.rule, day=today() - timedelta(days=3), found_at=NOW)
    row = row_of(supervisor)
    assert [cell["state"] for cell in row["cells"][-6:]] == ["none", "unseen", "gap", "waits", "part", "seen"]
    assert row["cells"][-1]["text"] == "1.2k" and row["looked"] == "2 / 5" and row["troubled"]
    findings = supervisor.get("/coverage/").context["findings"]
    assert [finding["subject"] for finding in findings] == ["DJ-014"] and findings[0]["open"]
    seen(version, 3, scored_at=NOW + timedelta(minutes=1))
    assert not supervisor.get("/coverage/").context["findings"][0]["open"]


def test_a_canary_that_did_not_hit_is_a_finding(supervisor: Client, version: RuleVersion):
    assert row_of(supervisor)["canary_text"] == "未运行"
    Canary.objects.create(rule_version=version, day=today(), answer="silent", ran_at=NOW)
    page = supervisor.get("/coverage/")
    assert page.context["conclusion"].startswith("生效规则1条中0条自检命中")
    assert "自检行未命中" in page.context["findings"][0]["text"]
    Canary.objects.update(answer="broken", error="KeyError: 'x'")
    assert supervisor.get("/coverage/").context["findings"][0]["detail"] == "KeyError: 'x'"


def test_a_roster_of_another_city_than_the_installation_names_is_a_finding(supervisor: Client, cast: Cast, settings):
    assert not supervisor.get("/coverage/").context["findings"]
    type(cast.first).objects.filter(pk=cast.first.pk).update(district="320102")
    [finding] = supervisor.get("/coverage/").context["findings"]
    assert "3201" in finding["text"] and "4307" in finding["text"] and "prepare" in finding["text"]
    settings.HOME_REGIONS = ["3201"]
    assert not supervisor.get("/coverage/").context["findings"]


def test_work_that_waits_too_long_is_a_finding_and_marks_of_peers_that_wait_for_sunday_are_not(supervisor: Client, version: RuleVersion):
    day = today()
    peers = mark_of(("registration", "staff", "peer"), day, day)
    peers.save()
    page = supervisor.get("/coverage/").context
    assert [(lane["ready"], lane["later"]) for lane in page["lanes"]] == [(0, 1)] and not page["findings"]
    mark_of(("registration", "staff", "subject"), day, day).save()
    DirtyMark.objects.filter(reach="subject").update(created_at=NOW - timedelta(hours=2))
    page = supervisor.get("/coverage/").context
    assert "已等待2小时" in page["findings"][0]["text"]


def test_filters_leave_the_rules_of_a_line_or_those_with_something_amiss(supervisor: Client, version: RuleVersion):
    make_rule("WF-003", line="violation")
    assert supervisor.get("/coverage/?line=violation").context["shown"] == 1
    assert supervisor.get("/coverage/?troubled=1").context["shown"] == 0
    page = supervisor.get("/coverage/?troubled=1&days=31")
    assert "没有符合筛选条件的规则" in page.content.decode() and len(page.context["days"]) == 31
    assert supervisor.get("/coverage/?days=9999&line=x").context["shown"] == 2


def test_without_rules_the_page_says_so(supervisor: Client):
    assert "没有生效的规则" in supervisor.get("/coverage/").content.decode()


def peer_day(version: RuleVersion, few: dict[str, int]) -> str:
    """What a rule about peers saw of the last Sunday; the address of whom it could not compare."""
    type(version.rule).objects.filter(pk=version.rule_id).update(reach="peer")
    back = (today().weekday() + 1) % 7
    seen(version, back, tested=4, insufficient=len(few), unjudged=few)
    return f"/coverage/peers/DJ-014/{today() - timedelta(days=back)}/"


def test_whom_a_rule_could_not_compare_is_a_list_as_long_as_its_count(supervisor: Client, cast: Cast, version: RuleVersion):
    make_staff(cast.first, staff_no="070311", name="向远")
    address = peer_day(version, {"070311": 3, "070999": 25})
    cell = next(one for one in row_of(supervisor)["cells"] if one["url"])
    assert cell["url"] == address and "4个对象已比较，2个样本不足" in cell["told"]
    page = supervisor.get(address)
    assert [(row["name"], row["rows"]) for row in page.context["rows"]] == [("070999", 25), ("向远 070311", 3)]
    assert [row["unit"] for row in page.context["rows"]] == ["", "一大队"] and page.context["units"]
    assert len(page.context["rows"]) == page.context["few"] == 2 and page.context["elsewhere"] == 0
    text = page.content.decode()
    assert "样本不足：3笔，少于最低20笔" in text and "可比的同类对象或数据太少" in text
    assert supervisor.get("/coverage/peers/DJ-014/2020-01-05/").status_code == 404
    assert supervisor.get("/coverage/peers/DJ-014/yesterday/").status_code == 404


def test_of_whom_it_is_not_told_it_is_told_how_many(cast: Cast, version: RuleVersion):
    """Nobody reads of themselves; who keeps the platform reads counts only."""
    address = peer_day(version, {cast.supervisor.staff_no: 3, "070999": 5})
    page = logged_in(cast.supervisor).get(address)
    assert [row["name"] for row in page.context["rows"]] == ["070999"] and page.context["elsewhere"] == 1
    keeper = logged_in(cast.of[Role.SYSTEM_ADMIN])
    assert keeper.get(address).status_code == 403
    assert not any(cell["url"] for cell in row_of(keeper)["cells"])


def test_the_pages_of_a_subject_and_of_an_alert_about_it_say_which_rules_could_not_compare_it(
    supervisor: Client, cast: Cast, version: RuleVersion
):
    alert = make_alert(cast.first, version=version)
    peer_day(version, {alert.subject_code: 3})
    found = supervisor.get(f"/alerts/{alert.number}/").context["unjudged"]
    assert [(one["code"], one["reason"], one["weeks"]) for one in found] == [("DJ-014", "样本不足：3笔，少于最低20笔", "1 / 1")]
    row = make_transaction(cast.first, handler_no=alert.subject_code)
    sync()
    page = supervisor.get(f"/ledger/subjects/staff/{row.handler_no}/")
    assert page.context["unjudged"] == found and "1条规则因样本不足未作比较" in page.content.decode()
