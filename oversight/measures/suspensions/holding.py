"""Where a suspension meets ledger.holds: what is to be held when it comes into force, and when the hold is to end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ledger.kit.days import day_start
from oversight.measures.suspensions.models import Suspension

Placer = Callable[..., Any]
Releaser = Callable[..., Any]
_places: list[Placer] = []
_releases: list[Releaser] = []


def on_in_force(place: Placer, release: Releaser) -> None:
    """Whoever keeps the holds says so at start.

    `place` is called as ledger.holds.services.place, with what `hold_of` gives; `release` as lift there, with `at` and `cause_number`. Both
    inside the transaction of the act, so that a suspension and its hold are in force together or not at all.
    """
    _places.append(place)
    _releases.append(release)


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
    for place in _places:
        place(**hold_of(one, now))


def cease(one: Suspension, now: datetime) -> None:
    for release in _releases:
        release(at=now, cause_number=one.number)
