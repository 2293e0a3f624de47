"""Write down what a pass of scoring looked at, in the transaction that commits its hits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from risk.coverage.models import Coverage

COUNTS = ("rows", "tested", "insufficient", "unjudged", "hits")


@dataclass(frozen=True)
class Seen:
    """What one version saw of one day, of everybody. `unjudged`: of whom too little is known to compare them, each with their rows."""

    rows: int
    hits: int = 0
    tested: int | None = None
    unjudged: Mapping[str, int] | None = None


@dataclass
class Looked:
    """Of one version: days it looked at for everybody, with counts, and days it looked at for some."""

    version_id: int
    whole: Mapping[date, Seen] = field(default_factory=dict)
    part: Sequence[date] = ()


def record_coverage(looked: Sequence[Looked], *, began: datetime) -> None:
    """`began`: before the marks of the pass were read. A day nobody had looked at as a whole keeps its counts at nothing."""
    whole = [
        Coverage(
            rule_version_id=one.version_id,
            day=day,
            rows=seen.rows,
            tested=seen.tested,
            insufficient=None if seen.unjudged is None else len(seen.unjudged),
            unjudged=seen.unjudged,
            hits=seen.hits,
            scored_at=began,
            counted_at=began,
        )
        for one in looked
        for day, seen in sorted(one.whole.items())
    ]
    part = [
        Coverage(rule_version_id=one.version_id, day=day, scored_at=began)
        for one in looked
        for day in sorted(set(one.part) - one.whole.keys())
    ]
    for rows, fields in ((whole, (*COUNTS, "scored_at", "counted_at")), (part, ("scored_at",))):
        Coverage.objects.bulk_create(
            rows, batch_size=500, update_conflicts=True, unique_fields=["rule_version", "day"], update_fields=list(fields)
        )
