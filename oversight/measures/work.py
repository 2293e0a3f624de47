"""Measures on the workbench: those whose next step this person may do, and those they proposed. What keeps a case open because of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from oversight.access import opens
from oversight.cases.models import Case
from oversight.cases.people import Person
from oversight.center import requests
from oversight.center.requests import Line, line
from oversight.measures.catalogue import KINDS
from oversight.measures.joint.telling import credited_lines, credited_recently
from oversight.measures.kinds import Kind
from oversight.measures.presenting import deadline_of
from oversight.measures.queries import visible_measures
from oversight.measures.suspensions.kind import OBJECTED
from oversight.measures.suspensions.models import Suspension
from oversight.viewer import Viewer

KEPT = timedelta(days=90)
MOST = 100
# What may be done at any time, or by whoever regrets it, waits for nobody, until its kind says that it presses.
AT_ANY_TIME = frozenset({"edit", "withdraw", "revoke", "cancel", "appeal", "reschedule", "ask_extension", "ask_revocation", "object"})


def register_work() -> None:
    """Tell the workbench and the closing of cases what measures wait for, at start."""
    requests.register(waiting=measures_waiting, asked=own_measures, copied=requests.Copied(credited_recently, credited_lines))


def measures_waiting(viewer: Viewer) -> list[Line]:
    """Measures this person is to take a step further, by the day it is due; a query for each kind of which there is any."""
    person, found = Person.of(viewer.user, viewer.grants), []
    for kind, running in _of_each(viewer, lambda kind: ~Q(status__in=ended(kind))):
        for one in running.order_by(F("due_on").asc(nulls_last=True), "id")[:MOST]:
            waits = kind.possible(person, one) - (AT_ANY_TIME - kind.pressing(one))
            if "answer" in waits:
                found.append(_objection(one))
            if waits - {"answer"}:
                found.append(_line(kind, one))
    return sorted(found, key=lambda each: each["at"])


def own_measures(viewer: Viewer) -> list[Line]:
    """Measures this person proposed: running ones, and those of the last 90 days."""
    recent = Q(proposed_at__gte=timezone.now() - KEPT)
    mine = _of_each(viewer, lambda kind: Q(proposed_by=viewer.user) & (recent | ~Q(status__in=ended(kind))))
    return [_line(kind, one) | {"deadline": None} for kind, found in mine for one in found.order_by("-id")[:MOST]]


def measures_left(case: Case) -> list[str]:
    """What speaks against closing the case, in sentences: measures that are neither decided nor given up, those that were decided and never
    carried out, objections nobody has answered."""
    undecided, undone = [], []
    for kind in KINDS.values():
        found = kind.model._default_manager.filter(case=case).order_by("id")
        undecided += list(found.filter(decided_by=None).exclude(status__in=ended(kind)).values_list("number", flat=True))
        undone += list(found.filter(status__in=kind.undone).values_list("number", flat=True))
    objected = Suspension.objects.filter(case=case, objected_at__isnull=False).exclude(status=Suspension.Status.REVOKED)
    left = [
        (_("These measures are not decided yet: %(numbers)s."), undecided),
        (_("These measures were decided and not served, held or sent yet: %(numbers)s."), undone),
        (_("Objections to these measures are not answered yet: %(numbers)s."), list(objected.values_list("number", flat=True))),
    ]
    return [text % {"numbers": ", ".join(numbers)} for text, numbers in left if numbers]


def ended(kind: Kind) -> list[str]:
    """The statuses of a kind from which nothing leads on."""
    leading = {status for status, _act, move in kind.table.rows() if move.to is not None}
    return [status for status in kind.statuses.values if status not in leading]


def _of_each(viewer: Viewer, wanted: Callable[[Kind], Q]) -> list[tuple[Kind, QuerySet[Any]]]:
    """The measures of each kind that are wanted and that this person sees, with what a line prints.

    Whom a measure may be shown is long to ask, so one short query says first of which kinds there is any at all.
    """
    kinds = {kind.code: kind for kind in KINDS.values() if opens(f"measures:{kind.code}", viewer.roles)}
    if not kinds:
        return []
    rows = {code: kind.model._default_manager.filter(wanted(kind)).order_by() for code, kind in kinds.items()}
    codes = [found.values_list(Value(code, CharField()), flat=True).distinct() for code, found in rows.items()]
    there = set(codes[0].union(*codes[1:]))
    return [
        (
            kind,
            visible_measures(kind, viewer.user, viewer.grants)
            .filter(wanted(kind))
            .select_related("case", "case__unit", "proposed_by", *kind.related),
        )
        for code, kind in kinds.items()
        if code in there
    ]


def _objection(one: Suspension) -> Line:
    """An objection this person is to answer, by its own term."""
    objection = one.objections.select_related("entered_by").get(answered_by=None)
    return line(
        _("Objection of an agency"),
        f"{one.number} {one.title}",
        str(objection.entered_by),
        objection.entered_at,
        mark="pending",
        label=str(OBJECTED),
        url=f"{reverse('measures:suspensions-one', args=[one.number])}#objections",
        level="" if one.redacted else one.case.level,
        deadline=deadline_of(objection.answer_by),
    )


def _line(kind: Kind, one: Any) -> Line:
    return line(
        str(kind.label),
        f"{one.number} {one.title}",
        str(one.proposed_by),
        one.proposed_at,
        mark=kind.marks[one.status],
        label=kind.state_of(one),
        url=reverse(f"measures:{kind.code}-one", args=[one.number]),
        level="" if one.redacted else one.case.level,
        deadline=deadline_of(one.due_on),
    )
