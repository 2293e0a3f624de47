"""Which alerts are about the same business: kept as pairs, brought up to date from the event stream.

Two alerts are related when they stand on the same rows: any row in common if both are about the same subject, at least half of the rows of
the larger one otherwise (so that a unit's alert over five hundred rows does not swallow those of its staff). A sum of weak signals is
related to the alerts its signals raised. Events get their place after commit and in one order, so of two alerts raised at once the later
one finds the earlier: no pair is missed.
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from oversight.center.models import RelatedAlerts, RelatedHead
from risk.alerts.hit_rows import FRAME
from risk.alerts.models import Alert, AlertEvent, AlertEvidence, Hit

log = logging.getLogger(__name__)

# Whoever has just acted waits for the listener, so it takes few; a backlog, as after a sweep of history, is the timetable's.
AT_ONCE = 200
BY_THE_CLOCK = 2_000
# Events after which an alert may stand on other rows than before.
EVIDENCE_CHANGED = (AlertEvent.Kind.RAISED, AlertEvent.Kind.CHANGED, AlertEvent.Kind.RECURRED)
Pair = tuple[int, int]


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
    touched = set(touched) | _sums_over(touched)
    RelatedAlerts.objects.filter(Q(first__in=touched) | Q(second__in=touched)).delete()
    found = pairs_of(touched)
    RelatedAlerts.objects.bulk_create(
        [RelatedAlerts(first_id=a, second_id=b) for a, b in sorted(found)], batch_size=1000, ignore_conflicts=True
    )


@dataclass(frozen=True)
class _Known:
    """What decides whether two alerts that share rows are related."""

    matter: int
    frame: str
    subject: tuple[str, str]
    rows: int


def pairs_of(touched: Collection[int]) -> set[Pair]:
    """The pairs, smaller id first, of which at least one side is among `touched`. Alerts of one matter need no pair."""
    shared = _shared_rows(touched)
    known = _known({one for pair in shared for one in pair})
    found = {pair for pair, rows in shared.items() if _related(known[pair[0]], known[pair[1]], rows)}
    return found | _sums_and_their_signals(touched)


def _related(one: _Known, other: _Known, rows: int) -> bool:
    if one.matter == other.matter or one.frame != other.frame:
        return False
    return one.subject == other.subject or 2 * rows >= max(one.rows, other.rows)


def _shared_rows(touched: Collection[int]) -> dict[Pair, int]:
    """How many row numbers each pair has in common; numbers of different frames are different rows, which the caller tells apart."""
    table = connection.ops.quote_name(AlertEvidence._meta.db_table)
    numbers = sorted(touched)
    shared: dict[Pair, int] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(numbers), 500):
            some = numbers[start : start + 500]
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(
                f"SELECT mine.alert_id, theirs.alert_id, COUNT(*) FROM {table} mine JOIN {table} theirs ON theirs.row_id = mine.row_id "
                f"AND theirs.alert_id <> mine.alert_id WHERE mine.alert_id IN ({marks}) GROUP BY mine.alert_id, theirs.alert_id",
                some,
            )
            shared |= {(min(a, b), max(a, b)): rows for a, b, rows in cursor.fetchall()}
    return shared


def _known(alerts: Collection[int]) -> dict[int, _Known]:
    found = Alert.objects.filter(pk__in=alerts).values_list(
        "pk", "matter_id", "rule__frame", "subject_kind", "subject_code", "evidence_count"
    )
    return {pk: _Known(matter, frame, (kind, code), rows) for pk, matter, frame, kind, code, rows in found}


def _sums_over(touched: Collection[int]) -> set[int]:
    """The alerts that add up signals about the subjects of these."""
    codes = Alert.objects.filter(pk__in=touched).values_list("subject_code", flat=True)
    return set(Alert.objects.filter(rule__frame=FRAME, subject_code__in=set(codes)).values_list("pk", flat=True))


def _sums_and_their_signals(touched: Collection[int]) -> set[Pair]:
    """A sum's evidence are hits; each belongs to the alert of its rule, subject and bucket."""
    sums: dict[int, list[int]] = defaultdict(list)
    for hit, alert in AlertEvidence.objects.filter(alert__in=touched, alert__rule__frame=FRAME).values_list("row_id", "alert_id"):
        sums[hit].append(alert)
    hits = Hit.objects.filter(pk__in=list(sums)).values_list("pk", "rule_id", "subject_kind", "subject_code", "bucket")
    keys = {pk: tuple(key) for pk, *key in hits}
    wanted = Alert.objects.filter(subject_code__in={str(key[2]) for key in keys.values()}, rule__in={key[0] for key in keys.values()})
    raised = {tuple(key): pk for pk, *key in wanted.values_list("pk", "rule_id", "subject_kind", "subject_code", "bucket")}
    ends = [(alert, raised[key]) for hit, key in keys.items() if key in raised for alert in sums[hit]]
    return {(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]}
