"""Coverage of the checklist: items nothing watches, rules no item names, posts of the roster without an item."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.roster.models import Post
from risk.checklist.models import ChecklistItem, ChecklistVersion
from risk.checklist.revisions.queries import rules_in_force
from risk.checklist.signing.models import PostAssignment
from risk.rules.models import RuleVersion

LIVE = RuleVersion.Mode.LIVE


@dataclass(frozen=True)
class ItemRules:
    """An item and the rules that watch it, whatever their mode; `left_out`: codes it names that are no rules."""

    item: ChecklistItem
    rules: list[RuleVersion]
    left_out: list[str]


@dataclass(frozen=True)
class Gaps:
    """What the checklist does not cover. Items with a live rule are in none of the first two lists."""

    no_rule: list[ItemRules]
    not_live: list[ItemRules]
    rules_without_item: list[RuleVersion]
    posts_without_items: list[Post]
    covered: list[ItemRules]


def watched(items: Iterable[ChecklistItem], rules: dict[str, RuleVersion]) -> list[ItemRules]:
    """Each item with the rules it names, and those that name it."""
    naming: dict[str, list[str]] = defaultdict(list)
    for code, version in rules.items():
        naming[version.checklist_item].append(code)
    found = []
    for item in items:
        codes = dict.fromkeys([*item.rules, *naming[item.no]])
        found.append(ItemRules(item, [rules[code] for code in codes if code in rules], [code for code in item.rules if code not in rules]))
    return found


def gaps(version: ChecklistVersion) -> Gaps:
    """Where the version has holes, with the rules that belong to it and the roster of now."""
    items, rules = list(version.items.order_by("place")), rules_in_force(version)
    told = watched(items, rules)
    named = {code for one in told for code in (rule.rule.code for rule in one.rules)}
    assigned = set(PostAssignment.objects.values_list("post_id", flat=True))
    posts = {item.post for item in items}
    return Gaps(
        no_rule=[one for one in told if not one.rules],
        not_live=[one for one in told if one.rules and not any(rule.mode == LIVE for rule in one.rules)],
        rules_without_item=[rule for code, rule in rules.items() if code not in named],
        posts_without_items=[post for post in Post.objects.order_by("code") if post.name not in posts and post.pk not in assigned],
        covered=[one for one in told if any(rule.mode == LIVE for rule in one.rules)],
    )
