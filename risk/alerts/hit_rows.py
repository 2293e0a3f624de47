"""Hits as the rows of a frame: what rules found about a subject, for rules that add up what others say.

A row is a live hit, in shadow or not, that no suppression holds back. Left out are the hits of rules about hits, so that nothing can
feed on itself, and those about persons and vehicles, which are leads and never ranked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import Max, Min, Q, QuerySet

from ledger.columns import encode
from ledger.columns.hashing import SEPARATOR, keys64
from ledger.kit.days import day_start, ordinal
from risk.alerts.models import Hit
from risk.frames import Base, Clear, Facts, Request, base
from risk.frames.transaction_base import parts
from risk.rules.models import SubjectKind

FRAME = "hits"
OVERSEEN = (
    SubjectKind.STAFF.value,
    SubjectKind.POST.value,
    SubjectKind.UNIT.value,
    SubjectKind.AGENCY.value,
    SubjectKind.AGENT.value,
    SubjectKind.TERMINAL.value,
)
READ = (
    "day",
    "line",
    "subject_kind",
    "subject_code",
    "level",
    "shadow",
    "evidence",
    "rule__code",
    "rule__frame",
    "rule_version__checklist_item",
)


def signals() -> QuerySet[Hit]:
    """The hits that are rows."""
    return Hit.objects.filter(Q(suppression=None) | Q(shadow=True), live=True, subject_kind__in=OVERSEEN).exclude(rule__frame=FRAME)


def hits(request: Request) -> pd.DataFrame:
    """The frame. `accepted_at` is the beginning of the hit's day, `item` the checklist item of the version that found it."""
    found = signals().filter(day__range=(request.first_day, request.last_day))
    if request.base == FRAME and request.subject is not None:
        found = found.filter(subject_code__in=request.subject[1])
    # Values, not instances of three models for each row: every pass over a rule about hits reads thousands.
    rows = list(found.order_by("id").values_list("pk", *READ, named=True))
    unit = _units(rows) if "unit" in request.columns else [""] * len(rows)
    names = [(row.rule__code, row.subject_kind, row.subject_code, row.day.isoformat()) for row in rows]
    made = {
        "id": np.array([row.pk for row in rows], dtype=np.int64),
        "tie": keys64(SEPARATOR.join((FRAME, *name)) for name in names),
        "day": np.array([ordinal(row.day) for row in rows], dtype=np.int32),
        "accepted_at": encode.moments([day_start(row.day) for row in rows]),
        "line": encode.category(row.line for row in rows),
        "unit": encode.category(unit),
        "source": encode.category("" for _row in rows),
        "subject": encode.category(row.subject_code for row in rows),
        "kind": encode.category(row.subject_kind for row in rows),
        "rule": encode.category(row.rule__code for row in rows),
        "item": encode.category(row.rule_version__checklist_item for row in rows),
        "level": encode.category(row.level for row in rows),
        "shadow": np.array([row.shadow for row in rows], dtype=bool),
    }
    return pd.DataFrame({name: made[name] for name in request.columns}, index=pd.RangeIndex(len(rows)))


def _units(rows: Iterable[Any]) -> list[str]:
    """The unit of one row behind each hit: reading all that is behind all hits would cost more than what a frame tells by it."""
    last: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        last[row.rule__frame].update(row.evidence[-1:])
    told = {frame: base(frame).facts(ids) for frame, ids in last.items()}
    behind = [told[row.rule__frame].get(row.evidence[-1]) if row.evidence else None for row in rows]
    return [one.unit_code if one else "" for one in behind]


def _of(ids: Collection[int]) -> list[Hit]:
    return [row for part in parts(ids) for row in Hit.objects.filter(pk__in=part).select_related("rule")]


def _facts(ids: Collection[int]) -> dict[int, Facts]:
    """Unit and moment of the last row behind the hit, the people of all; fresh when any of them is."""
    rows = _of(ids)
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        wanted[row.rule.frame].update(row.evidence)
    told = {frame: base(frame).facts(numbers) for frame, numbers in wanted.items()}
    found = {}
    for row in rows:
        behind = [told[row.rule.frame][number] for number in row.evidence if number in told[row.rule.frame]]
        if behind:
            last = max(behind, key=lambda one: (one.accepted_at, one.unit_code))
            people = tuple(sorted({number for one in behind for number in one.people if number}))
            found[row.pk] = Facts(last.unit_code, last.accepted_at, people, any(one.fresh for one in behind))
        else:
            found[row.pk] = Facts("", day_start(row.day), (), False)
    return found


def _subjects(ids: Collection[int], column: str) -> dict[int, Clear]:
    """A subject has hits in several lines: the line is that of the rule."""
    return {row.pk: Clear(row.subject_code, "") for row in _of(ids)}


def behind(ids: Collection[int]) -> dict[str, list[int]]:
    """The rows on which the hits rest, ascending, by the frame they are of."""
    found: dict[str, set[int]] = defaultdict(set)
    for row in _of(ids):
        found[row.rule.frame].update(row.evidence)
    return {frame: sorted(numbers) for frame, numbers in sorted(found.items())}


def _names(ids: Sequence[int]) -> list[str]:
    """The names of the rows behind the hits: what a reader of evidence can look up."""
    return [name for frame, numbers in behind(ids).items() for part in parts(numbers) for name in base(frame).names(part)]


def _span() -> tuple[date, date] | None:
    ends = signals().aggregate(first=Min("day"), last=Max("day"))
    return (ends["first"], ends["last"]) if ends["first"] is not None else None


BASE = Base(facts=_facts, subjects=_subjects, names=_names, span=_span)
