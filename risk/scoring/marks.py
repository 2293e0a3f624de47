"""What must be scored again, written down in the transaction that changed the ledger."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from django.db.models import Max, Min
from django.utils import timezone

from ledger.journal import bulk
from ledger.journal.changes import LedgerChange, RosterChange
from ledger.journal.models import Transaction
from risk.frames import bases
from risk.rules.models import Reach
from risk.scoring.models import DirtyMark
from risk.scoring.plan import ready_on
from risk.scoring.touched import Touched
from risk.scoring.watching import Lane, Watcher, about, watched, watchers

MANY_SUBJECTS = 100
LONG_SPAN = timedelta(days=45)
# Frames that only few rules read beside their own rows, by the kind under which the ledger tells of changes.
BESIDE = {"holds": "holds"}

Days = dict[date, bool]


def mark_ledger_change(change: LedgerChange) -> None:
    """Stamp the subjects and days that a batch touched: by their new and their old picture, and those of rows that refer to them.

    A rule of wider reach is stamped for all subjects of those days: who else may look different, only its detector can say. So is a lane
    of which more subjects were touched than are worth telling apart.
    """
    batch = Touched(change)
    _write({lane: _touched_of(batch, lane, columns) for lane, columns in watched().items()})
    _mark_followers(change)


def _touched_of(batch: Touched, lane: Lane, columns: Mapping[str, Iterable[str]]) -> dict[str, Days]:
    """Days by subject; under no subject those of all."""
    touched: dict[str, Days] = {}
    if lane[2] != Reach.SUBJECT or batch.many(columns, MANY_SUBJECTS):
        for line in columns:
            for day, quiet in batch.days(line).items():
                _note(touched.setdefault("", {}), day, quiet)
        return touched
    for line, used in columns.items():
        for column in used:
            for code, day, quiet in batch.subjects(line, column):
                _note(touched.setdefault(code, {}), day, quiet)
    return touched


def _note(days: Days, day: date, quiet: bool) -> None:
    days[day] = days.get(day, True) and quiet


def _mark_followers(change: LedgerChange) -> None:
    """Records that take their day and people from transactions look different when those do."""
    for frame, base in bases().items():
        rows = [row for row in change.rows if (row.new.line, row.new.action) in base.follows] if base.follows else []
        if rows:
            days = {row.new.event_day for row in rows} | {row.old["event_day"] for row in rows if row.old is not None}
            _write_rules(watchers(frame), dict.fromkeys(days, False))


def _write(touched: Mapping[Lane, dict[str, Days]]) -> None:
    bulk.insert_all(
        [mark for lane, subjects in touched.items() for key, days in subjects.items() for mark in _of_days(lane, days, key=key)]
    )


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
    """Late shifts, postings and roster changes: the days of those units (or people) look different now. So do those of changed records.

    Only days that have rows are marked: a posting that is still held would have every day to come looked at, to no purpose.
    """
    frame = next((name for name, base in bases().items() if base.told == change.kind), None)
    if frame is not None:
        fresh = [mark_of(rule.lane, change.first_day, change.last_day, rule_code=rule.code, quiet=False) for rule in watchers(frame)]
        DirtyMark.objects.bulk_create(fresh)
        return
    if change.kind in BESIDE:
        _mark_readers(change)
        return
    rows = Transaction.objects.filter(event_day__range=(change.first_day, change.last_day))
    if change.unit_codes:
        rows = rows.filter(unit_code__in=change.unit_codes)
    if change.staff_nos:
        rows = rows.filter(handler_no__in=change.staff_nos)
    days_of_lines = {
        line: (first, last) for line, first, last in rows.order_by().values_list("line").annotate(Min("event_day"), Max("event_day"))
    }
    marks = []
    for lane, columns in watched().items():
        spans = [days_of_lines[line] for line in columns if line in days_of_lines]
        if spans:
            marks.append(mark_of(lane, min(first for first, _last in spans), max(last for _first, last in spans)))
    for rule in watchers():
        span = bases()[rule.frame].span()
        if span is not None and max(change.first_day, span[0]) <= min(change.last_day, span[1]):
            marks.append(mark_of(rule.lane, max(change.first_day, span[0]), min(change.last_day, span[1]), rule_code=rule.code))
    DirtyMark.objects.bulk_create(marks, batch_size=1000)


def _mark_readers(change: RosterChange) -> None:
    """The rules that read the frame, on the days of the change for which they have rows; days to come are marked by the rows that come."""
    marks = []
    for rule in watchers(BESIDE[change.kind]):
        span = bases()[rule.frame].span()
        if span is not None and max(change.first_day, span[0]) <= min(change.last_day, span[1]):
            marks.append(
                mark_of(rule.lane, max(change.first_day, span[0]), min(change.last_day, span[1]), rule_code=rule.code, quiet=False)
            )
    DirtyMark.objects.bulk_create(marks)


def mark_subject(frame: str, code: str, first_day: date, last_day: date) -> None:
    """Rows of one subject that came into a frame of few records: its days, for the rules about that frame."""
    DirtyMark.objects.bulk_create(
        mark_of(lane, first_day, last_day, key=code if lane[2] == Reach.SUBJECT else "", rule_code=rule_code, quiet=False)
        for rule_code, lane in about(frame).items()
    )


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
