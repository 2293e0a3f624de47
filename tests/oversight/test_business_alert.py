"""What the page of an alert masks: shown in clear for a purpose, in one answer alone, on record, and only to those who see the alert."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.complaints.models import Complaint
from ledger.impounds.models import Impound
from ledger.kit.days import SHANGHAI
from ledger.roster.models import Role
from oversight.business.revealing import SHOWN_SECONDS
from tests.builders import make_alert, make_rule, make_staff, make_transaction, make_user
from tests.oversight.cast import Cast, logged_in
from tests.oversight.test_center_records import alert_on

PURPOSE = {"purpose": "alert", "note": "YD-1"}
CITIZEN, PLATE, VIN = "430702198001010012", "湘JF0018", "LSVAU2180N2183294"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)


def fields_of(client: Client, page: str) -> list[str]:
    return [field.name for field in client.get(page).context["reveal"]["fields"]]


@pytest.mark.parametrize(("kind", "column", "code"), [("staff", "", "070501"), ("agent", "agent", CITIZEN), ("vehicle", "vin", VIN)])
def test_of_whom_an_alert_is_about_the_number_is_shown_for_a_purpose(supervisor: Client, cast: Cast, kind: str, column: str, code: str):
    version = make_rule(f"T-{kind}", subject_kind=kind, subject_column=column)
    alert = make_alert(cast.first, version=version, subject_code=code)
    alert_page = supervisor.get(f"/alerts/{alert.number}/")
    page = alert_page.context["urls"]["clear"]
    assert code not in alert_page.content.decode() + supervisor.get(page).content.decode()
    (name,) = fields_of(supervisor, page)
    refused = supervisor.post(page, {"field": name, "purpose": "alert", "note": " "})
    assert refused.status_code == 422
    assert code not in refused.content.decode() and not AuditEntry.objects.filter(action="alert.revealed").exists()
    answer = supervisor.post(page, {"field": name, **PURPOSE})
    assert code in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert answer["Refresh"] == f"{SHOWN_SECONDS}; url=/alerts/{alert.number}/"
    entry = AuditEntry.objects.get(action="alert.revealed")
    assert (entry.actor, entry.target, entry.detail) == ("supervisor", alert.number, {"field": name, **PURPOSE})
    assert code not in supervisor.get(page).content.decode()


@pytest.mark.services
def test_people_and_vehicles_of_evidence_that_is_no_transaction_are_shown_too(supervisor: Client, cast: Cast):
    make_transaction(cast.first, serial_no="T77", handler_no="070502", plate_no=PLATE, accepted_at=AT)
    impound = Impound.objects.create(source="manual", serial_no="T77", lot="一号场", arrived_at=timezone.now())
    told = {"unit_code": cast.first.code, "staff_no": make_staff(cast.first, staff_no="070503", name="向某").staff_no}
    complaint = Complaint.objects.create(source="manual", complaint_no="C1", received_at=AT, arrived_at=timezone.now(), **told)
    for alert, number, other in (
        (alert_on(cast, "impounds", impound.pk), PLATE, "070502"),
        (alert_on(cast, "complaints", complaint.pk), "070503", PLATE),
    ):
        page = f"/ledger/alerts/{alert.number}/"
        shown = [supervisor.post(page, {"field": name, **PURPOSE}).content.decode() for name in fields_of(supervisor, page)]
        assert sum(number in text for text in shown) == 1
        assert all(not (number in text and other in text) for text in shown)


def test_nothing_is_shown_of_an_alert_that_is_hidden_or_of_a_value_it_does_not_have(supervisor: Client, cast: Cast):
    alert, hashed = (
        make_alert(cast.first, version=make_rule(f"T-{code[:1]}", subject_kind=kind), subject_code=code)
        for kind, code in (("staff", "070501"), ("agent", "#aabbcc"))
    )
    page = f"/ledger/alerts/{alert.number}/"
    assert supervisor.post(page, {"field": "staff-0", **PURPOSE}).status_code == 422
    name = fields_of(supervisor, page)[0]
    elsewhere = logged_in(make_user(Role.SUPERVISOR, cast.second))
    assert elsewhere.get(page).status_code == elsewhere.post(page, {"field": name, **PURPOSE}).status_code == 404
    assert supervisor.get(f"/alerts/{hashed.number}/").context["urls"]["clear"] is None
    assert supervisor.get(f"/ledger/alerts/{hashed.number}/").context["reveal"] is None
    assert not AuditEntry.objects.filter(action="alert.revealed").exists()
