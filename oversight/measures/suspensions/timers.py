"""What the clock does to suspensions: that a last day comes, and that it is over without lifting, is entered once for each last day."""

from django.db import transaction

from oversight.cases.models import CaseEntry
from oversight.cases.record import enter
from oversight.measures.suspensions.kind import KIND, SOON
from oversight.measures.suspensions.models import STANDING, Suspension


def note_last_days() -> int:
    """Enter what is new; how many. May run twice, or twice at once."""
    standing = Suspension.objects.filter(status__in=STANDING).order_by("pk")
    return sum(_note(one.pk) for one in standing if one.days_left <= SOON)


@transaction.atomic
def _note(pk: int) -> bool:
    one = Suspension.objects.select_for_update(of=("self",)).select_related("case").get(pk=pk)
    if one.status not in STANDING or one.days_left > SOON:
        return False
    note, term = "overran" if one.days_left < 0 else "soon", {"last_day": f"{one.ends_on}"}
    kind = f"{KIND.one}.{note}"
    if CaseEntry.objects.filter(about=one.number, kind=kind, data__last_day=term["last_day"]).exists():
        return False
    enter(one.case, kind, actor=None, about=one.number, **term)
    return True
