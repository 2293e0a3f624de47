"""Records that are no transactions as frames: complaints, impounds, cases of discipline, and rows that lie in quarantine.

They are few: every frame is read straight from the database. Each has id, tie, day, line ("" where none), accepted_at (the record's
moment), unit, source and columns of its own; text is a category, moments naive Shanghai time, as in the transactions.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import Max, Min, Model, OuterRef, Q, QuerySet, Subquery

from ledger.columns import encode
from ledger.columns.hashing import SEPARATOR, keys64
from ledger.complaints.models import Complaint
from ledger.discipline.models import DisciplineCase
from ledger.impounds.models import Impound
from ledger.impounds.services import ACTION, LINE
from ledger.intake.models import Quarantined
from ledger.intake.refused.telling import KIND
from ledger.journal.models import Transaction
from ledger.journal.queries import evidence_name, transactions_named
from ledger.kit.days import day_start, event_day
from ledger.roster.models import Staff, Unit
from risk.frames.bases import Base, Clear, Facts
from risk.frames.registry import Request
from risk.frames.transaction_base import FRESH_DAYS, parts


@dataclass(frozen=True)
class Records:
    """One kind of record. `name` is its frame's, `told` what the ledger calls it when it tells of changes.

    `pictures` turns rows of a query into what the frame shows, in clear, with `at` (aware), `arrived`, `name` and, where it points to a
    transaction, `serial`; `within` limits a query to event days, `standing` the frame to rows that still are what rules look at.
    `text`, `moments` and `hashed` are the columns of the frame by their type, `people` those that name staff. `narrowed` limits a query
    to the rows of some subjects (of a column), where there are too many to look through them all. `endures`: see Base.
    """

    name: str
    told: str
    model: type[Model]
    pictures: Callable[[QuerySet[Any]], list[dict[str, Any]]]
    within: Callable[[date, date], Q]
    span: Callable[[], tuple[date, date] | None]
    text: tuple[str, ...]
    moments: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()
    people: tuple[str, ...] = ("staff",)
    follows: frozenset[tuple[str, str]] = frozenset()
    standing: Q = field(default_factory=Q)
    narrowed: Callable[[str, Sequence[str]], Q] | None = None
    endures: bool = False

    def frame(self, request: Request) -> pd.DataFrame:
        """The frame. Beside another base it holds every record there is: which of them matter, only the rule can say."""
        rows = self._asked(request) if request.base == self.name else self.pictures(self._standing)
        made: dict[str, Any] = {
            "id": np.array([row["id"] for row in rows], dtype=np.int64),
            "tie": keys64([f"{self.told}{SEPARATOR}{row['name']}" for row in rows]),
            "related": keys64([f"{row['source']}{SEPARATOR}{row['serial']}" if row.get("serial") else "" for row in rows]),
            "accepted_at": encode.moments([row["at"] for row in rows]),
        }
        made["day"] = (made["accepted_at"].astype("datetime64[D]").astype(np.int64)).astype(np.int32)
        made |= {name: encode.category([row.get(name, "") for row in rows]) for name in ("line", "unit", "source", *self.text)}
        made |= {name: _moments([row[name] for row in rows]) for name in self.moments}
        made |= {name: keys64([row[name] for row in rows]) for name in self.hashed}
        return pd.DataFrame({name: made[name] for name in request.columns}, index=pd.RangeIndex(len(rows)))

    @property
    def _standing(self) -> QuerySet[Any]:
        return self.model._default_manager.filter(self.standing)

    def _asked(self, request: Request) -> list[dict[str, Any]]:
        found = self._standing.filter(self.within(request.first_day, request.last_day))
        if request.subject is None:
            return self.pictures(found)
        column, codes = request.subject
        rows = self.pictures(found.filter(self.narrowed(column, codes)) if self.narrowed else found)
        wanted = set(codes)
        return [row for row in rows if row[column] in wanted]

    def _of(self, ids: Collection[int]) -> list[dict[str, Any]]:
        return [row for part in parts(ids) for row in self.pictures(self.model._default_manager.filter(pk__in=part))]

    def facts(self, ids: Collection[int]) -> dict[int, Facts]:
        return {
            row["id"]: Facts(row["unit"], row["at"], tuple(row[name] for name in self.people), row["arrived"] - row["at"] <= FRESH_DAYS)
            for row in self._of(ids)
        }

    def subjects(self, ids: Collection[int], column: str) -> dict[int, Clear]:
        return {row["id"]: Clear(str(row[column] or ""), row.get("line", "")) for row in self._of(ids)}

    def names(self, ids: Sequence[int]) -> list[str]:
        """Like complaint:TS0017, in the order of their moments."""
        return [row["name"] for row in sorted(self._of(ids), key=lambda row: (row["at"], row["id"]))]

    def pointed(self, ids: Sequence[int]) -> list[Transaction]:
        """The transactions the records name."""
        named = {(row["source"], row["serial"]) for row in self._of(ids) if row.get("serial")}
        return list(transactions_named(named).values())

    def base(self) -> Base:
        return Base(self.facts, self.subjects, self.names, self.span, self.pointed, self.told, self.follows, endures=self.endures)


def _moments(values: Sequence[datetime | None]) -> np.ndarray:
    return encode.moments(values) if any(values) else np.full(len(values), "NaT", dtype="datetime64[us]")


def _span_of(model: type[Model], field: str) -> Callable[[], tuple[date, date] | None]:
    def span() -> tuple[date, date] | None:
        ends = model._default_manager.aggregate(first=Min(field), last=Max(field))
        first, last = ends["first"], ends["last"]
        if first is None:
            return None
        return (event_day(first), event_day(last)) if isinstance(first, datetime) else (first, last)

    return span


def on_days(field: str) -> Callable[[date, date], Q]:
    """Moments of a field that fall on the Shanghai days from first to last."""

    def within(first: date, last: date) -> Q:
        return Q(**{f"{field}__gte": day_start(first), f"{field}__lt": day_start(last + timedelta(days=1))})

    return within


def _complaints(found: QuerySet[Complaint]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "at": row.received_at,
            "arrived": row.arrived_at,
            "unit": row.unit_code,
            "staff": row.staff_no,
            "source": row.source,
            "serial": row.serial_no,
            "category": row.category,
            "channel": row.channel,
            "received_at": row.received_at,
            "rectified_at": row.rectified_at,
            "revisited_at": row.revisited_at,
            "revisit_result": row.revisit_result,
            "name": f"complaint:{evidence_name(row.source, row.complaint_no)}",
        }
        for row in found
    ]


def _discipline(found: QuerySet[DisciplineCase]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "at": day_start(row.decided_at),
            "arrived": row.arrived_at,
            "unit": row.unit_code,
            "staff": row.staff_no,
            "source": row.source,
            "prohibition": row.prohibition,
            "decided_at": day_start(row.decided_at),
            "name": f"discipline:{evidence_name(row.source, row.case_no)}",
        }
        for row in found
    ]


def _impounds(found: QuerySet[Impound]) -> list[dict[str, Any]]:
    """Those whose transaction has come: it tells the unit, the day and the people."""
    rows = list(found)
    owners = transactions_named({(row.source, row.serial_no) for row in rows})
    made = []
    for row in rows:
        owner = owners.get((row.source, row.serial_no))
        if owner is not None:
            made.append(
                {
                    "id": row.pk,
                    "at": owner.accepted_at,
                    "arrived": max(row.arrived_at, owner.arrived_at),
                    "line": owner.line,
                    "unit": owner.unit_code,
                    "handler": owner.handler_no,
                    "approver": owner.approver_no,
                    "plate": owner.plate_no,
                    "plate_type": owner.plate_type,
                    "source": row.source,
                    "serial": row.serial_no,
                    "lot": row.lot,
                    "reason": row.reason,
                    "due_at": row.due_at,
                    "released_at": row.released_at,
                    "name": f"impound:{evidence_name(row.source, row.serial_no)}",
                }
            )
    return made


def _impounds_within(first: date, last: date) -> Q:
    """Their day is that of their transaction."""
    taken = Transaction.objects.filter(line=LINE, action=ACTION, event_day__range=(first, last))
    return Q(serial_no__in=taken.values("serial_no"))


def _impounds_span() -> tuple[date, date] | None:
    taken = Transaction.objects.filter(source=OuterRef("source"), serial_no=OuterRef("serial_no"), line=LINE, action=ACTION)
    ends = Impound.objects.annotate(day=Subquery(taken.values("event_day"))).aggregate(first=Min("day"), last=Max("day"))
    return (ends["first"], ends["last"]) if ends["first"] is not None else None


def _quarantine(found: QuerySet[Quarantined]) -> list[dict[str, Any]]:
    """Whoever a rejected row names as handler answers for it, when on the roster; else its unit; one that names no unit either is the
    detachment's."""
    rows = list(found.order_by("pk"))
    known = set(Staff.objects.filter(staff_no__in={row.staff_no for row in rows if row.staff_no}).values_list("staff_no", flat=True))
    root = Unit.objects.filter(depth=1).order_by("path").values_list("code", flat=True).first() or ""
    return [
        {
            "id": row.pk,
            "at": row.first_seen_at,
            "arrived": row.first_seen_at,
            "unit": row.unit_code or root,
            "staff": row.staff_no,
            "handled_by": row.staff_no if row.staff_no in known else "",
            "source": row.source,
            "kind": row.kind,
            "reason": row.reason,
            "first_seen_at": row.first_seen_at,
            "settled_at": row.settled_at,
            "name": f"quarantine:{row.pk}",
        }
        for row in rows
    ]


def _quarantine_span() -> tuple[date, date] | None:
    ends = Quarantined.objects.filter(state=Quarantined.State.REJECTED).aggregate(first=Min("first_seen_at"), last=Max("first_seen_at"))
    return (event_day(ends["first"]), event_day(ends["last"])) if ends["first"] is not None else None


COMPLAINTS = Records(
    "complaints",
    Complaint.kind,
    Complaint,
    _complaints,
    on_days("received_at"),
    _span_of(Complaint, "received_at"),
    text=("staff", "category", "channel", "revisit_result"),
    moments=("received_at", "rectified_at", "revisited_at"),
)
DISCIPLINE = Records(
    "discipline",
    DisciplineCase.kind,
    DisciplineCase,
    _discipline,
    lambda first, last: Q(decided_at__range=(first, last)),
    _span_of(DisciplineCase, "decided_at"),
    text=("staff", "prohibition"),
    moments=("decided_at",),
)
IMPOUNDS = Records(
    "impounds",
    Impound.kind,
    Impound,
    _impounds,
    _impounds_within,
    _impounds_span,
    text=("handler", "approver", "plate_type", "lot", "reason"),
    moments=("due_at", "released_at"),
    hashed=("plate",),
    people=("handler", "approver"),
    follows=frozenset({(LINE, ACTION)}),
)
QUARANTINE = Records(
    "quarantine",
    KIND,
    Quarantined,
    _quarantine,
    on_days("first_seen_at"),
    _quarantine_span,
    text=("staff", "handled_by", "kind", "reason"),
    moments=("first_seen_at", "settled_at"),
    standing=Q(state=Quarantined.State.REJECTED),
)
