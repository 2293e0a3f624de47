"""The figures of the wall, each a named part of the alerts: what counts them and what lists them is the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from ledger.kit.days import day_start, today
from ledger.lines import lines
from ledger.roster.models import Unit
from oversight.parts import SOON
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.queries import CONFIRMED, ISSUED, RAISED
from risk.alerts.states import WAITING
from risk.rules.models import LEVELS

URGENT_LEVELS = ("red", "orange")
MONTH_DAYS, WEEK_DAYS = 30, 7
COMMON = "common"
# The acts that end a first check.
ENDING_ACTS = (AlertEvent.Kind.DISMISSED, AlertEvent.Kind.ISSUED)

TITLES: dict[str, Promise] = {
    "urgent": _("Red and orange ones nobody has taken"),
    "open": _("All open"),
    Alert.Status.NEW.value: _("To be checked"),
    Alert.Status.ACKNOWLEDGED.value: Alert.Status.ACKNOWLEDGED.label,
    Alert.Status.CHECKING.value: Alert.Status.CHECKING.label,
    Alert.Status.PROPOSED.value: Alert.Status.PROPOSED.label,
    Alert.Status.SNOOZED.value: Alert.Status.SNOOZED.label,
    Alert.Status.RECURRED.value: Alert.Status.RECURRED.label,
    "soon": _("Due within 2 hours"),
    "overdue": _("First check overdue"),
    "raised": _("Alerts raised"),
    "issued": _("Warnings issued"),
    "confirmed": _("Problems confirmed"),
    "in_time": _("First check done in time"),
    "late": _("First check late"),
    "checked": _("First checks due"),
}
PERIODS: dict[str, Promise] = {
    "today": _("today"),
    "month": _("this month"),
    "year": _("this year"),
    "week": _("last 7 days"),
    "days30": _("last 30 days"),
}
TIMED = ("in_time", "late", "checked")


def parts(now: datetime) -> dict[str, Q]:
    """Every figure by its key. Those in TIMED stand on alerts that `timed` has seen."""
    opened, clocked = Q(status__in=Alert.OPEN), Q(due_at__isnull=False)
    in_time = clocked & ~opened & Q(ended_check_at__lte=F("due_at"))
    late = clocked & (opened & Q(due_at__lte=now) | ~opened & Q(ended_check_at__gt=F("due_at")))
    return {
        "urgent": Q(status__in=WAITING, level__in=URGENT_LEVELS, backdated=False),
        "open": opened,
        **{status.value: Q(status=status) for status in Alert.OPEN},
        "soon": opened & Q(due_at__gt=now, due_at__lte=now + SOON),
        "overdue": opened & Q(due_at__lte=now),
        "raised": RAISED,
        "issued": ISSUED,
        "confirmed": CONFIRMED,
        "in_time": in_time,
        "late": late,
        "checked": in_time | late,
    }


def timed(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """With the moment at which a person ended the first check of what is no longer open."""
    ended = AlertEvent.objects.filter(alert=OuterRef("pk"), kind__in=ENDING_ACTS).order_by("-id").values("at")[:1]
    return alerts.annotate(ended_check_at=Coalesce(Subquery(ended), F("updated_at")))


def since(period: str, day: date) -> date:
    """The first day of a period that ends with `day`. 近7日 is today and the six days before it."""
    firsts = {
        "today": day,
        "month": day.replace(day=1),
        "year": day.replace(month=1, day=1),
        "week": day - timedelta(days=WEEK_DAYS - 1),
        "days30": day - timedelta(days=MONTH_DAYS - 1),
    }
    return firsts[period]


def line_labels() -> dict[str, str]:
    """The lines of the board, and what the rules find that are common to all of them."""
    return {code: str(line.title) for code, line in lines().items()} | {COMMON: pgettext("line", "common to all")}


def raised_in(period: str, day: date) -> Q:
    return Q(raised_at__gte=day_start(since(period, day)))


@dataclass(frozen=True)
class Wanted:
    """One figure: a part of the alerts, perhaps of a level, a line, a period or a day, and of some units.

    `unit` is the code of a unit with all below it, or with "=" before it that unit alone; `without` names such places to leave out.
    """

    figure: str
    level: str = ""
    line: str = ""
    period: str = ""
    day: str = ""
    unit: str = ""
    without: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Wanted":
        """Unknown values count as not given; an unknown figure as all open alerts."""
        given = {name: str(query.get(name, "")).strip()[:400] for name in cls.__dataclass_fields__}
        known = {"figure": TITLES, "level": LEVELS, "line": line_labels(), "period": PERIODS}
        told = {name: value if value in known.get(name, (value,)) else "" for name, value in given.items()}
        try:
            date.fromisoformat(told["day"])
        except ValueError:
            told["day"] = ""
        return cls(**told | {"figure": told["figure"] or "open"})

    @property
    def url(self) -> str:
        given = {name: getattr(self, name) for name in self.__dataclass_fields__ if getattr(self, name)}
        return f"{reverse('wall:alerts')}?{urlencode(given, safe=',=')}"

    def of(self, alerts: QuerySet[Alert], now: datetime) -> QuerySet[Alert]:
        """Those of the alerts that the figure counts."""
        found = timed(alerts) if self.figure in TIMED else alerts
        found = found.filter(parts(now)[self.figure])
        if self.level:
            found = found.filter(level=self.level)
        if self.line:
            found = found.filter(line=self.line)
        if self.period:
            found = found.filter(raised_in(self.period, today(now)))
        if self.day:
            first = date.fromisoformat(self.day)
            found = found.filter(raised_at__gte=day_start(first), raised_at__lt=day_start(first + timedelta(days=1)))
        if self.unit:
            found = found.filter(_within([self.unit]))
        return found.exclude(_within(self.without.split(","))) if self.without else found


def address(figure: str, **chosen: Any) -> str:
    """Where the list of a figure is found."""
    return Wanted(figure, **chosen).url


def _within(places: list[str]) -> Q:
    """The alerts of these places; of none where there is no such unit."""
    paths = dict(Unit.objects.filter(code__in=[place.removeprefix("=") for place in places]).values_list("code", "path"))
    found = Q(pk=None)
    for place in places:
        path = paths.get(place.removeprefix("="))
        if path is not None:
            found |= Q(unit__path=path) if place.startswith("=") else Q(unit__path__startswith=path)
    return found
