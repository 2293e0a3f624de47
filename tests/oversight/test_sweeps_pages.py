"""历史倒查 in pages: the amount before it is ordered, who orders and steers, and alerts counted only for who may see them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ledger.journal.counting import recount
from ledger.kit.days import day_start, today
from ledger.roster.models import Role
from risk.rules.models import RuleVersion
from risk.scoring.models import DirtyMark
from risk.sweeps.models import Sweep, SweepPart, SweptAlert
from risk.sweeps.running import run_to_end
from tests.builders import make_alert, make_rule, make_transaction, make_user
from tests.oversight.cast import Cast, logged_in

pytestmark = pytest.mark.django_db
PAGE, FORM = "/coverage/sweeps/", "/coverage/sweeps/order/"
REASON = "新规则上线，倒查既往业务"


@pytest.fixture
def inspector(cast: Cast) -> Client:
    return logged_in(cast.of[Role.DISCIPLINE])


@pytest.fixture
def version(cast: Cast) -> RuleVersion:
    """A rule and forty days of business, five transactions of a registrar each, of which nothing was scored."""
    for back in range(0, 200, 5):
        for hour in range(5):
            make_transaction(
                cast.first, accepted_at=day_start(today() - timedelta(days=back)) + timedelta(minutes=hour % 2), handler_no="070099"
            )
    recount()
    make_rule("DJ-020", line="exam")
    return make_rule("DJ-014")


def ordered(client: Client, **fields: object) -> Sweep:
    assert client.post(FORM, {"reason": REASON, **fields}).status_code == 302
    return Sweep.objects.latest("id")


@pytest.mark.services
def test_the_amount_is_known_before_anything_is_ordered_and_equals_what_is_then_ordered(inspector: Client, version: RuleVersion):
    days = {"first": f"{today() - timedelta(days=30)}", "last": f"{today()}", "rule": "DJ-014"}
    amount = inspector.get(FORM, days | {"fragment": "amount"}).context["amount"]
    assert "31天" in amount["text"] and "1条规则" in amount["text"]
    sweep = ordered(inspector, **days)
    assert f"{sweep.transactions}笔" in amount["text"]
    assert (sweep.first_day, sweep.last_day, sweep.rule_codes) == (today() - timedelta(days=30), today(), ["DJ-014"])
    assert sweep.ordered_by is not None and sweep.reason == REASON


def test_all_rules_and_days_where_none_are_chosen(inspector: Client, version: RuleVersion):
    sweep = ordered(inspector)
    assert sweep.rule_codes == [] and sweep.first_day == today() - timedelta(days=195)
    row = inspector.get(PAGE).context["rows"][0]
    assert (row["rules"], row["percent"], row["transactions"]) == ("全部规则", 0, "200")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reason": "倒查"}, "5至500字"),
        ({"rule": ["DJ-014", "XX-1"]}, "XX-1"),
        ({"first": "2026-02-01", "last": "2026-01-01"}, "晚于"),
        ({"last": "1999-01-01"}, "没有可倒查的内容"),
    ],
)
def test_what_cannot_be_ordered_is_told_and_stays_typed(inspector: Client, version: RuleVersion, fields: dict, told: str):
    page = inspector.post(FORM, {"reason": REASON, **fields})
    assert page.status_code == 400 and told in page.context["problem"]
    assert page.context["wanted"].reason == fields.get("reason", REASON)
    assert not Sweep.objects.exists()


def test_an_empty_ledger_says_so(inspector: Client):
    assert "没有可倒查的历史" in inspector.get(FORM).context["amount"]["problem"]
    assert inspector.post(FORM, {"reason": REASON}).status_code == 400
    assert "尚未下达过历史倒查" in inspector.get(PAGE).content.decode()


def test_paused_gone_on_with_and_stopped_with_a_reason(inspector: Client, version: RuleVersion):
    sweep = ordered(inspector)
    at = f"{PAGE}{sweep.number}"
    inspector.post(f"{at}/pause/")
    assert inspector.get(PAGE).context["rows"][0]["paused"]
    assert inspector.post(f"{at}/pause/").status_code == 409
    inspector.post(f"{at}/resume/")
    refused = inspector.post(f"{at}/stop/", {"reason": "停"})
    assert refused.status_code == 400 and refused.context["typed"]["reason"] == "停"
    inspector.post(f"{at}/stop/", {"reason": "改为分段倒查"})
    row = inspector.get(PAGE).context["rows"][0]
    assert "改为分段倒查" in row["told"] and not row["unfinished"]
    assert inspector.post(f"{PAGE}DC-000000-NONE00/stop/", {"reason": "改为分段倒查"}).status_code == 404


@pytest.mark.services
def test_the_alerts_of_a_sweep_are_as_many_as_the_list_they_open_without_those_hidden_from_one(cast: Cast, version: RuleVersion):
    admin = logged_in(cast.of[Role.SYSTEM_ADMIN])
    sweep = ordered(admin)
    run_to_end(sweep, tell=lambda one: None)
    hidden = make_alert(cast.first, version=version, recused=[cast.of[Role.DISCIPLINE].staff_no])
    for alert in (hidden, make_alert(cast.first, version=version), make_alert(cast.second, version=version, status="withdrawn")):
        SweptAlert.objects.create(sweep=sweep, alert=alert)
    make_alert(cast.first, version=version)
    row = admin.get(PAGE).context["rows"][0]
    assert (row["percent"], row["alerts"], row["alerts_url"]) == (100, None, "")
    seen = {}
    for role in (Role.DISCIPLINE, Role.SUPERVISOR):
        client = logged_in(cast.of[role])
        row = client.get(PAGE).context["rows"][0]
        opened = client.get(row["alerts_url"])
        assert opened.context["total"] == row["alerts"] == len(opened.context["alerts"])
        seen[role] = row["alerts"]
    assert seen[Role.SUPERVISOR] == seen[Role.DISCIPLINE] + 1 > 1


def test_a_running_one_says_how_long_still_and_gives_way(inspector: Client, version: RuleVersion):
    sweep, now = ordered(inspector), timezone.now()
    Sweep.objects.update(state=Sweep.State.RUNNING, begun_at=now - timedelta(hours=2))
    SweepPart.objects.update(weight=10)
    assert "几段后" in inspector.get(PAGE).context["rows"][0]["told"]
    for minute, part in enumerate(sweep.parts.order_by("-place")[:4]):
        SweepPart.objects.filter(pk=part.pk).update(done_at=now - timedelta(minutes=30 * minute))
    row = inspector.get(f"{PAGE}?fragment=live").context["rows"][0]
    assert row["told"].startswith("剩") and 0 < row["percent"] < 100
    day = today()
    DirtyMark.objects.create(line="exam", subject_kind="staff", reach="subject", first_day=day, last_day=day, created_at=now)
    assert inspector.get(PAGE).context["rows"][0]["told"] == "正在为实时监测让路。"


def test_supervisors_and_auditors_read_and_may_not_steer(cast: Cast, version: RuleVersion, inspector: Client):
    sweep = ordered(inspector)
    for role in (Role.SUPERVISOR, Role.AUDIT_ADMIN):
        client = logged_in(cast.of[role])
        page = client.get(PAGE)
        assert page.status_code == 200 and not page.context["steers"] and "/stop/" not in page.content.decode()
        assert client.post(f"{PAGE}{sweep.number}/stop/", {"reason": REASON}).status_code == 403
    brigade = logged_in(make_user(Role.DISCIPLINE, cast.first))
    assert brigade.post(FORM, {"reason": REASON}).status_code == 403
