"""Breakers in words: what happened, where it stands, how far it is from tripping."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.holds.models import Effect
from oversight.breakers.core import threshold
from oversight.breakers.models import Breaker, BreakerEntry
from oversight.center.presenters import times

MARKS = {Breaker.Status.OPEN: "suspended", Breaker.Status.HALF_OPEN: "investigating", Breaker.Status.CLOSED: "pending"}
VERBS = {
    "tripped": pgettext_lazy("breaker act", "tripped it"),
    "expired": pgettext_lazy("breaker act", "its term ran out; probation begins"),
    "closed": pgettext_lazy("breaker act", "probation served; back in business"),
    "lifted": pgettext_lazy("breaker act", "approved the lifting; probation begins"),
    "trip_proposed": pgettext_lazy("breaker act", "proposed to trip it"),
    "trip_refused": pgettext_lazy("breaker act", "refused to trip it"),
    "trip_lapsed": pgettext_lazy("breaker act", "the proposal to trip it lapsed: it had changed meanwhile"),
    "lift_proposed": pgettext_lazy("breaker act", "proposed to lift it"),
    "lift_refused": pgettext_lazy("breaker act", "refused to lift it"),
    "lift_lapsed": pgettext_lazy("breaker act", "the proposal to lift it lapsed: it had changed meanwhile"),
    "trip_upheld": pgettext_lazy("breaker act", "reviewed the trip: in order"),
    "trip_objected": pgettext_lazy("breaker act", "reviewed the trip: objected"),
    "expiry_upheld": pgettext_lazy("breaker act", "reviewed that it ran out: in order"),
    "expiry_objected": pgettext_lazy("breaker act", "reviewed that it ran out: objected"),
    "appealed": pgettext_lazy("breaker act", "entered an appeal"),
    "answered": pgettext_lazy("breaker act", "answered the appeal"),
}
FIELDS = {
    "window_days": gettext_lazy("Window in days"),
    "trip_at": gettext_lazy("Trips at"),
    "probation_trip_at": gettext_lazy("Trips on probation at"),
    "clear_at": gettext_lazy("Closes below"),
    "confirmed_factor": gettext_lazy("What proved true weighs times"),
    "cooldown_hours": gettext_lazy("Hours before it can be lifted"),
    "probation_days": gettext_lazy("Days of probation"),
    "expire_days": gettext_lazy("Days until it runs out"),
    "review_days": gettext_lazy("Days for the review"),
}


def number(value: float) -> str:
    return f"{value:g}"


def effect(code: str) -> str:
    return str(Effect(code).label) if code in Effect.values else code


def effects(codes: list[str] | tuple[str, ...]) -> str:
    return _(", ").join(effect(code) for code in codes)


def due(moment: datetime | None, now: datetime) -> times.Deadline | None:
    """How far away a moment is, as a deadline is said."""
    return None if moment is None else times.until(moment, now)


def gauge(breaker: Breaker) -> dict[str, Any]:
    """{points, threshold, share (percent of the bar), label}: points against what trips it from where it stands; of a tripped one the
    points it tripped at."""
    limit = threshold(breaker.policy.terms, breaker.status)
    told = {"points": number(breaker.points), "threshold": number(limit)}
    return told | {
        "share": f"{min(breaker.points / limit, 1) * 100:.0f}",
        "label": _("%(points)s of %(threshold)s points") % told,
    }


def entry(one: BreakerEntry) -> str:
    """What happened, with the reason or note; amounts where it tripped."""
    told = str(VERBS.get(one.kind, one.kind))
    if one.kind == "tripped" and one.data.get("alerts"):
        facts = {"points": number(one.data["points"]), "threshold": number(one.data.get("threshold", 0))}
        told = _("tripped it: %(points)s points, threshold %(threshold)s") % facts
    parts = [told, str(one.data.get("reference", "")), str(one.data.get("reason", "")), str(one.data.get("note", ""))]
    return _("; ").join(part for part in parts if part)
