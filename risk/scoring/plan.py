"""From marks to what must be evaluated: which subjects, which event days, under which version of each rule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from ledger.kit.days import days_between, from_ordinal, ordinal
from risk.detectors.base import GRID_DAYS, TRANSACTIONS, grid_days
from risk.rules.models import Rule, RuleVersion
from risk.scoring.models import DirtyMark, Lane

EVER, NEVER = date.min, date.max


@dataclass(frozen=True)
class Range:
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def widened(self, *, before: int = 0, after: int = 0) -> "Range":
        return Range(self.first - timedelta(days=before), self.last + timedelta(days=after))

    def cut(self, first: date, last: date) -> "Range | None":
        first, last = max(self.first, first), min(self.last, last)
        return Range(first, last) if first <= last else None


def merged(ranges: Iterable[Range], gap: int = 1) -> list[Range]:
    """The same days as few ranges, in order: joined are those that overlap, or begin at most `gap` days after the end of one before."""
    result: list[Range] = []
    for one in sorted(ranges, key=lambda r: r.first):
        if result and one.first <= result[-1].last + timedelta(days=gap):
            result[-1] = Range(result[-1].first, max(result[-1].last, one.last))
        else:
            result.append(one)
    return result


ALWAYS = Range(EVER, NEVER)


@dataclass
class Dirty:
    """Dirty event days of one lane: of every subject (`everyone`) and of single ones."""

    everyone: list[Range] = field(default_factory=list)
    subjects: dict[str, list[Range]] = field(default_factory=dict)


def concerns(mark: DirtyMark, rule: Rule) -> bool:
    """Whether the mark speaks of the rule: by its code, or of all rules that are about transactions."""
    return mark.rule_code == rule.code or (not mark.rule_code and rule.frame == TRANSACTIONS)


def dirty(marks: Sequence[DirtyMark], rule: Rule) -> Dirty:
    """What the marks mean for one rule."""
    result = Dirty()
    for mark in marks:
        if concerns(mark, rule):
            one = Range(mark.first_day, mark.last_day)
            if mark.key:
                result.subjects.setdefault(mark.key, []).append(one)
            else:
                result.everyone.append(one)
    result.everyone = merged(result.everyone)
    result.subjects = {key: merged(ranges) for key, ranges in result.subjects.items()}
    return result


@dataclass(frozen=True)
class Era:
    """The event days judged by one version of a rule."""

    version: RuleVersion
    first: date
    last: date

    def cut(self, days: Range) -> "Era | None":
        part = days.cut(self.first, self.last)
        return Era(self.version, part.first, part.last) if part else None


def eras(versions: Sequence[RuleVersion]) -> list[Era]:
    """Published versions of one rule as consecutive eras; of two that begin on the same day the later number rules."""
    by_start: dict[date, RuleVersion] = {}
    for version in sorted(versions, key=lambda v: v.number):
        by_start[version.effective_from] = version
    starts = sorted(by_start)
    ends = [start - timedelta(days=1) for start in starts[1:]] + [NEVER]
    return [Era(by_start[start], start, end) for start, end in zip(starts, ends, strict=True)]


def lane_eras(lane: Lane) -> list[tuple[Rule, list[Era]]]:
    """Every rule of a lane with its eras."""
    published = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED)
    versions = published.filter(rule__line=lane.line, rule__subject_kind=lane.subject_kind, rule__reach=lane.reach)
    by_rule: dict[Rule, list[RuleVersion]] = {}
    for version in versions.select_related("rule").order_by("rule__code", "number"):
        by_rule.setdefault(version.rule, []).append(version)
    return [(rule, eras(found)) for rule, found in by_rule.items()]


def affected(ranges: list[Range], window: int, era: Era) -> list[Range]:
    """The hit days that rows on dirty days can change, [e, e + W − 1], as far as the era judges them."""
    wide = (one.widened(after=window - 1).cut(era.first, era.last) for one in ranges)
    return merged(one for one in wide if one is not None)


@dataclass(frozen=True)
class Reached:
    """What one version of a rule must look at again: hit days of everybody and of single subjects, and the marked days it judges."""

    everyone: list[Range]
    subjects: dict[str, list[Range]]
    marked: list[Range]
    marked_of_some: list[date]

    @cached_property
    def span(self) -> Range:
        """From the first of the hit days to the last."""
        ranges = [*self.everyone, *(one for days in self.subjects.values() for one in days)]
        return Range(min(one.first for one in ranges), max(one.last for one in ranges))


class Plan:
    """What the marks of a lane mean for its rules; those that hear the same marks, with windows of one length, share the answer."""

    def __init__(self, marks: Sequence[DirtyMark]) -> None:
        self._marks = marks
        self._named = {mark.rule_code for mark in marks}
        self._dirty: dict[tuple[str, bool], Dirty] = {}
        self._reached: dict[tuple[str, bool, int, date, date], Reached] = {}

    def reached(self, rule: Rule, era: Era) -> Reached:
        """The part of a lane that is judged subject by subject and must be looked at again for an era of a rule."""
        hears = (rule.code if rule.code in self._named else "", rule.frame == TRANSACTIONS)
        key = (*hears, era.version.window_days, era.first, era.last)
        if key not in self._reached:
            if hears not in self._dirty:
                self._dirty[hears] = dirty(self._marks, rule)
            self._reached[key] = _reached(self._dirty[hears], era)
        return self._reached[key]


def _reached(wanted: Dirty, era: Era) -> Reached:
    of_ranges: dict[tuple[Range, ...], list[Range]] = {}
    subjects: dict[str, list[Range]] = {}
    for code, ranges in wanted.subjects.items():
        same = tuple(ranges)
        if same not in of_ranges:
            of_ranges[same] = affected(ranges, era.version.window_days, era)
        if of_ranges[same]:
            subjects[code] = of_ranges[same]
    judged = (cut for ranges in of_ranges for one in ranges if (cut := one.cut(era.first, era.last)))
    return Reached(
        everyone=affected(wanted.everyone, era.version.window_days, era),
        subjects=subjects,
        marked=[cut for one in wanted.everyone if (cut := one.cut(era.first, era.last))],
        marked_of_some=sorted({day for one in judged for day in days_between(one.first, one.last)}),
    )


def compared(marks: Sequence[DirtyMark], rule: Rule, window: int, era: Era, today: date) -> list[Range]:
    """The grid days on which peers must be compared again: those that rows on the marked days can change, as far as they are over."""
    found: list[Range] = []
    for mark in marks:
        if concerns(mark, rule):
            first = max(mark.first_day, mark.after + timedelta(days=1)) if mark.after else mark.first_day
            last = min(mark.last_day + timedelta(days=window - 1), today - timedelta(days=1))
            one = Range(first, last).cut(era.first, era.last) if first <= last else None
            if one is not None:
                found += [Range(day, day) for day in map(from_ordinal, grid_days(ordinal(one.first), ordinal(one.last)))]
    return merged(found)


def ready_on(day: date) -> date:
    """When the first grid day on or after `day` is over."""
    number = ordinal(day)
    return from_ordinal(grid_days(number, number + GRID_DAYS)[0] + 1)


def left_over(marks: Sequence[DirtyMark], windows: Mapping[str, int], today: date) -> dict[str, list[Range]]:
    """Event days whose windows reach grid days that are not over yet, by rule code ("": all rules of the lane).

    `windows`: the longest window of each rule code.
    """
    found: dict[str, list[Range]] = {}
    for mark in marks:
        longest = windows.get(mark.rule_code, 0) if mark.rule_code else max(windows.values(), default=0)
        first = max(mark.first_day, today - timedelta(days=longest - 1))
        if first <= mark.last_day:
            found.setdefault(mark.rule_code, []).append(Range(first, mark.last_day))
    return {code: merged(ranges) for code, ranges in found.items()}
