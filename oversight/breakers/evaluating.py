"""What breakers do by themselves: trip, run out, close. Looked at by the clock; each turn is one transaction and happens once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from ledger.holds.models import Hold
from ledger.holds.services import lift, place
from ledger.kit import locks
from ledger.kit.numbers import random_number
from ledger.roster.models import User
from oversight.breakers.core import Step, Terms, counting, next_step, points, threshold
from oversight.breakers.models import Breaker, BreakerEntry, BreakerPolicy, BreakerReview
from oversight.breakers.record import turn
from oversight.breakers.states import BREAKER, Act
from oversight.breakers.subjects import unit_of
from oversight.breakers.visibility import recuse
from oversight.breakers.warned import FromAlert, Subject, warnings_of

Status = Breaker.Status


def evaluate_breakers(now: datetime | None = None) -> int:
    """Look at every subject that has warnings or a breaker; returns how many turned.

    What would not change is found out with three queries for all; the others are looked at again, each under its lock. Any number of these
    may run at once.
    """
    now = now or timezone.now()
    armed = {policy.subject_kind: policy for policy in BreakerPolicy.objects.filter(state=BreakerPolicy.State.ARMED)}
    known = {
        (one.subject_kind, one.subject_code): one
        for one in Breaker.objects.exclude(status=Status.CLOSED, points=0).select_related("policy")
    }
    if not armed and not known:
        return 0
    policies = [*armed.values(), *(one.policy for one in known.values())]
    longest = max(policy.terms.window_days for policy in policies)
    warned = warnings_of(kinds={policy.subject_kind for policy in policies}, since=now - timedelta(days=longest), until=now)
    turned = 0
    for subject in sorted({*warned, *known}):
        if _changes(known.get(subject), armed.get(subject[0]), warned.get(subject, []), now):
            turned += evaluate(subject, now) is not None
    return turned


def _changes(breaker: Breaker | None, armed: BreakerPolicy | None, warned: list[FromAlert], now: datetime) -> bool:
    policy = _policy(breaker, armed)
    if policy is None:
        return breaker is not None and breaker.points > 0
    if breaker is None:
        return points(warned, policy.terms, now) > 0
    same = breaker.points == points(warned, policy.terms, now, breaker.counts_from)
    return not same or next_step(breaker.standing, warned, policy.terms, now) is not None


def _policy(breaker: Breaker | None, armed: BreakerPolicy | None) -> BreakerPolicy | None:
    """Whose terms hold: of a breaker that has tripped those of then, until it is closed again."""
    return armed if breaker is None or breaker.status == Status.CLOSED else breaker.policy


@transaction.atomic
def evaluate(subject: Subject, now: datetime) -> Step | None:
    """Bring one subject's breaker up to date, and let it do what it does by itself. The second of two at once finds it done."""
    kind, code = subject
    locks.hold(f"breaker:{kind}:{code}")
    breaker = (
        Breaker.objects.select_for_update(of=("self",))
        .select_related("policy", "unit")
        .filter(subject_kind=kind, subject_code=code)
        .first()
    )
    policy = _policy(breaker, BreakerPolicy.objects.filter(subject_kind=kind, state=BreakerPolicy.State.ARMED).first())
    if policy is None:
        Breaker.objects.filter(subject_kind=kind, subject_code=code).update(points=0, evaluated_at=now)
        return None
    terms = policy.terms
    warned = warnings_of(kinds=[kind], since=now - terms.window, until=now, subject_code=code).get(subject, [])
    if breaker is None:
        breaker = make_breaker(subject, policy, now, latest=warned[-1].unit if warned else None)
    breaker.policy, breaker.points, breaker.evaluated_at = policy, points(warned, terms, now, breaker.counts_from), now
    step = next_step(breaker.standing, warned, terms, now)
    if step is None:
        breaker.save(update_fields=["policy", "points", "evaluated_at"])
        return None
    assert BREAKER.move(Act(step.value), breaker.status) is not None
    if step == Step.TRIP:
        counted = [one for one in counting(warned, terms, now, breaker.counts_from) if isinstance(one, FromAlert)]
        breaker.unit = unit_of(kind, code, counted[-1].unit)
        trip(breaker, now, alerts=[one.alert for one in counted], threshold=threshold(terms, breaker.status))
    elif step == Step.EXPIRE:
        expire(breaker, now)
    else:
        breaker.probation_until = None
        turn(breaker, "closed", Status.CLOSED, at=now, points=breaker.points)
    return step


def make_breaker(subject: Subject, policy: BreakerPolicy, now: datetime, *, latest: int | None = None) -> Breaker:
    kind, code = subject
    made = Breaker.objects.create(
        number=random_number("RD", now),
        subject_kind=kind,
        subject_code=code,
        unit=unit_of(kind, code, latest),
        policy=policy,
        evaluated_at=now,
    )
    recuse(made)
    return made


def trip(
    breaker: Breaker, now: datetime, *, asked_by: User | None = None, actor: User | None = None, address: str = "", **data: object
) -> None:
    """Open it and place its holds at once; somebody else must review it.

    It ends by itself after its term, unless an earlier end of its own is still unreviewed: then only two people let it go on, so that no
    two in a row pass without anybody looking.
    """
    terms = breaker.policy.terms
    unreviewed = breaker.reviews.filter(kind=BreakerReview.Kind.EXPIRY, state=BreakerReview.State.WAITING).exists()
    breaker.trips += 1
    breaker.tripped_at, breaker.probation_until = now, None
    breaker.expires_at = None if unreviewed else now + timedelta(days=terms.expire_days)
    for effect in terms.effects:
        place(
            subject_kind=breaker.subject_kind,
            subject_code=breaker.subject_code,
            effect=effect,
            cause=Hold.Cause.BREAKER,
            cause_number=breaker.number,
            starts_at=now,
            ends_at=breaker.expires_at,
        )
    entry = turn(breaker, "tripped", Status.OPEN, at=now, actor=actor, address=address, points=breaker.points, **data)
    recuse(breaker)
    _ask_review(breaker, entry, BreakerReview.Kind.TRIP, terms, now, asked_by=asked_by, decided_by=actor)


def expire(breaker: Breaker, now: datetime) -> None:
    """Nobody has lifted it: its holds are over, its probation begins, and somebody must say why nobody did."""
    entry = to_probation(breaker, "expired", now)
    _ask_review(breaker, entry, BreakerReview.Kind.EXPIRY, breaker.policy.terms, now)


def to_probation(
    breaker: Breaker, kind: str, now: datetime, *, actor: User | None = None, address: str = "", **data: object
) -> BreakerEntry:
    """From open to half open: what stands of its holds ends, and what was issued until now is answered for."""
    lift(cause_number=breaker.number, at=now)
    breaker.expires_at, breaker.counts_from, breaker.points = None, now, 0
    breaker.probation_until = now + timedelta(days=breaker.policy.terms.probation_days)
    return turn(breaker, kind, Status.HALF_OPEN, at=now, actor=actor, address=address, **data)


def _ask_review(
    breaker: Breaker,
    entry: BreakerEntry,
    kind: str,
    terms: Terms,
    now: datetime,
    *,
    asked_by: User | None = None,
    decided_by: User | None = None,
) -> None:
    BreakerReview.objects.create(
        breaker=breaker,
        entry=entry,
        kind=kind,
        asked_by=asked_by,
        decided_by=decided_by,
        due_at=now + timedelta(days=terms.review_days),
    )
