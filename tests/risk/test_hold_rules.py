"""Business under a hold raises red as soon as both are known, whichever came first, and goes when the hold is lifted from before it."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from ledger.holds.models import Hold
from ledger.holds.services import lift, place
from ledger.intake.services import take_records
from ledger.kit.days import SHANGHAI
from risk.alerts.models import Alert
from risk.rules.models import RuleVersion
from risk.rules.services import load_catalogue
from risk.scoring.models import DirtyMark
from risk.scoring.services import score_pending
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.services]
HOLD_RULES = ("COM-51", "COM-52", "COM-53", "COM-54")


@pytest.fixture(autouse=True)
def window() -> None:
    unit = builders.make_unit(code="W1", kind="window")
    builders.make_agency(unit, code="A1")
    load_catalogue()
    # Only what this is about: a town of three rows is odd in other ways too.
    RuleVersion.objects.exclude(rule__code__in=HOLD_RULES).update(state=RuleVersion.State.DRAFT)


def business(serial_no: str, at: datetime, **fields: str) -> None:
    row = {
        "serial_no": serial_no,
        "line": "registration",
        "action": "transfer",
        "unit_code": "W1",
        "handler_no": "070001",
        "post_code": "P1",
    }
    times = {"accepted_at": f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"}
    take_records(kind="transactions", records=[row | times | {"agency_code": "A1"} | fields], source="manual")


def hold(kind: str, code: str, at: datetime) -> Hold:
    effect = "permissions" if kind == "staff" else "acceptance"
    return place(subject_kind=kind, subject_code=code, effect=effect, cause="breaker", cause_number="RD-1", starts_at=at)


def raised() -> list[tuple[str, str, str, int]]:
    score_pending()
    assert not DirtyMark.objects.exists()
    found = Alert.objects.exclude(status=Alert.Status.WITHDRAWN).order_by("rule__code")
    return list(found.values_list("rule__code", "subject_code", "level", "evidence_count"))


@pytest.mark.parametrize(
    ("rule", "kind", "code"),
    [("COM-51", "agency", "A1"), ("COM-52", "staff", "070001"), ("COM-53", "post", "P1"), ("COM-54", "unit", "W1")],
)
def test_one_item_accepted_after_the_hold_began_is_red_and_nothing_accepted_before_it(rule: str, kind: str, code: str):
    now = timezone.now()
    hold(kind, code, now - timedelta(hours=5))
    business("BEFORE", now - timedelta(hours=6))
    assert raised() == []
    business("UNDER", now - timedelta(hours=1))
    assert raised() == [(rule, code, "red", 1)]


def test_a_hold_known_late_finds_what_was_done_under_it_and_lifting_it_from_then_takes_the_alert_back():
    now = timezone.now()
    business("UNDER", now - timedelta(days=2))
    business("OTHER", now - timedelta(days=2), agency_code="A2")
    assert raised() == []
    late = hold("agency", "A1", now - timedelta(days=3))
    assert set(DirtyMark.objects.values_list("rule_code", flat=True)) == set(HOLD_RULES)
    assert raised() == [("COM-51", "A1", "red", 1)]
    lift(hold=late, at=now - timedelta(days=1))
    assert raised() == [("COM-51", "A1", "red", 1)]
    Hold.objects.filter(pk=late.pk).update(lifted_at=None)
    lift(hold=late, at=now - timedelta(days=3))
    assert raised() == []


def test_what_stops_no_business_and_a_hold_on_the_unit_above_find_nothing():
    now = timezone.now()
    place(
        subject_kind="staff",
        subject_code="070001",
        effect="allocation",
        cause="breaker",
        cause_number="RD-1",
        starts_at=now - timedelta(days=3),
    )
    hold("unit", "D1", now - timedelta(days=3))
    business("FREE", now - timedelta(days=1))
    assert raised() == []
