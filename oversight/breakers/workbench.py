"""What waits for a person at the workbench: reviews, and proposals of others to trip or lift."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.breakers.lists import names_of, subject_of
from oversight.breakers.models import Breaker, BreakerReview
from oversight.breakers.services import LIFT, TRIP
from oversight.breakers.states import DECIDING, PROPOSING
from oversight.breakers.visibility import visible_breakers
from oversight.cases.models import Approval
from oversight.center.requests import MARKS, Line, line
from oversight.viewer import Viewer


@dataclass(frozen=True)
class Waiting:
    """A line: what kind of thing, about whom, who asked, since when."""

    number: str
    kind: str
    title: str
    who: str
    at: datetime
    label: str


def to_decide(viewer: Viewer) -> list[Waiting]:
    """One query for supervisors and two for who decides, where nothing waits."""
    if viewer.roles.isdisjoint(PROPOSING) or not viewer.person.officer:
        return []
    seen, own = visible_breakers(viewer.user, viewer.grants), viewer.user
    reviews = list(
        BreakerReview.objects.filter(state=BreakerReview.State.WAITING, breaker__in=seen.filter(trips__gt=0))
        .exclude(asked_by=own)
        .exclude(decided_by=own)
        .select_related("breaker", "entry")
    )
    asked: list[Approval] = []
    if not viewer.roles.isdisjoint(DECIDING):
        waiting = Approval.objects.filter(kind__in=(TRIP, LIFT), state=Approval.State.ASKED, about__in=seen.values("number"))
        asked = list(waiting.exclude(asked_by=own).select_related("asked_by"))
    if not reviews and not asked:
        return []
    breakers = {one.number: one for one in Breaker.objects.filter(number__in=[one.about for one in asked])}
    breakers |= {one.breaker.number: one.breaker for one in reviews}
    names = names_of(list(breakers.values()))
    titles = {number: f"{number} {subject_of(one, names).column}" for number, one in breakers.items()}
    return [
        *(
            Waiting(one.breaker.number, _("Review of a breaker"), titles[one.breaker.number], "", one.entry.at, one.get_kind_display())
            for one in reviews
        ),
        *(
            Waiting(
                one.about,
                _("Breaker"),
                titles[one.about],
                str(one.asked_by),
                one.asked_at,
                _("to be tripped") if one.kind == TRIP else _("to be lifted"),
            )
            for one in asked
        ),
    ]


def lines(viewer: Viewer) -> list[Line]:
    """The same as lines of the workbench."""
    return [
        line(
            one.kind,
            one.title,
            one.who,
            one.at,
            mark=MARKS["asked"],
            label=one.label,
            url=reverse("breakers:breaker", args=[one.number]),
        )
        for one in to_decide(viewer)
    ]
