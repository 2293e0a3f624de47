"""What must be scored again, written down in the transaction that changed the ledger."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from ledger.journal.changes import LedgerChange, RosterChange, RowChange
from ledger.journal.models import Transaction
from ledger.kit.days import event_day
from ledger.lines import lines
from risk.rules.models import Rule, RuleVersion
from risk.scoring.models import DirtyMark

FIELDS = {
    "handler": "handler_no",
    "approver": "approver_no",
    "post": "post_code",
    "unit": "unit_code",
    "agency": "agency_code",
    "agent": "agent_id_no",
    "terminal": "terminal",
    "person": "person_id_no",
    "plate": "plate_no",
    "vin": "vin",
}
MANY_SUBJECTS = 400
LONG_SPAN = timedelta(days=45)
QUIET_AFTER = timedelta(days=7)

Lane = tuple[str, str]


def subject_code(row: Mapping[str, Any], column: str) -> str:
    """The code of the subject a frame column names, in a row given by Transaction field names."""
    if column.startswith("attr."):
        return str((row.get("attrs") or {}).get(column[5:], "") or "")
    return str(row.get(FIELDS[column], "") or "")


def _picture(row: Transaction) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*FIELDS.values(), "line", "event_day", "attrs")}


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
    lanes = watched()
    touched: dict[Lane, dict[str, dict[date, bool]]] = {}
    for row, quiet in _pictures(change):
        for lane, columns in lanes.items():
            for column in columns.get(row["line"], ()):
                code = subject_code(row, column)
                if code:
                    days = touched.setdefault(lane, {}).setdefault(code, {})
                    days[row["event_day"]] = days.get(row["event_day"], True) and quiet
    _write(touched)


def _pictures(change: LedgerChange) -> Iterator[tuple[dict[str, Any], bool]]:
    for row in change.rows:
        quiet = change.backfill or event_day(row.new.arrived_at) - row.new.event_day > QUIET_AFTER
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


def _write(touched: dict[Lane, dict[str, dict[date, bool]]]) -> None:
    now = timezone.now()
    marks = []
    for (line, kind), subjects in touched.items():
        if len(subjects) > MANY_SUBJECTS:
            subjects = {"": _merged(subjects.values())}
        for key, days in subjects.items():
            for quiet in (False, True):
                for first, last in _runs(sorted(day for day, is_quiet in days.items() if is_quiet is quiet)):
                    marks.append(
                        DirtyMark(line=line, subject_kind=kind, key=key, first_day=first, last_day=last, quiet=quiet, created_at=now)
                    )
    DirtyMark.objects.bulk_create(marks, batch_size=1000)


def _merged(all_days: Iterable[dict[date, bool]]) -> dict[date, bool]:
    merged: dict[date, bool] = {}
    for days in all_days:
        for day, quiet in days.items():
            merged[day] = merged.get(day, True) and quiet
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
