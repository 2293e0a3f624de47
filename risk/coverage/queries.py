"""Reading what was seen: the matrix of rules and days, canaries, gaps. Nothing here says whom an alert concerns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max

from risk.coverage.models import Canary, Coverage, Gap
from risk.rules.models import RuleVersion
from risk.rules.queries import current_versions


@dataclass(frozen=True)
class Row:
    """One rule with what it saw, by day, and the answer of its last canary (None: it has not run)."""

    version: RuleVersion
    days: dict[date, Coverage]
    canary: Canary | None


def matrix(days: Sequence[date]) -> list[Row]:
    """Every rule in force, with its coverage of these days under any of its versions."""
    versions = current_versions()
    rules = [version.rule_id for version in versions]
    of_rule: dict[int, dict[date, Coverage]] = {}
    covered = Coverage.objects.filter(rule_version__rule__in=rules, day__in=list(days)).select_related("rule_version")
    covered = covered.defer("unjudged")
    for one in covered.order_by("scored_at"):
        of_rule.setdefault(one.rule_version.rule_id, {})[one.day] = one
    canaries = last_canaries([version.pk for version in versions])
    return [Row(version, of_rule.get(version.rule_id, {}), canaries.get(version.pk)) for version in versions]


def peers_of(rule_code: str, day: date) -> Coverage | None:
    """What a rule about peers last saw of a grid day as a whole; None where it has not."""
    seen = Coverage.objects.filter(rule_version__rule__code=rule_code, day=day, tested__isnull=False)
    return seen.select_related("rule_version__rule").order_by("-scored_at").first()


@dataclass(frozen=True)
class Unjudged:
    """A rule that could not compare a subject: the last grid day of which that is so, its rows then, and on how many grid days of all that
    were looked at."""

    version: RuleVersion
    day: date
    rows: int
    days: int
    looked: int


def unable_to_judge(subject_kind: str, subject: str, first: date, last: date) -> list[Unjudged]:
    """The rules about such subjects that had too little data of this one on the last grid day they looked at within these days.

    `subject` as frames name it: a code, or the key of an agent in digits.
    """
    seen = Coverage.objects.filter(rule_version__rule__subject_kind=subject_kind, day__range=(first, last), unjudged__isnull=False)
    last_seen = {(rule, day): pk for rule, day, pk in seen.order_by("scored_at").values_list("rule_version__rule", "day", "pk")}
    latest: dict[int, date] = {}
    for rule, day in last_seen:
        latest[rule] = max(day, latest.get(rule, day))
    found: dict[int, list[Coverage]] = {}
    for one in seen.filter(pk__in=last_seen.values(), unjudged__has_key=subject).select_related("rule_version__rule").order_by("day"):
        found.setdefault(one.rule_version.rule_id, []).append(one)
    looked = Counter(rule for rule, _day in last_seen)
    told = [
        Unjudged(some[-1].rule_version, some[-1].day, (some[-1].unjudged or {})[subject], len(some), looked[rule])
        for rule, some in found.items()
        if some[-1].day == latest[rule]
    ]
    return sorted(told, key=lambda one: one.version.rule.code)


def last_canaries(versions: Sequence[int]) -> dict[int, Canary]:
    latest = Canary.objects.filter(rule_version__in=versions).values("rule_version").annotate(day=Max("day"))
    wanted = {row["rule_version"]: row["day"] for row in latest}
    found = Canary.objects.filter(rule_version__in=wanted, day__in=set(wanted.values()))
    return {one.rule_version_id: one for one in found if wanted[one.rule_version_id] == one.day}


@dataclass(frozen=True)
class Found:
    """A gap, and since when it is closed (None: still waiting)."""

    gap: Gap
    closed_at: datetime | None


def recent_gaps(limit: int = 20) -> list[Found]:
    """The gaps found last, newest first."""
    gaps = list(Gap.objects.select_related("rule").order_by("-found_at", "rule__code", "-day")[:limit])
    scored = Coverage.objects.filter(rule_version__rule__in={gap.rule_id for gap in gaps}, day__in={gap.day for gap in gaps})
    latest: dict[tuple[int, date], datetime] = {}
    for rule_id, day, at in scored.values_list("rule_version__rule", "day", "scored_at"):
        latest[rule_id, day] = max(at, latest.get((rule_id, day), at))
    return [Found(gap, _closed(latest.get((gap.rule_id, gap.day)), gap.found_at)) for gap in gaps]


def _closed(scored_at: datetime | None, found_at: datetime) -> datetime | None:
    return scored_at if scored_at is not None and scored_at >= found_at else None
