"""One rule over history: evaluated on the columns, folded as alerts are, and compared with what stands. Writes nothing."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import Sum

from ledger.columns.hashing import key64
from ledger.columns.services import sync
from ledger.journal.models import DailyCount
from ledger.kit.days import from_ordinal
from ledger.roster.models import Agency
from risk.alerts.models import Hit
from risk.backtest.drafts import draft_of, version_in_force
from risk.backtest.looking import found_in, frames_of
from risk.detectors.base import LEVELS, Spec
from risk.detectors.parts.sorting import distinct
from risk.frames import TRANSACTIONS, base
from risk.rules.models import Rule

HASHED = frozenset({"agent", "person", "plate", "vin"})
Key = tuple[str | int, int]  # subject as its frame column has it, bucket


@dataclass(frozen=True)
class Candidate:
    """An alert as the rule would raise it from its hits in the range; the gravest hit speaks, the latest of equals."""

    subject: str | int
    bucket: int
    level: str
    first_day: date
    last_day: date
    observed: float
    threshold: float
    numbers: Mapping[str, Any]
    evidence: tuple[int, ...]
    unit_code: str


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


def backtest(
    *, rule_code: str, changes: Mapping[str, str] | None = None, first_day: date | None = None, last_day: date | None = None
) -> Backtest:
    """What the rule in force, with `changes` to its settings (see drafts), would have raised on event days first_day to last_day.

    Days not given: the whole history. Raises NotFound for an unknown rule, BadInput for a setting that cannot be.
    """
    began = time.monotonic()
    version = version_in_force(rule_code)
    spec = draft_of(version, changes or {}).spec()
    sync()
    span = base(spec.frame).span()
    if span is None:
        return Backtest(seconds=time.monotonic() - began)
    first_day, last_day = first_day or span[0], last_day or span[1]
    frames, hits = evaluate_rule(spec, first_day, last_day)
    done = Backtest(transactions=_looked_at(spec, frames[spec.frame], first_day, last_day))
    done.candidates = candidates_of(version.rule, spec, hits, frames[spec.frame])
    _compare(done, version.rule, spec, first_day, last_day)
    done.by_month = dict(sorted(Counter(f"{one.first_day:%Y-%m}" for one in done.candidates).items()))
    done.by_unit = dict(sorted(Counter(one.unit_code for one in done.candidates).items()))
    done.seconds = time.monotonic() - began
    return done


def evaluate_rule(
    spec: Spec, first_day: date, last_day: date, *, as_of: datetime | None = None
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The frames the rule looks at for these days, and its hits on them as of now: peers are compared on days that are over."""
    as_of = as_of or datetime.now(UTC)
    frames = frames_of([spec], first_day, last_day, as_of, also=("unit", "accepted_at"))
    return frames, found_in(frames, spec, first_day, last_day, as_of)


def _looked_at(spec: Spec, rows: pd.DataFrame, first_day: date, last_day: date) -> int:
    """Of transactions those of the lines are counted, whether or not the rule's scope had them read."""
    if spec.frame != TRANSACTIONS:
        return len(rows)
    counted = DailyCount.objects.filter(day__range=(first_day - timedelta(days=spec.window_days - 1), last_day))
    if spec.lines:
        counted = counted.filter(line__in=spec.lines)
    return int(counted.aggregate(rows=Sum("rows"))["rows"] or 0)


def candidates_of(rule: Rule, spec: Spec, hits: pd.DataFrame, rows: pd.DataFrame) -> list[Candidate]:
    """The hits folded into alerts, as `risk.alerts.fold` folds them, with the unit each would be filed under."""
    by_key: dict[Key, list[Any]] = {}
    for hit in hits.itertuples(index=False):
        by_key.setdefault((_subject(spec, hit.subject), int(hit.day) // rule.merge_days), []).append(hit)
    units = _Units(rule, rows, hits["evidence"])
    return [_candidate(key, of_key, units) for key, of_key in sorted(by_key.items(), key=lambda item: str(item[0]))]


def _candidate(key: Key, hits: list[Any], units: "_Units") -> Candidate:
    top = max(hits, key=lambda hit: (LEVELS.index(hit.level), hit.day))
    evidence = np.unique(np.concatenate([hit.evidence for hit in hits]))
    days = [int(hit.day) for hit in hits]
    return Candidate(
        subject=key[0],
        bucket=key[1],
        level=str(top.level),
        first_day=from_ordinal(min(days)),
        last_day=from_ordinal(max(days)),
        observed=float(top.observed),
        threshold=float(top.threshold),
        numbers=dict(top.numbers),
        evidence=tuple(evidence.tolist()),
        unit_code=units.of(key[0], evidence),
    )


class _Units:
    """The unit an alert is filed under: its own, the one that supervises the company, or that of the latest evidence."""

    def __init__(self, rule: Rule, rows: pd.DataFrame, evidence: Iterable[np.ndarray]) -> None:
        self._kind = rule.subject_kind
        self._overseers = dict(Agency.objects.exclude(unit_code="").values_list("code", "unit_code")) if self._kind == "agency" else {}
        places = _places_of(rows["id"].to_numpy(), evidence) if self._kind != "unit" else np.zeros(0, dtype=np.int64)
        self._ids, self._at = rows["id"].to_numpy()[places], rows["accepted_at"].to_numpy()[places]
        self._unit = rows["unit"].array.take(places)

    def of(self, subject: str | int, evidence: np.ndarray) -> str:
        if self._kind == "unit":
            return str(subject)
        if overseer := self._overseers.get(str(subject)):
            return overseer
        places = np.searchsorted(self._ids, evidence)
        return str(self._unit[places[np.argmax(self._at[places])]])


def _places_of(ids: np.ndarray, evidence: Iterable[np.ndarray]) -> np.ndarray:
    """Row numbers of the evidence in the order of its ids. Nearly all rows are passed over by the last bits of their ids."""
    wanted = distinct(np.concatenate([np.zeros(0, dtype=np.int64), *evidence]))
    bits = (1 << max(16, int(len(wanted)).bit_length() + 3)) - 1
    near = np.zeros(bits + 1, dtype=bool)
    near[wanted & bits] = True
    places = np.flatnonzero(near[ids & bits])
    places = places[np.isin(ids[places], wanted)]
    return np.asarray(places[np.argsort(ids[places])])


def _subject(spec: Spec, value: Any) -> str | int:
    return int(value) if spec.subject_column in HASHED else str(value)


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
