"""The alerts list: views with their counts, filters kept in the address, an order, matters, and pages by key."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, IntegerField, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.days import day_start, today
from ledger.roster.accounts import User
from oversight.center import orders
from oversight.center.matters import Group, begun_by, count
from oversight.center.presenters import words
from oversight.center.searching import matches
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.rules.models import LEVELS

PAGE = 50
# What a page begins with: a screen of a desk. The rest of its list comes when the end comes near.
FIRST = 16
# What ended is counted so far; beyond it a figure is followed by "+". Open alerts are counted exactly.
COUNTED_MOST = 5_000
TAB_COUNTED_MOST = 1_000
FILTERS = ("level", "line", "unit", "rule", "period", "q", "sweep")
MATTERS, EACH = "matter", "alert"
PERIODS = {"7": 7, "30": 30}
ENDED = {"issued": Alert.Status.ISSUED, "dismissed": Alert.Status.DISMISSED, "withdrawn": Alert.Status.WITHDRAWN}
ENDED_PERIOD = "30"


@dataclass(frozen=True)
class Tab:
    """One view of the list: a part of the open alerts, or what ended. An ended view grows without end, so it opens with a period."""

    key: str
    label: Promise

    @property
    def period(self) -> str:
        return ENDED_PERIOD if self.key in ENDED else ""

    def of(self, viewer: Viewer) -> QuerySet[Alert]:
        if self.key in ENDED:
            return viewer.alerts.filter(status=ENDED[self.key])
        return viewer.alerts.filter(viewer.parts[self.key]) if self.key in viewer.parts else viewer.alerts


NEW = Tab("new", pgettext_lazy("view of alerts", "New"))
REST = (
    Tab("due", pgettext_lazy("view of alerts", "Due")),
    Tab("open", pgettext_lazy("view of alerts", "Open")),
    Tab("snoozed", pgettext_lazy("view of alerts", "Snoozed")),
    Tab("confirm", pgettext_lazy("view of alerts", "To confirm")),
    Tab("review", pgettext_lazy("view of alerts", "To review")),
    Tab("issued", pgettext_lazy("view of alerts", "Issued")),
    Tab("dismissed", pgettext_lazy("view of alerts", "Dismissed")),
    Tab("withdrawn", pgettext_lazy("view of alerts", "Withdrawn")),
)
JUDGING = (Tab("mine", pgettext_lazy("view of alerts", "Mine")), NEW, Tab("own", pgettext_lazy("view of alerts", "Taken by me")), *REST)
READING = (NEW, Tab("taken", pgettext_lazy("view of alerts", "Taken")), *REST)
ALL = Tab("all", gettext_lazy("All"))


def tabs_of(viewer: Viewer) -> tuple[Tab, ...]:
    """A person who only reads has nothing of their own to handle; the first view is the one in which every new alert appears."""
    return JUDGING if viewer.judges else READING


@dataclass(frozen=True)
class Wanted:
    """What the address asks for. `sweep`: only what this sweep of history raised; `sort`: an order of orders.KEYS, or the tab's own;
    `by`: a row for each matter, or for each alert."""

    tab: str
    level: str = ""
    line: str = ""
    unit: str = ""
    rule: str = ""
    period: str = ""
    q: str = ""
    sweep: str = ""
    sort: str = ""
    by: str = MATTERS

    @classmethod
    def read(cls, query: Mapping[str, str], viewer: Viewer) -> "Wanted":
        """Unknown values count as not given, so that an old bookmark still opens a list."""
        text = {name: str(query.get(name, "")).strip()[:80] for name in ("tab", *FILTERS, "sort", "by")}
        keys = [tab.key for tab in tabs_of(viewer)]
        if text["tab"] not in (*keys, ALL.key):
            text["tab"] = ALL.key if text["q"] or text["sweep"] else keys[0]
        if text["level"] not in LEVELS:
            text["level"] = ""
        if text["period"] not in PERIODS:
            text["period"] = ""
        if text["sort"] not in orders.KEYS:
            text["sort"] = ""
        if text["by"] != EACH:
            text["by"] = MATTERS
        return cls(**text)

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, without the view."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}

    @property
    def query(self) -> dict[str, str]:
        shown = {"sort": self.sort} if self.sort else {}
        return {"tab": self.tab, **self.filters, **shown, **({"by": EACH} if self.by == EACH else {})}

    def url(self, **changes: str) -> str:
        return f"{reverse('center:alerts')}?{urlencode(replace(self, **changes).query)}"


class AlertList:
    """The list a person asked for. All its figures come from the querysets that also give its rows."""

    def __init__(self, viewer: Viewer, wanted: Wanted) -> None:
        self.viewer, self.wanted = viewer, wanted
        self.tab = next(tab for tab in (*tabs_of(viewer), ALL) if tab.key == wanted.tab)
        self.ended = self.tab.key in (*ENDED, ALL.key)

    @cached_property
    def _searched(self) -> QuerySet[Alert]:
        """The view, its period and its search, before the filters that show figures of their own."""
        found = self.tab.of(self.viewer)
        if self.wanted.period:
            found = found.filter(raised_at__gte=_start_of(self.wanted.period))
        if self.wanted.sweep:
            found = found.filter(sweeps__sweep__number=self.wanted.sweep)
        return found.filter(matches(self.wanted.q)) if self.wanted.q else found

    def _narrowed(self, found: QuerySet[Alert]) -> QuerySet[Alert]:
        """Those of alerts that pass the filters, but for that of the level."""
        wanted = self.wanted
        if wanted.line:
            found = found.filter(line=wanted.line)
        if wanted.unit:
            found = found.filter(unit__code=wanted.unit)
        return found.filter(rule__code=wanted.rule) if wanted.rule else found

    @cached_property
    def alerts(self) -> QuerySet[Alert]:
        """The alerts of the list, in no order."""
        found = self._narrowed(self._searched)
        return found.filter(level=self.wanted.level) if self.wanted.level else found

    @property
    def columns(self) -> tuple[str, ...]:
        """By which columns it may be sorted. What ended, without a period, is too much to sort by anything but time."""
        return ("time",) if self.ended and not self.wanted.period else tuple(orders.COLUMNS)

    @cached_property
    def order(self) -> orders.Order:
        asked = self.wanted.sort
        own = "time" if self.ended else "level"
        return orders.order(asked if asked and asked.removeprefix("-") in self.columns else own)

    @property
    def rows(self) -> QuerySet[Alert]:
        """The alerts of the list, in its order."""
        return self.order.sorted(self.alerts)

    def after(self, alert: Alert) -> QuerySet[Alert]:
        """Those after an alert in the order of the list, whether or not the alert is (still) in it."""
        return self.rows.filter(self.order.after(alert))

    def before(self, alert: Alert) -> QuerySet[Alert]:
        """Those before an alert, the nearest first."""
        return self.order.sorted(self.alerts, backwards=True).filter(self.order.after(alert, backwards=True))

    @property
    def of_single_alerts(self) -> bool:
        """What ended is a record of single alerts, and a dismissal is reviewed by itself: nothing to put into matters."""
        return self.ended or self.tab.key == "review"

    @property
    def by_matters(self) -> bool:
        """Whether alerts of one matter stand in one row."""
        return self.wanted.by == MATTERS and not self.of_single_alerts

    @property
    def matters(self) -> int:
        """How many matters the list has: of all its figures the only one for which every alert is read."""
        return count(self.alerts)

    def page(self, cursor: Alert | None, most: int = PAGE) -> tuple[list[Group], bool]:
        """The rows after an alert, at most so many, and whether there are more."""
        rows = self.after(cursor) if cursor else self.rows
        alone = rows.values_list("pk", flat=True)[: most + 1]
        found = self._leading(rows, most + 1) if self.by_matters else [Group(pk, ()) for pk in alone]
        return found[:most], len(found) > most

    def _leading(self, rows: QuerySet[Alert], least: int) -> list[Group]:
        """At least so many of the matters that stand among some rows of the list, where there are as many: those their gravest alert leads.

        Read are more rows than are wanted, as some follow another, which in an order by level is further up; and twice as many when they
        were too few, as where hundreds are of one matter.
        """
        found: list[Group] = []
        begin, size = 0, least + least // 4 if self.order.key == "level" else 2 * least
        while True:
            more, number = begun_by(self.rows, rows[begin : begin + size])
            found += more
            if len(found) >= least or number < size:
                return found
            begin, size = begin + size, 2 * size

    @cached_property
    def figured(self) -> QuerySet[Alert]:
        """The alerts the figures are of: those that pass every filter but that of the level; of what ended, those among the newest of the
        view, of which there are COUNTED_MOST and one more."""
        return self._narrowed(self._searched.filter(pk__in=self._newest.values("pk")) if self.ended else self._searched)

    @property
    def _newest(self) -> QuerySet[Alert]:
        return self._searched.order_by("-raised_at", "-id")[: COUNTED_MOST + 1]

    @property
    def _narrows(self) -> bool:
        return bool(self.wanted.line or self.wanted.unit or self.wanted.rule)

    @cached_property
    def _levels(self) -> Counter[str]:
        if self.tab.key in self.viewer.by_level and not self.wanted.filters.keys() - {"level"}:
            return self.viewer.by_level[self.tab.key]
        if self.ended and not self._narrows:
            return Counter(self._newest.aggregate(**{level: Count("id", filter=Q(level=level)) for level in LEVELS}))
        return Counter(dict(self.figured.order_by().values_list("level").annotate(number=Count("id"))))

    @cached_property
    def _whole(self) -> int:
        """How many alerts a view of what ended has, whatever is filtered; at most COUNTED_MOST and one more."""
        return self._newest.count() if self._narrows else self._levels.total()

    @property
    def counted_out(self) -> bool:
        """Whether the figures are only lower bounds."""
        return self.ended and self._whole > COUNTED_MOST

    @property
    def total(self) -> int:
        """How many alerts the list has, at least as many where the figures are counted out."""
        return self.told(self._levels[self.wanted.level] if self.wanted.level else self._levels.total())

    def told(self, found: int) -> int:
        """A figure of the list as it is shown."""
        return min(found, COUNTED_MOST) if self.counted_out else found

    @cached_property
    def _sized(self) -> int:
        found = self.alerts.order_by()
        return found[: COUNTED_MOST + 1].count() if self.ended else found.count()

    @property
    def size(self) -> int:
        """`total` without the figures of the filter row, for a list that is only counted."""
        return min(self._sized, COUNTED_MOST) if self.ended else self._sized

    @property
    def size_more(self) -> bool:
        return self.ended and self._sized > COUNTED_MOST

    def levels(self) -> list[dict[str, Any]]:
        options = [("", _("All")), *((level, words.LEVELS[level]) for level in reversed(LEVELS))]
        return [
            {
                "key": key,
                "label": label,
                "count": self._levels[key] if key else self._levels.total(),
                "more": self.counted_out,
                "url": self.wanted.url(level=key),
                "active": key == self.wanted.level,
            }
            for key, label in options
        ]

    def tabs(self) -> list[dict[str, Any]]:
        """Each view with the number of alerts that opening it shows; `more`: at least so many."""
        listed = (*tabs_of(self.viewer), *((ALL,) if self.tab is ALL else ()))
        numbers = tab_counts(self.viewer) | ({ALL.key: self._whole} if self.tab is ALL else {})
        found = []
        for tab in listed:
            most = COUNTED_MOST if tab is ALL else TAB_COUNTED_MOST if tab.key in ENDED else None
            count = numbers[tab.key]
            more = most is not None and count > most
            shown = {"count": most if more else count, "more": more, "url": self._tab_url(tab), "active": tab is self.tab}
            found.append({"key": tab.key, "label": tab.label, **shown})
        return found

    def _tab_url(self, tab: Tab) -> str:
        if tab is ALL:
            return self.wanted.url(level="", line="", unit="", rule="")
        return Wanted(tab=tab.key, period=tab.period, by=self.wanted.by).url()

    @property
    def clear_url(self) -> str | None:
        """Back to the view as its tab opens it; None when nothing is set."""
        if self.tab is ALL:
            return Wanted(tab=tabs_of(self.viewer)[0].key, by=self.wanted.by).url()
        opened_with = {"period": self.tab.period} if self.tab.period else {}
        return self._tab_url(self.tab) if self.wanted.filters not in ({}, opened_with) else None


def tab_counts(viewer: Viewer) -> dict[str, int]:
    """The figures of all tabs: those of the open views, dismissals to review, and what ended in the last days, of that at most one more
    than TAB_COUNTED_MOST."""
    # In an order, or PostgreSQL, which expects them anywhere, reads the table from its oldest alerts on.
    recent = viewer.alerts.filter(raised_at__gte=_start_of(ENDED_PERIOD)).order_by("-raised_at", "-id").values("pk")
    counted = {key: Counted(recent.filter(status=status)[: TAB_COUNTED_MOST + 1]) for key, status in ENDED.items()}
    counted["review"] = Counted(viewer.alerts.filter(viewer.parts["review"]).values("pk"))
    # Of one row, which is there: four counts in one question.
    ended: Any = User.objects.filter(pk=viewer.user.pk).values(**counted).get()
    return viewer.figures | ended


class Counted(Subquery):
    """How many rows a query has, as an expression."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def _start_of(period: str) -> datetime:
    """近7日 is today and the six days before it."""
    return day_start(today() - timedelta(days=PERIODS[period] - 1))
