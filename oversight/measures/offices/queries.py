"""What holds for a kind of measure today: as settled by this force, else as shipped (默认方案·待本单位核定)."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ledger.kit.calendar import working_days
from ledger.kit.days import today
from ledger.roster.models import Unit
from oversight.measures.kinds import Kind
from oversight.measures.offices.models import MeasurePolicy

# Who proposes, examines and decides: the table of the field, in its own words.
DEFAULTS: dict[str, tuple[str, str, str]] = {
    "interviews": ("业务科室、纪检", "政工", "分管领导（中队长以上由政委或纪委书记）"),
    "accountability": ("业务、督察、纪检", "法制大队", "支队长办公会；党纪政务处分由有权机关决定，平台只登记"),
    "suspensions": ("监管中心", "法制大队", "支队长办公会（14日以上提交支队党委会）"),
    "circulars": ("监管中心、纪检", "业务科室", "分管支队领导签发"),
    "transfers": ("监管中心、纪检", "", "分管支队领导、纪检"),
}


@dataclass(frozen=True)
class Policy:
    """Offices in words, the unit of the legal review, and working days by status; `settled`: this force has changed it."""

    proposing: str
    examining: str
    deciding: str
    legal_unit: Unit | None = None
    terms: dict[str, int] = field(default_factory=dict)
    settled: bool = False


def policy_of(kind: Kind) -> Policy:
    row = MeasurePolicy.objects.select_related("legal_unit").filter(kind=kind.code).first()
    if row is None:
        return Policy(*DEFAULTS[kind.code], legal_unit=_legal_by_name(), terms=kind.terms)
    terms = kind.terms | {status: days for status, days in row.terms.items() if status in kind.terms}
    return Policy(row.proposing, row.examining, row.deciding, row.legal_unit or _legal_by_name(), terms, settled=True)


def _legal_by_name() -> Unit | None:
    """The one unit that calls itself legal; nobody where there are several, or none: then it must be chosen."""
    found = list(Unit.objects.filter(name__contains="法制")[:2])
    return found[0] if len(found) == 1 else None


def due_on(kind: Kind, one: Any) -> date | None:
    """By when the next step is to be done: the day the measure itself names or so many working days from now, whichever is earlier; None at
    an end."""
    named: date | None = kind.due(one) if kind.due is not None else None
    if one.status not in kind.terms:
        return named
    term = term_end(kind, one.status)
    return min(named, term) if named else term


def term_end(kind: Kind, name: str) -> date:
    """The last day of a term that begins today, by the name it has among the terms of a kind."""
    return working_day_after(today(), policy_of(kind).terms[name])


def working_day_after(start: date, count: int) -> date:
    """The count-th working day after `start`."""
    found = sorted(working_days(start + timedelta(days=1), start + timedelta(days=2 * count + 30)))
    return found[count - 1]


def months_later(start: date, count: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day."""
    years, month = divmod(start.month - 1 + count, 12)
    last = monthrange(start.year + years, month + 1)[1]
    return date(start.year + years, month + 1, min(start.day, last))
