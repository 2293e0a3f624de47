"""A policy played over the last twelve months: whom it would have stopped, for how long, and how much business that was."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from ledger.journal.models import Transaction
from oversight.breakers.core import Played, Terms, play
from oversight.breakers.warned import Subject, warnings_of

PLAYED = timedelta(days=365)
COLUMNS = {"staff": "handler_no", "post": "post_code", "unit": "unit_code", "agency": "agency_code"}
# Of more trips than these the business is not counted: each costs a query, and a policy that trips so often is not armed anyway.
COUNTED = 200


def simulate(kind: str, terms: Terms, now: datetime) -> dict[str, Any]:
    """{from, to, warnings, trips: [{code, start, end, points, items or None}]}; times in ISO.

    Nobody lifts in a simulation: every trip stands until it runs out, the longest it can. Points are those of the warnings as they stand
    today, so what proved true later counts as proved from its issue on.
    """
    first = now - PLAYED
    warned = warnings_of(kinds=[kind], since=first - terms.window, until=now)
    trips = [(subject, trip) for subject, history in sorted(warned.items()) for trip in play(history, terms, first, now)]
    trips.sort(key=lambda one: one[1].start)
    return {
        "from": first.isoformat(),
        "to": now.isoformat(),
        "warnings": sum(len(history) for history in warned.values()),
        "trips": [_told(subject, trip, place < COUNTED) for place, (subject, trip) in enumerate(trips)],
    }


def _told(subject: Subject, trip: Played, counted: bool) -> dict[str, Any]:
    return {
        "code": subject[1],
        "start": trip.start.isoformat(),
        "end": trip.end.isoformat(),
        "points": trip.points,
        "items": _items(subject, trip) if counted else None,
    }


def _items(subject: Subject, trip: Played) -> int:
    """How many items the subject took while it would have stood still."""
    column = COLUMNS[subject[0]]
    days = Q(event_day__gte=trip.start.date() - timedelta(days=1), event_day__lte=trip.end.date() + timedelta(days=1))
    rows = Transaction.objects.filter(days, **{column: subject[1]}, accepted_at__gte=trip.start, accepted_at__lt=trip.end)
    return int(rows.count())
