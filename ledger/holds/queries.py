"""Reading holds: what stands upon a subject, and whether it may still do something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from ledger.holds.models import Effect, Hold
from ledger.holds.services import code_of


def in_force(at: datetime) -> Q:
    """Holds that have begun and are not over at a moment."""
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at)) & (Q(lifted_at=None) | Q(lifted_at__gt=at))


def standing(subject_kind: str, subject_code: str, at: datetime) -> QuerySet[Hold]:
    """The holds upon a subject at a moment, the oldest first."""
    return Hold.objects.filter(in_force(at), subject_kind=subject_kind, subject_code=code_of(subject_code)).order_by("starts_at", "id")


@dataclass(frozen=True)
class Question:
    """May this subject do this (one of Effect but `all`; "": anything at all) at this moment?"""

    subject_kind: str
    subject_code: str
    at: datetime
    action: str = ""


@dataclass(frozen=True)
class Verdict:
    """What stands in the way of one question; nothing where it is allowed."""

    question: Question
    holds: tuple[Hold, ...]

    @property
    def allowed(self) -> bool:
        return not self.holds

    @property
    def until(self) -> datetime | None:
        """When the last of them ends by itself; None when one has no end of its own, or none stands."""
        ends = [hold.ends_at for hold in self.holds]
        return max(end for end in ends if end) if ends and all(ends) else None


def verdicts(questions: Sequence[Question]) -> list[Verdict]:
    """An answer for each question in order, with one query over an index, however many there are."""
    codes: dict[str, set[str]] = {}
    for one in questions:
        codes.setdefault(one.subject_kind, set()).add(code_of(one.subject_code))
    if not codes:
        return []
    upon = reduce(or_, (Q(subject_kind=kind, subject_code__in=of_kind) for kind, of_kind in codes.items()))
    found: dict[tuple[str, str], list[Hold]] = {}
    # Sorted here: for the few rows there are, an ORDER BY costs more to write than to do.
    for hold in sorted(Hold.objects.filter(upon), key=lambda hold: (hold.starts_at, hold.pk)):
        found.setdefault((hold.subject_kind, hold.subject_code), []).append(hold)
    return [Verdict(one, tuple(_in_the_way(one, found.get((one.subject_kind, code_of(one.subject_code)), ())))) for one in questions]


def _in_the_way(question: Question, holds: Sequence[Hold]) -> list[Hold]:
    return [
        hold
        for hold in holds
        if hold.starts_at <= question.at
        and (hold.ends_at is None or hold.ends_at > question.at)
        and (hold.lifted_at is None or hold.lifted_at > question.at)
        and question.action in ("", hold.effect if hold.effect != Effect.ALL else question.action)
    ]
