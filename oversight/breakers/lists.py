"""The list of breakers: by where they stand, each figure the number of rows it opens, and the reviews that wait."""

from typing import Any

from django.db.models import Count, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.days import today
from oversight.access import opens
from oversight.breakers import words
from oversight.breakers.models import Breaker, BreakerReview
from oversight.breakers.states import BREAKER, Act
from oversight.breakers.visibility import visible_breakers
from oversight.cases.models import Approval
from oversight.cases.people import Person
from oversight.center.presenters.subjects import Names, Subject
from oversight.center.presenters.times import full_time, short_time
from oversight.viewer import Viewer

PAGE = 50
TABS: dict[str, Promise] = {
    "open": pgettext_lazy("breakers", "Tripped"),
    "half_open": pgettext_lazy("breakers", "On probation"),
    "closed": pgettext_lazy("breakers", "Gathering points"),
    "reviews": gettext_lazy("To be reviewed"),
}
OF_TAB = {
    "open": Q(status=Breaker.Status.OPEN),
    "half_open": Q(status=Breaker.Status.HALF_OPEN),
    # Who has no points and never tripped is nobody's business; who tripped once stays findable.
    "closed": Q(status=Breaker.Status.CLOSED) & (Q(points__gt=0) | Q(trips__gt=0) | Q(entries__kind="trip_proposed")),
}


def list_context(viewer: Viewer, tab: str, page: str) -> dict[str, Any]:
    """What breakers/breakers.html prints. `tab`: a key of TABS, else the first; `page` counts from 1."""
    tab, now = tab if tab in TABS else "open", timezone.now()
    seen = visible_breakers(viewer.user, viewer.grants)
    reviews = BreakerReview.objects.filter(state=BreakerReview.State.WAITING, breaker__in=seen)
    counts = seen.order_by().aggregate(**{key: Count("pk", filter=which, distinct=True) for key, which in OF_TAB.items()})
    counts["reviews"] = reviews.count()
    start = (int(page) - 1) * PAGE if page.isascii() and page.isdigit() and 0 < int(page) < 10**6 else 0
    here = reverse("breakers:breakers")
    if tab == "reviews":
        found: list[Any] = list(
            reviews.select_related("breaker__unit", "breaker__policy", "entry").order_by("due_at", "id")[start : start + PAGE]
        )
        breakers = [one.breaker for one in found]
    else:
        order = ("-points", "-id") if tab == "closed" else ("-tripped_at", "-id")
        found = breakers = list(seen.filter(OF_TAB[tab]).distinct().select_related("unit", "policy").order_by(*order)[start : start + PAGE])
    names, requests = names_of(breakers), _requests(breakers)
    waiting = _reviews_of(breakers)
    rows = [_row(one, names, requests.get(one.number, []), waiting.get(one.pk), now) for one in breakers]
    if tab == "reviews":
        rows = [row | _review(one, now) for row, one in zip(rows, found, strict=True)]
    return {
        "switch": switch(viewer, "breakers"),
        "tabs": [{"label": label, "count": counts[key], "url": f"{here}?tab={key}", "active": key == tab} for key, label in TABS.items()],
        "tab": tab,
        "rows": rows,
        "total": counts[tab],
        "propose_url": reverse("breakers:propose") if opens("breakers:propose", viewer.roles) and viewer.person.officer else "",
        "next_url": f"{here}?tab={tab}&page={start // PAGE + 2}" if counts[tab] > start + PAGE else None,
        "empty": None if rows else _empty(tab, viewer),
    }


def switch(viewer: Viewer, here: str) -> list[dict[str, Any]]:
    """停业整改, 熔断 and 熔断方案 beside each other; a page that is not there or not open to the person has no entry."""
    found = []
    for name, view, label in (
        ("suspensions", "measures:suspensions", _("Suspensions")),
        ("breakers", "breakers:breakers", _("Breakers")),
        ("policies", "breakers:policies", _("Breaker policies")),
    ):
        try:
            url = reverse(view)
        except NoReverseMatch:
            continue
        if opens(view, viewer.roles):
            found.append({"label": label, "url": url, "active": name == here})
    return found


def names_of(breakers: list[Breaker]) -> Names:
    codes: dict[str, set[str]] = {}
    for one in breakers:
        codes.setdefault(one.subject_kind, set()).add(one.subject_code)
    return Names.of_codes(codes)


def subject_of(breaker: Breaker, names: Names) -> Subject:
    return names.named(breaker.subject_kind, breaker.subject_code, today())


def _requests(breakers: list[Breaker]) -> dict[str, list[Approval]]:
    found: dict[str, list[Approval]] = {}
    for one in Approval.objects.filter(about__in=[one.number for one in breakers], state=Approval.State.ASKED).select_related("asked_by"):
        found.setdefault(one.about, []).append(one)
    return found


def _reviews_of(breakers: list[Breaker]) -> dict[int, BreakerReview]:
    """The review of each that is due first."""
    waiting = BreakerReview.objects.filter(breaker__in=[one.pk for one in breakers], state=BreakerReview.State.WAITING)
    return {one.breaker_id: one for one in waiting.order_by("-due_at", "-id")}


def _row(one: Breaker, names: Names, requests: list[Approval], review: BreakerReview | None, now: Any) -> dict[str, Any]:
    subject = subject_of(one, names)
    ends = one.expires_at if one.status == Breaker.Status.OPEN else one.probation_until
    asked = {"trip": _("tripping waits for a decision"), "lift": _("lifting waits for a decision")}
    return {
        "number": one.number,
        "url": reverse("breakers:breaker", args=[one.number]),
        "subject": f"{subject.column} {subject.code}".strip(),
        "kind": one.get_subject_kind_display(),
        "unit": one.unit.name,
        "mark": words.MARKS[Breaker.Status(one.status)],
        "status": one.get_status_display(),
        "gauge": words.gauge(one),
        "tripped": short_time(one.tripped_at, now) if one.tripped_at else "",
        "tripped_exactly": full_time(one.tripped_at) if one.tripped_at else "",
        "trips": one.trips,
        "ends": words.due(ends, now),
        "endless": one.status == Breaker.Status.OPEN and one.expires_at is None,
        "effects": words.effects(one.policy.terms.effects),
        "waits": [asked[request.kind] for request in requests if request.kind in asked],
        "review": words.due(review.due_at, now) if review else None,
    }


def _review(one: BreakerReview, now: Any) -> dict[str, Any]:
    return {"review": words.due(one.due_at, now), "review_kind": one.get_kind_display(), "review_at": short_time(one.entry.at, now)}


def _empty(tab: str, viewer: Viewer) -> dict[str, Any]:
    told = {
        "open": (_("Nothing is tripped"), _("What gathers points, and how many trip it, stands under “Gathering points”.")),
        "half_open": (_("Nobody is on probation"), ""),
        "closed": (_("Nobody has points"), _("Points come from issued warnings, once a policy of the kind is armed.")),
        "reviews": (_("No review waits"), ""),
    }
    name, text = told[tab]
    policies = tab in ("open", "closed") and opens("breakers:policies", viewer.roles)
    action = {"action_label": _("Breaker policies"), "action_url": reverse("breakers:policies")} if policies else {}
    return {"title": name, "text": text, "action_label": "", "action_url": None} | action


def possible(breaker: Breaker, viewer: Viewer) -> frozenset[str]:
    """The acts to offer; the services have the last word."""
    person = Person.of(viewer.user, viewer.grants)
    return frozenset(Act(act).value for act in BREAKER.possible(person, breaker))
