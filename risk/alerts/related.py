"""Which alerts are about the same business, and which matters that makes one.

Two alerts are related when they stand on the same rows: any row in common if both are about the same subject, at least half of the rows of
the larger one otherwise (so that a unit's alert over five hundred rows does not swallow those of its staff). A sum of weak signals is
related to the alerts its signals raised.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection

from risk.alerts.hit_rows import FRAME
from risk.alerts.models import Alert, AlertEvidence, Hit

Pair = tuple[int, int]


def joined(listed: Iterable[tuple[int, int]], pairs: Iterable[Pair]) -> dict[int, int]:
    """For each matter that is joined to another, the one that stands for its group; of alerts given with their matters. Pairs with an alert
    that is not listed join nothing."""
    matter_of = dict(listed)
    parent: dict[int, int] = {}

    def find(one: int) -> int:
        while one in parent:
            one = parent[one]
        return one

    for one, other in pairs:
        if one in matter_of and other in matter_of:
            goes, stays = find(matter_of[one]), find(matter_of[other])
            if goes != stays:
                parent[goes] = stays
    return {matter: find(matter) for matter in parent}


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


def sums_over(touched: Collection[int]) -> set[int]:
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
