"""One rule over history: evaluated on the columns, folded as alerts are, and compared with what stands. Writes nothing."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pandas as pd
from django.db.models import Sum

from ledger.columns.hashing import key64
from ledger.columns.services import sync
from ledger.journal.models import DailyCount
from ledger.kit.collecting import rare_collections
from risk.alerts.models import Hit
from risk.backtest.drafts import draft_of, version_in_force
from risk.backtest.folding import HASHED, Candidate, Key
from risk.backtest.halves import candidates_on_two_cores
from risk.backtest.looking import found_in, frames_of
from risk.detectors.base import LEVELS, Spec
from risk.frames import TRANSACTIONS, base
from risk.rules.models import Rule


@dataclass
class Backtest:
    """What came of it. `added` and `removed` against the alerts that stand for the same days; `changed`: another level or number.

    `transactions`: rows of the frame and lines the rule looks at, in the range and the window before it.
    """

    transactions: int = 0
    candidates: list[Candidate] = field(default_factory=list)
    added: list[Candidate] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)
    changed: list[Candidate] = field(default_factory=list)
    by_month: dict[str, int] = field(default_factory=dict)
    by_unit: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@rare_collections()
def backtest(
    *,
    rule_code: str,
    changes: Mapping[str, str] | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    tell: Callable[[int], None] = lambda _percent: None,
) -> Backtest:
    """What the rule in force, with `changes` to its settings (see drafts), would have raised on event days first_day to last_day.

    Days not given: the whole history. `tell` hears how far it is in percent. Raises NotFound for an unknown rule, BadInput for a setting
    that cannot be.
    """
    began = time.monotonic()
    version = version_in_force(rule_code)
    spec = draft_of(version, changes or {}).spec()
    sync()
    tell(10)
    span = base(spec.frame).span()
    if span is None:
        tell(100)
        return Backtest(seconds=time.monotonic() - began)
    first_day, last_day = first_day or span[0], last_day or span[1]
    as_of = datetime.now(UTC)
    frames = _frames(spec, first_day, last_day, as_of)
    tell(40)
    done = Backtest(transactions=looked_at(spec, frames[spec.frame], first_day, last_day))
    done.candidates = candidates_on_two_cores(version.rule, spec, frames, first_day, last_day, as_of)
    tell(90)
    _compare(done, version.rule, spec, first_day, last_day)
    done.by_month = dict(sorted(Counter(f"{one.first_day:%Y-%m}" for one in done.candidates).items()))
    done.by_unit = dict(sorted(Counter(one.unit_code for one in done.candidates).items()))
    done.seconds = time.monotonic() - began
    tell(100)
    return done


def evaluate_rule(
    spec: Spec, first_day: date, last_day: date, *, as_of: datetime | None = None
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The frames the rule looks at for these days, and its hits on them as of now: peers are compared on days that are over."""
    as_of = as_of or datetime.now(UTC)
    frames = _frames(spec, first_day, last_day, as_of)
    return frames, found_in(frames, spec, first_day, last_day, as_of)


def _frames(spec: Spec, first_day: date, last_day: date, as_of: datetime) -> dict[str, pd.DataFrame]:
    """What the rule looks at, and by what its alerts are filed."""
    return frames_of([spec], first_day, last_day, as_of, also=("unit", "accepted_at"))


def looked_at(spec: Spec, rows: pd.DataFrame, first_day: date, last_day: date) -> int:
    """Of transactions those of the lines are counted, whether or not the rule's scope had them read."""
    if spec.frame != TRANSACTIONS:
        return len(rows)
    counted = DailyCount.objects.filter(day__range=(first_day - timedelta(days=spec.window_days - 1), last_day))
    if spec.lines:
        counted = counted.filter(line__in=spec.lines)
    return int(counted.aggregate(rows=Sum("rows"))["rows"] or 0)


def _compare(done: Backtest, rule: Rule, spec: Spec, first_day: date, last_day: date) -> None:
    """Against the live hits that stand on the same days, folded the same way."""
    hits = Hit.objects.filter(rule=rule, live=True, day__range=(first_day, last_day))
    standing = _standing(hits.values_list("subject_code", "bucket", "day", "level", "observed"), spec)
    found = {(one.subject, one.bucket): one for one in done.candidates}
    done.added = [one for key, one in found.items() if key not in standing]
    done.removed = sorted(standing.keys() - found.keys(), key=str)
    done.changed = [one for key, one in found.items() if key in standing and standing[key] != (one.level, one.observed)]


def _standing(hits: Iterable[tuple[str, int, date, str, float]], spec: Spec) -> dict[Key, tuple[str, float]]:
    """The gravest hit of every subject and bucket. `hits`: code, bucket, day, level and what was observed."""
    top: dict[tuple[str, int], tuple[tuple[int, date], tuple[str, float]]] = {}
    for code, bucket, day, level, observed in hits:
        rank = (LEVELS.index(level), day)
        if (code, bucket) not in top or rank > top[code, bucket][0]:
            top[code, bucket] = (rank, (level, observed))
    hashed = spec.subject_column in HASHED
    return {(key64(code) if hashed else code, bucket): told for (code, bucket), (_rank, told) in top.items()}
