"""The alerts list: views with their counts, filters kept in the address, an order, matters, and pages by key."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.days import day_start, today
from ledger.roster.accounts import User
from oversight.center import orders
from oversight.center.figures import COUNTED, Figures
from oversight.center.matters import Group, Matters, matters
from oversight.center.presenters import words
from oversight.center.searching import matches
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.rules.models import LEVELS

PAGE = 50
# What a page begins with: a screen and a half. The rest of its list comes when the end comes near.
FIRST = 24
# What ended is counted so far; beyond it a figure is followed by "+". Open alerts are counted exactly.
COUNTED_MOST = 5_000
TAB_COUNTED_MOST = 1_000
# A longer list is not put into matters.
GROUPED_MOST = 10_000
FILTERS = ("level", "line", "unit", "rule", "period", "q", "sweep")
MATTERS, EACH = "matter", "alert"
PERIODS = {"7": 7, "30": 30}
ENDED = {"issued": Alert.Status.ISSUED, "dismissed": Alert.Status.DISMISSED, "withdrawn": Alert.Status.WITHDRAWN}
ENDED_PERIOD = "30"
# What is read of every alert of a view, so that its groups and figures are of the same moment.
READ = ("pk", "matter_id", *COUNTED)
Read = tuple[int, int, str, str, int, int]


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

    @cached_property
    def alerts(self) -> QuerySet[Alert]:
        """The alerts of the list, in no order."""
        wanted, found = self.wanted, self._searched
        if wanted.level:
            found = found.filter(level=wanted.level)
        if wanted.line:
            found = found.filter(line=wanted.line)
        if wanted.unit:
            found = found.filter(unit__code=wanted.unit)
        return found.filter(rule__code=wanted.rule) if wanted.rule else found

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

    @cached_property
    def by_matters(self) -> bool:
        """Whether alerts of one matter stand in one row. What ended is a record of single alerts."""
        return self.wanted.by == MATTERS and not self.ended and self.total <= GROUPED_MOST

    @cached_property
    def matters(self) -> Matters:
        """The rows of the list by matters."""
        return matters(self._listed)

    def page(self, cursor: Alert | None, most: int = PAGE) -> tuple[list[Group], bool]:
        """The rows after an alert, at most so many, and whether there are more."""
        if self.by_matters:
            leads = self.matters.leads
            if cursor:
                following = self._following(cursor)
                leads = [lead for lead in leads if lead in following]
            return [self.matters.led_by(lead) for lead in leads[:most]], len(leads) > most
        found = self._begins(most) if cursor is None else None
        if found is None:
            found = list((self.after(cursor) if cursor else self.rows).values_list("pk", flat=True)[: most + 1])
        return [Group(pk, ()) for pk in found[:most]], len(found) > most

    def _begins(self, most: int) -> list[int] | None:
        """The first `most` alerts of the list and one more, where what was read of the view for its figures holds them in their order."""
        wanted, view = self.wanted, self._view
        if view is None or (self.ended and self.order.key != "time"):
            return None
        if self.counted_out and (wanted.level or wanted.line or wanted.unit or wanted.rule or len(view) <= most):
            return None
        return [pk for pk, *_rest in self._listed]

    def _following(self, cursor: Alert) -> set[int]:
        """The alerts after one in the order of a list by matters."""
        listed = [pk for pk, *_rest in self._listed]
        if cursor.pk in listed:
            return set(listed[listed.index(cursor.pk) + 1 :])
        return set(self.after(cursor).order_by().values_list("pk", flat=True))

    @cached_property
    def _view(self) -> list[Read] | None:
        """The alerts of the view in the order of the list, behind groups and figures alike: of what ended the newest COUNTED_MOST and one
        more, of what is open all of them, or None when there are too many for matters."""
        if self.ended:
            return list(self._searched.order_by("-raised_at", "-id").values_list(*READ)[: COUNTED_MOST + 1])
        found = list(self.order.sorted(self._searched).values_list(*READ)[: GROUPED_MOST + 1])
        return found if len(found) <= GROUPED_MOST else None

    @cached_property
    def _listed(self) -> list[Read]:
        """The alerts of a list of which the whole view is read, in its order."""
        if self._view is None:
            return list(self.rows.values_list(*READ))
        wanted = self.wanted
        if not (wanted.level or wanted.line or wanted.unit or wanted.rule):
            return self._view
        chosen = [self._view[place] for place in self.figures.places(line=wanted.line, rule=wanted.rule, unit=wanted.unit)]
        return [one for one in chosen if one[2] == wanted.level] if wanted.level else chosen

    @cached_property
    def figures(self) -> Figures:
        """The figures of the view; of what ended those of the newest COUNTED_MOST, `counted_out` says that there are more."""
        if self._view is not None:
            return Figures([*zip(*self._view, strict=True)][2:])
        grouped = [*zip(*self._searched.order_by().values_list(*COUNTED).annotate(number=Count("id")), strict=True)]
        return Figures(grouped[:-1], *grouped[-1:])

    @property
    def counted_out(self) -> bool:
        """Whether the figures are only lower bounds."""
        return self.ended and self.figures.whole > COUNTED_MOST

    @cached_property
    def _levels(self) -> Counter[str]:
        return self.figures.by_level(line=self.wanted.line, rule=self.wanted.rule, unit=self.wanted.unit)

    @property
    def total(self) -> int:
        """How many alerts the list has, at least as many where the figures are counted out."""
        found = self._levels[self.wanted.level] if self.wanted.level else self._levels.total()
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

    def options(self, name: str, label: str, found: Mapping[str, Any]) -> dict[str, Any]:
        """What center/_filter.html prints: the values a filter offers in their order, the one set always among them."""
        chosen = getattr(self.wanted, name)
        known = dict(found) | ({chosen: found.get(chosen, chosen)} if chosen else {})
        listed = [(_("All"), ""), *((str(text), value) for value, text in known.items() if value)]
        without = self.wanted.url(**{name: ""})
        return {
            "label": label,
            "chosen": str(known[chosen]) if chosen else "",
            "options": [
                {"label": text, "url": f"{without}&{urlencode({name: value})}" if value else without, "selected": value == chosen}
                for text, value in listed
            ],
        }

    def tabs(self) -> list[dict[str, Any]]:
        """Each view with the number of alerts that opening it shows; `more`: at least so many."""
        listed = (*tabs_of(self.viewer), *((ALL,) if self.tab is ALL else ()))
        numbers = tab_counts(self.viewer) | ({ALL.key: self.figures.whole} if self.tab is ALL else {})
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
