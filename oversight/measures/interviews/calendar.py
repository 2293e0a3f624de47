"""A month of interviews, week by week."""

import calendar
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from ledger.kit.days import SHANGHAI, day_start, event_day, today
from oversight.measures.interviews.kind import KIND
from oversight.measures.interviews.models import Interview
from oversight.measures.queries import visible_measures
from oversight.viewer import Viewer

Status = Interview.Status
SHOWN = (Status.NOTIFIED, Status.HELD, Status.ARCHIVED)


def calendar_context(viewer: Viewer, month: str) -> dict[str, Any]:
    """What measures/calendar.html prints. `month`: like 2026-11, else the one of today."""
    first = _first_day(month)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    begin, end = day_start(weeks[0][0]), day_start(weeks[-1][-1] + timedelta(days=1))
    rows = visible_measures(KIND, viewer.user, viewer.grants).filter(status__in=SHOWN, held_on__gte=begin, held_on__lt=end)
    of_day: dict[date, list[dict[str, Any]]] = {}
    for one in rows.order_by("held_on"):
        of_day.setdefault(event_day(one.held_on), []).append(
            {
                "time": f"{one.held_on.astimezone(SHANGHAI):%H:%M}",
                "title": one.title,
                "place": one.place,
                "mark": KIND.marks[one.status],
                "status": KIND.state_of(one),
                "url": reverse("measures:interviews-one", args=[one.number]),
            }
        )
    here = reverse("measures:calendar")
    return {
        "month": f"{first:%Y-%m}",
        "any": bool(of_day),
        "weeks": [[_day(one, first, of_day.get(one, [])) for one in week] for week in weeks],
        "list_url": reverse("measures:interviews"),
        "prev_url": f"{here}?month={first - timedelta(days=1):%Y-%m}",
        "next_url": f"{here}?month={first + timedelta(days=31):%Y-%m}",
    }


def _first_day(month: str) -> date:
    try:
        found = date.fromisoformat(f"{month}-01")
    except ValueError:
        return today().replace(day=1)
    return found if 2000 <= found.year < 2100 else today().replace(day=1)


def _day(one: date, first: date, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"day": one, "number": one.day, "within": one.month == first.month, "today": one == today(), "interviews": found}
