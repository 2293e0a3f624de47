"""What waits to be scored: by lane for the backlog, by rule and day for the matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, Q

from risk.rules.models import Reach, Rule
from risk.scoring.models import DirtyMark

LaneKey = tuple[str, str, str]


@dataclass(frozen=True)
class Backlog:
    """The marks of one lane: those that can be worked now with the oldest of them, and those that wait for a grid day to be over."""

    line: str
    subject_kind: str
    reach: str
    ready: int
    later: int
    oldest: datetime | None


def backlog(now: date) -> list[Backlog]:
    ready = Q(ready_on=None) | Q(ready_on__lte=now)
    lanes = DirtyMark.objects.values("line", "subject_kind", "reach").annotate(
        ready=Count("id", filter=ready), later=Count("id", filter=~ready), oldest=Min("created_at", filter=ready)
    )
    found = [Backlog(**lane) for lane in lanes]
    return sorted(found, key=lambda one: (one.oldest is None, one.oldest or 0, one.line, one.subject_kind))


class WaitingDays:
    """On which of the days of a page something of a rule waits to be scored."""

    def __init__(self, days: Sequence[date], now: date) -> None:
        self.days, self.found = days, dict[tuple[LaneKey, str], set[date]]()
        marks = DirtyMark.objects.filter(Q(ready_on=None) | Q(ready_on__lte=now), first_day__lte=days[-1]).order_by()
        for line, kind, reach, code, first, last in marks.values_list(
            "line", "subject_kind", "reach", "rule_code", "first_day", "last_day"
        ).distinct():
            # What a window of peers still has to see lies on the grid days after the row; a week is what a page can say of it.
            last = last + timedelta(days=6) if reach == Reach.PEER else last
            self.found.setdefault(((line, kind, reach), code), set()).update(day for day in days if first <= day <= last)

    def of(self, rule: Rule) -> set[date]:
        lane = (rule.line, rule.subject_kind, rule.reach)
        common = self.found.get((lane, ""), set()) if rule.frame == "transactions" else set()
        return self.found.get((lane, rule.code), set()) | common
