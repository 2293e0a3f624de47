"""Hits folded into the alerts they would raise, many at once: what they are made of is put in order and cut, not looked up hit by hit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ledger.kit.days import from_ordinal
from ledger.roster.models import Agency
from risk.detectors.base import LEVELS, Spec
from risk.detectors.parts.sorting import distinct, numbered, ordered, sorted_pairs, starts
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


def candidates_of(
    rule: Rule, spec: Spec, hits: pd.DataFrame, rows: pd.DataFrame, overseers: Mapping[str, str] | None = None
) -> list[Candidate]:
    """The hits folded into alerts, as `risk.alerts.fold` folds them, with the unit each would be filed under.

    `overseers`: as `overseers_of` answers, where it was asked before; then the database is not.
    """
    if not len(hits):
        return []
    group, keys = _keys(rule, spec, hits)
    tops, first, last = _days(group, hits)
    evidence, ends = _evidence(group, hits["evidence"])
    units = _units(rule, rows, keys, evidence, ends, overseers_of(rule) if overseers is None else overseers)
    dates = {int(day): from_ordinal(day) for day in distinct(hits["day"].to_numpy())}
    told = (hits[name].iloc[tops].tolist() for name in ("level", "observed", "threshold", "numbers"))
    cut, behind = zip(np.append(0, ends[:-1]).tolist(), ends.tolist(), strict=True), evidence.tolist()
    found = [
        Candidate(
            subject=key[0],
            bucket=key[1],
            level=str(level),
            first_day=dates[begin],
            last_day=dates[end],
            observed=float(observed),
            threshold=float(threshold),
            numbers=dict(numbers),
            evidence=tuple(behind[low:high]),
            unit_code=unit,
        )
        for key, level, observed, threshold, numbers, begin, end, (low, high), unit in zip(
            keys, *told, first.tolist(), last.tolist(), cut, units, strict=True
        )
    ]
    return in_order(found)


def in_order(found: list[Candidate]) -> list[Candidate]:
    """By what they are about."""
    return sorted(found, key=lambda one: str((one.subject, one.bucket)))


def overseers_of(rule: Rule) -> dict[str, str]:
    """The unit that supervises each company, for a rule about companies."""
    return dict(Agency.objects.exclude(unit_code="").values_list("code", "unit_code")) if rule.subject_kind == "agency" else {}


def _keys(rule: Rule, spec: Spec, hits: pd.DataFrame) -> tuple[np.ndarray, list[Key]]:
    """(which alert every hit is part of, subject and bucket of every alert)."""
    code, names = pd.factorize(hits["subject"].to_numpy(dtype=object))
    bucket = hits["day"].to_numpy().astype(np.int64) // rule.merge_days
    low, span = int(bucket.min()), int(bucket.max() - bucket.min()) + 1
    wholes, group = numbered(code * span + bucket - low)
    subjects = [int(name) if spec.subject_column in HASHED else str(name) for name in names]
    return group, [(subjects[whole // span], whole % span + low) for whole in wholes.tolist()]


def _days(group: np.ndarray, hits: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(place of the hit that speaks for every alert, the first and the last of its days)."""
    day = hits["day"].to_numpy().astype(np.int64)
    rank = pd.Categorical(hits["level"].to_numpy(dtype=object), categories=list(LEVELS)).codes.astype(np.int64)
    order = ordered(group, rank, day)
    begins = np.flatnonzero(starts(group[order]))
    tops = order[np.append(begins[1:], len(order)) - 1]
    return tops, np.minimum.reduceat(day[order], begins), np.maximum.reduceat(day[order], begins)


def _evidence(group: np.ndarray, behind: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """(the different ids behind every alert in order, one alert after the other, where each ends)."""
    many = np.array([len(one) for one in behind])
    of, ids = sorted_pairs(np.repeat(group, many), np.concatenate(list(behind)))
    once = starts(of) | starts(ids)
    return ids[once], np.cumsum(np.bincount(of[once], minlength=int(group.max()) + 1))


def _units(
    rule: Rule, rows: pd.DataFrame, keys: list[Key], evidence: np.ndarray, ends: np.ndarray, overseers: Mapping[str, str]
) -> list[str]:
    """The unit every alert is filed under: its own, the one that supervises the company, or that of the latest evidence."""
    if rule.subject_kind == "unit":
        return [str(subject) for subject, _bucket in keys]
    places = _places_of(rows["id"].to_numpy(), evidence)
    at = rows["accepted_at"].to_numpy()[places].astype("datetime64[us]").astype(np.int64)
    begins = np.append(0, ends[:-1])
    latest = np.flatnonzero(at == np.repeat(np.maximum.reduceat(at, begins), ends - begins))
    # Of equals the first counts.
    spots = places[latest[np.searchsorted(latest, begins)]]
    units = [str(unit) for unit in rows["unit"].array.take(spots)]
    return [overseers.get(str(subject)) or unit for (subject, _bucket), unit in zip(keys, units, strict=True)]


def _places_of(ids: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    """The row number of every id of the evidence. Nearly all rows are passed over by the last bits of their ids."""
    wanted, number = numbered(evidence)
    bits = (1 << max(16, int(len(wanted)).bit_length() + 3)) - 1
    near = np.zeros(bits + 1, dtype=bool)
    near[wanted & bits] = True
    places = np.flatnonzero(near[ids & bits])
    found = ids[places]
    rank = np.minimum(np.searchsorted(wanted, found), len(wanted) - 1)
    there = wanted[rank] == found
    place_of = np.empty(len(wanted), dtype=np.int64)
    place_of[rank[there]] = places[there]
    return np.asarray(place_of[number])
