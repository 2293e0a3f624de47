"""Transactions counted by source, event day and line, in the transaction that brings or moves them."""

from collections import Counter
from datetime import date

from django.db.models import Count

from ledger.journal import bulk
from ledger.journal.changes import LedgerChange
from ledger.journal.models import DailyCount, Transaction

CHUNK = 1000
PLACE = ("source", "day", "line")
_Place = tuple[str, date, str]  # source, event day, line


def count_ledger_change(change: LedgerChange) -> None:
    """Bring the counts up to a batch. Whoever writes a batch holds the lock of its source, so no other batch counts the same days."""
    moved: Counter[_Place] = Counter()
    for row in change.rows:
        moved[row.new.source, row.new.event_day, row.new.line] += 1
        if row.old is not None:
            moved[row.old["source"], row.old["event_day"], row.old["line"]] -= 1
    _add({place: difference for place, difference in moved.items() if difference})


def recount(source: str | None = None) -> None:
    """Count anew what is in the journal; of one source, or of all. Part of the caller's transaction."""
    doomed = DailyCount.objects.all() if source is None else DailyCount.objects.filter(source=source)
    doomed.delete()
    rows = Transaction.objects.all() if source is None else Transaction.objects.filter(source=source)
    found = rows.order_by().values_list("source", "event_day", "line").annotate(rows=Count("id"))
    DailyCount.objects.bulk_create(
        [DailyCount(source=of, day=day, line=line, rows=number) for of, day, line, number in found], batch_size=CHUNK
    )


def _add(moved: dict[_Place, int]) -> None:
    places = sorted(moved)
    for start in range(0, len(places), CHUNK):
        part = places[start : start + CHUNK]
        found = DailyCount.objects.filter(source__in={place[0] for place in part}, day__in={place[1] for place in part})
        known = {(source, day, line): (rows, key) for source, day, line, rows, key in found.values_list(*PLACE, "rows", "id")}
        after = {place: _sound(place, known.get(place, (0, 0))[0] + moved[place]) for place in part}
        bulk.insert_rows(DailyCount, (*PLACE, "rows"), [(*place, rows) for place, rows in after.items() if place not in known])
        bulk.update_rows(DailyCount, ("rows",), [(rows, known[place][1]) for place, rows in after.items() if place in known])


def _sound(place: _Place, rows: int) -> int:
    """A count below zero means that rows came past the services; the ledger itself knows better, and a batch is not lost over it."""
    return rows if rows >= 0 else Transaction.objects.filter(source=place[0], event_day=place[1], line=place[2]).count()
