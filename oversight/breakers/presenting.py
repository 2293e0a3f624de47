"""One breaker: why it tripped, what stands still, what that costs, what is missing before it goes on, and everything that happened."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.holds.models import Hold
from ledger.holds.queries import in_force
from ledger.kit.days import SHANGHAI
from oversight.breakers import services, words
from oversight.breakers.blast import Blast, blast_of
from oversight.breakers.core import threshold
from oversight.breakers.lists import names_of, possible, subject_of
from oversight.breakers.models import Breaker, BreakerEntry, BreakerReview
from oversight.cases.models import Approval
from oversight.center.presenters import words as alert_words
from oversight.center.presenters.times import full_time, short_time
from oversight.viewer import Viewer
from risk.alerts.sentences import title

Status = Breaker.Status


def page_context(breaker: Breaker, viewer: Viewer) -> dict[str, Any]:
    """What breakers/breaker.html prints."""
    now, subject = timezone.now(), subject_of(breaker, names_of([breaker]))
    acts = possible(breaker, viewer)
    entries = list(breaker.entries.select_related("actor").order_by("-id"))
    reviews = list(breaker.reviews.select_related("entry", "reviewed_by").order_by("-id"))
    asked = {one.kind: one for one in Approval.objects.filter(about=breaker.number, state=Approval.State.ASKED).select_related("asked_by")}
    return {
        "breaker": {
            "number": breaker.number,
            "subject": f"{subject.column} {subject.code}".strip(),
            "kind": breaker.get_subject_kind_display(),
            "unit": breaker.unit.name,
            "state": breaker.status,
            "status": breaker.get_status_display(),
            "mark": words.MARKS[Status(breaker.status)],
            "sentence": sentence(breaker),
            "gauge": words.gauge(breaker),
            "policy": f"{breaker.policy.get_subject_kind_display()} v{breaker.policy.version}",
            "trips": breaker.trips,
            "tripped": full_time(breaker.tripped_at) if breaker.tripped_at else "",
            "ends": words.due(breaker.expires_at, now),
            "endless": breaker.status == Status.OPEN and breaker.expires_at is None,
            "probation": probation(breaker, now) if breaker.status == Status.HALF_OPEN else None,
        },
        "holds": _holds(breaker, now),
        "tripped_by": _tripped_by(entries, viewer),
        "blast": blast_context(blast_of(breaker.subject_kind, breaker.subject_code, now)),
        "conditions": _conditions(breaker, asked, now) if breaker.status == Status.OPEN else [],
        "requests": {kind: _request(one, viewer) for kind, one in asked.items()},
        "reviews": [_review(one, viewer, "review" in acts, now) for one in reviews],
        "appeals": [
            _appeal(one, viewer, "answer" in acts) for one in breaker.appeals.select_related("entered_by", "answered_by").order_by("-id")
        ],
        "timeline": [
            {"time": short_time(one.at, now), "at_full": full_time(one.at), "actor": str(one.actor or ""), "text": words.entry(one)}
            for one in entries
        ],
        "may": {act: act in acts for act in ("decide_trip", "decide_lift", "appeal")}
        | {"propose_lift": "propose_lift" in acts and services.LIFT not in asked},
        "urls": {act: reverse(f"breakers:{act}", args=[breaker.number]) for act in ("trip", "lift", "appeal", "answer", "review")},
        "typed": {},
    }


def sentence(breaker: Breaker) -> str:
    """Where it stands, in one sentence."""
    terms = breaker.policy.terms
    facts = {
        "window": terms.window_days,
        "points": words.number(breaker.points),
        "threshold": words.number(threshold(terms, breaker.status)),
        "effects": words.effects(terms.effects),
        "clear": words.number(terms.clear_at),
    }
    if breaker.status == Status.OPEN:
        return _("Tripped: %(effects)s stopped.") % facts
    if breaker.status == Status.HALF_OPEN:
        return _("On probation: %(points)s points since; trips again at %(threshold)s, closes by itself below %(clear)s.") % facts
    return _("In business: %(points)s points in %(window)d days, trips at %(threshold)s.") % facts


def probation(breaker: Breaker, now: datetime) -> dict[str, Any]:
    """{share (percent served), ends, text}"""
    begun, until = breaker.counts_from or now, breaker.probation_until or now
    served, whole = (now - begun).total_seconds(), max((until - begun).total_seconds(), 1)
    days = {"served": min(max((now - begun).days, 0), (until - begun).days), "whole": (until - begun).days}
    return {
        "share": f"{min(max(served / whole, 0), 1) * 100:.0f}",
        "ends": words.due(until, now) if until > now else None,
        "text": _("%(served)d of %(whole)d days served") % days,
    }


def _holds(breaker: Breaker, now: datetime) -> list[dict[str, Any]]:
    found = Hold.objects.filter(in_force(now), cause_number=breaker.number).order_by("id")
    return [
        {
            "number": one.number,
            "effect": one.get_effect_display(),
            "since": short_time(one.starts_at, now),
            "ends": words.due(one.ends_at, now),
        }
        for one in found
    ]


def _tripped_by(entries: list[BreakerEntry], viewer: Viewer) -> list[dict[str, Any]]:
    """The alerts that counted when it last tripped, as far as the person sees them."""
    last = next((one for one in entries if one.kind == "tripped"), None)
    numbers = last.data.get("alerts", []) if last else []
    found = viewer.alerts.filter(number__in=numbers).select_related("rule_version__rule", "warning").order_by("warning__at")
    language = get_language() or "zh-hans"
    return [
        {
            "number": one.number,
            "url": reverse("center:alert", args=[one.number]) if viewer.watches else "",
            "level": one.warning.level,
            "title": f"{one.rule.code} {title(one.rule_version, language)}",
            "issued": short_time(one.warning.at),
            "state": str(one.get_outcome_display()) if one.outcome else alert_words.status(one),
        }
        for one in found
    ]


def blast_context(blast: Blast) -> dict[str, Any]:
    """What breakers/_blast.html prints."""
    return {
        "lines": [
            {"title": alert_words.line_title(one.line), "short": one.short, "long": one.long, "a_day": f"{one.a_day:.1f}"}
            for one in blast.lines
        ],
        "short": blast.short,
        "long": blast.long,
        "units": blast.units,
        "open_items": blast.open_items,
        "waiting": blast.waiting,
        "others": blast.others,
    }


def _conditions(breaker: Breaker, asked: dict[str, Approval], now: datetime) -> list[dict[str, Any]]:
    """What must be so before it is lifted: {text, met}."""
    cool, lift = services.cool_from(breaker), asked.get(services.LIFT)
    cooled = _("open for %(hours)d hours (from %(time)s)") % {
        "hours": breaker.policy.terms.cooldown_hours,
        "time": f"{cool.astimezone(SHANGHAI):%m-%d %H:%M}" if cool else "",
    }
    reference = lift.content.get("reference", "") if lift else ""
    return [
        {"text": cooled, "met": cool is None or now >= cool},
        {
            "text": _("a rectification accepted since the trip: %(number)s") % {"number": reference}
            if reference
            else _("a rectification accepted since the trip"),
            "met": bool(reference),
        },
        {
            "text": _("proposed by %(name)s") % {"name": str(lift.asked_by)} if lift else _("proposed by one person"),
            "met": lift is not None,
        },
        {"text": _("decided by another: a leader or the discipline inspection"), "met": False},
    ]


def _request(one: Approval, viewer: Viewer) -> dict[str, Any]:
    return {
        "who": str(one.asked_by),
        "time": short_time(one.asked_at),
        "note": one.content.get("note") or one.content.get("reason", ""),
        "reference": one.content.get("reference", ""),
        "own": one.asked_by_id == viewer.user.pk,
    }


def _review(one: BreakerReview, viewer: Viewer, may: bool, now: datetime) -> dict[str, Any]:
    waiting = one.state == BreakerReview.State.WAITING
    return {
        "pk": one.pk,
        "kind": one.get_kind_display(),
        "of": short_time(one.entry.at, now),
        "state": one.get_state_display(),
        "waiting": waiting,
        "due": words.due(one.due_at, now) if waiting else None,
        "by": str(one.reviewed_by) if one.reviewed_by else "",
        "at": short_time(one.reviewed_at, now) if one.reviewed_at else "",
        "note": one.note,
        "may": waiting and may and viewer.user.pk not in (one.asked_by_id, one.decided_by_id),
    }


def _appeal(one: Any, viewer: Viewer, may: bool) -> dict[str, Any]:
    return {
        "text": one.text,
        "by": str(one.entered_by),
        "at": short_time(one.entered_at),
        "answer": one.answer,
        "answered_by": str(one.answered_by) if one.answered_by else "",
        "answered_at": short_time(one.answered_at) if one.answered_at else "",
        "may": one.answered_by_id is None and may and one.entered_by_id != viewer.user.pk,
        "waits": one.answered_by_id is None,
    }
