"""Which alerts are about the same business (`risk.alerts.related`): kept as pairs, brought up to date from the event stream.

Events get their place after commit and in one order, so of two alerts raised at once the later one finds the earlier: no pair is missed.
"""

import logging
from collections.abc import Collection

from django.db import DatabaseError, transaction
from django.db.models import Q

from oversight.center.models import RelatedAlerts, RelatedHead
from risk.alerts.models import AlertEvent
from risk.alerts.related import pairs_of, sums_over

log = logging.getLogger(__name__)

# Whoever has just acted waits for the listener, so it takes few; a backlog, as after a sweep of history, is the timetable's.
AT_ONCE = 200
BY_THE_CLOCK = 2_000
# Events after which an alert may stand on other rows than before.
EVIDENCE_CHANGED = (AlertEvent.Kind.RAISED, AlertEvent.Kind.CHANGED, AlertEvent.Kind.RECURRED)


def relate_new(position: int = 0, *, most: int = AT_ONCE) -> None:
    """Compare what changed since the last time, at most `most` events of it; called when the stream has grown and by the timetable.

    A failure is logged: lists then show alerts of one matter apart until the next call, which goes on at the same place.
    """
    try:
        relate(most)
    except DatabaseError as error:
        log.warning("related alerts were not compared, the timetable will: %s", error)


def relate(most: int = AT_ONCE) -> int:
    """Compare the alerts of the next events; returns how many events were read."""
    known = RelatedHead.objects.values_list("position", flat=True).first() or 0
    return _relate_next(most) if AlertEvent.objects.filter(position__gt=known).exists() else 0


@transaction.atomic
def _relate_next(most: int) -> int:
    head, _created = RelatedHead.objects.select_for_update().get_or_create(pk=1)
    events = AlertEvent.objects.filter(position__gt=head.position).order_by("position").values_list("position", "alert_id", "kind")
    read = list(events[:most])
    touched = {alert for _position, alert, kind in read if kind in EVIDENCE_CHANGED}
    if touched:
        replace_pairs(touched)
    if read:
        head.position = read[-1][0] or head.position
        head.save(update_fields=["position"])
    return len(read)


def replace_pairs(touched: Collection[int]) -> None:
    """Forget the pairs of these alerts and find them again."""
    touched = set(touched) | sums_over(touched)
    RelatedAlerts.objects.filter(Q(first__in=touched) | Q(second__in=touched)).delete()
    found = pairs_of(touched)
    RelatedAlerts.objects.bulk_create(
        [RelatedAlerts(first_id=a, second_id=b) for a, b in sorted(found)], batch_size=1000, ignore_conflicts=True
    )
