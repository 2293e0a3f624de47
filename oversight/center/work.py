"""The workbench: what waits for this person, what they did, what they asked for, and what was sent to them to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from ledger.kit.days import day_start, today
from ledger.roster.accounts import Role
from oversight.access import opens
from oversight.center.lists import AlertList, Wanted
from oversight.center.presenters.rows import alert_row, ready_for_rows, said
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import deadline
from oversight.center.requests import COPIED, Line, asked_by, copied_to, done_by, to_decide
from oversight.duty.models import Notice
from oversight.duty.presenting import handovers_context, open_by_level
from oversight.viewer import Viewer
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.states import WAITING

PAGE = 50
# Done and sent for knowledge: of the last days.
RECENT = timedelta(days=30)
TABS: dict[str, Promise] = {
    "todo": gettext_lazy("To do"),
    "done": gettext_lazy("Done"),
    "asked": gettext_lazy("Asked by me"),
    "copied": gettext_lazy("Sent to me"),
}
GROUPS: dict[str, Promise] = {
    "overdue": gettext_lazy("Overdue"),
    "today": gettext_lazy("Due today"),
    "later": gettext_lazy("Due later"),
    "no_clock": gettext_lazy("Without a deadline"),
}


@dataclass(frozen=True)
class Part:
    """Consecutive rows of a tab under one heading; `count` is that of the whole part, also where a page shows only some of it."""

    title: str
    count: int
    rows: Sequence[dict[str, Any]]
    lines: bool = False


class Work:
    """The tabs of one person. The figure of a tab and its rows come from the same querysets and lists."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer, self.now = viewer, timezone.now()

    @cached_property
    def decisions(self) -> list[Line]:
        return to_decide(self.viewer)

    @cached_property
    def asked(self) -> list[Line]:
        return asked_by(self.viewer)

    @cached_property
    def done_beside(self) -> list[Line]:
        """What this person did beside alerts: before these, in the tab of what is done."""
        return done_by(self.viewer)

    @property
    def _reports(self) -> QuerySet[Notice]:
        """The reports of alerts nobody took that went to this person."""
        return Notice.objects.filter(user=self.viewer.user, event__kind=AlertEvent.Kind.ESCALATED)

    @cached_property
    def todo(self) -> QuerySet[Alert]:
        """Alerts to handle; for who does not judge, those reported to them that still nobody has taken."""
        viewer = self.viewer
        if viewer.judges:
            found = viewer.alerts.filter(viewer.parts["mine"])
        else:
            found = viewer.alerts.filter(status__in=WAITING, pk__in=self._reports.values("event__alert"))
        return found.order_by(F("due_at").asc(nulls_last=True), "-level_rank", "id")

    @cached_property
    def done(self) -> QuerySet[Alert]:
        """Alerts this person did something with, and that do not wait for them (any more); what they did last stands first."""
        acts = AlertEvent.objects.filter(actor=self.viewer.user)
        found = self.viewer.alerts.filter(pk__in=acts.filter(at__gte=self.now - RECENT).values("alert"))
        found = found.exclude(pk__in=self.todo.order_by().values("pk"))
        return found.annotate(acted=Subquery(acts.filter(alert=OuterRef("pk")).order_by("-id").values("id")[:1])).order_by("-acted")

    @cached_property
    def copied(self) -> QuerySet[Alert]:
        """Alerts that were reported to this person, taken meanwhile or not; the newest report first."""
        recent = self._reports.filter(event__at__gte=self.now - RECENT)
        last = self._reports.filter(event__alert=OuterRef("pk")).order_by("-event").values("event")[:1]
        found = self.viewer.alerts.filter(pk__in=recent.values("event__alert"))
        return found.annotate(reported=Subquery(last)).order_by("-reported")

    @cached_property
    def copied_beside(self) -> list[Line]:
        """What was sent to this person to know beside alerts: before these."""
        return copied_to(self.viewer)

    @cached_property
    def groups(self) -> dict[str, int]:
        """How many of the alerts to do are in each of GROUPS, in one query."""
        now, tonight = self.now, self._tonight
        which = {
            "overdue": Q(due_at__lte=now),
            "today": Q(due_at__gt=now, due_at__lt=tonight),
            "later": Q(due_at__gt=now, due_at__gte=tonight),
            "no_clock": Q(due_at=None),
        }
        return self.todo.order_by().aggregate(**{key: Count("id", filter=condition) for key, condition in which.items()})

    @cached_property
    def _tonight(self) -> datetime:
        return day_start(today(self.now) + timedelta(days=1))

    def group_of(self, alert: Alert) -> str:
        if alert.due_at is None:
            return "no_clock"
        if alert.due_at <= self.now:
            return "overdue"
        return "today" if alert.due_at < self._tonight else "later"

    @cached_property
    def counts(self) -> dict[str, int]:
        return {
            "todo": sum(self.groups.values()) + len(self.decisions),
            "done": len(self.done_beside) + self.done.count(),
            "asked": len(self.asked),
            "copied": self._copied_count(),
        }

    def _copied_count(self) -> int:
        """Of alerts and of what is beside them, in one query."""
        beside = (copied.found(self.viewer).order_by().values("pk") for copied in COPIED)
        return self.copied.order_by().values("pk").union(*beside, all=True).count()

    def parts(self, tab: str, start: int) -> list[Part]:
        """The rows of a page of a tab under their headings: requests first, then alerts, due soon first."""
        if tab == "asked":
            return [Part("", len(self.asked), self.asked[start : start + PAGE], lines=True)] if self.asked else []
        if tab == "copied":
            return self._beside(tab, self.copied_beside, self.copied, start)
        if tab == "done":
            return self._beside(tab, self.done_beside, self.done, start)
        lines = self.decisions[start : start + PAGE]
        parts = [Part(_("Waiting for me"), len(self.decisions), lines, lines=True)] if lines else []
        page = list(ready_for_rows(self.todo)[_after(start, self.decisions) :][: PAGE - len(lines)])
        rows = self._rows(page)
        for key, title in GROUPS.items():
            of_group = [row for alert, row in zip(page, rows, strict=True) if self.group_of(alert) == key]
            parts += [Part(str(title), self.groups[key], of_group)] if of_group else []
        return parts

    def _beside(self, tab: str, beside: list[Line], alerts: QuerySet[Alert], start: int) -> list[Part]:
        """A page of a tab that holds lines first and then alerts."""
        lines = beside[start : start + PAGE]
        rows = self._rows(list(ready_for_rows(alerts)[_after(start, beside) :][: PAGE - len(lines)]))
        heads = (pgettext("done", "Cases"), pgettext("done", "Alerts")) if beside else ("", "")
        parts = [Part(heads[0], len(beside), lines, lines=True)] if lines else []
        return [*parts, Part(heads[1], self.counts[tab] - len(beside), rows)] if rows else parts

    def _rows(self, alerts: list[Alert]) -> list[dict[str, Any]]:
        names = Names.of(alerts)
        # From here the alert opens within the list of what is to be handled, so that the next one is one key away.
        query = {"tab": "mine"} if self.viewer.judges else None
        named = ((alert, names.subject(alert)) for alert in alerts)
        return [alert_row(alert, subject, self.viewer, query) | {"sentence": said(alert, subject)} for alert, subject in named]


def _after(start: int, lines: Sequence[Line]) -> int:
    """How many alerts of a tab come before its row `start`, when these lines stand before all of them."""
    return max(start - len(lines), 0)


def workbench_context(viewer: Viewer, tab: str, start: str) -> dict[str, Any]:
    """What center/workbench.html prints. `tab`: one of TABS, else the first; `start`: how many rows come before, as typed."""
    work = Work(viewer)
    tab = tab if tab in TABS else next(iter(TABS))
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 0
    here, total = reverse("center:workbench"), work.counts[tab]
    parts = work.parts(tab, first)
    shown = sum(len(part.rows) for part in parts)
    handovers = handovers_context(viewer) if Role.SUPERVISOR in viewer.roles else []
    return {
        "tabs": [
            {"key": key, "label": label, "count": work.counts[key], "url": f"{here}?tab={key}", "active": key == tab}
            for key, label in TABS.items()
            if key != "copied" or opens("cases:cases", viewer.roles)
        ],
        "tab": tab,
        "parts": parts,
        "total": total,
        "shown": f"{first + 1} – {first + shown}" if shown else "0",
        "next_page": f"{here}?tab={tab}&from={first + PAGE}" if first + shown < total else "",
        "previous_page": f"{here}?tab={tab}&from={max(first - PAGE, 0)}" if first else "",
        "next_item": _next_item(viewer) if viewer.judges and tab == "todo" else None,
        "handovers": handovers,
        "levels": open_by_level(viewer) if handovers else [],
        "empty": None if shown else _empty(viewer, tab),
    }


def _next_item(viewer: Viewer) -> dict[str, Any] | None:
    """The first alert of the list "for me to handle"."""
    wanted = Wanted(tab="mine")
    first = ready_for_rows(AlertList(viewer, wanted).rows).first()
    if first is None:
        return None
    return {
        "level": first.level,
        "sentence": said(first, Names.of([first]).subject(first)),
        "deadline": deadline(first, ended_at=None),
        "url": f"{reverse('center:alert', args=[first.number])}?tab={wanted.tab}",
    }


def _empty(viewer: Viewer, tab: str) -> dict[str, Any]:
    """The reason why there is nothing, and one way on."""
    told = {
        "todo": (_("Nothing waits for you"), _("What needs you appears here by itself.")),
        "done": (_("You handled no alert in the last 30 days"), ""),
        "asked": (
            _("You asked for nothing in the last 90 days"),
            _("What you ask others to decide stands here, with their decision."),
        ),
        "copied": (
            _("Nothing was sent to you in the last 30 days"),
            _("Red alerts nobody takes, cases your level is told of, and cases raised above you stand here."),
        ),
    }
    title, text = told[tab]
    if tab != "todo":
        action = {"action_label": _("To do"), "action_url": reverse("center:workbench")}
    elif viewer.watches:
        action = {"action_label": _("See all open alerts"), "action_url": Wanted(tab="open").url()}
    else:
        action = {"action_label": _("My account"), "action_url": reverse("accounts:profile")}
    return {"title": title, "text": text, **action}
