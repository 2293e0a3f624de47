"""An alert of weak signals that add up shows its parts, each with the way to the alert it raised itself, to those who may see that."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from ledger.journal.models import Transaction
from ledger.kit.days import SHANGHAI, event_day, ordinal
from ledger.roster.models import Role
from risk.alerts.models import Alert, AlertEvidence, Hit
from tests.builders import make_alert, make_rule, make_transaction, make_user
from tests.oversight.cast import Cast, logged_in

SUBJECT = "072618"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)


@pytest.fixture
def parts(cast: Cast) -> list[Alert]:
    """Two alerts in the first brigade, one in the second; each rests on a transaction."""
    made = []
    for number, (unit, title) in enumerate(((cast.first, "退办率偏高"), (cast.first, "夜间办理"), (cast.second, "经办审批同一人"))):
        version = make_rule(f"T-{number}", title_zh=title)
        row = make_transaction(unit, serial_no=f"S{number}", accepted_at=AT + timedelta(days=number), handler_no=SUBJECT)
        made.append(make_alert(unit, version=version, subject_code=SUBJECT, level="blue", evidence=[row]))
    return made


@pytest.fixture
def summed(cast: Cast, parts: list[Alert]) -> Alert:
    sentence = "{subject}近{window}日{signals}项规则（{rules}）叠加{observed}分"
    version = make_rule("T-SUM", line="common", detector="accumulation", unit="score", sentence_zh=sentence, thresholds={"yellow": 3})
    type(version.rule).objects.filter(pk=version.rule_id).update(frame="hits")
    version.rule.frame = "hits"
    hits = list(Hit.objects.filter(rule__in=[one.rule_id for one in parts]).select_related("rule").order_by("day"))
    told = [{"rule": hit.rule.code, "level": "blue", "day": ordinal(hit.day), "value": 1.0, "shadow": False} for hit in hits]
    told.append({"rule": "T-GONE", "level": "yellow", "day": ordinal(event_day(AT)), "value": 0.5, "shadow": True})
    numbers = {"parts": told, "signals": 4, "rules": "T-0 T-1 T-2 T-GONE", "observed": 3.5}
    alert = make_alert(cast.first, version=version, subject_code=SUBJECT, level="yellow", observed=3.5, threshold=3.0, numbers=numbers)
    AlertEvidence.objects.bulk_create(AlertEvidence(alert=alert, row_id=hit.pk) for hit in hits)
    return alert


def test_the_page_lists_the_parts_in_place_of_a_chart_and_each_leads_to_its_own_alert(
    supervisor: Client, summed: Alert, parts: list[Alert]
):
    page = supervisor.get(f"/alerts/{summed.number}/")
    rows = page.context["parts"]["rows"]
    assert [(row["title"], row["level"], row["day"], row["value"], row["shadow"]) for row in rows] == [
        ("退办率偏高", "blue", "03-02", "1", False),
        ("夜间办理", "blue", "03-03", "1", False),
        ("经办审批同一人", "blue", "03-04", "1", False),
        ("T-GONE", "yellow", "03-02", "0.5", True),
    ]
    assert [row["url"] for row in rows] == [*(f"/alerts/{one.number}/" for one in parts), None]
    assert page.context["chart"] is None
    text = page.content.decode()
    assert "叠加构成" in text and "3.5 分" in text and "试运行" in text
    assert "触发，黄，0项命中" in page.context["timeline"][0]["text"]
    assert "叠加构成" in supervisor.get(f"/alerts/{summed.number}/preview/").content.decode()


def test_the_rows_behind_the_parts_are_the_evidence(supervisor: Client, summed: Alert):
    evidence = supervisor.get(f"/alerts/{summed.number}/").context["evidence"]
    assert [row["cells"][0]["text"] for row in evidence["rows"]] == ["S2", "S1", "S0"]
    assert evidence["total"] == 3 == Transaction.objects.count()


def test_a_part_whose_alert_one_may_not_see_is_named_without_a_way_there(cast: Cast, summed: Alert, parts: list[Alert]):
    local = logged_in(make_user(Role.SUPERVISOR, cast.first))
    rows = local.get(f"/alerts/{summed.number}/").context["parts"]["rows"]
    assert [row["url"] is None for row in rows] == [False, False, True, True]
    assert parts[2].number not in local.get(f"/alerts/{summed.number}/").content.decode()


def test_an_alert_that_is_no_sum_keeps_its_chart(supervisor: Client, parts: list[Alert]):
    assert supervisor.get(f"/alerts/{parts[0].number}/").context["parts"] is None
