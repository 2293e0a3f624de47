"""How an entry becomes a rule and a version of it: for the catalogue and for published drafts alike."""

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from risk.rules.entries import Entry
from risk.rules.models import Rule, RuleVersion

OF_RULE = frozenset({"code", "line", "subject_kind", "frame", "merge_days"})


def rule_of(entry: Entry, *, shipped: bool = False) -> Rule:
    """What never changes of a rule, not saved; `shipped` remembers the entry, to notice when the catalogue changes it."""
    return Rule(
        code=entry.code,
        line=entry.line,
        subject_kind=entry.subject_kind,
        frame=entry.frame,
        reach=entry.reach,
        merge_days=entry.merge_days,
        shipped_digest=entry.digest if shipped else "",
    )


def version_of(rule: Rule, entry: Entry, number: int, *, effective_from: date, author: str, publisher: str) -> RuleVersion:
    """Version `number` of the rule, published, judging event days from `effective_from` on; not saved."""
    said = {name: value for name, value in entry.content.items() if name not in OF_RULE}
    return RuleVersion(
        rule=rule,
        number=number,
        effective_from=effective_from,
        published_at=timezone.now(),
        published_by=publisher,
        author=author,
        digest=entry.digest,
        **said,
    )


def create_rule(entry: Entry) -> Rule:
    rule = rule_of(entry)
    rule.save()
    return rule


def create_version(rule: Rule, entry: Entry, *, effective_from: date, author: str, publisher: str) -> RuleVersion:
    """The next version of the rule."""
    number = rule.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = version_of(rule, entry, number + 1, effective_from=effective_from, author=author, publisher=publisher)
    version.save()
    return version


def create_shipped(entries: Sequence[Entry], *, effective_from: date, author: str) -> None:
    """New rules of the catalogue with their version 1, all at once."""
    rules = Rule.objects.bulk_create([rule_of(entry, shipped=True) for entry in entries])
    RuleVersion.objects.bulk_create(
        [
            version_of(rule, entry, 1, effective_from=effective_from, author=author, publisher=author)
            for rule, entry in zip(rules, entries, strict=True)
        ]
    )
