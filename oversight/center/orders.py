"""Orders of the alerts list: by which columns, which way, and where in one an alert stands. Each ends in the id, so that none has ties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from risk.alerts.models import Alert


@dataclass(frozen=True)
class Term:
    """One column of an order. Alerts without a value stand last whichever way it goes (first when the whole order is read backwards)."""

    field: str
    descending: bool = False
    nullable: bool = False

    def expression(self, *, backwards: bool) -> OrderBy:
        nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
        column = F(self.field)
        return OrderBy(column, descending=self.descending != backwards, **(nulls if self.nullable else {}))

    def value(self, alert: Alert) -> Any:
        found: Any = alert
        for part in self.field.split("__"):
            found = getattr(found, part)
        return found

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.field}__isnull": True}) if value is None else Q(**{self.field: value})

    def beyond(self, value: Any, *, backwards: bool) -> Q | None:
        """Strictly after the value in this term (before it when `backwards`); None when nothing can be."""
        if value is None:
            return Q(**{f"{self.field}__isnull": False}) if backwards else None
        smaller = self.descending != backwards
        found = Q(**{f"{self.field}__{'lt' if smaller else 'gt'}": value})
        return found | Q(**{f"{self.field}__isnull": True}) if self.nullable and not backwards else found


@dataclass(frozen=True)
class Order:
    """An order of the list, as the address names it: a column, with "-" before it the other way round."""

    key: str
    terms: tuple[Term, ...]

    def sorted(self, rows: QuerySet[Alert], *, backwards: bool = False) -> QuerySet[Alert]:
        return rows.order_by(*(term.expression(backwards=backwards) for term in self.terms))

    def after(self, alert: Alert, *, backwards: bool = False) -> Q:
        """What stands after an alert (before it when `backwards`), whether or not the alert is in the list."""
        found, prefix = Q(pk__in=()), Q()
        for term in self.terms:
            value = term.value(alert)
            beyond = term.beyond(value, backwards=backwards)
            if beyond is not None:
                found |= prefix & beyond
            prefix &= term.same(value)
        return found


ID = Term("id")
BACK = Term("id", descending=True)
BY_DEADLINE = Term("due_at", nullable=True)
# In the direction a first click gives; the second click turns the first term round.
COLUMNS: dict[str, tuple[Term, ...]] = {
    "level": (Term("level_rank", descending=True), BY_DEADLINE, ID),
    "time": (Term("raised_at", descending=True), BACK),
    "subject": (Term("subject_code"), Term("subject_kind"), ID),
    "unit": (Term("unit__path"), ID),
    "rule": (Term("rule__code"), ID),
    "due": (BY_DEADLINE, ID),
}
LABELS: Mapping[str, Promise] = {
    "level": _("by level, then deadline"),
    "-level": _("mildest first"),
    "time": _("newest first"),
    "-time": _("oldest first"),
    "subject": _("by subject"),
    "-subject": _("by subject, backwards"),
    "unit": _("by unit"),
    "-unit": _("by unit, backwards"),
    "rule": _("by risk point"),
    "-rule": _("by risk point, backwards"),
    "due": _("nearest deadline first"),
    "-due": _("farthest deadline first"),
}
KEYS: Sequence[str] = tuple(LABELS)


def order(key: str) -> Order:
    """The order of a key of KEYS."""
    first, *rest = COLUMNS[key.removeprefix("-")]
    if key.startswith("-"):
        first = Term(first.field, not first.descending, first.nullable)
    return Order(key, (first, *rest))


def headers(current: str, allowed: Sequence[str]) -> dict[str, dict[str, str]]:
    """For each column that may be sorted by: the key a click gives, and how it stands now (aria-sort: ascending, descending or none)."""
    found = {}
    for column in allowed:
        turned = f"-{column}" if current == column else column
        state = "none"
        if current.removeprefix("-") == column:
            state = "descending" if order(current).terms[0].descending else "ascending"
        found[column] = {"sort": turned, "state": state}
    return found
