"""Measures on the workbench: those whose next step this person may do, and those they proposed. What keeps a case open because of them."""

from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from oversight.access import opens
from oversight.cases.models import Case
from oversight.cases.people import Person
from oversight.center import requests
from oversight.center.requests import Line, line
from oversight.measures.catalogue import KINDS
from oversight.measures.kinds import Kind
from oversight.measures.presenting import deadline_of
from oversight.measures.queries import visible_measures
from oversight.viewer import Viewer

KEPT = timedelta(days=90)
MOST = 100
# What may be done at any time, or by whoever regrets it, waits for nobody.
AT_ANY_TIME = frozenset({"edit", "withdraw", "revoke", "cancel", "appeal", "reschedule", "end"})


def register_work() -> None:
    """Tell the workbench and the closing of cases what measures wait for, at start."""
    requests.register(waiting=measures_waiting, asked=own_measures)


def measures_waiting(viewer: Viewer) -> list[Line]:
    """Measures this person is to take a step further, by the day it is due; a query a kind."""
    person, found = Person.of(viewer.user, viewer.grants), []
    for kind in _open_to(viewer):
        running = visible_measures(kind, viewer.user, viewer.grants).exclude(status__in=ended(kind))
        for one in _ready(kind, running).order_by(F("due_on").asc(nulls_last=True), "id")[:MOST]:
            if kind.table.possible(person, one) - AT_ANY_TIME:
                found.append(_line(kind, one, kind.status_label(one.status)))
    return sorted(found, key=lambda each: each["at"])


def own_measures(viewer: Viewer) -> list[Line]:
    """Measures this person proposed: running ones, and those of the last 90 days."""
    found = []
    for kind in _open_to(viewer):
        mine = visible_measures(kind, viewer.user, viewer.grants).filter(proposed_by=viewer.user)
        recent = mine.filter(~Q(status__in=ended(kind)) | Q(proposed_at__gte=timezone.now() - KEPT))
        found += [
            _line(kind, one, kind.status_label(one.status)) | {"deadline": None} for one in _ready(kind, recent).order_by("-id")[:MOST]
        ]
    return found


def measures_left(case: Case) -> list[str]:
    """What speaks against closing the case, in sentences: measures that are neither decided nor given up."""
    numbers = []
    for kind in KINDS.values():
        undecided = kind.model._default_manager.filter(case=case, decided_by=None).exclude(status__in=ended(kind))
        numbers += list(undecided.order_by("id").values_list("number", flat=True))
    return [_("These measures are not decided yet: %(numbers)s.") % {"numbers": ", ".join(numbers)}] if numbers else []


def ended(kind: Kind) -> list[str]:
    """The statuses of a kind from which nothing leads on."""
    leading = {status for status, _act, move in kind.table.rows() if move.to is not None}
    return [status for status in kind.statuses.values if status not in leading]


def _open_to(viewer: Viewer) -> list[Kind]:
    return [kind for kind in KINDS.values() if opens(f"measures:{kind.code}", viewer.roles)]


def _ready(kind: Kind, found: Any) -> Any:
    return found.select_related("case", "case__unit", "proposed_by", *kind.related)


def _line(kind: Kind, one: Any, label: str) -> Line:
    return line(
        str(kind.label),
        f"{one.number} {one.title}",
        str(one.proposed_by),
        one.proposed_at,
        mark=kind.marks[one.status],
        label=label,
        url=reverse(f"measures:{kind.code}-one", args=[one.number]),
        level=one.case.level,
        deadline=deadline_of(one.due_on),
    )
