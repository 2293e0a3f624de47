"""Reading rules: the versions in force, and a version as detectors see it."""

from collections.abc import Iterable

from django.db.models import F, Max, Q

from risk.detectors.base import Spec
from risk.detectors.parts.params import build
from risk.detectors.registry import detectors
from risk.rules.models import RuleVersion

IN_FORCE = (RuleVersion.Mode.LIVE.value, RuleVersion.Mode.SHADOW.value)


def current_versions(*, line: str | None = None, subject_kind: str | None = None, modes: Iterable[str] = IN_FORCE) -> list[RuleVersion]:
    """The latest published version of every rule, when its mode is one of `modes`; of one line and kind of subject when given."""
    published = Q(rule__versions__state=RuleVersion.State.PUBLISHED)
    found = RuleVersion.objects.annotate(latest=Max("rule__versions__number", filter=published)).filter(
        state=RuleVersion.State.PUBLISHED, number=F("latest"), mode__in=list(modes)
    )
    if line is not None:
        found = found.filter(rule__line=line)
    if subject_kind is not None:
        found = found.filter(rule__subject_kind=subject_kind)
    return list(found.select_related("rule").order_by("rule__code"))


def spec_of(version: RuleVersion) -> Spec:
    """A version as detectors see it. Raises ParamError when its parameters no longer fit its detector."""
    return Spec(
        rule_code=version.rule.code,
        detector=version.detector,
        subject_kind=version.rule.subject_kind,
        subject_column=version.subject_column,
        lines=tuple(version.lines),
        scope={name: tuple(allowed) for name, allowed in version.scope.items()},
        window_days=version.window_days,
        min_n=version.min_n,
        op=version.op,
        thresholds=version.thresholds,
        params=build(detectors()[version.detector].Params, version.params, f"{version.rule.code} params"),
        frame=version.rule.frame,
    )
