"""What a sweep would look at: which rules, which days, in which parts, and how much that is. Reads only."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Sum
from django.utils.translation import gettext as _

from ledger.journal.models import DailyCount
from ledger.kit.days import ordinal, today
from ledger.kit.errors import BadInput
from ledger.lines import lines
from risk.frames import TRANSACTIONS, base, bases
from risk.rules.models import Rule, RuleVersion
from risk.scoring.lanes import ORDER
from risk.scoring.plan import Range, eras

# A part is at least so long, else as long as its window: then it reads no more days than one fresh batch that touches everybody does.
SHORTEST_PART = 31
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Judging:
    """A rule with the days on which its published versions judge anything, their longest window and their lines."""

    rule: Rule
    days: Range
    window: int
    lines: frozenset[str]

    @property
    def lane(self) -> Key:
        return (self.rule.line, self.rule.subject_kind, self.rule.reach)


@dataclass(frozen=True)
class Part:
    """Rules of one lane with windows of one length on one stretch of days; `weight` as in SweepPart."""

    lane: Key
    rule_codes: tuple[str, ...]
    days: Range
    weight: int


@dataclass(frozen=True)
class Plan:
    """A sweep as it would be ordered. `transactions`: those of the days in the lines the rules look at; each counts once."""

    days: Range
    rule_codes: tuple[str, ...]
    rules: int
    transactions: int
    parts: Sequence[Part]


def history() -> Range | None:
    """The days a sweep may look at: from the first row of any kind that does not last for years to today. None for an empty ledger."""
    spans = _spans()
    known = [span for frame, span in spans.items() if not base(frame).endures] or list(spans.values())
    return Range(min(one.first for one in known), max(one.last for one in known)) if known else None


def _spans() -> dict[str, Range]:
    """From the first row to today, of every frame that has rows."""
    found = {frame: one.span() for frame, one in bases().items()}
    return {frame: Range(span[0], max(span[1], today())) for frame, span in found.items() if span}


def plan_sweep(*, first_day: date | None = None, last_day: date | None = None, rule_codes: Collection[str] = ()) -> Plan:
    """The plan for some rules (default: all that are published) on some days (default: all there are).

    The newest days come first: what was found there can still be acted on, and a sweep that is stopped has then done what matters most.
    Raises BadInput for unknown rules, days that are no range, and where there is nothing to look at.
    """
    known = history()
    if known is None:
        raise BadInput(_("There is no history yet: the ledger is empty."))
    wanted = Range(first_day or min(known.first, last_day or known.first), last_day or max(known.last, first_day or known.last))
    if wanted.last < wanted.first:
        raise BadInput(_("The first day comes after the last."))
    days = wanted.cut(known.first, known.last)
    judging = _judging(frozenset(rule_codes))
    unknown = sorted(set(rule_codes) - {one.rule.code for one in judging})
    if unknown:
        raise BadInput(_("No published rule is called %(codes)s.") % {"codes": ", ".join(unknown)})
    spans = _spans()
    cut = [(one, part) for one in judging if days and (part := _judged(one, days, spans))]
    if days is None or not cut:
        raise BadInput(_("There is nothing to look at: nothing lies on these days, or none of the rules judges them."))
    counts = _Counts(_longest(cut), days)
    return Plan(
        days=days,
        rule_codes=tuple(sorted(rule_codes)),
        rules=len(cut),
        transactions=counts.transactions(cut),
        parts=_parts(cut, counts),
    )


def _judging(codes: frozenset[str]) -> list[Judging]:
    """The published rules (of these codes), without those that were never more than off."""
    published = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED).select_related("rule")
    if codes:
        published = published.filter(rule__code__in=codes)
    by_rule: dict[Rule, list[RuleVersion]] = {}
    for version in published.order_by("rule__code", "number"):
        by_rule.setdefault(version.rule, []).append(version)
    found = []
    for rule, versions in by_rule.items():
        of_rule = eras(versions)
        if codes or any(era.version.mode != RuleVersion.Mode.OFF for era in of_rule) or rule.hits.filter(live=True).exists():
            looked_at = frozenset(line for era in of_rule for line in era.version.lines or lines())
            longest = max(era.version.window_days for era in of_rule)
            found.append(Judging(rule, Range(of_rule[0].first, of_rule[-1].last), longest, looked_at))
    return found


def _judged(one: Judging, days: Range, spans: Mapping[str, Range]) -> Range | None:
    """Those of the days that a rule judges and on which there may be rows of its kind."""
    there = spans.get(one.rule.frame)
    part = days.cut(there.first, there.last) if there else None
    return part.cut(one.days.first, one.days.last) if part else None


def _longest(cut: Iterable[tuple[Judging, Range]]) -> int:
    return max(one.window for one, _days in cut)


class _Counts:
    """Transactions by line and day, as sums from the beginning, so that any stretch is one subtraction."""

    def __init__(self, window: int, days: Range) -> None:
        self.start = ordinal(days.first) - window
        self.length = ordinal(days.last) - self.start + 1
        rows: dict[str, np.ndarray] = {}
        found = DailyCount.objects.filter(day__range=(days.first - timedelta(days=window), days.last))
        for line, day, number in found.order_by().values("line", "day").annotate(number=Sum("rows")).values_list("line", "day", "number"):
            rows.setdefault(line, np.zeros(self.length, dtype=np.int64))[ordinal(day) - self.start] += number
        self.sums = {line: np.concatenate([[0], np.cumsum(of_line)]) for line, of_line in rows.items()}

    def of(self, line: str, days: Range) -> int:
        sums = self.sums.get(line)
        if sums is None:
            return 0
        first, last = max(ordinal(days.first) - self.start, 0), min(ordinal(days.last) - self.start, self.length - 1)
        return int(sums[last + 1] - sums[first])

    def transactions(self, cut: Iterable[tuple[Judging, Range]]) -> int:
        spans: dict[str, Range] = {}
        for one, days in cut:
            for line in one.lines if one.rule.frame == TRANSACTIONS else ():
                known = spans.get(line, days)
                spans[line] = Range(min(known.first, days.first), max(known.last, days.last))
        return sum(self.of(line, days) for line, days in spans.items())


def _parts(cut: Iterable[tuple[Judging, Range]], counts: _Counts) -> list[Part]:
    """The newest stretches first; of one day the lanes in the order in which live scoring takes them."""
    groups: dict[tuple[Key, int, str], list[tuple[Judging, Range]]] = {}
    for one, days in cut:
        groups.setdefault((one.lane, one.window, one.rule.frame), []).append((one, days))
    parts = []
    for (lane, window, frame), members in groups.items():
        looked_at = frozenset(line for one, _days in members for line in one.lines) if frame == TRANSACTIONS else frozenset()
        codes = tuple(one.rule.code for one, _days in members)
        whole = Range(min(days.first for _one, days in members), max(days.last for _one, days in members))
        for days in stretches(whole, max(SHORTEST_PART, window)):
            rows = sum(counts.of(line, days.widened(before=window - 1)) for line in looked_at)
            parts.append(Part(lane, codes, days, rows + days.days))
    return sorted(parts, key=lambda part: (-ordinal(part.days.last), ORDER[part.lane[2]], part.lane, part.rule_codes))


def stretches(days: Range, length: int) -> list[Range]:
    """The days cut into stretches of a length, the newest first; only the oldest may be shorter."""
    found, last = [], days.last
    while last >= days.first:
        first = max(days.first, last - timedelta(days=length - 1))
        found.append(Range(first, last))
        last = first - timedelta(days=1)
    return found
