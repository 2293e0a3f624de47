"""案件督办: the cases a person sees, by tab, level, unit and clock. The figure of a tab or clock and its rows come from one queryset."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oversight.cases.clocks import CLOCKS, approval_clock, clock_links, next_clock, party_clock
from oversight.cases.leading.queries import led_cases, watched, watches
from oversight.cases.models import Approval, Case, Party
from oversight.cases.running import handled, undecided, with_terms
from oversight.cases.services import DISPATCH
from oversight.cases.telling import CASE_MARKS, PARTY_MARKS, party_status
from oversight.cases.visibility import visible_cases
from oversight.center.presenters import words
from oversight.center.presenters.times import Deadline, full_time, short_time
from oversight.viewer import Viewer
from risk.rules.models import LEVELS

PAGE = 50
CLEAR = {"level": "", "unit": "", "clock": "", "led": ""}
S = Case.Status
TABS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "handling": (gettext_lazy("Being handled"), (S.HANDLING, S.ASKED, S.RETURNED)),
    "proposed": (gettext_lazy("To be closed"), (S.PROPOSED,)),
    "closed": (gettext_lazy("Closed"), (S.CLOSED,)),
}


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; anything it does not know is left out. `before`: only older cases than that id."""

    tab: str = "handling"
    level: str = ""
    unit: str = ""
    clock: str = ""
    led: bool = False
    before: int = 0

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Wanted":
        tab, level, clock, before = (given.get(name, "") for name in ("tab", "level", "clock", "before"))
        return cls(
            tab=tab if tab in TABS else "handling",
            level=level if level in LEVELS else "",
            unit=given.get("unit", "")[:40],
            clock=clock if clock in CLOCKS else "",
            led=given.get("led") == "1",
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0,
        )

    @property
    def filters(self) -> bool:
        return bool(self.level or self.unit or self.clock or self.led)

    def url(self, **changes: Any) -> str:
        """This list with something else, from its beginning."""
        asked = {"tab": self.tab, "level": self.level, "unit": self.unit, "clock": self.clock, "led": "1" if self.led else ""} | changes
        return f"{reverse('cases:cases')}?{urlencode({name: value for name, value in asked.items() if value})}"


def filtered(viewer: Viewer, wanted: Wanted, now: datetime) -> QuerySet[Case]:
    """The cases of the filter, of every tab."""
    found = visible_cases(viewer.user, viewer.grants)
    if wanted.level:
        found = found.filter(level=wanted.level)
    if wanted.unit:
        found = found.filter(unit__code=wanted.unit)
    if wanted.led:
        found = found.filter(led_cases(viewer))
    return found.filter(_standing(found, wanted.clock, now)) if wanted.clock else found


def _standing(cases: QuerySet[Case], clock: str, now: datetime) -> Q:
    """Those of the cases of which a party's term, or that of the leader who is to approve the dispatch, stands so. Of a redacted case only
    the parties count that its row shows."""
    if "redacted" not in cases.query.annotations:
        return handled(clock, now) | undecided(clock, now)
    return Q(redacted=False) & (handled(clock, now) | undecided(clock, now)) | Q(redacted=True) & handled(clock, now, redacted=True)


def list_context(viewer: Viewer, wanted: Wanted) -> dict[str, Any]:
    """What cases/cases.html prints."""
    now = timezone.now()
    found = filtered(viewer, wanted, now)
    counts = found.aggregate(**{key: Count("pk", filter=Q(status__in=statuses)) for key, (_label, statuses) in TABS.items()})
    of_tab = found.filter(status__in=TABS[wanted.tab][1]).order_by("-id")
    page = list((of_tab.filter(id__lt=wanted.before) if wanted.before else of_tab).select_related("unit", "handler")[: PAGE + 1])
    parties, asked = _parties([case.pk for case in page[:PAGE]]), dispatches_asked(page[:PAGE])
    beside = filtered(viewer, replace(wanted, clock=""), now).filter(status__in=TABS[wanted.tab][1])
    clocks = {clock: beside.filter(_standing(beside, clock, now)).count() for clock in CLOCKS}
    units = visible_cases(viewer.user, viewer.grants).values_list("unit__code", "unit__name").distinct().order_by("unit__name")
    return {
        "tabs": [
            {"label": label, "count": counts[key], "url": wanted.url(tab=key), "active": key == wanted.tab}
            for key, (label, _statuses) in TABS.items()
        ],
        "wanted": wanted,
        "levels": [
            {"value": level, "label": words.LEVELS[level], "url": wanted.url(level=level), "active": level == wanted.level}
            for level in reversed(LEVELS)
        ],
        "all_levels_url": wanted.url(level=""),
        "units": list(units),
        "clocks": clock_links(clocks, wanted.clock, lambda clock: wanted.url(clock=clock)),
        "led_url": wanted.url(led="" if wanted.led else "1") if watched(viewer) else "",
        "clear_url": wanted.url(**CLEAR) if wanted.filters else "",
        "rows": [
            case_row(case, parties.get(case.pk, []), now, asked.get(case.number)) | {"led": case.led and watches(viewer, case)}
            for case in page[:PAGE]
        ],
        "total": counts[wanted.tab],
        "next_url": f"{wanted.url()}&before={page[PAGE - 1].pk}" if len(page) > PAGE else "",
        "empty": None if page else _empty(wanted, viewer),
    }


def _parties(cases: list[int]) -> dict[int, list[Party]]:
    found: dict[int, list[Party]] = {}
    for party in with_terms(Party.objects.filter(case__in=cases)).select_related("unit").order_by("place"):
        found.setdefault(party.case_id, []).append(party)
    return found


def dispatches_asked(cases: Iterable[Case]) -> dict[str, Approval]:
    """What waits for a leader of those whose dispatch is to be approved, by the number of the case."""
    numbers = [case.number for case in cases if case.status == S.ASKED]
    found = Approval.objects.filter(about__in=numbers, kind=DISPATCH, state=Approval.State.ASKED) if numbers else ()
    return {one.about: one for one in found}


def case_row(case: Case, parties: list[Party], now: datetime, asked: Approval | None = None) -> dict[str, Any]:
    """A case as a row, with `asked`, what waits for a leader of it. One that is redacted for who looks says neither what it is about nor
    where."""
    shown = [party for party in parties if not case.redacted or party.redacted]
    running = case.status == S.HANDLING
    return {
        "number": case.number,
        "url": reverse("cases:case", args=[case.number]),
        "level": case.level,
        "title": case.title if not case.redacted else _("The subject is not shown to you: you are recused by a relation"),
        "unit": case.unit.name if not case.redacted else "",
        "handler": str(case.handler),
        "opened": short_time(case.opened_at),
        "opened_exactly": full_time(case.opened_at),
        "mark": CASE_MARKS[case.status],
        "status": case.get_status_display(),
        "outcome": case.get_outcome_display() if case.outcome else "",
        "closed": short_time(case.closed_at) if case.closed_at else "",
        "sealed": case.sealed,
        "reopened": case.reopened,
        "parties": [_party(party, case, party_clock(party, now) if running else None) for party in shown],
        "deadline": next_clock(shown, now) if running else approval_clock(asked, now),
    }


def _party(party: Party, case: Case, deadline: Deadline | None) -> dict[str, Any]:
    """A party in the row of its case: its status, or its clock where that presses; both stand in the title."""
    label, status = party.get_part_display(), party_status(party, case)
    clock = f" {deadline.text} {deadline.exact}" if deadline else ""
    return {
        "title": f"{label} {status}{clock}",
        "unit": party.unit.name,
        "mark": PARTY_MARKS[party.status],
        "status": status,
        "deadline": deadline,
        "pressing": deadline is not None and deadline.state in CLOCKS,
    }


def _empty(wanted: Wanted, viewer: Viewer) -> dict[str, Any]:
    if wanted.filters:
        told = {"title": _("No case fits these filters"), "text": "", "action_label": _("Clear the filters")}
        return told | {"action_url": wanted.url(**CLEAR)}
    text = _("A case is opened from an alert that was issued as a warning.") if wanted.tab == "handling" else ""
    told = {"handling": _("No case is being handled"), "proposed": _("No case waits to be closed"), "closed": _("No case is closed")}
    if viewer.watches:
        return {"title": told[wanted.tab], "text": text, "action_label": _("Alerts"), "action_url": reverse("center:alerts")}
    return {"title": told[wanted.tab], "text": "", "action_label": _("Workbench"), "action_url": reverse("center:workbench")}
