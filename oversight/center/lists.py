"""The alerts list: views with their counts, filters kept in the address, an order, and pages by key."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.journal.models import Delivery, Transaction
from ledger.kit.days import day_start, today
from ledger.roster.models import Agency, Staff
from oversight.center.presenters import words
from oversight.viewer import Viewer
from risk.alerts.models import Alert, AlertEvidence
from risk.frames import TRANSACTIONS
from risk.rules.models import LEVELS

PAGE = 50
FOUND_MOST = 500
FILTERS = ("level", "line", "unit", "rule", "period", "q", "sweep")
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


NEW = Tab("new", gettext_lazy("To be checked"))
REST = (
    Tab("due", gettext_lazy("Due and overdue")),
    Tab("open", gettext_lazy("All open")),
    Tab("snoozed", gettext_lazy("Snoozed")),
    Tab("confirm", gettext_lazy("To be confirmed")),
    Tab("review", gettext_lazy("Dismissals to review")),
    Tab("issued", gettext_lazy("Warnings issued")),
    Tab("dismissed", gettext_lazy("Dismissed")),
    Tab("withdrawn", gettext_lazy("Withdrawn")),
)
JUDGING = (Tab("mine", gettext_lazy("For me to handle")), NEW, Tab("own", gettext_lazy("Acknowledged by me")), *REST)
READING = (NEW, Tab("taken", gettext_lazy("Acknowledged")), *REST)
ALL = Tab("all", gettext_lazy("All"))


def tabs_of(viewer: Viewer) -> tuple[Tab, ...]:
    """A person who only reads has nothing of their own to handle; the first view is the one in which every new alert appears."""
    return JUDGING if viewer.judges else READING


@dataclass(frozen=True)
class Wanted:
    """What the address asks for. `sweep`: only what this sweep of history raised."""

    tab: str
    level: str = ""
    line: str = ""
    unit: str = ""
    rule: str = ""
    period: str = ""
    q: str = ""
    sweep: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], viewer: Viewer) -> "Wanted":
        """Unknown values count as not given, so that an old bookmark still opens a list."""
        text = {name: str(query.get(name, "")).strip()[:80] for name in ("tab", *FILTERS)}
        keys = [tab.key for tab in tabs_of(viewer)]
        if text["tab"] not in (*keys, ALL.key):
            text["tab"] = ALL.key if text["q"] or text["sweep"] else keys[0]
        if text["level"] not in LEVELS:
            text["level"] = ""
        if text["period"] not in PERIODS:
            text["period"] = ""
        return cls(**text)

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, without the view."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}

    @property
    def query(self) -> dict[str, str]:
        return {"tab": self.tab, **self.filters}

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
        return found.filter(_matches(self.wanted.q)) if self.wanted.q else found

    @cached_property
    def rows(self) -> QuerySet[Alert]:
        """The alerts of the list, in its order."""
        wanted, found = self.wanted, self._searched
        if wanted.level:
            found = found.filter(level=wanted.level)
        if wanted.line:
            found = found.filter(line=wanted.line)
        if wanted.unit:
            found = found.filter(unit__code=wanted.unit)
        if wanted.rule:
            found = found.filter(rule__code=wanted.rule)
        return found.order_by("-raised_at", "-id") if self.ended else found.order_by("-level_rank", F("due_at").asc(nulls_last=True), "id")

    @property
    def sort_label(self) -> str:
        return _("newest first") if self.ended else _("by level, then deadline")

    def after(self, alert: Alert) -> QuerySet[Alert]:
        """Those after an alert in the order of the list, whether or not the alert is (still) in it."""
        if self.ended:
            return self.rows.filter(Q(raised_at__lt=alert.raised_at) | Q(raised_at=alert.raised_at, id__lt=alert.pk))
        if alert.due_at is None:
            beyond = Q(due_at=None, id__gt=alert.pk)
        else:
            beyond = Q(due_at__gt=alert.due_at) | Q(due_at=None) | Q(due_at=alert.due_at, id__gt=alert.pk)
        return self.rows.filter(Q(level_rank__lt=alert.level_rank) | Q(level_rank=alert.level_rank) & beyond)

    def before(self, alert: Alert) -> QuerySet[Alert]:
        """Those before an alert, the nearest first."""
        if self.ended:
            return self.rows.filter(Q(raised_at__gt=alert.raised_at) | Q(raised_at=alert.raised_at, id__gt=alert.pk)).reverse()
        if alert.due_at is None:
            nearer = Q(due_at__isnull=False) | Q(id__lt=alert.pk)
        else:
            nearer = Q(due_at__lt=alert.due_at) | Q(due_at=alert.due_at, id__lt=alert.pk)
        return self.rows.filter(Q(level_rank__gt=alert.level_rank) | Q(level_rank=alert.level_rank) & nearer).reverse()

    @cached_property
    def figures(self) -> list[dict[str, Any]]:
        """How many alerts of the view there are by level, line, rule and unit: one query behind every figure of the filter row."""
        names = ("level", "line", "rule__code", "rule_version__title_zh", "rule_version__title_en", "unit__code", "unit__name")
        return list(self._searched.order_by().values(*names).annotate(number=Count("id")))

    def _count(self, **changes: str) -> int:
        wanted = replace(self.wanted, **changes)
        chosen = {"level": wanted.level, "line": wanted.line, "unit__code": wanted.unit, "rule__code": wanted.rule}
        return sum(row["number"] for row in self.figures if all(not value or row[name] == value for name, value in chosen.items()))

    @property
    def total(self) -> int:
        return self._count()

    def levels(self) -> list[dict[str, Any]]:
        options = [("", _("All")), *((level, words.LEVELS[level]) for level in reversed(LEVELS))]
        return [
            {
                "key": key,
                "label": label,
                "count": self._count(level=key),
                "url": self.wanted.url(level=key),
                "active": key == self.wanted.level,
            }
            for key, label in options
        ]

    def options(self, name: str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The values a filter offers, by their words, the one set always among them."""
        chosen = getattr(self.wanted, name)
        known = dict(found) | ({chosen: found.get(chosen, chosen)} if chosen else {})
        listed = sorted(((str(label), value) for value, label in known.items() if value))
        return [{"value": value, "label": label, "selected": value == chosen} for label, value in [(_("All"), ""), *listed]]

    def tabs(self) -> list[dict[str, Any]]:
        """Each view with the number of alerts that opening it shows."""
        listed = (*tabs_of(self.viewer), *((ALL,) if self.tab is ALL else ()))
        numbers = tab_counts(self.viewer) | ({ALL.key: self._count(level="", line="", unit="", rule="")} if self.tab is ALL else {})
        return [
            {"key": tab.key, "label": tab.label, "count": numbers[tab.key], "url": self._tab_url(tab), "active": tab is self.tab}
            for tab in listed
        ]

    def _tab_url(self, tab: Tab) -> str:
        if tab is ALL:
            return self.wanted.url(level="", line="", unit="", rule="")
        return Wanted(tab=tab.key, period=tab.period).url()

    @property
    def clear_url(self) -> str | None:
        """Back to the view as its tab opens it; None when nothing is set."""
        if self.tab is ALL:
            return reverse("center:alerts")
        opened_with = {"period": self.tab.period} if self.tab.period else {}
        return self._tab_url(self.tab) if self.wanted.filters != opened_with else None


def tab_counts(viewer: Viewer) -> dict[str, int]:
    """The figures of all tabs: those of the open views, dismissals to review, and what ended in the last days."""
    recent = viewer.alerts.filter(status__in=ENDED.values(), raised_at__gte=_start_of(ENDED_PERIOD))
    waiting = viewer.figures | {"review": viewer.to_review}
    return waiting | recent.aggregate(**{key: Count("id", filter=Q(status=status)) for key, status in ENDED.items()})


def _start_of(period: str) -> datetime:
    """近7日 is today and the six days before it."""
    return day_start(today() - timedelta(days=PERIODS[period] - 1))


def _matches(text: str) -> Q:
    """By alert number, serial number of the evidence, staff number or name, agency code or name."""
    staff = Staff.objects.filter(Q(staff_no=text) | Q(name=text)).values_list("staff_no", flat=True)[:FOUND_MOST]
    agencies = Agency.objects.filter(Q(code=text) | Q(name__contains=text)).values_list("code", flat=True)[:FOUND_MOST]
    sources = Delivery.objects.values("source").distinct()
    rows = Transaction.objects.filter(source__in=sources, serial_no=text).values_list("pk", flat=True)
    named_by = AlertEvidence.objects.filter(row_id__in=list(rows), alert__rule__frame=TRANSACTIONS).values_list("alert_id", flat=True)[
        :FOUND_MOST
    ]
    return (
        Q(number=text.upper())
        | Q(subject_kind="staff", subject_code__in=[text, *staff])
        | Q(subject_kind="agency", subject_code__in=list(agencies))
        | Q(pk__in=list(named_by))
    )
