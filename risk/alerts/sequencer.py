"""The one that gives events their place in the stream, after their transactions have committed.

Row ids are taken before commit, so a reader that remembers the last id would skip an event that commits late. Positions are given
under a lock, in committed order: whoever has seen position n has been offered everything up to n.
"""

from collections.abc import Callable

from django.db import transaction

from risk.alerts.models import AlertEvent, StreamHead

AT_ONCE = 5_000
_listeners: list[Callable[[int], object]] = []


def on_sequenced(listener: Callable[[int], object]) -> None:
    """Register who is told, after commit, that the stream has grown to a position."""
    if listener not in _listeners:
        _listeners.append(listener)


def sequence_events() -> int:
    """Give positions to all committed events that have none, tell the listeners, and return the last position given.

    Rung by whoever wrote events, after commit, and swept by the timetable; running it twice at once is harmless.
    """
    grown, position = False, 0
    while True:
        given, position = _sequence_some()
        grown = grown or given > 0
        if given < AT_ONCE:
            break
    if grown:
        for listener in _listeners:
            listener(position)
    return position


@transaction.atomic
def _sequence_some() -> tuple[int, int]:
    if not AlertEvent.objects.filter(position=None).exists():
        return 0, StreamHead.objects.values_list("position", flat=True).first() or 0
    head, _created = StreamHead.objects.select_for_update().get_or_create(pk=1)
    waiting = list(AlertEvent.objects.filter(position=None).order_by("id")[:AT_ONCE])
    for number, event in enumerate(waiting, start=head.position + 1):
        event.position = number
    AlertEvent.objects.bulk_update(waiting, ["position"], batch_size=500)
    head.position += len(waiting)
    head.save(update_fields=["position"])
    return len(waiting), head.position
