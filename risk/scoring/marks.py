"""What must be scored again, written down in the transaction that changed the ledger."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from ledger.journal.changes import LedgerChange, RosterChange, RowChange
from ledger.journal.models import Transaction
from ledger.kit.days import event_day
from risk.frames import bases
from risk.frames.transaction_base import FIELDS, FRESH_DAYS, subject_code
from risk.rules.models import Reach
from risk.scoring.models import DirtyMark
from risk.scoring.plan import ready_on
from risk.scoring.watching import Lane, Watcher, watched, watchers

MANY_SUBJECTS = 400
LONG_SPAN = timedelta(days=45)

Days = dict[date, bool]


def _picture(row: Transaction) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*FIELDS.values(), "line", "event_day", "attrs")}


def mark_ledger_change(change: LedgerChange) -> None:
    """Stamp the subjects and days that a batch touched: by their new and their old picture, and those of rows that refer to them.

    A rule of wider reach is stamped for all subjects of those days: who else may look different, only its detector can say.
    """
    lanes = watched()
    touched: dict[Lane, dict[str, Days]] = {}
    for row, quiet in _pictures(change):
        for lane, columns in lanes.items():
            used = columns.get(row["line"])
            if used is None:
                continue
            codes = {subject_code(row, column) for column in used} - {""} if lane[2] == Reach.SUBJECT else {""}
            for code in codes:
                _note(touched.setdefault(lane, {}).setdefault(code, {}), row["event_day"], quiet)
    _write(touched)
    _mark_followers(change)


def _note(days: Days, day: date, quiet: bool) -> None:
    days[day] = days.get(day, True) and quiet


def _pictures(change: LedgerChange) -> Iterator[tuple[dict[str, Any], bool]]:
    for row in change.rows:
        quiet = change.backfill or event_day(row.new.arrived_at) - row.new.event_day > FRESH_DAYS
        yield _picture(row.new), quiet
        if row.old is not None:
            yield row.old, quiet
    for picture in _referring(change.rows):
        yield picture, True


def _referring(rows: Iterable[RowChange]) -> Iterator[dict[str, Any]]:
    """Rows whose related_serial names a touched one: a rule about the pair is filed under them. What only steps changed is not asked."""
    touched = {(row.new.source, row.new.serial_no) for row in rows if not row.steps}
    numbers = sorted({serial for _source, serial in touched})
    # Without the source in the query, and with what the index leaves out said, SQLite takes the index of related serials.
    naming = Transaction.objects.exclude(related_serial="")
    for start in range(0, len(numbers), 500):
        found = naming.filter(related_serial__in=numbers[start : start + 500])
        for row in found.values(*FIELDS.values(), "source", "related_serial", "line", "event_day", "attrs"):
            if (row["source"], row["related_serial"]) in touched:
                yield row


def _mark_followers(change: LedgerChange) -> None:
    """Records that take their day and people from transactions look different when those do."""
    for frame, base in bases().items():
        rows = [row for row in change.rows if (row.new.line, row.new.action) in base.follows] if base.follows else []
        if rows:
            days = {row.new.event_day for row in rows} | {row.old["event_day"] for row in rows if row.old is not None}
            _write_rules(watchers(frame), dict.fromkeys(days, False))


def _write(touched: Mapping[Lane, dict[str, Days]]) -> None:
    marks: list[DirtyMark] = []
    for lane, subjects in touched.items():
        if len(subjects) > MANY_SUBJECTS:
            subjects = {"": _merged(subjects.values())}
        for key, days in subjects.items():
            marks += _of_days(lane, days, key=key)
    DirtyMark.objects.bulk_create(marks, batch_size=1000)


def _write_rules(rules: Iterable[Watcher], days: Days) -> None:
    """Marks for all subjects of single rules."""
    marks = [mark for rule in rules for mark in _of_days(rule.lane, days, rule_code=rule.code)]
    DirtyMark.objects.bulk_create(marks, batch_size=1000)


def _of_days(lane: Lane, days: Days, *, key: str = "", rule_code: str = "") -> Iterator[DirtyMark]:
    for quiet in (False, True):
        for first, last in _runs(sorted(day for day, is_quiet in days.items() if is_quiet is quiet)):
            yield mark_of(lane, first, last, key=key, rule_code=rule_code, quiet=quiet)


def mark_of(
    lane: Lane, first: date, last: date, *, key: str = "", rule_code: str = "", quiet: bool = True, after: date | None = None
) -> DirtyMark:
    """A mark that is not saved yet."""
    line, kind, reach = lane
    return DirtyMark(
        line=line,
        subject_kind=kind,
        reach=reach,
        key=key,
        rule_code=rule_code,
        first_day=first,
        last_day=last,
        after=after,
        ready_on=ready_on(max(first, after + timedelta(days=1)) if after else first) if reach == Reach.PEER else None,
        quiet=quiet,
        created_at=timezone.now(),
    )


def _merged(all_days: Iterable[Days]) -> Days:
    merged: Days = {}
    for days in all_days:
        for day, quiet in days.items():
            _note(merged, day, quiet)
    return merged


def _runs(days: list[date]) -> Iterator[tuple[date, date]]:
    """Sorted days as ranges; a gap longer than LONG_SPAN starts a new range, so that one late row does not drag in a year."""
    if not days:
        return
    first = last = days[0]
    for day in days[1:]:
        if day - last > LONG_SPAN:
            yield first, last
            first = day
        last = day
    yield first, last


def mark_roster_change(change: RosterChange) -> None:
    """Late shifts, postings and roster changes: the days of those units (or people) look different now. So do those of changed records."""
    frame = next((name for name, base in bases().items() if base.told == change.kind), None)
    if frame is not None:
        fresh = [mark_of(rule.lane, change.first_day, change.last_day, rule_code=rule.code, quiet=False) for rule in watchers(frame)]
        DirtyMark.objects.bulk_create(fresh)
        return
    rows = Transaction.objects.filter(event_day__range=(change.first_day, change.last_day))
    if change.unit_codes:
        rows = rows.filter(unit_code__in=change.unit_codes)
    if change.staff_nos:
        rows = rows.filter(handler_no__in=change.staff_nos)
    touched_lines = set(rows.order_by().values_list("line", flat=True).distinct())
    lanes = [lane for lane, columns in watched().items() if touched_lines & columns.keys()]
    marks = [mark_of(lane, change.first_day, change.last_day) for lane in lanes]
    marks += [mark_of(rule.lane, change.first_day, change.last_day, rule_code=rule.code) for rule in watchers()]
    DirtyMark.objects.bulk_create(marks, batch_size=1000)


def mark_everything(*, first_day: date | None = None, last_day: date | None = None, rule_codes: Iterable[str] = ()) -> int:
    """Order a sweep of all subjects over a range of days (of all there is, where none is given), of all rules or of those named.

    Returns the number of ranges written.
    """
    spans = {name: base.span() for name, base in bases().items()}
    codes = set(rule_codes)
    marks = []

    def order(lane: Lane, frame: str, rule_code: str = "") -> None:
        span = spans.get(frame)
        if span is not None and (first_day or span[0]) <= (last_day or span[1]):
            marks.append(mark_of(lane, first_day or span[0], last_day or span[1], rule_code=rule_code))

    if not codes:
        for lane in watched():
            order(lane, "transactions")
    for rule in watchers(every=True):
        if rule.code in codes or (not codes and rule.frame != "transactions"):
            order(rule.lane, rule.frame, rule.code)
    DirtyMark.objects.bulk_create(marks)
    return len(marks)
