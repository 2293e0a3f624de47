"""总览与清单: units by rounds, and the tasks a person sees. A figure and the list it opens come from one queryset."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.roster.models import Unit
from oversight.cases.people import Person
from oversight.center.presenters.times import short_time
from oversight.cycle.clocks import deadline
from oversight.cycle.models import Answer, Period, Round, Task
from oversight.cycle.queries import standing, visible_rounds, visible_tasks
from oversight.cycle.states import TABLE
from oversight.cycle.words import MARKS, STANDINGS, days_of, title_of
from oversight.viewer import Viewer

COLUMNS, PAGE = 6, 50


@dataclass(frozen=True)
class Wanted:
    """A list of tasks as its address says it. `round`: 0 for the tasks of all rounds."""

    round: int = 0
    standing: str = ""
    unit: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> "Wanted":
        number, how = given.get("round", ""), given.get("standing", "")
        known = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
        return cls(round=known, standing=how if how in STANDINGS else "", unit=given.get("unit", "")[:40])

    def url(self, name: str = "tasks", **changes: Any) -> str:
        one = replace(self, **changes)
        told = {"round": one.round, "standing": one.standing, "unit": one.unit}
        return f"{reverse(f'cycle:{name}')}?{urlencode({key: value for key, value in told.items() if value})}"


def overview_context(viewer: Viewer, given: QueryDict) -> dict[str, Any]:
    """What cycle/overview.html prints: of a period the last rounds, and how each unit stands in them."""
    wanted = given.get("period", "")
    period, now = Period(wanted) if wanted in Period.values else Period.MONTH, timezone.now()
    rounds = list(visible_rounds(viewer.user, viewer.grants).filter(period=period).order_by("-first_day")[:COLUMNS])[::-1]
    tasks = list(
        visible_tasks(viewer.user, viewer.grants)
        .filter(round__in=rounds)
        .annotate(how=standing(now))
        .select_related("unit")
        .order_by("unit__path")
    )
    counts = {(one.pk, how): sum(task.round_id == one.pk and task.how == how for task in tasks) for one in rounds for how in STANDINGS}
    return {
        "periods": [
            {"label": one.label, "url": f"{reverse('cycle:overview')}?period={one.value}", "active": one == period} for one in Period
        ],
        "rounds": [{"label": days_of(one), "due": short_time(one.due_at, now)} for one in rounds],
        "rows": _rows(tasks, rounds),
        "totals": [
            {"label": label, "mark": MARKS[how], "cells": [(counts[one.pk, how], Wanted(one.pk, how).url()) for one in rounds]}
            for how, label in STANDINGS.items()
        ],
        "conclusion": _conclusion(rounds[-1], counts) if rounds else "",
        "latest": rounds[-1] if rounds else None,
        "empty": None if rounds else _no_rounds(),
    }


def _rows(tasks: list[Any], rounds: list[Round]) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for task in tasks:
        row = found.setdefault(task.unit_id, {"unit": task.unit.name, "cells": dict.fromkeys([one.pk for one in rounds])})
        row["cells"][task.round_id] = {
            "url": reverse("cycle:task", args=[task.number]),
            "label": STANDINGS[task.how],
            "mark": MARKS[task.how],
            "how": task.how,
            "late": task.late,
        }
    return [row | {"cells": list(row["cells"].values())} for row in found.values()]


def _conclusion(latest: Round, counts: dict[tuple[int, str], int]) -> str:
    told = {how: counts[latest.pk, how] for how in STANDINGS}
    return _("%(round)s: of %(all)d units %(accepted)d are accepted, %(submitted)d wait for a review, %(overdue)d are overdue") % {
        "round": title_of(latest),
        "all": sum(told.values()),
        **told,
    }


def _no_rounds() -> dict[str, Any]:
    text = _("A round opens by itself on the first working day of a month, or of the last month of a quarter or year.")
    return {
        "title": _("No round has been opened yet"),
        "text": text,
        "action_label": _("Workbench"),
        "action_url": reverse("center:workbench"),
    }


def filtered(viewer: Viewer, wanted: Wanted, now: datetime) -> QuerySet[Any]:
    """The tasks of a list, each with `how` it stands, which their model does not know."""
    found = visible_tasks(viewer.user, viewer.grants).annotate(how=standing(now))
    if wanted.round:
        found = found.filter(round=wanted.round)
    if wanted.unit:
        found = found.filter(unit__code=wanted.unit)
    return found.filter(how=wanted.standing) if wanted.standing else found


def tasks_context(viewer: Viewer, given: QueryDict) -> dict[str, Any]:
    """What cycle/tasks.html prints."""
    wanted, now = Wanted.read(given), timezone.now()
    every = filtered(viewer, replace(wanted, standing=""), now)
    counts = dict(every.order_by().values_list("how").annotate(number=Count("pk")))
    found = filtered(viewer, wanted, now)
    first = given.get("from", "")
    start = int(first) if first.isascii() and first.isdigit() and len(first) < 7 else 0
    page = list(ready(found).order_by("due_at", "unit__path", "pk")[start : start + PAGE])
    total = counts.get(wanted.standing, 0) if wanted.standing else sum(counts.values())
    seen = visible_tasks(viewer.user, viewer.grants)
    person = Person.of(viewer.user, viewer.grants)
    return {
        "tabs": [
            {"label": _("All"), "count": sum(counts.values()), "url": wanted.url(standing=""), "active": not wanted.standing},
            *(
                {"label": label, "count": counts.get(how, 0), "url": wanted.url(standing=how), "active": how == wanted.standing}
                for how, label in STANDINGS.items()
            ),
        ],
        "wanted": wanted,
        "rounds": [(one.pk, title_of(one)) for one in visible_rounds(viewer.user, viewer.grants).order_by("-first_day", "period")],
        "units": list(Unit.objects.filter(pk__in=seen.values("unit")).order_by("path").values_list("code", "name")),
        "rows": [_row(task, person, now) for task in page],
        "clear_url": reverse("cycle:tasks") if wanted.round or wanted.unit else "",
        "total": total,
        "shown": f"{start + 1} – {start + len(page)}" if page else "0",
        "next_url": f"{wanted.url()}&from={start + PAGE}" if start + len(page) < total else "",
        "previous_url": f"{wanted.url()}&from={max(start - PAGE, 0)}" if start else "",
        "empty": None if page else _no_tasks(wanted),
        "export_url": wanted.url("export"),
    }


def ready(tasks: QuerySet[Any]) -> QuerySet[Any]:
    """With what a row asks for: units, rounds, and how many items there are, are answered, and have a finding."""
    answered, found = ~Q(answers__result=""), Q(answers__result=Answer.Result.FOUND)
    joined = tasks.select_related("unit", "round__version", "submitted_by")
    return joined.annotate(items=Count("answers"), answered=Count("answers", filter=answered), findings=Count("answers", filter=found))


def _row(task: Any, person: Person, now: datetime) -> dict[str, Any]:
    possible = TABLE.possible(person, task)
    return {
        "number": task.number,
        "url": reverse("cycle:task", args=[task.number]),
        "title": title_of(task.round),
        "unit": task.unit.name,
        "label": STANDINGS[task.how],
        "status_label": str(task.get_status_display()) if task.status == Task.Status.RETURNED else "",
        "mark": MARKS[task.how],
        "deadline": deadline(task, now),
        "items": task.items,
        "answered": task.answered,
        "findings": task.findings,
        "submitted_by": str(task.submitted_by or ""),
        "fill_url": reverse("cycle:fill", args=[task.number]) if "draft" in possible else "",
        "review_url": f"{reverse('cycle:task', args=[task.number])}#review" if "accept" in possible else "",
    }


def _no_tasks(wanted: Wanted) -> dict[str, Any]:
    if wanted != Wanted():
        return {
            "title": _("No task matches the filter"),
            "text": "",
            "action_label": _("Clear the filter"),
            "action_url": reverse("cycle:tasks"),
        }
    return _no_rounds()
