"""Store what was found in place of what stood there; say which buckets changed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from ledger.kit.days import from_ordinal, ordinal
from risk.alerts.models import Hit
from risk.detectors.base import GRID_DAYS
from risk.frames import base
from risk.rules.models import RuleVersion
from risk.scoring.evaluate import Finding
from risk.scoring.plan import Range, merged

COMPARED = ("rule_version_id", "line", "bucket", "level", "observed", "threshold", "numbers", "evidence", "shadow")
SUBJECTS_AT_ONCE = 200
Key = tuple[str, date]


def replace_hits(finding: Finding, standing_hits: Iterable[Hit]) -> tuple[set[tuple[str, int]], int]:
    """Replace the hits that stand in the finding's range by the found ones. Returns (subject code, bucket) of those that changed, and
    their number."""
    now = timezone.now()
    standing = {(hit.subject_code, hit.day): hit for hit in standing_hits}
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


def standing_hits(findings: Sequence[Finding]) -> list[list[Hit]]:
    """The hits, live and withdrawn, that stand in the range each finding replaces.

    One question for all rules of a lane that look at the same days or the same subjects: asked rule by rule they were half of what a live
    pass asked of the database.
    """
    found: list[dict[int, Hit]] = [{} for _ in findings]
    of_rule: dict[int, list[int]] = {}
    spans: dict[Range, dict[int, list[Range]]] = {}
    for place, finding in enumerate(findings):
        of_rule.setdefault(finding.rule.pk, []).append(place)
        # The grid days of peers are ranges of a day each.
        for span in merged(finding.everyone, GRID_DAYS):
            within = [one for one in finding.everyone if span.first <= one.first and one.last <= span.last]
            spans.setdefault(span, {})[place] = within
    for span, places in spans.items():
        rules = {findings[place].rule.pk for place in places}
        for hit in Hit.objects.filter(rule__in=rules, day__range=(span.first, span.last)):
            for place in of_rule[hit.rule_id]:
                if any(one.first <= hit.day <= one.last for one in places.get(place, ())):
                    found[place][hit.pk] = hit
    for hit in _of_subjects([finding for finding in findings if finding.subjects]):
        for place in of_rule[hit.rule_id]:
            if any(one.first <= hit.day <= one.last for one in findings[place].subjects.get(hit.subject_code, ())):
                found[place][hit.pk] = hit
    return [list(hits.values()) for hits in found]


def _of_subjects(findings: Sequence[Finding]) -> Iterator[Hit]:
    """The hits of these rules about the subjects that any of the findings names, of all days that any of them replaces."""
    spans: dict[str, Range] = {}
    for finding in findings:
        for code, days in finding.subjects.items():
            known = spans.get(code, days[0])
            spans[code] = Range(min(known.first, days[0].first), max(known.last, days[-1].last))
    hits = Hit.objects.filter(rule__in={finding.rule.pk for finding in findings})
    codes = sorted(spans)
    for start in range(0, len(codes), SUBJECTS_AT_ONCE):
        part = codes[start : start + SUBJECTS_AT_ONCE]
        first, last = min(spans[code].first for code in part), max(spans[code].last for code in part)
        yield from hits.filter(subject_code__in=part, day__range=(first, last))


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
