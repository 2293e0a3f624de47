"""What must be scored again, written down in the transaction that changed the ledger."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.utils import timezone

from ledger.journal import bulk
from ledger.journal.changes import LedgerChange, RosterChange
from ledger.journal.models import Transaction
from ledger.lines import lines
from risk.rules.models import Rule, RuleVersion
from risk.scoring.models import DirtyMark
from risk.scoring.touched import Touched

MANY_SUBJECTS = 400
LONG_SPAN = timedelta(days=45)

Lane = tuple[str, str]


def watched() -> dict[Lane, dict[str, set[str]]]:
    """The lanes in which some published rule looks: (line of the rule or common, subject kind) → business line → subject columns in use."""
    found: dict[Lane, dict[str, set[str]]] = {}
    versions = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED).exclude(mode=RuleVersion.Mode.OFF)
    for rule_line, kind, rule_lines, column in versions.values_list("rule__line", "rule__subject_kind", "lines", "subject_column"):
        lane = found.setdefault((rule_line, kind), {})
        for line in rule_lines or lines():
            lane.setdefault(line, set()).add(column)
    return found


def mark_ledger_change(change: LedgerChange) -> None:
    """Stamp the subjects and days that a batch touched: by their new and their old picture, and those of rows that refer to them."""
    batch = Touched(change)
    touched: dict[Lane, dict[str, dict[date, bool]]] = {}
    for lane, columns in watched().items():
        found = set().union(*(batch.subjects(line, column) for line, used in columns.items() for column in used))
        if len({code for code, _day, _quiet in found}) > MANY_SUBJECTS:
            found = {("", day, quiet) for _code, day, quiet in found}
        for code, day, quiet in found:
            days = touched.setdefault(lane, {}).setdefault(code, {})
            days[day] = days.get(day, True) and quiet
    _write(touched)


def _write(touched: dict[Lane, dict[str, dict[date, bool]]]) -> None:
    now = timezone.now()
    marks = []
    for (line, kind), subjects in touched.items():
        for key, days in subjects.items():
            for quiet in (False, True):
                for first, last in _runs(sorted(day for day, is_quiet in days.items() if is_quiet is quiet)):
                    marks.append(
                        DirtyMark(line=line, subject_kind=kind, key=key, first_day=first, last_day=last, quiet=quiet, created_at=now)
                    )
    bulk.insert_all(marks)


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
    """Late shifts, postings and roster changes: the days of those units (or people) look different now."""
    now = timezone.now()
    rows = Transaction.objects.filter(event_day__range=(change.first_day, change.last_day))
    if change.unit_codes:
        rows = rows.filter(unit_code__in=change.unit_codes)
    if change.staff_nos:
        rows = rows.filter(handler_no__in=change.staff_nos)
    touched_lines = set(rows.order_by().values_list("line", flat=True).distinct())
    marks = [
        DirtyMark(line=line, subject_kind=kind, first_day=change.first_day, last_day=change.last_day, quiet=True, created_at=now)
        for (line, kind), columns in watched().items()
        if touched_lines & columns.keys()
    ]
    DirtyMark.objects.bulk_create(marks, batch_size=1000)


def mark_everything(*, first_day: date, last_day: date, rule_codes: Iterable[str] = ()) -> int:
    """Order a sweep of all subjects over a range of days, of all rules or of those named. Returns the number of ranges written."""
    now = timezone.now()
    codes = list(rule_codes)
    lanes = [("", *lane) for lane in watched()]
    if codes:
        lanes = list(Rule.objects.filter(code__in=codes).values_list("code", "line", "subject_kind"))
    marks = [
        DirtyMark(line=line, subject_kind=kind, rule_code=code, first_day=first_day, last_day=last_day, quiet=True, created_at=now)
        for code, line, kind in lanes
    ]
    DirtyMark.objects.bulk_create(marks)
    return len(marks)
