"""Where a suspension meets ledger.holds: what is held when it comes into force, and when the hold ends."""

from datetime import datetime, timedelta
from typing import Any

from ledger.holds.services import lift, place
from ledger.kit.days import day_start
from oversight.measures.suspensions.models import Suspension


def hold_of(one: Suspension, now: datetime) -> dict[str, Any]:
    """The hold of a suspension that was served by `now`: from then on, or from the midnight its first day begins with where that is later,
    to the one its last day ends with, in Shanghai."""
    return {
        "subject_kind": "agency",
        "subject_code": one.agency_code,
        "effect": one.effect,
        "cause": "suspension",
        "cause_number": one.number,
        "starts_at": max(day_start(one.starts_on), now),
        "ends_at": day_start(one.ends_on + timedelta(days=1)),
    }


def come_into_force(one: Suspension, now: datetime) -> None:
    place(**hold_of(one, now))


def prolong(one: Suspension, now: datetime) -> None:
    """What holds until the old end is lifted, and holds at once until the new one: one hold stands, and says when it ends."""
    cease(one, now)
    place(**hold_of(one, now))


def cease(one: Suspension, now: datetime) -> None:
    """Lifted or revoked: business may be done again from this moment on."""
    lift(at=now, cause_number=one.number)
