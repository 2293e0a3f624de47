"""What the bell tells of breakers: one that tripped upon a unit or its people, and proposals that wait for a decision."""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.roster.accounts import Role
from oversight.breakers.lists import names_of, subject_of
from oversight.breakers.models import Breaker, BreakerEntry
from oversight.breakers.services import LIFT, TRIP
from oversight.breakers.states import DECIDING
from oversight.breakers.visibility import visible_breakers
from oversight.cases.models import Approval
from oversight.duty.bell import Source, Told, register
from oversight.viewer import Viewer

TRIPPED = "tripped"
UNIT = (Role.SQUAD_LEADER, Role.UNIT_OFFICER)


def register_bell() -> None:
    """Tell the bell of breakers, at start."""
    register("breaker", Source(BreakerEntry, trips_of, "at", _trip_words))
    register("breaker_decision", Source(Approval, decisions_asked, "asked_at", _decision_words))


def trips_of(viewer: Viewer) -> QuerySet[BreakerEntry]:
    """The trips of breakers filed under a unit this person answers for, or one below it; not those they decided themselves."""
    paths = [grant.unit.path for grant in viewer.grants if grant.role in UNIT]
    if not paths:
        return BreakerEntry.objects.none()
    mine = Q(pk__in=())
    for path in paths:
        mine |= Q(unit__path__startswith=path)
    seen = visible_breakers(viewer.user, viewer.grants).filter(mine)
    return BreakerEntry.objects.filter(kind=TRIPPED, breaker__in=seen.values("pk")).exclude(actor=viewer.user)


def decisions_asked(viewer: Viewer) -> QuerySet[Approval]:
    """Proposals to trip or lift that wait for this person; gone once somebody has decided."""
    if viewer.roles.isdisjoint(DECIDING) or not viewer.person.officer:
        return Approval.objects.none()
    seen = visible_breakers(viewer.user, viewer.grants).values("number")
    found = Approval.objects.filter(kind__in=(TRIP, LIFT), state=Approval.State.ASKED, about__in=seen)
    return found.exclude(asked_by=viewer.user)


def _trip_words(found: QuerySet[BreakerEntry], viewer: Viewer) -> dict[int, Told]:
    entries = list(found.select_related("breaker"))
    named = _named([entry.breaker for entry in entries])
    return {
        entry.pk: {"text": _("A breaker tripped in your unit"), "detail": named[entry.breaker.number], "url": _url(entry.breaker.number)}
        for entry in entries
    }


def _decision_words(found: QuerySet[Approval], viewer: Viewer) -> dict[int, Told]:
    asked = list(found)
    named = _named(list(Breaker.objects.filter(number__in=[one.about for one in asked])))
    texts = {TRIP: _("A breaker is proposed to be tripped"), LIFT: _("A breaker is proposed to be lifted")}
    return {one.pk: {"text": texts[one.kind], "detail": named[one.about], "url": _url(one.about)} for one in asked}


def _named(breakers: list[Breaker]) -> dict[str, str]:
    names = names_of(breakers)
    return {one.number: f"{one.number} {subject_of(one, names).column}" for one in breakers}


def _url(number: str) -> str:
    return reverse("breakers:breaker", args=[number])
