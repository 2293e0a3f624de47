"""How an entry becomes a rule and a version of it: for the catalogue and for published drafts alike."""

from datetime import date

from django.utils import timezone

from risk.rules.entries import Entry
from risk.rules.models import Rule, RuleVersion

OF_RULE = frozenset({"code", "line", "subject_kind", "frame", "merge_days"})


def create_rule(entry: Entry, *, shipped: bool = False) -> Rule:
    """What never changes of a rule; `shipped` remembers the entry, to notice when the catalogue changes it."""
    return Rule.objects.create(
        code=entry.code,
        line=entry.line,
        subject_kind=entry.subject_kind,
        frame=entry.frame,
        reach=entry.reach,
        merge_days=entry.merge_days,
        shipped_digest=entry.digest if shipped else "",
    )


def create_version(rule: Rule, entry: Entry, *, effective_from: date, author: str, publisher: str) -> RuleVersion:
    """The next version of the rule, published, judging event days from `effective_from` on."""
    number = rule.versions.order_by("-number").values_list("number", flat=True).first() or 0
    said = {name: value for name, value in entry.content.items() if name not in OF_RULE}
    return RuleVersion.objects.create(
        rule=rule,
        number=number + 1,
        effective_from=effective_from,
        published_at=timezone.now(),
        published_by=publisher,
        author=author,
        digest=entry.digest,
        **said,
    )
