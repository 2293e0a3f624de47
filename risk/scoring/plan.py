"""From marks to what must be evaluated: which subjects, which event days, under which version of each rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from risk.rules.models import Rule, RuleVersion
from risk.scoring.models import DirtyMark

EVER, NEVER = date.min, date.max


@dataclass(frozen=True)
class Range:
    first: date
    last: date

    def widened(self, *, before: int = 0, after: int = 0) -> "Range":
        return Range(self.first - timedelta(days=before), self.last + timedelta(days=after))

    def cut(self, first: date, last: date) -> "Range | None":
        first, last = max(self.first, first), min(self.last, last)
        return Range(first, last) if first <= last else None


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The same days as few ranges: overlapping and adjacent ones joined, in order."""
    result: list[Range] = []
    for one in sorted(ranges, key=lambda r: r.first):
        if result and one.first <= result[-1].last + timedelta(days=1):
            result[-1] = Range(result[-1].first, max(result[-1].last, one.last))
        else:
            result.append(one)
    return result


@dataclass
class Dirty:
    """Dirty event days of one lane: of every subject (`everyone`) and of single ones."""

    everyone: list[Range] = field(default_factory=list)
    subjects: dict[str, list[Range]] = field(default_factory=dict)

    @property
    def span(self) -> Range:
        all_ranges = [*self.everyone, *(r for ranges in self.subjects.values() for r in ranges)]
        return Range(min(r.first for r in all_ranges), max(r.last for r in all_ranges))


def dirty(marks: Sequence[DirtyMark], rule_code: str) -> Dirty:
    """What the marks mean for one rule."""
    result = Dirty()
    for mark in marks:
        if mark.rule_code in ("", rule_code):
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


def eras(versions: Sequence[RuleVersion]) -> list[Era]:
    """Published versions of one rule as consecutive eras; of two that begin on the same day the later number rules."""
    by_start: dict[date, RuleVersion] = {}
    for version in sorted(versions, key=lambda v: v.number):
        by_start[version.effective_from] = version
    starts = sorted(by_start)
    ends = [start - timedelta(days=1) for start in starts[1:]] + [NEVER]
    return [Era(by_start[start], start, end) for start, end in zip(starts, ends, strict=True)]


def lane_eras(line: str, subject_kind: str) -> list[tuple[Rule, list[Era]]]:
    """Every rule of a lane with its eras."""
    versions = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED, rule__line=line, rule__subject_kind=subject_kind)
    by_rule: dict[Rule, list[RuleVersion]] = {}
    for version in versions.select_related("rule").order_by("rule__code", "number"):
        by_rule.setdefault(version.rule, []).append(version)
    return [(rule, eras(found)) for rule, found in by_rule.items()]


def affected(ranges: list[Range], window: int, era: Era) -> list[Range]:
    """The hit days that rows on dirty days can change, [e, e + W − 1], as far as the era judges them."""
    wide = (one.widened(after=window - 1).cut(era.first, era.last) for one in ranges)
    return merged(one for one in wide if one is not None)
