"""Show every rule in force rows in which it must hit, outside the ledger, and write down whether it did."""

from datetime import datetime

from django.utils import timezone

from ledger.kit.days import today
from risk.coverage.models import Canary
from risk.detectors.registry import detectors
from risk.rules.models import RuleVersion
from risk.rules.queries import IN_FORCE, coming_versions, current_versions, spec_of

LONGEST_ERROR = 300


def run_canaries(*, as_of: datetime | None = None) -> int:
    """The canaries of today that have not run yet: once a day, and soon after a version was published. Returns how many did not hit.

    Versions that take effect later are asked too: one that is broken is told of before it judges.
    """
    day = today(as_of)
    ran = set(Canary.objects.filter(day=day).values_list("rule_version_id", flat=True))
    coming = [version for version in coming_versions(day) if version.mode in IN_FORCE]
    asked = {version.pk: version for version in [*current_versions(day=day), *coming]}.values()
    fresh = [_canary(version) for version in asked if version.pk not in ran]
    for canary in fresh:
        canary.day = day
    Canary.objects.bulk_create(fresh, ignore_conflicts=True)
    return sum(canary.answer in (Canary.Answer.SILENT, Canary.Answer.BROKEN) for canary in fresh)


def _canary(version: RuleVersion) -> Canary:
    error = ""
    try:
        answer = answer_of(version)
    except Exception as problem:  # whatever a rule raises, it is that rule which is broken, and the others are still asked
        answer, error = Canary.Answer.BROKEN, f"{type(problem).__name__}: {problem}"[:LONGEST_ERROR]
    return Canary(rule_version=version, answer=answer, error=error, ran_at=timezone.now())


def answer_of(version: RuleVersion) -> Canary.Answer:
    """Whether the version hits in its canary."""
    spec = spec_of(version)
    detector = detectors()[spec.detector]
    frames = detector.canary(spec)
    if frames is None:
        return Canary.Answer.NONE
    return Canary.Answer.HIT if len(detector.find(frames, spec)) else Canary.Answer.SILENT
