"""Versions of rules against their digests: what was changed, taken away or put in outside the application."""

from collections import defaultdict
from collections.abc import Iterator

from ledger.seal.verifying import Fault
from risk.rules.drafts.models import RuleDraft
from risk.rules.drafts.queries import version_entry
from risk.rules.entries import Refused
from risk.rules.models import RuleVersion
from risk.rules.services import SHIPPED_BY


def rule_versions() -> Iterator[Fault | None]:
    """Every version; then for every rule whether its numbers run from 1 without a gap."""
    numbers: dict[str, list[int]] = defaultdict(list)
    drafted = dict(RuleDraft.objects.exclude(published_as=None).values_list("published_as", "digest"))
    for version in RuleVersion.objects.select_related("rule").order_by("rule__code", "number").iterator(chunk_size=500):
        numbers[version.rule.code].append(version.number)
        yield _fault(version, drafted)
    for code, some in numbers.items():
        if some != list(range(1, len(some) + 1)):
            yield Fault(f"rule {code}", "版本号不连续", "its versions are not numbered without a gap")


def _fault(version: RuleVersion, drafted: dict[int, str]) -> Fault | None:
    subject = f"rule {version.rule.code} v{version.number}"
    try:
        digest = version_entry(version).digest
    except Refused:
        return Fault(subject, "其内容不成其为规则", "what it says is no rule any more")
    if digest != version.digest:
        return Fault(subject, "其内容与摘要不符", "what it says no longer has its digest")
    if version.pk in drafted:
        return None if drafted[version.pk] == digest else Fault(subject, "与其草案不符", "it is not what its draft said")
    if version.state == RuleVersion.State.PUBLISHED and version.published_by != SHIPPED_BY:
        return Fault(subject, "没有草案而发布", "it was published without a draft")
    return None
