"""Which term runs for a party of a case: its own, or that of what it has been given to do beside, an order say."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from oversight.cases.clocks import ending
from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Approval, Case, CaseEntry, Party
from oversight.cases.services import DISPATCH

# As expressions on Party: a condition, and the moments the first term under it begins and ends, the end null where none runs.
OfParty = Callable[[], Any]
_given: list[tuple[OfParty, OfParty, OfParty]] = []
# What begins the terms of a party anew.
BEGINS = ("party.called", "party.returned")


def register_terms(*, covers: OfParty, begins: OfParty, ends: OfParty) -> None:
    """While `covers` holds, the party answers by the terms of a higher area, which says when the first `begins` and `ends`; its duty is
    told there."""
    if (covers, begins, ends) not in _given:
        _given.append((covers, begins, ends))


def with_terms(parties: QuerySet[Party]) -> QuerySet[Party]:
    """With `term_end`: when the term ends that runs for the party, to sign, then to report; null where nothing is wanted of it now. And
    with `term_begun`: when it began."""
    given = [When(covers(), then=ends()) for covers, _begins, ends in _given]
    own = [When(status=Party.Status.WAITING, then=F("sign_due_at")), When(status=Party.Status.SIGNED, then=F("due_at"))]
    begun = [When(covers(), then=Coalesce(begins(), F("case__opened_at"))) for covers, begins, _ends in _given]
    called, moment = Coalesce(_last_called(), F("case__opened_at")), models.DateTimeField()
    ends = models.Case(*given, *own, output_field=moment)
    return parties.annotate(**{"term_end": ends, "term_begun": models.Case(*begun, default=called, output_field=moment)})


def _last_called() -> Subquery:
    """When the party was called or given its duty back, the last time."""
    entries = CaseEntry.objects.filter(case=OuterRef("case"), about=_about(), kind__in=BEGINS)
    return Subquery(entries.order_by("-id").values("at")[:1])


def _about() -> Concat:
    """What the record calls the party of the outer query, as Party.about."""
    return Concat(OuterRef("case__number"), Value("/"), Cast(OuterRef("place"), CharField()), output_field=CharField())


def without_given(parties: QuerySet[Party]) -> QuerySet[Party]:
    """Those whose own term is all that is wanted of them."""
    for covers, _begins, _ends in _given:
        parties = parties.exclude(covers())
    return parties


def parties_by(clock: str, now: datetime) -> QuerySet[Party]:
    """Parties whose running term stands so: a key of oversight.cases.clocks.CLOCKS."""
    return with_terms(Party.objects.all()).filter(ending(clock, due="term_end", begun="term_begun", now=now))


def late_parties(now: datetime) -> QuerySet[Party]:
    """Parties that have not done by the end of its term what is wanted of them now."""
    return parties_by("overdue", now)


def handled(clock: str, now: datetime, **of: Any) -> Q:
    """Cases being handled of which the term of a party (one that is as `of` says) stands so, as a condition on Case."""
    return Q(models.Exists(parties_by(clock, now).filter(case=OuterRef("pk"), **of)), status=Case.Status.HANDLING)


def raised(clock: str, now: datetime) -> Q:
    """Cases with an escalation, not finished, whose term stands so, as a condition on Case."""
    found = Escalation.objects.filter(ending(clock, due="due_at", begun="raised_at", now=now), case=OuterRef("pk"))
    return Q(models.Exists(found.exclude(status=Escalation.Status.FINISHED)))


def undecided(clock: str, now: datetime) -> Q:
    """Cases whose dispatch waits for a leader whose term stands so, as a condition on Case."""
    asked = Approval.objects.filter(about=OuterRef("number"), kind=DISPATCH, state=Approval.State.ASKED)
    return Q(models.Exists(asked.filter(ending(clock, due="due_at", begun="asked_at", now=now))), status=Case.Status.ASKED)


def overdue(now: datetime) -> Q:
    """Cases being handled of which a party is late, as a condition on Case."""
    return handled("overdue", now)
