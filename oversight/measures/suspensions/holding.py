"""Where a suspension meets ledger.holds: what is held when it comes into force, and when the hold ends."""

from datetime import datetime
from typing import Any

from ledger.holds.services import lift, place
from ledger.kit.days import day_start
from oversight.measures.suspensions.models import Suspension


def hold_of(one: Suspension, now: datetime) -> dict[str, Any]:
    """The hold of a suspension that was served by `now`: from then on, or from the midnight its first day begins with where that is later,
    in Shanghai. It has no end of its own: past the last day it stands until somebody has decided."""
    return {
        "subject_kind": "agency",
        "subject_code": one.agency_code,
        "effect": one.effect,
        "cause": "suspension",
        "cause_number": one.number,
        "starts_at": max(day_start(one.starts_on), now),
    }


def come_into_force(one: Suspension, now: datetime) -> None:
    place(**hold_of(one, now))


def prolong(one: Suspension, now: datetime) -> None:
    """What held is lifted, and holds again at once by the new decision: one hold stands, also where the old one had an end and is over."""
    cease(one, now)
    place(**hold_of(one, now))


def cease(one: Suspension, now: datetime) -> None:
    """Lifted or revoked: business may be done again from this moment on."""
    lift(at=now, cause_number=one.number)
