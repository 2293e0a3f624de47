"""What must be scored again, written down in the transaction that changed the ledger."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from django.db.models import Max, Min, Q
from django.utils import timezone

from ledger.journal import bulk
from ledger.journal.changes import LedgerChange, RosterChange
from ledger.journal.models import Transaction
from risk.frames import TRANSACTIONS, bases
from risk.rules.models import Reach
from risk.scoring.models import DirtyMark
from risk.scoring.plan import ready_on
from risk.scoring.touched import Touched
from risk.scoring.watching import Lane, Read, Watcher, about, readers, watched, watchers

MANY_SUBJECTS = 100
LONG_SPAN = timedelta(days=45)
# The frames in which stands what the ledger tells of, by the kind under which it tells it.
STANDS_IN = {
    "units": ("units", "openings"),
    "agencies": ("agencies",),
    "posts": (),
    "staff": ("staff",),
    "postings": ("postings",),
    "shifts": ("openings",),
    "holds": ("holds",),
}
# Business under a hold is looked for before all that was only known wrongly.
HEARD_AT_ONCE = frozenset({"holds"})

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
    """Late shifts, postings, holds and roster changes: the days on which rows look different to the rules that read them.

    Only days that have rows are marked: a posting that is still held would have every day to come looked at, to no purpose.
    """
    frame = next((name for name, base in bases().items() if base.told == change.kind), None)
    if frame is not None:
        fresh = [mark_of(rule.lane, change.first_day, change.last_day, rule_code=rule.code, quiet=False) for rule in watchers(frame)]
        DirtyMark.objects.bulk_create(fresh)
        return
    quiet = change.kind not in HEARD_AT_ONCE
    days: dict[Watcher, list[tuple[date, date]]] = {}
    rows = _Rows(change)
    for rule, read in readers(STANDS_IN[change.kind]):
        found = rows.days(read) if rule.frame == TRANSACTIONS else _cut(bases()[rule.frame].span(), _held_against(change, read))
        days.setdefault(rule, []).extend([found] if found else [])
    if change.kind not in HEARD_AT_ONCE:
        # Records take their unit, people and whom they are about from the roster, whatever a rule reads besides.
        for rule in watchers():
            found = _cut(bases()[rule.frame].span(), (change.first_day, change.last_day))
            days.setdefault(rule, []).extend([found] if found else [])
    DirtyMark.objects.bulk_create(
        (
            mark_of(rule.lane, min(first for first, _last in found), max(last for _first, last in found), rule_code=rule.code, quiet=quiet)
            for rule, found in days.items()
            if found
        ),
        batch_size=1000,
    )


def _held_against(change: RosterChange, read: Read) -> tuple[date, date]:
    """The event days of rows that are held against what changed; those of nearly all rules are its own days."""
    before, after = read.around
    reach = (change.first_day - date.min).days, (date.max - change.last_day).days
    return change.first_day - timedelta(days=min(after, reach[0])), change.last_day + timedelta(days=min(before, reach[1]))


def _cut(span: tuple[date, date] | None, days: tuple[date, date]) -> tuple[date, date] | None:
    """The part of the days in which there are rows."""
    if span is None or max(span[0], days[0]) > min(span[1], days[1]):
        return None
    return max(span[0], days[0]), min(span[1], days[1])


class _Rows:
    """The transactions a change of the roster is about, by what a rule reads of them; looked up once for rules that read the same."""

    def __init__(self, change: RosterChange) -> None:
        self._change = change
        self._spans: dict[tuple[bool, date, date], dict[str, tuple[date, date]]] = {}

    def days(self, read: Read) -> tuple[date, date] | None:
        """From the first to the last event day on which such rows of the rule's lines are; None where there are none."""
        key = (self._narrowed(read), *_held_against(self._change, read))
        if key not in self._spans:
            self._spans[key] = self._found(*key)
        spans = [self._spans[key][line] for line in read.lines if line in self._spans[key]]
        return (min(first for first, _last in spans), max(last for _first, last in spans)) if spans else None

    def _narrowed(self, read: Read) -> bool:
        """Whether the rows can be found by their handler: a person may also approve, inspect, or stand in a step."""
        elsewhere = {"approver", "attr.inspector"} & read.columns[TRANSACTIONS] or "staff" in read.columns.get("steps", ())
        return not (self._change.staff_nos and elsewhere)

    def _found(self, narrowed: bool, first: date, last: date) -> dict[str, tuple[date, date]]:
        change = self._change
        rows = Transaction.objects.filter(event_day__range=(first, last))
        whose = Q(unit_code__in=change.unit_codes) if change.unit_codes else Q()
        whose |= Q(handler_no__in=change.staff_nos) if change.staff_nos else Q()
        whose |= Q(agency_code__in=change.agency_codes) if change.agency_codes else Q()
        found = rows.filter(whose) if narrowed else rows
        spans = found.order_by().values_list("line").annotate(Min("event_day"), Max("event_day"))
        return {line: (first_day, last_day) for line, first_day, last_day in spans}


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
