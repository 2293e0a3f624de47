"""Alerts whose evidence is no transaction: what stands in the table, masked, with a link where there is a page."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from ledger.complaints.models import Complaint
from ledger.discipline.models import DisciplineCase
from ledger.impounds.models import Impound
from ledger.intake.models import Quarantined
from ledger.journal.models import Delivery
from ledger.kit.days import SHANGHAI
from ledger.roster.models import Post, Posting
from risk.alerts.models import Alert, AlertEvidence
from tests.builders import make_alert, make_rule, make_transaction
from tests.oversight.cast import Cast

AT = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)


def alert_on(cast: Cast, frame: str, *ids: int, **extra: object) -> Alert:
    version = make_rule(f"T-{frame[:6]}", line="common", lines=[])
    type(version.rule).objects.filter(pk=version.rule_id).update(frame=frame)
    alert = make_alert(cast.first, version=version, subject_code="072618", **extra)
    AlertEvidence.objects.bulk_create(AlertEvidence(alert=alert, row_id=number) for number in ids)
    return alert


def told(client: Client, alert: Alert) -> list[list[str]]:
    evidence = client.get(f"/alerts/{alert.number}/").context["evidence"]
    return [[cell["text"] for cell in row["cells"]] for row in evidence["rows"]]


def test_a_rejected_row_tells_its_file_line_and_reason_and_not_the_refused_value(supervisor: Client, cast: Cast):
    delivery = Delivery.objects.create(source="manual", kind="transactions", name="三月.csv")
    fields = {"delivery": delivery, "source": "manual", "kind": "transactions", "content": {}, "unit_code": cast.first.code}
    row = Quarantined.objects.create(
        row=7, column="person_id_no", value="430702198001010012", reason="bad_number", staff_no="072618", first_seen_at=AT, **fields
    )
    alert = alert_on(cast, "quarantine", row.pk)
    page = supervisor.get(f"/alerts/{alert.number}/")
    assert told(supervisor, alert) == [["03-02 09:30", "三月.csv 第7行", "person_id_no“…”不是数字。", cast.first.name, "0726**"]]
    assert "430702198001010012" not in page.content.decode()
    assert page.context["evidence"]["rows"][0]["cells"][1]["url"] == f"/intake/quarantine/{row.pk}/"


def test_a_complaint_and_an_impound_lead_to_the_transaction_they_are_about(supervisor: Client, cast: Cast):
    row = make_transaction(cast.first, serial_no="T77", line="violation", action="impound", accepted_at=AT)
    now = timezone.now()
    complaint = Complaint.objects.create(
        source="manual", complaint_no="C1", received_at=AT, unit_code=cast.first.code, staff_no="072618", serial_no="T77", arrived_at=now
    )
    impound = Impound.objects.create(source="manual", serial_no="T77", lot="一号场", due_at=AT + timedelta(days=30), arrived_at=now)
    for alert in (alert_on(cast, "complaints", complaint.pk), alert_on(cast, "impounds", impound.pk)):
        evidence = supervisor.get(f"/alerts/{alert.number}/").context["evidence"]
        assert (evidence["shown"], evidence["total"]) == (1, 1)
        assert evidence["rows"][0]["cells"][1]["url"] == f"/ledger/transactions/{row.source}/{row.serial_no}/"


def test_a_case_of_discipline_does_not_say_what_was_decided(supervisor: Client, cast: Cast):
    case = DisciplineCase.objects.create(
        source="manual", case_no="X1", decided_at=AT.date(), staff_no="072618", unit_code=cast.first.code, decision="记过", arrived_at=AT
    )
    alert = alert_on(cast, "discipline", case.pk)
    assert told(supervisor, alert)[0][1:2] == ["X1"]
    assert "记过" not in supervisor.get(f"/alerts/{alert.number}/").content.decode()


def test_a_sensitive_post_held_tells_the_post_and_whether_it_still_is(supervisor: Client, cast: Cast):
    Post.objects.create(code="S1", name="登记审核岗", sensitive=True)
    held = {"staff_no": "072618", "post_code": "S1", "unit_code": cast.first.code}
    first = Posting.objects.create(**held, start_date=date(2022, 3, 2), end_date=date(2022, 6, 1))
    again = Posting.objects.create(**held, start_date=date(2023, 3, 2))
    alert = alert_on(cast, "tenures", first.pk, again.pk)
    with translation.override("zh-hans"):
        states = [gettext("still held"), gettext("held until %(day)s") % {"day": "2022-06-01"}]
    assert told(supervisor, alert) == [
        ["2023-03-02", "登记审核岗", states[0], cast.first.name, "0726**"],
        ["2022-03-02", "登记审核岗", states[1], cast.first.name, "0726**"],
    ]


@pytest.mark.parametrize("frame", ["quarantine", "complaints", "impounds", "discipline", "tenures"])
def test_evidence_that_is_gone_leaves_no_empty_table(supervisor: Client, cast: Cast, frame: str):
    alert = alert_on(cast, frame, 999_999)
    assert supervisor.get(f"/alerts/{alert.number}/").context["evidence"] is None
