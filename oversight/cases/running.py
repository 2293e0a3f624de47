"""Which term runs for a party of a case: its own, or that of what it has been given to do beside, an order say."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, When

from oversight.cases.models import Case, Party

# As expressions on Party: a condition, and the moment the first term under it ends, null where none runs.
OfParty = Callable[[], Any]
_given: list[tuple[OfParty, OfParty]] = []


def register_terms(*, covers: OfParty, ends: OfParty) -> None:
    """While `covers` holds, the party answers by the terms of a higher area, which says when the first `ends`; its duty is told there."""
    if (covers, ends) not in _given:
        _given.append((covers, ends))


def with_terms(parties: QuerySet[Party]) -> QuerySet[Party]:
    """With `term_end`: when the term ends that runs for the party, to sign, then to report; null where nothing is wanted of it now."""
    given = [When(covers(), then=ends()) for covers, ends in _given]
    own = [When(status=Party.Status.WAITING, then=F("sign_due_at")), When(status=Party.Status.SIGNED, then=F("due_at"))]
    return parties.annotate(**{"term_end": models.Case(*given, *own, output_field=models.DateTimeField())})


def without_given(parties: QuerySet[Party]) -> QuerySet[Party]:
    """Those whose own term is all that is wanted of them."""
    for covers, _ends in _given:
        parties = parties.exclude(covers())
    return parties


def late_parties(now: datetime) -> QuerySet[Party]:
    """Parties that have not done by the end of its term what is wanted of them now."""
    return with_terms(Party.objects.all()).filter(**{"term_end__lte": now})


def overdue(now: datetime) -> Q:
    """Cases being handled of which a party is late, as a condition on Case."""
    return Q(models.Exists(late_parties(now).filter(case=OuterRef("pk"))), status=Case.Status.HANDLING)
