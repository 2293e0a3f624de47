"""Policies: written as versions, played over history, armed by a second person. Each act is one transaction."""

from dataclasses import asdict
from datetime import datetime
from math import isfinite
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit import locks
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.kit.numbers import random_number
from ledger.roster.models import Unit, User
from oversight.breakers.core import Terms
from oversight.breakers.defaults import KINDS, POSSIBLE
from oversight.breakers.models import BreakerPolicy
from oversight.breakers.simulating import simulate
from oversight.breakers.states import DECIDING, PROPOSING
from oversight.cases import approvals
from oversight.cases.approvals import content_hash
from oversight.cases.models import Approval
from oversight.cases.people import Person

State = BreakerPolicy.State
ARM, DISARM = "arming", "disarming"
BOUNDS = {
    "window_days": (7, 365),
    "cooldown_hours": (0, 720),
    "probation_days": (1, 365),
    "expire_days": (1, 180),
    "review_days": (1, 30),
}


def checked(kind: str, given: dict[str, Any]) -> Terms:
    """Terms as they can be. Raises BadInput for the first that cannot."""
    try:
        terms = Terms(**given | {"weights": tuple(map(float, given["weights"])), "effects": tuple(given["effects"])})
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(_("Fill in every field of the policy with a number.")) from error
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(terms, name) <= most:
            raise BadInput(_("%(field)s is %(least)d to %(most)d.") % {"field": label(name), "least": least, "most": most})
    if (
        len(terms.weights) != 4
        or not all(map(isfinite, terms.weights))
        or sorted(terms.weights) != list(terms.weights)
        or not 0 <= terms.weights[0] <= terms.weights[3] <= 1000
    ):
        raise BadInput(_("Weights are four numbers from 0 to 1000 that do not fall from blue to red."))
    if not 1 <= terms.confirmed_factor <= 10:
        raise BadInput(_("What proved true weighs 1 to 10 times as much: never less than what did not."))
    if not 0 < terms.clear_at <= terms.probation_trip_at <= terms.trip_at <= 10_000:
        raise BadInput(_("Thresholds rise: closing, tripping on probation, tripping; all above 0."))
    if not terms.effects or not set(terms.effects) <= set(POSSIBLE[kind]):
        raise BadInput(_("Choose what stops, from what may stop for this kind of subject."))
    return terms


def label(name: str) -> str:
    return {
        "window_days": _("Window in days"),
        "cooldown_hours": _("Hours before it can be lifted"),
        "probation_days": _("Days of probation"),
        "expire_days": _("Days until it runs out"),
        "review_days": _("Days for the review"),
    }[name]


@transaction.atomic
def save_policy(*, subject_kind: str, given: dict[str, Any], actor: User, address: str = "") -> BreakerPolicy:
    """A new version, a draft. Raises BadInput for terms that cannot be or that are those of the latest version, NotAllowed."""
    if subject_kind not in KINDS:
        raise NotFound(_("There is no such kind of policy."))
    _must(actor, PROPOSING)
    terms = checked(subject_kind, given)
    content = asdict(terms) | {"weights": list(terms.weights), "effects": [str(effect) for effect in terms.effects]}
    locks.hold(f"breaker-policy:{subject_kind}")
    latest = BreakerPolicy.objects.filter(subject_kind=subject_kind).order_by("-version").first()
    if latest is not None and latest.digest == content_hash(content) and latest.state != State.RETIRED:
        raise Conflict(_("These terms are those of version %(version)d already; nothing was written.") % {"version": latest.version})
    now = timezone.now()
    made = BreakerPolicy.objects.create(
        number=random_number("FA", now),
        subject_kind=subject_kind,
        version=(latest.version if latest else 0) + 1,
        content=content,
        digest=content_hash(content),
        drafted_by=actor,
        drafted_at=now,
    )
    record("breaker_policy.drafted", actor=actor, target=made.number, address=address, kind=subject_kind, version=made.version)
    return made


@transaction.atomic
def simulate_policy(*, number: str, actor: User, address: str = "", now: datetime | None = None) -> BreakerPolicy:
    """Play a draft over the last twelve months, and beside it what is armed, over the same; kept with the draft."""
    _must(actor, PROPOSING)
    policy, now = _locked(number), now or timezone.now()
    if policy.state != State.DRAFT:
        raise Conflict(_("Only a draft is simulated; this version is %(state)s.") % {"state": policy.get_state_display()})
    armed = BreakerPolicy.objects.filter(subject_kind=policy.subject_kind, state=State.ARMED).first()
    policy.simulation = simulate(policy.subject_kind, policy.terms, now) | {
        "armed": simulate(armed.subject_kind, armed.terms, now)["trips"] if armed else None
    }
    policy.simulated_digest, policy.simulated_at = content_hash(policy.content), now
    policy.save(update_fields=["simulation", "simulated_digest", "simulated_at"])
    approvals.lapse(about=policy.number, kind=ARM)
    record("breaker_policy.simulated", actor=actor, target=number, address=address, trips=len(policy.simulation["trips"]))
    return policy


@transaction.atomic
def ask_policy(*, number: str, actor: User, address: str = "") -> BreakerPolicy:
    """Ask that a draft be armed, or that the armed one be disarmed; another person decides. Raises Conflict before it was simulated."""
    _must(actor, PROPOSING)
    policy = _locked(number)
    kind = _asks_for(policy)
    approvals.ask(about=number, kind=kind, content=_content(policy), actor=actor)
    record(f"breaker_policy.{kind}_asked", actor=actor, target=number, address=address)
    return policy


def _asks_for(policy: BreakerPolicy) -> str:
    if policy.state == State.RETIRED:
        raise Conflict(_("This version is retired; write a new one."))
    if policy.state == State.DRAFT and policy.simulated_digest != policy.digest:
        raise Conflict(_("Simulate it on history first: nobody arms what nobody has seen at work."))
    return ARM if policy.state == State.DRAFT else DISARM


def _content(policy: BreakerPolicy) -> dict[str, Any]:
    """What the decision binds to: the terms and what was seen of them."""
    simulation = policy.simulation or {}
    return {"terms": policy.digest, "simulated_at": simulation.get("to", ""), "trips": len(simulation.get("trips", ()))}


@transaction.atomic
def decide_policy(*, number: str, approve: bool, actor: User, note: str = "", address: str = "") -> BreakerPolicy:
    """Arm or disarm as was asked, or refuse. Raises NotAllowed for the author and for who asked, Conflict when nothing waits."""
    _must(actor, DECIDING)
    policy = _locked(number)
    kind = _asks_for(policy)
    if approve and kind == ARM and policy.drafted_by_id == actor.pk:
        raise NotAllowed(_("Somebody else must arm this: you wrote it."))
    decided = approvals.decide(about=number, kind=kind, approve=approve, content=_content(policy), actor=actor, note=note.strip()[:2000])
    if decided.state == Approval.State.APPROVED:
        if kind == ARM:
            _arm(policy, actor)
        else:
            _retire(policy)
    record(f"breaker_policy.{kind}_{decided.state}", actor=actor, target=number, address=address)
    return policy


def _arm(policy: BreakerPolicy, actor: User) -> None:
    locks.hold(f"breaker-policy:{policy.subject_kind}")
    for old in BreakerPolicy.objects.select_for_update().filter(subject_kind=policy.subject_kind, state=State.ARMED):
        _retire(old)
    policy.state, policy.armed_by, policy.armed_at = State.ARMED, actor, timezone.now()
    policy.save(update_fields=["state", "armed_by", "armed_at"])


def _retire(policy: BreakerPolicy) -> None:
    policy.state, policy.retired_at = State.RETIRED, timezone.now()
    policy.save(update_fields=["state", "retired_at"])
    approvals.lapse(about=policy.number, kind=DISARM)


def _locked(number: str) -> BreakerPolicy:
    found = BreakerPolicy.objects.select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no policy %(number)s.") % {"number": number})
    return found


def _must(actor: User, roles: tuple[Any, ...]) -> None:
    """Policies hold for the whole detachment, so they are written and armed by who acts for all of it."""
    root = Unit.objects.order_by("path").values_list("path", flat=True).first() or ""
    if not Person.of(actor).may(*roles, over=root):
        raise NotAllowed(
            _("Policies are written by officers of the detachment's centre, and armed by a leader or the discipline inspection.")
        )
