"""Reading rules: the versions in force, and a version as detectors see it."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from ledger.kit.days import today
from risk.detectors.base import Spec
from risk.detectors.parts.params import build
from risk.detectors.registry import detectors
from risk.rules.models import Rule, RuleVersion

IN_FORCE = (RuleVersion.Mode.LIVE.value, RuleVersion.Mode.SHADOW.value)


def versions_on(day: date | None = None) -> QuerySet[RuleVersion]:
    """Of every rule the version whose era holds that event day (default: today), off or not; none of a rule that begins later.

    As `scoring.plan.eras` has it: the one that took effect last, of two on one day the later number.
    """
    published = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED, effective_from__lte=day or today())
    of_rule = published.filter(rule=OuterRef("rule")).order_by("-effective_from", "-number").values("pk")
    return RuleVersion.objects.filter(pk=Subquery(of_rule[:1])).select_related("rule").order_by("rule__code")


def version_on(rule: Rule | str, day: date | None = None) -> RuleVersion | None:
    """The version of one rule, or of the code of one, whose era holds that event day (default: today)."""
    found = versions_on(day)
    return (found.filter(rule__code=rule) if isinstance(rule, str) else found.filter(rule=rule)).first()


def coming_versions(day: date | None = None) -> QuerySet[RuleVersion]:
    """The published versions that take effect after that day (default: today), by rule and day; of two on one day the later number."""
    published = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED)
    overruling = published.filter(rule=OuterRef("rule"), effective_from=OuterRef("effective_from"), number__gt=OuterRef("number"))
    coming = published.filter(~Exists(overruling), effective_from__gt=day or today())
    return coming.select_related("rule").order_by("rule__code", "effective_from", "number")


def current_versions(
    *, line: str | None = None, subject_kind: str | None = None, modes: Iterable[str] = IN_FORCE, day: date | None = None
) -> list[RuleVersion]:
    """The version of every rule in force on a day (default: today) when its mode is one of `modes`; of one line and kind when given."""
    found = versions_on(day).filter(mode__in=list(modes))
    if line is not None:
        found = found.filter(rule__line=line)
    if subject_kind is not None:
        found = found.filter(rule__subject_kind=subject_kind)
    return list(found)


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
