"""The year's figures of measures, as the force reports them; each equals the list it opens."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import ngettext

from ledger.kit.days import day_start
from ledger.roster.accounts import User
from oversight.measures.accountability.models import Accountability
from oversight.measures.catalogue import KINDS
from oversight.measures.circulars.models import Circular
from oversight.measures.interviews.models import Interview
from oversight.measures.kinds import Kind
from oversight.measures.queries import visible_measures
from oversight.measures.subjects import Category
from oversight.measures.suspensions.models import Suspension
from oversight.measures.transfers.models import Transfer

HELD = (Interview.Status.HELD, Interview.Status.ARCHIVED)
IN_EFFECT = tuple(Accountability.Status(status) for status in ("decided", "served", "executed", "ended"))
STOPPED = tuple(Suspension.Status(status) for status in ("in_force", "applied", "accepted", "probation", "ended"))
SENT = (Transfer.Status.SENT, Transfer.Status.CONCLUDED)


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last`, both included, and perhaps a category of people."""

    first: date
    last: date
    category: str = ""

    @classmethod
    def read(cls, asked: dict[str, str]) -> "Span | None":
        """From the address of a list; None where it asks for no figure, or for none that there is."""
        try:
            first, last = date.fromisoformat(asked.get("from", "")), date.fromisoformat(asked.get("to", ""))
        except ValueError:
            return None
        category = asked.get("category", "")
        return cls(first, last, category if category in Category.values else "") if first <= last else None

    @property
    def query(self) -> str:
        return f"from={self.first}&to={self.last}" + (f"&category={self.category}" if self.category else "")


def of_span(kind: Kind, seen: QuerySet[Any], span: Span) -> QuerySet[Any]:
    """Those of the measures that count in the days: held, decided, in force from, issued or sent in them."""
    days = (span.first, span.last)
    if kind.code == "interviews":
        moments = (day_start(span.first), day_start(span.last + timedelta(days=1)))
        return seen.filter(status__in=HELD, held_on__gte=moments[0], held_on__lt=moments[1])
    if kind.code == "accountability":
        found = seen.filter(status__in=IN_EFFECT, decided_on__range=days)
        return found.filter(category=span.category) if span.category else found
    if kind.code == "suspensions":
        return seen.filter(status__in=STOPPED, starts_on__range=days)
    if kind.code == "circulars":
        return seen.filter(status=Circular.Status.ISSUED, issued_on__range=days)
    return seen.filter(status__in=SENT, sent_on__range=days)


# Whom a figure counts once, however often: a person, an agency; circulars and transfers are counted as they are.
_ONCE = {
    "interviews": ("subject_kind", "subject_code", "representative"),
    "accountability": ("subject_kind", "subject_code", "subject_name"),
    "suspensions": ("agency_code",),
}


def count_of(kind: Kind, found: QuerySet[Any]) -> int:
    """Persons, agencies, or measures: what the force counts of a kind."""
    once = _ONCE.get(kind.code)
    return found.order_by().values(*once).distinct().count() if once else found.count()


def figure_text(kind: Kind, found: QuerySet[Any], span: Span) -> str:
    """What the list of a figure says above its rows: the figure, and how many measures that is."""
    number = count_of(kind, found)
    if kind.code in ("interviews", "accountability"):
        text = ngettext("%(number)d person", "%(number)d persons", number) % {"number": number}
    elif kind.code == "suspensions":
        text = ngettext("%(number)d agency", "%(number)d agencies", number) % {"number": number}
    else:
        text = ngettext("%(number)d in number", "%(number)d in number", number) % {"number": number}
    category = f"{Category(span.category).label} " if span.category else ""
    return f"{span.first} – {span.last} {category}{text}"


def figures(user: User, first: date, last: date) -> dict[str, dict[str, Any]]:
    """Between two days, both included, in the cases a person sees: {name: {"count", "url" of the list it opens}}.

    Names: interviews (persons), officers, auxiliaries and others held to account (persons), suspensions (agencies), circulars, transfers.
    """
    wanted = {
        "interviews": ("interviews", ""),
        "officers": ("accountability", Category.OFFICER),
        "auxiliaries": ("accountability", Category.AUXILIARY),
        "others": ("accountability", Category.OTHER),
        "suspensions": ("suspensions", ""),
        "circulars": ("circulars", ""),
        "transfers": ("transfers", ""),
    }
    found = {}
    for name, (code, category) in wanted.items():
        kind, span = KINDS[code], Span(first, last, str(category))
        rows = of_span(kind, visible_measures(kind, user), span)
        found[name] = {"count": count_of(kind, rows), "url": f"{reverse(f'measures:{code}')}?{span.query}"}
    return found
