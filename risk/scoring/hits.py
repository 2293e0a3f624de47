"""Store what was found in place of what stood there; say which buckets changed."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ledger.kit.days import from_ordinal, ordinal
from risk.alerts.models import Hit
from risk.detectors.base import GRID_DAYS
from risk.frames import base
from risk.rules.models import RuleVersion
from risk.scoring.evaluate import Finding
from risk.scoring.plan import merged

COMPARED = ("rule_version_id", "line", "bucket", "level", "observed", "threshold", "numbers", "evidence", "shadow")
Key = tuple[str, date]


def replace_hits(finding: Finding) -> tuple[set[tuple[str, int]], int]:
    """Replace the hits in the finding's range by the found ones. Returns (subject code, bucket) of those that changed, and their number."""
    now = timezone.now()
    standing = {(hit.subject_code, hit.day): hit for hit in _standing(finding)}
    wanted = _wanted(finding)
    fresh, altered, gone = [], [], []
    touched: set[tuple[str, int]] = set()
    for (code, day), values in wanted.items():
        hit = standing.get((code, day))
        if hit is None:
            fresh.append(
                Hit(
                    rule=finding.rule,
                    subject_kind=finding.rule.subject_kind,
                    subject_code=code,
                    day=day,
                    found_at=now,
                    changed_at=now,
                    **values,
                )
            )
        elif not hit.live or any(getattr(hit, name) != values[name] for name in COMPARED):
            touched.add((code, hit.bucket))
            for name in COMPARED:
                setattr(hit, name, values[name])
            hit.live, hit.changed_at = True, now
            altered.append(hit)
        else:
            continue
        touched.add((code, values["bucket"]))
    for key, hit in standing.items():
        if hit.live and key not in wanted:
            gone.append(hit.pk)
            touched.add((hit.subject_code, hit.bucket))
    Hit.objects.bulk_create(fresh, batch_size=500)
    Hit.objects.bulk_update(altered, [*COMPARED, "live", "changed_at"], batch_size=200)
    for start in range(0, len(gone), 500):
        Hit.objects.filter(pk__in=gone[start : start + 500]).update(live=False, changed_at=now)
    return touched, len(fresh) + len(altered) + len(gone)


def _standing(finding: Finding) -> list[Hit]:
    """The hits, live and withdrawn, that stand in the range to replace."""
    hits = Hit.objects.filter(rule=finding.rule)
    found: dict[int, Hit] = {}
    # The grid days of peers are ranges of a day each: asked one by one they were most of what scoring asked of the database.
    for span in merged(finding.everyone, GRID_DAYS):
        within = [one for one in finding.everyone if span.first <= one.first and one.last <= span.last]
        for hit in hits.filter(day__range=(span.first, span.last)):
            if any(one.first <= hit.day <= one.last for one in within):
                found[hit.pk] = hit
    keys = sorted(finding.subjects)
    for start in range(0, len(keys), 200):
        part = keys[start : start + 200]
        first = min(one.first for key in part for one in finding.subjects[key])
        last = max(one.last for key in part for one in finding.subjects[key])
        for hit in hits.filter(Q(subject_code__in=part), day__range=(first, last)):
            if any(one.first <= hit.day <= one.last for one in finding.subjects[hit.subject_code]):
                found[hit.pk] = hit
    return list(found.values())


def _wanted(finding: Finding) -> dict[Key, dict[str, Any]]:
    """The hits as they should stand. The last row of the evidence names the subject in clear (frames hold hashes) and the line."""
    last = {one.evidence[-1] for one in finding.found}
    named = base(finding.rule.frame).subjects(last, finding.subject_column) if last else {}
    merge_days = finding.rule.merge_days
    wanted: dict[Key, dict[str, Any]] = {}
    for one in finding.found:
        row = named.get(one.evidence[-1])
        if row is None or not row.code:
            continue
        day = from_ordinal(one.day)
        wanted[row.code, day] = {
            "rule_version_id": one.version.pk,
            "line": row.line or finding.rule.line,
            "bucket": ordinal(day) // merge_days,
            "level": one.level,
            "observed": one.observed,
            "threshold": one.threshold,
            "numbers": one.numbers,
            "evidence": one.evidence,
            "shadow": one.version.mode == RuleVersion.Mode.SHADOW,
        }
    return wanted
