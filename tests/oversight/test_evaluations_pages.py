"""检出评估 in pages: labels put up, the figures shown with their change, what is refused told with the row, and lists as long as said."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.journal.counting import recount
from ledger.roster.models import Role, Unit
from risk.alerts.models import Alert
from risk.evaluation.models import Evaluation, LabelSet
from risk.evaluation.running import run_evaluations
from risk.evaluation.services import keep_labels
from risk.rules.models import RuleVersion
from tests.builders import grant_role, make_alert, make_rule, make_transaction
from tests.oversight.cast import Cast, logged_in

pytestmark = pytest.mark.django_db
PAGE = "/coverage/evaluations/"
HEADER = "instance,scenario,subject_kind,subject_code,serials,effect\n"
GOOD = (
    HEADER + "a.by_the_head,passes_sold,staff,W,S0;S1,0.5\nb.自创,passes_sold,staff,L,S9,1.0\n"
    "c,收钱放行,staff,Z,S2,1.0\nd,lookalike:leap_day,unit,U,S3,\n"
)


@pytest.fixture
def admin(cast: Cast) -> Client:
    return logged_in(cast.of[Role.SYSTEM_ADMIN])


@pytest.fixture
def version(cast: Cast) -> RuleVersion:
    """One alert that is right, three for nothing, one on honest business; a rule that is silent."""
    rows = [
        make_transaction(cast.first, serial_no=f"S{number}", accepted_at=timezone.now() - timedelta(days=number)) for number in range(8)
    ]
    recount()
    version = make_rule("DJ-014")
    make_rule("DJ-015", title_zh="从不命中")
    make_alert(cast.first, version=version, subject_code="W", evidence=rows[:2])
    for number in (3, 4, 5, 6):
        make_alert(cast.first, version=version, subject_code=f"F{number}", evidence=[rows[number]])
    return version


def sent(client: Client, text: str = GOOD, source: str = "manual"):
    return client.post(f"{PAGE}upload/", {"file": SimpleUploadedFile("标注.csv", text.encode()), "source": source})


@pytest.mark.services
def test_labels_are_put_up_worked_and_shown(admin: Client, version: RuleVersion):
    answer = sent(admin)
    made = Evaluation.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"{PAGE}{made.number}/"
    waiting = admin.get(answer["Location"])
    assert waiting.context["live_url"] and "待开始" in waiting.content.decode()
    assert "HX-Refresh" not in admin.get(waiting.context["live_url"])
    run_evaluations()
    assert admin.get(waiting.context["live_url"])["HX-Refresh"] == "true"
    told = admin.get(answer["Location"]).context
    figures = {tile["label"]: (tile["value"], tile["detail"]) for tile in told["tiles"]}
    assert figures["召回率"] == ("33.3%", "1 / 3") and figures["准确率（按事项）"] == ("20.0%", "1 / 5")
    assert figures["每万笔误报"] == ("3750", "3 / 8") and figures["误中正常相似业务"][0] == "1"
    assert [(one["title"], one["found"], one["rules"]) for one in told["scenarios"]] == [
        ("收钱放行", "0 / 1", "–"),
        ("收钱放行考试", "1 / 2", "DJ-014×1"),
    ]
    assert [(bar["label"], bar["width"], bar["found"]) for bar in told["scenarios"][1]["bars"]] == [
        ("0.5", "100.0%", "1 / 1"),
        ("1.0", "0.0%", "0 / 1"),
    ]
    assert [one["ways"] for one in told["scenarios"]] == ["", "自创 0/1 · 按人放水 1/1"]
    assert [(bar["label"], bar["found"]) for bar in told["effects"]] == [("0.5", "1 / 1"), ("1.0", "0 / 2")]
    assert told["silent"] == ["DJ-015 从不命中"] and told["lookalikes"][0]["title"] == "闰日业务"
    assert [(one["instance"], one["rows"]) for one in told["missed"]] == [("b.自创", 1), ("c", 1)]
    assert "4" in told["warning"] and "5" in told["warning"]
    assert {entry.action for entry in AuditEntry.objects.filter(actor=Role.SYSTEM_ADMIN)} >= {"labels.kept", "evaluation.ordered"}


@pytest.mark.services
def test_who_sees_alerts_too_opens_lists_as_long_as_said_and_who_does_not_sees_no_link(cast: Cast, admin: Client, version: RuleVersion):
    sent(admin)
    run_evaluations()
    page = f"{PAGE}{Evaluation.objects.get().number}/"
    (crying,) = admin.get(page).context["crying"]
    assert (crying["alerts"], crying["true"], crying["false"], crying["lookalike"], crying["url"]) == (5, 1, 3, 1, "")
    assert "/alerts/" not in admin.get(page).content.decode().split('id="main"')[1]
    user = cast.of[Role.AUDIT_ADMIN]
    grant_role(user, Role.SUPERVISOR, cast.detachment)
    make_alert(cast.second, version=version, recused=[user.staff_no])
    make_alert(cast.second, version=version, status=Alert.Status.WITHDRAWN)
    both = logged_in(user)
    (crying,) = both.get(page).context["crying"]
    opened = both.get(crying["url"])
    assert crying["listed"] == opened.context["total"] == len(opened.context["alerts"]) == 6


def test_the_history_tells_the_change_against_the_one_before_with_the_same_labels(admin: Client, version: RuleVersion):
    sent(admin)
    run_evaluations()
    first = Evaluation.objects.get()
    assert admin.get(f"{PAGE}{first.number}/").context["previous"] is None
    Alert.objects.filter(subject_code="F4").update(status=Alert.Status.WITHDRAWN)
    make_alert(Unit.objects.get(name="一大队"), version=version, subject_code="L")
    make_rule("DJ-014", number=2, digest="2" * 64)
    admin.post(f"{PAGE}labels/{first.labels_id}/run/")
    run_evaluations()
    rows = admin.get(PAGE).context["rows"]
    assert [figure["change"] for figure in rows[1]["figures"]] == ["", "", ""]
    assert [figure["change"] for figure in rows[0]["figures"]] == ["± 0", "± 0", "± 0"]
    told = admin.get(rows[0]["url"]).context
    assert told["previous"]["number"] == first.number and told["changed_rules"] == ["DJ-014 v1 → v2"]
    assert [one["change"] for one in told["scenarios"]] == ["± 0", "± 0"]
    Alert.objects.filter(subject_code="F5").update(status=Alert.Status.WITHDRAWN)
    admin.post(f"{PAGE}labels/{first.labels_id}/run/")
    run_evaluations()
    newest = admin.get(PAGE).context["rows"][0]["figures"]
    assert [figure["change"] for figure in newest] == ["± 0", "+5", "−1250"]


def test_a_bad_file_is_told_with_its_row_and_the_chosen_source_stays(admin: Client, version: RuleVersion):
    page = sent(admin, GOOD + "e,passes_sold,民警,W,S5,1\n")
    assert page.status_code == 400 and "标注.csv第6行：subject_kind为“民警”" in page.content.decode()
    assert page.context["typed_source"] == "manual" and not LabelSet.objects.exists() and not Evaluation.objects.exists()
    assert admin.post(f"{PAGE}upload/", {"source": "manual"}).status_code == 400
    assert sent(admin, source="").status_code == 400 and not LabelSet.objects.exists()


def test_the_same_labels_twice_are_a_conflict_while_the_first_is_not_worked(admin: Client, version: RuleVersion):
    sent(admin)
    again = sent(admin)
    assert again.status_code == 409 and Evaluation.objects.get().number in again.context["problem"]
    assert admin.post(f"{PAGE}labels/{LabelSet.objects.get().pk}/run/").status_code == 409
    assert admin.post(f"{PAGE}labels/0/run/").status_code == 404 == admin.get(f"{PAGE}PG-000000-NONE00/").status_code


def test_one_that_was_given_up_says_so_and_can_be_asked_again(admin: Client, version: RuleVersion):
    sent(admin)
    made = Evaluation.objects.get()
    Evaluation.objects.update(state="failed", ended_at=timezone.now())
    page = admin.get(f"{PAGE}{made.number}/")
    assert "评估多次中断" in page.content.decode() and admin.get(f"{PAGE}{made.number}/?fragment=live")["HX-Refresh"] == "true"
    assert admin.post(page.context["again_url"]).status_code == 302 and Evaluation.objects.count() == 2


def test_an_empty_platform_explains_labels_and_asks_for_nothing_it_cannot_do(admin: Client):
    page = admin.get(PAGE).content.decode()
    assert "尚未做过检出评估" in page and "标注从何而来" in page and "台账中尚无业务" in page
    assert "上传并评估" not in page


def test_pages_of_the_history(admin: Client, version: RuleVersion):
    kept = keep_labels(content=GOOD.encode(), name="labels.csv", source="manual", actor=None)
    now = timezone.now()
    for number in range(25):
        Evaluation.objects.create(number=f"PG-{number:03d}", labels=kept, state="failed", ordered_at=now, ended_at=now)
    first = admin.get(PAGE)
    second = admin.get(first.context["next_url"])
    numbers = [row["number"] for page in (first, second) for row in page.context["rows"]]
    assert numbers == [f"PG-{number:03d}" for number in reversed(range(25))] and second.context["next_url"] is None
    assert admin.get(f"{PAGE}?before=x").status_code == 200
