"""What people do with a breaker: trip it by hand and let it go on, each by two; review, appeal and answer. Each act is one transaction."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.holds.services import code_of
from ledger.kit import locks
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict, NotAllowed
from ledger.roster.models import User
from oversight.breakers import evaluating, rectifications
from oversight.breakers.models import Breaker, BreakerAppeal, BreakerPolicy, BreakerReview
from oversight.breakers.record import begin, enter
from oversight.breakers.states import Act
from oversight.breakers.subjects import exists
from oversight.cases import approvals
from oversight.cases.models import Approval
from oversight.cases.record import take_part
from risk.alerts.acting import checked_note

REASON = 5
TRIP, LIFT = "trip", "lift"


@transaction.atomic
def propose_trip(
    *, subject_kind: str, subject_code: str, reason: str, actor: User, address: str = "", now: datetime | None = None
) -> Breaker:
    """Ask that a subject be stopped by hand; another person decides.

    Raises BadInput for nobody on the roster, and without an armed policy.
    """
    now, code, reason = now or timezone.now(), code_of(subject_code), checked_note(reason, least=REASON)
    policy = BreakerPolicy.objects.filter(subject_kind=subject_kind, state=BreakerPolicy.State.ARMED).first()
    if policy is None:
        raise BadInput(_("No policy of this kind is armed, so nothing says what would stop; arm one first."))
    if not exists(subject_kind, code):
        raise BadInput(_("There is no such subject on the roster; give its number or code."))
    locks.hold(f"breaker:{subject_kind}:{code}")
    found = Breaker.objects.filter(subject_kind=subject_kind, subject_code=code).first()
    made = found or evaluating.make_breaker((subject_kind, code), policy, now)
    breaker = begin(Act.PROPOSE_TRIP, made.number, actor)
    approvals.ask(about=breaker.number, kind=TRIP, content=_trip_content(breaker, reason), actor=actor)
    take_part(breaker.trip_number, actor, TRIP)
    enter(breaker, "trip_proposed", at=now, actor=actor, address=address, reason=reason)
    return breaker


def _trip_content(breaker: Breaker, reason: str) -> dict[str, Any]:
    return {"trip": breaker.trip_number, "status": breaker.status, "reason": reason}


@transaction.atomic
def decide_trip(*, number: str, approve: bool, actor: User, note: str = "", address: str = "", now: datetime | None = None) -> Breaker:
    """Stop it, or refuse with a reason. Raises NotAllowed for who proposed it, Conflict when nothing waits or it has moved since."""
    now = now or timezone.now()
    breaker = begin(Act.DECIDE_TRIP, number, actor)
    asked = _asked(breaker, TRIP)
    reason = str(asked.content.get("reason", ""))
    if not _decide(breaker, asked, _trip_content(breaker, reason), approve, actor, note, address, now):
        return breaker
    take_part(breaker.trip_number, actor, TRIP)
    armed = BreakerPolicy.objects.filter(subject_kind=breaker.subject_kind, state=BreakerPolicy.State.ARMED).first()
    breaker.policy = armed or breaker.policy
    evaluating.trip(breaker, now, asked_by=asked.asked_by, actor=actor, address=address, reason=reason, alerts=[])
    return breaker


@transaction.atomic
def propose_lift(*, number: str, reference: str, note: str, actor: User, address: str = "", now: datetime | None = None) -> Breaker:
    """Ask that a breaker be lifted after a rectification that was accepted (`reference`: its number); another person decides.

    Raises BadInput where there is no such rectification, Conflict within the cooldown, NotAllowed for who tripped it by hand.
    """
    now, note = now or timezone.now(), checked_note(note, least=REASON)
    breaker = begin(Act.PROPOSE_LIFT, number, actor)
    cool = cool_from(breaker)
    if cool is not None and now < cool:
        raise Conflict(_("It tripped only just; it can be lifted from %(time)s on.") % {"time": f"{cool.astimezone(SHANGHAI):%m-%d %H:%M}"})
    approvals.ask(about=breaker.number, kind=LIFT, content=_lift_content(breaker, reference, note, actor), actor=actor)
    take_part(breaker.trip_number, actor, LIFT)
    enter(breaker, "lift_proposed", at=now, actor=actor, address=address, reference=reference.strip(), note=note)
    return breaker


def cool_from(breaker: Breaker) -> datetime | None:
    """From when an open breaker can be lifted."""
    return breaker.tripped_at + timedelta(hours=breaker.policy.terms.cooldown_hours) if breaker.tripped_at else None


def _lift_content(breaker: Breaker, reference: str, note: str, actor: User) -> dict[str, Any]:
    found = rectifications.accepted(actor, reference, breaker)
    return {"trip": breaker.trip_number, "reference": found.number, "accepted_at": found.at.isoformat(), "note": note}


@transaction.atomic
def decide_lift(*, number: str, approve: bool, actor: User, note: str = "", address: str = "", now: datetime | None = None) -> Breaker:
    """Let it go on, on probation, or refuse with a reason.

    Raises NotAllowed for who proposed it or tripped it by hand, BadInput where the rectification is not accepted any more.
    """
    now = now or timezone.now()
    breaker = begin(Act.DECIDE_LIFT, number, actor)
    asked = _asked(breaker, LIFT)
    reference, said = str(asked.content.get("reference", "")), str(asked.content.get("note", ""))
    content = _lift_content(breaker, reference, said, actor) if approve else asked.content
    if not _decide(breaker, asked, content, approve, actor, note, address, now):
        return breaker
    take_part(breaker.trip_number, actor, LIFT)
    evaluating.to_probation(breaker, "lifted", now, actor=actor, address=address, reference=reference, note=note.strip())
    return breaker


def _asked(breaker: Breaker, kind: str) -> Approval:
    waiting = Approval.objects.filter(about=breaker.number, kind=kind, state=Approval.State.ASKED).select_related("asked_by").first()
    if waiting is None:
        raise Conflict(_("Nothing waits for your decision here any more; open the page again."))
    return waiting


def _decide(
    breaker: Breaker, asked: Approval, content: dict[str, Any], approve: bool, actor: User, note: str, address: str, now: datetime
) -> bool:
    """Whether it is approved. A refusal, and a lapse because what was asked for has changed, are written down."""
    note = checked_note(note, least=0 if approve else REASON)
    decided = approvals.decide(about=breaker.number, kind=asked.kind, approve=approve, content=content, actor=actor, note=note)
    if decided.state == Approval.State.APPROVED:
        return True
    ended = "lapsed" if decided.state == Approval.State.LAPSED else "refused"
    enter(breaker, f"{asked.kind}_{ended}", at=now, actor=actor, address=address, note=note)
    return False


@transaction.atomic
def review(
    *, number: str, review_id: int, uphold: bool, note: str, actor: User, address: str = "", now: datetime | None = None
) -> BreakerReview:
    """Say whether a trip, or one that ran out, was in order. Raises NotAllowed for who tripped it, Conflict when it was said already."""
    now, note = now or timezone.now(), checked_note(note, least=REASON)
    breaker = begin(Act.REVIEW, number, actor)
    found = breaker.reviews.select_for_update().filter(pk=review_id).first()
    if found is None or found.state != BreakerReview.State.WAITING:
        raise Conflict(_("This was reviewed already; nothing was written."))
    if actor.pk in (found.asked_by_id, found.decided_by_id):
        raise NotAllowed(_("Somebody else must review this: you tripped it."))
    found.state = BreakerReview.State.UPHELD if uphold else BreakerReview.State.OBJECTED
    found.reviewed_by, found.reviewed_at, found.note = actor, now, note
    found.save(update_fields=["state", "reviewed_by", "reviewed_at", "note"])
    enter(breaker, f"{found.kind}_{found.state}", at=now, actor=actor, address=address, note=note)
    return found


@transaction.atomic
def appeal(*, number: str, text: str, actor: User, address: str = "", now: datetime | None = None) -> BreakerAppeal:
    """Enter what the subject says against it. Raises Conflict while an earlier appeal waits for its answer."""
    now, text = now or timezone.now(), checked_note(text, least=REASON)
    breaker = begin(Act.APPEAL, number, actor)
    if breaker.appeals.filter(answered_by=None).exists():
        raise Conflict(_("An appeal waits for its answer already; nothing was written."))
    made = BreakerAppeal.objects.create(breaker=breaker, text=text, entered_by=actor, entered_at=now)
    enter(breaker, "appealed", at=now, actor=actor, address=address, note=text)
    return made


@transaction.atomic
def answer(*, number: str, text: str, actor: User, address: str = "", now: datetime | None = None) -> BreakerAppeal:
    """Answer the appeal that waits. Raises NotAllowed for who entered it, Conflict when none waits."""
    now, text = now or timezone.now(), checked_note(text, least=REASON)
    breaker = begin(Act.ANSWER, number, actor)
    found = breaker.appeals.select_for_update().filter(answered_by=None).first()
    if found is None:
        raise Conflict(_("No appeal waits for an answer here; nothing was written."))
    if found.entered_by_id == actor.pk:
        raise NotAllowed(_("Somebody else must answer this: you entered it."))
    found.answer, found.answered_by, found.answered_at = text, actor, now
    found.save(update_fields=["answer", "answered_by", "answered_at"])
    enter(breaker, "answered", at=now, actor=actor, address=address, note=text)
    return found
