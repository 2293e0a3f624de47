"""规则与历史推演: reading, drafting and playing rules in the browser, by role."""

from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from typing import Any, get_args, get_type_hints

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from ledger.journal.models import DailyCount
from ledger.kit.days import today
from ledger.roster.models import Role, User
from oversight.rules.detecting import DETECTORS
from risk.alerts.models import Alert, Hit
from risk.alerts.rule_health import companions, health_of
from risk.alerts.visibility import unrecused_hits
from risk.backtest.runs.queries import done_for, latest_for
from risk.backtest.runs.working import run_backtests
from risk.detectors.registry import detectors
from risk.rules.drafts.queries import open_draft
from risk.rules.models import RuleVersion
from tests.builders import make_alert, make_rule, make_staff
from tests.oversight.cast import Cast, logged_in
from tests.risk.test_scoring import burst, take

pytestmark = pytest.mark.django_db
CODE = "VIO-90"


@pytest.fixture
def version(cast: Cast) -> RuleVersion:
    return make_rule(
        CODE, line="violation", effective_from=date(2020, 1, 1), window_days=1, thresholds={"yellow": 3, "red": 9}, checklist_item="V-01"
    )


@pytest.fixture
def admin(cast: Cast) -> Client:
    return logged_in(cast.of[Role.CHECKLIST_ADMIN])


def form(client: Client, url: str, **typed: Any) -> dict[str, Any]:
    """What a browser would send of the form, with these fields typed over."""
    context = client.get(url).context
    values = {field["name"]: field["value"] for group in context["groups"] for field in group["fields"]}
    return values | {"edition": context["edition"], "detector": context["detector"], "reason": "误报偏多"} | typed


def test_who_reads_rules_finds_them_and_only_who_may_sees_figures(cast: Cast, version: RuleVersion):
    make_rule("VIO-91", line="exam", mode="shadow", mode_reason="试运行")
    make_rule(CODE, number=2, effective_from=today() + timedelta(days=3), thresholds={"red": 99})
    alert = make_alert(cast.first, version=version)
    make_alert(cast.first, version=version, recused=[cast.supervisor.staff_no])
    for role, counted in ((Role.SUPERVISOR, "1"), (Role.CHECKLIST_ADMIN, "2"), (Role.SQUAD_LEADER, None)):
        client = logged_in(cast.of[role])
        page = client.get(reverse("rules:rules"), {"q": "VIO-90"})
        (row,) = page.context["rows"]
        assert (row["number"], row["begins"]) == (1, today() + timedelta(days=3)), "in force today, not what comes"
        assert (row["health"] and row["health"]["alerts"]) == counted
        shown = client.get(reverse("rules:rule", args=[CODE]), {"alerts": "all"})
        assert (alert.number in shown.content.decode()) == (role == Role.SUPERVISOR)
    listed = logged_in(cast.supervisor).get(reverse("rules:rule", args=[CODE]), {"alerts": "all"}).context
    assert listed["listed"]["total"] == listed["outcomes"][0]["number"] == 1, "the number opens as many"
    by_line = logged_in(cast.supervisor).get(reverse("rules:rules"), {"line": "exam", "mode": "shadow"}).context["rows"]
    assert [one["code"] for one in by_line] == ["VIO-91"]


def test_two_versions_are_compared_field_by_field(cast: Cast, version: RuleVersion):
    make_rule(CODE, number=2, line="violation", thresholds={"yellow": 5, "red": 9}, window_days=2, checklist_item="V-01")
    page = logged_in(cast.supervisor).get(reverse("rules:rule", args=[CODE]), {"from": "1", "to": "2"})
    told = {one["field"]: (one["old"], one["new"]) for one in page.context["compared"]["changes"]}
    assert told == {"黄阈值": ("3", "5"), "窗口天数": ("1", "2")}
    assert page.context["version"]["number"] == 2
    assert logged_in(cast.supervisor).get(reverse("rules:rule", args=["XXX-1"])).status_code == 404


def test_a_rule_is_changed_in_a_form_that_keeps_what_was_typed(cast: Cast, version: RuleVersion, admin: Client):
    edit = reverse("rules:edit", args=[CODE])
    for wrong, at in (
        ({"thresholds.red": "许多"}, "thresholds.red"),
        ({"window_days": "0"}, "window_days"),
        ({"params.all": "{"}, "params.all"),
        ({"params.minutes": "-5"}, ""),
        ({"thresholds.red": "1"}, ""),
        ({"reason": " "}, "reason"),
        ({"title_zh": ""}, "title_zh"),
    ):
        answer = admin.post(edit, form(admin, edit, **wrong))
        shown = {field["name"]: field for group in answer.context["groups"] for field in group["fields"]}
        (name, typed), *_rest = wrong.items()
        assert (answer.status_code, shown[name]["value"]) == (400, typed)
        assert shown[at]["problem"] if at else answer.context["problem"]
    assert open_draft(CODE) is None
    seen = form(admin, edit, **{"thresholds.yellow": "4"})
    assert admin.post(edit, seen).status_code == 302
    page = admin.get(reverse("rules:draft", args=[CODE]))
    assert [(one["field"], one["old"], one["new"]) for one in page.context["changes"]] == [("黄阈值", "3", "4")]
    assert page.context["own"] and not logged_in(cast.of[Role.LEADER]).get(page.request["PATH_INFO"]).context["own"]
    assert admin.post(edit, seen).status_code == 409, "from before there was a draft"
    stale = form(admin, edit, **{"thresholds.yellow": "5"})
    assert admin.post(edit, form(admin, edit, **{"thresholds.yellow": "6"})).status_code == 302
    assert admin.post(edit, stale).status_code == 409 and open_draft(CODE).content["thresholds"]["yellow"] == 6
    admin.post(reverse("rules:discard", args=[CODE]), {"edition": stale["edition"]})
    assert open_draft(CODE) is not None, "changed since it was seen"
    admin.post(reverse("rules:discard", args=[CODE]), {"edition": open_draft(CODE).edition})
    assert open_draft(CODE) is None


def test_a_draft_is_played_and_told_as_workload_with_examples_for_those_who_may_see_them(cast: Cast, version: RuleVersion, admin: Client):
    make_staff(cast.first, staff_no="070001", name="钱某某")
    own = cast.supervisor.staff_no
    take(burst(count=5, unit_code=cast.first.code, handler_no="070001"))
    take(burst(count=2, first=100, unit_code=cast.first.code, handler_no=own))
    edit, page = reverse("rules:edit", args=[CODE]), reverse("rules:draft", args=[CODE])
    admin.post(edit, form(admin, edit, **{"thresholds.yellow": "2"}))
    admin.post(reverse("rules:play", args=[CODE]))
    waiting = admin.get(page, {"fragment": "run"})
    assert waiting.context["run"]["waits"] and "HX-Refresh" not in waiting
    run_backtests()
    done = admin.get(page, {"fragment": "run"})
    assert done["HX-Refresh"] == "true"
    cost = done.context["cost"]
    assert cost["thin"] and [(one["name"], one["changed"]) for one in cost["units"]] == [("一大队", "+30")]
    assert "一大队 +30" in cost["sentence"] and done.context["examples"] == [], "who sees no alerts sees no subject"
    assert "钱某某" not in done.content.decode()
    assert not logged_in(cast.of[Role.AUDIT_ADMIN]).get(page).context["examples"]
    leader = cast.of[Role.LEADER]
    told = [one["subject"] for one in logged_in(leader).get(page).context["examples"]]
    assert len(told) == 1
    User.objects.filter(pk=cast.supervisor.pk).update(staff=None)
    User.objects.filter(pk=leader.pk).update(staff=cast.supervisor.staff)
    of_others = logged_in(User.objects.get(pk=leader.pk)).get(page)
    assert not of_others.context["examples"], "an example about themselves"
    assert [one["changed"] for one in of_others.context["cost"]["units"]] == ["0"] and "+30" not in of_others.content.decode()
    admin.post(reverse("rules:play", args=[CODE]), {"again": "1"})
    assert latest_for(open_draft(CODE).digest).state == "waiting" and done_for(open_draft(CODE).digest)
    admin.post(reverse("rules:cancel", args=[CODE]))
    assert latest_for(open_draft(CODE).digest).state == "cancelled"


def test_a_new_rule_is_written_without_code_and_begins_in_shadow(cast: Cast, admin: Client):
    chosen = admin.get(reverse("rules:new"))
    assert {one["code"] for one in chosen.context["detectors"]} == set(detectors())
    url = f"{reverse('rules:new')}?detector=frequency"
    typed = {
        "code": "REG-90",
        "title_zh": "一日办理过多",
        "thresholds.red": "30",
        "subject": "transactions/agency/agency",
        "lines": ["registration"],
    }
    for wrong, at in (({"code": "rule 1"}, "code"), ({"mode": "live"}, "mode"), ({"subject": "transactions/staff/plate"}, "subject")):
        answer = admin.post(reverse("rules:new"), form(admin, url, **typed | wrong))
        shown = {field["name"]: field for group in answer.context["groups"] for field in group["fields"]}
        assert answer.status_code == 400 and shown[at]["problem"] and shown["title_zh"]["value"] == "一日办理过多"
    assert admin.post(reverse("rules:new"), form(admin, url, **typed)).status_code == 302
    draft = open_draft("REG-90")
    assert (draft.content["mode"], draft.content["subject_kind"], draft.content["lines"]) == ("shadow", "agency", ["registration"])
    assert draft.rule is None and admin.get(reverse("rules:draft", args=["REG-90"])).context["first"]
    assert "REG-90" in admin.get(reverse("rules:rules")).content.decode()


def hits(version: RuleVersion, *, recent: int, before: int, code: str = "070001") -> None:
    days = [today() - timedelta(days=one) for one in range(recent)] + [today() - timedelta(days=30 + one) for one in range(before)]
    Hit.objects.bulk_create(
        Hit(
            rule=version.rule, rule_version=version, line="violation", subject_kind="staff", subject_code=code, day=day,
            bucket=(day - today().replace(year=1970, month=1, day=1)).days // version.rule.merge_days,
            level="yellow", observed=3, threshold=3, found_at=version.published_at, changed_at=version.published_at,
        )
        for day in days
    )  # fmt: skip


def test_health_tells_what_drifts_what_never_fired_and_what_is_for_nothing(cast: Cast, version: RuleVersion):
    silent, beside = make_rule("VIO-91"), make_rule("VIO-92")
    hits(version, recent=20, before=2)
    hits(beside, recent=7, before=45)
    for ago in (1, 60):
        DailyCount.objects.create(source="manual", line="registration", day=today() - timedelta(days=ago), rows=1000)
    for status, number in ((Alert.Status.DISMISSED, 5), (Alert.Status.CLOSED, 1)):
        for _one in range(number):
            make_alert(cast.first, version=version, status=status, **({"outcome": "confirmed"} if status == "closed" else {}))
    found = health_of([version, silent, beside], alerts=Alert.objects.all(), hits=unrecused_hits(""), today=today())
    assert {code: one.drifts for code, one in found.items()} == {CODE: 1, "VIO-91": 0, "VIO-92": -1}
    assert (found[CODE].settled, found[CODE].outcomes["dismissed"], found["VIO-91"].last) == (6, 5, None)
    told = companions(unrecused_hits(""), today())
    assert [other for other, _number, _of in told[CODE]] == ["VIO-92"] and all(number <= of for _o, number, of in told["VIO-92"])
    client = logged_in(cast.supervisor)
    for show, codes in (("crying", [CODE]), ("silent", ["VIO-91"]), ("drifting", [CODE, "VIO-92"])):
        page = client.get(reverse("rules:health"), {"show": show})
        assert [row["code"] for row in page.context["rows"]] == codes
        assert next(tab["count"] for tab in page.context["tabs"] if tab["active"]) == len(codes)


def test_every_detector_and_every_parameter_is_explained_in_chinese():
    assert set(DETECTORS) == set(detectors())
    with override("zh-hans"):
        missing = sorted({text for one in detectors().values() for text in _helps(one.Params) if gettext(text) == text})
    assert not missing


def _helps(params: type) -> set[str]:
    hints = get_type_hints(params)
    found = {str(one.metadata["help"]) for one in fields(params)}
    return found.union(*(_helps(inner) for one in fields(params) for inner in _inner(hints[one.name])))


def _inner(hint: Any) -> list[type]:
    return [hint] if is_dataclass(hint) else [one for part in get_args(hint) for one in _inner(part)]


def test_the_page_of_a_rule_names_the_results_it_looks_at(cast: Cast):
    make_rule("VIO-92", line="violation", scope={"result": ["penalised", "warned"]})
    page = logged_in(cast.supervisor).get(reverse("rules:rule", args=["VIO-92"])).content.decode()
    assert "结果 = 处罚/警告" in page
