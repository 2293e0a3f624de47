"""Where a suspension meets ledger.holds: what is held when it comes into force, and when the hold ends."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from ledger.holds.services import lift, place
from ledger.kit.days import day_start
from oversight.measures.suspensions.models import Suspension


def hold_of(one: Suspension) -> dict[str, Any]:
    """The hold of a suspension: from the midnight its first day begins with to the one its last day ends with, in Shanghai."""
    return {
        "subject_kind": "agency",
        "subject_code": one.agency_code,
        "effect": one.effect,
        "cause": "suspension",
        "cause_number": one.number,
        "starts_at": day_start(one.starts_on),
        "ends_at": day_start(one.ends_on + timedelta(days=1)),
    }


def come_into_force(one: Suspension) -> None:
    place(**hold_of(one))


def cease(one: Suspension) -> None:
    """Lifted or revoked: business may be done again from this moment on."""
    lift(at=timezone.now(), cause_number=one.number)
