"""The policies in pages: what is armed, what is drafted, and what a draft would have done to the last twelve months, told as workload."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.kit.days import event_day
from ledger.kit.errors import NotFound
from ledger.roster.models import User
from oversight.access import opens
from oversight.breakers import policies, words
from oversight.breakers.core import Terms
from oversight.breakers.defaults import DEFAULTS, KINDS, POSSIBLE
from oversight.breakers.lists import switch
from oversight.breakers.models import BreakerPolicy, SubjectKind
from oversight.cases.models import Approval
from oversight.center.presenters import words as alert_words
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import full_time, short_time
from oversight.viewer import Viewer
from risk.alerts.models import Alert, Recused
from risk.alerts.recusal import switched_off
from risk.rules.models import LEVELS

State = BreakerPolicy.State
SHOWN = 100


def policies_context(viewer: Viewer) -> dict[str, Any]:
    """What breakers/policies.html prints: one row a kind."""
    armed, drafts = _latest(State.ARMED), _latest(State.DRAFT)
    rows = []
    for kind in KINDS:
        one, draft = armed.get(kind), drafts.get(kind)
        if draft is not None and one is not None and draft.version < one.version:
            draft = None
        terms = one.terms if one else draft.terms if draft else DEFAULTS[kind]
        rows.append(
            {
                "title": SubjectKind(kind).label,
                "url": reverse("breakers:policy", args=[kind]),
                "armed": one and {"version": one.version, "by": str(one.armed_by), "at": short_time(one.armed_at) if one.armed_at else ""},
                "draft": draft and {"version": draft.version, "by": str(draft.drafted_by), "at": short_time(draft.drafted_at)},
                "terms": _told(terms),
                "effects": words.effects(terms.effects),
            }
        )
    return {"switch": switch(viewer, "policies"), "rows": rows}


def _latest(state: str) -> dict[str, BreakerPolicy]:
    found = BreakerPolicy.objects.filter(state=state).select_related("armed_by", "drafted_by").order_by("version")
    return {one.subject_kind: one for one in found}


def _told(terms: Terms) -> str:
    facts = {
        "window": terms.window_days,
        "trip": words.number(terms.trip_at),
        "probation": words.number(terms.probation_trip_at),
        "expire": terms.expire_days,
        "served": terms.probation_days,
    }
    told = _("%(trip)s points in %(window)d days trip; out after %(expire)d days; %(served)d days of probation, tripping at %(probation)s.")
    return told % facts


def policy_context(kind: str, viewer: Viewer, typed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What breakers/policy.html prints: the form, the draft with its simulation, and what is armed. `typed`: what could not be saved."""
    if kind not in KINDS:
        raise NotFound(_("There is no such kind of policy."))
    versions = list(BreakerPolicy.objects.filter(subject_kind=kind).select_related("drafted_by", "armed_by").order_by("-version"))
    armed = next((one for one in versions if one.state == State.ARMED), None)
    draft = versions[0] if versions and versions[0].state == State.DRAFT else None
    shown = draft or armed
    return {
        "switch": switch(viewer, "policies"),
        "kind": kind,
        "title": SubjectKind(kind).label,
        "form": _form(kind, typed or form_values(shown.terms if shown else DEFAULTS[kind])),
        "shipped": not versions,
        "draft": _version(draft, policies.ARM, viewer) if draft else None,
        "armed": _version(armed, policies.DISARM, viewer) if armed else None,
        "simulation": _simulation(shown, viewer) if shown and shown.simulation and "to" in shown.simulation else None,
        "versions": [
            {"version": one.version, "state": one.get_state_display(), "by": str(one.drafted_by), "at": full_time(one.drafted_at)}
            for one in versions
        ],
        "save_url": reverse("breakers:save", args=[kind]),
        "may_write": viewer.person.officer,
    }


def form_values(terms: Terms) -> dict[str, Any]:
    """Terms as the fields of the form hold them."""
    values: dict[str, Any] = {name: words.number(value) for name, value in asdict(terms).items() if name in words.FIELDS}
    values |= {f"weight_{level}": words.number(weight) for level, weight in zip(LEVELS, terms.weights, strict=True)}
    return values | {"effects": list(terms.effects)}


def _form(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "weights": [
            {"name": f"weight_{level}", "label": alert_words.LEVELS[level], "value": values.get(f"weight_{level}", "")} for level in LEVELS
        ],
        "fields": [{"name": name, "label": label, "value": values.get(name, "")} for name, label in words.FIELDS.items()],
        "effects": [{"value": code, "label": words.effect(code), "on": code in values.get("effects", ())} for code in POSSIBLE[kind]],
    }


def _version(policy: BreakerPolicy, kind: str, viewer: Viewer) -> dict[str, Any]:
    asked = Approval.objects.filter(about=policy.number, kind=kind, state=Approval.State.ASKED).select_related("asked_by").first()
    own = asked is not None and asked.asked_by_id == viewer.user.pk
    author = kind == policies.ARM and policy.drafted_by_id == viewer.user.pk
    return {
        "number": policy.number,
        "version": policy.version,
        "by": str(policy.armed_by or policy.drafted_by),
        "at": full_time(policy.armed_at or policy.drafted_at),
        "terms": _told(policy.terms),
        "effects": words.effects(policy.terms.effects),
        "simulated": bool(policy.simulated_digest) and policy.simulated_digest == policy.digest,
        "asked": asked and {"who": str(asked.asked_by), "time": short_time(asked.asked_at)},
        "decides": bool(asked) and not own and not author and opens("breakers:decide_policy", viewer.roles) and viewer.person.officer,
        "urls": {act: reverse(f"breakers:{act}", args=[policy.number]) for act in ("simulate", "ask_policy", "decide_policy")},
    }


def _simulation(policy: BreakerPolicy, viewer: Viewer) -> dict[str, Any]:
    """The trips that the person may know of, and the sentence of what arming would mean a month, against what is armed."""
    told = policy.simulation or {}
    hidden = _recused_from(viewer.user, policy.subject_kind)
    trips = [one for one in told["trips"] if one["code"] not in hidden]
    before = [one for one in told["armed"] if one["code"] not in hidden] if told.get("armed") is not None else None
    names = Names.of_codes({policy.subject_kind: {one["code"] for one in trips[:SHOWN]}})
    rows = []
    for one in trips[:SHOWN]:
        start, end = datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])
        subject = names.named(policy.subject_kind, one["code"], start.date())
        rows.append(
            {
                "subject": f"{subject.column} {subject.code}".strip(),
                "start": _day(one["start"]),
                "days": (end - start).days,
                "points": words.number(one["points"]),
                "items": "–" if one["items"] is None else one["items"],
            }
        )
    return {
        "from": _day(told["from"]),
        "to": _day(told["to"]),
        "sentence": _sentence(trips, before),
        "detail": _detail(trips, told["warnings"] if not hidden else None),
        "rows": rows,
        "more": len(trips) - len(rows),
    }


def _day(moment: str) -> str:
    """The Shanghai day of a moment in ISO."""
    return f"{event_day(datetime.fromisoformat(moment))}"


def _sentence(trips: list[dict[str, Any]], before: list[dict[str, Any]] | None) -> str:
    subjects = {one["code"] for one in trips}
    facts = {"trips": len(trips), "subjects": len(subjects), "month": words.number(round(len(trips) / 12, 1))}
    told = _("Over twelve months: %(trips)d trips of %(subjects)d subjects, %(month)s a month to review and to lift.") % facts
    if before is None:
        return told
    change = {"trips": len(trips) - len(before), "new": len(subjects - {one["code"] for one in before})}
    return told + _("Against what is armed: %(trips)+d trips, %(new)d subjects that it would not have stopped.") % change


def _detail(trips: list[dict[str, Any]], warnings: int | None) -> list[str]:
    """Sentences. `warnings`: from how many, where that tells nothing that is to be hidden."""
    days = sum((datetime.fromisoformat(one["end"]) - datetime.fromisoformat(one["start"])).days for one in trips)
    items = sum(one["items"] or 0 for one in trips)
    told = [_("Stopped for %(days)d days in all, in which %(items)d items were handled.") % {"days": days, "items": items}]
    if warnings is not None:
        told.append(_("From %(warnings)d issued warnings.") % {"warnings": warnings})
    return [*told, _("Nobody lifts in a simulation: every trip stands until it runs out.")]


def _recused_from(user: User, kind: str) -> set[str]:
    """Codes of the subjects from which the person is recused by some alert, as everybody is from those about themselves."""
    if not user.staff_no:
        return set()
    own: QuerySet[Recused] = Recused.objects.filter(alert=OuterRef("pk"), staff_no=user.staff_no).exclude(reason__in=switched_off())
    return {*Alert.objects.filter(Exists(own), subject_kind=kind).values_list("subject_code", flat=True)}
